//! The same errors as statuses, for those who are not in this process (Commands §4.4, ASM §3.2.2).

#[cfg(test)]
mod tests;

use std::io;

use smile_protocol::uaf::asm::AsmStatusCode;
use smile_protocol::uaf::command::{Command, CommandStatusCode};

use super::AuthenticatorError;

impl AuthenticatorError {
    /// The status with which an authenticator command ends (Commands §4.4).
    pub fn command_status(&self) -> CommandStatusCode {
        use CommandStatusCode as Status;
        match self {
            Self::CommandParams { .. } => Status::ParamsInvalid,
            Self::SettingsNotSupported => Status::CmdNotSupported,
            Self::AttestationNotSupported { .. } => Status::AttestationNotSupported,
            // Commands §6.2.4, §6.3.4: verification fails, the token is not valid, no key is left.
            Self::VerificationToken { .. }
            | Self::NoTransactionDisplay
            | Self::NotConfirmed
            | Self::NotWhatWasVerified
            | Self::KeyAccessDenied => Status::AccessDenied,
            // A template of another network is to be taken again, like one that never was.
            Self::NotEnrolled | Self::StaleTemplate => Status::UserNotEnrolled,
            Self::TransactionContent { .. } => Status::CannotRenderTransactionContent,
            Self::Cancelled => Status::UserCancelled,
            Self::KeyDisappeared => Status::KeyDisappearedPermanently,
            // Nobody held a face to the camera that could be judged.
            Self::NotResponsive | Self::NoUsableFrame(_) => Status::UserNotResponsive,
            Self::TooManyKeys { .. } | Self::CounterExhausted => Status::InsufficientResources,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Status::InsufficientResources
            }
            Self::LockedOut { .. } => Status::UserLockout,
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
            | Self::Message(_)
            | Self::UnsupportedVersion
            | Self::UntrustedFacet { .. }
            | Self::InsecureTransport { .. }
            | Self::NoSuitableAuthenticator
            | Self::UnknownAuthenticator { .. }
            | Self::FaceRoom(_) => Status::ErrUnknown,
        }
    }

    /// What the ASM answers when `command` ended with this error (ASM §3.2.2).
    pub fn asm_status(&self, command: Command) -> AsmStatusCode {
        match self {
            // ASM §3.6.3, §3.7.4: the authenticator cannot be located.
            Self::UnknownAuthenticator { .. } => AsmStatusCode::AuthenticatorDisconnected,
            other => other.command_status().to_asm(command),
        }
    }
}
