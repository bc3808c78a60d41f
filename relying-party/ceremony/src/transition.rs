//! Everything that may change, as conditional writes. A store that applies [`Transition::decide`] atomically
//! keeps every promise of the server; it needs no rules of its own.
//!
//! ```text
//! store.commit(transition):   in one transaction, or on the one writer thread
//!     decision = transition.decide(&rows)?      reads rows, writes nothing; refused ⇒ nothing changes
//!     apply all of decision.writes              all or none, durable before the answer
//!     return decision.outcome
//! ```
//! The same `decide` runs on memory, on sled and in a simulation: the engines cannot disagree on a rule.

mod api_keys;
mod decide;
mod money;
mod once;
mod people;

pub use api_keys::KeyMaker;
pub use once::AnswerMaker;
pub use people::{Erased, LostDevice, LostKeys};

use crate::{
    error::CeremonyError,
    identifier::{
        ApiKeyId, AttemptId, AuthenticationSessionId, CeremonyId, ConsentId, CredentialId,
        EnrolmentSessionId, IdempotencyId, PaymentId, RefundId, TenantId, UserId,
    },
    payment::{AttemptSubject, LedgerEntry, PaymentEvent, PaymentIntent, Refund, RefundRequest, Settled},
    record::{
        ApiKey, AuthenticationSession, Consent, Credential, CredentialChange, EnrolmentSession,
        IdempotencyRecord, IdempotentRequest, PendingCeremony, Person, SessionName, TakenCeremony,
    },
    server_data::PresentedCeremony,
    uaf::{authentication::VerifiedAuthentication, registration::VerifiedRegistration},
};

