//! Every way in which a ceremony can be refused, in the order in which the specifications check.

use smile_protocol::{error::ProtocolError, metadata::AuthenticatorStatus, registry::AttestationType};

use crate::payment::{NameFlaw, PaymentStatus};

/// Why something was refused. Each variant is one rule; `status` maps each to its one UAF status code.
///
/// The messages name the rule and never a secret, a key or a person: they may be logged. What a client
/// learns is the status code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CeremonyError {
    // The message and its header, UAF §3.1 and §3.4.6.5 steps 1 and 2.
    /// The message, an assertion or `fcParams` is not well-formed.
    #[error("malformed: {0}")]
    Malformed(#[from] ProtocolError),
    /// UAF §3.4.6.5 step 1: no object of the message has a protocol version that we support.
    #[error("header.upv: no supported protocol version (UAF §3.4.6.5)")]
    VersionUnsupported,
    /// UAF §3.4.6.5 step 2: `serverData` is absent or not of our making.
    #[error("header.serverData: absent or not of our form (UAF §3.4.6.5)")]
    ServerDataMalformed,
    /// UAF §3.4.6.5 step 2: the authentication code of `serverData` is wrong.
    #[error("header.serverData: not authentic (UAF §3.4.6.5)")]
    ServerDataNotAuthentic,

    // The challenge, UAF §3.4.6.5 step 3.
    /// No such challenge was issued.
    #[error("challenge: never issued (UAF §3.4.6.5)")]
    ChallengeUnknown,
    /// The challenge was presented before.
    #[error("challenge: already used (UAF §3.4.6.5)")]
    ChallengeSpent,
    /// The challenge was issued too long ago.
    #[error("challenge: expired (UAF §3.4.6.5)")]
    ChallengeExpired,
    /// The challenge was issued for another operation or purpose.
    #[error("challenge: issued for another operation (UAF §3.4.6.5)")]
    ChallengeForOtherOperation,

    // FinalChallengeParams, UAF §3.4.6.5 step 3.
    /// `header.appID` is not the one of the request.
    #[error("header.appID: not the one of the request (UAF §3.4.6.5)")]
    HeaderAppIdMismatch,
    /// `fcParams.appID` is not the one of the request, nor the facet where the request had none.
    #[error("fcParams.appID: not the one of the request (UAF §3.4.6.5)")]
    AppIdMismatch,
    /// `fcParams.facetID` is not in the list of trusted facets; says what it is, which are, and the setting.
    #[error("fcParams.facetID: {0} (UAF §3.4.6.5)")]
    FacetNotTrusted(crate::facets::FacetMismatch),
    /// `fcParams.channelBinding` is not as expected.
    #[error("fcParams.channelBinding: not as expected (UAF §3.4.6.5)")]
    ChannelBindingRejected,
    /// A channel binding was sent that the server cannot compare, and each one that is sent has to fit.
    #[error(
        "fcParams.channelBinding: one that the server has nothing to compare with, though bindings are required (UAF §3.1.8)"
    )]
    ChannelBindingNotComparable,
    /// No channel binding was sent, and one is required.
    #[error("fcParams.channelBinding: none, though one is required (UAF §3.1.8)")]
    ChannelBindingMissing,
    /// `fcParams.challenge` is not the one of this ceremony.
    #[error("fcParams.challenge: not the one of the request (UAF §3.4.6.5)")]
    ChallengeMismatch,

    // Assertions, UAF §3.4.6.5 step 4 and §3.5.7.5.
    /// No assertion, or more than a person could have made.
    #[error("assertions: none, or too many (UAF §3.4.5)")]
    AssertionCount,
    /// Sound assertions that no accepted set of the policy asks for.
    #[error("assertions: more than one accepted set of the policy asks for (UAF §3.2)")]
    AssertionsNotAskedFor,
    /// Two assertions of one key: an authenticator meets one criterion of a set, not two.
    #[error("assertions: two of one key (UAF §3.2)")]
    AssertionRepeated,
    /// The AAID has no metadata statement here.
    #[error("TAG_AAID: no metadata for this AAID (UAF §3.4.6.5)")]
    AaidUnknown,
    /// The metadata service reports that the model, or its attestation key, is not to be trusted.
    #[error("metadata: the status of the authenticator is {status} (Metadata Service §3.1.3)")]
    AuthenticatorCompromised {
        /// The status that is in effect.
        status: AuthenticatorStatus,
    },
    /// `assertionScheme` is not the one in metadata, or none that is read here.
    #[error("assertionScheme: not the one in metadata (UAF §3.4.6.5)")]
    AssertionSchemeMismatch,
    /// The authenticators do not satisfy the policy of the request.
    #[error("policy: not satisfied (UAF §3.4.6.5)")]
    PolicyNotSatisfied,
    /// FinalChallengeHash is not the hash of the transmitted `fcParams`.
    #[error("TAG_FINAL_CHALLENGE_HASH: not the hash of fcParams (UAF §3.4.6.5)")]
    FinalChallengeHashMismatch,
    /// The authenticator is older than its metadata allows.
    #[error("TAG_ASSERTION_INFO: authenticator version below metadata (UAF §3.4.6.5)")]
    AuthenticatorVersionTooOld,
    /// The authenticator's version went back since registration.
    #[error("TAG_ASSERTION_INFO: authenticator version went back (UAF §3.5.7.5)")]
    AuthenticatorVersionWentBack,
    /// The signature algorithm is one that is never accepted here, whatever metadata says.
    #[error("TAG_ASSERTION_INFO: {} (FIDO Registry §3.6.1)", .0.reason())]
    SignatureAlgorithmRefused(crate::signature::SignatureRule),
    /// The signature algorithm is not the registered one (metadata's at registration).
    #[error("TAG_ASSERTION_INFO: signature algorithm not the expected one (UAF §3.4.6.5)")]
    SignatureAlgorithmMismatch,
    /// The public-key format is not the one in metadata.
    #[error("TAG_ASSERTION_INFO: public key format not the one in metadata (UAF §3.4.6.5)")]
    PublicKeyFormatMismatch,
    /// The KeyID has not 32..=2048 bytes.
    #[error("TAG_KEYID: not 32..=2048 bytes (UAF §3.1.5)")]
    KeyIdLength,
    /// The registration counter is exceedingly high.
    #[error("TAG_COUNTERS: registration counter exceedingly high (UAF §3.4.6.5)")]
    RegCounterTooHigh,
    /// The public key is not one of its format and algorithm.
    #[error("TAG_PUB_KEY: not a key of its format and algorithm (FIDO Registry §3.6.2)")]
    PublicKeyInvalid,

    // Attestation, UAF §3.4.6.5 step 4 and RFC 5280 §6.
    /// The attestation type is not one that metadata lists and we accept.
    #[error("attestation: type not in metadata or not accepted (UAF §3.4.6.5)")]
    AttestationTypeNotAccepted,
    /// An attestation type that is decoded and not verified here.
    #[error("attestation: {} is not verified by this server (UAF §3.4.6.5)", kind.name())]
    AttestationNotSupported {
        /// The type.
        kind: AttestationType,
    },
    /// The policy prefers another attestation that this authenticator can give.
    #[error("attestation: not the type that the policy prefers (UAF §3.4.6.5)")]
    AttestationNotPreferred,
    /// An attestation with certificates, but metadata lists no root.
    #[error("attestation: certificates without attestationRootCertificates in metadata (UAF §3.4.6.5)")]
    AttestationRootsMissing,
    /// Basic Surrogate, but metadata lists roots.
    #[error("attestation: Basic Surrogate though metadata lists roots (UAF §3.4.6.5)")]
    SurrogateWithRoots,
    /// The certificate path does not lead to a listed root.
    #[error("attestation path: {0}")]
    TrustPath(#[from] crate::trust::TrustRule),
    /// The attestation signature is wrong.
    #[error("attestation: signature over KRD wrong (UAF §3.4.6.5)")]
    AttestationSignatureInvalid,

    // Authentication, UAF §3.5.7.5.
    /// This user has no such key.
    #[error("TAG_KEYID: no such key of this user (UAF §3.5.7.5)")]
    KeyIdUnknown,
    /// The key is suspended or revoked.
    #[error("credential: suspended or revoked")]
    CredentialNotActive,
    /// The signature counter did not advance.
    #[error("TAG_COUNTERS: signature counter did not advance (UAF §3.5.7.5)")]
    CounterNotGreater,
    /// We asked for a transaction and the authenticator showed none.
    #[error("TAG_ASSERTION_INFO: a transaction was asked for and mode is not 2 (UAF §3.5.7.5)")]
    TransactionNotConfirmed,
    /// We asked for no transaction and the authenticator confirmed one.
    #[error(
        "TAG_ASSERTION_INFO: mode 2 or a transaction hash though no transaction was asked for (UAF §3.5.7.5)"
    )]
    TransactionNotAsked,
    /// The hash is not the one of the transaction that we asked for.
    #[error("TAG_TRANSACTION_CONTENT_HASH: not the hash of the transaction (UAF §3.5.7.5)")]
    TransactionHashMismatch,
    /// The picture that was shown, or is to be shown, was drawn of another payment's text.
    #[error("transaction: a picture of another text than the payment's (UAF §3.5.1)")]
    PictureOfOtherText,
    /// The signature is wrong.
    #[error("TAG_SIGNATURE: wrong (UAF §3.5.7.5)")]
    SignatureInvalid,

    // The scheme WAV1CBOR, experimental.
    /// A rule of the scheme `WAV1CBOR`, which is experimental and off by default.
    #[error("{0}")]
    Wav1Cbor(#[from] crate::uaf::wav1cbor::Wav1CborRule),

    // Conditions of transitions.
    /// The (AAID, KeyID) is registered already.
    #[error("credential: (AAID, KeyID) already registered (UAF §3.4.6.5)")]
    KeyAlreadyRegistered,
    /// The user has as many keys as one may have.
    #[error(
        "credential: the user would have more than {} keys that are not revoked",
        crate::limits::CREDENTIALS_MAX
    )]
    CredentialsExhausted,
    /// An identifier is in use: draw another.
    #[error("identifier: already in use")]
    IdentifierTaken,
    /// The tenant has no such credential.
    #[error("credential: unknown")]
    CredentialUnknown,
    /// The credential was revoked: that is for ever.
    #[error("credential: revoked, and a revoked key cannot come back")]
    CredentialRevoked,
    /// The tenant has no such consent.
    #[error("consent: unknown")]
    ConsentUnknown,
    /// The person has more payments than one commit erases.
    #[error(
        "user: more than {} payments are to be erased first",
        crate::limits::PAYMENTS_ERASED_AT_ONCE
    )]
    ErasureUnfinished,
    /// As many challenges were issued for the session or payment as one may have.
    #[error(
        "challenge: {} were issued for this session or payment, the most that it may have",
        crate::limits::CHALLENGES_MAX
    )]
    ChallengesExhausted,
    /// There is no such session for this user.
    #[error("session: unknown")]
    SessionUnknown,
    /// The session served its purpose already.
    #[error("session: already used")]
    SessionCompleted,
    /// The session was ended before it was used: a device was lost, or consent was withdrawn.
    #[error("session: canceled")]
    SessionCanceled,
    /// The session is too old.
    #[error("session: expired")]
    SessionExpired,
    /// The session is too young to be forgotten.
    #[error("session: still kept")]
    SessionKept,
    /// The tenant or user has no such payment.
    #[error("payment: unknown")]
    PaymentUnknown,
    /// The payment cannot move this way.
    #[error("payment: cannot move from {from:?} to {to:?}")]
    PaymentTransition {
        /// Where it is.
        from: PaymentStatus,
        /// Where it was to go.
        to: PaymentStatus,
    },
    /// The payment is too old to be signed.
    #[error("payment: expired")]
    PaymentExpired,
    /// The payment may not expire yet.
    #[error("payment: not expired yet")]
    PaymentNotExpired,
    /// What is recorded of the payment is not what its buyer signed.
    #[error("payment: its record is not what was signed (RTS 2018/389 Art. 5)")]
    PaymentDrifted,
    /// More is to be captured than was authorised.
    #[error("amount: more than was authorised")]
    CaptureTooLarge,
    /// Nothing was captured that could be refunded.
    #[error("payment: nothing was captured that could be refunded")]
    PaymentNotCaptured,
    /// More is to be refunded than is left of what was captured.
    #[error("amount: more than is left to refund")]
    RefundTooLarge,
    /// The tenant has no such refund.
    #[error("refund: unknown")]
    RefundUnknown,
    /// The processor answered a question that is not open, or not any more.
    #[error("attempt: not the one that is open")]
    AttemptNotPending,
    /// The tenant has no such API key.
    #[error("API key: unknown")]
    ApiKeyUnknown,
    /// The API key was revoked, has expired, or was rolled already.
    #[error("API key: revoked, expired or rolled")]
    ApiKeyNotActive,
    /// The tenant has as many API keys as one may have.
    #[error("API key: the tenant has as many as one may have")]
    ApiKeysExhausted,
    /// The key under which the request came was revoked, or its time was over, before it took effect.
    #[error("API key of the caller: revoked or expired")]
    CallerKeyOver,
    /// The idempotency key stands for another request.
    #[error("idempotency key: it was used for another request")]
    IdempotencyKeyReused,
    /// There is no such idempotency record.
    #[error("idempotency key: unknown")]
    IdempotencyKeyUnknown,
    /// The idempotency record is too young to be forgotten.
    #[error("idempotency key: still kept")]
    IdempotencyKeyKept,
    /// The ceremony is too young to be forgotten.
    #[error("ceremony: still kept")]
    CeremonyKept,

    // What a provider or an operator gave us.
    /// An identifier is not of its form.
    #[error("{kind}: not of its form")]
    IdentifierInvalid {
        /// Which one.
        kind: &'static str,
    },
    /// A credential's name that is not 1..=64 characters, or has controls or white space at the ends.
    #[error("name: not 1..=64 characters without control characters and without white space at the ends")]
    CredentialNameInvalid,
    /// A version of a text of consent that is not 1..=64 characters, or has controls or white space at the ends.
    #[error("version: not 1..=64 characters without control characters and without white space at the ends")]
    ConsentVersionInvalid,
    /// Not a language tag.
    #[error("language: not a language tag of at most 35 characters, such as en or zh-Hans (RFC 5646)")]
    LanguageTagInvalid,
    /// Not a SHA-256 in hexadecimal digits.
    #[error("text_sha256: not 64 hexadecimal digits")]
    TextHashInvalid,
    /// An agreement of more than a day ago, or of more than five minutes ahead.
    #[error("agreed_at: more than a day ago, or more than five minutes ahead")]
    ConsentTimeOutOfRange,
    /// A step-up policy with a criterion that does not name AAID and KeyIDs, or without any.
    #[error("step-up policy: every accepted item names AAID and KeyID (UAF §3.5.7.1)")]
    StepUpWithoutKeys,
    /// Not an ISO 4217 code of a currency with minor units.
    #[error("currency: not an ISO 4217 code of a currency that can be paid in")]
    CurrencyUnknown,
    /// Zero, or more than twelve digits.
    #[error("amount: not 1..=999999999999 minor units")]
    AmountOutOfRange,
    /// The payee's name cannot be shown as it is.
    #[error("payee: {0}")]
    PayeeInvalid(NameFlaw),
    /// The order reference cannot be shown as it is.
    #[error("order: {0}")]
    OrderInvalid(NameFlaw),
    /// The text is not ASCII, and no picture of it was drawn.
    #[error(
        "transaction text: not ASCII, so it can be shown as a picture only, and there is none (UAF §3.5.1)"
    )]
    PictureMissing,
    /// Payee and order together leave no room on the line that is signed.
    #[error(
        "transaction text: {chars} characters, of which an authenticator shows {}: shorten order or payee (UAF §3.5.1)",
        crate::limits::TRANSACTION_TEXT_CHARS_MAX
    )]
    TransactionTextTooLong {
        /// How long the text would be.
        chars: usize,
    },
    /// A payment that waits for less than a minute or more than a day.
    #[error("lifetime: not 60..=86400 seconds")]
    LifetimeOutOfRange,
    /// Not the address of a page.
    #[error(
        "address: not 1..=512 printable ASCII characters of an absolute https address, or of http on localhost, \
         127.0.0.1 or [::1], without fragment, user name and password"
    )]
    WebAddressInvalid,
    /// More than 500 characters.
    #[error("description: more than 500 characters")]
    DescriptionTooLong,
    /// None of the user's authenticators shows the picture that the payment was created with.
    #[error("transaction: its picture is none that a display of the user's keys shows (UAF §3.5.7.1)")]
    PictureNotShown,
    /// The user has no active key, or none whose authenticator can show the transaction's text.
    #[error("user: no active key that could answer this request")]
    NoUsableCredential,
    /// The key for `serverData` is shorter than 32 bytes.
    #[error("server key: shorter than 32 bytes")]
    ServerKeyTooShort,
    /// A configured TLS certificate does not decode.
    #[error("channel binding: a configured certificate is not an X.509 certificate in DER")]
    ChannelCertificateInvalid,
    /// A metadata statement contradicts itself or another.
    #[error("metadata {aaid}: {rule}")]
    MetadataInvalid {
        /// The AAID of the statement.
        aaid: smile_protocol::uaf::identity::Aaid,
        /// What is wrong.
        rule: &'static str,
    },
}
