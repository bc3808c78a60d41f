//! The payment intent: one purchase from creation to its end.

use serde::{Deserialize, Serialize};

use super::{
    Attempt, AttemptKind, Authorisation, CaptureMethod, DeclineCode, KeptPicture, Money, NextAction,
    OrderReference, Payee, PaymentPages, PaymentStatus, PendingCall, RefundStatus, Settlement, TextLine,
    TextTemplate, TransactionPicture, text,
};
use crate::{
    error::CeremonyError,
    identifier::{AttemptId, PaymentId, TenantId, UserId},
    limits::{
        CHALLENGES_MAX, CLIENT_SECRET_READS_MS, DESCRIPTION_CHARS_MAX, PAYMENT_LIFETIME_MAX_MS,
        PAYMENT_LIFETIME_MIN_MS, TRANSACTION_TEXT_CHARS_MAX,
    },
    random::RandomSource,
    secret::{ClientSecret, SecretHash},
};

/// What a provider asks for when it creates a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Who takes the payment.
    pub tenant: TenantId,
    /// Who pays; without one the payment starts at `requires_payment_method`.
    pub user: Option<UserId>,
    /// How much.
    pub amount: Money,
    /// To whom.
    pub payee: Payee,
    /// The provider's own note, at most 500 characters; neither shown by the authenticator nor signed.
    pub description: Option<String>,
    /// The provider's name of what is paid for; shown and signed.
    pub order: Option<OrderReference>,
    /// When it is captured.
    pub capture_method: CaptureMethod,
    /// Whether creation is the confirmation; without a user there is nothing to confirm yet.
    pub confirm: bool,
    /// How long it waits for its buyer, in milliseconds, from a minute to a day. It ends on a whole second, because
    /// the text that is signed says when.
    pub lifetime_ms: u64,
    /// Who moves its money.
    pub settlement: Settlement,
}

impl PaymentRequest {
    /// Whether the text of the payment can be shown as a picture only: a name in it is not ASCII (UAF §3.5.1).
    pub fn needs_picture(&self) -> bool {
        let order = self.order.as_ref().map_or("", OrderReference::as_str);
        !(self.payee.as_str().is_ascii() && order.is_ascii())
    }
}

/// One payment. Amount, payee, order, expiry, identifier and picture never change, so what is signed never does either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    pub(super) id: PaymentId,
    pub(super) tenant: TenantId,
    pub(super) user: Option<UserId>,
    pub(super) amount: Money,
    payee: Payee,
    description: Option<String>,
    capture_method: CaptureMethod,
    pub(super) status: PaymentStatus,
    pub(super) decline_code: Option<DeclineCode>,
    client_secret_hash: SecretHash,
    // On the heap: the writes of other rows need not be as large.
    pub(super) authorisation: Option<Box<Authorisation>>,
    created_at_ms: u64,
    pub(super) expires_at_ms: u64,
    challenges: u8,
    version: u64,
    // What earlier versions did not know: absent in their records.
    /// How its text reads: a signed text is never worded anew.
    #[serde(default)]
    template: TextTemplate,
    #[serde(default)]
    pub(super) order: Option<OrderReference>,
    #[serde(default)]
    pub(super) settlement: Settlement,
    /// The question to the processor, the last one that was asked.
    #[serde(default)]
    pub(super) attempt: Option<Attempt>,
    /// How many voids the processor declined: the next question has a name of its own.
    #[serde(default)]
    pub(super) declined_voids: u32,
    /// Minor units that were captured.
    #[serde(default)]
    pub(super) captured: Option<u64>,
    /// Minor units that went back.
    #[serde(default)]
    refunded: u64,
    /// Minor units of refunds that the processor has not answered yet.
    #[serde(default)]
    refund_pending: u64,
    /// Whether its user was erased: there was one, and the record does not say who.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    user_erased: bool,
    /// Where a browser goes on its account.
    #[serde(default)]
    pages: PaymentPages,
    /// The picture of its text, where it was created with one.
    #[serde(default)]
    picture: Option<Box<KeptPicture>>,
}

impl PaymentIntent {
    /// A new payment and the client secret that lets an app act on it, and only on it, until `expires_at_ms`.
    ///
    /// With a user it starts at `requires_action` where creation is the confirmation, else at `requires_confirmation`;
    /// without one at `requires_payment_method`.
    ///
    /// # Errors
    /// `PictureMissing` where the text is not ASCII; those of [`Self::create_pictured`] else.
    pub fn create(
        request: PaymentRequest,
        now_ms: u64,
        rng: &mut dyn RandomSource,
    ) -> Result<(Self, ClientSecret), CeremonyError> {
        if request.needs_picture() {
            return Err(CeremonyError::PictureMissing);
        }
        Self::draft(request, now_ms, rng)
    }

