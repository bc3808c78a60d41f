//! ASM responses (ASM §3.2.2, §3.5 to §3.10).

use serde_json::Value;

use super::information::AuthenticatorInfo;
use super::request::AsmOperation;
use super::status::AsmStatusCode;
use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson, array};
use crate::limits;
use crate::uaf::header::Extension;
use crate::uaf::identity::{AppId, KeyId};

/// `RegisterOut` and `AuthenticateOut` (ASM §3.6.2, §3.7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionOut {
    /// base64url of the assertion, as the UAF response carries it.
    pub assertion: String,
    /// How the assertion is written, for example `UAFV1TLV`.
    pub assertion_scheme: String,
}

impl FromJson for AssertionOut {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let scheme = node.required("assertionScheme")?;
        let assertion = node.required("assertion")?;
        Ok(Self {
            assertion: assertion.text_of(1, limits::ASSERTION_CHARS)?.to_owned(),
            assertion_scheme: scheme.text_of(1, limits::EXTENSION_ID_CHARS)?.to_owned(),
        })
    }
}

impl ToJson for AssertionOut {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("assertion", self.assertion.as_str())
            .put("assertionScheme", self.assertion_scheme.as_str())
            .finish()
    }
}

/// The keys of one application (ASM §3.9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRegistration {
    /// The application.
    pub app_id: AppId,
    /// Its keys, at least one.
    pub key_ids: Vec<KeyId>,
}

impl FromJson for AppRegistration {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            app_id: node.required_as("appID")?,
            key_ids: node.required_as("keyIDs")?,
        })
    }
}

impl ToJson for AppRegistration {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("appID", self.app_id.as_str())
            .put("keyIDs", array(&self.key_ids))
            .finish()
    }
}

/// What a served request gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsmOutput {
    /// Of [`AsmOperation::GetInfo`]; possibly empty.
    Authenticators(Vec<AuthenticatorInfo>),
    /// Of [`AsmOperation::Register`] and [`AsmOperation::Authenticate`].
    Assertion(AssertionOut),
    /// Of [`AsmOperation::GetRegistrations`]; possibly empty.
    Registrations(Vec<AppRegistration>),
    /// Of the other requests.
    Nothing,
}

/// `ASMResponse` (ASM §3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsmResponse {
    /// The outcome.
    pub status_code: AsmStatusCode,
    /// What came of it; [`AsmOutput::Nothing`] unless the outcome is [`AsmStatusCode::Ok`].
    pub output: AsmOutput,
    /// Extensions, in order.
    pub exts: Vec<Extension>,
}

impl AsmResponse {
    /// A failure.
    #[must_use]
    pub const fn failed(status_code: AsmStatusCode) -> Self {
        Self {
            status_code,
            output: AsmOutput::Nothing,
            exts: Vec::new(),
        }
    }

    /// A success.
    #[must_use]
    pub const fn ok(output: AsmOutput) -> Self {
        Self {
            status_code: AsmStatusCode::Ok,
            output,
            exts: Vec::new(),
        }
    }

    /// Reads the response to `operation`, which says the shape of its data. Icons of
    /// [`AsmOperation::GetInfo`] make it longer than a message, up to 1 MiB.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule.
    pub fn decode(text: &str, operation: &AsmOperation) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "ASMResponse", limits::METADATA_BYTES)?;
        let node = Node::root(&tree, "");
        let status_code = node.required_as("statusCode")?;
        let output = match (status_code, operation) {
            (AsmStatusCode::Ok, AsmOperation::GetInfo) => {
                let data = node.required("responseData")?;
                AsmOutput::Authenticators(data.required("Authenticators")?.list_of(0)?)
            }
            (AsmStatusCode::Ok, AsmOperation::Register(_) | AsmOperation::Authenticate(_)) => {
                AsmOutput::Assertion(node.required_as("responseData")?)
            }
            (AsmStatusCode::Ok, AsmOperation::GetRegistrations) => {
                let data = node.required("responseData")?;
                AsmOutput::Registrations(data.required("appRegs")?.list_of(0)?)
            }
            _ => AsmOutput::Nothing,
        };
        let exts = node.optional_as("exts")?.unwrap_or_default();
        Ok(Self {
            status_code,
            output,
            exts,
        })
    }

    /// The response as JSON.
    #[must_use]
    pub fn encode(&self) -> String {
        let data = match &self.output {
            AsmOutput::Authenticators(list) => Some(
                ObjectWriter::default()
                    .put("Authenticators", array(list))
                    .finish(),
            ),
            AsmOutput::Assertion(assertion) => Some(assertion.to_json()),
            AsmOutput::Registrations(list) => {
                Some(ObjectWriter::default().put("appRegs", array(list)).finish())
            }
            AsmOutput::Nothing => None,
        };
        let tree = ObjectWriter::default()
            .put("statusCode", self.status_code.to_json())
            .put_some("responseData", data)
            .put_list("exts", &self.exts)
            .finish();
        json::write(&tree)
    }
}
