//! Captures, voids and refunds: what a processor is asked, what its answers change, and that the books always balance.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smile_ceremony::{
    error::CeremonyError,
    identifier::{AttemptId, PaymentId, ProcessorName, RefundId, TenantId},
    limits::PAYMENT_LIFETIME_MS,
    payment::{
        Account, Attempt, AttemptKind, AttemptSubject, CaptureMethod, CurrencyCode, DeclineCode, Money,
        OrderReference, Payee, PaymentEvent, PaymentIntent, PaymentRequest, PaymentStatus as S, Refund,
        RefundRequest, RefundStatus, Settled, Settlement,
    },
    transition::{Outcome, Transition},
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey},
    world::{ATTESTED, FACET, World, person, tenant},
};

const MANUAL: CaptureMethod = CaptureMethod::Manual;

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

fn by_processor() -> Settlement {
    Settlement::Processor(ProcessorName::parse("sidecar").expect("a sound name"))
}

fn world() -> World {
    let mut world = World::new();
    world.register("alice", &device(), |_| ()).expect("sound");
    world
}

pub fn created(world: &mut World, capture_method: CaptureMethod, settlement: Settlement) -> PaymentIntent {
    let request = PaymentRequest {
        tenant: tenant(),
        user: Some(person("alice")),
        amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("in range"),
        payee: Payee::parse("Deutsche Post").expect("printable"),
        description: None,
        order: Some(OrderReference::parse("A-17").expect("printable")),
        capture_method,
        confirm: true,
        lifetime_ms: PAYMENT_LIFETIME_MS,
        settlement,
    };
    let (payment, _) = PaymentIntent::create(request, world.now_ms, &mut world.rng()).expect("sound");
    world
        .commit(Transition::CreatePayment(Box::new(payment.clone())))
        .expect("new");
    payment
}

/// A payment of 1.45 EUR that its buyer signed; its identifier.
fn signed(world: &mut World, capture_method: CaptureMethod, settlement: Settlement) -> PaymentId {
    let payment = created(world, capture_method, settlement);
    let request = world.begin_payment(&payment).expect("signable");
    // Each signature of the one key has a counter of its own.
    let mut device = device();
    device.counter += u32::try_from(world.rows.ceremonies.len()).expect("few");
    let forge = AuthenticationForge::answering(&request, &device, FACET);
    world.finish_authentication(&forge.message()).expect("sound");
    payment.id().clone()
}

fn moved(world: &mut World, id: &PaymentId, event: PaymentEvent) -> Result<PaymentIntent, CeremonyError> {
    let outcome = world.commit(Transition::MovePayment {
        tenant: tenant(),
        payment: id.clone(),
        event,
        now_ms: world.now_ms,
    })?;
    let Outcome::PaymentMoved(payment) = outcome else {
        panic!("{outcome:?}")
    };
    Ok(payment)
}

fn settle(
    world: &mut World,
    subject: AttemptSubject,
    attempt: &AttemptId,
    settled: Settled,
) -> Result<Outcome, CeremonyError> {
    world.commit(Transition::Settle {
        subject,
        attempt: attempt.clone(),
        settled,
        now_ms: world.now_ms,
    })
}

fn refunded(world: &mut World, id: &PaymentId, amount: Option<u64>) -> Result<Refund, CeremonyError> {
    let request = RefundRequest {
        id: RefundId::generate(&mut world.rng()),
        tenant: tenant(),
        payment: id.clone(),
        amount,
    };
    let now_ms = world.now_ms;
    let outcome = world.commit(Transition::Refund { request, now_ms })?;
    let Outcome::RefundMoved(refund) = outcome else {
        panic!("{outcome:?}")
    };
    Ok(refund)
}

/// What the merchant is owed by the books, which must sum to zero over both accounts.
fn owed(world: &World) -> i128 {
    let mut accounts: BTreeMap<Account, i128> = BTreeMap::new();
    for entry in world.rows.ledger.values() {
        let amount = i128::from(entry.amount().minor_units());
        *accounts.entry(entry.debit()).or_default() += amount;
        *accounts.entry(entry.credit()).or_default() -= amount;
    }
    assert_eq!(accounts.values().sum::<i128>(), 0, "{accounts:?}");
    -accounts.get(&Account::MerchantPayable).copied().unwrap_or(0)
}

