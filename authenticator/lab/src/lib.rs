//! Measures the networks and the alignment that ship: error rates, their bounds, and milliseconds.
//!
//! ```text
//! FaceSet (pictures, people, pairs) ─ pipeline: detect, align, embed ─ scores ─ statistics ─ report (one JSON line)
//! ```
//!
//! What it does not run is the rest of the product: the quality rules, which refuse hard pictures (here they count),
//! the choice among several faces (here the one nearest the centre is taken), spacing in time, and enrolment's
//! consistency. Of the payment policy it plays the vote.
//!
//! Never shipped: this program may see what the product may not, cosines. What each number means and what was
//! measured is written in `docs/evaluation.md`.

mod error;
mod face_set;
mod pipeline;
mod report;
mod scores;
pub mod statistics;
mod verification;

pub use error::LabError;
pub use face_set::{FaceSet, Pair, Picture};
pub use pipeline::{Milliseconds, Networks};
pub use report::{
    Bootstrap, Counts, Failures, Interval, OperatingPoint, PolicyResult, TableRow, VerificationReport,
};
pub use verification::{VerificationOptions, evaluate_verification};
