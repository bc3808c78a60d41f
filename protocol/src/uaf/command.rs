//! Authenticator commands (Commands §6): what an ASM sends to an authenticator, and what comes
//! back, as types and as TLV.
//!
//! Commands keep the normative order of their elements (Commands §4: the receiver may be very
//! small), so reading one and writing it gives the same bytes. Responses may come in any order
//! and are written in the order of the specification's tables. Elements that the tables do not
//! list may be appended; the critical ones are refused, the others are carried.

mod appended;
mod information;
mod request;
mod response;
mod status;
mod tokens;

pub use appended::{Appended, CommandExtension, USER_VERIFICATION_INDEX};
pub use information::{API_VERSION, AuthenticatorInfo, AuthenticatorType};
pub use request::{
    AuthenticatorCommand, DeregisterCommand, OpenSettingsCommand, RegisterCommand, SignCommand,
    TransactionInput, response_tag,
};
pub use response::{AccountKeyHandle, CommandOutcome, CommandResponse, RegisterOutput, SignOutput};
pub use status::{Command, CommandStatus, CommandStatusCode};
pub use tokens::{KeyHandleAccessToken, UserVerifyToken};

#[cfg(test)]
mod tests;
