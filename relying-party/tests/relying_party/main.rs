//! The server from outside and its store from inside, with a small software signer in place of an authenticator.

mod api_v1;
mod channel_binding;
mod deregistration;
mod errors_page;
mod faults;
mod faulty_store;
mod inspect_page;
mod payment_line;
mod program;
mod races;
mod receipts;
mod script;
mod shutdown;
mod signer;
mod spent_challenges;
mod status_reports;
mod store_conformance;
mod store_damage;
mod store_disk;
mod store_random;
mod tools;
mod transport;
mod uaf_refusals;
mod vectors;
mod wire;
mod world;
