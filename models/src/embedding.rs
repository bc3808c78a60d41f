//! What is left of a face: 128 numbers.

#[cfg(test)]
mod tests;

use crate::ModelError;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Numbers in an embedding.
pub const EMBEDDING_LEN: usize = 128;

/// A face as a direction in 128 dimensions: `f32`, of length 1 (L2).
///
/// A secret: it recognises its owner anywhere. No `Debug`, `Clone` or `Serialize`, and zeroed when dropped.
pub struct Embedding {
    values: Box<Zeroizing<[f32; EMBEDDING_LEN]>>,
}

/// The `Zeroizing` inside does it.
impl ZeroizeOnDrop for Embedding {}

impl Embedding {
    /// Takes 128 numbers and scales them to length 1.
    ///
    /// # Errors
    /// [`ModelError::Embedding`] when a number is not finite, or all are (nearly) zero or too large to be measured.
    pub fn from_values(values: &[f32; EMBEDDING_LEN]) -> Result<Self, ModelError> {
        let norm = values
            .iter()
            .map(|v| f64::from(*v) * f64::from(*v))
            .sum::<f64>()
            .sqrt();
        if !norm.is_finite() {
            return Err(ModelError::Embedding("a value is not finite"));
        }
        if norm < 1e-12 {
            return Err(ModelError::Embedding("all values are zero"));
        }
        let mut unit = Box::new(Zeroizing::new([0_f32; EMBEDDING_LEN]));
        for (out, value) in unit.iter_mut().zip(values) {
            *out = (f64::from(*value) / norm) as f32;
        }
        Ok(Self { values: unit })
    }

    /// The 128 numbers, for sealing them into a template.
    #[must_use]
    pub fn values(&self) -> &[f32; EMBEDDING_LEN] {
        &self.values
    }

    /// Cosine of the angle between two embeddings, −1 (opposite) to 1 (the same direction).
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        let dot: f32 = self
            .values
            .iter()
            .zip(other.values.iter())
            .map(|(a, b)| a * b)
            .sum();
        // Rounding may carry two unit vectors a hair past 1.
        dot.clamp(-1.0, 1.0)
    }
}
