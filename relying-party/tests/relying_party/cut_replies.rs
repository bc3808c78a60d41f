//! A reply that is lost after the commit: the connection is cut at each byte of it, each time at the first request under a
//! new key, and the same bytes are sent again.

use crate::processor::asking;
use crate::sidecar::{Mood, Sidecar};
use crate::signer::Signer;
use crate::wire::{Answer, connect};
use crate::world::{KEY, On, World};
use serde_json::{Value, json};
use smile_relying_party::store::Books;
use std::io::{Read, Write};
use std::net::Shutdown;

fn request(path: &str, body: &Value, key: &str) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends `request`, reads `until` bytes of the answer or all of it, and hangs up.
fn read_until(world: &World, request: &[u8], until: Option<usize>) -> Vec<u8> {
    let mut stream = connect(world.server.as_ref().expect("it runs").addr);
    stream.write_all(request).expect("sent");
    let mut bytes = Vec::new();
    match until {
        None => drop(stream.read_to_end(&mut bytes)),
        Some(until) => {
            bytes.resize(until, 0);
            stream.read_exact(&mut bytes).expect("the answer is longer");
        }
    }
    drop(stream.shutdown(Shutdown::Both));
    bytes
}

/// The same bytes again, as often as another connection is still answering them.
fn again(world: &World, path: &str, body: &Value, key: &str) -> Answer {
    loop {
        let answer = world.post_once(path, body, key);
        if answer.status != 409 {
            return answer;
        }
        assert_eq!(answer.code(), "idempotency_in_flight");
    }
}

/// Cuts the first answer to each of a row of like requests, and returns what the resent ones were answered.
fn cut_each(world: &World, what: &str, ask: impl Fn(usize) -> (String, Value)) -> Vec<Value> {
    let (path, body) = ask(0);
    let whole = read_until(world, &request(&path, &body, &format!("{what} whole")), None);
    assert!(
        whole.starts_with(b"HTTP/1.1 20"),
        "{}",
        String::from_utf8_lossy(&whole)
    );
    let mut answers = vec![again(world, &path, &body, &format!("{what} whole")).json()];
    for cut in 0..whole.len() {
        let (path, body) = ask(cut + 1);
        let key = format!("{what} {cut}");
        read_until(world, &request(&path, &body, &key), Some(cut));
        let answer = again(world, &path, &body, &key);
        assert!(
            (200..300).contains(&answer.status),
            "{what} cut at {cut}: {answer:?}"
        );
        let repeated = world.post_once(&path, &body, &key);
        assert_eq!(
            (repeated.status, &repeated.body),
            (answer.status, &answer.body),
            "{what} cut at {cut}"
        );
        answers.push(answer.json());
    }
    answers
}

/// A server that lets one person and one key ask as often as there are bytes.
fn unhurried(sidecar: &Sidecar) -> World {
    let ask = asking(sidecar);
    World::configured(move |folder, config| {
        ask(folder, config);
        config.limits.per_user_burst = 1_000_000;
    })
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

#[test]
fn a_creation_whose_reply_is_cut_at_any_byte_makes_one_payment() {
    let world = World::new(On::Memory);
    let answers = cut_each(&world, "create", |number| {
        let body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "order": format!("A-{number:04}")});
        ("/v1/payment_intents".to_owned(), body)
    });
    let mut listed = 0;
    let mut after = String::new();
    loop {
        let page = world.get(&format!("/v1/payment_intents?limit=100{after}")).json();
        let data = page["data"].as_array().expect("a list");
        listed += data.len();
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", id(data.last().expect("one")));
    }
    assert_eq!(listed, answers.len(), "one payment for each key");
    for made in &answers {
        let read = world.get(&World::path(made, "")).json();
        assert_eq!(
            read["order"], made["order"],
            "the outcome is read by the payment's id"
        );
    }
}

#[test]
fn a_refund_whose_reply_is_cut_at_any_byte_moves_money_once() {
    let sidecar = Sidecar::new(Mood::Approves);
    let world = unhurried(&sidecar);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let paid = world.payment_with(&json!({"amount": 100_000}));
    world.sign(&paid, &mut signer);
    let refund = json!({"payment_intent": paid["id"], "amount": 1});
    let answers = cut_each(&world, "refund", |_| ("/v1/refunds".to_owned(), refund.clone()));
    let refunded = world.get(&World::path(&paid, "")).json()["amount_refunded"].clone();
    assert_eq!(refunded, json!(answers.len()), "one minor unit for each key");
    let left = 100_000 - i64::try_from(answers.len()).expect("few");
    assert_eq!(sidecar.moved(), left, "and the processor moved each once");
    let books = Books::audit(&world.dump()).expect("the books are right");
    assert_eq!(books.entries, answers.len() + 1);
    for made in answers.iter().step_by(50) {
        assert_eq!(
            world.get(&format!("/v1/refunds/{}", id(made))).json()["status"],
            "succeeded"
        );
    }
}

#[test]
fn a_capture_whose_reply_is_cut_at_any_byte_pays_once() {
    let sidecar = Sidecar::new(Mood::Approves);
    let world = unhurried(&sidecar);
    let signer = std::cell::RefCell::new(Signer::number(1));
    world.register("alice", &signer.borrow());
    let answers = cut_each(&world, "capture", |_| {
        let payment = world.payment_with(&json!({"capture_method": "manual"}));
        world.sign(&payment, &mut signer.borrow_mut());
        (World::path(&payment, "/capture"), json!({"amount": 100}))
    });
    let captures = i64::try_from(answers.len()).expect("few");
    assert_eq!(sidecar.moved(), 100 * captures, "each was captured once");
    let books = Books::audit(&world.dump()).expect("the books are right");
    assert_eq!(books.entries, answers.len());
    for paid in &answers {
        let read = world.get(&World::path(paid, "")).json();
        assert_eq!(
            (&read["status"], &read["amount_captured"]),
            (&json!("succeeded"), &json!(100))
        );
    }
}
