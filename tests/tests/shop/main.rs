//! The stamp shop's backend before a real server, with a software key in place of the buyer's device. Each refusal
//! stands beside the same request without the flaw.

mod browser;
mod consents;
mod guards;
mod orders;
mod played;
mod refusals;
mod world;
