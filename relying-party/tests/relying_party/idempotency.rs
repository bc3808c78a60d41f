//! `Idempotency-Key`: the same request under the same key takes effect once and is answered alike, byte for byte.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{KEY, On, World};
use serde_json::{Value, json};
use smile_ceremony::limits::IDEMPOTENCY_KEPT_MS;
use smile_relying_party::store::Table;

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

/// A body for each kind of POST under `/v1`, and what makes it possible.
fn posts(world: &World) -> Vec<(String, Value)> {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    world.register("bob", &Signer::number(2));
    let created = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice"});
    let (bare, unconfirmed, open) = (
        world.payment_with(&json!({"user": null})),
        world.payment_with(&json!({"confirm": false})),
        world.payment("alice"),
    );
    let (manual, paid) = (
        world.payment_with(&json!({"capture_method": "manual"})),
        world.payment("alice"),
    );
    world.sign(&manual, &mut signer);
    world.sign(&paid, &mut signer);
    let listed = world.get("/v1/users/bob/credentials").json();
    let credential = listed["data"][0]["id"].as_str().expect("an id").to_owned();
    let listed = world.get("/v1/users/bob/consents").json();
    let consent = listed["data"][0]["id"].as_str().expect("an id").to_owned();
    vec![
        ("/v1/enrolment_sessions".to_owned(), world.enrolment("alice")),
        ("/v1/authentication_sessions".to_owned(), json!({"user": "alice"})),
        ("/v1/payment_intents".to_owned(), created),
        (World::path(&bare, ""), json!({"user": "alice"})),
        (World::path(&unconfirmed, "/confirm"), json!({})),
        (World::path(&open, "/cancel"), json!({})),
        (World::path(&manual, "/capture"), json!({"amount": 100})),
        (
            "/v1/refunds".to_owned(),
            json!({"payment_intent": paid["id"], "amount": 45}),
        ),
        (
            format!("/v1/credentials/{credential}"),
            json!({"name": "blue phone"}),
        ),
        (format!("/v1/credentials/{credential}/suspend"), json!({})),
        (format!("/v1/credentials/{credential}/reinstate"), json!({})),
        (format!("/v1/credentials/{credential}/revoke"), json!({})),
        (format!("/v1/credentials/{credential}/deregister"), json!({})),
        (format!("/v1/consents/{consent}/withdraw"), json!({})),
        ("/v1/users/alice/lost_device".to_owned(), json!({"all": true})),
        ("/v1/users/alice/deregister".to_owned(), json!({"all": true})),
        ("/v1/users/alice/erase".to_owned(), json!({})),
    ]
}

#[test]
pub fn every_post_is_answered_alike_again_and_changes_nothing_more() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        for (number, (path, body)) in posts(&world).into_iter().enumerate() {
            let key = format!("order {number}");
            let first = world.post_once(&path, &body, &key);
            assert!((200..300).contains(&first.status), "{path}: {first:?}");
            assert!(!replayed(&first), "{path}");
            let after = world.dump();
            world.clock.advance_ms(1000);
            let again = world.post_once(&path, &body, &key);
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
            assert!(replayed(&again), "{path}");
            assert_eq!(again.header("content-type"), Some("application/json"), "{path}");
            assert_eq!(world.dump(), after, "{path}");
            // Another body at the same path, if only by a space, and another path.
            let other = format!("{body} ");
            let reused = world.raw("POST", &path, &headers(&key), other.as_bytes());
            assert_eq!(
                (reused.status, reused.code().as_str()),
                (422, "idempotency_key_reused"),
                "{path}"
            );
            let reused = world.raw(
                "POST",
                "/v1/enrolment_sessions",
                &headers(&key),
                world.enrolment("carol").to_string().as_bytes(),
            );
            assert_eq!(
                (reused.status, reused.code().as_str()),
                (422, "idempotency_key_reused"),
                "{path}"
            );
            assert_eq!(reused.json()["param"], "idempotency-key");
            assert_eq!(world.dump(), after, "{path}");
        }
    }
}

