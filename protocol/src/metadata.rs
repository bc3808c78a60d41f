//! Metadata statements: what a vendor says of an authenticator model (Metadata §4), in the
//! JSON of versions 1 and 2, where registry values are numbers.

mod verification;

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

/// A colour of a palette (Metadata §3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RgbPaletteEntry {
    /// Red.
    pub r: u16,
    /// Green.
    pub g: u16,
    /// Blue.
    pub b: u16,
}

impl FromJson for RgbPaletteEntry {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            r: node.required_as("r")?,
            g: node.required_as("g")?,
            b: node.required_as("b")?,
        })
    }
}

impl ToJson for RgbPaletteEntry {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("r", self.r)
            .put("g", self.g)
            .put("b", self.b)
            .finish()
    }
}

/// What a transaction display can show (Metadata §3.7); the values of a PNG header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayPngCharacteristics {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits per sample.
    pub bit_depth: u8,
    /// PNG colour type.
    pub color_type: u8,
    /// PNG compression method.
    pub compression: u8,
    /// PNG filter method.
    pub filter: u8,
    /// PNG interlace method.
    pub interlace: u8,
    /// The palette; empty without one.
    pub plte: Vec<RgbPaletteEntry>,
}

impl FromJson for DisplayPngCharacteristics {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            width: node.required_as("width")?,
            height: node.required_as("height")?,
            bit_depth: node.required_as("bitDepth")?,
            color_type: node.required_as("colorType")?,
            compression: node.required_as("compression")?,
            filter: node.required_as("filter")?,
            interlace: node.required_as("interlace")?,
            plte: node.optional_as("plte")?.unwrap_or_default(),
        })
    }
}

impl ToJson for DisplayPngCharacteristics {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("width", self.width)
            .put("height", self.height)
            .put("bitDepth", self.bit_depth)
            .put("colorType", self.color_type)
            .put("compression", self.compression)
            .put("filter", self.filter)
            .put("interlace", self.interlace)
            .put_list("plte", &self.plte)
            .finish()
    }
}

/// A public key for direct anonymous attestation (Metadata §3.8); kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcdaaTrustAnchor {
    /// base64url of the point X.
    pub x: String,
    /// base64url of the point Y.
    pub y: String,
    /// base64url of c.
    pub c: String,
    /// base64url of sx.
    pub sx: String,
    /// base64url of sy.
    pub sy: String,
    /// The name of the curve.
    pub g1_curve: String,
}

impl FromJson for EcdaaTrustAnchor {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            x: node.required_as("X")?,
            y: node.required_as("Y")?,
            c: node.required_as("c")?,
            sx: node.required_as("sx")?,
            sy: node.required_as("sy")?,
            g1_curve: node.required_as("G1Curve")?,
        })
    }
}

impl ToJson for EcdaaTrustAnchor {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("X", self.x.as_str())
            .put("Y", self.y.as_str())
            .put("c", self.c.as_str())
            .put("sx", self.sx.as_str())
            .put("sy", self.sy.as_str())
            .put("G1Curve", self.g1_curve.as_str())
            .finish()
    }
}

/// A UAF metadata statement (Metadata §4). Members that later drafts require but deployed
/// statements lack are optional here; [`Self::encode`] writes whatever is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataStatement {
    /// The model.
    pub aaid: Aaid,
    /// Words for people.
    pub description: String,
    /// The oldest firmware version that this statement speaks of.
    pub authenticator_version: u16,
    /// `uaf`, where stated.
    pub protocol_family: Option<String>,
    /// Protocol versions, at least one.
    pub upv: Vec<Upv>,
    /// The scheme of its assertions, for example `UAFV1TLV`.
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
    /// Reads a statement of at most 1 MiB.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule.
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "metadata statement", limits::METADATA_BYTES)?;
        Self::from_json(&Node::root(&tree, ""))
    }

    /// The statement as JSON.
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

