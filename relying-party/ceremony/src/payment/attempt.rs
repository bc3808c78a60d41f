//! One question to the provider's processor, under one name for as long as it takes to be answered.

use serde::{Deserialize, Serialize};

use super::{DeclineCode, Money, OrderReference};
use crate::identifier::{AttemptId, PaymentId, ProcessorName, RefundId, TenantId};

/// What the processor is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptKind {
    /// Take the money of an authorised payment.
    Capture,
    /// Let go of an authorised payment.
    Void,
    /// Give captured money back.
    Refund,
}

/// A question that was asked, or is about to be. It is on disk before the processor hears of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The idempotency key towards the processor: the same for every time that this question is asked.
    pub id: AttemptId,
    /// What is asked.
    pub kind: AttemptKind,
    /// How much.
    pub amount: Money,
    /// When it was decided to ask, unix milliseconds.
    pub begun_at_ms: u64,
}

/// What an attempt is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttemptSubject {
    /// A capture or void of this payment.
    Payment(PaymentId),
    /// This refund.
    Refund(RefundId),
}

/// What the processor answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Done.
    Approved,
    /// Refused, for good.
    Declined(DeclineCode),
}

/// Everything that the processor is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCall {
    /// The question.
    pub attempt: Attempt,
    /// Whose it is.
    pub tenant: TenantId,
    /// The payment that it is about.
    pub payment: PaymentId,
    /// What the payment is for, as the provider calls it; a refund does not know it, and who asks adds it.
    pub order: Option<OrderReference>,
    /// The refund, where it is one.
    pub refund: Option<RefundId>,
    /// Who may be asked; `None` in records that do not say.
    pub processor: Option<ProcessorName>,
}

impl PendingCall {
    /// What the answer is for.
    pub fn subject(&self) -> AttemptSubject {
        match &self.refund {
            None => AttemptSubject::Payment(self.payment.clone()),
            Some(refund) => AttemptSubject::Refund(refund.clone()),
        }
    }
}
