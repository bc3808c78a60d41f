//! The server from outside and its store from inside, with a small software signer in place of an authenticator.

mod api_v1;
mod conformance;
mod errors_page;
mod payment_line;
mod program;
mod receipts;
mod script;
mod shutdown;
mod signer;
mod store_conformance;
mod store_disk;
mod store_random;
mod transport;
mod uaf_refusals;
mod wire;
mod world;
