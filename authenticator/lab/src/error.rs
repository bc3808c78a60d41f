//! Why a measurement could not be made.

use std::path::PathBuf;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// A file or folder cannot be read.
    #[error("{path}: {cause}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A line of the pairs file is not `pathA pathB same fold`.
    #[error("pairs line {line}: {rule}")]
    PairsLine {
        /// Line number, from 1.
        line: usize,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A pair names a picture that is not in the folder.
    #[error("pairs line {line}: {path} is not among the pictures")]
    PictureMissing {
        /// Line number, from 1.
        line: usize,
        /// The path as the pairs file has it.
        path: String,
    },
    /// There is nothing to measure: no genuine or no impostor comparison.
    #[error("{set}: needs at least one genuine and one impostor comparison")]
    NothingToCompare {
        /// Which comparisons.
        set: &'static str,
    },
    /// An option is outside its range.
    #[error("option {option}: {rule}")]
    Option {
        /// The option.
        option: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A network could not be loaded or run.
    #[error(transparent)]
    Model(#[from] smile_models::ModelError),
    /// The weights could not be obtained.
    #[error(transparent)]
    Weights(#[from] smile_weights::WeightsError),
    /// The worker threads could not be started.
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