/// Reads a registry code.
fn code<T: TryFrom<u16>>(node: &Node<'_>) -> Result<T, ProtocolError> {
    T::try_from(u16::from_json(node)?).map_err(|_| node.refuse("is not a code of the registry"))
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
    let decode = |entry: &Node<'_>| -> Result<Vec<u8>, ProtocolError> {
        let der = base64url::decode_standard(entry.text()?);
        der.filter(|der| !der.is_empty())
            .ok_or_else(|| entry.error(FieldRule::NotBase64))
    };
    // Metadata §4: the list may be empty, for models with surrogate attestation only.
    list.elements(0)?.iter().map(decode).collect()
}

impl FromJson for MetadataStatement {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let attestation_types = node.required("attestationTypes")?;
        let pngs = list_or_empty(node, "tcDisplayPNGCharacteristics")?;
        let anchors = list_or_empty(node, "ecdaaTrustAnchors")?;
        Ok(Self {
            aaid: node.required_as("aaid")?,
            description: node.required_as("description")?,
            authenticator_version: node.required_as("authenticatorVersion")?,
            protocol_family: node.optional_as("protocolFamily")?,
            upv: node.required_as("upv")?,
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
            is_key_restricted: node.optional_as("isKeyRestricted")?,
            is_fresh_user_verification_required: node.optional_as("isFreshUserVerificationRequired")?,
            matcher_protection: node.required_as("matcherProtection")?,
            attachment_hint: node.required_as("attachmentHint")?,
            is_second_factor_only: node.required_as("isSecondFactorOnly")?,
            tc_display: node.required_as("tcDisplay")?,
            tc_display_content_type: node.optional_as("tcDisplayContentType")?,
            tc_display_png_characteristics: pngs,
            attestation_root_certificates: certificates(node)?,
            ecdaa_trust_anchors: anchors,
            icon: node.optional_as("icon")?,
        })
    }
}

impl ToJson for MetadataStatement {
    fn to_json(&self) -> Value {
        let codes: Vec<u16> = self.attestation_types.iter().map(|kind| kind.code()).collect();
        let sets: Vec<Value> = self
            .user_verification_details
            .iter()
            .map(|set| array(set))
            .collect();
        let roots: Vec<String> = self
            .attestation_root_certificates
            .iter()
            .map(|der| base64url::encode_standard(der))
            .collect();
        ObjectWriter::default()
            .put("aaid", self.aaid.to_string())
            .put("description", self.description.as_str())
            .put("authenticatorVersion", self.authenticator_version)
            .put_some("protocolFamily", self.protocol_family.as_deref())
            .put("upv", array(&self.upv))
            .put("assertionScheme", self.assertion_scheme.as_str())
            .put("authenticationAlgorithm", self.authentication_algorithm.code())
            .put("publicKeyAlgAndEncoding", self.public_key_format.code())
            .put("attestationTypes", codes)
            .put("userVerificationDetails", sets)
            .put("keyProtection", self.key_protection)
            .put_some("isKeyRestricted", self.is_key_restricted)
            .put_some(
                "isFreshUserVerificationRequired",
                self.is_fresh_user_verification_required,
            )
            .put("matcherProtection", self.matcher_protection)
            .put("attachmentHint", self.attachment_hint)
            .put("isSecondFactorOnly", self.is_second_factor_only)
            .put("tcDisplay", self.tc_display)
            .put_some("tcDisplayContentType", self.tc_display_content_type.as_deref())
            .put_list(
                "tcDisplayPNGCharacteristics",
                &self.tc_display_png_characteristics,
            )
            .put("attestationRootCertificates", roots)
            .put_list("ecdaaTrustAnchors", &self.ecdaa_trust_anchors)
            .put_some("icon", self.icon.as_deref())
            .finish()
    }
}

serde_as_json!(DisplayPngCharacteristics, MetadataStatement);

#[cfg(test)]
mod tests;
