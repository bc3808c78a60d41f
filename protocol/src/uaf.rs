//! FIDO UAF 1.0 and 1.1: messages, policies, assertions, transport, facets, ASM and commands.

pub mod asm;
pub mod assertion;
pub mod authentication;
pub mod challenge;
pub mod command;
pub mod deregistration;
pub mod facets;
pub mod header;
pub mod identity;
pub mod message;
mod outcomes;
pub mod policy;
pub mod registration;
pub mod transport;
pub mod wav1cbor;
