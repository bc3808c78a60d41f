//! What happens to a payment without a verified assertion, and what becomes of it.

use serde::{Deserialize, Serialize};

use super::{Attempt, AttemptKind, DeclineCode, Money, PaymentIntent, PaymentStatus, Settled, Settlement};
use crate::{
    error::CeremonyError,
    identifier::{AttemptId, UserId},
};

/// What happens to a payment without a verified assertion. Authorisation is not among these:
/// only `Transition::Authorise` can do it, and it takes a witness. Nor is what the processor answers: that is
/// `Transition::Settle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentEvent {
    /// A user is named: `requires_payment_method` → `requires_confirmation`.
    AttachUser(UserId),
    /// The provider confirms: `requires_confirmation` → `requires_action`.
    Confirm,
    /// The provider captures: `requires_capture` → `succeeded`, or → `processing` where a processor is asked first.
    Capture {
        /// How much, in minor units, at most what was authorised; `None` is all of it. What is left is let go of: a
        /// payment is captured once.
        amount: Option<u64>,
    },
    /// The provider gives up: any state before `processing` → `canceled`; from `requires_capture` → `processing` where
    /// a processor is to let go of the money first.
    Cancel,
    /// The payment is declined: any state before `processing` → `failed`; by its payer only from `requires_action`. Not from `requires_capture` where a processor
    /// holds the money.
    Fail(DeclineCode),
    /// The payer says no: any state before the signature → `failed`. Who said so already is answered alike.
    DeclineByPayer,
    /// Its time is over: a state before the signature → `expired`; refused before `expires_at_ms`.
    Expire,
}

impl PaymentIntent {
    /// The payment after `event`, or why that may not happen now. Pure: `self` is unchanged.
    pub fn after(&self, event: &PaymentEvent, now_ms: u64) -> Result<Self, CeremonyError> {
        match event {
            PaymentEvent::AttachUser(user) => {
                let mut next = self
                    .in_time(now_ms)?
                    .moved_to(PaymentStatus::RequiresConfirmation)?;
                next.user = Some(user.clone());
                Ok(next)
            }
            PaymentEvent::Confirm => self.in_time(now_ms)?.moved_to(PaymentStatus::RequiresAction),
            PaymentEvent::Capture { amount } => self.captured_by_provider(*amount, now_ms),
            PaymentEvent::Cancel => self.canceled(now_ms),
            PaymentEvent::Fail(code) => {
                // The processor's answer decides once it was asked; and money that it holds must be let go of (`Cancel`).
                let is_held =
                    self.status == PaymentStatus::RequiresCapture && self.settlement.has_processor();
                // What the payer does, they do while they are asked.
                let is_unasked = code.is_payers() && self.status != PaymentStatus::RequiresAction;
                if self.status == PaymentStatus::Processing || is_held || is_unasked {
                    return Err(self.refused(PaymentStatus::Failed));
                }
                let mut next = self.moved_to(PaymentStatus::Failed)?;
                next.decline_code = Some(*code);
                Ok(next)
            }
            PaymentEvent::DeclineByPayer => self.declined_by_payer(now_ms),
            PaymentEvent::Expire if !self.status.can_expire() => Err(self.refused(PaymentStatus::Expired)),
            PaymentEvent::Expire if now_ms < self.expires_at_ms => Err(CeremonyError::PaymentNotExpired),
            PaymentEvent::Expire => self.moved_to(PaymentStatus::Expired),
        }
    }

    /// The payment after the processor answered the question `attempt`, which must be the one that is open.
    pub(crate) fn settled(&self, attempt: &AttemptId, settled: Settled) -> Result<Self, CeremonyError> {
        let pending = self.pending_attempt().filter(|pending| pending.id == *attempt);
        let pending = pending.ok_or(CeremonyError::AttemptNotPending)?;
        match (settled, pending.kind) {
            (Settled::Approved, AttemptKind::Void) => self.moved_to(PaymentStatus::Canceled),
            (Settled::Approved, _) => {
                let amount = pending.amount.minor_units();
                let mut next = self.moved_to(PaymentStatus::Succeeded)?;
                next.captured = Some(amount);
                Ok(next)
            }
            // The money is still held: the provider captures it, or tries to let go of it again.
            (Settled::Declined(code), AttemptKind::Void) => {
                let mut next = self.moved_to(PaymentStatus::RequiresCapture)?;
                next.declined_voids += 1;
                next.decline_code = Some(code);
                Ok(next)
            }
            (Settled::Declined(code), _) => {
                let mut next = self.moved_to(PaymentStatus::Failed)?;
                next.decline_code = Some(code);
                Ok(next)
            }
        }
    }

    /// The payment on its way to be captured: `processing` with the question where a processor is asked, else captured.
    pub(super) fn captured(&self, amount: Money, now_ms: u64) -> Result<Self, CeremonyError> {
        // RTS 2018/389 Art. 5: what is captured is what was signed, or less of it.
        let authorisation = self.authorisation.as_ref().ok_or(CeremonyError::PaymentDrifted)?;
        authorisation.must_be_over(self)?;
        let mut next = self.asking(AttemptKind::Capture, amount, now_ms)?;
        if self.settlement == Settlement::Direct {
            next.attempt = None;
            next = next.moved_to(PaymentStatus::Succeeded)?;
            next.captured = Some(amount.minor_units());
        }
        Ok(next)
    }

    fn captured_by_provider(&self, amount: Option<u64>, now_ms: u64) -> Result<Self, CeremonyError> {
        if self.status != PaymentStatus::RequiresCapture {
            return Err(self.refused(PaymentStatus::Succeeded));
        }
        let authorised = self.amount.minor_units();
        let amount = amount.unwrap_or(authorised);
        if amount > authorised {
            return Err(CeremonyError::CaptureTooLarge);
        }
        self.captured(Money::new(amount, self.amount.currency())?, now_ms)
    }

    fn canceled(&self, now_ms: u64) -> Result<Self, CeremonyError> {
        match self.status {
            PaymentStatus::Processing => Err(self.refused(PaymentStatus::Canceled)),
            PaymentStatus::RequiresCapture if self.settlement.has_processor() => {
                self.asking(AttemptKind::Void, self.amount, now_ms)
            }
            _ => self.in_time(now_ms)?.moved_to(PaymentStatus::Canceled),
        }
    }

    fn declined_by_payer(&self, now_ms: u64) -> Result<Self, CeremonyError> {
        if self.decline_code == Some(DeclineCode::DeclinedByPayer) {
            return Ok(self.clone());
        }
        // What is signed is for the provider to give up.
        if !self.status.can_expire() {
            return Err(self.refused(PaymentStatus::Failed));
        }
        let mut next = self.in_time(now_ms)?.moved_to(PaymentStatus::Failed)?;
        next.decline_code = Some(DeclineCode::DeclinedByPayer);
        Ok(next)
    }

    /// `processing`, with a question whose name follows from the payment's: it is asked once, whoever decides it.
    fn asking(&self, kind: AttemptKind, amount: Money, now_ms: u64) -> Result<Self, CeremonyError> {
        let mut next = self.moved_to(PaymentStatus::Processing)?;
        next.decline_code = None;
        next.attempt = Some(Attempt {
            id: AttemptId::of(kind, self.id.as_str(), self.declined_voids),
            kind,
            amount,
            begun_at_ms: now_ms,
        });
        Ok(next)
    }

    /// That time alone has not ended the payment.
    fn in_time(&self, now_ms: u64) -> Result<&Self, CeremonyError> {
        if self.is_late(now_ms) {
            return Err(CeremonyError::PaymentExpired);
        }
        Ok(self)
    }
}
