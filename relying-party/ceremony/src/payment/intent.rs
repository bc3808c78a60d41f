//! The payment intent: one purchase from creation to its end, and the one-way moves between its states.

use serde::{Deserialize, Serialize};

use super::{Authorisation, Money, Payee, transaction_text};
use crate::{
    error::CeremonyError,
    identifier::{PaymentId, TenantId, UserId},
    limits::{CHALLENGES_MAX, DESCRIPTION_CHARS_MAX, PAYMENT_LIFETIME_MS},
    random::RandomSource,
    secret::{ClientSecret, SecretHash},
};

/// The state of a payment; the names are those of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Nobody is named yet whose key could authorise it.
    RequiresPaymentMethod,
    /// A user is named; the provider has not confirmed yet.
    RequiresConfirmation,
    /// The buyer must look at the amount and sign it.
    RequiresAction,
    /// Signed and verified; not yet settled.
    Processing,
    /// Authorised; the provider captures later.
    RequiresCapture,
    /// Authorised and captured. An end.
    Succeeded,
    /// Given up by the provider. An end.
    Canceled,
    /// Declined. An end.
    Failed,
    /// Not signed in time. An end.
    Expired,
}

impl PaymentStatus {
    /// Whether nothing can follow.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Canceled | Self::Failed | Self::Expired
        )
    }

    /// Whether the payment may move from this state to `next` in one step.
    pub fn can_become(self, next: Self) -> bool {
        use PaymentStatus as S;
        match next {
            S::RequiresPaymentMethod => false,
            S::RequiresConfirmation => self == S::RequiresPaymentMethod,
            S::RequiresAction => self == S::RequiresConfirmation,
            S::Processing => self == S::RequiresAction,
            S::RequiresCapture => self == S::Processing,
            S::Succeeded => matches!(self, S::Processing | S::RequiresCapture),
            S::Canceled | S::Failed => !self.is_final(),
            S::Expired => matches!(
                self,
                S::RequiresPaymentMethod | S::RequiresConfirmation | S::RequiresAction
            ),
        }
    }
}

/// When an authorised payment is captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMethod {
    /// At once: `requires_action` ends in `succeeded`.
    #[default]
    Automatic,
    /// By the provider, later: `requires_action` ends in `requires_capture`.
    Manual,
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclineCode {
    /// The provider's own risk rules said no.
    RejectedByProvider,
}

/// What the app must do next, while the status is `requires_action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextAction {
    /// Fetch a UAF authentication request with the client secret and let the buyer confirm its transaction.
    UafTransactionConfirmation,
}

/// What happens to a payment without a verified assertion. Authorisation is not among these:
/// only `Transition::Authorise` can do it, and it takes a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentEvent {
    /// A user is named: `requires_payment_method` → `requires_confirmation`.
    AttachUser(UserId),
    /// The provider confirms: `requires_confirmation` → `requires_action`.
    Confirm,
    /// The provider captures: `requires_capture` → `succeeded`.
    Capture,
    /// The provider gives up: any state that is not final → `canceled`.
    Cancel,
    /// The payment is declined: any state that is not final → `failed`.
    Fail(DeclineCode),
    /// Its time is over: a state before `processing` → `expired`; refused before `expires_at_ms`.
    Expire,
}

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
    /// When it is captured.
    pub capture_method: CaptureMethod,
}

/// One payment. Amount, payee and identifier never change, so the signed text never does either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    id: PaymentId,
    tenant: TenantId,
    user: Option<UserId>,
    amount: Money,
    payee: Payee,
    description: Option<String>,
    capture_method: CaptureMethod,
    status: PaymentStatus,
    decline_code: Option<DeclineCode>,
    client_secret_hash: SecretHash,
    authorisation: Option<Authorisation>,
    created_at_ms: u64,
    expires_at_ms: u64,
    challenges: u8,
    version: u64,
}

