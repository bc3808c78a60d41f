//! What was answered under an idempotency key, for as long as the key stands for it.

use serde::{Deserialize, Serialize};

use crate::{
    binary::Binary,
    identifier::{IdempotencyId, PaymentId, RefundId, TenantId},
    limits::IDEMPOTENCY_KEPT_MS,
};

/// A request that is to take effect once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// Tenant and key, in one name.
    pub id: IdempotencyId,
    /// Who asks.
    pub tenant: TenantId,
    /// What is asked: a code over method, path and body. Another request under the same key has another one.
    pub fingerprint: Binary,
    /// Now, unix milliseconds.
    pub now_ms: u64,
}

/// What a request that takes longer than one commit is about, so that its answer can be given later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerSubject {
    /// This payment, as it is then.
    Payment(PaymentId),
    /// This refund, as it is then.
    Refund(RefundId),
}

/// One idempotency key, committed together with what the request did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    id: IdempotencyId,
    tenant: TenantId,
    fingerprint: Binary,
    /// What the answer will be about, while there is none.
    subject: Option<AnswerSubject>,
    /// The answer as the service sealed it; `None` while the processor has not answered.
    answer: Option<Binary>,
    expires_at_ms: u64,
}

impl IdempotencyRecord {
    pub(crate) fn new(
        request: &IdempotentRequest,
        subject: Option<AnswerSubject>,
        answer: Option<Binary>,
    ) -> Self {
        Self {
            id: request.id.clone(),
            tenant: request.tenant.clone(),
            fingerprint: request.fingerprint.clone(),
            subject,
            answer,
            expires_at_ms: request.now_ms.saturating_add(IDEMPOTENCY_KEPT_MS),
        }
    }

    pub(crate) fn answered(&self, answer: Binary) -> Self {
        Self {
            answer: Some(answer),
            ..self.clone()
        }
    }

    /// The identifier.
    pub fn id(&self) -> &IdempotencyId {
        &self.id
    }

    /// What was asked.
    pub fn fingerprint(&self) -> &Binary {
        &self.fingerprint
    }

    /// What the answer is about, where it needed more than one commit.
    pub fn subject(&self) -> Option<&AnswerSubject> {
        self.subject.as_ref()
    }

    /// The answer, sealed; `None` while there is none.
    pub fn answer(&self) -> Option<&Binary> {
        self.answer.as_ref()
    }

    /// Until when the key stands for this answer, unix milliseconds.
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// Whether the record may be deleted, and the key used anew.
    pub fn is_forgettable(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_at_ms
    }
}