/// One change. Each variant lists its conditions in the order in which they are checked, the error of each,
/// what is written if all hold, and the [`Outcome`]. Where any condition fails nothing is written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Transition {
    /// A provider lets a user register a key.
    ///
    /// Conditions: no enrolment session has the identifier (`IdentifierTaken`).
    /// Writes: the session. Outcome: `Created`.
    CreateEnrolmentSession(EnrolmentSession),

    /// A provider lets a user register a key, and says what the user agreed to.
    ///
    /// Conditions: no enrolment session and no consent has the identifier (`IdentifierTaken`); the consent is this
    /// session's (`ConsentUnknown`) and was given at most a day ago (`ConsentTimeOutOfRange`).
    /// Writes: the session; the consent. Outcome: `Created`.
    EnrolWithConsent {
        /// The session.
        session: EnrolmentSession,
        /// The consent, recorded for this session.
        consent: Consent,
    },

    /// A provider asks for a login.
    ///
    /// Conditions: no authentication session has the identifier (`IdentifierTaken`).
    /// Writes: the session. Outcome: `Created`.
    CreateAuthenticationSession(AuthenticationSession),

    /// A provider creates a payment.
    ///
    /// Conditions: no payment has the identifier (`IdentifierTaken`).
    /// Writes: the payment. Outcome: `Created`.
    CreatePayment(Box<PaymentIntent>),

    /// A payment moves by anything but a signature: a user is attached, it is confirmed, captured, canceled,
    /// failed or expired.
    ///
    /// Conditions: the payment exists and is the tenant's (`PaymentUnknown`); its state allows the event at
    /// `now_ms` (`PaymentTransition`, `PaymentExpired`, `PaymentNotExpired`); what is captured is at most what was
    /// authorised (`CaptureTooLarge`), and the record still says what was signed (`PaymentDrifted`).
    /// Writes: the payment, moved, its version higher; where it was captured, the entry of the books.
    /// Outcome: `PaymentMoved`.
    MovePayment {
        /// The tenant that asks.
        tenant: TenantId,
        /// The payment.
        payment: PaymentId,
        /// What happens.
        event: PaymentEvent,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A challenge is issued.
    ///
    /// Conditions: no ceremony has the identifier (`IdentifierTaken`); the session or payment that it is for
    /// exists, belongs to the same tenant and user (`SessionUnknown`, `PaymentUnknown`) and is open or waits
    /// for a signature at `issued_at_ms` (`SessionCompleted`, `SessionExpired`, `PaymentTransition`,
    /// `PaymentExpired`, `SessionCanceled`), and has had fewer than 16 challenges (`ChallengesExhausted`).
    /// Writes: the ceremony; the session or payment with one challenge more. Outcome: `Begun`.
    Begin(PendingCeremony),

    /// A challenge is presented, for the first and only time. Commit this before looking at the rest of the
    /// response: whatever is wrong with that, the challenge stays spent.
    ///
    /// Conditions: the ceremony exists (`ChallengeUnknown`), was never presented (`ChallengeSpent`) and is in
    /// time (`ChallengeExpired`).
    /// Writes: the ceremony with `spent_at_ms`. Outcome: `Taken`, holding the one witness.
    Take {
        /// The ceremony, whose `serverData` was authentic.
        presented: PresentedCeremony,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// Verified keys become credentials.
    ///
    /// Conditions: the enrolment session exists, is the same tenant's and user's (`SessionUnknown`), open and
    /// in time (`SessionCompleted`, `SessionCanceled`, `SessionExpired`); no credential has any of the identifiers, whoever
    /// its user is and whatever its status (`KeyAlreadyRegistered`): a revoked key does not come back; the user has at most 32 keys then that are not revoked
    /// (`CredentialsExhausted`).
    /// Writes: each credential, with the consent that its session had; the session, completed. Outcome: `Registered`.
    Register(VerifiedRegistration),

    /// A verified login.
    ///
    /// Conditions: the authentication session exists, is the same tenant's and user's (`SessionUnknown`), open
    /// and in time (`SessionCompleted`, `SessionCanceled`, `SessionExpired`); each credential still exists with the same
    /// user and public key (`KeyIdUnknown`), is active (`CredentialNotActive`), its authenticator's version *now* is
    /// not above the asserted one (`AuthenticatorVersionWentBack`), and its counter *now* is below the asserted
    /// one, or both are 0 (`CounterNotGreater`).
    /// Writes: each credential with its new counter, version and time of use; the session, completed.
    /// Outcome: `Authenticated`.
    Authenticate(VerifiedAuthentication),

    /// A verified assertion authorises its payment. Built by `VerifiedAuthentication::into_transition`.
    ///
    /// Conditions: the payment exists, is the same tenant's and user's (`PaymentUnknown`), is in
    /// `requires_action` (`PaymentTransition`) and in time (`PaymentExpired`); its text is the one that was
    /// signed (`TransactionHashMismatch`, `PictureOfOtherText`); the credentials as for `Authenticate`.
    /// Writes: each credential as for `Authenticate`; the payment with its authorisation, in `requires_capture`,
    /// `processing` or, with the entry of the books, `succeeded`. Outcome: `Authorised`.
    Authorise(VerifiedAuthentication),

    /// Captured money is given back.
    ///
    /// Conditions: no refund has the identifier (`IdentifierTaken`); the payment exists and is the tenant's
    /// (`PaymentUnknown`), was captured (`PaymentNotCaptured`), and what was captured exceeds all refunds that were not
    /// declined by at least this amount (`RefundTooLarge`).
    /// Writes: the refund; the payment with the amount set aside; where no processor is asked, the entry of the books.
    /// Outcome: `RefundMoved`.
    Refund {
        /// What is asked for.
        request: RefundRequest,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// The processor answered.
    ///
    /// Conditions: the payment or refund exists (`PaymentUnknown`, `RefundUnknown`), and this question of it is open
    /// (`AttemptNotPending`): of two answers the first counts.
    /// Writes: the payment; the refund; where money moved, the entry of the books. Outcome: `PaymentMoved` or
    /// `RefundMoved`.
    Settle {
        /// What was asked about.
        subject: AttemptSubject,
        /// The question.
        attempt: AttemptId,
        /// The answer.
        settled: Settled,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A transition that takes effect once for its idempotency key.
    ///
    /// Conditions: where the key is known and not a day old, it was for the same request (`IdempotencyKeyReused`); then
    /// nothing is written and the outcome is `Once` with the record, `replayed`. Else the conditions of the transition.
    /// Writes: those of the transition, and the record of the key with the answer, if there is a maker for it now.
    /// Outcome: `Once`, not `replayed`.
    Once {
        /// Key and request.
        request: IdempotentRequest,
        /// What it does.
        transition: Box<Transition>,
        /// Makes the answer; `None` where more must happen before there is one: then commit `Answer`.
        answer: Option<AnswerMaker>,
    },

    /// What became of a request that may have come before: asked first where the conditions of what it does may have
    /// changed since.
    ///
    /// Conditions: the key is known and not a day old (`IdempotencyKeyUnknown`), and was for the same request
    /// (`IdempotencyKeyReused`). Writes: nothing. Outcome: `Once` with the record, `replayed`.
    Recall(IdempotentRequest),

    /// The answer to a request of which the first commit had none is given, once.
    ///
    /// Conditions: the key is known (`IdempotencyKeyUnknown`). Where it has its answer nothing is written and the
    /// outcome is `Once`, `replayed`; else what it is about exists (`PaymentUnknown`, `RefundUnknown`).
    /// Writes: the record with the answer about the payment or refund as it is now. Outcome: `Once`.
    Answer {
        /// The key.
        id: IdempotencyId,
        /// Makes the answer of `PaymentMoved` or `RefundMoved`.
        answer: AnswerMaker,
    },

    /// An idempotency key is deleted, a day after its request.
    ///
    /// Conditions: the key is known (`IdempotencyKeyUnknown`) and old enough (`IdempotencyKeyKept`).
    /// Writes: deletes the record. Outcome: `Forgotten`.
    ForgetIdempotency {
        /// The key.
        id: IdempotencyId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A key for the API is made.
    ///
    /// Conditions: the caller's key works (`CallerKeyOver`); no API key has the identifier (`IdentifierTaken`); the tenant
    /// has room for it (`ApiKeysExhausted`).
    /// Writes: the key. Outcome: `Created`.
    CreateApiKey {
        /// The key.
        key: ApiKey,
        /// Who makes it.
        maker: KeyMaker,
    },

    /// A key for the API gets a successor, and works beside it until `expires_at_ms`.
    ///
    /// Conditions: the caller's key works (`CallerKeyOver`); the key exists and is the tenant's (`ApiKeyUnknown`), and was
    /// neither revoked nor rolled (`ApiKeyNotActive`); no API key has the successor's identifier (`IdentifierTaken`); the
    /// tenant has room for it beside those that work, the old one too if it still does (`ApiKeysExhausted`).
    /// Writes: the key with its end; its successor. Outcome: `ApiKeyRolled`.
    RollApiKey {
        /// The tenant that asks.
        tenant: TenantId,
        /// The key.
        id: ApiKeyId,
        /// SHA-256 of the successor's text.
        hash: [u8; 32],
        /// When the old one stops working, unix milliseconds.
        expires_at_ms: u64,
        /// Who rolls it.
        maker: KeyMaker,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A key for the API stops working.
    ///
    /// Conditions: the key exists and is the tenant's (`ApiKeyUnknown`), was not revoked and has not expired
    /// (`ApiKeyNotActive`).
    /// Writes: the key, revoked. Outcome: `ApiKeyRevoked`.
    RevokeApiKey {
        /// The tenant that asks.
        tenant: TenantId,
        /// The key.
        id: ApiKeyId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// Keys are deleted (UAF §3.6.4.1). Challenges in flight die with them: `Authenticate` and `Authorise`
    /// look the credential up again.
    ///
    /// Conditions: each credential exists and is the tenant's (`CredentialUnknown`).
    /// Writes: deletes each credential. Outcome: `Deregistered`, with the deleted records and the active keys that their
    /// users have left.
    Deregister {
        /// The tenant that asks.
        tenant: TenantId,
        /// The keys to delete.
        credentials: Vec<CredentialId>,
    },

    /// A key is named, suspended, reinstated or revoked.
    ///
    /// Conditions: the credential exists and is the tenant's (`CredentialUnknown`); where it is revoked, it is only named
    /// or revoked again (`CredentialRevoked`).
    /// Writes: the credential, unless it is so already. Outcome: `CredentialChanged`.
    ChangeCredential {
        /// The tenant that asks.
        tenant: TenantId,
        /// The key.
        credential: CredentialId,
        /// What is done with it.
        change: CredentialChange,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A device is lost: what it holds opens nothing any more.
    ///
    /// Conditions: where one key is named, it is the tenant's and the user's (`CredentialUnknown`).
    /// Writes: the keys, revoked; every open session of the user, canceled; every challenge of the user that could still
    /// be answered, spent. Outcome: `DeviceLost`.
    LoseDevice {
        /// The tenant that asks.
        tenant: TenantId,
        /// Whose device it was.
        user: UserId,
        /// The keys that went with it.
        keys: LostKeys,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A person takes a consent back. What was registered under it goes with it.
    ///
    /// Conditions: the consent exists and is the tenant's (`ConsentUnknown`).
    /// Writes: the consent, withdrawn; deletes the credentials that were registered under it; its session where it is
    /// open, canceled; the session's challenges that could still be answered, spent. Outcome: `ConsentWithdrawn`.
    WithdrawConsent {
        /// The tenant that asks.
        tenant: TenantId,
        /// The consent.
        consent: ConsentId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// Takes the user off their newest payments, as many as one commit may rewrite: what goes before `Erase` where there
    /// are more than that.
    ///
    /// Conditions: none.
    /// Writes: the payments, without user and description; those that waited for the user are canceled, or expired where
    /// time had ended them. Outcome: `PaymentsErased`, with how many there were.
    ErasePayments {
        /// The tenant that asks.
        tenant: TenantId,
        /// Who is erased.
        user: UserId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// A person is erased. Payments stay: they are the provider's books.
    ///
    /// Conditions: no more payments name the user than one commit may rewrite (`ErasureUnfinished`).
    /// Writes: the payments as for `ErasePayments`; deletes the user's credentials, consents, sessions and challenges.
    /// Outcome: `Erased`.
    Erase {
        /// The tenant that asks.
        tenant: TenantId,
        /// Who is erased.
        user: UserId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// An old ceremony is deleted, a day after its challenge could last be answered.
    ///
    /// Conditions: the ceremony exists (`ChallengeUnknown`) and is old enough (`CeremonyKept`).
    /// Writes: deletes the ceremony. Outcome: `Forgotten`.
    Forget {
        /// The ceremony.
        ceremony: CeremonyId,
        /// Now, unix milliseconds.
        now_ms: u64,
    },

    /// An old session is deleted, used or not, a day after its token stopped working. Payments are never deleted:
    /// they are the provider's books.
    ///
    /// Conditions: the session exists (`SessionUnknown`) and is old enough (`SessionKept`).
    /// Writes: deletes the session, and with an enrolment session that registered nothing its consent. Outcome:
    /// `Forgotten`.
    ForgetSession {
        /// The session.
        session: SessionName,
        /// Now, unix milliseconds.
        now_ms: u64,
    },
}

/// What a store lets a transition read. All reads of one `decide` see the same state.
pub trait Rows {
    /// Why reading failed.
    type Error;
    /// The enrolment session with this identifier.
    fn enrolment_session(&self, id: &EnrolmentSessionId) -> Result<Option<EnrolmentSession>, Self::Error>;
    /// The authentication session with this identifier.
    fn authentication_session(
        &self,
        id: &AuthenticationSessionId,
    ) -> Result<Option<AuthenticationSession>, Self::Error>;
    /// The payment with this identifier.
    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentIntent>, Self::Error>;
    /// The ceremony with this identifier.
    fn ceremony(&self, id: &CeremonyId) -> Result<Option<PendingCeremony>, Self::Error>;
    /// The credential with this identifier.
    fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, Self::Error>;
    /// The consent with this identifier.
    fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, Self::Error>;
    /// The credentials of a user of a tenant, ordered by identifier.
    fn credentials_of(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<Credential>, Self::Error>;
    /// All records of a user of a tenant; of their payments at most so many, the newest.
    fn person(
        &self,
        tenant: &TenantId,
        user: &UserId,
        payments_at_most: usize,
    ) -> Result<Person, Self::Error>;
    /// The refund with this identifier.
    fn refund(&self, id: &RefundId) -> Result<Option<Refund>, Self::Error>;
    /// The API key with this identifier.
    fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, Self::Error>;
    /// The API keys of a tenant, those that are over too, ordered by identifier.
    fn api_keys_of(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Self::Error>;
    /// The idempotency record with this identifier.
    fn idempotency(&self, id: &IdempotencyId) -> Result<Option<IdempotencyRecord>, Self::Error>;
}

/// One row to write. `Put` replaces the row with the same identifier.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Write {
    /// Insert or replace.
    PutEnrolmentSession(EnrolmentSession),
    /// Insert or replace.
    PutAuthenticationSession(AuthenticationSession),
    /// Insert or replace.
    PutPayment(PaymentIntent),
    /// Insert or replace.
    PutCeremony(PendingCeremony),
    /// Insert or replace.
    PutCredential(Credential),
    /// Insert or replace.
    PutConsent(Consent),
    /// Insert or replace.
    PutRefund(Refund),
    /// Insert; a second one with the same identifier is the same entry.
    PutLedgerEntry(LedgerEntry),
    /// Insert or replace.
    PutIdempotency(IdempotencyRecord),
    /// Insert or replace.
    PutApiKey(ApiKey),
    /// Delete. The whole record, as for a credential.
    DeleteIdempotency(IdempotencyRecord),
    /// Delete. The whole record, so that an engine can find its own indexes to it.
    DeleteCredential(Credential),
    /// Delete. The whole record, as for a credential.
    DeleteConsent(Consent),
    /// Delete.
    DeleteCeremony(CeremonyId),
    /// Delete. The whole record, as for a credential.
    DeleteEnrolmentSession(EnrolmentSession),
    /// Delete. The whole record, as for a credential.
    DeleteAuthenticationSession(AuthenticationSession),
}

/// What a committed transition brought.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A session, payment or API key was created.
    Created,
    /// A payment moved; the record after it.
    PaymentMoved(PaymentIntent),
    /// A refund was made or moved; the record after it.
    RefundMoved(Refund),
    /// The record of an idempotency key.
    Once {
        /// The record.
        record: IdempotencyRecord,
        /// Whether it was there before: then nothing happened now.
        replayed: bool,
    },
    /// A challenge was issued.
    Begun,
    /// A challenge was presented and is spent; the witness with which the ceremony can be finished.
    Taken(TakenCeremony),
    /// These credentials are registered.
    Registered(Vec<Credential>),
    /// These credentials signed; the records after it.
    Authenticated(Vec<Credential>),
    /// The payment is authorised; the record after it.
    Authorised(PaymentIntent),
    /// An API key has a successor; the records after it.
    ApiKeyRolled {
        /// The key that comes to its end.
        old: ApiKey,
        /// The one that takes its place.
        new: ApiKey,
    },
    /// The API key is revoked; the record after it.
    ApiKeyRevoked(ApiKey),
    /// These credentials are deleted.
    Deregistered {
        /// The records before it.
        deleted: Vec<Credential>,
        /// Active keys that their users have left.
        active_left: usize,
    },
    /// The credential is as asked for.
    CredentialChanged {
        /// The record after it.
        credential: Credential,
        /// Active keys that its user has now.
        active_left: usize,
    },
    /// The device opens nothing any more.
    DeviceLost(LostDevice),
    /// The consent is withdrawn.
    ConsentWithdrawn {
        /// The record after it.
        consent: Consent,
        /// The credentials that were deleted with it, as they were.
        deleted: Vec<Credential>,
        /// Active keys that its user has left.
        active_left: usize,
    },
    /// So many payments lost their user.
    PaymentsErased(usize),
    /// The person is erased.
    Erased(Erased),
    /// The ceremony or session is deleted.
    Forgotten,
}

/// What to write, and what to answer once it is durable.
#[derive(Debug)]
pub struct Decision {
    /// The writes: all or none.
    pub writes: Vec<Write>,
    /// The answer. Drop it unread if the writes could not be made durable.
    pub outcome: Outcome,
}

/// Why a transition was not decided.
#[derive(Debug)]
pub enum Undecided<E> {
    /// A condition does not hold. Nothing changes.
    Refused(CeremonyError),
    /// The rows could not be read.
    Unreadable(E),
}

impl<E> From<CeremonyError> for Undecided<E> {
    fn from(error: CeremonyError) -> Self {
        Self::Refused(error)
    }
}
