//! What people agreed to: asked for, recorded with the session, listed, withdrawn.

use crate::signer::Signer;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_ceremony::limits::{CONSENT_AGE_MAX_MS, CONSENT_AHEAD_MAX_MS};
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_relying_party::clock::Clock;
use smile_relying_party::store::Table;

const PATH: &str = "/v1/enrolment_sessions";

/// The one consent of alice.
fn consent(world: &World) -> Value {
    let listed = world.get("/v1/users/alice/consents").json();
    let data = listed["data"].as_array().expect("a list");
    assert_eq!(data.len(), 1, "{listed}");
    data[0].clone()
}

fn withdraw(world: &World, consent: &Value) -> Value {
    let id = consent["id"].as_str().expect("an id");
    let answer = world.post(&format!("/v1/consents/{id}/withdraw"), &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The body with another value of a member of the consent.
fn changed(good: &Value, member: &str, value: Value) -> Value {
    let mut body = good.clone();
    body["consent"][member] = value;
    body
}

/// Bodies with one flaw each, and code and member of its refusal.
fn flawed(good: &Value, now: u64) -> Vec<(Value, &'static str, &'static str)> {
    let with = |member: &str, value: Value| changed(good, member, value);
    let without = |member: &str| {
        let mut body = good.clone();
        body["consent"].as_object_mut().expect("an object").remove(member);
        body
    };
    let (missing, invalid) = ("member_missing", "member_invalid");
    vec![
        (json!({"user": "alice"}), missing, "consent"),
        (json!({"user": "alice", "consent": null}), missing, "consent"),
        (json!({"user": "alice", "consent": true}), invalid, "consent"),
        (without("version"), missing, "consent.version"),
        (with("version", json!("")), invalid, "consent.version"),
        (with("version", json!("x".repeat(65))), invalid, "consent.version"),
        (with("version", json!("1\n")), invalid, "consent.version"),
        (with("version", json!(1)), invalid, "consent.version"),
        (without("language"), missing, "consent.language"),
        (with("language", json!("e")), invalid, "consent.language"),
        (with("language", json!("en_US")), invalid, "consent.language"),
        (with("language", json!("en-")), invalid, "consent.language"),
        (with("language", json!("1en")), invalid, "consent.language"),
        (
            with("language", json!("zh-Hansshort-x")),
            invalid,
            "consent.language",
        ),
        (
            with("language", json!("en-a".repeat(9))),
            invalid,
            "consent.language",
        ),
        (without("text_sha256"), missing, "consent.text_sha256"),
        (
            with("text_sha256", json!("5e".repeat(31))),
            invalid,
            "consent.text_sha256",
        ),
        (
            with("text_sha256", json!("5e".repeat(33))),
            invalid,
            "consent.text_sha256",
        ),
        (
            with("text_sha256", json!("5g".repeat(32))),
            invalid,
            "consent.text_sha256",
        ),
        (
            with("text_sha256", json!("I agree that my face is learned")),
            invalid,
            "consent.text_sha256",
        ),
        (without("agreed_at"), missing, "consent.agreed_at"),
        (with("agreed_at", json!("now")), invalid, "consent.agreed_at"),
        (with("agreed_at", json!(u64::MAX)), invalid, "consent.agreed_at"),
        (
            with("agreed_at", json!(now - CONSENT_AGE_MAX_MS / 1000 - 1)),
            invalid,
            "consent.agreed_at",
        ),
        (
            with("agreed_at", json!(now + CONSENT_AHEAD_MAX_MS / 1000 + 60)),
            invalid,
            "consent.agreed_at",
        ),
        (with("text", json!("I agree")), "member_unknown", "consent.text"),
    ]
}

#[test]
fn each_flaw_of_a_consent_is_named_and_nothing_is_made() {
    let world = World::new(On::Memory);
    let good = world.enrolment("alice");
    let now = world.clock.now_ms() / 1000;
    for (body, code, param) in flawed(&good, now) {
        let answer = world.post(PATH, &body);
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
        assert_eq!(answer.json()["param"], param, "{body}");
    }
    assert!(world.dump().is_empty());
    let with = |member: &str, value: Value| changed(&good, member, value);
    for body in [
        with("agreed_at", json!(now - CONSENT_AGE_MAX_MS / 1000 + 60)),
        with("agreed_at", json!(now + CONSENT_AHEAD_MAX_MS / 1000)),
        with("language", json!("zh-Hans-CN-x-private")),
        with("version", json!("x".repeat(64))),
        good.clone(),
    ] {
        assert_eq!(world.post(PATH, &body).status, 201, "{body}");
    }
}

#[test]
fn a_consent_is_recorded_with_its_session_and_keeps_the_hash_only() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut body = world.enrolment("alice");
        body["consent"]["text_sha256"] = json!("AB".repeat(32));
        let session = world.post(PATH, &body).json();
        let consent = consent(&world);
        assert_eq!(consent["enrolment_session"], session["id"]);
        assert_eq!(
            (&consent["user"], &consent["purpose"], &consent["status"]),
            (&json!("alice"), &json!("enrolment"), &json!("given"))
        );
        assert_eq!(
            (&consent["version"], &consent["language"], &consent["agreed_at"]),
            (
                &body["consent"]["version"],
                &body["consent"]["language"],
                &body["consent"]["agreed_at"]
            )
        );
        assert_eq!(consent["text_sha256"], "ab".repeat(32));
        assert!(consent["recorded_at"].is_u64() && consent["withdrawn_at"].is_null());
        let request = world.request("Reg", &json!({"enrolmentSession": session["token"]}));
        let verdict = world.respond(&Signer::number(1).register(&request).message());
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
        let key = world.get("/v1/users/alice/credentials").json()["data"][0].clone();
        assert_eq!(key["consent"], consent["id"]);
        assert_eq!(world.get("/v1/users/bob/consents").json(), json!({"data": []}));
        let other = world.beside("others");
        assert_eq!(other.get("/v1/users/alice/consents").json(), json!({"data": []}));
    }
}

