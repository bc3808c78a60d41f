//! The conditions of what moves money: events, refunds, and what the processor answers. Whatever changes a captured or
//! refunded amount writes its entry of the books in the same decision.

use super::{Decision, Outcome, Rows, Undecided, Write, decide::read};
use crate::{
    error::CeremonyError,
    identifier::{AttemptId, PaymentId, RefundId, TenantId},
    payment::{AttemptSubject, LedgerEntry, PaymentEvent, PaymentIntent, Refund, RefundRequest, Settled},
};

type Decided<E> = Result<Decision, Undecided<E>>;

pub(super) fn move_payment<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    id: &PaymentId,
    event: &PaymentEvent,
    now_ms: u64,
) -> Decided<R::Error> {
    let moved = payment_of(rows, tenant, id)?.after(event, now_ms)?;
    Ok(Decision {
        writes: payment_and_entry(&moved, now_ms),
        outcome: Outcome::PaymentMoved(moved),
    })
}

/// The payment, and the entry of its capture once it was captured. The same entry again changes nothing.
pub(super) fn payment_and_entry(payment: &PaymentIntent, now_ms: u64) -> Vec<Write> {
    let entry = LedgerEntry::of_capture(payment, now_ms).map(Write::PutLedgerEntry);
    std::iter::once(Write::PutPayment(payment.clone()))
        .chain(entry)
        .collect()
}

pub(super) fn refund<R: Rows>(rows: &R, request: &RefundRequest, now_ms: u64) -> Decided<R::Error> {
    if read(rows.refund(&request.id))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    let payment = payment_of(rows, &request.tenant, &request.payment)?;
    let (refund, payment) = Refund::create(request, &payment, now_ms)?;
    Ok(refund_and_entry(refund, payment, now_ms))
}

pub(super) fn settle<R: Rows>(
    rows: &R,
    subject: &AttemptSubject,
    attempt: &AttemptId,
    settled: Settled,
    now_ms: u64,
) -> Decided<R::Error> {
    match subject {
        AttemptSubject::Payment(id) => {
            let payment = read(rows.payment(id))?.ok_or(CeremonyError::PaymentUnknown)?;
            let moved = payment.settled(attempt, settled)?;
            Ok(Decision {
                writes: payment_and_entry(&moved, now_ms),
                outcome: Outcome::PaymentMoved(moved),
            })
        }
        AttemptSubject::Refund(id) => settle_refund(rows, id, attempt, settled, now_ms),
    }
}

fn settle_refund<R: Rows>(
    rows: &R,
    id: &RefundId,
    attempt: &AttemptId,
    settled: Settled,
    now_ms: u64,
) -> Decided<R::Error> {
    let refund = read(rows.refund(id))?.ok_or(CeremonyError::RefundUnknown)?;
    let payment = payment_of(rows, refund.tenant(), refund.payment())?;
    let (refund, payment) = refund.settled(&payment, attempt, settled)?;
    Ok(refund_and_entry(refund, payment, now_ms))
}

fn refund_and_entry(refund: Refund, payment: PaymentIntent, now_ms: u64) -> Decision {
    let mut writes = vec![Write::PutPayment(payment), Write::PutRefund(refund.clone())];
    writes.extend(LedgerEntry::of_refund(&refund, now_ms).map(Write::PutLedgerEntry));
    Decision {
        writes,
        outcome: Outcome::RefundMoved(refund),
    }
}

fn payment_of<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    id: &PaymentId,
) -> Result<PaymentIntent, Undecided<R::Error>> {
    let payment = read(rows.payment(id))?
        .filter(|payment| payment.tenant() == tenant)
        .ok_or(CeremonyError::PaymentUnknown)?;
    Ok(payment)
}
