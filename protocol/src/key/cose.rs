//! Keys as `COSE_Key` (RFC 9052 §7).

use coset::iana::{self, EnumI64 as _};
use coset::{CborSerializable as _, CoseKey, CoseKeyBuilder, KeyType, Label};

use super::{EcCurve, PublicKey, refuse};
use crate::error::ProtocolError;
use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};

/// The COSE algorithm of a registry algorithm (RFC 9053 §2.1, RFC 8812, RFC 8230 §2).
const fn algorithm_of(algorithm: AuthenticationAlgorithm) -> Option<iana::Algorithm> {
    use AuthenticationAlgorithm as Algorithm;
    match algorithm {
        Algorithm::Secp256r1EcdsaSha256Raw | Algorithm::Secp256r1EcdsaSha256Der => {
            Some(iana::Algorithm::ES256)
        }
        Algorithm::Secp256k1EcdsaSha256Raw | Algorithm::Secp256k1EcdsaSha256Der => {
            Some(iana::Algorithm::ES256K)
        }
        Algorithm::RsassaPssSha256Raw | Algorithm::RsassaPssSha256Der => Some(iana::Algorithm::PS256),
        Algorithm::RsassaPssSha384Raw => Some(iana::Algorithm::PS384),
        Algorithm::RsassaPssSha512Raw => Some(iana::Algorithm::PS512),
        Algorithm::RsaEmsaPkcs1Sha256Raw
        | Algorithm::RsaEmsaPkcs1Sha256Der
        | Algorithm::RsassaPkcsv15Sha256Raw => Some(iana::Algorithm::RS256),
        Algorithm::RsassaPkcsv15Sha384Raw => Some(iana::Algorithm::RS384),
        Algorithm::RsassaPkcsv15Sha512Raw => Some(iana::Algorithm::RS512),
        _ => None,
    }
}

/// Writes the key with the parameters in the order of CTAP2's canonical CBOR.
pub(super) fn encode(key: &PublicKey, algorithm: AuthenticationAlgorithm) -> Result<Vec<u8>, ProtocolError> {
    let format = PublicKeyFormat::Cose;
    let named = algorithm_of(algorithm).ok_or(refuse(format, "COSE has no such algorithm", 0))?;
    let builder = match key {
        PublicKey::Ec { curve, x, y } => {
            let curve = match curve {
                EcCurve::P256 => iana::EllipticCurve::P_256,
                EcCurve::Secp256k1 => iana::EllipticCurve::Secp256k1,
            };
            CoseKeyBuilder::new_ec2_pub_key(curve, x.to_vec(), y.to_vec())
        }
        PublicKey::Rsa { n, e } => CoseKeyBuilder::new()
            .key_type(iana::KeyType::RSA)
            .param(iana::RsaKeyParameter::N.to_i64(), n.clone().into())
            .param(iana::RsaKeyParameter::E.to_i64(), e.clone().into()),
    };
    let key = builder.algorithm(named).build();
    key.to_vec().map_err(|_| refuse(format, "cannot be written", 0))
}

/// Reads the key. Bytes after it, and labels that occur twice, are refused by the reader.
pub(super) fn decode(format: PublicKeyFormat, bytes: &[u8]) -> Result<PublicKey, ProtocolError> {
    let malformed = || refuse(format, "is not a COSE_Key", 0);
    let key = CoseKey::from_slice(bytes).map_err(|_| malformed())?;
    let algorithm = key.alg.as_ref().map(|alg| match alg {
        coset::RegisteredLabelWithPrivate::Assigned(alg) => Some(*alg),
        _ => None,
    });
    let (decoded, algorithms): (PublicKey, &[iana::Algorithm]) = match key.kty {
        KeyType::Assigned(iana::KeyType::EC2) => elliptic(format, &key)?,
        KeyType::Assigned(iana::KeyType::RSA) => (rsa(format, &key)?, &RSA_ALGORITHMS),
        _ => return Err(refuse(format, "is of a kind that is not read here", 0)),
    };
    match algorithm {
        // RFC 9052 §7.1: alg restricts what the key is used for.
        Some(named) if !named.is_some_and(|named| algorithms.contains(&named)) => Err(refuse(
            format,
            "names an algorithm that is not one for the key",
            0,
        )),
        _ => Ok(decoded),
    }
}

const RSA_ALGORITHMS: [iana::Algorithm; 6] = [
    iana::Algorithm::PS256,
    iana::Algorithm::PS384,
    iana::Algorithm::PS512,
    iana::Algorithm::RS256,
    iana::Algorithm::RS384,
    iana::Algorithm::RS512,
];

fn elliptic(
    format: PublicKeyFormat,
    key: &CoseKey,
) -> Result<(PublicKey, &'static [iana::Algorithm]), ProtocolError> {
    let curve = parameter(key, iana::Ec2KeyParameter::Crv.to_i64())
        .and_then(|value| value.as_integer())
        .and_then(|value| i64::try_from(value).ok())
        .and_then(iana::EllipticCurve::from_i64);
    let (curve, algorithms): (EcCurve, &[iana::Algorithm]) = match curve {
        Some(iana::EllipticCurve::P_256) => (EcCurve::P256, &[iana::Algorithm::ES256]),
        Some(iana::EllipticCurve::Secp256k1) => (EcCurve::Secp256k1, &[iana::Algorithm::ES256K]),
        _ => return Err(refuse(format, "has to name P-256 or secp256k1", 0)),
    };
    let coordinate = |label: iana::Ec2KeyParameter| {
        bytes_of(key, label.to_i64())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(refuse(format, "has to have coordinates of 32 bytes", 0))
    };
    let (x, y) = (
        coordinate(iana::Ec2KeyParameter::X)?,
        coordinate(iana::Ec2KeyParameter::Y)?,
    );
    Ok((PublicKey::Ec { curve, x, y }, algorithms))
}

fn rsa(format: PublicKeyFormat, key: &CoseKey) -> Result<PublicKey, ProtocolError> {
    let number = |label: iana::RsaKeyParameter| {
        bytes_of(key, label.to_i64()).ok_or(refuse(format, "has to have a modulus and an exponent", 0))
    };
    let (n, e) = (
        number(iana::RsaKeyParameter::N)?,
        number(iana::RsaKeyParameter::E)?,
    );
    PublicKey::from_rsa_numbers(format, n, e)
}

fn parameter(key: &CoseKey, label: i64) -> Option<&coset::cbor::Value> {
    key.params
        .iter()
        .find(|(name, _)| *name == Label::Int(label))
        .map(|(_, value)| value)
}

fn bytes_of(key: &CoseKey, label: i64) -> Option<&[u8]> {
    parameter(key, label)
        .and_then(|value| value.as_bytes())
        .map(Vec::as_slice)
}
