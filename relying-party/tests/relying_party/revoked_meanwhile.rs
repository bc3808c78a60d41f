//! A key that is revoked while a request under it is on its way: what counts is the key when the body is there.

use crate::api_keys::{at, secret};
use crate::wire::{Answer, connect, receive};
use crate::world::{On, World};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// Sends a POST whose last byte waits until `meanwhile` is done.
fn held_back(world: &World, key: &str, path: &str, body: &Value, meanwhile: impl FnOnce()) -> Answer {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: pay.example\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let (first, last) = body.as_bytes().split_at(body.len() - 1);
    let mut stream = connect(world.address());
    stream
        .write_all(&[head.as_bytes(), first].concat())
        .expect("sent");
    // The server has the head by now, and waits for the body.
    std::thread::sleep(Duration::from_millis(300));
    meanwhile();
    stream.write_all(last).expect("sent");
    receive(&mut stream)
}

#[test]
fn a_key_that_is_revoked_before_the_body_is_there_does_nothing() {
    let world = World::new(On::Memory);
    let (of_the_rolled, _) = secret(&world);
    let payment = json!({"amount": 145, "currency": "EUR", "payee": "Post", "user": "alice"});
    let successor = json!({"name": "successor", "kind": "secret"});
    let overlap = json!({"expires_in_s": 60});
    for (path, body) in [
        ("/v1/payment_intents".to_owned(), payment),
        ("/v1/api_keys".to_owned(), successor),
        (at(&of_the_rolled, "roll"), overlap),
    ] {
        let (shown, key) = secret(&world);
        let mut rows = 0;
        let answer = held_back(&world, &key, &path, &body, || {
            assert_eq!(world.post(&at(&shown, "revoke"), &json!({})).status, 200);
            rows = world.dump().len();
        });
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "api_key_invalid"),
            "{path}"
        );
        assert_eq!(world.dump().len(), rows, "{path}: nothing was made");
        let (_, key) = secret(&world);
        let answer = held_back(&world, &key, &path, &body, || {});
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
    }
}
