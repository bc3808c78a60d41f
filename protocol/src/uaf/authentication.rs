//! Authentication and transaction confirmation messages (UAF §3.5).

use serde_json::Value;

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::hash::HashAlgorithm;
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::limits;
use crate::metadata::DisplayPngCharacteristics;
use crate::uaf::assertion::UAFV1TLV;
use crate::uaf::assertion::authentication::AuthenticationAssertion;
use crate::uaf::assertion::signed_data::TransactionContentHash;
use crate::uaf::challenge::FcParams;
use crate::uaf::header::{Extension, Operation, OperationHeader};
use crate::uaf::identity::Challenge;
use crate::uaf::message;
use crate::uaf::policy::Policy;
use crate::uaf::registration::{OTHER_SCHEME, assertion_bytes};

/// The content type of transaction text (UAF §3.5.1).
pub const TEXT_PLAIN: &str = "text/plain";
/// The content type of transaction pictures (UAF §3.5.1).
pub const IMAGE_PNG: &str = "image/png";

/// What the user is asked to confirm (UAF §3.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// [`TEXT_PLAIN`] or [`IMAGE_PNG`].
    pub content_type: String,
    /// base64url of the content, as transmitted.
    pub content: String,
    /// Present with pictures.
    pub tc_display_png_characteristics: Option<DisplayPngCharacteristics>,
}

impl Transaction {
    /// A transaction of text: 1 to 200 printable ASCII characters or line feeds.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] `transaction.content` for any other text.
    pub fn text_plain(text: &str) -> Result<Self, ProtocolError> {
        let content = base64url::encode(text.as_bytes());
        let content_type = TEXT_PLAIN.to_owned();
        check_text(text.as_bytes()).map_err(|rule| ProtocolError::field("transaction.content", rule))?;
        Ok(Self {
            content_type,
            content,
            tc_display_png_characteristics: None,
        })
    }

    /// A transaction of a picture, for displays with these characteristics.
    ///
    /// # Errors
    /// [`ProtocolError::Field`]: `png` where the bytes are not one PNG file, the member of
    /// `tcDisplayPNGCharacteristics` that is not the picture's, or `transaction.content` where it has more than
    /// 32 KiB.
    pub fn image_png(png: &[u8], characteristics: DisplayPngCharacteristics) -> Result<Self, ProtocolError> {
        let (actual, max) = (png.len(), limits::TRANSACTION_CONTENT_BYTES);
        if actual > max {
            let rule = FieldRule::Length { min: 1, max, actual };
            return Err(ProtocolError::field("transaction.content", rule));
        }
        // UAF §3.5.1: the characteristics describe the content.
        characteristics.check_png(png)?;
        Ok(Self {
            content_type: IMAGE_PNG.to_owned(),
            content: base64url::encode(png),
            tc_display_png_characteristics: Some(characteristics),
        })
    }

    /// The content's bytes: what is shown, and what `TAG_TRANSACTION_CONTENT_HASH` is over.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] `transaction.content` where the text is not base64url.
    pub fn content_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        base64url::decode(&self.content).map_err(|error| error.under("transaction.content"))
    }

    /// The text of a [`TEXT_PLAIN`] transaction; `None` for pictures.
    ///
    /// # Errors
    /// [`ProtocolError::Field`] `transaction.content` where it is not 1 to 200 ASCII characters.
    pub fn text(&self) -> Result<Option<String>, ProtocolError> {
        if self.content_type != TEXT_PLAIN {
            return Ok(None);
        }
        let bytes = self.content_bytes()?;
        check_text(&bytes).map_err(|rule| ProtocolError::field("transaction.content", rule))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// The hash of the content's bytes, by the hash function of the authenticator's algorithm (UAF §3.5.7.5).
    ///
    /// # Errors
    /// As [`Self::content_bytes`].
    pub fn content_hash(&self, algorithm: HashAlgorithm) -> Result<TransactionContentHash, ProtocolError> {
        Ok(TransactionContentHash::of(algorithm, &self.content_bytes()?))
    }
}

/// UAF §3.5.1: ASCII text of at most 200 characters. Control characters other than the line
/// feed are refused, because what they look like depends on the display.
fn check_text(bytes: &[u8]) -> Result<(), FieldRule> {
    let (actual, max) = (bytes.len(), limits::TRANSACTION_TEXT_CHARS);
    if !(1..=max).contains(&actual) {
        return Err(FieldRule::Length { min: 1, max, actual });
    }
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        Ok(())
    } else {
        Err(FieldRule::Other("has to be printable ASCII text"))
    }
}

impl FromJson for Transaction {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let content_type: String = node.required_as("contentType")?;
        let content = node.required("content")?;
        let bytes = content.bytes_of(1, limits::TRANSACTION_CONTENT_BYTES)?;
        let png: Option<DisplayPngCharacteristics> = node.optional_as("tcDisplayPNGCharacteristics")?;
        match content_type.as_str() {
            TEXT_PLAIN => check_text(&bytes).map_err(|rule| content.error(rule))?,
            // UAF §3.5.1: the characteristics must be present for pictures.
            IMAGE_PNG if png.is_none() => {
                return Err(node.refuse("image/png needs tcDisplayPNGCharacteristics"));
            }
            IMAGE_PNG => {}
            _ => {
                let rule = "has to be text/plain or image/png";
                return Err(node.required("contentType")?.refuse(rule));
            }
        }
        let content = content.text()?.to_owned();
        Ok(Self {
            content_type,
            content,
            tc_display_png_characteristics: png,
        })
    }
}

