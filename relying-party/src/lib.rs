//! The server that a payment provider runs: it asks for a signature over a payment and checks it.
//!
//! The rules of every ceremony live in `smile-ceremony`, without input or output. This crate gives them
//! a clock, randomness, a durable store and an HTTP interface:
//!
//! - [`config`]: one TOML file, a small struct per concern, unknown keys refused
//! - [`service`]: the use cases, without HTTP
//! - [`http`]: routes, guards, problem documents and the UAF transport
//! - [`store`]: one durable commit per transition, in memory or on disk
//! - [`processor`]: who moves the money, behind one trait
//! - [`errors_page`]: every code that a client may get, with its cause and what to do
//! - [`scripts`]: what pages share, the JavaScript client among it
//! - [`picture`]: payments' texts as pictures, for names that are not ASCII
//! - [`receipt`]: what the provider hands out after a payment, signed so that anyone can check it
//!
//! [`Server::start`](server::Server::start) runs all of it on a thread of its own.
//!
//! There is no liveness check in the authenticator yet: what a verified signature proves is that a key was
//! unlocked by a matching face, and a photograph of that face would pass.

pub mod api_key;
pub mod clock;
pub mod config;
mod durable_file;
pub mod entropy;
pub mod error;
pub mod errors_page;
pub mod http;
mod members;
pub mod picture;
pub mod processor;
pub mod receipt;
pub mod scripts;
#[cfg(test)]
mod secrets;
pub mod server;
pub mod service;
pub mod store;

pub use clock::{Clock, SystemClock};
pub use config::Config;
pub use error::RelyingPartyError;
pub use server::{RunningServer, Server};
