//! What is to be said of an assertion in the scheme `WAV1CBOR`, which is experimental.
//!
//! The structures are read strictly or not at all: there is no tolerant reader of them, so where `decode` is not `ok`, the
//! rest is not known.

use super::entry::Entry;
use super::verdict::{Verdict, assertion};
use smile_ceremony::signature::{VerifyingKey, verify_webauthn};
use smile_protocol::key::PublicKey;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::wav1cbor::signed_message;
use smile_protocol::webauthn::algorithm::{CoseAlgorithm, named_by_key};
use smile_protocol::webauthn::assertion::Assertion;
use smile_protocol::webauthn::attestation_object::{AttestationObject, AttestationStatement};
use smile_protocol::{ProtocolError, base64url};

/// What a line says of the scheme.
const SCHEME: &str = "WAV1CBOR (experimental)";

/// What the structures say, as far as a verdict needs it.
struct Found {
    key_id_len: usize,
    sign_counter: u32,
    signed_bytes: Vec<u8>,
    signature: Vec<u8>,
    signer: Signer,
}

/// Who signed.
enum Signer {
    /// Nobody: an attestation object in the format `none`, or a login without a registered key.
    Nobody,
    /// Somebody whose key or algorithm cannot be used.
    Unusable,
    /// This key.
    Key(CoseAlgorithm, VerifyingKey),
}

/// Judges an entry. `fc_hash` is always `absent`: the hash is signed, and not in the assertion.
pub(super) fn on(entry: &Entry) -> Verdict {
    let found = read(entry);
    let (decode, found) = match found {
        Ok(found) => ("ok".to_owned(), Some(found)),
        Err(error) => (format!("error: {error}"), None),
    };
    Verdict {
        id: entry.id.clone(),
        decode,
        signature: found.as_ref().map_or("invalid", |found| signature(found, entry)),
        fc_hash: "absent",
        aaid: None,
        key_id_len: found.as_ref().map(|found| found.key_id_len),
        sign_counter: found.as_ref().map(|found| found.sign_counter),
        scheme: Some(SCHEME),
    }
}

/// Without `kind`, what decodes as an assertion is one.
fn read(entry: &Entry) -> Result<Found, ProtocolError> {
    let bytes = assertion(entry)?;
    let login = match entry.is_registration {
        Some(true) => None,
        Some(false) => Some(Assertion::decode(&bytes)?),
        None => Assertion::decode(&bytes).ok(),
    };
    match login {
        Some(login) => Ok(of_login(login, entry)),
        None => AttestationObject::decode(&bytes).map(of_registration),
    }
}

fn of_login(login: Assertion, entry: &Entry) -> Found {
    Found {
        key_id_len: login.credential_id.len(),
        sign_counter: login.authenticator_data.sign_count,
        signed_bytes: login.signed_bytes,
        signature: login.signature,
        signer: match entry.public_key.as_deref() {
            None => Signer::Nobody,
            Some(text) => base64url::decode_loose(text).map_or(Signer::Unusable, |cose| own_key(&cose)),
        },
    }
}

fn of_registration(object: AttestationObject) -> Found {
    let credential = object.authenticator_data.attested_credential;
    let credential = credential.expect("decoding refuses an attestation object without a credential");
    let (signature, signer) = match object.statement {
        AttestationStatement::Packed {
            algorithm,
            signature,
            certificates,
        } => {
            let signer = match certificates.first() {
                None => own_key(&credential.public_key),
                Some(der) => leaf_key(algorithm, der),
            };
            (signature, signer)
        }
        _ => (Vec::new(), Signer::Nobody),
    };
    Found {
        key_id_len: credential.credential_id.len(),
        sign_counter: object.authenticator_data.sign_count,
        signed_bytes: object.signed_bytes,
        signature,
        signer,
    }
}

/// The key of a `COSE_Key`, with the algorithm that it names.
fn own_key(cose: &[u8]) -> Signer {
    let algorithm = named_by_key(cose).ok().and_then(CoseAlgorithm::from_code);
    let key = PublicKey::from_cose(cose).ok();
    let key = key.and_then(|key| VerifyingKey::try_from(&key).ok());
    usable(algorithm, key)
}

fn leaf_key(algorithm: i64, der: &[u8]) -> Signer {
    let key = VerifyingKey::named_by_certificate(der).ok();
    usable(CoseAlgorithm::from_code(algorithm), key)
}

fn usable(algorithm: Option<CoseAlgorithm>, key: Option<VerifyingKey>) -> Signer {
    match (algorithm, key) {
        (Some(algorithm), Some(key)) => Signer::Key(algorithm, key),
        _ => Signer::Unusable,
    }
}

/// The signature is over the data and the hash of `fcParams`: without them there is nothing to verify.
fn signature(found: &Found, entry: &Entry) -> &'static str {
    let fc_params = entry.fc_params.as_deref();
    let fc_params = fc_params.and_then(|text| FcParams::from_transmitted(text).ok());
    match (&found.signer, fc_params) {
        (Signer::Nobody, _) => "no-key",
        (Signer::Key(algorithm, key), Some(fc_params))
            if verify_webauthn(
                *algorithm,
                key,
                &signed_message(&found.signed_bytes, &fc_params),
                &found.signature,
            )
            .is_ok() =>
        {
            "valid"
        }
        _ => "invalid",
    }
}
