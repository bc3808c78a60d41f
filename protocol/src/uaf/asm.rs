//! What a UAF client and an authenticator-specific module say to each other (ASM §3).

mod information;
mod request;
mod response;
mod status;

pub use information::AuthenticatorInfo;
pub use request::{AsmOperation, AsmRequest, AuthenticateIn, DeregisterIn, RegisterIn};
pub use response::{AppRegistration, AsmOutput, AsmResponse, AssertionOut};
pub use status::AsmStatusCode;

#[cfg(test)]
mod tests;
