//! What the server keeps. Every engine stores these records and nothing else; none has room for a face.

mod api_key;
mod ceremony;
mod consent;
mod credential;
mod idempotency;
mod person;
mod session;

pub use api_key::{ApiKey, ApiKeyKind, Scope};
pub use ceremony::{PendingCeremony, Protocol, Purpose, TakenCeremony};
pub use consent::{Consent, ConsentPurpose, ConsentVersion, GivenConsent, LanguageTag, TextSha256};
pub use credential::{
    AttestationEvidence, Credential, CredentialChange, CredentialName, CredentialStatus, StoredPublicKey,
};
pub use idempotency::{AnswerSubject, IdempotencyRecord, IdempotentRequest};
pub use person::Person;
pub use session::{AuthenticationSession, EnrolmentSession, SessionName, SessionStatus};
