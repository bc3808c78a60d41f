//! `eval verification`: from a folder of pictures to the report.

mod policy;

use crate::pipeline::{Failure, Networks, Processed, process_all, time_pictures};
use crate::report::{Bootstrap, Failures};
use crate::scores::{all_vs_all, over_pairs};
use crate::statistics::bootstrap::{Bounds, bounds};
use crate::statistics::{Rates, Trials, equal_error_rate, rates_at_threshold, tar_at_far};
use crate::{Counts, FaceSet, Interval, LabError, OperatingPoint, TableRow, VerificationReport};
use smile_models::Embedding;
use std::path::Path;

/// FAR limits over all-vs-all, with their names in the report.
const LIMITS: [(&str, f64); 3] = [("1e-3", 1e-3), ("1e-4", 1e-4), ("1e-5", 1e-5)];

/// FAR limit over the pairs, which are too few for less: 1,800 impostor pairs allow 18 false accepts.
const PAIRS_LIMIT: (&str, f64) = ("1e-2", 1e-2);

/// Thresholds of the table, around the one that payments use.
const TABLE: [f32; 8] = [0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65];

/// Pictures timed on one thread.
const TIMED: usize = 100;

/// How to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerificationOptions {
    /// Threads, at least 1; each works on one picture at a time.
    pub threads: usize,
    /// Drawings of the bootstrap, at least 500: fewer leave a dozen beyond each bound.
    pub replicates: u32,
    /// Seed of the drawings.
    pub seed: u64,
}

impl VerificationOptions {
    fn check(&self) -> Result<(), LabError> {
        if self.threads == 0 {
            return Err(LabError::Option {
                option: "threads",
                rule: "must be at least 1",
            });
        }
        if self.replicates < 500 {
            return Err(LabError::Option {
                option: "replicates",
                rule: "must be at least 500",
            });
        }
        Ok(())
    }
}

/// Measures a set of pictures. `sface` is the recogniser's weights file, to be named in the report; `done` is called
/// once per picture.
///
/// # Errors
/// [`LabError`]; a picture that cannot be decoded, shows no face or one that cannot be aligned is no error but counted.
pub fn evaluate_verification(
    networks: &Networks,
    sface: &Path,
    set: &FaceSet,
    options: &VerificationOptions,
    done: &(impl Fn() + Sync),
) -> Result<VerificationReport, LabError> {
    options.check()?;
    let hash = smile_weights::Sha256Digest::of_file(sface);
    let sface_sha256 = hash
        .map_err(|cause| LabError::Read {
            path: sface.to_path_buf(),
            cause,
        })?
        .to_string();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()?;
    let processed = pool.install(|| process_all(networks, set, done))?;
    let several_faces = processed.iter().filter(|p| p.faces > 1).count();
    let embeddings: Vec<_> = processed
        .into_iter()
        .map(|Processed { embedding, .. }| embedding)
        .collect();
    let measured = pool.install(|| measure(set, &embeddings, options))?;
    Ok(VerificationReport {
        sface_sha256,
        n: measured.n,
        failures: failures(set, &embeddings),
        several_faces,
        eer: measured.eer,
        tar: measured.tar,
        table: measured.table,
        policy: policy::play(set, &embeddings),
        ms_per_image: time_pictures(networks, set, TIMED)?,
        bootstrap: Bootstrap {
            over: "people",
            replicates: options.replicates,
            seed: options.seed,
        },
    })
}

fn failures(set: &FaceSet, embeddings: &[Result<Embedding, Failure>]) -> Failures {
    let of = |kind: Failure| -> Vec<String> {
        let failed = set
            .pictures
            .iter()
            .zip(embeddings)
            .filter(|(_, e)| e.as_ref().err() == Some(&kind));
        failed.map(|(picture, _)| picture.path.clone()).collect()
    };
    let (unreadable, no_face) = (of(Failure::Unreadable), of(Failure::NoFace));
    let not_aligned = of(Failure::NotAligned);
    Failures {
        count: unreadable.len() + no_face.len() + not_aligned.len(),
        unreadable,
        no_face,
        not_aligned,
    }
}

