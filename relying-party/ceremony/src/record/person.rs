//! All records that name one person, read together.

use super::{AuthenticationSession, Consent, Credential, EnrolmentSession, PendingCeremony};
use crate::payment::PaymentIntent;

/// What is kept of one user of one tenant. Each list is ordered by identifier, payments from new to old.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Registered keys, whatever their status.
    pub credentials: Vec<Credential>,
    /// Consents, withdrawn ones too.
    pub consents: Vec<Consent>,
    /// Permissions to register a key.
    pub enrolment_sessions: Vec<EnrolmentSession>,
    /// Logins.
    pub authentication_sessions: Vec<AuthenticationSession>,
    /// Challenges.
    pub challenges: Vec<PendingCeremony>,
    /// Payments.
    pub payments: Vec<PaymentIntent>,
}

impl Person {
    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
