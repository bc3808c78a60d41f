//! The states of a payment, which may follow which, and the small choices that go with them.

use serde::{Deserialize, Serialize};

use crate::identifier::ProcessorName;

/// The state of a payment; the names are those of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Nobody is named yet whose key could authorise it.
    RequiresPaymentMethod,
    /// A user is named; the provider has not confirmed yet.
    RequiresConfirmation,
    /// The buyer must look at the amount and sign it.
    RequiresAction,
    /// Authorised; the provider captures later.
    RequiresCapture,
    /// Authorised; the processor was asked to capture or void, and has not answered yet.
    Processing,
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
    /// Every state, in an order in which they can follow one another.
    pub const ALL: [Self; 9] = [
        Self::RequiresPaymentMethod,
        Self::RequiresConfirmation,
        Self::RequiresAction,
        Self::RequiresCapture,
        Self::Processing,
        Self::Succeeded,
        Self::Canceled,
        Self::Failed,
        Self::Expired,
    ];

    /// The name in the API, such as `requires_action`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// The state with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether nothing can follow.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Canceled | Self::Failed | Self::Expired
        )
    }

    /// Whether time alone can end the payment in this state: it was not signed yet.
    pub fn can_expire(self) -> bool {
        self.can_become(Self::Expired)
    }

    /// Whether the payment may move from this state to `next` in one step.
    pub fn can_become(self, next: Self) -> bool {
        use PaymentStatus as S;
        match next {
            S::RequiresPaymentMethod => false,
            S::RequiresConfirmation => self == S::RequiresPaymentMethod,
            S::RequiresAction => self == S::RequiresConfirmation,
            // From `processing` where the processor would not let go of the money.
            S::RequiresCapture => matches!(self, S::RequiresAction | S::Processing),
            S::Processing => matches!(self, S::RequiresAction | S::RequiresCapture),
            S::Succeeded => self == S::Processing,
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

/// Who moves the money of a payment. Fixed when it is created, so that a change of the configuration does not leave
/// payments half settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The provider itself, outside of this server: what is captured here counts as captured at once.
    #[default]
    Direct,
    /// The processor of this name, which this server asks, and no other.
    #[serde(rename = "processor_named")]
    Processor(ProcessorName),
    /// A processor, in a record that does not say which. Nobody is asked: it could be another one by now.
    #[serde(rename = "processor")]
    UnnamedProcessor,
}

impl Settlement {
    /// Whether a processor has to answer before money counts as moved.
    pub fn has_processor(&self) -> bool {
        *self != Self::Direct
    }

    /// The processor that is asked.
    pub fn processor(&self) -> Option<&ProcessorName> {
        match self {
            Self::Processor(name) => Some(name),
            Self::Direct | Self::UnnamedProcessor => None,
        }
    }
}

/// Why a payment or a refund failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclineCode {
    /// The payer looked at the amount and did not approve it, or the authenticator did not recognise them.
    NotApproved,
    /// The payer said no before signing.
    DeclinedByPayer,
    /// The provider's own risk rules said no.
    RejectedByProvider,
    /// There is not enough money.
    InsufficientFunds,
    /// The payer's bank said no and does not say why.
    DoNotHonour,
    /// The account was closed.
    AccountClosed,
    /// More than the account may spend.
    LimitExceeded,
    /// The processor said no for a reason that has no code here.
    ProcessorDeclined,
}

impl DeclineCode {
    /// Every code.
    pub const ALL: [Self; 8] = [
        Self::NotApproved,
        Self::DeclinedByPayer,
        Self::RejectedByProvider,
        Self::InsufficientFunds,
        Self::DoNotHonour,
        Self::AccountClosed,
        Self::LimitExceeded,
        Self::ProcessorDeclined,
    ];

    /// The code in the API, such as `insufficient_funds`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApproved => "not_approved",
            Self::DeclinedByPayer => "declined_by_payer",
            Self::RejectedByProvider => "rejected_by_provider",
            Self::InsufficientFunds => "insufficient_funds",
            Self::DoNotHonour => "do_not_honour",
            Self::AccountClosed => "account_closed",
            Self::LimitExceeded => "limit_exceeded",
            Self::ProcessorDeclined => "processor_declined",
        }
    }

    /// Whether it says what the payer did.
    pub fn is_payers(self) -> bool {
        matches!(self, Self::NotApproved | Self::DeclinedByPayer)
    }

    /// The code with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The code with this name, if it is one that a processor can have: of what the payer did it knows nothing. Any
    /// other name means [`DeclineCode::ProcessorDeclined`].
    pub fn from_processor(name: &str) -> Self {
        Self::parse(name)
            .filter(|code| !code.is_payers())
            .unwrap_or(Self::ProcessorDeclined)
    }
}

/// What the app must do next, while the status is `requires_action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextAction {
    /// Fetch a UAF authentication request with the client secret and let the buyer confirm its transaction.
    UafTransactionConfirmation,
}
