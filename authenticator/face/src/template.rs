//! What is kept of a face: a few embeddings and the name of the network that made them.

#[cfg(test)]
mod tests;
mod wire;

use crate::ModelIdentity;
use smile_models::{EMBEDDING_LEN, Embedding};
use std::sync::Arc;
use wire::{Secret, Wire};
use zeroize::Zeroizing;

/// Most embeddings a template may hold. Each one more raises the chance that a stranger is near one of them; five
/// are taken at enrolment, and there is room for a later re-enrolment in other light.
pub const MAX_TEMPLATE_EMBEDDINGS: usize = 8;

/// Longest encoded template accepted, in bytes: eight embeddings of 512 bytes with their names take about 4,300.
pub const MAX_ENCODED_TEMPLATE_BYTES: usize = 8192;

/// The format written, and the only one read.
const VERSION: u32 = 1;

/// The enrolled face: one to eight embeddings of one network.
///
/// A secret: no `Debug`, `Clone` or `Serialize`, and zeroed when dropped. [`Template::encode`] gives the bytes that
/// the authenticator seals; nothing else leaves this type.
pub struct Template {
    model: ModelIdentity,
    embeddings: Vec<Embedding>,
    mark: Mark,
}

/// Tells one [`Template`] value from every other, also from one decoded from the same bytes. It holds nothing: what
/// counts is where it lies, and that cannot be taken by another while anybody holds this one.
#[derive(Clone, Debug)]
pub(crate) struct Mark(Arc<()>);

impl Mark {
    fn new() -> Self {
        Self(Arc::new(()))
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Template {
    /// # Panics
    /// Unless there are one to eight `embeddings`: what [`Template::decode`] would refuse is never made.
    pub(crate) fn new(model: ModelIdentity, embeddings: Vec<Embedding>) -> Self {
        assert!(
            (1..=MAX_TEMPLATE_EMBEDDINGS).contains(&embeddings.len()),
            "a template holds one to eight embeddings"
        );
        Self {
            model,
            embeddings,
            mark: Mark::new(),
        }
    }

    /// The network whose faces this template can be compared with.
    #[must_use]
    pub fn model(&self) -> &ModelIdentity {
        &self.model
    }

    /// How many frames it was made of.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.embeddings.len()
    }

    /// This value and no other.
    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Largest cosine between `face` and any of the enrolled frames, −1 to 1.
    pub(crate) fn similarity(&self, face: &Embedding) -> f32 {
        self.embeddings
            .iter()
            .map(|enrolled| enrolled.cosine(face))
            .fold(-1.0, f32::max)
    }

    /// The template as CBOR, to be sealed at once: a map of `version` (1), `model` (text), `model_sha256` (32 bytes)
    /// and `embeddings` (an array of byte strings, each 128 little-endian f32).
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let embeddings = self
            .embeddings
            .iter()
            .map(|e| Secret::of_values(e.values()))
            .collect();
        Wire {
            version: VERSION,
            model: self.model.name.clone(),
            model_sha256: Secret::of_bytes(&self.model.sha256),
            embeddings,
        }
        .encode()
    }

    /// Reads what [`Template::encode`] wrote, and nothing that differs from it by a byte.
    ///
    /// # Errors
    /// [`TemplateError`] names the rule that is broken.
    pub fn decode(bytes: &[u8]) -> Result<Self, TemplateError> {
        if bytes.len() > MAX_ENCODED_TEMPLATE_BYTES {
            return Err(TemplateError::TooLong {
                found: bytes.len(),
                limit: MAX_ENCODED_TEMPLATE_BYTES,
            });
        }
        let wire = Wire::decode(bytes)?;
        if wire.version != VERSION {
            return Err(TemplateError::Version {
                found: wire.version,
                known: VERSION,
            });
        }
        let sha256 = wire
            .model_sha256
            .bytes()
            .try_into()
            .map_err(|_| TemplateError::ModelHash)?;
        let count = wire.embeddings.len();
        if !(1..=MAX_TEMPLATE_EMBEDDINGS).contains(&count) {
            return Err(TemplateError::Count {
                found: count,
                limit: MAX_TEMPLATE_EMBEDDINGS,
            });
        }
        let embeddings = wire
            .embeddings
            .iter()
            .enumerate()
            .map(|(index, e)| read_embedding(index, e))
            .collect();
        Ok(Self {
            model: ModelIdentity {
                name: wire.model,
                sha256,
            },
            embeddings: Result::from_iter::<Vec<_>>(embeddings)?,
            mark: Mark::new(),
        })
    }
}

/// How far from 1 the length of a stored embedding may be: it was written as 128 rounded f32 of length 1.
const LENGTH_TOLERANCE: f64 = 1e-4;

fn read_embedding(index: usize, stored: &Secret) -> Result<Embedding, TemplateError> {
    let refuse = |rule| TemplateError::Embedding { index, rule };
    let (numbers, rest) = stored.bytes().as_chunks::<4>();
    if numbers.len() != EMBEDDING_LEN || !rest.is_empty() {
        return Err(refuse("must be 128 numbers of four bytes"));
    }
    let mut values = Zeroizing::new([0_f32; EMBEDDING_LEN]);
    for (value, bytes) in values.iter_mut().zip(numbers) {
        *value = f32::from_le_bytes(*bytes);
    }
    let length = values
        .iter()
        .map(|v| f64::from(*v) * f64::from(*v))
        .sum::<f64>()
        .sqrt();
    // NaN is no distance from 1 either.
    if (length - 1.0).abs().partial_cmp(&LENGTH_TOLERANCE) != Some(std::cmp::Ordering::Less) {
        return Err(refuse("must have length 1"));
    }
    Embedding::from_values(&values).map_err(|_| refuse("must be finite"))
}

/// Why stored bytes are no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// More bytes than any template has.
    #[error("template: {found} bytes, at most {limit} allowed")]
    TooLong {
        /// Bytes given.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Not the CBOR map it should be.
    #[error("template: not the expected CBOR map: {0}")]
    Cbor(String),
    /// The right values in another encoding: trailing bytes, longer integers, reordered members.
    #[error("template: not in the one encoding that is written")]
    NotCanonical,
    /// A format this version does not know.
    #[error("template version {found}: only {known} is known")]
    Version {
        /// Version found.
        found: u32,
        /// Version written by this crate.
        known: u32,
    },
    /// The model's hash is not a SHA-256.
    #[error("template model_sha256: must be 32 bytes")]
    ModelHash,
    /// No embedding, or too many.
    #[error("template embeddings: {found}, must be 1..={limit}")]
    Count {
        /// Embeddings found.
        found: usize,
        /// Most allowed.
        limit: usize,
    },
    /// An embedding breaks a rule.
    #[error("template embedding {index}: {rule}")]
    Embedding {
        /// Which one, from 0.
        index: usize,
        /// The rule.
        rule: &'static str,
    },
}
