//! The life of a payment over HTTP: each state that the docs name is reached, and no path leads back.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{On, World};
use proptest::prelude::*;
use serde_json::{Value, json};
use smile_ceremony::payment::{PaymentIntent, PaymentStatus};
use smile_ceremony::transition::Transition;
use smile_relying_party::store::{Books, Table};
use std::collections::HashSet;

fn moved(answer: &Answer, status: &str) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let payment = answer.json();
    assert_eq!(payment["status"], status, "{payment}");
    payment
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{answer:?}"
    );
}

fn post(world: &World, payment: &Value, action: &str) -> Answer {
    world.post(&World::path(payment, action), &json!({}))
}

#[test]
pub fn a_payment_without_a_user_gets_one_is_confirmed_signed_and_captured() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let order = json!({"user": null, "order": "A-17", "capture_method": "manual", "expires_in_s": 3600});
        let payment = world.payment_with(&order);
        assert_eq!(payment["status"], "requires_payment_method");
        assert_eq!(
            (&payment["user"], &payment["order"]),
            (&Value::Null, &json!("A-17"))
        );
        let waits = |from: &str| payment[from].as_u64().expect("a time");
        assert_eq!(waits("expires_at") - waits("created_at"), 3600);
        refused(&post(&world, &payment, "/confirm"), 409, "state_conflict");
        let attached = world.post(&World::path(&payment, ""), &json!({"user": "alice"}));
        assert!(
            moved(&attached, "requires_confirmation")
                .get("next_action")
                .is_none()
        );
        let other = world.post(&World::path(&payment, ""), &json!({"user": "mallory"}));
        refused(&other, 409, "state_conflict");
        let early = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
        assert_eq!(early["statusCode"], 1403, "not confirmed yet: {early}");
        let confirmed = moved(&post(&world, &payment, "/confirm"), "requires_action");
        assert_eq!(confirmed["next_action"]["type"], "uaf_transaction_confirmation");
        let text = confirmed["transaction_text"].as_str().expect("a text");
        assert!(text.contains("for order \"A-17\" until 20"), "{text}");
        refused(&post(&world, &payment, "/capture"), 409, "state_conflict");
        world.sign(&payment, &mut signer);
        assert_eq!(world.payment_status(&payment), "requires_capture");
        let much = world.post(&World::path(&payment, "/capture"), &json!({"amount": 146}));
        refused(&much, 422, "amount_too_large");
        assert_eq!(much.json()["param"], "amount");
        let none = world.post(&World::path(&payment, "/capture"), &json!({"amount": 0}));
        refused(&none, 400, "member_invalid");
        let part = world.post(&World::path(&payment, "/capture"), &json!({"amount": 100}));
        assert_eq!(moved(&part, "succeeded")["amount_captured"], 100);
        refused(&post(&world, &payment, "/capture"), 409, "state_conflict");
        refused(&post(&world, &payment, "/cancel"), 409, "state_conflict");
        let books = Books::audit(&world.dump()).expect("the books are right");
        assert_eq!(books.entries, 1);
    }
}

#[test]
fn a_body_may_be_left_out_where_nothing_is_said() {
    let world = World::new(On::Memory);
    let payment = world.payment_with(&json!({"confirm": false}));
    assert_eq!(payment["status"], "requires_confirmation");
    let key = format!("authorization: Bearer {}\r\n", crate::world::KEY);
    let confirm = world.raw("POST", &World::path(&payment, "/confirm"), &key, b"");
    moved(&confirm, "requires_action");
    let unknown = world.post(&World::path(&payment, "/cancel"), &json!({"reason": "none"}));
    refused(&unknown, 400, "member_unknown");
    let untyped = world.raw("POST", &World::path(&payment, "/cancel"), &key, b"{}");
    refused(&untyped, 415, "content_type_unsupported");
    moved(&post(&world, &payment, "/cancel"), "canceled");
}

#[test]
fn what_is_given_up_or_late_cannot_go_on() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        for start in [json!({"user": null}), json!({"confirm": false}), json!({})] {
            let payment = world.payment_with(&start);
            moved(&post(&world, &payment, "/cancel"), "canceled");
            for action in ["/confirm", "/cancel", "/capture"] {
                refused(&post(&world, &payment, action), 409, "state_conflict");
            }
        }
        let signed = world.payment_with(&json!({"capture_method": "manual"}));
        world.sign(&signed, &mut signer);
        moved(&post(&world, &signed, "/cancel"), "canceled");
        let late = world.payment_with(&json!({"confirm": false, "expires_in_s": 60}));
        world.clock.advance_ms(60_000);
        refused(&post(&world, &late, "/confirm"), 409, "state_conflict");
        assert_eq!(world.payment_status(&late), "expired");
        refused(&post(&world, &late, "/cancel"), 409, "state_conflict");
    }
}