#[test]
fn without_a_processor_money_counts_as_moved_at_once() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, Settlement::Direct);
    let payment = &world.rows.payments[&id];
    assert_eq!(
        (payment.status(), payment.amount_captured()),
        (S::Succeeded, Some(145))
    );
    assert_eq!(payment.pending_call(), None);
    assert_eq!(owed(&world), 145);
    let id = signed(&mut world, MANUAL, Settlement::Direct);
    assert_eq!(
        (world.rows.payments[&id].status(), owed(&world)),
        (S::RequiresCapture, 145)
    );
    let payment = moved(&mut world, &id, PaymentEvent::Capture { amount: Some(45) }).expect("authorised");
    assert_eq!(
        (payment.status(), payment.amount_captured()),
        (S::Succeeded, Some(45))
    );
    assert_eq!(owed(&world), 190);
    let id = signed(&mut world, MANUAL, Settlement::Direct);
    let payment = moved(&mut world, &id, PaymentEvent::Cancel).expect("not captured");
    assert_eq!(
        (payment.status(), payment.amount_captured(), owed(&world)),
        (S::Canceled, None, 190)
    );
}

#[test]
fn a_capture_is_at_most_what_was_authorised_and_happens_once() {
    let mut world = world();
    let id = signed(&mut world, MANUAL, Settlement::Direct);
    let capture = |world: &mut World, amount| moved(world, &id, PaymentEvent::Capture { amount }).err();
    assert_eq!(
        capture(&mut world, Some(146)),
        Some(CeremonyError::CaptureTooLarge)
    );
    assert_eq!(
        capture(&mut world, Some(0)),
        Some(CeremonyError::AmountOutOfRange)
    );
    assert_eq!(capture(&mut world, Some(145)), None);
    let again = CeremonyError::PaymentTransition {
        from: S::Succeeded,
        to: S::Succeeded,
    };
    assert_eq!(capture(&mut world, None), Some(again));
}

#[test]
fn a_processor_is_asked_under_one_name_and_its_first_answer_counts() {
    for (settled, status, books) in [
        (Settled::Approved, S::Succeeded, 145),
        (Settled::Declined(DeclineCode::InsufficientFunds), S::Failed, 0),
    ] {
        let mut world = world();
        let id = signed(&mut world, CaptureMethod::Automatic, by_processor());
        let payment = world.rows.payments[&id].clone();
        assert_eq!((payment.status(), owed(&world)), (S::Processing, 0));
        let call = payment.pending_call().expect("a question");
        assert_eq!(
            (call.attempt.kind, call.attempt.amount),
            (AttemptKind::Capture, payment.amount())
        );
        for event in [
            PaymentEvent::Cancel,
            PaymentEvent::Fail(DeclineCode::RejectedByProvider),
            PaymentEvent::Capture { amount: None },
            PaymentEvent::Expire,
        ] {
            world.now_ms = payment.expires_at_ms() + 1;
            assert!(
                moved(&mut world, &id, event.clone()).is_err(),
                "{event:?} while the processor is asked"
            );
        }
        let subject = call.subject();
        let other = AttemptId::generate(&mut world.rng());
        let wrong = settle(&mut world, subject.clone(), &other, settled).err();
        assert_eq!(wrong, Some(CeremonyError::AttemptNotPending));
        settle(&mut world, subject.clone(), &call.attempt.id, settled).expect("open");
        let payment = world.rows.payments[&id].clone();
        assert_eq!(
            (payment.status(), payment.pending_call(), owed(&world)),
            (status, None, books)
        );
        let late = settle(&mut world, subject, &call.attempt.id, Settled::Approved).err();
        assert_eq!(
            late,
            Some(CeremonyError::AttemptNotPending),
            "the first answer counts"
        );
        assert_eq!(world.rows.payments[&id], payment);
    }
}

#[test]
fn an_authorised_payment_is_let_go_of_by_the_processor() {
    let mut world = world();
    let id = signed(&mut world, MANUAL, by_processor());
    let payment = moved(&mut world, &id, PaymentEvent::Cancel).expect("authorised");
    let call = payment.pending_call().expect("a question");
    assert_eq!(
        (payment.status(), call.attempt.kind),
        (S::Processing, AttemptKind::Void)
    );
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    assert_eq!(
        (world.rows.payments[&id].status(), owed(&world)),
        (S::Canceled, 0)
    );
}

