//! Idempotency keys: the record is part of what the request does.

use smile_ceremony::{
    binary::Binary,
    error::CeremonyError,
    identifier::{IdempotencyId, RefundId},
    limits::IDEMPOTENCY_KEPT_MS,
    payment::{PaymentEvent, PaymentIntent, RefundRequest, RefundStatus},
    record::IdempotentRequest,
    transition::{AnswerMaker, Outcome, Transition},
};

use crate::{
    authenticator::DeviceKey,
    world::{ATTESTED, World, tenant},
};

fn request(world: &World, key: u8, what: &str) -> IdempotentRequest {
    IdempotentRequest {
        id: IdempotencyId::from_bytes([key; 16]),
        tenant: tenant(),
        fingerprint: Binary::from(what.as_bytes()),
        now_ms: world.now_ms,
    }
}

fn cancel(world: &World, payment: &PaymentIntent) -> Box<Transition> {
    Box::new(Transition::MovePayment {
        tenant: tenant(),
        payment: payment.id().clone(),
        event: PaymentEvent::Cancel,
        now_ms: world.now_ms,
    })
}

/// The status of the payment or refund, as the answer.
fn shown() -> AnswerMaker {
    AnswerMaker::new(|outcome| {
        let text = match outcome {
            Outcome::PaymentMoved(payment) => payment.status().as_str().to_owned(),
            Outcome::RefundMoved(refund) => format!("{:?}", refund.status()),
            other => format!("{other:?}"),
        };
        Ok(Binary::from(text.as_bytes()))
    })
}

fn answer(outcome: Outcome) -> (Option<String>, bool) {
    let Outcome::Once { record, replayed } = outcome else {
        panic!("{outcome:?}")
    };
    let text = record
        .answer()
        .map(|bytes| String::from_utf8_lossy(bytes.as_slice()).into_owned());
    (text, replayed)
}

fn canceled() -> Option<String> {
    Some("canceled".to_owned())
}

#[test]
fn a_key_takes_effect_once_and_says_the_same_again() {
    let mut world = World::new();
    let payment = world.payment("alice");
    let once = |world: &World, what| Transition::Once {
        request: request(world, 1, what),
        transition: cancel(world, &payment),
        answer: Some(shown()),
    };
    let first = world.commit(once(&world, "cancel it")).expect("new");
    assert_eq!(answer(first), (canceled(), false));
    let version = world.rows.payments[payment.id()].version();
    let other = world.commit(once(&world, "cancel another")).err();
    assert_eq!(other, Some(CeremonyError::IdempotencyKeyReused));
    world.now_ms += IDEMPOTENCY_KEPT_MS - 1;
    let again = world.commit(once(&world, "cancel it")).expect("known");
    assert_eq!(answer(again), (canceled(), true));
    assert_eq!(world.rows.payments[payment.id()].version(), version);
    world.now_ms += 1;
    let anew = world.commit(once(&world, "cancel it")).err();
    assert!(
        matches!(anew, Some(CeremonyError::PaymentTransition { .. })),
        "a day later it is new: {anew:?}"
    );
}

#[test]
fn what_is_refused_leaves_its_key_free() {
    let mut world = World::new();
    let payment = world.payment("alice");
    let confirm = Transition::Once {
        request: request(&world, 1, "confirm"),
        transition: Box::new(Transition::MovePayment {
            tenant: tenant(),
            payment: payment.id().clone(),
            event: PaymentEvent::Confirm,
            now_ms: world.now_ms,
        }),
        answer: Some(shown()),
    };
    assert!(world.commit(confirm).is_err(), "it is confirmed already");
    assert!(world.rows.idempotency.is_empty());
    let cancel = Transition::Once {
        request: request(&world, 1, "cancel"),
        transition: cancel(&world, &payment),
        answer: Some(shown()),
    };
    assert!(world.commit(cancel).is_ok());
}

