//! Refunds: captured money on its way back.

use serde::{Deserialize, Serialize};

use super::{Attempt, AttemptKind, DeclineCode, Money, PaymentIntent, PendingCall, Settled, Settlement};
use crate::{
    error::CeremonyError,
    identifier::{AttemptId, PaymentId, ProcessorName, RefundId, TenantId},
};

/// What became of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundStatus {
    /// The processor was asked and has not answered yet. The amount counts as given back until it says no.
    Pending,
    /// The money went back. An end.
    Succeeded,
    /// Declined; the amount can be refunded again. An end.
    Failed,
}

/// What a provider asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// The new refund's name.
    pub id: RefundId,
    /// Who asks.
    pub tenant: TenantId,
    /// The payment, which was captured.
    pub payment: PaymentId,
    /// How much, in minor units; `None` is all that is left.
    pub amount: Option<u64>,
}

/// One refund of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    id: RefundId,
    tenant: TenantId,
    payment: PaymentId,
    amount: Money,
    status: RefundStatus,
    decline_code: Option<DeclineCode>,
    attempt: Option<Attempt>,
    created_at_ms: u64,
    /// Who is asked; records of earlier versions do not say.
    #[serde(default)]
    processor: Option<ProcessorName>,
}

impl Refund {
    /// The refund of `request` and the payment with the amount set aside, or why there is nothing to give back.
    pub(crate) fn create(
        request: &RefundRequest,
        payment: &PaymentIntent,
        now_ms: u64,
    ) -> Result<(Self, PaymentIntent), CeremonyError> {
        let left = payment
            .amount_refundable()
            .ok_or(CeremonyError::PaymentNotCaptured)?;
        let amount = request.amount.unwrap_or(left);
        if amount > left || left == 0 {
            return Err(CeremonyError::RefundTooLarge);
        }
        let amount = Money::new(amount, payment.amount().currency())?;
        let (status, attempt) = match payment.settlement() {
            Settlement::Direct => (RefundStatus::Succeeded, None),
            Settlement::Processor(_) | Settlement::UnnamedProcessor => {
                let attempt = Attempt {
                    id: AttemptId::of(AttemptKind::Refund, request.id.as_str(), 0),
                    kind: AttemptKind::Refund,
                    amount,
                    begun_at_ms: now_ms,
                };
                (RefundStatus::Pending, Some(attempt))
            }
        };
        let refund = Self {
            id: request.id.clone(),
            tenant: request.tenant.clone(),
            payment: request.payment.clone(),
            amount,
            status,
            decline_code: None,
            attempt,
            created_at_ms: now_ms,
            processor: payment.settlement().processor().cloned(),
        };
        let payment = payment.with_refund(amount.minor_units(), status);
        Ok((refund, payment))
    }

    /// The refund and its payment after the processor answered.
    pub(crate) fn settled(
        &self,
        payment: &PaymentIntent,
        attempt: &AttemptId,
        settled: Settled,
    ) -> Result<(Self, PaymentIntent), CeremonyError> {
        let is_open = self.status == RefundStatus::Pending;
        if !is_open || self.attempt.as_ref().is_none_or(|pending| pending.id != *attempt) {
            return Err(CeremonyError::AttemptNotPending);
        }
        let (status, decline_code) = match settled {
            Settled::Approved => (RefundStatus::Succeeded, None),
            Settled::Declined(code) => (RefundStatus::Failed, Some(code)),
        };
        let refund = Self {
            status,
            decline_code,
            ..self.clone()
        };
        Ok((
            refund,
            payment.with_refund_settled(self.amount.minor_units(), status),
        ))
    }

    /// What the processor's answer to this refund's question was; `None` while it is open.
    pub fn was_approved(&self, attempt: &Attempt) -> Option<bool> {
        self.attempt.as_ref().filter(|asked| asked.id == attempt.id)?;
        (self.status != RefundStatus::Pending).then_some(self.status == RefundStatus::Succeeded)
    }

    /// What the processor is to be told, while it has not answered.
    pub fn pending_call(&self) -> Option<PendingCall> {
        let attempt = self
            .attempt
            .clone()
            .filter(|_| self.status == RefundStatus::Pending)?;
        Some(PendingCall {
            attempt,
            tenant: self.tenant.clone(),
            payment: self.payment.clone(),
            order: None,
            refund: Some(self.id.clone()),
            processor: self.processor.clone(),
        })
    }

    /// The identifier.
    pub fn id(&self) -> &RefundId {
        &self.id
    }

    /// Who asked.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The payment.
    pub fn payment(&self) -> &PaymentId {
        &self.payment
    }

    /// How much.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// What became of it.
    pub fn status(&self) -> RefundStatus {
        self.status
    }

    /// Why it failed; `Some` exactly in `failed`.
    pub fn decline_code(&self) -> Option<DeclineCode> {
        self.decline_code
    }

    /// When it was asked for, unix milliseconds.
    pub fn created_at_ms(&self) -> u64 {
        self.created_at_ms
    }
}
