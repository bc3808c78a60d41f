//! Metadata statements: what a vendor says of an authenticator model (Metadata §4), in the
//! JSON of versions 1 and 2, where registry values are numbers, and of version 3, where they are names; and what a
//! metadata service says of the model beside it.

mod calendar;
mod display;
mod ecdaa;
mod entry;
mod names;
mod numbers;
mod png;
mod status_report;
mod verification;
mod version_3;

pub use calendar::CalendarDate;
pub use display::{DisplayPngCharacteristics, RgbPaletteEntry};
pub use ecdaa::EcdaaTrustAnchor;
pub use entry::MetadataEntry;
pub use status_report::{AuthenticatorStatus, StatusReport};
pub use verification::{BiometricAccuracy, CodeAccuracy, PatternAccuracy, VerificationMethod};

use serde_json::Value;

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::limits;
use crate::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat, user_verification};
use crate::uaf::header::Upv;
use crate::uaf::identity::Aaid;
use crate::uaf::policy::AuthenticatorDescription;
use crate::webauthn::aaguid::Aaguid;

/// A UAF metadata statement (Metadata §4). Members that later drafts require but deployed
/// statements lack are optional here; [`Self::encode`] writes whatever is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataStatement {
    /// The model.
    pub aaid: Aaid,
    /// The model's name in WebAuthn, for models that answer in `WAV1CBOR` (experimental); others have none.
    pub aaguid: Option<Aaguid>,
    /// Words for people.
    pub description: String,
    /// The oldest firmware version that this statement speaks of.
    pub authenticator_version: u16,
    /// `uaf`, where stated.
    pub protocol_family: Option<String>,
    /// Protocol versions, at least one.
    pub upv: Vec<Upv>,
    /// The scheme of its assertions: `UAFV1TLV`, `WAV1CBOR` (experimental), or one that nobody here reads.
    pub assertion_scheme: String,
    /// The algorithm it signs with.
    pub authentication_algorithm: AuthenticationAlgorithm,
    /// How it writes public keys.
    pub public_key_format: PublicKeyFormat,
    /// The attestations it can give, at least one.
    pub attestation_types: Vec<AttestationType>,
    /// Alternatives, each a set of methods that are used together; not empty.
    pub user_verification_details: Vec<Vec<VerificationMethod>>,
    /// Flags of [`crate::registry::key_protection`].
    pub key_protection: u16,
    /// Whether its keys sign nothing but what the protocol defines; true where not stated.
    pub is_key_restricted: Option<bool>,
    /// Whether every signature needs a fresh user verification; true where not stated.
    pub is_fresh_user_verification_required: Option<bool>,
    /// Flags of [`crate::registry::matcher_protection`].
    pub matcher_protection: u16,
    /// Flags of [`crate::registry::attachment_hint`].
    pub attachment_hint: u32,
    /// Whether it is a second factor only.
    pub is_second_factor_only: bool,
    /// Flags of [`crate::registry::tc_display`]; 0 without a transaction display.
    pub tc_display: u16,
    /// The content type that the display takes; present where `tc_display` is not 0.
    pub tc_display_content_type: Option<String>,
    /// What the display can show; empty for text.
    pub tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
    /// Roots of attestation certificates in DER. Empty means that only surrogate attestation
    /// can be accepted (UAF §3.4.6.5).
    pub attestation_root_certificates: Vec<Vec<u8>>,
    /// Trust anchors for direct anonymous attestation.
    pub ecdaa_trust_anchors: Vec<EcdaaTrustAnchor>,
    /// A PNG as a data URL.
    pub icon: Option<String>,
}

impl MetadataStatement {
    /// Reads a statement of at most 1 MiB, of any version: one that lists its algorithms in `authenticationAlgorithms`
    /// is of version 3.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule.
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "metadata statement", limits::METADATA_BYTES)?;
        Self::from_json(&Node::root(&tree, ""))
    }

    /// The statement as JSON of versions 1 and 2; [`Self::encode_v3`] writes version 3.
    #[must_use]
    pub fn encode(&self) -> String {
        json::write(&self.to_json())
    }

    /// The flags of `userVerification` as policies match them (UAF §3.1.11). `None` where the
    /// alternatives combine methods in a way that flags cannot express; a policy then lists
    /// the AAID.
    #[must_use]
    pub fn user_verification_flags(&self) -> Option<u32> {
        match self.user_verification_details.as_slice() {
            [together] => {
                let flags = together
                    .iter()
                    .fold(0, |all, method| all | method.user_verification);
                let several = flags.count_ones() > 1;
                Some(if several {
                    flags | user_verification::ALL
                } else {
                    flags
                })
            }
            alternatives => alternatives.iter().try_fold(0, |all, set| match set.as_slice() {
                [method] => Some(all | method.user_verification),
                _ => None,
            }),
        }
    }

    /// What policies match, for an authenticator of this model that reports
    /// `authenticator_version` and holds `key_ids`. User verification is 0, which matches
    /// nothing, where [`Self::user_verification_flags`] has no answer.
    #[must_use]
    pub fn describe(
        &self,
        authenticator_version: u16,
        key_ids: Vec<crate::uaf::identity::KeyId>,
    ) -> AuthenticatorDescription {
        AuthenticatorDescription {
            aaid: self.aaid,
            key_ids,
            user_verification: self.user_verification_flags().unwrap_or(0),
            key_protection: self.key_protection,
            matcher_protection: self.matcher_protection,
            attachment_hint: self.attachment_hint,
            tc_display: self.tc_display,
            authentication_algorithm: self.authentication_algorithm,
            assertion_scheme: self.assertion_scheme.clone(),
            attestation_types: self.attestation_types.clone(),
            authenticator_version,
        }
    }
}

