//! What the tests of the whole line share: test data, foreign verifiers, built programs, skips.
//!
//! The tests themselves are in `tests/tests`, one folder or file a subject; `tests/run` is the command that
//! builds, checks and runs everything on a bare machine. Nothing here is shipped.

pub mod foreign;
pub mod programs;
pub mod scale;
pub mod signer;
pub mod skips;
pub mod test_data;
pub mod world;
