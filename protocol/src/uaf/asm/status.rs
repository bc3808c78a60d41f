//! Outcomes of ASM requests (ASM §3.2).

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ToJson};
use crate::uaf::header::Upv;
use crate::uaf::outcomes::outcomes;

outcomes! {
    /// `UAF_ASM_STATUS_*` (ASM §3.2.1).
    AsmStatusCode {
        /// The request was served.
        Ok = 0x00;
        /// An unknown error.
        Error = 0x01;
        /// Access to the key is denied.
        AccessDenied = 0x02;
        /// The user cancelled.
        UserCancelled = 0x03;
        /// The transaction cannot be shown.
        CannotRenderTransactionContent = 0x04;
        /// The key is gone for good.
        KeyDisappearedPermanently = 0x09;
        /// The authenticator is disconnected.
        AuthenticatorDisconnected = 0x0B;
        /// The user took too long.
        UserNotResponsive = 0x0E;
        /// The authenticator lacks resources.
        InsufficientAuthenticatorResources = 0x0F;
        /// The user is locked out.
        UserLockout = 0x10;
        /// The user is not enrolled.
        UserNotEnrolled = 0x11;
    }
}

impl AsmStatusCode {
    /// The code as a client of `version` knows it: ASM 1.0 (§3.2 there) has the first four codes,
    /// and every other failure is its `ERROR`.
    #[must_use]
    pub fn in_version(self, version: Upv) -> Self {
        let known_to_1_0 = matches!(
            self,
            Self::Ok | Self::Error | Self::AccessDenied | Self::UserCancelled
        );
        if version == Upv::V1_0 && !known_to_1_0 {
            Self::Error
        } else {
            self
        }
    }
}

impl FromJson for AsmStatusCode {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        // ASM §3.2: a code that the client does not understand is treated as UAF_ASM_STATUS_ERROR.
        Ok(Self::from_code(u16::from_json(node)?).unwrap_or(Self::Error))
    }
}

impl ToJson for AsmStatusCode {
    fn to_json(&self) -> Value {
        self.code().into()
    }
}