/// The members that versions 1 and 2 write as numbers and version 3 as names, or leaves out.
struct RegistryMembers {
    assertion_scheme: String,
    authentication_algorithm: AuthenticationAlgorithm,
    public_key_format: PublicKeyFormat,
    attestation_types: Vec<AttestationType>,
    user_verification_details: Vec<Vec<VerificationMethod>>,
    key_protection: u16,
    matcher_protection: u16,
    attachment_hint: u32,
    is_second_factor_only: bool,
    tc_display: u16,
}

/// Deployed statements write empty lists where they mean absence.
fn list_or_empty<T: FromJson>(node: &Node<'_>, name: &str) -> Result<Vec<T>, ProtocolError> {
    node.optional(name)?
        .map_or(Ok(Vec::new()), |list| list.list_of(0))
}

fn certificates(node: &Node<'_>) -> Result<Vec<Vec<u8>>, ProtocolError> {
    let Some(list) = node.optional("attestationRootCertificates")? else {
        return Ok(Vec::new());
    };
    // Metadata §4: the list may be empty, for models with surrogate attestation only.
    list.elements(0)?.iter().map(certificate).collect()
}

/// Metadata §4: base64, not base64url, of a certificate in DER.
fn certificate(node: &Node<'_>) -> Result<Vec<u8>, ProtocolError> {
    let der = base64url::decode_standard(node.text()?);
    der.filter(|der| !der.is_empty())
        .ok_or_else(|| node.error(FieldRule::NotBase64))
}

impl FromJson for MetadataStatement {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let pngs = list_or_empty(node, "tcDisplayPNGCharacteristics")?;
        let anchors = list_or_empty(node, "ecdaaTrustAnchors")?;
        let aaid = node.required_as("aaid")?;
        let description = node.required_as("description")?;
        let authenticator_version = node.required_as("authenticatorVersion")?;
        let upv = node.required_as("upv")?;
        let registry = if version_3::is_one(node)? {
            version_3::read(node)?
        } else {
            numbers::read(node)?
        };
        Ok(Self {
            aaid,
            aaguid: node.optional_as("aaguid")?,
            description,
            authenticator_version,
            protocol_family: node.optional_as("protocolFamily")?,
            upv,
            assertion_scheme: registry.assertion_scheme,
            authentication_algorithm: registry.authentication_algorithm,
            public_key_format: registry.public_key_format,
            attestation_types: registry.attestation_types,
            user_verification_details: registry.user_verification_details,
            key_protection: registry.key_protection,
            is_key_restricted: node.optional_as("isKeyRestricted")?,
            is_fresh_user_verification_required: node.optional_as("isFreshUserVerificationRequired")?,
            matcher_protection: registry.matcher_protection,
            attachment_hint: registry.attachment_hint,
            is_second_factor_only: registry.is_second_factor_only,
            tc_display: registry.tc_display,
            tc_display_content_type: node.optional_as("tcDisplayContentType")?,
            tc_display_png_characteristics: pngs,
            attestation_root_certificates: certificates(node)?,
            ecdaa_trust_anchors: anchors,
            icon: node.optional_as("icon")?,
        })
    }
}

impl MetadataStatement {
    /// The members that every version writes in the same way.
    fn common_members(&self) -> ObjectWriter {
        let roots: Vec<String> = self
            .attestation_root_certificates
            .iter()
            .map(|der| base64url::encode_standard(der))
            .collect();
        ObjectWriter::default()
            .put("aaid", self.aaid.to_string())
            .put_some("aaguid", self.aaguid.map(|aaguid| aaguid.to_string()))
            .put("description", self.description.as_str())
            .put("authenticatorVersion", self.authenticator_version)
            .put_some("protocolFamily", self.protocol_family.as_deref())
            .put("upv", array(&self.upv))
            .put_some("isKeyRestricted", self.is_key_restricted)
            .put_some(
                "isFreshUserVerificationRequired",
                self.is_fresh_user_verification_required,
            )
            .put_some("tcDisplayContentType", self.tc_display_content_type.as_deref())
            .put_list(
                "tcDisplayPNGCharacteristics",
                &self.tc_display_png_characteristics,
            )
            .put("attestationRootCertificates", roots)
            .put_list("ecdaaTrustAnchors", &self.ecdaa_trust_anchors)
            .put_some("icon", self.icon.as_deref())
    }
}

impl ToJson for MetadataStatement {
    fn to_json(&self) -> Value {
        numbers::write(self, self.common_members()).finish()
    }
}

serde_as_json!(MetadataStatement);

#[cfg(test)]
mod tests;