    /// As [`Self::create`], with the picture that `draw` makes of the payment's text.
    ///
    /// # Errors
    /// `DescriptionTooLong`, `LifetimeOutOfRange`, `TransactionTextTooLong`; `PayeeInvalid` and `OrderInvalid` for a
    /// name that cannot be drawn as it is; `PictureOfOtherText`; and what `draw` refuses.
    pub fn create_pictured<E: From<CeremonyError>>(
        request: PaymentRequest,
        now_ms: u64,
        rng: &mut dyn RandomSource,
        draw: impl FnOnce(&Self) -> Result<TransactionPicture, E>,
    ) -> Result<(Self, ClientSecret), E> {
        let (mut payment, secret) = Self::draft(request, now_ms, rng)?;
        payment.payee.must_be_drawable()?;
        payment
            .order
            .as_ref()
            .map_or(Ok(()), OrderReference::must_be_drawable)?;
        let picture = draw(&payment)?;
        payment.picture = Some(Box::new(KeptPicture::of(&picture, &payment.transaction_text())?));
        Ok((payment, secret))
    }

    fn draft(
        request: PaymentRequest,
        now_ms: u64,
        rng: &mut dyn RandomSource,
    ) -> Result<(Self, ClientSecret), CeremonyError> {
        if request
            .description
            .as_ref()
            .is_some_and(|text| text.chars().count() > DESCRIPTION_CHARS_MAX)
        {
            return Err(CeremonyError::DescriptionTooLong);
        }
        if !(PAYMENT_LIFETIME_MIN_MS..=PAYMENT_LIFETIME_MAX_MS).contains(&request.lifetime_ms) {
            return Err(CeremonyError::LifetimeOutOfRange);
        }
        let id = PaymentId::generate(rng);
        let (secret, client_secret_hash) = ClientSecret::issue(id.as_str(), rng);
        let status = match request.user {
            Some(_) if request.confirm => PaymentStatus::RequiresAction,
            Some(_) => PaymentStatus::RequiresConfirmation,
            None => PaymentStatus::RequiresPaymentMethod,
        };
        let payment = Self {
            id,
            tenant: request.tenant,
            user: request.user,
            amount: request.amount,
            payee: request.payee,
            description: request.description,
            capture_method: request.capture_method,
            status,
            decline_code: None,
            client_secret_hash,
            authorisation: None,
            created_at_ms: now_ms,
            expires_at_ms: (now_ms - now_ms % 1000).saturating_add(request.lifetime_ms),
            challenges: 0,
            version: 0,
            template: TextTemplate::CURRENT,
            order: request.order,
            settlement: request.settlement,
            attempt: None,
            declined_voids: 0,
            captured: None,
            refunded: 0,
            refund_pending: 0,
            user_erased: false,
            pages: PaymentPages::default(),
            picture: None,
        };
        match payment.transaction_text().chars().count() {
            0..=TRANSACTION_TEXT_CHARS_MAX => Ok((payment, secret)),
            chars => Err(CeremonyError::TransactionTextTooLong { chars }),
        }
    }

    /// The new payment with its pages.
    #[must_use]
    pub fn with_pages(self, pages: PaymentPages) -> Self {
        Self { pages, ..self }
    }

