//! The result as one JSON object. Rates are fractions, 0..=1.

use crate::Milliseconds;
use crate::statistics::Rates;
use crate::statistics::bootstrap::Bounds;
use serde::Serialize;
use std::collections::BTreeMap;

/// A rate with its 95 % bounds (bootstrap over people) and the threshold that gives it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// Which comparisons: `pairs` or `all_vs_all`.
    pub over: &'static str,
    /// The rate: EER or TAR.
    pub value: f64,
    /// Cosine at or above which a comparison is accepted.
    pub threshold: f32,
    /// FAR at that threshold.
    pub far: f64,
    /// 1 − TAR at that threshold.
    pub frr: f64,
    /// Lower bound of the rate.
    pub low95: f64,
    /// Upper bound of the rate.
    pub high95: f64,
}

impl Interval {
    pub(crate) fn new(value: f64, bounds: Bounds) -> Self {
        Self {
            value,
            low95: bounds.low95,
            high95: bounds.high95,
        }
    }
}

impl OperatingPoint {
    pub(crate) fn new(over: &'static str, value: f64, rates: Rates, bounds: Bounds) -> Self {
        let Rates { threshold, far, tar } = rates;
        Self {
            over,
            value,
            threshold,
            far,
            frr: 1.0 - tar,
            low95: bounds.low95,
            high95: bounds.high95,
        }
    }
}

/// A rate and its bounds at a given threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The rate.
    pub value: f64,
    /// Lower bound.
    pub low95: f64,
    /// Upper bound.
    pub high95: f64,
}

/// FAR and TAR over all-vs-all at a fixed threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TableRow {
    /// Cosine at or above which a comparison is accepted.
    pub threshold: f32,
    /// Impostor comparisons accepted.
    pub false_accepts: usize,
    /// Their share.
    pub far: Interval,
    /// Share of the genuine comparisons accepted.
    pub tar: Interval,
}

/// The vote of `smile-face`'s payment policy played with pictures: so many enrolled, so many judged. Its quality
/// rules, its spacing and the consistency of an enrolment are not played.
///
/// The tries of strangers are not independent, since few people make them all: bounds are over people.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PolicyResult {
    /// Cosine at or above which a frame matches.
    pub threshold: f32,
    /// Pictures enrolled.
    pub templates: usize,
    /// Pictures judged.
    pub judged: usize,
    /// Matches needed.
    pub needed: usize,
    /// Attempts by the enrolled person, one a person.
    pub genuine: usize,
    /// Share of them accepted; bounds by Clopper and Pearson.
    pub tar: Interval,
    /// Attempts by another person.
    pub impostor: usize,
    /// Of those, accepted.
    pub false_accepts: usize,
    /// Their share, without bounds: see `mistaken`.
    pub far: f64,
    /// People enrolled, each tried by every other one with enough pictures.
    pub enrolled: usize,
    /// Share of them for whom somebody else was taken at least once; bounds by Clopper and Pearson. The FAR against
    /// one of them, averaged, is no larger.
    pub mistaken: Interval,
    /// Share of single pictures of another person that match: what one frame against several templates costs.
    pub single_picture_far: f64,
}

/// How much was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Pairs of the pairs file.
    pub pairs: usize,
    /// Pictures.
    pub images: usize,
    /// People on them.
    pub people: usize,
    /// Genuine comparisons, all-vs-all.
    pub genuine: u64,
    /// Impostor comparisons, all-vs-all.
    pub impostor: u64,
}

/// Pictures that gave no embedding. They stay in every count, see [`crate::statistics`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// How many.
    pub count: usize,
    /// Files that could not be decoded.
    pub unreadable: Vec<String>,
    /// Pictures without a face.
    pub no_face: Vec<String>,
    /// Pictures with a face whose five points allow no alignment.
    pub not_aligned: Vec<String>,
}

