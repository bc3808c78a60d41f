//! `Idempotency-Key`: the same request under the same key takes effect once and is answered alike, byte for byte.

use crate::signer::Signer;
use crate::wire::{Answer, connect};
use crate::world::{KEY, On, World};
use serde_json::{Value, json};
use smile_ceremony::limits::IDEMPOTENCY_KEPT_MS;
use smile_relying_party::store::Table;
use std::io::{Read, Write};

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
    vec![
        ("/v1/enrolment_sessions".to_owned(), json!({"user": "alice"})),
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
        (format!("/v1/credentials/{credential}/deregister"), json!({})),
        ("/v1/users/alice/deregister".to_owned(), json!({"all": true})),
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
                br#"{"user":"carol"}"#,
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
        world.raw("POST", "/v1/enrolment_sessions", &headers, br#"{"user":"alice"}"#)
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
            .post_once("/v1/enrolment_sessions", &json!({"user": "alice"}), "m")
            .status,
        201
    );
}

#[test]
fn a_key_stands_for_its_answer_for_a_day_and_is_swept_then() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let post = || world.post_once("/v1/enrolment_sessions", &json!({"user": "alice"}), "k");
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
    let one = world.post_once("/v1/enrolment_sessions", &json!({"user": "alice"}), "k");
    let two = other.post_once("/v1/enrolment_sessions", &json!({"user": "bob"}), "k");
    assert_eq!((one.status, two.status), (201, 201));
}

#[test]
fn a_reply_that_is_cut_anywhere_is_given_again_and_pays_once() {
    let world = World::new(On::Sled);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let path = World::path(&payment, "/capture");
    let body = json!({"amount": 100}).to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}content-length: {}\r\n\r\n{body}",
        headers("capture"),
        body.len()
    );
    let ask = |read: usize| {
        let mut stream = connect(world.server.as_ref().expect("it runs").addr);
        stream.write_all(request.as_bytes()).expect("sent");
        let mut bytes = vec![0; read];
        // Then the connection is dropped: what is left of the answer is lost.
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let whole = {
        let mut stream = connect(world.server.as_ref().expect("it runs").addr);
        stream.write_all(request.as_bytes()).expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("answered");
        bytes
    };
    for cut in 0..whole.len() {
        // A request of which nobody read the answer may still be on its way: its turn is over in a moment.
        drop(ask(cut));
    }
    let last = loop {
        let answer = world.post_once(&path, &json!({"amount": 100}), "capture");
        if answer.status != 409 {
            break answer;
        }
        assert_eq!(answer.code(), "idempotency_in_flight");
    };
    assert!(replayed(&last) && whole.ends_with(&last.body), "{last:?}");
    let books = smile_relying_party::store::Books::audit(&world.dump()).expect("the books are right");
    assert_eq!(books.entries, 1, "one capture, however often it was asked for");
    assert_eq!(
        world.get(&World::path(&payment, "")).json()["amount_captured"],
        100
    );
}