#[test]
fn the_sweep_records_that_time_is_over() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let payments = [json!({"user": null}), json!({"confirm": false}), json!({})]
            .map(|start| world.payment_with(&start));
        let kept = world.payment_with(&json!({"expires_in_s": 86_400}));
        let swept = || crate::world::wait(world.service.expire_what_is_late()).expect("the store answers");
        assert_eq!(swept(), 0);
        world
            .clock
            .advance_ms(smile_ceremony::limits::PAYMENT_LIFETIME_MS);
        assert_eq!((swept(), swept()), (3, 0));
        let dump = world.dump();
        let records = dump.iter().filter(|row| row.table == Table::Payments);
        let expired = records.filter(|row| row.value.windows(7).any(|bytes| bytes == b"expired"));
        assert_eq!(expired.count(), 3, "it is on disk, not only shown");
        for payment in &payments {
            assert_eq!(world.payment_status(payment), "expired");
        }
        assert_eq!(world.payment_status(&kept), "requires_action");
    }
}

#[test]
pub fn a_record_that_is_not_what_was_signed_is_not_captured() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let id =
        smile_ceremony::identifier::PaymentId::parse(payment["id"].as_str().expect("an id")).expect("one");
    let record = crate::world::wait(world.store.payment(id))
        .expect("read")
        .expect("there");
    // The same record under another name and with another amount, as nobody could write it but by the disk.
    let mut drifted = serde_json::to_value(&record).expect("serialises");
    drifted["id"] = json!(format!("pi_{}", "7".repeat(32)));
    drifted["amount"]["minor_units"] = json!(14_500);
    let other: PaymentIntent = serde_json::from_value(drifted.clone()).expect("a record");
    crate::world::wait(world.store.commit(Transition::CreatePayment(Box::new(other)))).expect("new");
    let capture = post(&world, &drifted, "/capture");
    refused(&capture, 409, "payment_drifted");
    assert_eq!(world.payment_status(&drifted), "requires_capture");
    moved(&post(&world, &payment, "/capture"), "succeeded");
}

/// What a provider, a buyer and time can do.
#[derive(Debug, Clone, Copy)]
enum Act {
    Attach,
    Confirm,
    Sign,
    Capture,
    Cancel,
    Refund,
    Wait,
}

const ACTS: [Act; 7] = [
    Act::Attach,
    Act::Confirm,
    Act::Sign,
    Act::Capture,
    Act::Cancel,
    Act::Refund,
    Act::Wait,
];

fn rank(status: &str) -> usize {
    let status = PaymentStatus::parse(status).expect("a state that is documented");
    let at = PaymentStatus::ALL.iter().position(|one| *one == status);
    at.expect("listed")
}

/// Plays acts on one payment and returns the states that it was seen in.
fn play(world: &World, signer: &mut Signer, start: &Value, acts: &[Act]) -> Vec<String> {
    let payment = world.payment_with(start);
    let mut seen = vec![payment["status"].as_str().expect("a status").to_owned()];
    for act in acts {
        match act {
            Act::Attach => drop(world.post(&World::path(&payment, ""), &json!({"user": "alice"}))),
            Act::Confirm => drop(post(world, &payment, "/confirm")),
            Act::Sign => {
                let got = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
                if let Some(request) = got["uafRequest"].as_str() {
                    world.respond(&signer.authenticate(request).message());
                }
            }
            Act::Capture => drop(post(world, &payment, "/capture")),
            Act::Cancel => drop(post(world, &payment, "/cancel")),
            Act::Refund => drop(world.post("/v1/refunds", &json!({"payment_intent": payment["id"]}))),
            Act::Wait => world.clock.advance_ms(61_000),
        }
        seen.push(world.payment_status(&payment));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_goes_back(
        start in 0_usize..4,
        acts in proptest::collection::vec((0_usize..ACTS.len()).prop_map(|act| ACTS[act]), 1..10),
    ) {
        let world = World::new(On::Memory);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let start = [
            json!({"user": null, "expires_in_s": 120}),
            json!({"confirm": false, "expires_in_s": 120}),
            json!({"capture_method": "manual", "expires_in_s": 120}),
            json!({"expires_in_s": 120}),
        ][start].clone();
        let seen = play(&world, &mut signer, &start, &acts);
        for pair in seen.windows(2) {
            prop_assert!(rank(&pair[0]) <= rank(&pair[1]), "{acts:?}: {seen:?}");
            let before = PaymentStatus::parse(&pair[0]).expect("a state");
            prop_assert!(!before.is_final() || pair[0] == pair[1], "{acts:?}: {seen:?}");
        }
        Books::audit(&world.dump()).expect("the books are right");
    }
}

#[test]
fn every_state_but_those_of_a_processor_is_reached_without_one() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let manual = json!({"user": null, "capture_method": "manual", "expires_in_s": 120});
    let whole = [Act::Attach, Act::Confirm, Act::Sign, Act::Capture];
    let mut seen: HashSet<String> = play(&world, &mut signer, &manual, &whole).into_iter().collect();
    seen.extend(play(&world, &mut signer, &manual, &[Act::Cancel]));
    seen.extend(play(&world, &mut signer, &manual, &[Act::Wait, Act::Wait]));
    let missing: Vec<_> = PaymentStatus::ALL
        .iter()
        .map(|status| status.as_str())
        .filter(|status| !seen.contains(*status))
        .collect();
    assert_eq!(missing, ["processing", "failed"], "those need a processor");
}
