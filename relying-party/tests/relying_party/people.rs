//! All that is kept of a person: summed up, exported, erased.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{On, World, wait};
use serde_json::{Value, json};
use smile_ceremony::limits::PAYMENTS_ERASED_AT_ONCE;
use smile_relying_party::store::{Books, Table};

/// Somebody whose name can be looked for.
const USER: &str = "alice-in-wonderland";

fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn path(action: &str) -> String {
    format!("/v1/users/{USER}{action}")
}

/// What is created of a payment by [`USER`], with these members.
fn payment(world: &World, members: &Value) -> Value {
    let mut members = members.clone();
    members["user"] = json!(USER);
    members["description"] = json!("for alice-in-wonderland");
    world.payment_with(&members)
}

/// One of everything: two keys, a login, a paid and refunded payment, one that is authorised, one that waits.
struct Life {
    world: World,
    paid: Value,
    authorised: Value,
    waiting: Value,
}

fn life(on: On) -> Life {
    let world = World::new(on);
    let mut signer = Signer::number(1);
    world.register(USER, &signer);
    world.register(USER, &Signer::number(2));
    world.register("bob", &Signer::number(3));
    world.payment("bob");
    let paid = payment(&world, &json!({}));
    world.sign(&paid, &mut signer);
    let refund = world.post(
        "/v1/refunds",
        &json!({"payment_intent": paid["id"], "amount": 45}),
    );
    assert_eq!(refund.status, 201, "{refund:?}");
    let authorised = payment(&world, &json!({"capture_method": "manual"}));
    world.sign(&authorised, &mut signer);
    let waiting = payment(&world, &json!({}));
    world.payment_request(&waiting);
    let login = world.post("/v1/authentication_sessions", &json!({"user": USER}));
    assert_eq!(login.status, 201);
    Life {
        world,
        paid,
        authorised,
        waiting,
    }
}

/// Tables that hold the name, each once.
fn tables_with_the_name(world: &World) -> Vec<Table> {
    let names = |value: &[u8]| value.windows(USER.len()).any(|window| window == USER.as_bytes());
    let mut tables: Vec<_> = world
        .dump()
        .iter()
        .filter(|row| names(&row.value))
        .map(|row| row.table)
        .collect();
    tables.dedup();
    tables
}

#[test]
fn a_person_is_summed_up_and_exported_whole() {
    for on in [On::Memory, On::Sled] {
        let Life { world, paid, .. } = life(on);
        let sum = done(&world.get(&path("")));
        let expected = json!({
            "user": USER, "credentials": 2, "active": 2, "consents": 2, "sessions": 3, "payments": 3,
        });
        assert_eq!(sum, expected);
        let export = done(&world.get(&path("/export")));
        let count = |member: &str| export[member].as_array().map_or(0, Vec::len);
        assert_eq!(export["user"], USER);
        for (member, expected) in [
            ("credentials", 2),
            ("consents", 2),
            ("enrolment_sessions", 2),
            ("authentication_sessions", 1),
            ("challenges", 5),
            ("payments", 3),
            ("refunds", 1),
        ] {
            assert_eq!(count(member), expected, "{member}: {export}");
        }
        // The evidence too: of the registration, and of what was signed.
        let evidence = &export["credentials"][0]["attestation"]["evidence"];
        assert!(
            evidence["assertion"]
                .as_str()
                .is_some_and(|text| text.len() > 100)
        );
        assert!(evidence["fc_params"].is_string());
        let exported = export["payments"].as_array().expect("a list");
        let exported = exported
            .iter()
            .find(|one| one["id"] == paid["id"])
            .expect("there");
        assert!(exported["authorisation"]["evidence"]["assertion"].is_string());
        assert_eq!(export["refunds"][0]["payment_intent"], paid["id"]);
        // And no secret: what opens something is not data about the person.
        let text = export.to_string();
        assert!(!text.contains("_secret_") && !text.contains("token"), "{text}");
        // Every record that names the person is in it.
        let kept = world.dump();
        let named = kept.iter().filter(|row| {
            matches!(
                row.table,
                Table::Credentials | Table::Consents | Table::Payments | Table::Ceremonies
            ) && row
                .value
                .windows(USER.len())
                .any(|window| window == USER.as_bytes())
        });
        for row in named {
            assert!(text.contains(&row.id), "{:?} {}", row.table, row.id);
        }
        assert_eq!(done(&world.get("/v1/users/nobody/export"))["payments"], json!([]));
    }
}

/// A payment whose person was erased is in this state, and names nobody.
fn must_be_nobodys(world: &World, payment: &Value, status: &str) {
    let shown = done(&world.get(&World::path(payment, "")));
    assert_eq!(
        (
            &shown["user"],
            &shown["user_erased"],
            &shown["description"],
            &shown["status"]
        ),
        (&Value::Null, &json!(true), &Value::Null, &json!(status))
    );
}

