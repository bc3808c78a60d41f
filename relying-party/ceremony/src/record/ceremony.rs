//! A challenge that we issued: for whom, for what, until when, and whether it was presented.

use serde::{Deserialize, Serialize};
use smile_protocol::uaf::{
    authentication::Transaction,
    identity::{AppId, Challenge},
    policy::Policy,
};

use crate::{
    error::CeremonyError,
    identifier::{AuthenticationSessionId, CeremonyId, EnrolmentSessionId, PaymentId, TenantId, UserId},
    limits::SPENT_CEREMONY_KEPT_MS,
};

/// The protocol that a challenge was issued in; a challenge of one never counts in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Protocol {
    /// FIDO UAF.
    Uaf,
}

/// What a ceremony is for. It decides the operation, and what its success changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Registering a key, by this session's permission.
    Enrolment(EnrolmentSessionId),
    /// A login without a payment, for this session.
    Authentication(AuthenticationSessionId),
    /// Authorising this payment.
    Payment(PaymentId),
}

/// One ceremony between its request and its response. Made by `begin`, stored as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingCeremony {
    pub(crate) id: CeremonyId,
    pub(crate) protocol: Protocol,
    pub(crate) purpose: Purpose,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) app_id: Option<AppId>,
    pub(crate) challenge: Challenge,
    pub(crate) policy: Policy,
    pub(crate) transactions: Vec<Transaction>,
    /// The text that the pictures among `transactions` were drawn of; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pictured_text: Option<String>,
    pub(crate) issued_at_ms: u64,
    pub(crate) expires_at_ms: u64,
    pub(crate) spent_at_ms: Option<u64>,
}

impl PendingCeremony {
    /// The identifier.
    pub fn id(&self) -> &CeremonyId {
        &self.id
    }

    /// What it is for.
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Whose app asked.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Whose key it is about.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// When the challenge was issued, unix milliseconds.
    pub fn issued_at_ms(&self) -> u64 {
        self.issued_at_ms
    }

    /// When the challenge stops being answerable, unix milliseconds.
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// When the challenge was presented, whatever came of it; `None` while it is unused.
    pub fn spent_at_ms(&self) -> Option<u64> {
        self.spent_at_ms
    }

    /// Whether the record may be deleted: a day after the challenge could last be answered.
    pub fn is_forgettable(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_at_ms.saturating_add(SPENT_CEREMONY_KEPT_MS)
    }

    /// The ceremony as if it had been presented: its challenge is answered no more. `None` where that is so already.
    pub(crate) fn ended(&self, now_ms: u64) -> Option<Self> {
        let is_open = self.spent_at_ms.is_none() && now_ms < self.expires_at_ms;
        is_open.then(|| Self {
            spent_at_ms: Some(now_ms),
            ..self.clone()
        })
    }

    /// The ceremony as presented at `now_ms`: unused and in time, or why not.
    pub(crate) fn taken(&self, now_ms: u64) -> Result<Self, CeremonyError> {
        if self.spent_at_ms.is_some() {
            return Err(CeremonyError::ChallengeSpent);
        }
        // A clock that went back would make an old challenge young again: before its issue it is not valid either.
        if now_ms >= self.expires_at_ms || now_ms < self.issued_at_ms {
            return Err(CeremonyError::ChallengeExpired);
        }
        Ok(Self {
            spent_at_ms: Some(now_ms),
            ..self.clone()
        })
    }
}

/// Witness: this ceremony's challenge was unused, in time, and is now spent. Only the outcome of
/// `Transition::Take` holds one, it exists once, and finishing a ceremony consumes it.
#[derive(Debug)]
pub struct TakenCeremony(PendingCeremony);

impl TakenCeremony {
    pub(crate) fn new(spent: PendingCeremony) -> Self {
        Self(spent)
    }

    /// The ceremony, with `spent_at_ms` set.
    pub fn ceremony(&self) -> &PendingCeremony {
        &self.0
    }
}
