//! The `UAFV1TLV` assertion scheme (Commands §5.2): what an authenticator signs.

mod arrangement;
pub mod authentication;
pub mod extension;
pub mod info;
pub mod krd;
pub mod registration;
pub mod signed_data;
pub mod tags;
pub mod tlv;

/// The name of this scheme in `assertionScheme` members (UAF §5.1).
pub const UAFV1TLV: &str = "UAFV1TLV";

#[cfg(test)]
mod tests;
