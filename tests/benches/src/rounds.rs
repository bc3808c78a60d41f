//! Two ways of doing a batch, timed in turns.

use std::time::Instant;

/// A batch that can be done in both ways.
pub trait TwoWays {
    /// How many are in a batch.
    fn batch(&self) -> usize;
    /// Prepares a fresh batch; not timed.
    fn prepare(&mut self);
    /// The signature verifications alone.
    fn raw(&self);
    /// Everything from JSON to verdict.
    fn verdict(&mut self);
}

/// Medians over the rounds.
pub struct Medians {
    /// Of one raw verification, in microseconds.
    pub raw_us: f64,
    /// Of one verdict, in microseconds.
    pub verdict_us: f64,
    /// Of verdict over raw within a round.
    pub ratio: f64,
    /// The smallest ratio of any round.
    pub lowest: f64,
    /// The largest ratio of any round.
    pub highest: f64,
}

/// Runs `rounds` rounds after three that do not count; which way goes first alternates.
pub fn interleave(rounds: usize, bench: &mut impl TwoWays) -> Medians {
    const WARM_UP: usize = 3;
    let (mut raws, mut verdicts, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds + WARM_UP {
        bench.prepare();
        let (raw, verdict) = if round % 2 == 0 {
            let raw = timed(bench, |bench| bench.raw());
            (raw, timed(bench, TwoWays::verdict))
        } else {
            let verdict = timed(bench, TwoWays::verdict);
            (timed(bench, |bench| bench.raw()), verdict)
        };
        if round >= WARM_UP {
            raws.push(raw);
            verdicts.push(verdict);
            ratios.push(verdict / raw);
        }
    }
    let ratio = median(&mut ratios);
    Medians {
        raw_us: median(&mut raws),
        verdict_us: median(&mut verdicts),
        ratio,
        lowest: ratios[0],
        highest: ratios[ratios.len() - 1],
    }
}

/// Microseconds of one of the batch.
fn timed<B: TwoWays>(bench: &mut B, way: impl FnOnce(&mut B)) -> f64 {
    let began = Instant::now();
    way(bench);
    began.elapsed().as_secs_f64() * 1e6 / bench.batch() as f64
}

/// The median; the values are sorted by this.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
