//! The header of every UAF message and the extensions it may carry (UAF §3.1.1 to §3.1.3, §3.1.10).

use std::fmt;

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node, ObjectWriter, ToJson, serde_as_json};
use crate::limits;
use crate::uaf::command::USER_VERIFICATION_INDEX;
use crate::uaf::identity::{AppId, ServerData};

/// A protocol version, major before minor (UAF §3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Upv {
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

impl Upv {
    /// UAF 1.0.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
    /// UAF 1.1.
    pub const V1_1: Self = Self { major: 1, minor: 1 };
    /// The versions that this crate reads and writes, oldest first.
    pub const SUPPORTED: [Self; 2] = [Self::V1_0, Self::V1_1];

    /// Whether this crate reads messages of this version.
    #[must_use]
    pub fn is_supported(self) -> bool {
        Self::SUPPORTED.contains(&self)
    }
}

impl fmt::Display for Upv {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl FromJson for Upv {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            major: node.required_as("major")?,
            minor: node.required_as("minor")?,
        })
    }
}

impl ToJson for Upv {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("major", self.major)
            .put("minor", self.minor)
            .finish()
    }
}

/// What a message asks for; case-sensitive in JSON (UAF §3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Registration.
    Reg,
    /// Authentication or transaction confirmation.
    Auth,
    /// Deregistration.
    Dereg,
}

impl Operation {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reg => "Reg",
            Self::Auth => "Auth",
            Self::Dereg => "Dereg",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromJson for Operation {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        match node.text()? {
            "Reg" => Ok(Self::Reg),
            "Auth" => Ok(Self::Auth),
            "Dereg" => Ok(Self::Dereg),
            _ => Err(node.refuse("has to be Reg, Auth or Dereg")),
        }
    }
}

impl ToJson for Operation {
    fn to_json(&self) -> Value {
        self.name().into()
    }
}

/// An extension of a message (UAF §3.1.10). Decoding refuses one with `fail_if_unknown`, because none is understood
/// here, and passes the others on unchanged. One is understood by authenticators: [`USER_VERIFICATION_INDEX`] where a
/// key is made or used, so that headers of those messages and the ASM's requests for them carry it with the flag too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Name, 1 to 32 characters.
    pub id: String,
    /// Anything, possibly empty.
    pub data: String,
    /// Whether a receiver that does not know the extension has to refuse the message.
    pub fail_if_unknown: bool,
}

impl Extension {
    /// Reads one; `understood` are the ids that its receiver may know.
    fn read(node: &Node<'_>, understood: &[&str]) -> Result<Self, ProtocolError> {
        let id = node
            .required("id")?
            .text_of(1, limits::EXTENSION_ID_CHARS)?
            .to_owned();
        let data = node.required_as("data")?;
        let fail_if_unknown = node.required_as("fail_if_unknown")?;
        // UAF §3.1.10: true means that an unknown extension is an error.
        if fail_if_unknown && !understood.contains(&id.as_str()) {
            return Err(node.error(FieldRule::UnknownExtension { id }));
        }
        Ok(Self {
            id,
            data,
            fail_if_unknown,
        })
    }

    /// The `exts` of `parent`, a message that makes or uses a key, or not.
    pub(super) fn of(parent: &Node<'_>, is_about_a_key: bool) -> Result<Vec<Self>, ProtocolError> {
        let understood: &[&str] = if is_about_a_key {
            &[USER_VERIFICATION_INDEX]
        } else {
            &[]
        };
        let Some(list) = parent.optional("exts")? else {
            return Ok(Vec::new());
        };
        let elements = list.elements(1)?;
        elements.iter().map(|node| Self::read(node, understood)).collect()
    }
}

impl FromJson for Extension {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Self::read(node, &[])
    }
}

impl ToJson for Extension {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("id", self.id.as_str())
            .put("data", self.data.as_str())
            .put("fail_if_unknown", self.fail_if_unknown)
            .finish()
    }
}

/// The header that a request carries and its response repeats (UAF §3.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationHeader {
    /// Version of the message.
    pub upv: Upv,
    /// What the message asks for.
    pub op: Operation,
    /// The application. Absent or empty in JSON: the client puts the caller's facet instead.
    pub app_id: Option<AppId>,
    /// Returned by the client unchanged.
    pub server_data: Option<ServerData>,
    /// Extensions, in order; absent in JSON when empty.
    pub exts: Vec<Extension>,
}

impl OperationHeader {
    /// A header without server data and extensions.
    #[must_use]
    pub const fn new(upv: Upv, op: Operation, app_id: Option<AppId>) -> Self {
        Self {
            upv,
            op,
            app_id,
            server_data: None,
            exts: Vec::new(),
        }
    }

    /// That no extension must be understood by a receiver who knows none (UAF §3.1.10).
    ///
    /// # Errors
    /// [`ProtocolError::Field`] with the extension's place in a response message.
    pub fn check_understood_by_none(&self) -> Result<(), ProtocolError> {
        match self.exts.iter().position(|extension| extension.fail_if_unknown) {
            None => Ok(()),
            Some(index) => {
                let id = self.exts[index].id.clone();
                let rule = FieldRule::UnknownExtension { id };
                Err(ProtocolError::field(format!("[0].header.exts[{index}]"), rule))
            }
        }
    }

    /// Reads the `header` of `message` and demands its operation (UAF §3.4.2, §3.5.3, §3.6.3).
    pub(crate) fn of(message: &Node<'_>, op: Operation) -> Result<Self, ProtocolError> {
        let node = message.required("header")?;
        let header = Self::from_json(&node)?;
        if header.op == op {
            return Ok(header);
        }
        Err(node.required("op")?.refuse(match op {
            Operation::Reg => "has to be Reg in this message",
            Operation::Auth => "has to be Auth in this message",
            Operation::Dereg => "has to be Dereg in this message",
        }))
    }
}

impl FromJson for OperationHeader {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let app_id = match node.optional("appID")? {
            Some(app_id) if app_id.text()?.is_empty() => None,
            Some(app_id) => Some(AppId::from_json(&app_id)?),
            None => None,
        };
        let upv = node.required_as("upv")?;
        let op = node.required_as("op")?;
        Ok(Self {
            upv,
            op,
            app_id,
            server_data: node.optional_as("serverData")?,
            exts: Extension::of(node, op != Operation::Dereg)?,
        })
    }
}

impl ToJson for OperationHeader {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("upv", self.upv.to_json())
            .put("op", self.op.to_json())
            .put_some("appID", self.app_id.as_ref().map(AppId::as_str))
            .put_some("serverData", self.server_data.as_ref().map(ServerData::as_str))
            .put_list("exts", &self.exts)
            .finish()
    }
}

serde_as_json!(Upv, Operation, Extension, OperationHeader);
