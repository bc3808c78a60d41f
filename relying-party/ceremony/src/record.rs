//! What the server keeps. Every engine stores these records and nothing else; none has room for a face.

mod api_key;
mod ceremony;
mod credential;
mod idempotency;
mod session;

pub use api_key::{ApiKey, ApiKeyKind, Scope};
pub use ceremony::{PendingCeremony, Protocol, Purpose, TakenCeremony};
pub use credential::{AttestationEvidence, Credential, CredentialStatus, StoredPublicKey};
pub use idempotency::{AnswerSubject, IdempotencyRecord, IdempotentRequest};
pub use session::{AuthenticationSession, EnrolmentSession, SessionName, SessionStatus};
