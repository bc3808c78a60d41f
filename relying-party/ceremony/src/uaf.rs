//! The UAF ceremonies. Registration and authentication have the same states in the same order.

pub mod authentication;
pub mod channel;
pub(crate) mod counter;
pub mod deregistration;
mod envelope;
pub mod registration;
pub mod wav1cbor;
