//! ASM requests (ASM §3.2.1, §3.6 to §3.10).

use serde_json::Value;

use super::information::code;
use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson};
use crate::limits;
use crate::registry::AttestationType;
use crate::uaf::authentication::Transaction;
use crate::uaf::challenge::FcParams;
use crate::uaf::header::{Extension, Upv};
use crate::uaf::identity::{AppId, KeyId, Username};

/// `RegisterIn` (ASM §3.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterIn {
    /// The application.
    pub app_id: AppId,
    /// The user's name.
    pub username: Username,
    /// `finalChallenge`: the `fcParams` that the response will carry.
    pub final_challenge: FcParams,
    /// The attestation that the server prefers.
    pub attestation_type: AttestationType,
}

impl FromJson for RegisterIn {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            app_id: node.required_as("appID")?,
            username: node.required_as("username")?,
            final_challenge: node.required_as("finalChallenge")?,
            attestation_type: code(&node.required("attestationType")?)?,
        })
    }
}

impl ToJson for RegisterIn {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("appID", self.app_id.as_str())
            .put("username", self.username.as_str())
            .put("finalChallenge", self.final_challenge.as_str())
            .put("attestationType", self.attestation_type.code())
            .finish()
    }
}

/// `AuthenticateIn` (ASM §3.7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticateIn {
    /// The application.
    pub app_id: AppId,
    /// The keys to choose from; empty means any key of the application.
    pub key_ids: Vec<KeyId>,
    /// `finalChallenge`: the `fcParams` that the response will carry.
    pub final_challenge: FcParams,
    /// The transaction in the forms to choose from; empty for a login.
    pub transaction: Vec<Transaction>,
}

impl FromJson for AuthenticateIn {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            app_id: node.required_as("appID")?,
            key_ids: node.optional_as("keyIDs")?.unwrap_or_default(),
            final_challenge: node.required_as("finalChallenge")?,
            transaction: node.optional_as("transaction")?.unwrap_or_default(),
        })
    }
}

impl ToJson for AuthenticateIn {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("appID", self.app_id.as_str())
            .put_list("keyIDs", &self.key_ids)
            .put("finalChallenge", self.final_challenge.as_str())
            .put_list("transaction", &self.transaction)
            .finish()
    }
}

/// `DeregisterIn` (ASM §3.8.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeregisterIn {
    /// The application.
    pub app_id: AppId,
    /// The key; absent (empty in JSON) means every key of the application.
    pub key_id: Option<KeyId>,
}

impl FromJson for DeregisterIn {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let key_id = node.required("keyID")?;
        let every = key_id.text()?.is_empty();
        Ok(Self {
            app_id: node.required_as("appID")?,
            key_id: if every {
                None
            } else {
                Some(KeyId::from_json(&key_id)?)
            },
        })
    }
}

impl ToJson for DeregisterIn {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("appID", self.app_id.as_str())
            .put(
                "keyID",
                self.key_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            )
            .finish()
    }
}

/// What a request asks for, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsmOperation {
    /// Describe all authenticators; the only operation without an index.
    GetInfo,
    /// Make a key.
    Register(RegisterIn),
    /// Sign with a key.
    Authenticate(AuthenticateIn),
    /// Delete a key.
    Deregister(DeregisterIn),
    /// List the keys.
    GetRegistrations,
    /// Show the authenticator's own settings.
    OpenSettings,
}

impl AsmOperation {
    /// The `requestType`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetInfo => "GetInfo",
            Self::Register(_) => "Register",
            Self::Authenticate(_) => "Authenticate",
            Self::Deregister(_) => "Deregister",
            Self::GetRegistrations => "GetRegistrations",
            Self::OpenSettings => "OpenSettings",
        }
    }

    fn arguments(&self) -> Option<Value> {
        match self {
            Self::Register(arguments) => Some(arguments.to_json()),
            Self::Authenticate(arguments) => Some(arguments.to_json()),
            Self::Deregister(arguments) => Some(arguments.to_json()),
            Self::GetInfo | Self::GetRegistrations | Self::OpenSettings => None,
        }
    }
}

/// `ASMRequest` (ASM §3.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsmRequest {
    /// The version of the ASM interface; 1.1 for UAF 1.1 (ASM §3.3). Only
    /// [`AsmOperation::GetInfo`], which is asked before versions are known, may leave it out.
    pub asm_version: Option<Upv>,
    /// Which authenticator; absent for [`AsmOperation::GetInfo`].
    pub authenticator_index: Option<u16>,
    /// What it asks for.
    pub operation: AsmOperation,
    /// Extensions, in order.
    pub exts: Vec<Extension>,
}

impl AsmRequest {
    /// Reads a request of at most 64 KiB.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule.
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "ASMRequest", limits::MESSAGE_BYTES)?;
        Self::from_json(&Node::root(&tree, ""))
    }

    /// The request as JSON.
    #[must_use]
    pub fn encode(&self) -> String {
        json::write(&self.to_json())
    }
}

impl FromJson for AsmRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let kind = node.required("requestType")?;
        let operation = match kind.text()? {
            "GetInfo" => AsmOperation::GetInfo,
            "Register" => AsmOperation::Register(node.required_as("args")?),
            "Authenticate" => AsmOperation::Authenticate(node.required_as("args")?),
            "Deregister" => AsmOperation::Deregister(node.required_as("args")?),
            "GetRegistrations" => AsmOperation::GetRegistrations,
            "OpenSettings" => AsmOperation::OpenSettings,
            _ => return Err(kind.refuse("is not a request of the ASM interface")),
        };
        let (asm_version, authenticator_index) = match operation {
            // ASM §3.3.1: the index MUST NOT be set for GetInfo; §3.5: other members should be omitted.
            AsmOperation::GetInfo => match node.optional("authenticatorIndex")? {
                Some(index) => return Err(index.refuse("GetInfo is not about one authenticator")),
                None => (node.optional_as("asmVersion")?, None),
            },
            // ASM §3.6 to §3.10: every other request MUST name both.
            _ => (
                Some(node.required_as("asmVersion")?),
                Some(node.required_as("authenticatorIndex")?),
            ),
        };
        let is_about_a_key = matches!(
            operation,
            AsmOperation::Register(_) | AsmOperation::Authenticate(_)
        );
        Ok(Self {
            asm_version,
            authenticator_index,
            operation,
            exts: Extension::of(node, is_about_a_key)?,
        })
    }
}

impl ToJson for AsmRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("requestType", self.operation.name())
            .put_some("asmVersion", self.asm_version.map(|version| version.to_json()))
            .put_some("authenticatorIndex", self.authenticator_index)
            .put_some("args", self.operation.arguments())
            .put_list("exts", &self.exts)
            .finish()
    }
}