impl ToJson for Transaction {
    fn to_json(&self) -> Value {
        let png = self.tc_display_png_characteristics.as_ref().map(ToJson::to_json);
        ObjectWriter::default()
            .put("contentType", self.content_type.as_str())
            .put("content", self.content.as_str())
            .put_some("tcDisplayPNGCharacteristics", png)
            .finish()
    }
}

/// Asks a client to authenticate, or to confirm a transaction (UAF §3.5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationRequest {
    /// Header with operation `Auth`.
    pub header: OperationHeader,
    /// The server's challenge.
    pub challenge: Challenge,
    /// The transaction in every form that some authenticator needs; empty for a login.
    pub transaction: Vec<Transaction>,
    /// The authenticators, or the keys, that the server accepts.
    pub policy: Policy,
}

impl AuthenticationRequest {
    /// The message: an array with this request alone.
    ///
    /// # Errors
    /// [`ProtocolError`] where the header or the policy breaks a sender's rule, or the message
    /// is too long.
    pub fn encode(&self) -> Result<String, ProtocolError> {
        message::encode_requests(&[message::UafRequest::Authentication(self.clone())])
    }
}

impl FromJson for AuthenticationRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            header: OperationHeader::of(node, Operation::Auth)?,
            challenge: node.required_as("challenge")?,
            transaction: node.optional_as("transaction")?.unwrap_or_default(),
            policy: node.required_as("policy")?,
        })
    }
}

impl ToJson for AuthenticationRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("header", self.header.to_json())
            .put("challenge", self.challenge.to_string())
            .put_list("transaction", &self.transaction)
            .put("policy", self.policy.to_json())
            .finish()
    }
}

/// One authenticator's answer to an authentication (UAF §3.5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorSignAssertion {
    /// How the assertion is written, for example `UAFV1TLV`; 1 to 32 characters.
    pub assertion_scheme: String,
    /// base64url of 1 to 4096 bytes, as transmitted.
    pub assertion: String,
    /// Extensions, in order.
    pub exts: Vec<Extension>,
}

impl AuthenticatorSignAssertion {
    /// An answer in the scheme `UAFV1TLV`.
    ///
    /// # Errors
    /// [`ProtocolError`] where the assertion cannot be written.
    pub fn uafv1tlv(assertion: &AuthenticationAssertion) -> Result<Self, ProtocolError> {
        let assertion = base64url::encode(&assertion.encode()?);
        Ok(Self {
            assertion_scheme: UAFV1TLV.to_owned(),
            assertion,
            exts: Vec::new(),
        })
    }

    /// The assertion inside.
    ///
    /// # Errors
    /// [`ProtocolError`] where the scheme is another one, the text is not base64url, or the
    /// bytes are not an authentication assertion (Commands §5.2.2).
    pub fn decode_assertion(&self) -> Result<AuthenticationAssertion, ProtocolError> {
        let scheme = (UAFV1TLV, OTHER_SCHEME);
        AuthenticationAssertion::decode(&assertion_bytes(scheme, &self.assertion_scheme, &self.assertion)?)
    }
}

impl FromJson for AuthenticatorSignAssertion {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let scheme = node.required("assertionScheme")?;
        let assertion = node.required("assertion")?;
        Ok(Self {
            assertion_scheme: scheme.text_of(1, limits::EXTENSION_ID_CHARS)?.to_owned(),
            assertion: assertion.text_of(1, limits::ASSERTION_CHARS)?.to_owned(),
            exts: node.optional_as("exts")?.unwrap_or_default(),
        })
    }
}

impl ToJson for AuthenticatorSignAssertion {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("assertionScheme", self.assertion_scheme.as_str())
            .put("assertion", self.assertion.as_str())
            .put_list("exts", &self.exts)
            .finish()
    }
}

/// The client's answer to an authentication request (UAF §3.5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationResponse {
    /// The request's header, unchanged.
    pub header: OperationHeader,
    /// The final challenge as transmitted.
    pub fc_params: FcParams,
    /// At least one assertion.
    pub assertions: Vec<AuthenticatorSignAssertion>,
}

impl AuthenticationResponse {
    /// Reads a response message: an array of exactly one object.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule (UAF §3.5.7.5 step 1).
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

impl FromJson for AuthenticationResponse {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            header: OperationHeader::of(node, Operation::Auth)?,
            fc_params: node.required_as("fcParams")?,
            assertions: node.required_as("assertions")?,
        })
    }
}

impl ToJson for AuthenticationResponse {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("header", self.header.to_json())
            .put("fcParams", self.fc_params.as_str())
            .put("assertions", array(&self.assertions))
            .finish()
    }
}

serde_as_json!(Transaction, AuthenticationRequest, AuthenticationResponse);
