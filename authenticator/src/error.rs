//! Why this crate refuses, and the one code that an app or a relying party learns of it.

mod status;

use std::io;
use std::path::{Path, PathBuf};

use smile_face::{EnrolmentError, MatchError};
use smile_protocol::ProtocolError;
use smile_protocol::uaf::transport::ErrorCode;

use crate::authenticator::AttestationMode;

/// What can go wrong, in the order in which a ceremony meets it.
///
/// The message is for the log of this device; what goes to the relying party is [`AuthenticatorError::code`]
/// and nothing else. No variant says how close a face came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticatorError {
    // The home and what is sealed in it.
    /// Another process holds the home's lock.
    #[error("home {home:?} is in use by another process")]
    HomeInUse {
        /// The home.
        home: PathBuf,
    },
    /// The home was made by an authenticator of another model.
    #[error("this home belongs to the authenticator model {found}, not {expected}: choose another home")]
    HomeOfAnotherAaid {
        /// The AAID in the home's header.
        found: String,
        /// The AAID of the configuration.
        expected: String,
    },
    /// The home was made by an authenticator that vouches for its keys otherwise.
    #[error("this home's attestation is {found:?}, not {expected:?}: name the one that it was made with")]
    HomeOfAnotherAttestation {
        /// The attestation of the home.
        found: AttestationMode,
        /// That of the configuration.
        expected: AttestationMode,
    },
    /// The home was sealed the other way.
    #[error("this home is sealed with {sealed_with}, and the configuration names the other kind")]
    SealingKind {
        /// `a passphrase` or `a key file`.
        sealed_with: &'static str,
    },
    /// The home has a header but its key file is gone.
    #[error("the key file {path:?} is missing; without it what is sealed here stays sealed")]
    KeyFileMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key file can be read by others, or its permissions cannot be known.
    #[error("the key file {path:?} has mode {mode:03o}; it must be a file of its owner alone (chmod 600)")]
    KeyFilePermissions {
        /// The key file.
        path: PathBuf,
        /// Its mode, or 0 where the system has none.
        mode: u32,
    },
    /// The key file does not hold 32 bytes.
    #[error("the key file {path:?} does not hold 32 bytes")]
    KeyFileLength {
        /// The key file.
        path: PathBuf,
    },
    /// The key file was overwritten with zeros.
    #[error(
        "the key file {path:?} holds nothing but zeros; without its key what is sealed here stays sealed"
    )]
    KeyFileZeroed {
        /// The key file.
        path: PathBuf,
    },
    /// The passphrase of a new home is too short.
    #[error("the passphrase is shorter than {minimum} bytes")]
    PassphraseTooShort {
        /// The least length in bytes.
        minimum: usize,
    },
    /// The passphrase or the key file is not the one that this home was sealed with.
    #[error("this home does not open with this passphrase or key file")]
    SealingKeyWrong,
    /// A sealed file is altered, moved, truncated or not of this version.
    #[error("sealed file `{name}`: {rule}")]
    Sealed {
        /// The file's name within the home.
        name: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The disk failed.
    #[error("cannot {action} {path:?}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// The attestation certificates could not be built.
    #[error("the attestation certificates could not be built")]
    AttestationCertificate,
    /// The home holds as many keys as it may.
    #[error("this home already holds {limit} keys")]
    TooManyKeys {
        /// The limit.
        limit: usize,
    },
    /// A counter reached its last value; the key must be replaced.
    #[error("a counter has reached 2^32 - 1")]
    CounterExhausted,

    // Enrolment.
    /// A face is enrolled already; `erase` removes it together with its keys.
    #[error("a face is enrolled already; erase it, and its keys with it, to enrol another")]
    AlreadyEnrolled,
    /// Enrolment did not get the frames it needs.
    #[error("{0}")]
    Enrolment(EnrolmentError),

    // The client (UAF §3.4.6.2, §3.5.7.2; Transport §4.5).
    /// The message is not a UAF message.
    #[error("UAF message: {0}")]
    Message(#[from] ProtocolError),
    /// No object of the message has a version that this client speaks.
    #[error("UAF message: no version in common")]
    UnsupportedVersion,
    /// The app's facet is not one of those that the AppID lists.
    #[error("facet `{facet_id}` is not trusted by AppID `{app_id}`: {rule}")]
    UntrustedFacet {
        /// The calling app's facet.
        facet_id: String,
        /// The AppID it claims.
        app_id: String,
        /// The rule (AppID and Facets §3.1.2).
        rule: &'static str,
    },
    /// The trusted facet list came, or would have come, over a channel that is not TLS.
    #[error("the trusted facet list of `{app_id}` is not served over TLS")]
    InsecureTransport {
        /// The AppID.
        app_id: String,
    },
    /// The policy does not accept this authenticator, or asks for a key that it does not have.
    #[error("the policy accepts no authenticator that is here")]
    NoSuitableAuthenticator,

    // The commands (Commands §6) and the ASM (ASM §3).
    /// A command breaks a rule that its bytes do not show.
    #[error("command: {rule}")]
    CommandParams {
        /// The rule.
        rule: &'static str,
    },
    /// The ASM has no authenticator with this index.
    #[error("there is no authenticator with index {index}")]
    UnknownAuthenticator {
        /// The index.
        index: u16,
    },
    /// The authenticator has no settings of its own.
    #[error("this authenticator has no settings of its own")]
    SettingsNotSupported,
    /// The user verification token is worth nothing here.
    #[error("user verification token: {rule}")]
    VerificationToken {
        /// The rule.
        rule: &'static str,
    },

    // Transaction and user verification.
    /// A transaction is to be confirmed, and there is no screen for it.
    #[error("there is no display for a transaction")]
    NoTransactionDisplay,
    /// The transaction cannot be shown faithfully.
    #[error("transaction content: {rule}")]
    TransactionContent {
        /// The rule.
        rule: &'static str,
    },
    /// The user declined, or closed the camera.
    #[error("the user cancelled")]
    Cancelled,
    /// The user did not answer.
    #[error("the user did not answer in time")]
    NotResponsive,
    /// No face is enrolled.
    #[error("no face is enrolled")]
    NotEnrolled,
    /// Too many faces in a row did not match.
    #[error("locked after repeated failures; try again in {retry_after_ms} ms")]
    LockedOut {
        /// Milliseconds until the next attempt.
        retry_after_ms: u64,
    },
    /// The picture never became usable: nobody there, too dark, and so on. Nothing was judged.
    #[error("no usable picture of a face: {0}")]
    NoUsableFrame(MatchError),
    /// The template was made by another face network.
    #[error("the enrolled face was taken by another model version: erase and enrol again")]
    StaleTemplate,
    /// The camera or the face networks failed. Nothing was judged.
    #[error("{0}")]
    FaceRoom(MatchError),
    /// It could not be confirmed that it is the enrolled user; a later liveness check will say no more.
    #[error("could not confirm that it is you")]
    NotConfirmed,

    // The keys.
    /// The key is gone, damaged, or belongs to an erased enrolment. It will not come back.
    #[error("the key is gone for good; register again")]
    KeyDisappeared,
    /// The key belongs to another caller, application or persona.
    #[error("this caller has no access to the key")]
    KeyAccessDenied,
    /// The data to sign are not those that the user was verified for.
    #[error("the data to sign are not those that the user was verified for")]
    NotWhatWasVerified,
    /// The request asks for an attestation that this authenticator does not make.
    #[error("attestation type 0x{code:04X} is not supported")]
    AttestationNotSupported {
        /// The tag asked for.
        code: u16,
    },
}

/// The error of [`crate::client::UafClient::process`].
pub type ClientError = AuthenticatorError;

impl AuthenticatorError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// An error of the matcher other than "not confirmed".
    pub(crate) fn from_unjudged(error: MatchError) -> Self {
        match error {
            MatchError::TooFewFrames { .. } => Self::NoUsableFrame(error),
            MatchError::StaleTemplate => Self::StaleTemplate,
            MatchError::NotConfirmed => Self::NotConfirmed,
            other => Self::FaceRoom(other),
        }
    }

    /// The code for the app and the relying party (Transport §4.5). The only place that decides it for a
    /// client in this process; a client behind the ASM's JSON gets what [`AuthenticatorError::asm_status`]
    /// leaves of it (UAF §3.4.6.2.1), and the two differ only where this one says more.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoUsableFrame(_) => ErrorCode::WaitUserAction,
            Self::InsecureTransport { .. } => ErrorCode::InsecureTransport,
            Self::Cancelled => ErrorCode::UserCancelled,
            Self::UnsupportedVersion => ErrorCode::UnsupportedVersion,
            Self::NoSuitableAuthenticator
            | Self::UnknownAuthenticator { .. }
            | Self::AttestationNotSupported { .. } => ErrorCode::NoSuitableAuthenticator,
            Self::Message(_) => ErrorCode::ProtocolError,
            Self::UntrustedFacet { .. } => ErrorCode::UntrustedFacetId,
            Self::KeyDisappeared => ErrorCode::KeyDisappearedPermanently,
            Self::VerificationToken { .. }
            | Self::NoTransactionDisplay
            | Self::NotConfirmed
            | Self::KeyAccessDenied
            | Self::NotWhatWasVerified => ErrorCode::AuthenticatorAccessDenied,
            Self::TransactionContent { .. } => ErrorCode::InvalidTransactionContent,
            Self::NotResponsive => ErrorCode::UserNotResponsive,
            Self::TooManyKeys { .. } | Self::CounterExhausted => {
                ErrorCode::InsufficientAuthenticatorResources
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                ErrorCode::InsufficientAuthenticatorResources
            }
            Self::LockedOut { .. } => ErrorCode::UserLockout,
            Self::NotEnrolled | Self::StaleTemplate => ErrorCode::UserNotEnrolled,
            Self::HomeInUse { .. }
            | Self::HomeOfAnotherAaid { .. }
            | Self::HomeOfAnotherAttestation { .. }
            | Self::SealingKind { .. }
            | Self::KeyFileMissing { .. }
            | Self::KeyFilePermissions { .. }
            | Self::KeyFileLength { .. }
            | Self::KeyFileZeroed { .. }
            | Self::PassphraseTooShort { .. }
            | Self::SealingKeyWrong
            | Self::Sealed { .. }
            | Self::Io { .. }
            | Self::Randomness
            | Self::AttestationCertificate
            | Self::AlreadyEnrolled
            | Self::Enrolment(_)
            | Self::CommandParams { .. }
            | Self::SettingsNotSupported
            | Self::FaceRoom(_) => ErrorCode::Unknown,
        }
    }
}
