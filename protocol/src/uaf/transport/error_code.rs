//! What the client tells the application of an operation (Transport §4.5).

use crate::uaf::asm::AsmStatusCode;
use crate::uaf::outcomes::outcomes;

outcomes! {
    /// What the client tells the application (Transport §4.5).
    ErrorCode {
        /// Success.
        NoError = 0x00;
        /// The user has to act before the operation can go on.
        WaitUserAction = 0x01;
        /// The caller did not come by a protected channel.
        InsecureTransport = 0x02;
        /// The user declined.
        UserCancelled = 0x03;
        /// No version of the message is supported.
        UnsupportedVersion = 0x04;
        /// No authenticator meets the policy.
        NoSuitableAuthenticator = 0x05;
        /// The message breaks the protocol.
        ProtocolError = 0x06;
        /// The caller is no trusted facet of the application.
        UntrustedFacetId = 0x07;
        /// The key is gone for good.
        KeyDisappearedPermanently = 0x09;
        /// Access to the key is denied.
        AuthenticatorAccessDenied = 0x0C;
        /// The transaction cannot be shown.
        InvalidTransactionContent = 0x0D;
        /// The user took too long.
        UserNotResponsive = 0x0E;
        /// The authenticator lacks resources.
        InsufficientAuthenticatorResources = 0x0F;
        /// The user is locked out.
        UserLockout = 0x10;
        /// The user is not enrolled.
        UserNotEnrolled = 0x11;
        /// Anything else.
        Unknown = 0xFF;
    }
}

impl From<AsmStatusCode> for ErrorCode {
    /// Transport §4.5 describes its codes in the words of ASM §3.2.2.
    fn from(status: AsmStatusCode) -> Self {
        match status {
            AsmStatusCode::Ok => Self::NoError,
            AsmStatusCode::AccessDenied => Self::AuthenticatorAccessDenied,
            AsmStatusCode::UserCancelled => Self::UserCancelled,
            AsmStatusCode::CannotRenderTransactionContent => Self::InvalidTransactionContent,
            AsmStatusCode::KeyDisappearedPermanently => Self::KeyDisappearedPermanently,
            AsmStatusCode::AuthenticatorDisconnected => Self::NoSuitableAuthenticator,
            AsmStatusCode::UserNotResponsive => Self::UserNotResponsive,
            AsmStatusCode::InsufficientAuthenticatorResources => Self::InsufficientAuthenticatorResources,
            AsmStatusCode::UserLockout => Self::UserLockout,
            AsmStatusCode::UserNotEnrolled => Self::UserNotEnrolled,
            AsmStatusCode::Error => Self::Unknown,
        }
    }
}
