//! Where records live. An engine applies a [`Transition`] in one transaction and answers after it is durable;
//! the rules themselves are in `smile_ceremony::transition`, so that no engine can have its own.
//!
//! [`MemoryStore`] is the specification: plain maps, no index, no file. [`SledStore`] must give the same outcomes
//! and the same [`Store::dump`], also after it was closed and opened again.

mod apply;
mod books;
mod memory;
mod pending;
mod query;
mod row;
pub mod sled;

pub use books::{Books, BooksError};
pub use memory::MemoryStore;
pub use pending::pending_in;
pub use query::{PaymentFilter, Place};
pub use row::{ROW_BYTES_MAX, Row, Table};
pub use sled::SledStore;

use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{
    AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId, IdempotencyId,
    PaymentId, RefundId, TenantId, UserId,
};
use smile_ceremony::payment::{AttemptSubject, PaymentIntent, PendingCall, Refund};
use smile_ceremony::record::{
    ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, PendingCeremony, Person,
    SessionName,
};
use smile_ceremony::transition::{Outcome, Transition};
use std::path::PathBuf;
use std::pin::Pin;

/// An answer that the store gives later; `Send`, so that it may be awaited on any thread.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store engine. Writers come only through [`Store::commit`]; readers see committed, durable state only.
pub trait Store: Send + Sync {
    /// Decides and applies one transition: all of its writes or none. The answer comes after they are durable.
    fn commit(&self, transition: Transition) -> Answer<'_, Outcome>;

    /// The enrolment session with this identifier.
    fn enrolment_session(&self, id: EnrolmentSessionId) -> Answer<'_, Option<EnrolmentSession>>;

    /// The authentication session with this identifier.
    fn authentication_session(
        &self,
        id: AuthenticationSessionId,
    ) -> Answer<'_, Option<AuthenticationSession>>;

    /// The payment with this identifier.
    fn payment(&self, id: PaymentId) -> Answer<'_, Option<PaymentIntent>>;

    /// The ceremony with this identifier.
    fn ceremony(&self, id: CeremonyId) -> Answer<'_, Option<PendingCeremony>>;

    /// The credential with this identifier.
    fn credential(&self, id: CredentialId) -> Answer<'_, Option<Credential>>;

    /// All credentials of one user of one tenant, ordered by identifier.
    fn credentials_of(&self, tenant: TenantId, user: UserId) -> Answer<'_, Vec<Credential>>;

    /// The consent with this identifier.
    fn consent(&self, id: ConsentId) -> Answer<'_, Option<Consent>>;

    /// All records of one user of one tenant, as they are at one moment.
    fn person(&self, tenant: TenantId, user: UserId) -> Answer<'_, Person>;

    /// At most `at_most` ceremonies that may be deleted at `now_ms`, oldest expiry first.
    fn forgettable_ceremonies(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<CeremonyId>>;

    /// At most `at_most` sessions of either kind that may be deleted at `now_ms`, oldest expiry first.
    fn forgettable_sessions(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<SessionName>>;

    /// The refund with this identifier.
    fn refund(&self, id: RefundId) -> Answer<'_, Option<Refund>>;

    /// At most `at_most` payments, newest first, of those behind `after` where it is given.
    fn payments(
        &self,
        filter: PaymentFilter,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<PaymentIntent>>;

    /// At most `at_most` refunds of one payment, newest first, of those behind `after` where it is given.
    fn refunds_of(&self, payment: PaymentId, after: Option<Place>, at_most: usize)
    -> Answer<'_, Vec<Refund>>;

    /// At most `at_most` payments that time has ended at `now_ms` and that do not say so yet, oldest expiry first.
    fn late_payments(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<PaymentIntent>>;

    /// At most `at_most` questions of a tenant that the processor has not answered: those about payments, then those
    /// about refunds, each by identifier, of those behind `after` where it is given.
    fn pending_calls(
        &self,
        tenant: TenantId,
        after: Option<AttemptSubject>,
        at_most: usize,
    ) -> Answer<'_, Vec<PendingCall>>;

    /// At most `at_most` idempotency keys that may be deleted at `now_ms`, oldest expiry first.
    fn forgettable_keys(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<IdempotencyId>>;

    /// All API keys of all tenants, ordered by identifier: there are few.
    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>>;

    /// Every record, ordered by table and identifier: the state of the store, without its indexes.
    fn dump(&self) -> Answer<'_, Vec<Row>>;

    /// Finishes what was asked before, and lets go of its files; whoever asks later is told that the store is not
    /// available. Waits for it on the calling thread. A store without files has nothing to let go of and serves on.
    fn close(&self) {}
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A condition of the transition does not hold; nothing changed.
    #[error(transparent)]
    Refused(#[from] CeremonyError),
    /// The engine cannot be opened.
    #[error("the store in {} cannot be opened: {reason}", path.display())]
    Open {
        /// The engine's folder.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// The engine ended, or could not make a write durable. It takes nothing more until the server is restarted,
    /// because what is on disk is no longer known.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// A record that is larger than the engines keep; nothing changed.
    #[error("table {table:?}: a record of {bytes} bytes; at most {ROW_BYTES_MAX} are kept")]
    RecordTooLarge {
        /// Where it was to lie.
        table: Table,
        /// Its length.
        bytes: usize,
    },
    /// A record that does not decode.
    #[error("table {table:?}: a record does not decode: {reason}")]
    Corrupt {
        /// Where it lies.
        table: Table,
        /// What is wrong.
        reason: String,
    },
}
