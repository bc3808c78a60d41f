//! One criterion of a policy (UAF §3.1.11).

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array};
use crate::limits;
use crate::uaf::header::Extension;
use crate::uaf::identity::{Aaid, KeyId, four_hex_digits};

/// What an authenticator has to be; every present field has to match. Lists that are present
/// are not empty. Codes stay numbers, because registries grow and an unknown code merely
/// matches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchCriteria {
    /// Any of these models. Combinable only with `key_ids`, `attachment_hint`,
    /// `authenticator_version` and `exts`.
    pub aaid: Option<Vec<Aaid>>,
    /// Any of these vendor codes.
    pub vendor_id: Option<Vec<u16>>,
    /// Any of these keys.
    pub key_ids: Option<Vec<KeyId>>,
    /// Flags of [`crate::registry::user_verification`].
    pub user_verification: Option<u32>,
    /// Flags of [`crate::registry::key_protection`].
    pub key_protection: Option<u16>,
    /// Flags of [`crate::registry::matcher_protection`].
    pub matcher_protection: Option<u16>,
    /// Flags of [`crate::registry::attachment_hint`].
    pub attachment_hint: Option<u32>,
    /// Flags of [`crate::registry::tc_display`].
    pub tc_display: Option<u16>,
    /// Any of these `ALG_SIGN_*` codes.
    pub authentication_algorithms: Option<Vec<u16>>,
    /// Any of these schemes, for example `UAFV1TLV`.
    pub assertion_schemes: Option<Vec<String>>,
    /// Any of these `TAG_ATTESTATION_*` codes, most preferred first.
    pub attestation_types: Option<Vec<u16>>,
    /// The oldest accepted authenticator version.
    pub authenticator_version: Option<u16>,
    /// Extensions, in order.
    pub exts: Vec<Extension>,
}

impl MatchCriteria {
    /// A criterion that one model matches.
    #[must_use]
    pub fn for_aaid(aaid: Aaid) -> Self {
        Self {
            aaid: Some(vec![aaid]),
            ..Self::default()
        }
    }

    /// A criterion that one key of one model matches, as step-up requests need it
    /// (UAF §3.5.7.1).
    #[must_use]
    pub fn for_key(aaid: Aaid, key_id: KeyId) -> Self {
        Self {
            key_ids: Some(vec![key_id]),
            ..Self::for_aaid(aaid)
        }
    }

    fn combines_aaid_wrongly(&self) -> bool {
        self.aaid.is_some()
            && (self.vendor_id.is_some()
                || self.user_verification.is_some()
                || self.key_protection.is_some()
                || self.matcher_protection.is_some()
                || self.tc_display.is_some()
                || self.authentication_algorithms.is_some()
                || self.assertion_schemes.is_some()
                || self.attestation_types.is_some())
    }

    /// See [`super::Policy::check_complete`].
    pub(super) fn check_complete(&self, path: &str) -> Result<(), ProtocolError> {
        let named = self.aaid.is_some()
            || (self.authentication_algorithms.is_some() && self.assertion_schemes.is_some());
        if !named {
            let rule = "without aaid needs authenticationAlgorithms and assertionSchemes";
            return Err(ProtocolError::field(path, FieldRule::Other(rule)));
        }
        if self.combines_aaid_wrongly() {
            return Err(ProtocolError::field(path, FieldRule::Other(AAID_COMBINATION)));
        }
        Ok(())
    }
}

const AAID_COMBINATION: &str =
    "aaid is combinable only with keyIDs, attachmentHint, authenticatorVersion and exts";

/// A `vendorID`: four hexadecimal digits.
struct VendorId(u16);

impl FromJson for VendorId {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let code = four_hex_digits(node.text()?);
        code.map(Self)
            .ok_or_else(|| node.refuse("has to be four hexadecimal digits"))
    }
}

/// An `assertionScheme`: not empty (UAF §1), no longer than any identifier of the protocol.
struct Scheme(String);

impl FromJson for Scheme {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self(node.text_of(1, limits::EXTENSION_ID_CHARS)?.to_owned()))
    }
}

impl FromJson for MatchCriteria {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let vendors: Option<Vec<VendorId>> = node.optional_as("vendorID")?;
        let schemes: Option<Vec<Scheme>> = node.optional_as("assertionSchemes")?;
        let criteria = Self {
            aaid: node.optional_as("aaid")?,
            vendor_id: vendors.map(|list| list.into_iter().map(|code| code.0).collect()),
            key_ids: node.optional_as("keyIDs")?,
            user_verification: node.optional_as("userVerification")?,
            key_protection: node.optional_as("keyProtection")?,
            matcher_protection: node.optional_as("matcherProtection")?,
            attachment_hint: node.optional_as("attachmentHint")?,
            tc_display: node.optional_as("tcDisplay")?,
            authentication_algorithms: node.optional_as("authenticationAlgorithms")?,
            assertion_schemes: schemes.map(|list| list.into_iter().map(|name| name.0).collect()),
            attestation_types: node.optional_as("attestationTypes")?,
            authenticator_version: node.optional_as("authenticatorVersion")?,
            exts: node.optional_as("exts")?.unwrap_or_default(),
        };
        // UAF §3.1.11: aaid must not be combined with any other field.
        if criteria.combines_aaid_wrongly() {
            return Err(node.refuse(AAID_COMBINATION));
        }
        Ok(criteria)
    }
}

impl ToJson for MatchCriteria {
    fn to_json(&self) -> Value {
        let vendors =
            |codes: &Vec<u16>| -> Vec<String> { codes.iter().map(|code| format!("{code:04X}")).collect() };
        ObjectWriter::default()
            .put_some("aaid", self.aaid.as_deref().map(array))
            .put_some("vendorID", self.vendor_id.as_ref().map(vendors))
            .put_some("keyIDs", self.key_ids.as_deref().map(array))
            .put_some("userVerification", self.user_verification)
            .put_some("keyProtection", self.key_protection)
            .put_some("matcherProtection", self.matcher_protection)
            .put_some("attachmentHint", self.attachment_hint)
            .put_some("tcDisplay", self.tc_display)
            .put_some("authenticationAlgorithms", self.authentication_algorithms.clone())
            .put_some("assertionSchemes", self.assertion_schemes.clone())
            .put_some("attestationTypes", self.attestation_types.clone())
            .put_some("authenticatorVersion", self.authenticator_version)
            .put_list("exts", &self.exts)
            .finish()
    }
}
