//! What a client of `/v1` is told when the answer is no: one code, one rule, at most one parameter.

use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use std::fmt;

/// The code of a refusal on `/v1` and of a transport error on `/uaf`. `docs/errors.md` lists each with cause and
/// remedy, and a test compares that page with [`RefusalCode::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// No `Authorization: Bearer` header.
    ApiKeyMissing,
    /// The key is not one of ours.
    ApiKeyInvalid,
    /// The key was rolled, and its overlap is over.
    ApiKeyExpired,
    /// A publishable key where a secret one is needed.
    ApiKeyPublishable,
    /// The key does not permit this.
    ScopeMissing,
    /// A test helper for a tenant whose money is real.
    LiveMode,
    /// Too many requests under this key, about this person or from this address.
    RateLimited,
    /// There is no such dated version.
    VersionUnknown,
    /// The client secret is wrong, has expired, or belongs to another payment.
    ClientSecretInvalid,
    /// The body is not one JSON object.
    BodyMalformed,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The content type is not the one this endpoint takes.
    ContentTypeUnsupported,
    /// A member that this endpoint does not know.
    MemberUnknown,
    /// A member that must be there is not.
    MemberMissing,
    /// A member twice.
    MemberDuplicate,
    /// A member of the wrong type or outside its range.
    MemberInvalid,
    /// There is no such endpoint.
    EndpointUnknown,
    /// The endpoint does not take this method.
    MethodNotAllowed,
    /// There is no such thing for this tenant.
    ResourceMissing,
    /// A receipt exists only for a payment that succeeded.
    ReceiptNotReady,
    /// The state changed meanwhile, or does not allow this.
    StateConflict,
    /// What is recorded of a payment is not what its buyer signed.
    PaymentDrifted,
    /// More is to be captured or refunded than there is.
    AmountTooLarge,
    /// A part of the query behind the path is not known or out of range.
    QueryInvalid,
    /// The idempotency key is not of its form.
    IdempotencyKeyInvalid,
    /// The idempotency key stands for another request.
    IdempotencyKeyReused,
    /// A request under this idempotency key is being answered.
    IdempotencyInFlight,
    /// The request took too long to arrive.
    RequestTimeout,
    /// Something that HTTP does not allow.
    RequestMalformed,
    /// The store does not answer or cannot promise durability.
    StoreUnavailable,
    /// A fault of the server.
    Internal,
}

impl RefusalCode {
    /// Every code, in the order of `docs/errors.md`.
    pub const ALL: [Self; 31] = [
        Self::ApiKeyMissing,
        Self::ApiKeyInvalid,
        Self::ApiKeyExpired,
        Self::ApiKeyPublishable,
        Self::ScopeMissing,
        Self::LiveMode,
        Self::RateLimited,
        Self::VersionUnknown,
        Self::ClientSecretInvalid,
        Self::BodyMalformed,
        Self::BodyTooLarge,
        Self::ContentTypeUnsupported,
        Self::MemberUnknown,
        Self::MemberMissing,
        Self::MemberDuplicate,
        Self::MemberInvalid,
        Self::EndpointUnknown,
        Self::MethodNotAllowed,
        Self::ResourceMissing,
        Self::ReceiptNotReady,
        Self::StateConflict,
        Self::PaymentDrifted,
        Self::AmountTooLarge,
        Self::QueryInvalid,
        Self::IdempotencyKeyInvalid,
        Self::IdempotencyKeyReused,
        Self::IdempotencyInFlight,
        Self::RequestTimeout,
        Self::RequestMalformed,
        Self::StoreUnavailable,
        Self::Internal,
    ];

    /// The code as clients see it, its HTTP status, and a title that never changes.
    #[must_use]
    pub fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::ApiKeyMissing => ("api_key_missing", 401, "A secret key is needed"),
            Self::ApiKeyInvalid => ("api_key_invalid", 401, "The secret key is not valid"),
            Self::ApiKeyExpired => ("api_key_expired", 401, "The key has expired"),
            Self::ApiKeyPublishable => ("api_key_publishable", 403, "A publishable key opens nothing"),
            Self::ScopeMissing => ("scope_missing", 403, "The key does not permit this"),
            Self::LiveMode => ("live_mode", 403, "There is nothing to simulate in live mode"),
            Self::RateLimited => ("rate_limited", 429, "There are too many requests"),
            Self::VersionUnknown => ("version_unknown", 400, "There is no such version"),
            Self::ClientSecretInvalid => ("client_secret_invalid", 401, "The client secret is not valid"),
            Self::BodyMalformed => ("body_malformed", 400, "The body is not one JSON object"),
            Self::BodyTooLarge => ("body_too_large", 413, "The body is too large"),
            Self::ContentTypeUnsupported => (
                "content_type_unsupported",
                415,
                "The content type is not supported",
            ),
            Self::MemberUnknown => ("member_unknown", 400, "A member is not known"),
            Self::MemberMissing => ("member_missing", 400, "A member is missing"),
            Self::MemberDuplicate => ("member_duplicate", 400, "A member is there twice"),
            Self::MemberInvalid => ("member_invalid", 400, "A member is not valid"),
            Self::EndpointUnknown => ("endpoint_unknown", 404, "There is no such endpoint"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "The method is not allowed"),
            Self::ResourceMissing => ("resource_missing", 404, "There is no such resource"),
            Self::ReceiptNotReady => ("receipt_not_ready", 409, "There is no receipt yet"),
            Self::StateConflict => ("state_conflict", 409, "The state does not allow this"),
            Self::PaymentDrifted => ("payment_drifted", 409, "The payment is not what was signed"),
            Self::AmountTooLarge => ("amount_too_large", 422, "The amount is too large"),
            Self::QueryInvalid => ("query_invalid", 400, "A part of the query is not valid"),
            Self::IdempotencyKeyInvalid => {
                ("idempotency_key_invalid", 400, "The idempotency key is not valid")
            }
            Self::IdempotencyKeyReused => (
                "idempotency_key_reused",
                422,
                "The idempotency key is another request's",
            ),
            Self::IdempotencyInFlight => (
                "idempotency_in_flight",
                409,
                "A request under this key is being answered",
            ),
            Self::RequestTimeout => ("request_timeout", 408, "The request took too long to arrive"),
            Self::RequestMalformed => ("request_malformed", 400, "The request is not valid HTTP"),
            Self::StoreUnavailable => ("store_unavailable", 503, "The store is not available"),
            Self::Internal => ("internal", 500, "The server made a mistake"),
        }
    }

    /// The code as clients see it, for instance `member_unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.row().1
    }

    /// A title that never changes.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().2
    }
}

