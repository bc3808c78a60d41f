//! What an ASM says of one of its authenticators (ASM §3.5.1).

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array};
use crate::metadata::DisplayPngCharacteristics;
use crate::registry::{AttestationType, AuthenticationAlgorithm};
use crate::uaf::header::Upv;
use crate::uaf::identity::{Aaid, KeyId};
use crate::uaf::policy::AuthenticatorDescription;

/// `AuthenticatorInfo` (ASM §3.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorInfo {
    /// Which authenticator of the ASM.
    pub authenticator_index: u16,
    /// ASM versions that it speaks, at least one.
    pub asm_versions: Vec<Upv>,
    /// Whether a user is enrolled.
    pub is_user_enrolled: bool,
    /// Whether it has settings of its own.
    pub has_settings: bool,
    /// The model.
    pub aaid: Aaid,
    /// The scheme of its assertions.
    pub assertion_scheme: String,
    /// The algorithm it signs with.
    pub authentication_algorithm: AuthenticationAlgorithm,
    /// The attestations it can give, at least one.
    pub attestation_types: Vec<AttestationType>,
    /// Flags of [`crate::registry::user_verification`].
    pub user_verification: u32,
    /// Flags of [`crate::registry::key_protection`].
    pub key_protection: u16,
    /// Flags of [`crate::registry::matcher_protection`].
    pub matcher_protection: u16,
    /// Flags of [`crate::registry::attachment_hint`].
    pub attachment_hint: u32,
    /// Whether it is a second factor only.
    pub is_second_factor_only: bool,
    /// Whether it moves between devices.
    pub is_roaming_authenticator: bool,
    /// Extensions it understands; may be empty.
    pub supported_extension_ids: Vec<String>,
    /// Flags of [`crate::registry::tc_display`]; 0 without a display.
    pub tc_display: u16,
    /// The content type that the display takes.
    pub tc_display_content_type: Option<String>,
    /// What the display can show; empty for text.
    pub tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
    /// A title for people.
    pub title: Option<String>,
    /// A description for people.
    pub description: Option<String>,
    /// A PNG as a data URL.
    pub icon: Option<String>,
}

impl AuthenticatorInfo {
    /// What policies match. The ASM does not report the firmware's version and the keys; the
    /// client learns them otherwise (ASM §3.10).
    #[must_use]
    pub fn describe(&self, authenticator_version: u16, key_ids: Vec<KeyId>) -> AuthenticatorDescription {
        AuthenticatorDescription {
            aaid: self.aaid,
            key_ids,
            user_verification: self.user_verification,
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
pub(super) fn code<T: TryFrom<u16>>(node: &Node<'_>) -> Result<T, ProtocolError> {
    T::try_from(u16::from_json(node)?).map_err(|_| node.refuse("is not a code of the registry"))
}

impl FromJson for AuthenticatorInfo {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let kinds = node.required("attestationTypes")?;
        // ASM §3.5.1: the list of extensions may be empty.
        let extensions = node.required("supportedExtensionIDs")?;
        Ok(Self {
            authenticator_index: node.required_as("authenticatorIndex")?,
            asm_versions: node.required_as("asmVersions")?,
            is_user_enrolled: node.required_as("isUserEnrolled")?,
            has_settings: node.required_as("hasSettings")?,
            aaid: node.required_as("aaid")?,
            assertion_scheme: node.required_as("assertionScheme")?,
            authentication_algorithm: code(&node.required("authenticationAlgorithm")?)?,
            attestation_types: kinds.elements(1)?.iter().map(code).collect::<Result<_, _>>()?,
            user_verification: node.required_as("userVerification")?,
            key_protection: node.required_as("keyProtection")?,
            matcher_protection: node.required_as("matcherProtection")?,
            attachment_hint: node.required_as("attachmentHint")?,
            is_second_factor_only: node.required_as("isSecondFactorOnly")?,
            is_roaming_authenticator: node.required_as("isRoamingAuthenticator")?,
            supported_extension_ids: extensions.list_of(0)?,
            tc_display: node.required_as("tcDisplay")?,
            tc_display_content_type: node.optional_as("tcDisplayContentType")?,
            tc_display_png_characteristics: node
                .optional_as("tcDisplayPNGCharacteristics")?
                .unwrap_or_default(),
            title: node.optional_as("title")?,
            description: node.optional_as("description")?,
            icon: node.optional_as("icon")?,
        })
    }
}

impl ToJson for AuthenticatorInfo {
    fn to_json(&self) -> Value {
        let kinds: Vec<u16> = self.attestation_types.iter().map(|kind| kind.code()).collect();
        ObjectWriter::default()
            .put("authenticatorIndex", self.authenticator_index)
            .put("asmVersions", array(&self.asm_versions))
            .put("isUserEnrolled", self.is_user_enrolled)
            .put("hasSettings", self.has_settings)
            .put("aaid", self.aaid.to_string())
            .put("assertionScheme", self.assertion_scheme.as_str())
            .put("authenticationAlgorithm", self.authentication_algorithm.code())
            .put("attestationTypes", kinds)
            .put("userVerification", self.user_verification)
            .put("keyProtection", self.key_protection)
            .put("matcherProtection", self.matcher_protection)
            .put("attachmentHint", self.attachment_hint)
            .put("isSecondFactorOnly", self.is_second_factor_only)
            .put("isRoamingAuthenticator", self.is_roaming_authenticator)
            .put("supportedExtensionIDs", self.supported_extension_ids.clone())
            .put("tcDisplay", self.tc_display)
            .put_some("tcDisplayContentType", self.tc_display_content_type.as_deref())
            .put_list(
                "tcDisplayPNGCharacteristics",
                &self.tc_display_png_characteristics,
            )
            .put_some("title", self.title.as_deref())
            .put_some("description", self.description.as_deref())
            .put_some("icon", self.icon.as_deref())
            .finish()
    }
}
