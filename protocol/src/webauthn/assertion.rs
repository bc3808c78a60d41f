//! Assertions as CTAP2's authenticatorGetAssertion returns them: a map of credential, authenticator data, signature and,
//! where the key is discoverable, user (CTAP2 §6.2).

mod user;

use std::vec::IntoIter;

pub use user::User;

use crate::error::ProtocolError;
use crate::limits;
use crate::webauthn::authenticator_data::AuthenticatorData;
use crate::webauthn::cbor::{self, Value};

const WHAT: &str = "assertion";

/// The type of every credential (WebAuthn §5.8.2).
const PUBLIC_KEY: &str = "public-key";

/// An assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The key's name, 1 to 1023 bytes.
    pub credential_id: Vec<u8>,
    /// By which ways the authenticator can be reached (WebAuthn §5.8.4), none twice; `None` where it does not say. Ways
    /// that nobody knows are carried.
    pub transports: Option<Vec<String>>,
    /// The authenticator data, which name no new key.
    pub authenticator_data: AuthenticatorData,
    /// The authenticator data as they came: what is signed, before the client data's hash.
    pub signed_bytes: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// Whose key it is, as the authenticator remembers it. It is not signed.
    pub user: Option<User>,
}

impl Assertion {
    /// Reads an assertion of at most 4096 bytes:
    /// `{1: {"id", "type": "public-key", ?"transports"}, 2: authData, 3: signature, ?4: user}`.
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] where it is not canonical CBOR, holds other members, or names a new key;
    /// [`ProtocolError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let (actual, limit) = (bytes.len(), limits::ASSERTION_BYTES);
        if actual > limit {
            return Err(ProtocolError::TooLarge {
                what: WHAT,
                limit,
                actual,
            });
        }
        let error = |rule| cbor::error(WHAT, 0, rule);
        let shape = || {
            error("is not a map of 1 credential, 2 authenticator data, 3 signature and no more than 4 user")
        };
        let Value::Map(entries) = cbor::read(bytes, WHAT)? else {
            return Err(shape());
        };
        let mut entries = entries.into_iter().peekable();
        let mut member = |number: u8| {
            let key = Value::Integer(number.into());
            entries
                .next_if(|(found, _)| *found == key)
                .map(|(_, value)| value)
        };
        let members = (member(1), member(2), member(3));
        let user = member(4);
        let (
            Some(Value::Map(credential)),
            Some(Value::Bytes(signed_bytes)),
            Some(Value::Bytes(signature)),
            None,
        ) = (members.0, members.1, members.2, entries.next())
        else {
            return Err(shape());
        };
        let (credential_id, transports) = descriptor(credential.into_iter()).ok_or(error(
            "has to name a credential by id, type public-key and no more than transports",
        ))?;
        if signature.is_empty() {
            return Err(error("has an empty signature"));
        }
        let authenticator_data = AuthenticatorData::decode(&signed_bytes)?;
        // WebAuthn §6.1: attested credential data come with registrations only.
        if authenticator_data.attested_credential.is_some() {
            return Err(error("has attested credential data"));
        }
        let user = user.map(User::from_cbor).transpose()?;
        Ok(Self {
            credential_id,
            transports,
            authenticator_data,
            signed_bytes,
            signature,
            user,
        })
    }

    /// The assertion's bytes, with the authenticator data exactly as in `signed_bytes`.
    ///
    /// # Errors
    /// [`ProtocolError`] where a reader would refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let text = |name: &str| Value::Text(name.to_owned());
        let number = |number: u8| Value::Integer(number.into());
        let mut credential = vec![
            (text("id"), Value::Bytes(self.credential_id.clone())),
            (text("type"), text(PUBLIC_KEY)),
        ];
        if let Some(transports) = &self.transports {
            let list = transports.iter().map(|way| text(way)).collect();
            credential.push((text("transports"), Value::Array(list)));
        }
        let mut members = vec![
            (number(1), Value::Map(credential)),
            (number(2), Value::Bytes(self.signed_bytes.clone())),
            (number(3), Value::Bytes(self.signature.clone())),
        ];
        if let Some(user) = &self.user {
            members.push((number(4), user.to_cbor()));
        }
        let bytes = cbor::write(&Value::Map(members));
        Self::decode(&bytes)?;
        Ok(bytes)
    }
}

/// `id` and `transports` of a PublicKeyCredentialDescriptor (WebAuthn §5.8.3) that holds nothing else but its type.
fn descriptor(mut members: IntoIter<(Value, Value)>) -> Option<(Vec<u8>, Option<Vec<String>>)> {
    let mut next = || match members.next() {
        Some((Value::Text(name), value)) => Some((name, value)),
        _ => None,
    };
    let ((id, Value::Bytes(bytes)), (kind, Value::Text(public_key))) = (next()?, next()?) else {
        return None;
    };
    // A member whose name is no text is one too many, and not the end.
    let ways = match members.next() {
        None => None,
        Some((Value::Text(name), Value::Array(list))) if name == "transports" => Some(transports(list)?),
        Some(_) => return None,
    };
    let sound = id == "id" && kind == "type" && public_key == PUBLIC_KEY && members.next().is_none();
    (sound && (1..=limits::CREDENTIAL_ID_BYTES).contains(&bytes.len())).then_some((bytes, ways))
}

/// Texts, none twice.
fn transports(list: Vec<Value>) -> Option<Vec<String>> {
    let mut ways = Vec::with_capacity(list.len());
    for way in list {
        let Value::Text(way) = way else {
            return None;
        };
        if ways.contains(&way) {
            return None;
        }
        ways.push(way);
    }
    Some(ways)
}
