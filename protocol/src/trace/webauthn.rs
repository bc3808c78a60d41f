//! Layers of the assertions that the scheme `WAV1CBOR` carries (experimental): attestation objects, responses of
//! authenticatorGetAssertion, and the authenticator data inside.

use super::cbor::{Mapper, Scalar};
use super::layer::Layer;
use super::{Kind, certificate, value, verdict};
use crate::error::{FieldRule, ProtocolError};
use crate::key::PublicKey;
use crate::webauthn::aaguid::Aaguid;
use crate::webauthn::algorithm::CoseAlgorithm;
use crate::webauthn::assertion::Assertion;
use crate::webauthn::attestation_object::AttestationObject;
use crate::webauthn::authenticator_data::{AuthenticatorData, flags};

/// What the decoders call authenticator data in their errors.
const DATA: &str = "authenticator data";

/// The fewest bytes of a KeyID (UAF §3.1.5), which the credential ID stands for.
const KEY_ID_MIN_BYTES: usize = 32;

/// What bytes are that are of no tag of UAF: a map that begins with `fmt`, or with 1 and a credential.
pub(super) fn kind_of(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [0xA3, 0x63, b'f', b'm', b't', ..] => Some(Kind::AttestationObject),
        [0xA3, 0x01, 0xA2, ..] => Some(Kind::WebauthnAssertion),
        _ => None,
    }
}

/// Adds a layer for `bytes`, which should be `kind`, and one for the authenticator data inside.
pub(super) fn expected(layers: &mut Vec<Layer>, name: &str, inside: Option<usize>, bytes: &[u8], kind: Kind) {
    let mut mapper = Mapper {
        bytes,
        entries: Vec::new(),
        name: match kind {
            Kind::WebauthnAssertion => assertion_member,
            _ => |_, key| key.to_owned(),
        },
        meaning,
    };
    if let Ok(end) = mapper.item(0, 0, 0, kind.name()) {
        mapper.rest(end, 0);
    }
    if mapper.entries.is_empty() {
        mapper.leaf(0, 0, 0, "nothing", "no bytes".to_owned());
    }
    let mut entries = mapper.entries;
    let outcome = match kind {
        Kind::AttestationObject => AttestationObject::decode(bytes).map(drop),
        Kind::WebauthnAssertion => Assertion::decode(bytes).map(drop),
        _ => Err(ProtocolError::field(
            "",
            FieldRule::Other("is no assertion of WAV1CBOR"),
        )),
    };
    let is_inside =
        |error: &ProtocolError| matches!(error, ProtocolError::Cbor { what, .. } if *what == DATA);
    if let Err(error) = outcome.as_ref()
        && !is_inside(error)
    {
        verdict::place(&mut entries, error, "");
    }
    // The data are the content of the leaf: a key, a head, and what is announced until the leaf's end.
    let leaf = entries
        .iter()
        .find(|entry| entry.name == "authData" && entry.depth == 1);
    let data = leaf.and_then(|leaf| content(&bytes[leaf.offset..leaf.offset + leaf.length]));
    let index = layers.len();
    layers.push(Layer {
        name: name.to_owned(),
        inside,
        kind,
        length: bytes.len(),
        entries,
    });
    if let Some(data) = data {
        layers.push(data_layer(index, data, kind));
    }
}

/// CTAP2 §6.2.
fn assertion_member(depth: usize, key: &str) -> String {
    let name = match (depth, key) {
        (1, "1") => "credential",
        (1, "2") => "authData",
        (1, "3") => "signature",
        _ => key,
    };
    name.to_owned()
}

/// The byte string behind a key.
fn content(pair: &[u8]) -> Option<&[u8]> {
    let key = match *pair.first()? {
        text @ 0x60..=0x77 => usize::from(text - 0x60) + 1,
        _ => 1,
    };
    let value = pair.get(key..)?;
    let head = match *value.first()? {
        0x40..=0x57 => 1,
        0x58 => 2,
        0x59 => 3,
        _ => return None,
    };
    value.get(head..)
}

