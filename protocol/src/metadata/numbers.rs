//! What versions 1 and 2 of metadata statements write as numbers of the registry (Metadata §4).

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, array};
use crate::metadata::{MetadataStatement, RegistryMembers};

/// Reads a registry code.
fn code<T: TryFrom<u16>>(node: &Node<'_>) -> Result<T, ProtocolError> {
    T::try_from(u16::from_json(node)?).map_err(|_| node.refuse("is not a code of the registry"))
}

/// Reads the members.
pub(super) fn read(node: &Node<'_>) -> Result<RegistryMembers, ProtocolError> {
    let attestation_types = node.required("attestationTypes")?;
    Ok(RegistryMembers {
        assertion_scheme: node.required_as("assertionScheme")?,
        authentication_algorithm: code(&node.required("authenticationAlgorithm")?)?,
        public_key_format: code(&node.required("publicKeyAlgAndEncoding")?)?,
        attestation_types: attestation_types
            .elements(1)?
            .iter()
            .map(code)
            .collect::<Result<_, _>>()?,
        user_verification_details: node.required_as("userVerificationDetails")?,
        key_protection: node.required_as("keyProtection")?,
        matcher_protection: node.required_as("matcherProtection")?,
        attachment_hint: node.required_as("attachmentHint")?,
        is_second_factor_only: node.required_as("isSecondFactorOnly")?,
        tc_display: node.required_as("tcDisplay")?,
    })
}

/// Writes the members.
pub(super) fn write(statement: &MetadataStatement, object: ObjectWriter) -> ObjectWriter {
    let codes: Vec<u16> = statement
        .attestation_types
        .iter()
        .map(|kind| kind.code())
        .collect();
    let sets: Vec<_> = statement
        .user_verification_details
        .iter()
        .map(|set| array(set))
        .collect();
    object
        .put("assertionScheme", statement.assertion_scheme.as_str())
        .put(
            "authenticationAlgorithm",
            statement.authentication_algorithm.code(),
        )
        .put("publicKeyAlgAndEncoding", statement.public_key_format.code())
        .put("attestationTypes", codes)
        .put("userVerificationDetails", sets)
        .put("keyProtection", statement.key_protection)
        .put("matcherProtection", statement.matcher_protection)
        .put("attachmentHint", statement.attachment_hint)
        .put("isSecondFactorOnly", statement.is_second_factor_only)
        .put("tcDisplay", statement.tc_display)
}
