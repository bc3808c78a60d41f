//! Layers of bytes: assertions, and commands with their responses.

use super::layer::Layer;
use super::loose::LooseAssertion;
use super::{Kind, command, tlv, verdict, webauthn};
use crate::error::{FieldRule, ProtocolError, TlvErrorKind};
use crate::key::PublicKey;
use crate::limits;
use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use crate::uaf::assertion::authentication::AuthenticationAssertion;
use crate::uaf::assertion::registration::RegistrationAssertion;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::error;

/// The fewest bytes of a KeyID (UAF §3.1.5: `byte[32..2048]`).
const KEY_ID_MIN_BYTES: usize = 32;

/// Adds a layer for `bytes`, which are what their first tag says, or their first bytes of CBOR.
pub(super) fn bytes(layers: &mut Vec<Layer>, name: &str, inside: Option<usize>, bytes: &[u8]) {
    match webauthn::kind_of(bytes) {
        Some(kind) => webauthn::expected(layers, name, inside, bytes, kind),
        None => expected(layers, name, inside, bytes, Kind::of_tlv(bytes)),
    }
}

/// Adds a layer for `bytes`, which should be `kind`.
pub(super) fn expected(layers: &mut Vec<Layer>, name: &str, inside: Option<usize>, bytes: &[u8], kind: Kind) {
    let mut entries = tlv::map(bytes);
    let outcome = match kind {
        Kind::RegistrationAssertion => registration(bytes),
        Kind::AuthenticationAssertion => authentication(bytes),
        Kind::Command | Kind::CommandResponse => command::check(bytes),
        _ => Err(ProtocolError::field(
            "",
            FieldRule::Other("is no message, assertion or command of UAF"),
        )),
    };
    if let Err(error) = outcome {
        verdict::place(&mut entries, &error, "");
    }
    layers.push(Layer {
        name: name.to_owned(),
        inside,
        kind,
        length: bytes.len(),
        entries,
    });
}

/// The strict decoder, then what a server goes on to check of the value alone.
fn registration(bytes: &[u8]) -> Result<(), ProtocolError> {
    RegistrationAssertion::decode(bytes)?;
    let Some(loose) = LooseAssertion::find(bytes) else {
        return Ok(());
    };
    key_id_length(bytes, &loose)?;
    let format = loose
        .key_format
        .and_then(|code| PublicKeyFormat::try_from(code).ok());
    let algorithm = loose
        .algorithm
        .and_then(|code| AuthenticationAlgorithm::try_from(code).ok());
    match (loose.public_key, format, algorithm) {
        (Some(key), Some(format), Some(algorithm)) => PublicKey::decode(format, algorithm, key).map(drop),
        _ => Ok(()),
    }
}

fn authentication(bytes: &[u8]) -> Result<(), ProtocolError> {
    AuthenticationAssertion::decode(bytes)?;
    match LooseAssertion::find(bytes) {
        Some(loose) => key_id_length(bytes, &loose),
        None => Ok(()),
    }
}

/// UAF §3.1.5. Decoding lets shorter ones pass, for servers to refuse by name.
fn key_id_length(bytes: &[u8], loose: &LooseAssertion<'_>) -> Result<(), ProtocolError> {
    let Some(key_id) = loose.key_id.filter(|key_id| key_id.len() < KEY_ID_MIN_BYTES) else {
        return Ok(());
    };
    let value = key_id.as_ptr() as usize - bytes.as_ptr() as usize;
    let kind = TlvErrorKind::WrongLength {
        min: KEY_ID_MIN_BYTES,
        max: limits::KEY_ID_BYTES,
        actual: key_id.len(),
    };
    Err(error(
        tags::KEYID,
        value - crate::uaf::assertion::tlv::HEADER_BYTES,
        kind,
    ))
}
