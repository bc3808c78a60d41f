//! Keys that are named, suspended, reinstated and revoked, and devices that are lost.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_protocol::uaf::identity::KeyId;
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_relying_party::store::{Row, Table};

const LOST: &str = "/v1/users/alice/lost_device";

/// Alice with the keys of these signers.
fn world(on: On, signers: &[u32]) -> World {
    let world = World::new(on);
    for number in signers {
        world.register("alice", &Signer::number(*number));
    }
    world
}

/// The key of a signer, as the list shows it.
fn key(world: &World, number: u32) -> Value {
    let listed = world.get("/v1/users/alice/credentials").json();
    let key_id = json!(Signer::number(number).key_id);
    let data = listed["data"].as_array().expect("a list");
    let found = data.iter().find(|one| one["key_id"] == key_id);
    found.expect("registered").clone()
}

fn path(world: &World, number: u32, action: &str) -> String {
    let id = key(world, number)["id"].as_str().expect("an id").to_owned();
    format!("/v1/credentials/{id}{action}")
}

fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn refused(answer: &Answer, status: u16, code: &str, param: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{answer:?}"
    );
    assert_eq!(answer.json()["param"], param, "{answer:?}");
}

/// The verdict on a new payment of alice that a signer signs; the request is asked for first.
fn paid(world: &World, signer: &mut Signer) -> Value {
    let payment = world.payment("alice");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    world.respond(&message)
}

/// What a payment's request is answered with.
fn asked(world: &World, payment: &Value) -> Value {
    world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}))
}

/// The keys that a payment's request names.
fn named(world: &World, payment: &Value) -> usize {
    let message = world.payment_request(payment);
    let requests = decode_request(&message).expect("the server's own message");
    let Some(UafRequest::Authentication(request)) = requests.into_iter().next() else {
        panic!("not an authentication")
    };
    let criteria = request.policy.accepted.iter().flatten();
    criteria.map(|one| one.key_ids.as_ref().map_or(0, Vec::len)).sum()
}

fn without_challenges(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter()
        .filter(|row| row.table != Table::Ceremonies)
        .collect()
}

#[test]
fn a_key_has_a_name_that_its_user_reads() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1]);
        let credential = path(&world, 1, "");
        assert_eq!(world.get(&credential).json()["name"], Value::Null);
        for name in ["x".repeat(64), "Großmutters Telefon 👵".to_owned()] {
            let named = done(&world.post(&credential, &json!({"name": name})));
            assert_eq!((&named["name"], &named["active"]), (&json!(name), &json!(1)));
            assert_eq!(world.get(&credential).json()["name"], name);
            assert_eq!(key(&world, 1)["name"], name);
        }
        for bad in [
            String::new(),
            " phone".to_owned(),
            "phone ".to_owned(),
            "pho\nne".to_owned(),
            "x".repeat(65),
        ] {
            let answer = world.post(&credential, &json!({"name": bad}));
            refused(&answer, 400, "member_invalid", "name");
        }
        refused(
            &world.post(&credential, &json!({})),
            400,
            "member_missing",
            "name",
        );
        let two = world.post(&credential, &json!({"name": "a", "nickname": "b"}));
        refused(&two, 400, "member_unknown", "nickname");
        assert_eq!(key(&world, 1)["name"], "Großmutters Telefon 👵");
    }
}

#[test]
fn a_suspended_key_signs_nothing_until_it_is_reinstated() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1]);
        let mut signer = Signer::number(1);
        let payment = world.payment("alice");
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        let suspended = done(&world.post(&path(&world, 1, "/suspend"), &json!({})));
        assert_eq!(suspended["status"], "suspended");
        assert_eq!(
            (&suspended["active"], &suspended["warnings"]),
            (&json!(0), &json!(["last_credential"]))
        );
        assert!(suspended["status_changed_at"].is_u64());
        // The request was asked for before: its answer is refused for the key's sake.
        assert_eq!(world.respond(&message)["statusCode"], 1493);
        // While it rests nobody is asked to sign with it.
        assert_eq!(asked(&world, &payment)["statusCode"], 1404);
        assert_eq!(world.payment_status(&payment), "requires_action");
        // Once more changes nothing.
        let before = world.dump();
        world.clock.advance_ms(5000);
        done(&world.post(&path(&world, 1, "/suspend"), &json!({})));
        assert_eq!(world.dump(), before);
        let active = done(&world.post(&path(&world, 1, "/reinstate"), &json!({})));
        assert_eq!(
            (&active["status"], &active["active"], &active["warnings"]),
            (&json!("active"), &json!(1), &json!([]))
        );
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        assert_eq!(world.respond(&message)["statusCode"], 1200);
    }
}

