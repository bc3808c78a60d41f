//! How far a rate would move had other people been photographed.
//!
//! Comparisons are not independent: a person with 50 pictures is in thousands of them. So people are resampled, not
//! comparisons. A replicate draws as many people as there are, with replacement; a person drawn *w* times counts *w*
//! times in each genuine comparison, and two people count *w·w′* times in each of theirs (a person drawn twice is not
//! his own impostor). The rate is computed on each replicate, thresholds chosen anew; the bounds are the 2.5 % and
//! 97.5 % percentiles. They say nothing about the camera, the light or the kind of people, which stay the same, and a
//! rate of zero has the bounds 0 and 0, which is no proof of zero.

use rayon::prelude::*;

/// An interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// 2.5 % of the replicates lie below.
    pub low95: f64,
    /// 2.5 % of the replicates lie above.
    pub high95: f64,
}

/// A small generator (SplitMix64: Steele, Lea and Flood, 2014), so that a seed gives one result on every machine.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `0..bound`: the high half of the product. Uneven by less than bound / 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// How often each of `people` is drawn in replicate number `replicate` of `seed`.
#[must_use]
pub fn draw_people(people: usize, seed: u64, replicate: u64) -> Vec<u64> {
    // Two rounds of the generator set neighbouring replicates far apart in its sequence.
    let mut generator = SplitMix64(SplitMix64(seed).next() ^ replicate);
    let mut generator = SplitMix64(generator.next());
    let mut weights = vec![0; people];
    for _ in 0..people {
        weights[generator.below(people)] += 1;
    }
    weights
}

/// Computes several rates on each of `replicates` (at least 1) drawings of `people`, in parallel, and bounds each.
///
/// `rates` takes the weights of the people and always gives the same number of rates.
#[must_use]
pub fn bounds(
    people: usize,
    replicates: u32,
    seed: u64,
    rates: impl Fn(&[u64]) -> Vec<f64> + Sync,
) -> Vec<Bounds> {
    let results: Vec<Vec<f64>> = (0..u64::from(replicates))
        .into_par_iter()
        .map(|replicate| rates(&draw_people(people, seed, replicate)))
        .collect();
    let count = results.first().map_or(0, Vec::len);
    (0..count)
        .map(|rate| percentiles(results.iter().map(|r| r[rate]).collect()))
        .collect()
}

/// The 2.5 % and 97.5 % percentiles; between two values the outer one is taken.
fn percentiles(mut values: Vec<f64>) -> Bounds {
    values.sort_unstable_by(f64::total_cmp);
    let outside = (0.025 * values.len() as f64).floor() as usize;
    Bounds {
        low95: values[outside],
        high95: values[values.len() - 1 - outside],
    }
}

#[cfg(test)]
mod tests {
    use super::{bounds, draw_people, percentiles};

    #[test]
    fn a_drawing_has_as_many_people_as_there_are_and_depends_on_seed_and_replicate() {
        let drawn = draw_people(1000, 1, 0);
        assert_eq!(drawn.iter().sum::<u64>(), 1000);
        assert_eq!(drawn, draw_people(1000, 1, 0));
        assert_ne!(drawn, draw_people(1000, 1, 1));
        assert_ne!(drawn, draw_people(1000, 2, 0));
        // A share of 1/e is never drawn: 368 of 1000, give or take.
        let missing = drawn.iter().filter(|w| **w == 0).count();
        assert!((320..=416).contains(&missing), "{missing}");
    }

    #[test]
    fn percentiles_leave_one_fortieth_outside_on_each_side() {
        let b = percentiles((0..1000).rev().map(f64::from).collect());
        assert_eq!((b.low95, b.high95), (25.0, 974.0));
        let b = percentiles(vec![3.0]);
        assert_eq!((b.low95, b.high95), (3.0, 3.0));
    }

    #[test]
    fn bounds_of_a_mean_are_those_of_the_binomial_distribution() {
        // 400 people, a quarter of them "yes": the standard deviation of the drawn share is √(.25·.75/400) = 0.0217,
        // so the bounds lie 1.96 times that, 0.0424, from 0.25.
        let share = |w: &[u64]| vec![w[..100].iter().sum::<u64>() as f64 / 400.0, 1.0];
        let found = bounds(400, 2000, 7, share);
        assert!(
            (found[0].low95 - 0.2076).abs() < 0.006 && (found[0].high95 - 0.2924).abs() < 0.006,
            "{found:?}"
        );
        assert_eq!((found[1].low95, found[1].high95), (1.0, 1.0));
    }
}
