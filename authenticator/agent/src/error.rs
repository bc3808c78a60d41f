//! Why a command ends without success, and with which exit code.

use std::path::{Path, PathBuf};

use smile_authenticator::AuthenticatorError;
use smile_protocol::uaf::transport::ErrorCode;

/// Everything that can stop a command, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The arguments contradict each other or name something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// The configuration file was not accepted.
    #[error("{}: {rule}", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        rule: String,
    },
    /// The home is held by another process that is no running agent, or one that cannot be spoken to.
    #[error(
        "the home {} is in use by another process that takes no orders: wait for it, or stop it",
        home.display()
    )]
    HomeInUse {
        /// The home.
        home: PathBuf,
    },
    /// A file of the agent's failed.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The agent cannot listen.
    #[error("cannot listen on port {port}: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The weights or the face networks could not be had.
    #[error("{0}")]
    Weights(#[from] smile_weights::WeightsError),
    /// The face networks could not be loaded.
    #[error("face networks: {0}")]
    Engine(#[from] smile_face::EngineError),
    /// The relying party cannot be reached.
    #[error("{url}: {reason}")]
    Network {
        /// What was asked for.
        url: String,
        /// Why there is no answer.
        reason: String,
    },
    /// There is no TLS with the relying party: nothing of the user's was sent.
    #[error("{url}: {cause}")]
    Tls {
        /// What was asked for.
        url: String,
        /// Why.
        cause: crate::tls::TlsError,
    },
    /// The relying party refused, with its UAF status code (Transport §3.1).
    #[error("the server refused with status {status}: {rule}")]
    Refused {
        /// The status code.
        status: u64,
        /// The rule it names, if it names one.
        rule: String,
    },
    /// The authenticator refused.
    #[error("{0}")]
    Authenticator(AuthenticatorError),
    /// An operation on a page ended without a response.
    #[error("ended without a response: {code}")]
    Ended {
        /// Its code.
        code: String,
        /// The code of UAF.
        uaf: ErrorCode,
    },
    /// The agent is at something else.
    #[error("the agent does one thing at a time, and an operation is under way")]
    Busy,
    /// The machine failed.
    #[error("{0}")]
    Internal(String),
    /// The running agent, which a command spoke to, said why not.
    #[error("{message}")]
    FromAgent {
        /// Its code.
        code: String,
        /// In words.
        message: String,
        /// The exit code that it would have had.
        exit: u8,
    },
    /// Something is not as `doctor` wants it.
    #[error("{0} checks failed")]
    Doctor(usize),
}

impl From<AuthenticatorError> for AgentError {
    fn from(error: AuthenticatorError) -> Self {
        match error {
            AuthenticatorError::HomeInUse { home } => Self::HomeInUse { home },
            other => Self::Authenticator(other),
        }
    }
}

/// Exit codes, as docs/agent.md lists them.
pub mod exit {
    /// Something else failed: the disk, the machine.
    pub const FAILURE: u8 = 1;
    /// The arguments are wrong.
    pub const USAGE: u8 = 2;
    /// The user, the authenticator or the server said no.
    pub const REJECTED: u8 = 3;
    /// Locked after too many faces that did not match.
    pub const LOCKOUT: u8 = 4;
    /// Configuration, home or weights are not as they must be.
    pub const CONFIG: u8 = 5;
    /// No answer from the network, or none that can be trusted.
    pub const NETWORK: u8 = 6;
}

impl AgentError {
    /// A failure of a file.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Config { .. }
            | Self::HomeInUse { .. }
            | Self::Weights(_)
            | Self::Engine(_)
            | Self::Doctor(_) => exit::CONFIG,
            Self::File { .. } | Self::Listen { .. } | Self::Internal(_) => exit::FAILURE,
            Self::Network { .. } | Self::Tls { .. } => exit::NETWORK,
            Self::Refused { .. } | Self::Busy => exit::REJECTED,
            Self::FromAgent { exit, .. } => *exit,
            Self::Ended { uaf, .. } => of_uaf(*uaf),
            Self::Authenticator(error) => match error {
                AuthenticatorError::HomeOfAnotherAaid { .. }
                | AuthenticatorError::HomeOfAnotherAttestation { .. }
                | AuthenticatorError::SealingKind { .. }
                | AuthenticatorError::KeyFileMissing { .. }
                | AuthenticatorError::KeyFilePermissions { .. }
                | AuthenticatorError::KeyFileLength { .. }
                | AuthenticatorError::KeyFileZeroed { .. }
                | AuthenticatorError::PassphraseTooShort { .. }
                | AuthenticatorError::SealingKeyWrong
                | AuthenticatorError::Sealed { .. } => exit::CONFIG,
                AuthenticatorError::Io { .. } | AuthenticatorError::Randomness => exit::FAILURE,
                other => of_uaf(other.code()),
            },
        }
    }

    /// The codes that commands have beside those with which an operation ends.
    pub const CODES: &[&str] = &[
        "usage",
        "config_invalid",
        "home_in_use",
        "home_unusable",
        "file",
        "listen",
        "weights",
        "face_networks",
        "network",
        "server_untrusted",
        "server_refused",
        "operation_busy",
        "version_differs",
        "agent_gone",
        "doctor",
        "internal",
    ];

    /// The stable code, for `--json`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "usage",
            Self::Config { .. } => "config_invalid",
            Self::HomeInUse { .. } => "home_in_use",
            Self::File { .. } => "file",
            Self::Listen { .. } => "listen",
            Self::Weights(_) => "weights",
            Self::Engine(_) => "face_networks",
            Self::Network { .. } => "network",
            Self::Tls { .. } => "server_untrusted",
            Self::Refused { .. } => "server_refused",
            Self::Authenticator(_) if self.exit_code() == exit::CONFIG => "home_unusable",
            Self::Authenticator(error) => crate::session::outcome::code_of(error),
            Self::Ended { code, .. } => code,
            Self::Busy => "operation_busy",
            Self::Internal(_) => "internal",
            Self::FromAgent { code, .. } => code,
            Self::Doctor(_) => "doctor",
        }
    }
}

fn of_uaf(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::UserLockout => exit::LOCKOUT,
        _ => exit::REJECTED,
    }
}

#[cfg(test)]
mod tests {
    use smile_face::FaceEngine;

    use super::AgentError;

    #[test]
    fn networks_that_do_not_load_are_told_from_weights_that_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("network");
        std::fs::write(&file, b"no network").unwrap();
        let Err(error) = FaceEngine::load(&file, &file) else {
            panic!("it was loaded");
        };
        let error = AgentError::from(error);
        assert_eq!((error.code(), error.exit_code()), ("face_networks", 5), "{error}");
        assert!(error.to_string().starts_with("face networks: "), "{error}");
    }
}
