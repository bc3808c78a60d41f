//! What the FIDO specifications say, and nothing else: bytes and text on one side, typed
//! values on the other, and pure functions of messages. This crate has no clock, no random
//! numbers, no files, no sockets and no signatures; those belong to the rooms that use it.
//!
//! Citations name the UAF 1.1 Review Draft of 2016-07-09: "UAF §x" is the protocol
//! specification, "ASM §x", "Commands §x", "Transport §x", "Facets §x", "Registry §x" and
//! "Metadata §x" are its companions.
//!
//! Decoding is strict. What the specification lets a receiver ignore (unknown JSON members,
//! unknown non-critical tags) is ignored; everything else that is not exactly as written is
//! refused with a [`error::ProtocolError`] that names the field and the rule.

pub mod base64url;
pub mod error;
pub mod hash;
mod json;
pub mod key;
pub mod limits;
pub mod metadata;
pub mod registry;
pub mod trace;
pub mod uaf;
pub mod webauthn;

pub use error::ProtocolError;
