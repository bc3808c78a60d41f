//! What a client is told when the fault is the server's, or time passed at a bad moment: the code, and no cause.

use crate::faulty_store::{CAUSE, Fault, FaultyStore};
use crate::signer::Signer;
use crate::wire::{Answer, connect, receive};
use crate::world::{KEY, World, wait};
use serde_json::{Value, json};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::limits::{ENROLMENT_SESSION_LIFETIME_MS, PAYMENT_LIFETIME_MS};
use smile_relying_party::clock::ShiftedClock;
use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;

/// A server on a store that can be broken, and that store.
fn world() -> (World, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::default());
    let world = World::on(store.clone(), ShiftedClock::new());
    (world, store)
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{answer:?}"
    );
    let body = answer.json().to_string();
    assert!(!body.contains(CAUSE), "the cause is for the log: {body}");
}

/// That `/uaf` answers 1500, and not why.
fn internal(verdict: &Value) {
    assert_eq!(verdict["statusCode"], 1500, "{verdict}");
    assert!(
        verdict["description"]
            .as_str()
            .is_some_and(|words| !words.is_empty())
    );
    assert!(!verdict.to_string().contains(CAUSE), "{verdict}");
}

/// Every way into the store: what each answers while it is broken, and after it was mended.
fn while_broken(fault: Fault, status: u16, code: &str) {
    let (world, store) = world();
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    let context = json!({"enrolmentSession": world.enrolment_token("bob")});
    let path = format!("/v1/payment_intents/{}", payment["id"].as_str().expect("an id"));
    let user = world.enrolment("carol");
    let before = world.dump();
    store.answers(fault);
    refused(&world.post("/v1/enrolment_sessions", &user), status, code);
    refused(&world.get(&path), status, code);
    refused(&world.get("/v1/users/alice/credentials"), status, code);
    refused(&world.raw("GET", "/readyz", "", b""), status, code);
    internal(&world.uaf_get("Reg", &context));
    internal(&world.respond(&message));
    assert_eq!(
        world.raw("GET", "/healthz", "", b"").status,
        200,
        "the process answers"
    );
    assert_eq!(world.dump(), before);
    store.answers(None);
    assert_eq!(world.raw("GET", "/readyz", "", b"").status, 200);
    assert_eq!(world.post("/v1/enrolment_sessions", &user).status, 201);
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    assert_eq!(world.get(&path).json()["status"], "succeeded");
}

#[test]
pub fn a_store_that_could_not_sync_is_503_also_for_readiness_and_1500_for_uaf() {
    while_broken(Fault::Unavailable, 503, "store_unavailable");
}

#[test]
pub fn a_record_that_does_not_decode_is_500_and_1500() {
    while_broken(Fault::Corrupt, 500, "internal");
}

#[test]
fn readiness_is_no_matter_of_other_records() {
    let (world, store) = world();
    store.answers(Fault::CorruptScan);
    assert!(wait(world.service.forget_what_is_old()).is_err());
    assert_eq!(world.raw("GET", "/readyz", "", b"").status, 200);
}

#[test]
fn a_state_that_changed_meanwhile_is_409_and_its_own_code_for_uaf() {
    let (world, store) = world();
    let context = json!({"enrolmentSession": world.enrolment_token("alice")});
    let user = world.enrolment("bob");
    let before = world.dump();
    store.answers(Fault::Refused(CeremonyError::IdentifierTaken));
    let answer = world.post("/v1/enrolment_sessions", &user);
    refused(&answer, 409, "state_conflict");
    assert_eq!(answer.json()["detail"], "identifier: already in use");
    store.answers(Fault::Refused(CeremonyError::SessionCompleted));
    let verdict = world.uaf_get("Reg", &context);
    assert_eq!(verdict["statusCode"], 1403, "{verdict}");
    assert_eq!(world.dump(), before);
    store.answers(None);
    assert_eq!(world.post("/v1/enrolment_sessions", &user).status, 201);
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
}

#[test]
fn a_payment_that_expires_while_its_answer_is_judged_is_refused_with_1408() {
    let (world, store) = world();
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    // The last answers of two payments, each a minute before its end; the second is judged in time.
    for (late, code) in [(true, 1408), (false, 1200)] {
        let payment = world.payment("alice");
        world.clock.advance_ms(PAYMENT_LIFETIME_MS - 60_000);
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        let before = world.dump_without_challenges();
        if late {
            let clock = world.clock.clone();
            store.after_take(move || clock.advance_ms(60_000));
        }
        let verdict = world.respond(&message);
        assert_eq!(verdict["statusCode"], code, "{verdict}");
        if late {
            assert_eq!(verdict["description"], "payment: expired");
            assert_eq!(world.dump_without_challenges(), before);
        }
    }
}

#[test]
pub fn a_session_that_expires_while_its_answer_is_judged_is_refused_with_1408() {
    let (world, store) = world();
    let signer = Signer::number(1);
    for (late, code) in [(true, 1408), (false, 1200)] {
        let context = json!({"enrolmentSession": world.enrolment_token("alice")});
        world.clock.advance_ms(ENROLMENT_SESSION_LIFETIME_MS - 60_000);
        let message = signer.register(&world.request("Reg", &context)).message();
        let before = world.dump_without_challenges();
        if late {
            let clock = world.clock.clone();
            store.after_take(move || clock.advance_ms(60_000));
        }
        let verdict = world.respond(&message);
        assert_eq!(verdict["statusCode"], code, "{verdict}");
        if late {
            assert_eq!(verdict["description"], "session: expired");
            assert_eq!(world.dump_without_challenges(), before);
        }
    }
}

/// Sends the bytes, closes that half of the connection, and reads the answer.
fn half_closed(world: &World, head: &str, body: &[u8]) -> Answer {
    let mut stream = connect(world.server.as_ref().expect("it runs").addr);
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    stream.shutdown(Shutdown::Write).expect("half closed");
    receive(&mut stream)
}

#[test]
pub fn a_body_that_ends_early_or_is_chunked_wrongly_is_refused_as_malformed() {
    let (world, _) = world();
    let body = br#"{"user":"alice"}"#;
    let head = |framing: &str| {
        format!(
            "POST /v1/authentication_sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\
             content-type: application/json\r\n{framing}\r\n\r\n"
        )
    };
    let length = head(&format!("content-length: {}", body.len()));
    refused(
        &half_closed(&world, &length, &body[..10]),
        400,
        "request_malformed",
    );
    let chunked = head("transfer-encoding: chunked");
    refused(
        &half_closed(&world, &chunked, b"ZZ\r\n{}\r\n0\r\n\r\n"),
        400,
        "request_malformed",
    );
    assert!(world.dump().is_empty());
    assert_eq!(half_closed(&world, &length, body).status, 201);
    let sound = b"10\r\n{\"user\":\"alice\"}\r\n0\r\n\r\n";
    assert_eq!(half_closed(&world, &chunked, sound).status, 201);
}

#[test]
fn one_refusal_does_not_end_the_sweep() {
    let store = Arc::new(FaultyStore::default());
    let world = World::on(store.clone(), ShiftedClock::new());
    for user in ["alice", "bob"] {
        world.enrolment_token(user);
    }
    world.clock.advance_ms(3 * 24 * 60 * 60 * 1000);
    let sweep = || wait(world.service.forget_what_is_old());
    store.answers(Fault::Refused(CeremonyError::SessionUnknown));
    assert_eq!(sweep().expect("a refusal is no failure"), 0);
    store.answers(Fault::Unavailable);
    assert!(sweep().is_err());
    store.answers(None);
    assert_eq!(sweep().expect("the store answers"), 2);
}
