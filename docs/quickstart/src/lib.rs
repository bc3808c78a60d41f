//! Buy a stamp with a smile: the whole line in one program.
//!
//! It fetches the face networks and sample pictures, starts the relying-party server on loopback, enrols a face,
//! registers a key over FIDO UAF, buys a stamp and checks the receipt; then it shows five things that must fail, and
//! ends well only if they do. Then it buys twenty more to say how long that takes. The tests drive the same code.
//!
//! `smile-quickstart metadata` prints the metadata statement of our own authenticator instead ([`metadata`]).
//!
//! There is no liveness check yet: a photo of the enrolled person would pass.

pub mod arguments;
pub mod camera;
pub mod cast;
pub mod error;
pub mod messages;
pub mod metadata;
pub mod pictures;
pub mod receipt;
pub mod report;
pub mod serve;
pub mod shop;
pub mod stage;
pub mod steps;
pub mod story;
pub mod time_to_pay;
pub mod video;
pub mod wire;

pub use error::QuickstartError;
