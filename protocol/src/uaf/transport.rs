//! UAF over HTTPS: envelopes, status codes and the content type (Transport §3.1, §8.3).

mod error_code;
mod status;
mod token;

pub use error_code::ErrorCode;
pub use status::UafStatusCode;
pub use token::{Token, TokenType};

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson, array};
use crate::limits;
use crate::uaf::header::Operation;

/// The content type of every request and response (Transport §8.3.2).
pub const CONTENT_TYPE: &str = "application/fido+uaf; charset=utf-8";

/// Whether a `Content-Type` header names UAF: type and subtype without regard to case, and
/// either no parameter or `charset=utf-8`.
#[must_use]
pub fn is_uaf_content_type(header: &str) -> bool {
    let mut parts = header.split(';').map(str::trim);
    let essence = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/fido+uaf"));
    let utf8 = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset")
                && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    };
    essence && parts.all(utf8)
}

/// Gives an envelope `decode` and `encode`.
macro_rules! envelope {
    ($($name:ident = $what:literal),+) => {$(
        impl $name {
            /// Reads the envelope.
            ///
            /// # Errors
            /// [`ProtocolError`] naming the member and the rule.
            pub fn decode(text: &str) -> Result<Self, ProtocolError> {
                let tree = json::parse(text, $what, limits::ENVELOPE_BYTES)?;
                Self::from_json(&Node::root(&tree, ""))
            }

            /// The envelope as JSON.
            #[must_use]
            pub fn encode(&self) -> String {
                json::write(&self.to_json())
            }
        }
    )+};
}
envelope!(
    GetUafRequest = "GetUAFRequest",
    ReturnUafRequest = "ReturnUAFRequest",
    SendUafResponse = "SendUAFResponse",
    ServerResponse = "ServerResponse"
);

/// A client application asks its server for a UAF request (Transport §8.3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetUafRequest {
    /// The operation it wants.
    pub op: Option<Operation>,
    /// The request that the client could not serve.
    pub previous_request: Option<String>,
    /// Anything that application and server agreed on.
    pub context: Option<String>,
}

impl FromJson for GetUafRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            op: node.optional_as("op")?,
            previous_request: node.optional_as("previousRequest")?,
            context: node.optional_as("context")?,
        })
    }
}

impl ToJson for GetUafRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put_some("op", self.op.map(Operation::name))
            .put_some("previousRequest", self.previous_request.as_deref())
            .put_some("context", self.context.as_deref())
            .finish()
    }
}

/// The server's UAF request, or why there is none (Transport §8.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnUafRequest {
    /// [`UafStatusCode::Ok`] with a request, anything else without.
    pub status_code: UafStatusCode,
    /// The request message as text.
    pub uaf_request: Option<String>,
    /// The operation of the request.
    pub op: Option<Operation>,
    /// How long the request can be answered, in milliseconds.
    pub lifetime_ms: Option<u32>,
}

impl FromJson for ReturnUafRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            status_code: node.required_as("statusCode")?,
            uaf_request: node.optional_as("uafRequest")?,
            op: node.optional_as("op")?,
            lifetime_ms: node.optional_as("lifetimeMillis")?,
        })
    }
}

impl ToJson for ReturnUafRequest {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("statusCode", self.status_code.code())
            .put_some("uafRequest", self.uaf_request.as_deref())
            .put_some("op", self.op.map(Operation::name))
            .put_some("lifetimeMillis", self.lifetime_ms)
            .finish()
    }
}

/// A client application hands in a UAF response (Transport §8.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendUafResponse {
    /// The response message as text.
    pub uaf_response: String,
    /// Anything that application and server agreed on.
    pub context: Option<String>,
}

impl FromJson for SendUafResponse {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            uaf_response: node.required_as("uafResponse")?,
            context: node.optional_as("context")?,
        })
    }
}

impl ToJson for SendUafResponse {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("uafResponse", self.uaf_response.as_str())
            .put_some("context", self.context.as_deref())
            .finish()
    }
}

/// The server's verdict on a UAF response (Transport §8.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerResponse {
    /// The verdict.
    pub status_code: UafStatusCode,
    /// Words for a log; never why a face did not match.
    pub description: Option<String>,
    /// Further tokens.
    pub additional_tokens: Vec<Token>,
    /// Where the user agent goes next.
    pub location: Option<String>,
    /// What it posts there.
    pub post_data: Option<String>,
    /// The next UAF request, as text.
    pub new_uaf_request: Option<String>,
}

impl ServerResponse {
    /// A verdict without anything else.
    #[must_use]
    pub const fn new(status_code: UafStatusCode) -> Self {
        Self {
            status_code,
            description: None,
            additional_tokens: Vec::new(),
            location: None,
            post_data: None,
            new_uaf_request: None,
        }
    }
}

impl FromJson for ServerResponse {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            status_code: node.required_as("statusCode")?,
            description: node.optional_as("description")?,
            additional_tokens: node.optional_as("additionalTokens")?.unwrap_or_default(),
            location: node.optional_as("location")?,
            post_data: node.optional_as("postData")?,
            new_uaf_request: node.optional_as("newUAFRequest")?,
        })
    }
}

impl ToJson for ServerResponse {
    fn to_json(&self) -> Value {
        let tokens = (!self.additional_tokens.is_empty()).then(|| array(&self.additional_tokens));
        ObjectWriter::default()
            .put("statusCode", self.status_code.code())
            .put_some("description", self.description.as_deref())
            .put_some("additionalTokens", tokens)
            .put_some("location", self.location.as_deref())
            .put_some("postData", self.post_data.as_deref())
            .put_some("newUAFRequest", self.new_uaf_request.as_deref())
            .finish()
    }
}

#[cfg(test)]
mod tests;
