//! Attestation objects: what a registration brings (WebAuthn §6.5.4).

use crate::error::ProtocolError;
use crate::limits;
use crate::webauthn::authenticator_data::{AttestedCredential, AuthenticatorData};
use crate::webauthn::cbor::{self, Value};

const WHAT: &str = "attestation object";

/// How the authenticator vouches for the key; the formats that are read here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationStatement {
    /// `none` (WebAuthn §8.7): nobody vouches, and the statement is empty.
    None,
    /// `packed` (WebAuthn §8.2).
    Packed {
        /// The COSE algorithm of the signature (RFC 9053 §2).
        algorithm: i64,
        /// Over authenticator data and client data hash.
        signature: Vec<u8>,
        /// `x5c`: certificates in DER, leaf first. Empty where the new key attests itself.
        certificates: Vec<Vec<u8>>,
    },
}

/// An attestation object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationObject {
    /// The authenticator data, which name a new key.
    pub authenticator_data: AuthenticatorData,
    /// The authenticator data as they came: what is signed, before the client data's hash.
    pub signed_bytes: Vec<u8>,
    /// How the key is attested.
    pub statement: AttestationStatement,
}

impl AttestationObject {
    /// Reads an attestation object of at most 4096 bytes: `{"fmt", "attStmt", "authData"}`.
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] where it is not canonical CBOR, holds other members, is in a format other than `none`
    /// and `packed`, or has no attested credential; [`ProtocolError::TooLarge`].
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
        let Value::Map(entries) = cbor::read(bytes, WHAT)? else {
            return Err(error("is not a map"));
        };
        let mut members = entries.into_iter();
        let mut member = |name: &str| match members.next() {
            Some((Value::Text(key), value)) if key == name => Some(value),
            _ => None,
        };
        // In the order of CTAP2's canonical CBOR; another order was refused already.
        let rule = "has to have the members fmt, attStmt and authData";
        let (Some(format), Some(statement), Some(data)) =
            (member("fmt"), member("attStmt"), member("authData"))
        else {
            return Err(error(rule));
        };
        if members.next().is_some() {
            return Err(error(rule));
        }
        let (Value::Text(format), Value::Map(statement), Value::Bytes(signed_bytes)) =
            (format, statement, data)
        else {
            return Err(error("has a member of another type"));
        };
        let authenticator_data = AuthenticatorData::decode(&signed_bytes)?;
        let object = Self {
            statement: AttestationStatement::decode(&format, statement)?,
            authenticator_data,
            signed_bytes,
        };
        object.credential()?;
        Ok(object)
    }

    /// The new key.
    ///
    /// # Errors
    /// [`ProtocolError::Cbor`] where the authenticator data name none; decoding refuses such an object.
    pub fn credential(&self) -> Result<&AttestedCredential, ProtocolError> {
        let credential = self.authenticator_data.attested_credential.as_ref();
        credential.ok_or(cbor::error(WHAT, 0, "has no attested credential data"))
    }

    /// The object's bytes, with the authenticator data exactly as in `signed_bytes`.
    ///
    /// # Errors
    /// [`ProtocolError`] where a reader would refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let (format, statement) = self.statement.to_cbor();
        let bytes = cbor::write(&Value::Map(vec![
            (Value::Text("fmt".to_owned()), Value::Text(format.to_owned())),
            (Value::Text("attStmt".to_owned()), Value::Map(statement)),
            (
                Value::Text("authData".to_owned()),
                Value::Bytes(self.signed_bytes.clone()),
            ),
        ]));
        Self::decode(&bytes)?;
        Ok(bytes)
    }
}

impl AttestationStatement {
    fn decode(format: &str, statement: Vec<(Value, Value)>) -> Result<Self, ProtocolError> {
        let error = |rule| cbor::error(WHAT, 0, rule);
        match format {
            // WebAuthn §8.7: an empty map.
            "none" if statement.is_empty() => Ok(Self::None),
            "none" => Err(error("has a statement though its format is none")),
            "packed" => {
                Self::packed(statement).ok_or(error("has a packed statement that is not alg, sig and x5c"))
            }
            _ => Err(error("is in a format other than none and packed")),
        }
    }

    /// WebAuthn §8.2: `alg`, `sig` and, with an attestation key, `x5c` of at least one certificate.
    fn packed(statement: Vec<(Value, Value)>) -> Option<Self> {
        let mut members = statement.into_iter();
        let mut next = || match members.next() {
            Some((Value::Text(name), value)) => Some((name, value)),
            _ => None,
        };
        let ((alg, algorithm), (sig, signature)) = (next()?, next()?);
        // A member whose name is no text is one too many, and not the end.
        let certificates = match members.next() {
            None => Vec::new(),
            Some((Value::Text(x5c), Value::Array(list))) if x5c == "x5c" && !list.is_empty() => {
                let der = |value| match value {
                    Value::Bytes(der) if !der.is_empty() => Some(der),
                    _ => None,
                };
                list.into_iter().map(der).collect::<Option<_>>()?
            }
            Some(_) => return None,
        };
        let known = alg == "alg" && sig == "sig" && members.next().is_none();
        let algorithm = i64::try_from(algorithm.as_integer()?).ok()?;
        let Value::Bytes(signature) = signature else {
            return None;
        };
        (known && !signature.is_empty()).then_some(Self::Packed {
            algorithm,
            signature,
            certificates,
        })
    }

    fn to_cbor(&self) -> (&'static str, Vec<(Value, Value)>) {
        let Self::Packed {
            algorithm,
            signature,
            certificates,
        } = self
        else {
            return ("none", Vec::new());
        };
        let text = |name: &str| Value::Text(name.to_owned());
        let mut statement = vec![
            (text("alg"), Value::Integer((*algorithm).into())),
            (text("sig"), Value::Bytes(signature.clone())),
        ];
        if !certificates.is_empty() {
            let list = certificates.iter().cloned().map(Value::Bytes).collect();
            statement.push((text("x5c"), Value::Array(list)));
        }
        ("packed", statement)
    }
}
