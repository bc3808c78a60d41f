//! How a model verifies its user, with the vendor's figures (Metadata §3.1 to §3.5).
//!
//! Rates travel as JSON numbers. They are kept in parts per billion, so that statements can
//! be compared for equality, and because no measurement of a face matcher is finer.

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson};

/// A rate from 0 to 1, in parts per billion.
type PartsPerBillion = u32;

const BILLION: f64 = 1e9;

/// Figures of a passcode (Metadata §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeAccuracy {
    /// Number of different characters.
    pub base: u16,
    /// Smallest number of characters.
    pub min_length: u16,
    /// Failed attempts before it blocks; absent where unlimited or unknown.
    pub max_retries: Option<u16>,
    /// Seconds of blocking; absent where it does not end by itself.
    pub block_slowdown: Option<u16>,
}

impl FromJson for CodeAccuracy {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            base: node.required_as("base")?,
            min_length: node.required_as("minLength")?,
            max_retries: node.optional_as("maxRetries")?,
            block_slowdown: node.optional_as("blockSlowdown")?,
        })
    }
}

impl ToJson for CodeAccuracy {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("base", self.base)
            .put("minLength", self.min_length)
            .put_some("maxRetries", self.max_retries)
            .put_some("blockSlowdown", self.block_slowdown)
            .finish()
    }
}

/// Figures of a biometric method (Metadata §3.3). Every one is optional, and one that was not
/// measured stays absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BiometricAccuracy {
    /// False acceptance rate `FAR`, in parts per billion.
    pub far_ppb: Option<PartsPerBillion>,
    /// False rejection rate `FRR`, in parts per billion.
    pub frr_ppb: Option<PartsPerBillion>,
    /// Equal error rate `EER`, in parts per billion.
    pub eer_ppb: Option<PartsPerBillion>,
    /// False artefact acceptance rate `FAAR`, in parts per billion.
    pub faar_ppb: Option<PartsPerBillion>,
    /// How many reference data sets it holds at most.
    pub max_reference_data_sets: Option<u16>,
    /// Failed attempts before it blocks.
    pub max_retries: Option<u16>,
    /// Seconds of blocking.
    pub block_slowdown: Option<u16>,
}

impl FromJson for BiometricAccuracy {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let rate = |name| -> Result<Option<PartsPerBillion>, ProtocolError> {
            node.optional(name)?
                .map(|value| rate_from_json(&value))
                .transpose()
        };
        Ok(Self {
            far_ppb: rate("FAR")?,
            frr_ppb: rate("FRR")?,
            eer_ppb: rate("EER")?,
            faar_ppb: rate("FAAR")?,
            max_reference_data_sets: node.optional_as("maxReferenceDataSets")?,
            max_retries: node.optional_as("maxRetries")?,
            block_slowdown: node.optional_as("blockSlowdown")?,
        })
    }
}

impl ToJson for BiometricAccuracy {
    fn to_json(&self) -> Value {
        let rate = |ppb: Option<PartsPerBillion>| ppb.map(rate_to_json);
        ObjectWriter::default()
            .put_some("FAR", rate(self.far_ppb))
            .put_some("FRR", rate(self.frr_ppb))
            .put_some("EER", rate(self.eer_ppb))
            .put_some("FAAR", rate(self.faar_ppb))
            .put_some("maxReferenceDataSets", self.max_reference_data_sets)
            .put_some("maxRetries", self.max_retries)
            .put_some("blockSlowdown", self.block_slowdown)
            .finish()
    }
}

/// A rate as it travels.
pub(super) fn rate_to_json(ppb: PartsPerBillion) -> f64 {
    f64::from(ppb) / BILLION
}

/// Reads a rate.
pub(super) fn rate_from_json(node: &Node<'_>) -> Result<PartsPerBillion, ProtocolError> {
    let rate = node.real()?;
    if !(0.0..=1.0).contains(&rate) {
        return Err(node.refuse("has to be a rate from 0 to 1"));
    }
    let ppb = (rate * BILLION).round();
    // 0 ≤ ppb ≤ 1e9 fits a u32 without loss.
    Ok(ppb as PartsPerBillion)
}

/// Figures of a drawn pattern (Metadata §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternAccuracy {
    /// Number of possible patterns of the smallest length.
    pub min_complexity: u32,
    /// Failed attempts before it blocks.
    pub max_retries: Option<u16>,
    /// Seconds of blocking.
    pub block_slowdown: Option<u16>,
}

impl FromJson for PatternAccuracy {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            min_complexity: node.required_as("minComplexity")?,
            max_retries: node.optional_as("maxRetries")?,
            block_slowdown: node.optional_as("blockSlowdown")?,
        })
    }
}

impl ToJson for PatternAccuracy {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("minComplexity", self.min_complexity)
            .put_some("maxRetries", self.max_retries)
            .put_some("blockSlowdown", self.block_slowdown)
            .finish()
    }
}

/// One method of user verification (Metadata §3.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerificationMethod {
    /// One flag of [`crate::registry::user_verification`].
    pub user_verification: u32,
    /// Figures of a passcode.
    pub code: Option<CodeAccuracy>,
    /// Figures of a biometric method.
    pub biometric: Option<BiometricAccuracy>,
    /// Figures of a pattern.
    pub pattern: Option<PatternAccuracy>,
}

impl VerificationMethod {
    /// A method without figures.
    #[must_use]
    pub const fn of(user_verification: u32) -> Self {
        Self {
            user_verification,
            code: None,
            biometric: None,
            pattern: None,
        }
    }
}

impl FromJson for VerificationMethod {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            user_verification: node.required_as("userVerification")?,
            code: node.optional_as("caDesc")?,
            biometric: node.optional_as("baDesc")?,
            pattern: node.optional_as("paDesc")?,
        })
    }
}

impl ToJson for VerificationMethod {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("userVerification", self.user_verification)
            .put_some("caDesc", self.code.as_ref().map(ToJson::to_json))
            .put_some("baDesc", self.biometric.as_ref().map(ToJson::to_json))
            .put_some("paDesc", self.pattern.as_ref().map(ToJson::to_json))
            .finish()
    }
}
