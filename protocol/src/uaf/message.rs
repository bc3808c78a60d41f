//! The outermost layer of every UAF message: an array of objects, one per protocol version
//! (UAF §3.4.1, §3.5.2, §3.6.1).

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ToJson};
use crate::limits;
use crate::uaf::authentication::AuthenticationRequest;
use crate::uaf::deregistration::DeregistrationRequest;
use crate::uaf::header::{Operation, OperationHeader, Upv};
use crate::uaf::policy::Policy;
use crate::uaf::registration::RegistrationRequest;

/// Any request of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UafRequest {
    /// Operation `Reg`.
    Registration(RegistrationRequest),
    /// Operation `Auth`.
    Authentication(AuthenticationRequest),
    /// Operation `Dereg`.
    Deregistration(DeregistrationRequest),
}

impl UafRequest {
    /// The request's header.
    #[must_use]
    pub const fn header(&self) -> &OperationHeader {
        match self {
            Self::Registration(request) => &request.header,
            Self::Authentication(request) => &request.header,
            Self::Deregistration(request) => &request.header,
        }
    }

    /// The request's policy; deregistrations have none.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Registration(request) => Some(&request.policy),
            Self::Authentication(request) => Some(&request.policy),
            Self::Deregistration(_) => None,
        }
    }
}

impl FromJson for UafRequest {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        match node.required("header")?.required_as("op")? {
            Operation::Reg => RegistrationRequest::from_json(node).map(Self::Registration),
            Operation::Auth => AuthenticationRequest::from_json(node).map(Self::Authentication),
            Operation::Dereg => DeregistrationRequest::from_json(node).map(Self::Deregistration),
        }
    }
}

impl ToJson for UafRequest {
    fn to_json(&self) -> Value {
        match self {
            Self::Registration(request) => request.to_json(),
            Self::Authentication(request) => request.to_json(),
            Self::Deregistration(request) => request.to_json(),
        }
    }
}

/// Reads a request message of at most 64 KiB. Objects of versions that this crate does not
/// read are left out, because their shape is not known; the client picks the highest version
/// of what remains (UAF §3.3).
///
/// # Errors
/// [`ProtocolError`] naming the member and the rule; [`ProtocolError::DuplicateVersion`] for two
/// objects of one version; [`ProtocolError::UnsupportedVersion`] if none remains.
pub fn decode_request(text: &str) -> Result<Vec<UafRequest>, ProtocolError> {
    decode_supported(text)
}

/// Writes a request message with one object per version.
///
/// # Errors
/// A field error where a policy is incomplete ([`Policy::check_complete`]) or a list is empty,
/// [`ProtocolError::DuplicateVersion`], or [`ProtocolError::TooLarge`].
pub fn encode_requests(requests: &[UafRequest]) -> Result<String, ProtocolError> {
    for request in requests {
        if let Some(policy) = request.policy() {
            policy.check_complete()?;
        }
    }
    encode_objects(requests)
}

/// Reads a response message: exactly one object, of a supported version.
pub(super) fn decode_response<T: FromJson>(text: &str) -> Result<T, ProtocolError> {
    let mut objects = decode_supported(text)?;
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => {
            let rule = crate::error::FieldRule::Other("a response answers one version only");
            Err(ProtocolError::field("message", rule))
        }
    }
}

/// Writes a response message.
pub(super) fn encode_response<T: ToJson + FromJson>(response: &T) -> Result<String, ProtocolError> {
    encode_objects(std::slice::from_ref(response))
}

fn decode_supported<T: FromJson>(text: &str) -> Result<Vec<T>, ProtocolError> {
    let tree = json::parse(text, "UAF message", limits::MESSAGE_BYTES)?;
    let message = Node::root(&tree, "");
    let objects = message.elements(1)?;
    let mut versions: Vec<Upv> = Vec::with_capacity(objects.len());
    let mut supported = Vec::new();
    for object in &objects {
        let upv: Upv = object.required("header")?.required_as("upv")?;
        // UAF §3.4.1: the array must not contain two dictionaries of the same version.
        if versions.contains(&upv) {
            return Err(ProtocolError::DuplicateVersion {
                major: upv.major,
                minor: upv.minor,
            });
        }
        versions.push(upv);
        if upv.is_supported() {
            supported.push(T::from_json(object)?);
        }
    }
    if supported.is_empty() {
        Err(ProtocolError::UnsupportedVersion)
    } else {
        Ok(supported)
    }
}

/// Writes an array of objects, and reads it back before it leaves: what the receiver would
/// refuse is the sender's mistake, and is found here.
fn encode_objects<T: ToJson + FromJson>(objects: &[T]) -> Result<String, ProtocolError> {
    let text = json::write(&json::array(objects));
    decode_supported::<T>(&text)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
