//! Assertions as CTAP2's authenticatorGetAssertion returns them: a map of credential, authenticator data and signature
//! (CTAP2 §6.2).

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
    /// The authenticator data, which name no new key.
    pub authenticator_data: AuthenticatorData,
    /// The authenticator data as they came: what is signed, before the client data's hash.
    pub signed_bytes: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Assertion {
    /// Reads an assertion of at most 4096 bytes: `{1: {"id", "type": "public-key"}, 2: authData, 3: signature}`.
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
        let rule = "is not a map of 1 credential, 2 authenticator data, 3 signature";
        let shape = cbor::error(WHAT, 0, rule);
        let Value::Map(entries) = cbor::read(bytes, WHAT)? else {
            return Err(shape);
        };
        let numbers = [1, 2, 3].map(|number: u8| Value::Integer(number.into()));
        if !entries.iter().map(|(key, _)| key).eq(&numbers) {
            return Err(shape);
        }
        let mut values = entries.into_iter().map(|(_, value)| value);
        let (Some(Value::Map(credential)), Some(Value::Bytes(signed_bytes)), Some(Value::Bytes(signature))) =
            (values.next(), values.next(), values.next())
        else {
            return Err(shape);
        };
        let credential_id = credential_id(credential).ok_or(cbor::error(
            WHAT,
            0,
            "has to name a credential by id and type public-key",
        ))?;
        if signature.is_empty() {
            return Err(cbor::error(WHAT, 0, "has an empty signature"));
        }
        let authenticator_data = AuthenticatorData::decode(&signed_bytes)?;
        // WebAuthn §6.1: attested credential data come with registrations only.
        if authenticator_data.attested_credential.is_some() {
            return Err(cbor::error(WHAT, 0, "has attested credential data"));
        }
        Ok(Self {
            credential_id,
            authenticator_data,
            signed_bytes,
            signature,
        })
    }

    /// The assertion's bytes, with the authenticator data exactly as in `signed_bytes`.
    ///
    /// # Errors
    /// [`ProtocolError`] where a reader would refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let text = |name: &str| Value::Text(name.to_owned());
        let number = |number: u8| Value::Integer(number.into());
        let credential = Value::Map(vec![
            (text("id"), Value::Bytes(self.credential_id.clone())),
            (text("type"), text(PUBLIC_KEY)),
        ]);
        let bytes = cbor::write(&Value::Map(vec![
            (number(1), credential),
            (number(2), Value::Bytes(self.signed_bytes.clone())),
            (number(3), Value::Bytes(self.signature.clone())),
        ]));
        Self::decode(&bytes)?;
        Ok(bytes)
    }
}

/// The `id` of a PublicKeyCredentialDescriptor that holds nothing else but its type.
fn credential_id(descriptor: Vec<(Value, Value)>) -> Option<Vec<u8>> {
    let mut members = descriptor.into_iter();
    let (Some((Value::Text(id), Value::Bytes(bytes))), Some((Value::Text(name), Value::Text(kind))), None) =
        (members.next(), members.next(), members.next())
    else {
        return None;
    };
    let sound = id == "id" && name == "type" && kind == PUBLIC_KEY;
    (sound && (1..=limits::CREDENTIAL_ID_BYTES).contains(&bytes.len())).then_some(bytes)
}
