//! WebAuthn and CTAP2 structures in CBOR: authenticator data, attestation objects and assertions (WebAuthn §6.1,
//! §6.5.4; CTAP2 §6.2). Decoding is strict: CTAP2's canonical CBOR, every member known, no bytes after the end.

pub mod aaguid;
pub mod algorithm;
pub mod assertion;
pub mod attestation_object;
pub mod authenticator_data;
pub(crate) mod cbor;

#[cfg(test)]
mod tests;