#[test]
fn an_answer_that_comes_later_is_given_once() {
    let mut world = World::new();
    let device = DeviceKey::new(ATTESTED, 1);
    world.register("alice", &device, |_| ()).expect("sound");
    let payment = world.pay("alice", &device, |_| ()).expect("sound");
    let once = |world: &World| Transition::Once {
        request: request(world, 1, "refund"),
        transition: Box::new(Transition::Refund {
            request: RefundRequest {
                id: RefundId::from_bytes([7; 16]),
                tenant: tenant(),
                payment: payment.id().clone(),
                amount: None,
            },
            now_ms: world.now_ms,
        }),
        answer: None,
    };
    let id = IdempotencyId::from_bytes([1; 16]);
    let answered = |world: &mut World, id: &IdempotencyId| {
        let id = id.clone();
        world.commit(Transition::Answer { id, answer: shown() })
    };
    assert_eq!(
        answered(&mut world, &id).err(),
        Some(CeremonyError::IdempotencyKeyUnknown)
    );
    assert_eq!(answer(world.commit(once(&world)).expect("new")), (None, false));
    assert_eq!(
        answer(world.commit(once(&world)).expect("known")),
        (None, true),
        "not answered yet"
    );
    let said = Some(format!("{:?}", RefundStatus::Succeeded));
    assert_eq!(
        answer(answered(&mut world, &id).expect("known")),
        (said.clone(), false)
    );
    assert_eq!(
        answer(answered(&mut world, &id).expect("known")),
        (said.clone(), true),
        "it stands"
    );
    assert_eq!(answer(world.commit(once(&world)).expect("known")), (said, true));
    assert_eq!(world.rows.refunds.len(), 1);
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let mut world = World::new();
    let payment = world.payment("alice");
    let once = Transition::Once {
        request: request(&world, 1, "cancel"),
        transition: cancel(&world, &payment),
        answer: Some(shown()),
    };
    world.commit(once).expect("new");
    let id = IdempotencyId::from_bytes([1; 16]);
    let forget = |world: &mut World| {
        let (id, now_ms) = (id.clone(), world.now_ms);
        world.commit(Transition::ForgetIdempotency { id, now_ms }).err()
    };
    world.now_ms += IDEMPOTENCY_KEPT_MS - 1;
    assert_eq!(forget(&mut world), Some(CeremonyError::IdempotencyKeyKept));
    world.now_ms += 1;
    assert_eq!(forget(&mut world), None);
    assert_eq!(forget(&mut world), Some(CeremonyError::IdempotencyKeyUnknown));
}

#[test]
fn what_was_answered_is_recalled_and_nothing_else() {
    let mut world = World::new();
    let payment = world.payment("alice");
    let recall = |world: &World, key, what| Transition::Recall(request(world, key, what));
    let unknown = Some(CeremonyError::IdempotencyKeyUnknown);
    let early = recall(&world, 1, "cancel it");
    assert_eq!(world.commit(early).err(), unknown);
    let once = Transition::Once {
        request: request(&world, 1, "cancel it"),
        transition: cancel(&world, &payment),
        answer: Some(shown()),
    };
    world.commit(once).expect("new");
    let version = world.rows.payments[payment.id()].version();
    let same = recall(&world, 1, "cancel it");
    assert_eq!(answer(world.commit(same).expect("known")), (canceled(), true));
    let other = recall(&world, 1, "cancel another");
    assert_eq!(
        world.commit(other).err(),
        Some(CeremonyError::IdempotencyKeyReused)
    );
    let another = recall(&world, 2, "cancel it");
    assert_eq!(world.commit(another).err(), unknown);
    assert_eq!(world.rows.payments[payment.id()].version(), version);
    world.now_ms += IDEMPOTENCY_KEPT_MS;
    let late = recall(&world, 1, "cancel it");
    assert_eq!(world.commit(late).err(), unknown);
}
