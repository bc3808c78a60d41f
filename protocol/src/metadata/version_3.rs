//! Version 3 of metadata statements (FIDO Metadata Statement 3.0, 2021): algorithms and key formats in lists, and
//! names of the registry in place of its numbers.
//!
//! A statement in memory is the same for every version. What version 3 does not know travels as additional members
//! where it matters (`assertionScheme`, `isSecondFactorOnly`), so that a statement comes back as it was; the error
//! rates EER and FAAR do not.

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{self, Node, ObjectWriter, ToJson};
use crate::metadata::names::{self, Named};
use crate::metadata::verification::{self, BiometricAccuracy, VerificationMethod};
use crate::metadata::{MetadataStatement, RegistryMembers};
use crate::uaf::assertion::UAFV1TLV;

/// The version that the member `schema` names.
const SCHEMA: u16 = 3;

/// Whether a statement is one of version 3: it has the list and not the number.
pub(super) fn is_one(node: &Node<'_>) -> Result<bool, ProtocolError> {
    Ok(node.optional("authenticationAlgorithm")?.is_none()
        && node.optional("authenticationAlgorithms")?.is_some())
}

/// Reads the members that other versions write in another way.
pub(super) fn read(node: &Node<'_>) -> Result<RegistryMembers, ProtocolError> {
    let schema: u16 = node.required_as("schema")?;
    if schema != SCHEMA {
        return Err(node.required("schema")?.refuse("has to be 3 in this form"));
    }
    let display = names::flags_16(&node.required("tcDisplay")?, names::TC_DISPLAY)?;
    Ok(RegistryMembers {
        assertion_scheme: node
            .optional_as("assertionScheme")?
            .unwrap_or_else(|| UAFV1TLV.to_owned()),
        // UAF §3.4.6.5: of several algorithms the first one counts.
        authentication_algorithm: first(node, "authenticationAlgorithms")?,
        public_key_format: first(node, "publicKeyAlgAndEncodings")?,
        attestation_types: list(node, "attestationTypes")?,
        user_verification_details: methods(&node.required("userVerificationDetails")?)?,
        key_protection: names::flags_16(&node.required("keyProtection")?, names::KEY_PROTECTION)?,
        matcher_protection: names::flags_16(&node.required("matcherProtection")?, names::MATCHER_PROTECTION)?,
        attachment_hint: names::flags(&node.required("attachmentHint")?, names::ATTACHMENT_HINT)?,
        is_second_factor_only: node.optional_as("isSecondFactorOnly")?.unwrap_or(false),
        tc_display: display,
    })
}

/// Codes by their names, at least one.
fn list<T: Named>(node: &Node<'_>, member: &str) -> Result<Vec<T>, ProtocolError> {
    let list = node.required(member)?;
    list.elements(1)?.iter().map(T::from_name_3).collect()
}

fn first<T: Named>(node: &Node<'_>, member: &str) -> Result<T, ProtocolError> {
    let mut codes = list(node, member)?;
    Ok(codes.swap_remove(0))
}

fn methods(node: &Node<'_>) -> Result<Vec<Vec<VerificationMethod>>, ProtocolError> {
    let set = |set: &Node<'_>| set.elements(1)?.iter().map(method).collect();
    node.elements(1)?.iter().map(set).collect()
}

fn method(node: &Node<'_>) -> Result<VerificationMethod, ProtocolError> {
    let name = node.required("userVerificationMethod")?;
    let biometric = node
        .optional("baDesc")?
        .map(|figures| biometric(&figures))
        .transpose()?;
    Ok(VerificationMethod {
        user_verification: names::flag(&name, names::USER_VERIFICATION)?,
        code: node.optional_as("caDesc")?,
        biometric,
        pattern: node.optional_as("paDesc")?,
    })
}