impl PaymentIntent {
    /// A new payment and the client secret that lets an app act on it, and only on it, until `expires_at_ms`.
    ///
    /// With a user it starts at `requires_action` (creation is the confirmation), without one at
    /// `requires_payment_method`.
    pub fn create(
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
        let id = PaymentId::generate(rng);
        let (secret, client_secret_hash) = ClientSecret::issue(id.as_str(), rng);
        let status = match request.user {
            Some(_) => PaymentStatus::RequiresAction,
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
            expires_at_ms: now_ms.saturating_add(PAYMENT_LIFETIME_MS),
            challenges: 0,
            version: 0,
        };
        Ok((payment, secret))
    }

    /// The payment after `event`, or why that may not happen now. Pure: `self` is unchanged.
    pub fn after(&self, event: &PaymentEvent, now_ms: u64) -> Result<Self, CeremonyError> {
        let (status, decline_code) = match event {
            PaymentEvent::AttachUser(_) => (PaymentStatus::RequiresConfirmation, None),
            PaymentEvent::Confirm => (PaymentStatus::RequiresAction, None),
            // Only a capture leads out of `requires_capture`; `processing` is left by the authorisation itself.
            PaymentEvent::Capture if self.status != PaymentStatus::RequiresCapture => {
                return Err(self.refused(PaymentStatus::Succeeded));
            }
            PaymentEvent::Capture => (PaymentStatus::Succeeded, None),
            PaymentEvent::Cancel => (PaymentStatus::Canceled, None),
            PaymentEvent::Fail(code) => (PaymentStatus::Failed, Some(*code)),
            PaymentEvent::Expire if now_ms < self.expires_at_ms => {
                return Err(CeremonyError::PaymentNotExpired);
            }
            PaymentEvent::Expire => (PaymentStatus::Expired, None),
        };
        let mut next = self.moved_to(status)?;
        next.decline_code = decline_code;
        if let PaymentEvent::AttachUser(user) = event {
            next.user = Some(user.clone());
        }
        Ok(next)
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

    /// The payment after a verified assertion over its text: through `processing` to `succeeded` or `requires_capture`.
    pub(crate) fn authorised(
        &self,
        authorisation: Authorisation,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        self.must_be_signable(now_ms)?;
        let settled = match self.capture_method {
            CaptureMethod::Automatic => PaymentStatus::Succeeded,
            CaptureMethod::Manual => PaymentStatus::RequiresCapture,
        };
        let mut next = self.moved_to(PaymentStatus::Processing)?.moved_to(settled)?;
        next.authorisation = Some(authorisation);
        Ok(next)
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

    fn moved_to(&self, status: PaymentStatus) -> Result<Self, CeremonyError> {
        if !self.status.can_become(status) {
            return Err(self.refused(status));
        }
        Ok(Self {
            status,
            version: self.version + 1,
            ..self.clone()
        })
    }

    fn refused(&self, to: PaymentStatus) -> CeremonyError {
        CeremonyError::PaymentTransition {
            from: self.status,
            to,
        }
    }

    /// Whether `presented` is this payment's client secret and still works at `now_ms` for acting on it.
    pub fn client_secret_opens(&self, presented: &str, now_ms: u64) -> bool {
        now_ms < self.expires_at_ms && self.client_secret_matches(presented)
    }

    /// Whether `presented` is this payment's client secret. Says nothing about the payment's state.
    pub fn client_secret_matches(&self, presented: &str) -> bool {
        self.client_secret_hash.matches(presented)
    }

    /// The text that the buyer sees and signs.
    pub fn transaction_text(&self) -> String {
        transaction_text(self.amount, &self.payee, &self.id)
    }

    /// What the app must do now; `None` unless the status is `requires_action`.
    pub fn next_action(&self) -> Option<NextAction> {
        (self.status == PaymentStatus::RequiresAction).then_some(NextAction::UafTransactionConfirmation)
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

    /// How much.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// To whom.
    pub fn payee(&self) -> &Payee {
        &self.payee
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

    /// Why it failed; `Some` exactly in `failed`.
    pub fn decline_code(&self) -> Option<DeclineCode> {
        self.decline_code
    }

    /// The evidence, once authorised.
    pub fn authorisation(&self) -> Option<&Authorisation> {
        self.authorisation.as_ref()
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