fn headers(key: &str) -> String {
    format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n")
}

#[test]
fn a_secret_is_in_the_answer_again_and_nowhere_in_the_store() {
    let world = World::new(On::Memory);
    let body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice"});
    let first = world.post_once("/v1/payment_intents", &body, "order-1").json();
    let again = world.post_once("/v1/payment_intents", &body, "order-1").json();
    let secret = again["client_secret"].as_str().expect("a secret");
    assert_eq!(first["client_secret"], secret);
    let bytes: Vec<u8> = world.dump().into_iter().flat_map(|row| row.value).collect();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("Deutsche Post"), "the search finds what is there");
    assert!(!holds(secret.split_once("_secret_").expect("two parts").1));
    assert!(!holds("order-1"), "nor is the key that the provider chose");
}

#[test]
pub fn a_key_is_one_header_of_printable_ascii() {
    let world = World::new(On::Memory);
    let post = |key: &str| {
        let headers = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n{key}");
        world.raw(
            "POST",
            "/v1/authentication_sessions",
            &headers,
            br#"{"user":"alice"}"#,
        )
    };
    let long = format!("idempotency-key: {}\r\n", "k".repeat(256));
    for bad in [
        "idempotency-key: \r\n",
        "idempotency-key: a\tb\r\n",
        "idempotency-key: \u{e4}\r\n",
        "idempotency-key: a\r\nidempotency-key: a\r\n",
        &long,
    ] {
        let answer = post(bad);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "idempotency_key_invalid"),
            "{bad:?}"
        );
    }
    assert!(world.dump().is_empty());
    assert_eq!(
        post(&format!("idempotency-key: {}\r\n", "k".repeat(255))).status,
        201
    );
    assert_eq!(post("Idempotency-Key: ~ a key with spaces !\r\n").status, 201);
}

#[test]
fn a_refusal_leaves_its_key_free() {
    let world = World::new(On::Memory);
    let payment = world.payment_with(&json!({"user": null}));
    let confirm = || world.post_once(&World::path(&payment, "/confirm"), &json!({}), "k");
    assert_eq!(confirm().code(), "state_conflict");
    world.post(&World::path(&payment, ""), &json!({"user": "alice"}));
    assert_eq!(
        confirm().json()["status"],
        "requires_action",
        "nothing had happened under the key"
    );
    assert!(replayed(&confirm()));
    let missing = world.post_once("/v1/enrolment_sessions", &json!({}), "m");
    assert_eq!(missing.code(), "member_missing");
    assert_eq!(
        world
            .post_once("/v1/enrolment_sessions", &world.enrolment("alice"), "m")
            .status,
        201
    );
}

#[test]
fn a_key_stands_for_its_answer_for_a_day_and_is_swept_then() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let post = || world.post_once("/v1/authentication_sessions", &json!({"user": "alice"}), "k");
        let first = post();
        world.clock.advance_ms(IDEMPOTENCY_KEPT_MS - 60_000);
        let swept = || crate::world::wait(world.service.forget_what_is_old()).expect("the store answers");
        assert_eq!(swept(), 0);
        assert_eq!(post().body, first.body);
        world.clock.advance_ms(60_000);
        let anew = post();
        assert!(
            anew.status == 201 && !replayed(&anew) && anew.body != first.body,
            "used anew: {anew:?}"
        );
        assert_eq!(swept(), 0, "the new one is young");
        world.clock.advance_ms(2 * IDEMPOTENCY_KEPT_MS);
        assert!(swept() > 0);
        assert!(!world.dump().iter().any(|row| row.table == Table::Idempotency));
    }
}

#[test]
fn two_tenants_keys_do_not_meet() {
    let world = World::new(On::Memory);
    let other = world.beside("others");
    let one = world.post_once("/v1/enrolment_sessions", &world.enrolment("alice"), "k");
    let two = other.post_once("/v1/enrolment_sessions", &other.enrolment("bob"), "k");
    assert_eq!((one.status, two.status), (201, 201));
}
