//! What lists are asked for: a filter, a place to go on from.

use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::payment::{PaymentIntent, PaymentStatus};

/// Which payments a list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Of this tenant.
    pub tenant: TenantId,
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only in this state.
    pub status: Option<PaymentStatus>,
}

impl PaymentFilter {
    /// Whether a payment belongs on the list.
    #[must_use]
    pub fn includes(&self, payment: &PaymentIntent) -> bool {
        *payment.tenant() == self.tenant
            && (self.user.is_none() || payment.user() == self.user.as_ref())
            && self.status.is_none_or(|status| payment.status() == status)
    }
}

/// A place in a list that is ordered from new to old, and within one millisecond by identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When the record at this place was created, unix milliseconds.
    pub created_at_ms: u64,
    /// Its identifier.
    pub id: String,
}
