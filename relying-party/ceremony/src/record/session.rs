//! One-time permissions that a provider creates with its own key and hands to an app.

use serde::{Deserialize, Serialize};

use crate::{
    error::CeremonyError,
    identifier::{AuthenticationSessionId, CredentialId, EnrolmentSessionId, TenantId, UserId},
    limits::{
        AUTHENTICATION_SESSION_LIFETIME_MS, CHALLENGES_MAX, ENROLMENT_SESSION_LIFETIME_MS, SESSION_KEPT_MS,
    },
    random::RandomSource,
    secret::{ClientSecret, SecretHash},
};

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
#[non_exhaustive]
pub enum SessionStatus {
    /// Nothing yet. It may be past its time: see `expires_at_ms`.
    Open,
    /// It served its one purpose and serves no other.
    Completed {
        /// The keys that were registered or that signed.
        credentials: Vec<CredentialId>,
        /// When, unix milliseconds.
        completed_at_ms: u64,
    },
    /// It was ended before it was used, and serves no purpose.
    Canceled {
        /// When, unix milliseconds.
        canceled_at_ms: u64,
    },
}

impl SessionStatus {
    /// That the session may still be used.
    fn must_be_open(&self) -> Result<(), CeremonyError> {
        match self {
            Self::Open => Ok(()),
            Self::Completed { .. } => Err(CeremonyError::SessionCompleted),
            Self::Canceled { .. } => Err(CeremonyError::SessionCanceled),
        }
    }
}

/// The name of a session of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionName {
    /// An enrolment session.
    Enrolment(EnrolmentSessionId),
    /// An authentication session.
    Authentication(AuthenticationSessionId),
}

/// Declares a session record: both kinds have the same fields and the same rule.
macro_rules! session {
    ($(#[$doc:meta])* $name:ident, $id:ident, $lifetime_ms:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            id: $id,
            tenant: TenantId,
            user: UserId,
            token_hash: SecretHash,
            state: SessionStatus,
            created_at_ms: u64,
            expires_at_ms: u64,
            challenges: u8,
        }

        impl $name {
            /// A new session and the token that opens it; the token is not kept.
            pub fn create(
                tenant: TenantId,
                user: UserId,
                now_ms: u64,
                rng: &mut dyn RandomSource,
            ) -> (Self, ClientSecret) {
                let id = $id::generate(rng);
                let (token, token_hash) = ClientSecret::issue(id.as_str(), rng);
                let expires_at_ms = now_ms.saturating_add($lifetime_ms);
                let state = SessionStatus::Open;
                let session =
                    Self { id, tenant, user, token_hash, state, created_at_ms: now_ms, expires_at_ms, challenges: 0 };
                (session, token)
            }

            /// The identifier.
            pub fn id(&self) -> &$id {
                &self.id
            }

            /// Who created it.
            pub fn tenant(&self) -> &TenantId {
                &self.tenant
            }

            /// Whom it is for.
            pub fn user(&self) -> &UserId {
                &self.user
            }

            /// What became of it.
            pub fn state(&self) -> &SessionStatus {
                &self.state
            }

            /// When it was created, unix milliseconds.
            pub fn created_at_ms(&self) -> u64 {
                self.created_at_ms
            }

            /// When its token stops working, unix milliseconds.
            pub fn expires_at_ms(&self) -> u64 {
                self.expires_at_ms
            }

            /// Whether `presented` is this session's token. Says nothing about the session's state.
            pub fn token_matches(&self, presented: &str) -> bool {
                self.token_hash.matches(presented)
            }

            /// That the session is open and in time.
            pub fn must_be_open(&self, now_ms: u64) -> Result<(), CeremonyError> {
                self.state.must_be_open()?;
                if now_ms >= self.expires_at_ms {
                    return Err(CeremonyError::SessionExpired);
                }
                Ok(())
            }

            /// Whether the record may be deleted: no challenge that it permitted can be kept any longer.
            pub fn is_forgettable(&self, now_ms: u64) -> bool {
                now_ms >= self.expires_at_ms.saturating_add(SESSION_KEPT_MS)
            }

            /// The session after one more challenge was issued for it.
            pub(crate) fn challenged(&self, now_ms: u64) -> Result<Self, CeremonyError> {
                self.must_be_open(now_ms)?;
                if self.challenges >= CHALLENGES_MAX {
                    return Err(CeremonyError::ChallengesExhausted);
                }
                Ok(Self { challenges: self.challenges + 1, ..self.clone() })
            }

            /// The session without its purpose; `None` where it has none any more.
            pub(crate) fn canceled(&self, now_ms: u64) -> Option<Self> {
                self.must_be_open(now_ms).ok()?;
                let state = SessionStatus::Canceled { canceled_at_ms: now_ms };
                Some(Self { state, ..self.clone() })
            }

            /// The session after it served its purpose for these keys.
            pub(crate) fn completed(
                &self,
                credentials: Vec<CredentialId>,
                now_ms: u64,
            ) -> Result<Self, CeremonyError> {
                self.state.must_be_open()?;
                let state = SessionStatus::Completed { credentials, completed_at_ms: now_ms };
                Ok(Self { state, ..self.clone() })
            }
        }
    };
}

session!(
    /// The permission to register one key for one user. Created with the provider's secret key, used once:
    /// a user name alone registers nothing.
    EnrolmentSession, EnrolmentSessionId, ENROLMENT_SESSION_LIFETIME_MS
);
session!(
    /// One login of one user, without a payment. Created with the provider's secret key, used once.
    AuthenticationSession, AuthenticationSessionId, AUTHENTICATION_SESSION_LIFETIME_MS
);
