//! Whose key answered, in the words of its authenticator.

use super::WHAT;
use crate::error::ProtocolError;
use crate::limits::USER_HANDLE_BYTES;
use crate::webauthn::cbor::{self, Value};

/// A PublicKeyCredentialUserEntity (WebAuthn §5.4.3, CTAP2 §6.2): what was said when the key was made. Without user
/// verification, and where there is one key only, authenticators leave out all but the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user handle, 1 to 64 bytes.
    pub id: Vec<u8>,
    /// The address of a picture, which CTAP 2.0 has and later versions have not.
    pub icon: Option<String>,
    /// The account's name.
    pub name: Option<String>,
    /// The person's name.
    pub display_name: Option<String>,
}

impl User {
    pub(super) fn from_cbor(value: Value) -> Result<Self, ProtocolError> {
        let error = |rule| cbor::error(WHAT, 0, rule);
        let members = "has a user that is not id, icon, name and displayName, all but the id optional";
        let Value::Map(entries) = value else {
            return Err(error(members));
        };
        // In the order of CTAP2's canonical CBOR; another order was refused already.
        let mut entries = entries.into_iter().peekable();
        let mut member = |name: &str| {
            let named = entries.next_if(|(key, _)| key.as_text() == Some(name));
            named.map(|(_, value)| value)
        };
        let Some(Value::Bytes(id)) = member("id") else {
            return Err(error(members));
        };
        let mut text = |name: &str| match member(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(error(members)),
        };
        let (icon, name, display_name) = (text("icon")?, text("name")?, text("displayName")?);
        if entries.next().is_some() {
            return Err(error(members));
        }
        // WebAuthn §5.4.3.
        if !USER_HANDLE_BYTES.contains(&id.len()) {
            return Err(error("has a user whose id is not 1 to 64 bytes"));
        }
        Ok(Self {
            id,
            icon,
            name,
            display_name,
        })
    }

    pub(super) fn to_cbor(&self) -> Value {
        let text = |name: &str| Value::Text(name.to_owned());
        let mut entries = vec![(text("id"), Value::Bytes(self.id.clone()))];
        let texts = [
            ("icon", &self.icon),
            ("name", &self.name),
            ("displayName", &self.display_name),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                entries.push((text(name), text(value)));
            }
        }
        Value::Map(entries)
    }
}
