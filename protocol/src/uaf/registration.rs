//! Registration messages (UAF §3.4).

use serde_json::Value;

use crate::base64url;
use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::limits;
use crate::metadata::DisplayPngCharacteristics;
use crate::uaf::assertion::UAFV1TLV;
use crate::uaf::assertion::registration::RegistrationAssertion;
use crate::uaf::challenge::FcParams;
use crate::uaf::header::{Extension, Operation, OperationHeader};
use crate::uaf::identity::{Challenge, Username};
use crate::uaf::message;
use crate::uaf::policy::Policy;

/// Asks a client to register a key (UAF §3.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationRequest {
    /// Header with operation `Reg`.
    pub header: OperationHeader,
    /// The server's challenge.
    pub challenge: Challenge,
    /// The user's name, shown by authenticators that hold several accounts.
    pub username: Username,
    /// The authenticators that the server accepts.
    pub policy: Policy,
}

impl RegistrationRequest {
    /// The message: an array with this request alone. [`message::encode_requests`] writes
    /// several versions.
    ///
    /// # Errors
    /// [`ProtocolError`] where the header or the policy breaks a sender's rule, or the message
    /// is too long.
    pub fn encode(&self) -> Result<String, ProtocolError> {
        message::encode_requests(&[message::UafRequest::Registration(self.clone())])
    }
}

impl FromJson for RegistrationRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            header: OperationHeader::of(node, Operation::Reg)?,
            challenge: node.required_as("challenge")?,
            username: node.required_as("username")?,
            policy: node.required_as("policy")?,
        })
    }
}

impl ToJson for RegistrationRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("header", self.header.to_json())
            .put("challenge", self.challenge.to_string())
            .put("username", self.username.as_str())
            .put("policy", self.policy.to_json())
            .finish()
    }
}

/// One authenticator's answer to a registration (UAF §3.4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorRegistrationAssertion {
    /// How the assertion is written, for example `UAFV1TLV`; 1 to 32 characters.
    pub assertion_scheme: String,
    /// base64url of 1 to 4096 bytes, as transmitted. Decoded apart, because one bad
    /// assertion is skipped and does not condemn the others (UAF §3.4.6.5).
    pub assertion: String,
    /// What its transaction display can show; empty where not reported.
    pub tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
    /// Extensions, in order.
    pub exts: Vec<Extension>,
}

impl AuthenticatorRegistrationAssertion {
    /// An answer in the scheme `UAFV1TLV`.
    ///
    /// # Errors
    /// [`ProtocolError`] where the assertion cannot be written.
    pub fn uafv1tlv(assertion: &RegistrationAssertion) -> Result<Self, ProtocolError> {
        Ok(Self {
            assertion_scheme: UAFV1TLV.to_owned(),
            assertion: base64url::encode(&assertion.encode()?),
            tc_display_png_characteristics: Vec::new(),
            exts: Vec::new(),
        })
    }

    /// The assertion inside.
    ///
    /// # Errors
    /// [`ProtocolError`] where the scheme is another one, the text is not base64url, or the
    /// bytes are not a registration assertion (Commands §5.2.1).
    pub fn decode_assertion(&self) -> Result<RegistrationAssertion, ProtocolError> {
        let scheme = (UAFV1TLV, OTHER_SCHEME);
        RegistrationAssertion::decode(&assertion_bytes(scheme, &self.assertion_scheme, &self.assertion)?)
    }
}

/// The rule for a member that names another scheme than `UAFV1TLV`.
pub(super) const OTHER_SCHEME: &str = "has to be UAFV1TLV";

/// The bytes of an assertion whose scheme is `expected`; another one breaks the rule beside it.
pub(super) fn assertion_bytes(
    (expected, rule): (&str, &'static str),
    scheme: &str,
    assertion: &str,
) -> Result<Vec<u8>, ProtocolError> {
    if scheme != expected {
        let rule = crate::error::FieldRule::Other(rule);
        return Err(ProtocolError::field("assertionScheme", rule));
    }
    base64url::decode(assertion).map_err(|error| error.under("assertion"))
}

impl FromJson for AuthenticatorRegistrationAssertion {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let scheme = node.required("assertionScheme")?;
        let assertion = node.required("assertion")?;
        Ok(Self {
            assertion_scheme: scheme.text_of(1, limits::EXTENSION_ID_CHARS)?.to_owned(),
            assertion: assertion.text_of(1, limits::ASSERTION_CHARS)?.to_owned(),
            tc_display_png_characteristics: node
                .optional_as("tcDisplayPNGCharacteristics")?
                .unwrap_or_default(),
            exts: node.optional_as("exts")?.unwrap_or_default(),
        })
    }
}

impl ToJson for AuthenticatorRegistrationAssertion {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("assertionScheme", self.assertion_scheme.as_str())
            .put("assertion", self.assertion.as_str())
            .put_list(
                "tcDisplayPNGCharacteristics",
                &self.tc_display_png_characteristics,
            )
            .put_list("exts", &self.exts)
            .finish()
    }
}

/// The client's answer to a registration request (UAF §3.4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationResponse {
    /// The request's header, unchanged.
    pub header: OperationHeader,
    /// The final challenge as transmitted.
    pub fc_params: FcParams,
    /// At least one assertion.
    pub assertions: Vec<AuthenticatorRegistrationAssertion>,
}

impl RegistrationResponse {
    /// Reads a response message: an array of exactly one object.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule (UAF §3.4.6.5 step 1).
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        message::decode_response(text)
    }

    /// The response message.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`], or a field error where a sender's rule is broken.
    pub fn encode(&self) -> Result<String, ProtocolError> {
        message::encode_response(self)
    }
}

impl FromJson for RegistrationResponse {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            header: OperationHeader::of(node, Operation::Reg)?,
            fc_params: node.required_as("fcParams")?,
            assertions: node.required_as("assertions")?,
        })
    }
}

impl ToJson for RegistrationResponse {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("header", self.header.to_json())
            .put("fcParams", self.fc_params.as_str())
            .put("assertions", array(&self.assertions))
            .finish()
    }
}

serde_as_json!(RegistrationRequest, RegistrationResponse);
