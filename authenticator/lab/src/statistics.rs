//! Error rates of a list of comparisons, and how far they would move with other people.
//!
//! **Definitions.** A comparison is accepted at threshold *t* when its score is ≥ *t*. FAR(*t*) is the accepted share
//! of the impostor comparisons (two people), TAR(*t*) that of the genuine ones (one person), FRR = 1 − TAR. Nothing is
//! interpolated: every rate reported is reached at the threshold reported.
//! - **TAR at FAR *x*** is the largest TAR(*t*) over all thresholds with FAR(*t*) ≤ *x*. Equal scores are accepted or
//!   refused together.
//! - **EER** is the smallest *e* such that at some threshold both FAR ≤ *e* and FRR ≤ *e*; that is, the smallest value
//!   of max(FAR, FRR).
//! - A comparison that could not be made (no face found on one picture) has a score below every threshold: it is a
//!   false reject if genuine and no false accept if not.
//!
//! **Bounds** come from a bootstrap over people, see [`bootstrap`]; where people are counted, from [`binomial`].

pub mod binomial;
pub mod bootstrap;
mod rates;
#[cfg(test)]
mod tests;
mod trials;

pub use rates::{Rates, equal_error_rate, rates_at_threshold, tar_at_far};
pub(crate) use trials::NOT_COMPARED;
pub use trials::{Totals, Trial, Trials};