/// A refusal: the code, the rule that was broken, and the parameter that broke it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: RefusalCode,
    /// The rule, in words for the developer who reads the answer.
    pub rule: String,
    /// The member, header or path segment that broke it.
    pub param: Option<String>,
    /// What the log learns and the client does not.
    pub cause: Option<String>,
    /// After how many seconds the same request may be answered.
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    /// A refusal by `code` because of `rule`.
    pub fn new(code: RefusalCode, rule: impl Into<String>) -> Self {
        Self {
            code,
            rule: rule.into(),
            param: None,
            cause: None,
            retry_after_s: None,
        }
    }

    /// Names the parameter.
    #[must_use]
    pub fn at(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds a cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// A fault of ours: the client learns nothing but that, the log learns `cause`.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            RefusalCode::Internal,
            "the log has the cause under this request id",
        )
        .because(cause)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.rule)
    }
}

impl std::error::Error for Refusal {}

impl From<CeremonyError> for Refusal {
    fn from(rule: CeremonyError) -> Self {
        use CeremonyError as E;
        let (code, param) = match &rule {
            E::CredentialUnknown
            | E::PaymentUnknown
            | E::RefundUnknown
            | E::ApiKeyUnknown
            | E::ConsentUnknown => {
                let rule = "there is no such thing for this key's tenant";
                return Self::new(RefusalCode::ResourceMissing, rule).at("id");
            }
            E::CaptureTooLarge | E::RefundTooLarge => (RefusalCode::AmountTooLarge, Some("amount")),
            E::ConsentTimeOutOfRange => (RefusalCode::MemberInvalid, Some("consent.agreed_at")),
            E::AmountOutOfRange => (RefusalCode::MemberInvalid, Some("amount")),
            E::CallerKeyOver => (RefusalCode::ApiKeyInvalid, Some("authorization")),
            E::PaymentDrifted => (RefusalCode::PaymentDrifted, Some("id")),
            E::IdempotencyKeyReused => (RefusalCode::IdempotencyKeyReused, Some("idempotency-key")),
            _ => (RefusalCode::StateConflict, None),
        };
        let refusal = Self::new(code, rule.to_string());
        match param {
            Some(param) => refusal.at(param),
            None => refusal,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(rule) => rule.into(),
            // One record is at fault, not the store: neither waiting nor a restart mends it.
            one_record @ (StoreError::Corrupt { .. } | StoreError::RecordTooLarge { .. }) => {
                Self::internal(one_record)
            }
            other => Self::new(
                RefusalCode::StoreUnavailable,
                "the store does not answer; try again later",
            )
            .because(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, RefusalCode};
    use crate::store::{StoreError, Table};
    use smile_ceremony::error::CeremonyError;
    use std::collections::HashSet;

    #[test]
    fn a_key_that_ended_on_the_way_is_refused_like_one_that_had() {
        let refused = Refusal::from(CeremonyError::CallerKeyOver);
        assert_eq!(
            (refused.code, refused.param.as_deref()),
            (RefusalCode::ApiKeyInvalid, Some("authorization"))
        );
        assert_eq!(
            Refusal::from(CeremonyError::ApiKeyNotActive).code,
            RefusalCode::StateConflict
        );
    }

    #[test]
    fn one_bad_record_is_no_reason_to_wait_for_the_store() {
        let (table, reason) = (Table::Payments, "version 9".to_owned());
        let corrupt = Refusal::from(StoreError::Corrupt { table, reason });
        assert_eq!(corrupt.code, RefusalCode::Internal);
        let large = Refusal::from(StoreError::RecordTooLarge { table, bytes: 70_000 });
        assert_eq!(large.code, RefusalCode::Internal);
        let ended = Refusal::from(StoreError::Unavailable("its thread ended".to_owned()));
        assert_eq!(ended.code, RefusalCode::StoreUnavailable);
    }

    #[test]
    fn every_code_has_its_own_name_and_an_error_status() {
        let names: HashSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), RefusalCode::ALL.len());
        assert!(
            RefusalCode::ALL
                .iter()
                .all(|code| (400..600).contains(&code.http_status()))
        );
    }
}