/// How the bounds were drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bootstrap {
    /// What is resampled.
    pub over: &'static str,
    /// Drawings.
    pub replicates: u32,
    /// Seed of the generator.
    pub seed: u64,
}

/// Everything `smile-lab eval verification` measures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerificationReport {
    /// SHA-256 of the recogniser's weights file, hexadecimal.
    pub sface_sha256: String,
    /// How much was measured.
    pub n: Counts,
    /// Pictures without embedding.
    pub failures: Failures,
    /// Pictures with more than one face, of which the one nearest the centre was taken.
    pub several_faces: usize,
    /// Equal error rate over the pairs.
    pub eer: OperatingPoint,
    /// TAR by FAR limit: `1e-2` over the pairs, `1e-3`, `1e-4`, `1e-5` over all-vs-all.
    pub tar: BTreeMap<&'static str, OperatingPoint>,
    /// Fixed thresholds over all-vs-all.
    pub table: Vec<TableRow>,
    /// The payment policy, where enough people have enough pictures.
    pub policy: Option<PolicyResult>,
    /// Time per picture.
    pub ms_per_image: Milliseconds,
    /// How the bounds were made.
    pub bootstrap: Bootstrap,
}

impl std::fmt::Display for PolicyResult {
    /// Three lines for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |i: &Interval| [i.value, i.low95, i.high95].map(|rate| rate * 100.0);
        let [tar, low, high] = percent(&self.tar);
        let [mistaken, least, most] = percent(&self.mistaken);
        writeln!(
            f,
            "{} of {} pictures against {} templates at {:.2}:",
            self.needed, self.judged, self.templates, self.threshold
        )?;
        writeln!(
            f,
            "  TAR {tar:.2} % of {} people [{low:.2}, {high:.2}]; {} of {} impostors",
            self.genuine, self.false_accepts, self.impostor
        )?;
        write!(
            f,
            "  somebody else taken for them: {mistaken:.2} % of {} people [{least:.2}, {most:.2}]",
            self.enrolled
        )
    }
}

impl std::fmt::Display for VerificationReport {
    /// A table for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n = &self.n;
        writeln!(f, "{} images of {} people, {} pairs", n.images, n.people, n.pairs)?;
        writeln!(
            f,
            "all-vs-all: {} genuine, {} impostor comparisons",
            n.genuine, n.impostor
        )?;
        writeln!(
            f,
            "unreadable, without a face, or not to be aligned: {}; several faces: {}",
            self.failures.count, self.several_faces
        )?;
        let percent = |p: &OperatingPoint| {
            let OperatingPoint {
                value,
                low95,
                high95,
                threshold,
                ..
            } = p;
            format!(
                "{:6.2} % [{:.2}, {:.2}] at {threshold:.4}",
                value * 100.0,
                low95 * 100.0,
                high95 * 100.0
            )
        };
        writeln!(f, "EER               {}  (pairs)", percent(&self.eer))?;
        for (limit, point) in &self.tar {
            writeln!(f, "TAR at FAR {limit}   {}  ({})", percent(point), point.over)?;
        }
        writeln!(f, "threshold      FAR [95 %]                       TAR [95 %]")?;
        for TableRow {
            threshold, far, tar, ..
        } in &self.table
        {
            let far = format!("{:.2e} [{:.1e}, {:.1e}]", far.value, far.low95, far.high95);
            let tar = format!(
                "{:.2} % [{:.2}, {:.2}]",
                tar.value * 100.0,
                tar.low95 * 100.0,
                tar.high95 * 100.0
            );
            writeln!(f, "{threshold:.2}           {far:<32} {tar}")?;
        }
        if let Some(policy) = &self.policy {
            writeln!(f, "{policy}")?;
        }
        let t = &self.ms_per_image;
        writeln!(
            f,
            "ms per image, one thread, median of {}: detect {:.1}, embed {:.1}",
            t.images, t.detect, t.embed
        )?;
        write!(f, "  with decoding {:.1}", t.total)
    }
}