#[test]
fn a_key_that_is_revoked_is_evidence_and_never_comes_back() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1]);
        let mut signer = Signer::number(1);
        let payment = world.payment("alice");
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        let revoked = done(&world.post(&path(&world, 1, "/revoke"), &json!({})));
        assert_eq!(
            (&revoked["status"], &revoked["warnings"]),
            (&json!("revoked"), &json!(["last_credential"]))
        );
        assert_eq!(world.respond(&message)["statusCode"], 1493);
        assert_eq!(asked(&world, &payment)["statusCode"], 1404);
        for action in ["/suspend", "/reinstate"] {
            let answer = world.post(&path(&world, 1, action), &json!({}));
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (409, "state_conflict"),
                "{action}"
            );
        }
        done(&world.post(&path(&world, 1, "/revoke"), &json!({})));
        done(&world.post(&path(&world, 1, ""), &json!({"name": "the stolen one"})));
        assert_eq!(key(&world, 1)["status"], "revoked");
        // The same key is registered by nobody, while the record says that it is revoked.
        // Alice's request names it among those that must not answer.
        for (user, code) in [("alice", 1492), ("bob", 1494)] {
            let again = signer.register(&world.registration_request(user)).message();
            assert_eq!(world.respond(&again)["statusCode"], code, "{user}");
        }
        let other = Signer::number(2);
        world.register("alice", &other);
    }
}

#[test]
fn requests_name_active_keys_only() {
    let world = world(On::Memory, &[1, 2, 3]);
    let payment = world.payment("alice");
    assert_eq!(named(&world, &payment), 3);
    done(&world.post(&path(&world, 1, "/suspend"), &json!({})));
    assert_eq!(named(&world, &payment), 2);
    let revoked = done(&world.post(&path(&world, 2, "/revoke"), &json!({})));
    assert_eq!(
        (&revoked["active"], &revoked["warnings"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(named(&world, &payment), 1);
    let listed = world.get("/v1/users/alice/credentials").json();
    assert_eq!(listed["active"], 1);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));
}

#[test]
fn of_two_authenticators_either_pays_and_one_that_is_revoked_does_not() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1, 2]);
        let (mut first, mut second) = (Signer::number(1), Signer::number(2));
        assert_eq!(paid(&world, &mut first)["statusCode"], 1200);
        assert_eq!(paid(&world, &mut second)["statusCode"], 1200);
        let revoked = done(&world.post(&path(&world, 1, "/revoke"), &json!({})));
        assert_eq!(revoked["warnings"], json!([]), "the second is left");
        assert_eq!(paid(&world, &mut first)["statusCode"], 1493);
        assert_eq!(paid(&world, &mut second)["statusCode"], 1200);
    }
}

#[test]
fn a_lost_phone_opens_nothing_any_more() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1, 2]);
        world.register("bob", &Signer::number(3));
        let mut signer = Signer::number(1);
        // In flight: a payment, an enrolment and a login, each with an answer that is right.
        let payment = world.payment("alice");
        let signed = signer.authenticate(&world.payment_request(&payment)).message();
        let enrolment = world.enrolment_token("alice");
        let request = world.request("Reg", &json!({"enrolmentSession": enrolment}));
        let registered = Signer::number(4).register(&request).message();
        let login = world
            .post("/v1/authentication_sessions", &json!({"user": "alice"}))
            .json();
        let request = world.request("Auth", &json!({"authenticationSession": login["token"]}));
        let logged_in = Signer::number(2).authenticate(&request).message();
        let of_bob = world.enrolment_token("bob");

        let id = key(&world, 1)["id"].clone();
        let lost = done(&world.post(LOST, &json!({"credential": id})));
        assert_eq!(lost["revoked"], json!([id]));
        assert_eq!(lost["sessions_canceled"].as_array().map(Vec::len), Some(2));
        assert_eq!(lost["challenges_ended"], 3);
        assert_eq!((&lost["active"], &lost["warnings"]), (&json!(1), &json!([])));
        assert_eq!(lost["next_steps"][0], "review_credentials");
        assert!(
            lost["uaf_request"]
                .as_str()
                .is_some_and(|message| message.contains("Dereg"))
        );
        for message in [&signed, &registered, &logged_in] {
            assert_eq!(world.respond(message)["statusCode"], 1491);
        }
        let again = world.uaf_get("Reg", &json!({"enrolmentSession": enrolment}));
        assert_eq!(again["statusCode"], 1401);
        let session = world.get(&format!(
            "/v1/authentication_sessions/{}",
            login["id"].as_str().expect("an id")
        ));
        assert_eq!(session.json()["status"], "canceled");
        assert!(session.json()["canceled_at"].is_u64());
        // What waits is signed with the other key, and not with the lost one; bob is not touched.
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        assert_eq!(world.respond(&message)["statusCode"], 1493);
        world.sign(&payment, &mut Signer::number(2));
        assert_eq!(
            world.uaf_get("Reg", &json!({"enrolmentSession": of_bob}))["statusCode"],
            1200
        );
    }
}

