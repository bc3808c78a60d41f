//! What is to be said of an assertion.

use super::entry::Entry;
use super::wav1cbor;
use serde::Serialize;
use serde_json::Value;
use smile_ceremony::signature::{VerifyingKey, verify_assertion};
use smile_protocol::error::FieldRule;
use smile_protocol::key::PublicKey;
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::trace::LooseAssertion;
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::wav1cbor::WAV1CBOR;
use smile_protocol::{ProtocolError, base64url};

/// The verdict on an entry. The three judgements are independent: a signature is verified over the bytes that claim
/// to be signed, also where the decoder refuses something else.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The entry's name.
    pub id: Value,
    /// `ok`, or `error: ` and what the strict decoder says of the text as it came.
    pub decode: String,
    /// `valid`, `invalid` or `no-key`.
    pub signature: &'static str,
    /// `ok`, `mismatch` or `absent`.
    pub fc_hash: &'static str,
    /// The authenticator's model.
    pub aaid: Option<String>,
    /// Bytes of the KeyID.
    pub key_id_len: Option<usize>,
    /// The signature counter.
    pub sign_counter: Option<u32>,
    /// What the scheme is where it is experimental; absent for `UAFV1TLV`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<&'static str>,
}

impl Verdict {
    /// Judges an entry. What cannot be read is said to be so; nothing fails.
    pub fn on(entry: &Entry) -> Self {
        if entry.scheme.as_deref() == Some(WAV1CBOR) {
            return wav1cbor::on(entry);
        }
        let bytes = entry
            .assertion
            .as_deref()
            .and_then(base64url::decode_loose)
            .unwrap_or_default();
        let found = LooseAssertion::find(&bytes);
        let of = found.as_ref();
        Self {
            id: entry.id.clone(),
            decode: match decode(entry) {
                Ok(()) => "ok".to_owned(),
                Err(error) => format!("error: {error}"),
            },
            signature: signature(of, entry.public_key.as_deref()),
            fc_hash: fc_hash(of, entry.fc_params.as_deref()),
            aaid: of.and_then(|found| found.aaid).map(|aaid| aaid.to_string()),
            key_id_len: of.and_then(|found| found.key_id).map(<[u8]>::len),
            sign_counter: of.and_then(|found| found.sign_counter),
            scheme: None,
        }
    }
}

fn field(field: &str, rule: FieldRule) -> ProtocolError {
    ProtocolError::Field {
        field: field.to_owned(),
        rule,
    }
}

/// The bytes of the assertion, read strictly.
pub(super) fn assertion(entry: &Entry) -> Result<Vec<u8>, ProtocolError> {
    let text = entry.assertion.as_deref();
    let text = text.ok_or_else(|| field("assertion", FieldRule::Missing))?;
    base64url::decode(text).map_err(|_| field("assertion", FieldRule::NotBase64url))
}

/// The strict decoder, on the text as it came.
fn decode(entry: &Entry) -> Result<(), ProtocolError> {
    if entry.scheme.as_deref().is_some_and(|scheme| scheme != UAFV1TLV) {
        return Err(field("assertionScheme", FieldRule::Other("has to be UAFV1TLV")));
    }
    let bytes = assertion(entry)?;
    let is_authentication = LooseAssertion::find(&bytes).is_some_and(|found| !found.is_registration);
    if entry.is_registration.unwrap_or(!is_authentication) {
        RegistrationAssertion::decode(&bytes).map(drop)
    } else {
        AuthenticationAssertion::decode(&bytes).map(drop)
    }
}

/// The key that an assertion's signature is to be verified with.
enum Key {
    /// There is none: the entry names none, or attestation of this kind has none.
    None,
    /// There is one, which cannot be used.
    Unusable,
    /// This one.
    Usable(VerifyingKey),
}

fn signature(found: Option<&LooseAssertion<'_>>, registered: Option<&str>) -> &'static str {
    let Some(found) = found else {
        return "invalid";
    };
    let algorithm = found
        .algorithm
        .and_then(|code| AuthenticationAlgorithm::try_from(code).ok());
    let key = if found.is_registration {
        attestation_key(found, algorithm)
    } else {
        registered.map_or(Key::None, |text| registered_key(text, algorithm))
    };
    match (key, algorithm, found.signature) {
        (Key::None, ..) => "no-key",
        (Key::Usable(key), Some(algorithm), Some(signature))
            if verify_assertion(algorithm, &key, found.signed_bytes, signature).is_ok() =>
        {
            "valid"
        }
        _ => "invalid",
    }
}

/// UAF §3.4.6.5: the attestation certificate's key where there is one, the new key itself in a surrogate attestation.
fn attestation_key(found: &LooseAssertion<'_>, algorithm: Option<AuthenticationAlgorithm>) -> Key {
    let attestation = found
        .attestation
        .and_then(|tag| AttestationType::try_from(tag).ok());
    match attestation {
        Some(AttestationType::BasicFull | AttestationType::AttCa) => match found.certificates.first() {
            Some(der) => VerifyingKey::named_by_certificate(der).map_or(Key::Unusable, Key::Usable),
            None => Key::None,
        },
        Some(AttestationType::BasicSurrogate) => {
            let format = found
                .key_format
                .and_then(|code| PublicKeyFormat::try_from(code).ok());
            match (found.public_key, format, algorithm) {
                (None, ..) => Key::None,
                (Some(key), Some(format), Some(algorithm)) => {
                    usable(format, algorithm, key).unwrap_or(Key::Unusable)
                }
                _ => Key::Unusable,
            }
        }
        _ => Key::None,
    }
}

/// The key of an earlier registration. The entry does not say its format; no text is a key in two of them.
fn registered_key(text: &str, algorithm: Option<AuthenticationAlgorithm>) -> Key {
    let (Some(bytes), Some(algorithm)) = (base64url::decode_loose(text), algorithm) else {
        return Key::Unusable;
    };
    let mut formats = PublicKeyFormat::ALL.iter();
    formats
        .find_map(|format| usable(*format, algorithm, &bytes))
        .unwrap_or(Key::Unusable)
}

fn usable(format: PublicKeyFormat, algorithm: AuthenticationAlgorithm, bytes: &[u8]) -> Option<Key> {
    let key = PublicKey::decode(format, algorithm, bytes).ok()?;
    VerifyingKey::try_from(&key).ok().map(Key::Usable)
}

/// UAF §3.4.6.5: the hash is over the characters as transmitted. Absent where one of the two is.
fn fc_hash(found: Option<&LooseAssertion<'_>>, fc_params: Option<&str>) -> &'static str {
    let claimed = found.and_then(|found| Some((found.hash_algorithm(), found.final_challenge_hash?)));
    match (fc_params, claimed) {
        (Some(text), Some((hash, claimed))) if hash.digest(text.as_bytes()).as_bytes() == claimed => "ok",
        (Some(_), Some(_)) => "mismatch",
        _ => "absent",
    }
}
