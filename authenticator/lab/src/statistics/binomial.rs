//! How sure a count of independent trials makes, exactly.

use super::bootstrap::Bounds;

/// Probability that is left out on each side of an interval of 95 %.
const TAIL: f64 = 0.025;

/// Halvings of the interval in which a bound is searched: more than an `f64` between 0 and 1 can tell apart.
const HALVINGS: u32 = 60;

/// The 95 % bounds of a rate of which `successes` of `trials` independent trials were seen (Clopper and Pearson 1934).
///
/// Unlike a bootstrap it does not call zero of many a proof of zero: 0 of 92 leaves up to 3.9 %.
///
/// # Panics
/// Without trials, or with more successes than trials.
#[must_use]
pub fn clopper_pearson(successes: usize, trials: usize) -> Bounds {
    assert!(
        trials > 0 && successes <= trials,
        "successes of at least one trial"
    );
    let low95 = match successes.checked_sub(1) {
        None => 0.0,
        // The rate at which as many successes or more are as rare as the tail.
        Some(fewer) => falls_to(1.0 - TAIL, |rate| at_most(fewer, trials, rate)),
    };
    let high95 = if successes == trials {
        1.0
    } else {
        falls_to(TAIL, |rate| at_most(successes, trials, rate))
    };
    Bounds { low95, high95 }
}

/// Where a falling function of a rate reaches `level`.
fn falls_to(level: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if f(middle) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability of at most `successes` (fewer than `trials`) at a rate above 0 and below 1.
fn at_most(successes: usize, trials: usize, rate: f64) -> f64 {
    let (success, failure) = (rate.ln(), (-rate).ln_1p());
    let mut ln_ways = 0.0;
    let mut sum = 0.0;
    for k in 0..=successes {
        if k > 0 {
            ln_ways += ((trials - k + 1) as f64 / k as f64).ln();
        }
        sum += (ln_ways + k as f64 * success + (trials - k) as f64 * failure).exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::clopper_pearson;

    #[track_caller]
    fn bounds_are(successes: usize, trials: usize, low: f64, high: f64) {
        let found = clopper_pearson(successes, trials);
        assert!(
            (found.low95 - low).abs() < 1e-6 && (found.high95 - high).abs() < 1e-6,
            "{successes} of {trials}: {found:?}"
        );
    }

    #[test]
    fn nothing_and_everything_are_bounded_in_closed_form() {
        for trials in [1, 92, 233, 54_056] {
            let rest = 0.025_f64.powf(1.0 / trials as f64);
            bounds_are(0, trials, 0.0, 1.0 - rest);
            bounds_are(trials, trials, rest, 1.0);
        }
    }

    #[test]
    fn the_rest_agrees_with_sums_over_exact_binomials() {
        // Python: sum(comb(n, i) * p**i * (1 - p)**(n - i) for i in range(k + 1)), halved to the tail of 0.025.
        bounds_are(5, 10, 0.187_086_0, 0.812_914_0);
        bounds_are(1, 233, 0.000_108_7, 0.023_679_4);
        bounds_are(90, 92, 0.923_669_3, 0.997_356_4);
    }
}
