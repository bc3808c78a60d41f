//! A FIDO UAF authenticator with face verification: it proves that the user is here, and signs.
//!
//! ```text
//! UAF message ─ client ─ asm ─ commands ─ face room ─ UserVerified ─ keys ─ signed assertion ─ UAF message
//!               facet    token  transaction shown      by value       counter on the disk first
//!               policy          before the camera      not Clone
//! ```
//!
//! Three faces on the same functions: [`client::UafClient`] takes UAF messages, [`asm::Asm`] the JSON of the ASM
//! interface, [`authenticator::Authenticator::process_command`] the TLV of the authenticator commands.
//!
//! A library: no sockets, no HTTP. The app brings a camera, a screen ([`transaction::TransactionDisplay`]),
//! and a way to fetch the list of trusted facets ([`client::facets::FacetFetcher`]).
//!
//! ```no_run
//! use smile_authenticator::authenticator::{Authenticator, AuthenticatorConfig};
//! use smile_authenticator::client::{UafClient, facets::NoFetch};
//! use smile_authenticator::room::InProcess;
//! use smile_authenticator::sealed::Sealing;
//! # fn example(
//! #     engine: smile_face::FaceEngine,
//! #     camera: &mut dyn smile_face::Camera,
//! #     display: &mut dyn smile_authenticator::transaction::TransactionDisplay,
//! #     uaf_message: &str,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let config = AuthenticatorConfig::new("home", Sealing::KeyFile("home.key".into()));
//! let mut authenticator = Authenticator::open(config, Box::new(InProcess::new(engine)))?;
//! authenticator.enrol(camera, &mut |guidance| println!("{guidance}"))?;
//!
//! let facet = "https://shop.example".parse()?;
//! let mut client = UafClient::new(&mut authenticator, facet, Box::new(NoFetch));
//! let response = client.process(uaf_message, camera, display)?;
//! # Ok(())
//! # }
//! ```
//!
//! What it does not do yet, and what an app must say: there is **no liveness check**, so a photo of the
//! enrolled person would pass; keys and templates are sealed in files, so whoever has both the home and
//! its sealing key has them; and an old copy of the home, or of one file under its own name, put back, brings
//! back its old counters and its old lockout. A lockout is measured by a clock that nobody can set while the
//! process lives; across a restart it is measured by the wall clock, and whoever may put that forward may end
//! it (deleting the record does not: that costs the longest wait).

pub mod asm;
mod attestation;
pub mod authenticator;
pub mod client;
pub mod clock;
mod commands;
#[cfg(test)]
mod conformance;
pub mod enrolment;
pub mod error;
pub mod keys;
pub mod lockout;
mod metadata;
mod registrations;
pub mod room;
pub mod sealed;
pub mod transaction;
pub mod user_verification;

// Tests stop at the first thing that is not as they say; that is what unwrap is for there.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod rehearsal;
#[cfg(test)]
mod secrets;

pub use authenticator::{AttestationMode, Authenticator, AuthenticatorConfig};
pub use client::UafClient;
pub use error::{AuthenticatorError, ClientError};
pub use sealed::Sealing;
