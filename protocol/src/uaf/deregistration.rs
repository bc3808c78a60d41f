//! Deregistration messages (UAF §3.6). There is no response message.

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::uaf::header::{Operation, OperationHeader};
use crate::uaf::identity::{Aaid, KeyId};
use crate::uaf::message;

/// What to delete (UAF §3.6.2): one key of a model, all keys of a model (`key_id` absent), or
/// all keys of the application (both absent). Absent is the empty string in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeregisterAuthenticator {
    /// The model, or all models.
    pub aaid: Option<Aaid>,
    /// The key, or all keys of the model.
    pub key_id: Option<KeyId>,
}

impl DeregisterAuthenticator {
    /// One key.
    #[must_use]
    pub const fn key(aaid: Aaid, key_id: KeyId) -> Self {
        Self {
            aaid: Some(aaid),
            key_id: Some(key_id),
        }
    }

    /// All keys of a model.
    #[must_use]
    pub const fn model(aaid: Aaid) -> Self {
        Self {
            aaid: Some(aaid),
            key_id: None,
        }
    }

    /// All keys of the application; has to be the only entry of its request.
    pub const EVERYTHING: Self = Self {
        aaid: None,
        key_id: None,
    };

    /// Whether this entry asks for the deletion of the key `key_id` of `aaid`.
    #[must_use]
    pub fn covers(&self, aaid: Aaid, key_id: &KeyId) -> bool {
        self.aaid.is_none_or(|wanted| wanted == aaid)
            && self.key_id.as_ref().is_none_or(|wanted| wanted == key_id)
    }
}

/// The value of a member in which the empty string stands for absence.
fn unless_empty<T: FromJson>(node: &Node<'_>, name: &str) -> Result<Option<T>, ProtocolError> {
    let member = node.required(name)?;
    if member.text()?.is_empty() {
        Ok(None)
    } else {
        T::from_json(&member).map(Some)
    }
}

impl FromJson for DeregisterAuthenticator {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let entry = Self {
            aaid: unless_empty(node, "aaid")?,
            key_id: unless_empty(node, "keyID")?,
        };
        // UAF §3.6.2: without aaid, keyID must be empty too.
        if entry.aaid.is_none() && entry.key_id.is_some() {
            return Err(node.refuse("a keyID needs an aaid"));
        }
        Ok(entry)
    }
}

impl ToJson for DeregisterAuthenticator {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("aaid", self.aaid.map(|aaid| aaid.to_string()).unwrap_or_default())
            .put(
                "keyID",
                self.key_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            )
            .finish()
    }
}

/// Asks a client to delete keys (UAF §3.6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeregistrationRequest {
    /// Header with operation `Dereg`.
    pub header: OperationHeader,
    /// At least one entry.
    pub authenticators: Vec<DeregisterAuthenticator>,
}

impl DeregistrationRequest {
    /// The message: an array with this request alone.
    ///
    /// # Errors
    /// [`ProtocolError`] where a sender's rule is broken or the message is too long.
    pub fn encode(&self) -> Result<String, ProtocolError> {
        message::encode_requests(&[message::UafRequest::Deregistration(self.clone())])
    }
}

impl FromJson for DeregistrationRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let header = OperationHeader::of(node, Operation::Dereg)?;
        let authenticators: Vec<DeregisterAuthenticator> = node.required_as("authenticators")?;
        // UAF §3.6.4.1: the entry for everything is the only one.
        if authenticators.len() > 1 && authenticators.contains(&DeregisterAuthenticator::EVERYTHING) {
            let rule = "the entry for all keys has to be the only one";
            return Err(node.required("authenticators")?.refuse(rule));
        }
        Ok(Self {
            header,
            authenticators,
        })
    }
}

impl ToJson for DeregistrationRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("header", self.header.to_json())
            .put("authenticators", array(&self.authenticators))
            .finish()
    }
}

serde_as_json!(DeregistrationRequest);