/// WebAuthn §6.1.
fn data_layer(inside: usize, bytes: &[u8], kind: Kind) -> Layer {
    let mut mapper = Mapper {
        bytes,
        entries: Vec::new(),
        name: |_, key| match key {
            "1" => "kty".to_owned(),
            "3" => "alg".to_owned(),
            other => other.to_owned(),
        },
        meaning,
    };
    let end = map_data(&mut mapper).unwrap_or(bytes.len());
    mapper.rest(end, 0);
    if mapper.entries.is_empty() {
        mapper.leaf(0, 0, 0, "nothing", "no bytes".to_owned());
    }
    let mut entries = mapper.entries;
    let judged = AuthenticatorData::decode(bytes).and_then(|data| {
        let registers = kind == Kind::AttestationObject;
        if registers {
            judge_credential(&data)
        } else {
            Ok(())
        }
    });
    if let Err(error) = judged {
        let field = match &error {
            ProtocolError::Key { .. } => Some("credentialPublicKey"),
            ProtocolError::Field { field, .. } if field == "credentialId" => Some("credentialId"),
            _ => None,
        };
        let named = entries
            .iter()
            .position(|entry| Some(entry.name.as_str()) == field);
        match named {
            Some(index) => entries[index].break_rule(&error),
            None => verdict::place(&mut entries, &error, ""),
        }
    }
    Layer {
        name: "authData".to_owned(),
        inside: Some(inside),
        kind: Kind::AuthenticatorData,
        length: bytes.len(),
        entries,
    }
}

/// What a server goes on to check of the new key alone.
fn judge_credential(data: &AuthenticatorData) -> Result<(), ProtocolError> {
    let Some(credential) = &data.attested_credential else {
        return Ok(());
    };
    if credential.credential_id.len() < KEY_ID_MIN_BYTES {
        let rule = FieldRule::Other("is shorter than the 32 bytes of a KeyID (UAF §3.1.5)");
        return Err(ProtocolError::field("credentialId", rule));
    }
    PublicKey::from_cose(&credential.public_key).map(drop)
}

/// Maps authenticator data as far as they go; where they end. `None` where they break off in an item that is mapped.
fn map_data(mapper: &mut Mapper<'_>) -> Option<usize> {
    let bytes = mapper.bytes;
    let (Some(flags), Some(count)) = (bytes.get(32).copied(), bytes.get(33..37)) else {
        return Some(0);
    };
    mapper.leaf(0, 32, 0, "rpIdHash", value::hex(&bytes[..32]));
    mapper.leaf(32, 33, 0, "flags", flag_names(flags));
    let count = count.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    mapper.leaf(33, 37, 0, "signCount", count.to_string());
    let mut at = 37;
    if flags & flags::ATTESTED_CREDENTIAL_DATA != 0 {
        let (Some(aaguid), Some(&[high, low])) = (
            bytes
                .get(37..53)
                .and_then(|aaguid| <[u8; 16]>::try_from(aaguid).ok()),
            bytes.get(53..55),
        ) else {
            return Some(at);
        };
        mapper.leaf(37, 53, 0, "aaguid", Aaguid(aaguid).to_string());
        let length = usize::from(u16::from_be_bytes([high, low]));
        mapper.leaf(53, 55, 0, "credentialIdLength", length.to_string());
        at = 55 + length;
        let Some(id) = bytes.get(55..at) else {
            return Some(55);
        };
        mapper.leaf(55, at, 0, "credentialId", key_id(id));
        at = mapper.item(at, at, 0, "credentialPublicKey").ok()?;
    }
    if flags & flags::EXTENSION_DATA != 0 {
        at = mapper.item(at, at, 0, "extensions").ok()?;
    }
    Some(at)
}

fn flag_names(set: u8) -> String {
    let named = [
        (flags::USER_PRESENT, "UP"),
        (flags::USER_VERIFIED, "UV"),
        (flags::BACKUP_ELIGIBLE, "BE"),
        (flags::BACKED_UP, "BS"),
        (flags::ATTESTED_CREDENTIAL_DATA, "AT"),
        (flags::EXTENSION_DATA, "ED"),
    ];
    let names: Vec<&str> = named
        .iter()
        .filter(|(flag, _)| set & flag != 0)
        .map(|(_, name)| *name)
        .collect();
    format!(
        "0x{set:02X}, {}",
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    )
}

fn key_id(id: &[u8]) -> String {
    let text = crate::base64url::encode(id);
    format!("{}, {}", value::bytes(id), value::shortened(&text))
}

/// A value in words.
fn meaning(name: &str, scalar: Scalar<'_>) -> String {
    match scalar {
        Scalar::Number(number) if name == "alg" => {
            let known = i64::try_from(number).ok().and_then(CoseAlgorithm::from_code);
            match known {
                Some(algorithm) => format!("{number}, {}", format!("{algorithm:?}").to_uppercase()),
                None => format!("{number}, not known"),
            }
        }
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => value::quoted(text),
        Scalar::Bytes(id) if name == "id" => key_id(id),
        Scalar::Bytes(der) if name.starts_with("x5c[") => certificate::describe(der),
        Scalar::Bytes(signature) if name == "sig" || name == "signature" => value::signature(signature),
        Scalar::Bytes(bytes) => value::bytes(bytes),
        Scalar::Other => "a simple value".to_owned(),
    }
}