#[test]
fn money_that_the_processor_does_not_let_go_of_is_still_held() {
    let mut world = world();
    let id = signed(&mut world, MANUAL, by_processor());
    let no = Settled::Declined(DeclineCode::ProcessorDeclined);
    let mut names = Vec::new();
    for _ in 0..2 {
        let payment = moved(&mut world, &id, PaymentEvent::Cancel).expect("authorised");
        assert_eq!(payment.decline_code(), None);
        let call = payment.pending_call().expect("a question");
        assert_eq!(payment.was_approved(&call.attempt), None);
        settle(&mut world, call.subject(), &call.attempt.id, no).expect("open");
        let held = world.rows.payments[&id].clone();
        assert_eq!(
            (held.status(), held.decline_code(), held.pending_call()),
            (S::RequiresCapture, Some(DeclineCode::ProcessorDeclined), None)
        );
        // An answer to a question of before changes nothing, also while another one is open.
        for name in &names {
            let late = settle(&mut world, call.subject(), name, Settled::Approved).err();
            assert_eq!(late, Some(CeremonyError::AttemptNotPending));
        }
        assert!(
            !names.contains(&call.attempt.id),
            "each question has a name of its own"
        );
        assert_eq!(held.was_approved(&call.attempt), Some(false));
        names.push(call.attempt.id);
    }
    let fail = PaymentEvent::Fail(DeclineCode::RejectedByProvider);
    let refused = CeremonyError::PaymentTransition {
        from: S::RequiresCapture,
        to: S::Failed,
    };
    assert_eq!(moved(&mut world, &id, fail.clone()).err(), Some(refused));
    let payment = moved(&mut world, &id, PaymentEvent::Capture { amount: None }).expect("still held");
    let call = payment.pending_call().expect("a question");
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    let captured = &world.rows.payments[&id];
    assert_eq!(
        (
            captured.status(),
            captured.decline_code(),
            captured.was_approved(&call.attempt)
        ),
        (S::Succeeded, None, Some(true))
    );
    assert_eq!(owed(&world), 145);
    // Where nobody holds money, the provider may say no.
    let id = signed(&mut world, MANUAL, Settlement::Direct);
    assert_eq!(
        moved(&mut world, &id, fail).expect("nothing is held").status(),
        S::Failed
    );
}

#[test]
fn refunds_never_exceed_what_was_captured() {
    let mut world = world();
    let id = signed(&mut world, MANUAL, Settlement::Direct);
    let early = refunded(&mut world, &id, Some(1)).err();
    assert_eq!(early, Some(CeremonyError::PaymentNotCaptured));
    moved(&mut world, &id, PaymentEvent::Capture { amount: Some(100) }).expect("authorised");
    let too_much = Some(CeremonyError::RefundTooLarge);
    assert_eq!(refunded(&mut world, &id, Some(101)).err(), too_much);
    assert_eq!(
        refunded(&mut world, &id, Some(0)).err(),
        Some(CeremonyError::AmountOutOfRange)
    );
    let first = refunded(&mut world, &id, Some(60)).expect("captured");
    assert_eq!((first.status(), owed(&world)), (RefundStatus::Succeeded, 40));
    assert_eq!(refunded(&mut world, &id, Some(41)).err(), too_much);
    let rest = refunded(&mut world, &id, None).expect("some is left");
    assert_eq!((rest.amount().minor_units(), owed(&world)), (40, 0));
    assert_eq!(refunded(&mut world, &id, None).err(), too_much);
    let payment = &world.rows.payments[&id];
    assert_eq!(
        (payment.amount_refunded(), payment.amount_refundable()),
        (100, Some(0))
    );
}