/// The statistics of a report.
struct Measured {
    n: Counts,
    eer: OperatingPoint,
    tar: std::collections::BTreeMap<&'static str, OperatingPoint>,
    table: Vec<TableRow>,
}

/// Every rate of the report on one drawing of people.
struct RateSet {
    eer: (f64, Rates),
    pairs: Rates,
    limits: Vec<Rates>,
    table: Vec<Rates>,
}

impl RateSet {
    fn compute(pairs: &Trials, all: &Trials, weights: &[u64]) -> Self {
        Self {
            eer: equal_error_rate(pairs, weights),
            pairs: tar_at_far(pairs, weights, PAIRS_LIMIT.1),
            limits: LIMITS
                .iter()
                .map(|(_, limit)| tar_at_far(all, weights, *limit))
                .collect(),
            table: TABLE
                .iter()
                .map(|threshold| rates_at_threshold(all, weights, *threshold))
                .collect(),
        }
    }

    /// What is bounded, always in one order.
    fn values(&self) -> Vec<f64> {
        let table = self.table.iter().flat_map(|r| [r.far, r.tar]);
        [self.eer.0, self.pairs.tar]
            .into_iter()
            .chain(self.limits.iter().map(|r| r.tar))
            .chain(table)
            .collect()
    }
}

fn measure(
    set: &FaceSet,
    embeddings: &[Result<Embedding, Failure>],
    options: &VerificationOptions,
) -> Result<Measured, LabError> {
    let pairs = over_pairs(set, embeddings);
    // The rates at the lowest threshold of the table need every score from there up.
    let all = all_vs_all(set, embeddings, TABLE[0].next_down());
    let people = set.people.len();
    let once = vec![1; people];
    for (set, trials) in [("pairs", &pairs), ("all-vs-all", &all)] {
        let (genuine, impostor) = trials.total_weights(&once);
        if genuine == 0 || impostor == 0 {
            return Err(LabError::NothingToCompare { set });
        }
    }
    let rates = RateSet::compute(&pairs, &all, &once);
    let bounds = bounds(people, options.replicates, options.seed, |w| {
        RateSet::compute(&pairs, &all, w).values()
    });
    // In the order of `RateSet::values`.
    let mut bounds = bounds.into_iter();
    let mut next = || {
        bounds
            .next()
            .expect("one pair of bounds for each value of the same function")
    };
    let eer = OperatingPoint::new("pairs", rates.eer.0, rates.eer.1, next());
    let mut tar = std::collections::BTreeMap::new();
    tar.insert(
        PAIRS_LIMIT.0,
        OperatingPoint::new("pairs", rates.pairs.tar, rates.pairs, next()),
    );
    for ((name, _), r) in LIMITS.iter().zip(&rates.limits) {
        tar.insert(*name, OperatingPoint::new("all_vs_all", r.tar, *r, next()));
    }
    let table = rates
        .table
        .iter()
        .map(|r| table_row(&all, r, next(), next()))
        .collect();
    let (genuine, impostor) = all.total_weights(&once);
    let n = Counts {
        pairs: set.pairs.len(),
        images: set.pictures.len(),
        people,
        genuine,
        impostor,
    };
    Ok(Measured { n, eer, tar, table })
}

fn table_row(all: &Trials, rates: &Rates, far: Bounds, tar: Bounds) -> TableRow {
    TableRow {
        threshold: rates.threshold,
        false_accepts: all
            .impostor()
            .iter()
            .take_while(|t| t.score >= rates.threshold)
            .count(),
        far: Interval::new(rates.far, far),
        tar: Interval::new(rates.tar, tar),
    }
}

#[cfg(test)]
mod tests;