#[test]
fn all_keys_of_a_user_are_lost_at_once_and_the_answer_warns() {
    for on in [On::Memory, On::Sled] {
        let world = world(on, &[1, 2]);
        world.register("bob", &Signer::number(3));
        done(&world.post(&path(&world, 2, "/revoke"), &json!({})));
        let id = key(&world, 1)["id"].clone();
        let lost = done(&world.post(LOST, &json!({"all": true})));
        assert_eq!(lost["revoked"], json!([id]), "the other was revoked before");
        assert_eq!(
            (&lost["active"], &lost["warnings"]),
            (&json!(0), &json!(["last_credential"]))
        );
        assert_eq!(lost["next_steps"][0], "create_enrolment_session");
        assert_eq!(key(&world, 1)["status"], "revoked");
        assert_eq!(asked(&world, &world.payment("alice"))["statusCode"], 1404);
        let of_bob = world.get("/v1/users/bob/credentials").json();
        assert_eq!(of_bob["active"], 1);
        // Nothing is left that could be lost.
        let before = world.dump();
        let again = done(&world.post(LOST, &json!({"all": true})));
        assert_eq!(
            (&again["revoked"], &again["uaf_request"]),
            (&json!([]), &Value::Null)
        );
        assert_eq!(world.dump(), before);
    }
}

#[test]
fn each_bad_member_of_a_loss_is_named_and_changes_nothing() {
    let world = world(On::Memory, &[1]);
    world.register("bob", &Signer::number(3));
    let of_bob = world.get("/v1/users/bob/credentials").json()["data"][0]["id"].clone();
    let unknown = format!("cred_{}", "0".repeat(32));
    let before = world.dump();
    let cases = [
        (json!({}), 400, "member_missing", "credential"),
        (json!({"all": false}), 400, "member_invalid", "all"),
        (
            json!({"all": true, "credential": unknown}),
            400,
            "member_invalid",
            "all",
        ),
        (
            json!({"credential": "phone"}),
            400,
            "member_invalid",
            "credential",
        ),
        (json!({"credential": 1}), 400, "member_invalid", "credential"),
        (
            json!({"credential": unknown}),
            404,
            "resource_missing",
            "credential",
        ),
        (
            json!({"credential": of_bob}),
            404,
            "resource_missing",
            "credential",
        ),
        (json!({"all": true, "user": "bob"}), 400, "member_unknown", "user"),
    ];
    for (body, status, code, param) in cases {
        refused(&world.post(LOST, &body), status, code, param);
    }
    let nobody = world.post("/v1/users/%20/lost_device", &json!({"all": true}));
    refused(&nobody, 400, "member_invalid", "user");
    assert_eq!(without_challenges(world.dump()), without_challenges(before));
    done(&world.post(LOST, &json!({"all": true})));
}

