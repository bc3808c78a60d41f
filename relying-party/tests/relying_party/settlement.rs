//! Questions that wait for an answer: each is taken up again in its turn, and answered once.

use crate::faulty_store::FaultyStore;
use crate::processor::{asking, read, registered};
use crate::sidecar::{Mood, Sidecar};
use crate::world::{On, World, wait};
use serde_json::Value;
use smile_ceremony::identifier::{PaymentId, TenantId};
use smile_ceremony::payment::{DeclineCode, Settled};
use smile_ceremony::transition::Transition;
use smile_relying_party::clock::{Clock, ShiftedClock};
use smile_relying_party::store::Store;
use std::collections::HashSet;
use std::sync::Arc;

/// A server with a sidecar on a store that can be broken, and two payments whose captures are open.
fn two_open(sidecar: &Sidecar) -> (Arc<FaultyStore>, World, [Value; 2]) {
    let store = Arc::new(FaultyStore::default());
    let plain = World::on(store.clone(), ShiftedClock::new());
    let world = plain.again(asking(sidecar));
    let mut signer = registered(&world);
    let payments = [world.payment("alice"), world.payment("alice")];
    payments
        .iter()
        .for_each(|payment| world.sign(payment, &mut signer));
    (store, world, payments)
}

fn payment_id(payment: &Value) -> PaymentId {
    PaymentId::parse(payment["id"].as_str().expect("an id")).expect("an id")
}

#[test]
fn one_record_that_is_wrong_does_not_stop_the_sweep() {
    let sidecar = Sidecar::new(Mood::IsDown);
    let (store, world, payments) = two_open(&sidecar);
    sidecar.is(Mood::Approves);
    // Whichever of them comes first.
    store.cannot_settle(payment_id(&payments[0]));
    let resume = || wait(world.service.resume_what_is_pending()).expect("the others are asked");
    assert_eq!(resume(), 1);
    assert_eq!(read(&world, &payments[0])["status"], "processing");
    assert_eq!(read(&world, &payments[1])["status"], "succeeded");
    store.cannot_settle(None);
    assert_eq!(resume(), 1);
    assert_eq!(read(&world, &payments[0])["status"], "succeeded");
    assert_eq!(sidecar.moved(), 290);
}

#[test]
fn a_processor_that_is_down_is_asked_a_few_at_a_time_and_everybody_gets_a_turn() {
    let sidecar = Sidecar::new(Mood::IsDown);
    for on in [On::Memory, On::Sled] {
        let plain = World::new(on);
        let world = plain.again(asking(&sidecar));
        let mut signer = registered(&world);
        for _ in 0..20 {
            let payment = world.payment("alice");
            world.sign(&payment, &mut signer);
        }
        let mut asked = Vec::new();
        for _ in 0..3 {
            let before = sidecar.keys().len();
            let resumed = wait(world.service.resume_what_is_pending()).expect("the store answers");
            assert_eq!(resumed, 0);
            let keys: HashSet<String> = sidecar.keys().split_off(before).into_iter().collect();
            asked.push(keys);
        }
        let counts: Vec<usize> = asked.iter().map(HashSet::len).collect();
        assert_eq!(counts, [8, 8, 4], "{on:?}");
        let all: HashSet<&String> = asked.iter().flatten().collect();
        assert_eq!(all.len(), 20, "{on:?}: nobody twice before everybody once");
        // It is up again: the sweep that begins anew reaches them all.
        sidecar.is(Mood::Approves);
        let resume = || wait(world.service.resume_what_is_pending()).expect("the store answers");
        assert_eq!(resume() + resume(), 20, "{on:?}");
        sidecar.is(Mood::IsDown);
    }
}

#[test]
fn a_question_that_was_answered_meanwhile_is_not_asked_again() {
    let sidecar = Sidecar::new(Mood::IsDown);
    let (store, world, payments) = two_open(&sidecar);
    let calls =
        wait(store.pending_calls(TenantId::parse("stamps").expect("a tenant"), None, 10)).expect("read");
    let call = calls
        .iter()
        .find(|call| call.payment == payment_id(&payments[0]))
        .expect("open")
        .clone();
    let (settling, now_ms) = (store.clone(), world.clock.now_ms());
    let (subject, attempt) = (call.subject(), call.attempt.id.clone());
    sidecar.is(Mood::Approves);
    let before = sidecar.keys().len();
    // Between the reading of the open questions and the first call another request has its answer.
    store.after_pending_calls(move || {
        let settle = Transition::Settle {
            subject,
            attempt,
            settled: Settled::Declined(DeclineCode::AccountClosed),
            now_ms,
        };
        wait_apart(move || wait(settling.commit(settle)).expect("open"));
    });
    assert_eq!(
        wait(world.service.resume_what_is_pending()).expect("the store answers"),
        1
    );
    assert_eq!(sidecar.keys().len() - before, 1);
    assert_eq!(
        sidecar.last()["payment_intent"],
        payments[1]["id"],
        "only the one that is still open"
    );
    assert_eq!(read(&world, &payments[0])["status"], "failed");
    assert_eq!(read(&world, &payments[1])["status"], "succeeded");
}

/// A runtime must not be waited for inside of another one.
fn wait_apart<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) {
    std::thread::spawn(what).join().map(drop).expect("no panic");
}
