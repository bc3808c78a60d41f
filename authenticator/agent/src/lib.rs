//! The authenticator as a program: a loopback agent for browsers, with pages of its own, and a command line.
//!
//! ```text
//! shop's page ─ /v1 (Origin, Host, token) ─ desk ─ one operation ─┐
//! agent's own page ─ WebSocket (nonce) ─ line ─ camera, answers ──┴─ authenticator ─ UAF response ─ shop's page
//! ```
//!
//! A shop's page hands in a UAF request and gets a UAF response. Everything between is the agent's: it shows payee and
//! amount from the very bytes that get signed, and it takes the pictures, in a page on its own origin or from a folder.
//! No frame crosses to the shop's side, because nothing on that side can carry one.
//!
//! - [`origin`]: which web pages may call, and under which names the agent itself may be called
//! - [`pairing`]: a six-digit code once, then a token bound to one origin
//! - [`desk`]: operations, one at a time, which expire
//! - [`mod@line`]: what a page says to the thread that works for it, and back
//! - [`session`]: that thread: shows, asks, looks, answers
//! - [`camera`]: pictures from a page, a folder or a clip
//! - [`device`]: the one authenticator of this home
//! - [`tls`]: how others are spoken to
//! - [`control`]: commands that speak to a running agent; [`kept`], [`answering`]: what they ask, here and there
//! - [`http`]: routes and guards; [`cli`]: commands and exit codes
//!
//! There is no liveness check yet: a photo of the enrolled person would pass. And a browser's camera can always be
//! replaced by software that controls the browser.

pub mod agent;
pub mod answering;
pub mod camera;
pub mod cli;
pub mod config;
pub mod consent;
pub mod control;
pub mod desk;
pub mod device;
pub mod error;
pub mod facets;
pub mod files;
pub mod http;
pub mod kept;
pub mod line;
pub mod moment;
pub mod origin;
pub mod pairing;
pub mod rate;
pub mod refusal;
pub mod relying_party;
pub mod session;
pub mod terminal;
pub mod tls;

pub use agent::Agent;
pub use error::AgentError;
pub use http::RunningAgent;
