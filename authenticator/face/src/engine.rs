//! The two networks as one thing that looks at a frame.

#[cfg(test)]
mod tests;

use crate::quality::{judge_crop, judge_frame};
use crate::{Frame, Guidance, QualityLimits};
use sha2::{Digest, Sha256};
use smile_models::{DetectOptions, Embedding, ModelError, SFace, YuNet, align_five_points};
use std::fmt;
use std::path::{Path, PathBuf};

/// The detector (YuNet) and the recogniser (SFace), loaded and ready.
///
/// Its methods are private to this crate: outside, a face can be enrolled or verified, and nothing else.
pub struct FaceEngine {
    detector: YuNet,
    recogniser: SFace,
    model: ModelIdentity,
}

impl FaceEngine {
    /// Loads both networks from safetensors files, as the weights crate prepares them.
    ///
    /// The recogniser's file is hashed: its SHA-256 goes into every template, so that a template is never compared
    /// with the output of another network.
    ///
    /// # Errors
    /// [`EngineError`] when a file cannot be read or is not the network it should be.
    pub fn load(yunet: &Path, sface: &Path) -> Result<Self, EngineError> {
        let bytes = std::fs::read(sface).map_err(|cause| EngineError::Weights {
            path: sface.to_path_buf(),
            cause,
        })?;
        // The bytes that are hashed are those that run: read again, the file could be another one.
        let sha256 = Sha256::digest(&bytes).into();
        Ok(Self {
            detector: YuNet::load(yunet)?,
            recogniser: SFace::from_bytes(&bytes, sface)?,
            model: ModelIdentity {
                name: "sface-2021dec".to_owned(),
                sha256,
            },
        })
    }

    /// Which recogniser made the templates of this engine.
    #[must_use]
    pub fn model(&self) -> &ModelIdentity {
        &self.model
    }
}

/// What a look at one frame gave.
pub(crate) enum Observation {
    /// A face good enough to judge.
    Face(Embedding),
    /// A frame to pass over, and why.
    Refused(Guidance),
}

/// Something that turns frames into faces: the engine, or a script in tests of the decisions.
pub(crate) trait Observe {
    fn observe(&self, frame: &Frame, limits: &QualityLimits) -> Result<Observation, EngineError>;
    fn model(&self) -> &ModelIdentity;
}

impl Observe for FaceEngine {
    fn observe(&self, frame: &Frame, limits: &QualityLimits) -> Result<Observation, EngineError> {
        let image = frame.image();
        let faces = self.detector.detect(image, &DetectOptions::default())?;
        let face = match judge_frame(&faces, (image.width(), image.height()), limits) {
            Ok(face) => face,
            Err(reason) => return Ok(Observation::Refused(reason)),
        };
        let crop = align_five_points(image, &face.landmarks)?;
        if let Err(reason) = judge_crop(&crop, limits) {
            return Ok(Observation::Refused(reason));
        }
        Ok(Observation::Face(self.recogniser.embed(&crop)?))
    }

    fn model(&self) -> &ModelIdentity {
        &self.model
    }
}

/// A recognition network and the exact weights it runs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelIdentity {
    pub(crate) name: String,
    pub(crate) sha256: [u8; 32],
}

impl ModelIdentity {
    /// The network's name and release, `sface-2021dec`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the weights file that was loaded.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl fmt::Display for ModelIdentity {
    /// The name and the first eight hex digits of the hash: `sface-2021dec (fb143eea)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        for byte in &self.sha256[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Why the networks cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A weights file cannot be read.
    #[error("weights file {path}: {cause}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A network could not be loaded or run.
    #[error(transparent)]
    Model(#[from] ModelError),
}
