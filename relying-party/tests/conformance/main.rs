//! The server held to the specification, one broken rule at a time: a JSON envelope goes in, a status code and a reason
//! come out, and the store is compared before and after.
//!
//! Every case of `server` runs twice in worlds that are the same to the last byte: without its flaw the message is
//! accepted and stores what it should; with the flaw it is refused with exactly the named code and words, and nothing is
//! stored. Messages are put together from JSON trees and TLV trees of the suite's own, never by the encoders under
//! test, so that anything can be broken; signatures are made again by a foreign library where they cover the flaw.
//!
//! `tests/disable_each_check.py` holds the suite to account: it disables each check of the server in turn, and one
//! that nobody misses is a failure.

mod answer;
mod case;
#[path = "../../ceremony/tests/rules/certificates.rs"]
#[allow(dead_code, reason = "the rules' own tests use the rest of it")]
mod certificates;
mod device;
mod ebay;
mod edit;
mod element;
mod json;
mod models;
mod rows;
mod server;
mod world;