#[test]
fn another_tenants_keys_are_not_there() {
    let world = world(On::Memory, &[1]);
    let other = world.beside("others");
    let before = world.dump();
    for action in ["", "/suspend", "/reinstate", "/revoke"] {
        let body = if action.is_empty() {
            json!({"name": "a"})
        } else {
            json!({})
        };
        let answer = other.post(&path(&world, 1, action), &body);
        refused(&answer, 404, "resource_missing", "id");
        let malformed = world.post(&format!("/v1/credentials/cred_x{action}"), &body);
        refused(&malformed, 404, "resource_missing", "id");
    }
    refused(&other.get(&path(&world, 1, "")), 404, "resource_missing", "id");
    let lost = done(&other.post(LOST, &json!({"all": true})));
    assert_eq!(lost["revoked"], json!([]));
    assert_eq!(world.dump(), before);
    assert_eq!(world.get(&path(&world, 1, "")).status, 200);
}

#[test]
fn each_call_that_leaves_a_user_without_a_key_says_so() {
    let world = world(On::Memory, &[1, 2]);
    let first = done(&world.post(&path(&world, 1, "/deregister"), &json!({})));
    assert_eq!((&first["active"], &first["warnings"]), (&json!(1), &json!([])));
    let model = done(&world.post("/v1/users/alice/deregister", &json!({"aaid": "FFFF#0001"})));
    assert_eq!((&model["active"], &model["warnings"]), (&json!(1), &json!([])));
    let last = done(&world.post(&path(&world, 2, "/deregister"), &json!({})));
    assert_eq!(
        (&last["active"], &last["warnings"]),
        (&json!(0), &json!(["last_credential"]))
    );
    let none = done(&world.post("/v1/users/alice/deregister", &json!({"all": true})));
    assert_eq!(none["warnings"], json!(["last_credential"]));
}

/// Alice with twelve keys whose names no message has room for.
fn world_with_long_keys(on: On) -> World {
    let world = World::new(on);
    for number in 1..=12_u32 {
        let mut signer = Signer::number(number);
        let long = number.to_be_bytes().repeat(512);
        signer.key_id = KeyId::new(long).expect("2048 bytes");
        world.register("alice", &signer);
    }
    world
}

/// With an idempotency key and without.
fn posted(world: &World, path: &str, key: Option<&str>) -> Value {
    let all = if path.ends_with("erase") {
        json!({})
    } else {
        json!({"all": true})
    };
    done(&match key {
        Some(key) => world.post_once(path, &all, key),
        None => world.post(path, &all),
    })
}

#[test]
fn no_messages_size_keeps_a_key_in_force() {
    for (on, key) in [
        (On::Memory, None),
        (On::Memory, Some("lost-1")),
        (On::Sled, Some("lost-2")),
    ] {
        let world = world_with_long_keys(on);
        let lost = posted(&world, LOST, key);
        assert_eq!(lost["revoked"].as_array().map(Vec::len), Some(12));
        assert_eq!(lost["uaf_request"], Value::Null);
        assert_eq!(lost["active"], 0);

        let world = world_with_long_keys(on);
        let gone = posted(&world, "/v1/users/alice/deregister", key);
        assert_eq!(gone["credentials"].as_array().map(Vec::len), Some(12));
        let message = gone["uaf_request"].as_str().expect("all keys have a short form");
        assert_eq!(
            decode_request(message).expect("well-formed").len(),
            1,
            "version 1.1"
        );

        let world = world_with_long_keys(on);
        let erased = posted(&world, "/v1/users/alice/erase", key);
        assert_eq!(
            (&erased["status"], &erased["uaf_request"]),
            (&json!("erased"), &Value::Null)
        );
        assert_eq!(world.get("/v1/users/alice").json()["credentials"], 0);
    }
    let few = world(On::Memory, &[1, 2]);
    let lost = posted(&few, LOST, Some("lost-3"));
    let message = lost["uaf_request"].as_str().expect("there is room");
    assert_eq!(
        decode_request(message).expect("well-formed").len(),
        2,
        "both versions"
    );
}

#[test]
fn a_person_has_at_most_thirty_two_keys() {
    let world = World::new(On::Memory);
    for number in 0..32 {
        world.register("alice", &Signer::number(number));
    }
    let one_more = |number: u32| {
        let request = world.registration_request("alice");
        world.respond(&Signer::number(number).register(&request).message())
    };
    let verdict = one_more(32);
    assert_eq!(verdict["statusCode"], 1403, "{verdict}");
    let rule = verdict["description"].as_str().expect("a rule");
    assert!(rule.contains("more than 32 keys"), "{rule}");
    done(&world.post(&path(&world, 1, "/revoke"), &json!({})));
    assert_eq!(one_more(33)["statusCode"], 1200);
}
