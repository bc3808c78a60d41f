//! Requests that take effect once: the record of the key is one of the writes of what the request does.

use std::fmt;

use super::{Decision, Outcome, Rows, Transition, Undecided, Write, decide::read};
use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::IdempotencyId,
    record::{AnswerSubject, IdempotencyRecord, IdempotentRequest},
};

type Decided<E> = Result<Decision, Undecided<E>>;

type Maker = dyn Fn(&Outcome) -> Result<Binary, CeremonyError> + Send;

/// Makes the answer of an outcome, while the outcome is decided, so that both are committed together. It must be a
/// function of the outcome and of nothing that changes.
pub struct AnswerMaker(Box<Maker>);

impl AnswerMaker {
    /// The maker of answers by this function.
    pub fn new(make: impl Fn(&Outcome) -> Result<Binary, CeremonyError> + Send + 'static) -> Self {
        Self(Box::new(make))
    }

    /// The answer of an outcome.
    pub fn make(&self, outcome: &Outcome) -> Result<Binary, CeremonyError> {
        (self.0)(outcome)
    }
}

impl fmt::Debug for AnswerMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerMaker")
    }
}

pub(super) fn once<R: Rows>(
    rows: &R,
    request: &IdempotentRequest,
    transition: &Transition,
    answer: Option<&AnswerMaker>,
) -> Decided<R::Error> {
    if let Some(known) = known(rows, request)? {
        return Ok(known);
    }
    let Decision { mut writes, outcome } = transition.decide(rows)?;
    let answer = answer.map(|maker| maker.make(&outcome)).transpose()?;
    let record = IdempotencyRecord::new(request, subject(&outcome), answer);
    writes.push(Write::PutIdempotency(record.clone()));
    Ok(Decision {
        writes,
        outcome: Outcome::Once {
            record,
            replayed: false,
        },
    })
}

/// The record of a key that is known for this request.
fn known<R: Rows>(rows: &R, request: &IdempotentRequest) -> Result<Option<Decision>, Undecided<R::Error>> {
    let found = read(rows.idempotency(&request.id))?;
    let Some(record) = found.filter(|record| !record.is_forgettable(request.now_ms)) else {
        return Ok(None);
    };
    if *record.fingerprint() != request.fingerprint {
        return Err(CeremonyError::IdempotencyKeyReused.into());
    }
    Ok(Some(Decision {
        writes: Vec::new(),
        outcome: Outcome::Once {
            record,
            replayed: true,
        },
    }))
}

pub(super) fn recall<R: Rows>(rows: &R, request: &IdempotentRequest) -> Decided<R::Error> {
    known(rows, request)?.ok_or_else(|| CeremonyError::IdempotencyKeyUnknown.into())
}

pub(super) fn answer<R: Rows>(rows: &R, id: &IdempotencyId, maker: &AnswerMaker) -> Decided<R::Error> {
    let record = read(rows.idempotency(id))?.ok_or(CeremonyError::IdempotencyKeyUnknown)?;
    let outcome = match record.subject() {
        // An answer that was given stands.
        Some(_) if record.answer().is_some() => None,
        None => None,
        Some(AnswerSubject::Payment(id)) => {
            let payment = read(rows.payment(id))?.ok_or(CeremonyError::PaymentUnknown)?;
            Some(Outcome::PaymentMoved(payment))
        }
        Some(AnswerSubject::Refund(id)) => {
            let refund = read(rows.refund(id))?.ok_or(CeremonyError::RefundUnknown)?;
            Some(Outcome::RefundMoved(refund))
        }
    };
    let Some(outcome) = outcome else {
        return Ok(Decision {
            writes: Vec::new(),
            outcome: Outcome::Once {
                record,
                replayed: true,
            },
        });
    };
    let record = record.answered(maker.make(&outcome)?);
    Ok(Decision {
        writes: vec![Write::PutIdempotency(record.clone())],
        outcome: Outcome::Once {
            record,
            replayed: false,
        },
    })
}

pub(super) fn forget<R: Rows>(rows: &R, id: &IdempotencyId, now_ms: u64) -> Decided<R::Error> {
    let record = read(rows.idempotency(id))?.ok_or(CeremonyError::IdempotencyKeyUnknown)?;
    if !record.is_forgettable(now_ms) {
        return Err(CeremonyError::IdempotencyKeyKept.into());
    }
    Ok(Decision {
        writes: vec![Write::DeleteIdempotency(record)],
        outcome: Outcome::Forgotten,
    })
}

/// What a later answer is about.
fn subject(outcome: &Outcome) -> Option<AnswerSubject> {
    match outcome {
        Outcome::PaymentMoved(payment) => Some(AnswerSubject::Payment(payment.id().clone())),
        Outcome::RefundMoved(refund) => Some(AnswerSubject::Refund(refund.id().clone())),
        _ => None,
    }
}
