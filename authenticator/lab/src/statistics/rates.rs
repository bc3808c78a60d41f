//! FAR, TAR and EER of weighted comparisons.

use super::{Trial, Trials};

/// What happens at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Comparisons with at least this score are accepted.
    pub threshold: f32,
    /// Accepted share of the impostor comparisons, 0..=1.
    pub far: f64,
    /// Accepted share of the genuine comparisons, 0..=1.
    pub tar: f64,
}

/// Weight of the comparisons at the head of a list while `accept` holds.
fn accepted(list: &[Trial], weights: &[u64], accept: impl Fn(f32) -> bool) -> u64 {
    list.iter()
        .take_while(|t| accept(t.score))
        .map(|t| t.weight(weights))
        .sum()
}

/// A share; 0 of nothing is 0.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// FAR and TAR at `threshold`, which must be above [`Trials::tail_floor`] for the FAR to be complete.
#[must_use]
pub fn rates_at_threshold(trials: &Trials, weights: &[u64], threshold: f32) -> Rates {
    let (genuine, impostor) = trials.total_weights(weights);
    Rates {
        threshold,
        far: share(accepted(trials.impostor(), weights, |s| s >= threshold), impostor),
        tar: share(accepted(trials.genuine(), weights, |s| s >= threshold), genuine),
    }
}

/// The largest TAR at a threshold with FAR ≤ `limit` (0 < `limit` < 1).
///
/// TAR grows only where a genuine score is passed, so the threshold is the lowest genuine score above the impostor
/// score that would break the limit; where no genuine score lies above it, the threshold is the next number above
/// it and TAR is 0. Should the limit allow more impostor comparisons than are listed, the search ends at the floor
/// of the list and the TAR given is a lower bound.
#[must_use]
pub fn tar_at_far(trials: &Trials, weights: &[u64], limit: f64) -> Rates {
    let (genuine_total, impostor_total) = trials.total_weights(weights);
    let mut breaking = trials.tail_floor();
    let mut passed = 0;
    for group in trials.impostor().chunk_by(|x, y| x.score == y.score) {
        passed += group.iter().map(|t| t.weight(weights)).sum::<u64>();
        if share(passed, impostor_total) > limit {
            breaking = group[0].score;
            break;
        }
    }
    let above = trials.genuine().iter().take_while(|t| t.score > breaking);
    let lowest = above.filter(|t| t.weight(weights) > 0).last();
    let threshold = lowest.map_or(breaking.next_up(), |t| t.score);
    Rates {
        threshold,
        far: share(
            accepted(trials.impostor(), weights, |s| s >= threshold),
            impostor_total,
        ),
        tar: share(
            accepted(trials.genuine(), weights, |s| s > breaking),
            genuine_total,
        ),
    }
}

/// The equal error rate max(FAR, FRR), and the rates at the highest threshold that reaches it.
///
/// Only for lists that hold every comparison.
#[must_use]
pub fn equal_error_rate(trials: &Trials, weights: &[u64]) -> (f64, Rates) {
    let (genuine_total, impostor_total) = trials.total_weights(weights);
    let (mut genuine, mut impostor) = (trials.genuine(), trials.impostor());
    let (mut genuine_passed, mut impostor_passed) = (0, 0);
    // Above every score nothing is accepted.
    let mut best = (
        1.0,
        Rates {
            threshold: f32::INFINITY,
            far: 0.0,
            tar: 0.0,
        },
    );
    while let Some(threshold) = [genuine.first(), impostor.first()]
        .into_iter()
        .flatten()
        .map(|t| t.score)
        .reduce(f32::max)
    {
        for (list, passed) in [
            (&mut genuine, &mut genuine_passed),
            (&mut impostor, &mut impostor_passed),
        ] {
            let count = list.iter().take_while(|t| t.score == threshold).count();
            let (group, rest) = list.split_at(count);
            *passed += group.iter().map(|t| t.weight(weights)).sum::<u64>();
            *list = rest;
        }
        let far = share(impostor_passed, impostor_total);
        let tar = share(genuine_passed, genuine_total);
        let error = far.max(1.0 - tar);
        if error < best.0 {
            best = (error, Rates { threshold, far, tar });
        }
    }
    best
}