#[test]
fn an_erased_person_is_nowhere_and_the_books_are_whole() {
    for on in [On::Memory, On::Sled] {
        let Life {
            world,
            paid,
            authorised,
            waiting,
        } = life(on);
        assert_eq!(
            tables_with_the_name(&world).len(),
            6,
            "the search finds what is there"
        );
        let erased = done(&world.post(&path("/erase"), &json!({})));
        assert_eq!(erased["status"], "erased");
        assert_eq!(erased["credentials"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            (
                &erased["consents"],
                &erased["sessions"],
                &erased["challenges"],
                &erased["payments_without_user"]
            ),
            (&json!(2), &json!(3), &json!(5), &json!(3))
        );
        assert!(
            erased["uaf_request"]
                .as_str()
                .is_some_and(|message| message.contains("Dereg"))
        );
        assert_eq!(tables_with_the_name(&world), []);
        let empty = json!({
            "user": USER, "credentials": 0, "active": 0, "consents": 0, "sessions": 0, "payments": 0,
        });
        assert_eq!(done(&world.get(&path(""))), empty);
        for list in ["/credentials", "/consents"] {
            assert_eq!(done(&world.get(&path(list)))["data"], json!([]));
        }
        let listed = done(&world.get(&format!("/v1/payment_intents?user={USER}")));
        assert_eq!(listed["data"], json!([]));
        // The payments stay, of nobody: paid, authorised, and what waited for the person given up.
        must_be_nobodys(&world, &paid, "succeeded");
        must_be_nobodys(&world, &authorised, "requires_capture");
        must_be_nobodys(&world, &waiting, "canceled");
        done(&world.post(&World::path(&authorised, "/capture"), &json!({})));
        let rest = world.post("/v1/refunds", &json!({"payment_intent": paid["id"]}));
        assert_eq!(rest.status, 201, "{rest:?}");
        assert_eq!(world.get(&World::path(&paid, "/receipt")).status, 200);
        Books::audit(&world.dump()).expect("the books are right");
        let of_bob = done(&world.get("/v1/users/bob"));
        assert_eq!(
            (&of_bob["credentials"], &of_bob["payments"]),
            (&json!(1), &json!(1))
        );
        comes_back(&world);
    }
}

/// The same name enrols anew, with the same device, and is another person.
fn comes_back(world: &World) {
    world.register(USER, &Signer::number(1));
    let anew = payment(world, &json!({}));
    assert!(anew.get("user_erased").is_none());
    world.sign(&anew, &mut Signer::number(1));
    assert_eq!(done(&world.get(&path("")))["payments"], 1);
}

#[test]
fn deleting_is_erasing_and_both_are_answered_once() {
    let Life { world, .. } = life(On::Memory);
    let other = world.beside("others");
    let nothing = done(&other.post(&path("/erase"), &json!({})));
    assert_eq!(
        (&nothing["credentials"], &nothing["uaf_request"]),
        (&json!([]), &Value::Null)
    );
    let headers = format!(
        "authorization: Bearer {}\r\nidempotency-key: bye\r\n",
        crate::world::KEY
    );
    let delete = || world.raw("DELETE", &path(""), &headers, b"");
    let first = delete();
    assert_eq!(done(&first)["credentials"].as_array().map(Vec::len), Some(2));
    // Who comes after under the same name is not erased by the old request.
    world.register(USER, &Signer::number(4));
    let again = delete();
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(done(&world.get(&path("")))["credentials"], 1);
    let named = world.post(&path("/erase"), &json!({"user": "bob"}));
    assert_eq!(named.code(), "member_unknown");
    for unnamed in ["/v1/users/%20", "/v1/users/%20/export", "/v1/users/%20/consents"] {
        assert_eq!(world.get(unnamed).json()["param"], "user", "{unnamed}");
    }
    let answer = world.post("/v1/users/%20/erase", &json!({}));
    assert_eq!((answer.status, answer.code().as_str()), (400, "member_invalid"));
}

#[test]
fn a_person_with_many_payments_is_erased_whole_in_one_call() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register(USER, &signer);
        let paid = payment(&world, &json!({}));
        world.sign(&paid, &mut signer);
        let many = 2 * PAYMENTS_ERASED_AT_ONCE + 7;
        for _ in 1..many {
            payment(&world, &json!({}));
        }
        let erased = done(&world.post_once(&path("/erase"), &json!({}), "bye"));
        assert_eq!(erased["payments_without_user"], many);
        assert_eq!(tables_with_the_name(&world), []);
        Books::audit(&world.dump()).expect("the books are right");
        assert_eq!(wait(world.store.late_payments(u64::MAX, 10)).expect("read"), []);
    }
}