#[test]
fn a_repeated_request_is_answered_alike_when_its_consent_has_grown_old() {
    let world = World::new(On::Memory);
    let mut body = world.enrolment("alice");
    let now = world.clock.now_ms() / 1000;
    body["consent"]["agreed_at"] = json!(now - CONSENT_AGE_MAX_MS / 1000 + 60);
    let first = world.post_once(PATH, &body, "k");
    assert_eq!(first.status, 201, "{first:?}");
    world.clock.advance_ms(3_600_000);
    let again = world.post_once(PATH, &body, "k");
    assert_eq!((again.status, again.body), (201, first.body));
    let anew = world.post_once(PATH, &body, "other");
    assert_eq!(
        anew.json()["param"],
        "consent.agreed_at",
        "it is too old for a new one"
    );
}

#[test]
fn withdrawing_deletes_the_keys_that_stand_on_the_consent_and_tells_the_device() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let first = consent(&world);
        world.register("alice", &Signer::number(2));
        let payment = world.payment("alice");
        let message = signer.authenticate(&world.payment_request(&payment)).message();

        let withdrawn = withdraw(&world, &first);
        assert_eq!(
            (&withdrawn["id"], &withdrawn["status"]),
            (&first["id"], &json!("withdrawn"))
        );
        assert!(withdrawn["withdrawn_at"].is_u64());
        assert_eq!(withdrawn["credentials"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&withdrawn["active"], &withdrawn["warnings"]),
            (&json!(1), &json!([]))
        );
        let request = withdrawn["uaf_request"].as_str().expect("a message");
        let requests = decode_request(request).expect("the server's own message");
        for request in requests {
            let UafRequest::Deregistration(request) = request else {
                panic!("not a deregistration")
            };
            assert_eq!(request.authenticators.len(), 1);
            assert_eq!(
                json!(request.authenticators[0].key_id),
                json!(signer.key_id),
                "the key under that consent"
            );
        }
        // The key is gone, also for the answer that was on its way; the other one pays.
        assert_eq!(world.respond(&message)["statusCode"], 1481);
        world.sign(&payment, &mut Signer::number(2));
        // Once more there is nothing to delete, and the time is the first one.
        world.clock.advance_ms(60_000);
        let again = withdraw(&world, &first);
        assert_eq!(
            (
                &again["credentials"],
                &again["uaf_request"],
                &again["withdrawn_at"]
            ),
            (&json!([]), &Value::Null, &withdrawn["withdrawn_at"])
        );
        // With the last consent the last key goes, and the answer warns.
        let listed = world.get("/v1/users/alice/consents").json();
        let data = listed["data"].as_array().expect("a list");
        let second = data
            .iter()
            .find(|one| one["status"] == "given")
            .expect("the second");
        assert_eq!(withdraw(&world, second)["warnings"], json!(["last_credential"]));
        assert!(!world.dump().iter().any(|row| row.table == Table::Credentials));
    }
}

#[test]
fn a_consent_that_is_withdrawn_before_it_was_used_ends_its_session() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let session = world.post(PATH, &world.enrolment("alice")).json();
        let context = json!({"enrolmentSession": session["token"]});
        let registered = Signer::number(1)
            .register(&world.request("Reg", &context))
            .message();
        let withdrawn = withdraw(&world, &consent(&world));
        assert_eq!(withdrawn["uaf_request"], Value::Null, "there was no key");
        assert_eq!(world.respond(&registered)["statusCode"], 1491);
        assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1401);
        let path = format!("{PATH}/{}", session["id"].as_str().expect("an id"));
        assert_eq!(world.get(&path).json()["status"], "canceled");
        world.register("alice", &Signer::number(1));
    }
}

#[test]
fn another_tenants_consents_are_not_there() {
    let world = World::new(On::Memory);
    world.register("alice", &Signer::number(1));
    let id = consent(&world)["id"].as_str().expect("an id").to_owned();
    let before = world.dump();
    let path = format!("/v1/consents/{id}/withdraw");
    for answer in [
        world.beside("others").post(&path, &json!({})),
        world.post("/v1/consents/co_x/withdraw", &json!({})),
        world.post(
            &format!("/v1/consents/co_{}/withdraw", "0".repeat(32)),
            &json!({}),
        ),
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (404, "resource_missing"));
        assert_eq!(answer.json()["param"], "id");
    }
    let named = world.post(&path, &json!({"user": "alice"}));
    assert_eq!(named.code(), "member_unknown");
    assert_eq!(world.dump(), before);
    assert_eq!(world.post(&path, &json!({})).status, 200);
}
