//! How commands end (Commands §4.4), and what the ASM makes of it (ASM §3.2.2).

use crate::uaf::asm::AsmStatusCode;
use crate::uaf::outcomes::outcomes;

outcomes! {
    /// `UAF_CMD_STATUS_*` (Commands §4.4).
    CommandStatusCode {
        /// Success.
        Ok = 0x00;
        /// An unknown error.
        ErrUnknown = 0x01;
        /// Access is denied.
        AccessDenied = 0x02;
        /// No user is enrolled, and the authenticator cannot start enrolment.
        UserNotEnrolled = 0x03;
        /// The transaction cannot be shown.
        CannotRenderTransactionContent = 0x04;
        /// The user cancelled.
        UserCancelled = 0x05;
        /// The command does not exist here.
        CmdNotSupported = 0x06;
        /// The attestation that was asked for does not exist here.
        AttestationNotSupported = 0x07;
        /// The command's arguments are malformed.
        ParamsInvalid = 0x08;
        /// The key is gone for good.
        KeyDisappearedPermanently = 0x09;
        /// The operation took too long for technical reasons.
        Timeout = 0x0A;
        /// The user took too long.
        UserNotResponsive = 0x0E;
        /// The authenticator lacks resources.
        InsufficientResources = 0x0F;
        /// The user is locked out.
        UserLockout = 0x10;
    }
}

/// The commands whose status the ASM maps (ASM §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Describe the authenticator.
    GetInfo,
    /// Make a key.
    Register,
    /// Sign with a key.
    Sign,
    /// Delete a key. The ASM of a bound authenticator without storage deletes its own record,
    /// so that "not supported" is a success.
    Deregister,
    /// Show the authenticator's own settings.
    OpenSettings,
}

impl CommandStatusCode {
    /// What the ASM answers when `command` ended so (ASM §3.2.2).
    #[must_use]
    pub const fn to_asm(self, command: Command) -> AsmStatusCode {
        match self {
            Self::Ok => AsmStatusCode::Ok,
            Self::AccessDenied => AsmStatusCode::AccessDenied,
            // Every key is protected by user verification, so a Sign without an enrolled user
            // is an internal error.
            Self::UserNotEnrolled if matches!(command, Command::Sign) => AsmStatusCode::AccessDenied,
            Self::UserNotEnrolled => AsmStatusCode::UserNotEnrolled,
            Self::CannotRenderTransactionContent => AsmStatusCode::CannotRenderTransactionContent,
            Self::UserCancelled => AsmStatusCode::UserCancelled,
            Self::CmdNotSupported if matches!(command, Command::Deregister) => AsmStatusCode::Ok,
            Self::KeyDisappearedPermanently => AsmStatusCode::KeyDisappearedPermanently,
            Self::UserNotResponsive => AsmStatusCode::UserNotResponsive,
            Self::InsufficientResources => AsmStatusCode::InsufficientAuthenticatorResources,
            Self::UserLockout => AsmStatusCode::UserLockout,
            Self::ErrUnknown
            | Self::CmdNotSupported
            | Self::AttestationNotSupported
            | Self::ParamsInvalid
            | Self::Timeout => AsmStatusCode::Error,
        }
    }
}

/// `TAG_STATUS_CODE` as it came: a receiver must not fail on the status of a later
/// specification (ASM §3.2.2, last row).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandStatus {
    /// A status of Commands §4.4.
    Listed(CommandStatusCode),
    /// Any other number.
    Unlisted(u16),
}

impl CommandStatus {
    /// The status with this number.
    #[must_use]
    pub fn from_code(code: u16) -> Self {
        CommandStatusCode::from_code(code).map_or(Self::Unlisted(code), Self::Listed)
    }

    /// The number that travels.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Listed(status) => status.code(),
            Self::Unlisted(code) => code,
        }
    }

    /// What the ASM answers when `command` ended so (ASM §3.2.2).
    #[must_use]
    pub const fn to_asm(self, command: Command) -> AsmStatusCode {
        match self {
            Self::Listed(status) => status.to_asm(command),
            Self::Unlisted(_) => AsmStatusCode::Error,
        }
    }
}

impl From<CommandStatusCode> for CommandStatus {
    fn from(status: CommandStatusCode) -> Self {
        Self::Listed(status)
    }
}

#[cfg(test)]
mod tests;