#[test]
fn a_refund_that_waits_for_the_processor_is_set_aside_until_it_is_declined() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, by_processor());
    let call = world.rows.payments[&id].pending_call().expect("a question");
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    let refund = refunded(&mut world, &id, Some(100)).expect("captured");
    assert_eq!((refund.status(), owed(&world)), (RefundStatus::Pending, 145));
    assert_eq!(
        refunded(&mut world, &id, Some(46)).err(),
        Some(CeremonyError::RefundTooLarge)
    );
    let call = refund.pending_call().expect("a question");
    let no = Settled::Declined(DeclineCode::AccountClosed);
    settle(&mut world, call.subject(), &call.attempt.id, no).expect("open");
    let declined = world.rows.refunds[refund.id()].clone();
    assert_eq!(
        (
            declined.status(),
            declined.decline_code(),
            declined.pending_call()
        ),
        (RefundStatus::Failed, Some(DeclineCode::AccountClosed), None)
    );
    let again = settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).err();
    assert_eq!(again, Some(CeremonyError::AttemptNotPending));
    let other = world.rows.payments[&id].clone();
    let asked = other.was_approved(&call.attempt);
    assert_eq!(
        (declined.was_approved(&call.attempt), asked),
        (Some(false), None),
        "the payment was never asked about its refund's question"
    );
    let capture = Attempt {
        id: AttemptId::generate(&mut world.rng()),
        ..call.attempt.clone()
    };
    assert_eq!(
        declined.was_approved(&capture),
        None,
        "nor the refund about another"
    );
    let refund = refunded(&mut world, &id, None).expect("what was declined can be refunded again");
    assert_eq!(refund.amount().minor_units(), 145);
    let call = refund.pending_call().expect("a question");
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    assert_eq!(
        (owed(&world), world.rows.payments[&id].amount_refunded()),
        (0, 145)
    );
}

#[test]
fn a_refund_has_a_name_of_its_own_and_is_asked_for_by_its_tenant() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, Settlement::Direct);
    let first = refunded(&mut world, &id, Some(1)).expect("captured");
    let again = |world: &mut World, id: RefundId, by: TenantId| {
        let request = RefundRequest {
            id,
            tenant: by,
            payment: first.payment().clone(),
            amount: Some(1),
        };
        let now_ms = world.now_ms;
        world.commit(Transition::Refund { request, now_ms }).err()
    };
    let same = again(&mut world, first.id().clone(), tenant());
    assert_eq!(same, Some(CeremonyError::IdentifierTaken));
    let other = RefundId::generate(&mut world.rng());
    let stranger = TenantId::parse("stranger").expect("a sound name");
    let foreign = again(&mut world, other.clone(), stranger);
    assert_eq!(foreign, Some(CeremonyError::PaymentUnknown));
    assert_eq!(again(&mut world, other, tenant()), None);
}

#[test]
fn only_the_open_question_of_a_refund_is_answered() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, by_processor());
    let call = world.rows.payments[&id].pending_call().expect("a question");
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    let refund = refunded(&mut world, &id, Some(100)).expect("captured");
    let subject = AttemptSubject::Refund(refund.id().clone());
    let other = settle(&mut world, subject, &call.attempt.id, Settled::Approved).err();
    assert_eq!(
        other,
        Some(CeremonyError::AttemptNotPending),
        "the capture's question is another"
    );
    let unknown = AttemptSubject::Refund(RefundId::generate(&mut world.rng()));
    let nothing = settle(&mut world, unknown, &call.attempt.id, Settled::Approved).err();
    assert_eq!(nothing, Some(CeremonyError::RefundUnknown));
    let call = refund.pending_call().expect("a question");
    assert!(settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).is_ok());
}

/// The record of a payment with one member changed behind the server's back.
pub fn drifted(payment: &PaymentIntent, change: &dyn Fn(&mut Value)) -> PaymentIntent {
    let mut record = serde_json::to_value(payment).expect("serialises");
    change(&mut record);
    serde_json::from_value(record).expect("a record of the same form")
}

pub type Change = Box<dyn Fn(&mut Value)>;

/// Each thing that the text names, changed.
pub fn drifts() -> Vec<(&'static str, Change)> {
    vec![
        (
            "amount",
            Box::new(|record| record["amount"]["minor_units"] = json!(146)),
        ),
        (
            "currency",
            Box::new(|record| record["amount"]["currency"] = json!("USD")),
        ),
        (
            "payee",
            Box::new(|record| record["payee"] = json!("Deutsche Bahn")),
        ),
        ("order", Box::new(|record| record["order"] = json!("A-18"))),
        ("no order", Box::new(|record| record["order"] = Value::Null)),
        (
            "expiry",
            Box::new(|record| {
                record["expires_at_ms"] = json!(record["expires_at_ms"].as_u64().map(|ms| ms + 1000))
            }),
        ),
        (
            "template",
            Box::new(|record| record["template"] = json!("payee_and_amount")),
        ),
    ]
}