    /// The payment after one more challenge was issued for it.
    pub(crate) fn challenged(&self, now_ms: u64) -> Result<Self, CeremonyError> {
        self.must_be_signable(now_ms)?;
        if self.challenges >= CHALLENGES_MAX {
            return Err(CeremonyError::ChallengesExhausted);
        }
        Ok(Self {
            challenges: self.challenges + 1,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// The payment after a verified assertion over its text: in `requires_capture` where the provider captures later,
    /// else on its way to be captured.
    pub(crate) fn authorised(
        &self,
        authorisation: Authorisation,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        self.must_be_signable(now_ms)?;
        authorisation.must_be_over(self)?;
        let mut next = self.clone();
        next.authorisation = Some(Box::new(authorisation));
        match self.capture_method {
            CaptureMethod::Automatic => next.captured(self.amount, now_ms),
            CaptureMethod::Manual => next.moved_to(PaymentStatus::RequiresCapture),
        }
    }

    /// The payment without its user, and without the note that may name them. What waited for their signature ends;
    /// everything else goes on, as the books do.
    pub(crate) fn without_user(&self, now_ms: u64) -> Self {
        let mut next = self.clone();
        if self.status.can_expire() {
            next.status = if self.is_late(now_ms) {
                PaymentStatus::Expired
            } else {
                PaymentStatus::Canceled
            };
        }
        next.user = None;
        next.description = None;
        next.user_erased = true;
        next.version += 1;
        next
    }

    /// The payment with a refund of so many minor units more.
    pub(super) fn with_refund(&self, minor_units: u64, status: RefundStatus) -> Self {
        let mut next = self.clone();
        match status {
            RefundStatus::Succeeded => next.refunded += minor_units,
            _ => next.refund_pending += minor_units,
        }
        next.version += 1;
        next
    }

    /// The payment after the processor answered a refund of so many minor units.
    pub(super) fn with_refund_settled(&self, minor_units: u64, status: RefundStatus) -> Self {
        let mut next = self.clone();
        next.refund_pending -= minor_units.min(next.refund_pending);
        if status == RefundStatus::Succeeded {
            next.refunded += minor_units;
        }
        next.version += 1;
        next
    }

    /// That the payment waits for a signature and its time is not over.
    pub fn must_be_signable(&self, now_ms: u64) -> Result<(), CeremonyError> {
        if self.status != PaymentStatus::RequiresAction {
            return Err(self.refused(PaymentStatus::Processing));
        }
        if now_ms >= self.expires_at_ms {
            return Err(CeremonyError::PaymentExpired);
        }
        Ok(())
    }

    pub(super) fn moved_to(&self, status: PaymentStatus) -> Result<Self, CeremonyError> {
        if !self.status.can_become(status) {
            return Err(self.refused(status));
        }
        Ok(Self {
            status,
            version: self.version + 1,
            ..self.clone()
        })
    }

    pub(super) fn refused(&self, to: PaymentStatus) -> CeremonyError {
        CeremonyError::PaymentTransition {
            from: self.status,
            to,
        }
    }

    /// Whether `presented` is this payment's client secret and still works at `now_ms` for acting on it.
    pub fn client_secret_opens(&self, presented: &str, now_ms: u64) -> bool {
        now_ms < self.expires_at_ms && self.client_secret_matches(presented)
    }

    /// Whether `presented` is this payment's client secret and still works at `now_ms` for reading it.
    pub fn client_secret_reads(&self, presented: &str, now_ms: u64) -> bool {
        let ends_at_ms = self.expires_at_ms.saturating_add(CLIENT_SECRET_READS_MS);
        now_ms < ends_at_ms && self.client_secret_matches(presented)
    }

    /// Whether `presented` is this payment's client secret. Says nothing about the payment's state.
    pub fn client_secret_matches(&self, presented: &str) -> bool {
        self.client_secret_hash.matches(presented)
    }

    /// The text that the buyer sees and signs, or that the picture shows which is signed.
    pub fn transaction_text(&self) -> String {
        let lines: Vec<String> = self
            .transaction_lines()
            .into_iter()
            .map(|line| line.text)
            .collect();
        lines.join(" ")
    }

    /// The same text in the lines in which it is drawn.
    pub fn transaction_lines(&self) -> Vec<TextLine> {
        text::transaction_lines(
            self.template,
            &text::Shown {
                amount: self.amount,
                payee: &self.payee,
                order: self.order.as_ref(),
                expires_at_ms: self.expires_at_ms,
                payment: &self.id,
            },
        )
    }

    /// The picture that the payment was created with.
    ///
    /// # Errors
    /// `PaymentDrifted` where its record is not as it was made, or not of the payment's text.
    pub fn picture(&self) -> Result<Option<&KeptPicture>, CeremonyError> {
        let Some(kept) = self.picture.as_deref() else {
            return Ok(None);
        };
        kept.must_be_of(&self.transaction_text())?;
        Ok(Some(kept))
    }

    /// The picture that the payment was created with, to be sent.
    pub(crate) fn picture_to_send(&self) -> Result<Option<TransactionPicture>, CeremonyError> {
        let text = self.transaction_text();
        self.picture.as_ref().map(|kept| kept.to_send(&text)).transpose()
    }

    /// Whether time alone has ended the payment at `now_ms`, recorded or not.
    pub fn is_late(&self, now_ms: u64) -> bool {
        self.status.can_expire() && now_ms >= self.expires_at_ms
    }

    /// The question that the processor has not answered yet.
    pub fn pending_attempt(&self) -> Option<&Attempt> {
        self.attempt
            .as_ref()
            .filter(|_| self.status == PaymentStatus::Processing)
    }

    /// What the processor's answer to a question about this payment was; `None` while it is open, and where it was never
    /// asked.
    pub fn was_approved(&self, attempt: &Attempt) -> Option<bool> {
        let latest = self.attempt.as_ref()?;
        if latest.id != attempt.id {
            // A question follows only a void that was declined, and of those each has its number.
            let mut declined = 0..self.declined_voids;
            let is_void = |number| attempt.id == AttemptId::of(AttemptKind::Void, self.id.as_str(), number);
            return declined.any(is_void).then_some(false);
        }
        match (self.status, latest.kind) {
            (PaymentStatus::Processing, _) => None,
            (PaymentStatus::Canceled, AttemptKind::Void)
            | (PaymentStatus::Succeeded, AttemptKind::Capture) => Some(true),
            _ => Some(false),
        }
    }

    /// What the processor is to be told, while it has not answered.
    pub fn pending_call(&self) -> Option<PendingCall> {
        Some(PendingCall {
            attempt: self.pending_attempt()?.clone(),
            tenant: self.tenant.clone(),
            payment: self.id.clone(),
            order: self.order.clone(),
            refund: None,
            processor: self.settlement.processor().cloned(),
        })
    }

    /// Minor units that were captured; `None` unless it succeeded.
    pub fn amount_captured(&self) -> Option<u64> {
        let succeeded = self.status == PaymentStatus::Succeeded;
        // Earlier versions captured all or nothing, and did not say so.
        succeeded.then(|| self.captured.unwrap_or(self.amount.minor_units()))
    }

    /// Minor units that went back.
    pub fn amount_refunded(&self) -> u64 {
        self.refunded
    }

    /// Minor units that can still be refunded; `None` where nothing was captured.
    pub fn amount_refundable(&self) -> Option<u64> {
        let taken = self.refunded.saturating_add(self.refund_pending);
        self.amount_captured()
            .map(|captured| captured.saturating_sub(taken))
    }

    /// What the app must do now; `None` unless the status is `requires_action`.
    pub fn next_action(&self) -> Option<NextAction> {
        (self.status == PaymentStatus::RequiresAction).then_some(NextAction::UafTransactionConfirmation)
    }

    /// The page on which the payer approves, while there is something to approve and the server has such pages.
    pub fn page(&self) -> Option<String> {
        self.next_action().and_then(|_| self.pages.page_of(&self.id))
    }

    /// Where the hosted page leads the payer when all is done.
    pub fn return_url(&self) -> Option<&str> {
        self.pages.return_to.as_ref().map(|address| address.as_str())
    }

    /// The identifier.
    pub fn id(&self) -> &PaymentId {
        &self.id
    }

    /// Who takes the payment.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Who pays, once that is known.
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// Whether there was a user, who was erased.
    pub fn is_user_erased(&self) -> bool {
        self.user_erased
    }

    /// How much.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// To whom.
    pub fn payee(&self) -> &Payee {
        &self.payee
    }

    /// What is paid for, as the provider calls it.
    pub fn order(&self) -> Option<&OrderReference> {
        self.order.as_ref()
    }

    /// Who moves its money.
    pub fn settlement(&self) -> &Settlement {
        &self.settlement
    }

    /// The provider's note.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// When it is captured.
    pub fn capture_method(&self) -> CaptureMethod {
        self.capture_method
    }

    /// The state.
    pub fn status(&self) -> PaymentStatus {
        self.status
    }

    /// Why it failed, or, in `requires_capture`, why it could not be canceled.
    pub fn decline_code(&self) -> Option<DeclineCode> {
        self.decline_code
    }

    /// The evidence, once authorised.
    pub fn authorisation(&self) -> Option<&Authorisation> {
        self.authorisation.as_deref()
    }

    /// When it was created, unix milliseconds.
    pub fn created_at_ms(&self) -> u64 {
        self.created_at_ms
    }

    /// When it can no longer be signed, unix milliseconds.
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// Moves and challenges so far. Two records with the same identifier and version are the same record.
    pub fn version(&self) -> u64 {
        self.version
    }
}