fn biometric(node: &Node<'_>) -> Result<BiometricAccuracy, ProtocolError> {
    let rate = |name| {
        node.optional(name)?
            .map(|value| verification::rate_from_json(&value))
            .transpose()
    };
    Ok(BiometricAccuracy {
        far_ppb: rate("selfAttestedFAR")?,
        frr_ppb: rate("selfAttestedFRR")?,
        eer_ppb: None,
        faar_ppb: None,
        max_reference_data_sets: node.optional_as("maxTemplates")?,
        max_retries: node.optional_as("maxRetries")?,
        block_slowdown: node.optional_as("blockSlowdown")?,
    })
}

impl MetadataStatement {
    /// The statement in version 3, as FIDO2 tools and later metadata services read it; [`Self::encode`] writes
    /// versions 1 and 2. `legal_header` is where the vendor accepts the terms of a metadata service: version
    /// 3 demands the member, and nothing here reads it. The biometric figures `EER` and `FAAR` have no member
    /// there and are left out.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] for flags that version 3 has no name for.
    pub fn encode_v3(&self, legal_header: &str) -> Result<String, ProtocolError> {
        let flags = |field, flags, names| names::flag_names(field, flags, names);
        let key_protection = u32::from(self.key_protection);
        let matcher_protection = u32::from(self.matcher_protection);
        let sets: Vec<Value> = self
            .user_verification_details
            .iter()
            .map(|set| set.iter().map(method_to_json).collect())
            .collect::<Result<_, _>>()?;
        let scheme = (self.assertion_scheme != UAFV1TLV).then_some(self.assertion_scheme.as_str());
        let second_factor = self.is_second_factor_only.then_some(true);
        let attestation_types: Vec<_> = self.attestation_types.iter().map(|kind| kind.name_3()).collect();
        let object = self
            .common_members()
            .put("legalHeader", legal_header)
            .put("schema", SCHEMA)
            .put(
                "authenticationAlgorithms",
                vec![self.authentication_algorithm.name_3()],
            )
            .put("publicKeyAlgAndEncodings", vec![self.public_key_format.name_3()])
            .put("attestationTypes", attestation_types)
            .put("userVerificationDetails", sets)
            .put(
                "keyProtection",
                flags("keyProtection", key_protection, names::KEY_PROTECTION)?,
            )
            .put(
                "matcherProtection",
                flags("matcherProtection", matcher_protection, names::MATCHER_PROTECTION)?,
            )
            .put(
                "attachmentHint",
                flags("attachmentHint", self.attachment_hint, names::ATTACHMENT_HINT)?,
            )
            .put(
                "tcDisplay",
                flags("tcDisplay", u32::from(self.tc_display), names::TC_DISPLAY)?,
            )
            .put_some("assertionScheme", scheme)
            .put_some("isSecondFactorOnly", second_factor);
        Ok(json::write(&object.finish()))
    }
}

fn method_to_json(method: &VerificationMethod) -> Result<Value, ProtocolError> {
    let named = names::USER_VERIFICATION
        .iter()
        .find(|(flag, _)| *flag == method.user_verification);
    let (_, name) = named.ok_or_else(|| {
        let rule = "has to be one flag with a name in version 3";
        ProtocolError::field("userVerification", FieldRule::Other(rule))
    })?;
    Ok(ObjectWriter::default()
        .put("userVerificationMethod", *name)
        .put_some("caDesc", method.code.as_ref().map(ToJson::to_json))
        .put_some("baDesc", method.biometric.as_ref().map(biometric_to_json))
        .put_some("paDesc", method.pattern.as_ref().map(ToJson::to_json))
        .finish())
}

fn biometric_to_json(figures: &BiometricAccuracy) -> Value {
    ObjectWriter::default()
        .put_some("selfAttestedFAR", figures.far_ppb.map(verification::rate_to_json))
        .put_some("selfAttestedFRR", figures.frr_ppb.map(verification::rate_to_json))
        .put_some("maxTemplates", figures.max_reference_data_sets)
        .put_some("maxRetries", figures.max_retries)
        .put_some("blockSlowdown", figures.block_slowdown)
        .finish()
}

#[cfg(test)]
mod tests;
