//! What the server says of a message (Transport §3.1).

use serde::{Deserialize, Serialize};

use crate::error::ProtocolError;
use crate::json::{FromJson, Node};

/// Declares the status codes with their meaning.
macro_rules! status_codes {
    ($($(#[$meta:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// What the server says of a message (Transport §3.1.3).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u16", into = "u16")]
        #[non_exhaustive]
        pub enum UafStatusCode {
            $($(#[$meta])* $variant,)+
        }

        impl UafStatusCode {
            /// Every status code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number that travels.
            #[must_use]
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// A short description for people.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

status_codes! {
    /// The operation completed.
    Ok = 1200, "OK";
    /// The message was accepted, the operation is not complete.
    Accepted = 1202, "accepted";
    /// The server did not understand the message.
    BadRequest = 1400, "bad request";
    /// The user has to be authenticated to do this.
    Unauthorized = 1401, "unauthorized";
    /// The user may not do this.
    Forbidden = 1403, "forbidden";
    /// Nothing is there.
    NotFound = 1404, "not found";
    /// The message came too late.
    RequestTimeout = 1408, "request timeout";
    /// The server has no metadata for the authenticator's model.
    UnknownAaid = 1480, "unknown AAID";
    /// The key is not registered for this user.
    UnknownKeyId = 1481, "unknown KeyID";
    /// The channel binding is missing or wrong.
    ChannelBindingRefused = 1490, "channel binding refused";
    /// The request was not issued, was already answered or has expired.
    RequestInvalid = 1491, "request invalid";
    /// The authenticator is not one that the policy accepts.
    UnacceptableAuthenticator = 1492, "unacceptable authenticator";
    /// The authenticator is known to be compromised.
    RevokedAuthenticator = 1493, "revoked authenticator";
    /// The key's form or length is not accepted.
    UnacceptableKey = 1494, "unacceptable key";
    /// The algorithm is not accepted.
    UnacceptableAlgorithm = 1495, "unacceptable algorithm";
    /// The attestation is not accepted.
    UnacceptableAttestation = 1496, "unacceptable attestation";
    /// The client cannot do what is required.
    UnacceptableClientCapabilities = 1497, "unacceptable client capabilities";
    /// The message's content breaks a rule.
    UnacceptableContent = 1498, "unacceptable content";
    /// The server failed.
    InternalServerError = 1500, "internal server error";
}

impl TryFrom<u16> for UafStatusCode {
    type Error = crate::registry::UnknownCode;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        let known = Self::ALL.iter().copied().find(|status| status.code() == code);
        known.ok_or(crate::registry::UnknownCode {
            what: "UAF status code",
            code,
        })
    }
}

impl From<UafStatusCode> for u16 {
    fn from(status: UafStatusCode) -> Self {
        status.code()
    }
}

impl FromJson for UafStatusCode {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Self::try_from(u16::from_json(node)?).map_err(|_| node.refuse("is not a UAF status code"))
    }
}
