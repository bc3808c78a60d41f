//! What a UAF client is told when the answer is no: one status code and the rule.

use super::Refusal;
use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use smile_protocol::uaf::transport::UafStatusCode;

/// A refusal under `/uaf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UafRefusal {
    /// The status code (UAF Transport §3.1.3).
    pub status: UafStatusCode,
    /// The rule that was broken, for the client. It may quote what the client itself sent: the log gets
    /// [`UafRefusal::log_rule`].
    pub rule: String,
    /// The rule without what the client sent, where the two differ.
    without_quotes: Option<String>,
    /// What the log learns and the client does not.
    pub cause: Option<String>,
    /// What HTTP answers in place of a UAF message: there were too many.
    pub limited: Option<Box<Refusal>>,
}

impl UafRefusal {
    /// A refusal with `status` because of `rule`.
    pub fn new(status: UafStatusCode, rule: impl Into<String>) -> Self {
        Self {
            status,
            rule: rule.into(),
            without_quotes: None,
            cause: None,
            limited: None,
        }
    }

    /// The rule as the log may hold it: it names no key, secret or person, nor a member that the server does not know.
    #[must_use]
    pub fn log_rule(&self) -> &str {
        self.without_quotes.as_deref().unwrap_or(&self.rule)
    }

    /// A fault of ours: the log learns the cause.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(
            UafStatusCode::InternalServerError,
            "the log has the cause under this request id",
        )
        .because(cause)
    }

    /// Adds a cause for the log.
    #[must_use]
    pub(super) fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The one refusal of every token and client secret that does not open anything: the answer must not tell a wrong
    /// secret from one of something that does not exist.
    pub(super) fn token() -> Self {
        Self::new(
            UafStatusCode::Unauthorized,
            "context: the token or client secret is wrong, has expired or was used (UAF Transport §8.3.3)",
        )
    }
}

/// Of a request that came too often. No status code of UAF says so, so the answer is HTTP's.
impl From<Refusal> for UafRefusal {
    fn from(refusal: Refusal) -> Self {
        Self {
            limited: Some(Box::new(refusal.clone())),
            ..Self::new(UafStatusCode::InternalServerError, refusal.rule)
        }
    }
}

impl From<CeremonyError> for UafRefusal {
    fn from(error: CeremonyError) -> Self {
        Self {
            without_quotes: Some(without_quotes(&error)),
            ..Self::new(error.status(), error.to_string())
        }
    }
}

/// What broke, without what the client sent. Only a malformed message is quoted in an error, and a facet that is not
/// trusted, escaped and cut: without it nobody could say which one to add.
pub(super) fn without_quotes(error: &CeremonyError) -> String {
    match error {
        CeremonyError::Malformed(error) => format!("malformed: {}", error.without_quotes()),
        other => other.to_string(),
    }
}

impl From<StoreError> for UafRefusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(error) => error.into(),
            one_record @ (StoreError::Corrupt { .. } | StoreError::RecordTooLarge { .. }) => {
                Self::internal(one_record)
            }
            other => Self::new(
                UafStatusCode::InternalServerError,
                "the store is not available; try again later",
            )
            .because(other),
        }
    }
}
