//! The relying party's rules for FIDO ceremonies, without input or output.
//!
//! Time is an argument (`now_ms`, unix milliseconds), randomness is an argument ([`random::RandomSource`]),
//! storage is a value to commit ([`transition::Transition`]). One ceremony in a straight line:
//!
//! ```text
//! begin(user, now, rng)           → (request, PendingCeremony)      commit Begin
//! Received::decode(message)       → who presents which ceremony     commit Take → TakenCeremony
//! HeaderAccepted → FcParamsAccepted → per assertion: AaidAccepted → KrdAccepted | SignedDataAccepted
//!   → AttestationVerified | SignatureVerified → VerifiedRegistration | VerifiedAuthentication
//!                                                                   commit Register | Authenticate | Authorise
//! CeremonyError → UafStatusCode
//! ```
//! Every "verified" is a type that only its check can make.

pub mod binary;
pub mod error;
pub mod facets;
pub mod identifier;
pub mod limits;
pub mod metadata;
pub mod payment;
pub mod policy;
pub mod random;
pub mod record;
pub mod relying_party;
pub mod secret;
pub mod server_data;
pub mod signature;
pub mod status;
pub mod transition;
pub mod trust;
pub mod uaf;
pub mod web_address;