#[test]
fn what_changed_since_it_was_displayed_is_not_authorised() {
    for (name, change) in drifts() {
        let mut world = world();
        let payment = created(&mut world, CaptureMethod::Automatic, Settlement::Direct);
        let request = world.begin_payment(&payment).expect("signable");
        let sound = world.rows.payments[payment.id()].clone();
        let message = AuthenticationForge::answering(&request, &device(), FACET).message();
        world
            .rows
            .payments
            .insert(payment.id().clone(), drifted(&sound, &*change));
        let refused = world.finish_authentication(&message).err();
        assert_eq!(refused, Some(CeremonyError::TransactionHashMismatch), "{name}");
        // The same without the change is accepted.
        world.rows.payments.insert(payment.id().clone(), sound);
        let request = world.begin_payment(&payment).expect("signable");
        let message = AuthenticationForge::answering(&request, &device(), FACET).message();
        world.finish_authentication(&message).expect("sound");
    }
}

#[test]
fn what_changed_since_it_was_signed_is_not_captured() {
    for (name, change) in drifts() {
        let mut world = world();
        let id = signed(&mut world, MANUAL, Settlement::Direct);
        let sound = world.rows.payments[&id].clone();
        world.rows.payments.insert(id.clone(), drifted(&sound, &*change));
        let refused = moved(&mut world, &id, PaymentEvent::Capture { amount: None }).err();
        assert_eq!(refused, Some(CeremonyError::PaymentDrifted), "{name}");
        assert_eq!(owed(&world), 0);
        world.rows.payments.insert(id.clone(), sound);
        moved(&mut world, &id, PaymentEvent::Capture { amount: None }).expect("as signed");
    }
}

#[test]
fn a_record_of_the_version_before_reads_as_it_was_signed() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, Settlement::Direct);
    let mut record = serde_json::to_value(&world.rows.payments[&id]).expect("serialises");
    let members = record.as_object_mut().expect("an object");
    for new in [
        "template",
        "order",
        "settlement",
        "attempt",
        "declined_voids",
        "captured",
        "refunded",
        "refund_pending",
    ] {
        members
            .remove(new)
            .expect("a member that the version before did not have");
    }
    let old: PaymentIntent = serde_json::from_value(record).expect("it decodes");
    let reference = id.as_str()[3..11].to_ascii_uppercase();
    assert_eq!(
        old.transaction_text(),
        format!("Pay 1.45 EUR to \"Deutsche Post\" (ref {reference})")
    );
    assert_eq!(
        (old.amount_captured(), old.amount_refundable()),
        (Some(145), Some(145))
    );
    assert_eq!((old.order(), old.settlement()), (None, &Settlement::Direct));
}

#[test]
fn a_question_names_the_processor_that_its_payment_was_made_for() {
    let mut world = world();
    let id = signed(&mut world, CaptureMethod::Automatic, by_processor());
    let payment = world.rows.payments[&id].clone();
    let named = ProcessorName::parse("sidecar").ok();
    let call = payment.pending_call().expect("a question");
    assert_eq!(call.processor, named);
    let text = serde_json::to_string(&payment).expect("JSON");
    assert_eq!(
        serde_json::from_str::<PaymentIntent>(&text).ok(),
        Some(payment.clone())
    );
    settle(&mut world, call.subject(), &call.attempt.id, Settled::Approved).expect("open");
    let refund = refunded(&mut world, &id, Some(1)).expect("captured");
    assert_eq!(refund.pending_call().expect("a question").processor, named);
    // Records that do not say which it was decode, and name nobody.
    let old = drifted(&payment, &|record| record["settlement"] = json!("processor"));
    assert_eq!(old.pending_call().expect("still open").processor, None);
    let mut record = serde_json::to_value(&refund).expect("serialises");
    let members = record.as_object_mut().expect("an object");
    members
        .remove("processor")
        .expect("a member that earlier versions did not have");
    let old: Refund = serde_json::from_value(record).expect("it decodes");
    assert_eq!(old.pending_call().expect("still open").processor, None);
    for name in ["", "a b", &"a".repeat(65)] {
        assert!(ProcessorName::parse(name).is_err(), "{name:?}");
    }
}
