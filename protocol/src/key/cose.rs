//! Keys as `COSE_Key` (RFC 9052 §7), in CTAP2's canonical CBOR, with the parameters of a public key and nothing else.
//!
//! RFC 9052 §7.1 has further parameters: `kid`, `key_ops` and `Base IV` limit what a key is for, and nothing here would
//! keep to it; labels that it leaves open mean something to somebody else. WebAuthn §6.5.1 forbids all of them
//! (a credential's key names `alg` and no other optional parameter), and what is true of its keys is demanded of UAF's,
//! whose registry points at the same format. So each such label is refused, and a private part by its own name.

use coset::iana::{self, EnumI64 as _};
use coset::{AsCborValue as _, CborSerializable as _, CoseKey, CoseKeyBuilder, KeyType, Label};

use super::{EcCurve, EcPoint, KeyKind, PublicKey, refuse};
use crate::error::ProtocolError;
use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use crate::webauthn::cbor::{self, Value};

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
        Algorithm::Secp384r1EcdsaSha384Raw => Some(iana::Algorithm::ES384),
        Algorithm::Secp521r1EcdsaSha512Raw => Some(iana::Algorithm::ES512),
        Algorithm::Ed25519EddsaSha512Raw => Some(iana::Algorithm::EdDSA),
        Algorithm::RsassaPkcsv15Sha1Raw | Algorithm::Sm2Sm3Raw | Algorithm::Ed448EddsaSha512Raw => None,
    }
}

/// The algorithms that a key of each kind may name.
const fn algorithms_for(kind: KeyKind) -> &'static [iana::Algorithm] {
    match kind {
        KeyKind::Ec(EcCurve::P256) => &[iana::Algorithm::ES256],
        KeyKind::Ec(EcCurve::P384) => &[iana::Algorithm::ES384],
        KeyKind::Ec(EcCurve::P521) => &[iana::Algorithm::ES512],
        KeyKind::Ec(EcCurve::Secp256k1) => &[iana::Algorithm::ES256K],
        KeyKind::Ed25519 => &[iana::Algorithm::EdDSA],
        KeyKind::Rsa => &[
            iana::Algorithm::PS256,
            iana::Algorithm::PS384,
            iana::Algorithm::PS512,
            iana::Algorithm::RS256,
            iana::Algorithm::RS384,
            iana::Algorithm::RS512,
        ],
    }
}

/// Writes the key with the parameters in the order of CTAP2's canonical CBOR.
pub(super) fn encode(key: &PublicKey, algorithm: AuthenticationAlgorithm) -> Result<Vec<u8>, ProtocolError> {
    let format = PublicKeyFormat::Cose;
    let named = algorithm_of(algorithm).ok_or(refuse(format, "COSE has no such algorithm", 0))?;
    let builder = match key {
        PublicKey::Ec(point) => {
            let curve = match point.curve() {
                EcCurve::P256 => iana::EllipticCurve::P_256,
                EcCurve::P384 => iana::EllipticCurve::P_384,
                EcCurve::P521 => iana::EllipticCurve::P_521,
                EcCurve::Secp256k1 => iana::EllipticCurve::Secp256k1,
            };
            CoseKeyBuilder::new_ec2_pub_key(curve, point.x().to_vec(), point.y().to_vec())
        }
        PublicKey::Ed25519(x) => CoseKeyBuilder::new()
            .key_type(iana::KeyType::OKP)
            .param(
                iana::OkpKeyParameter::Crv.to_i64(),
                iana::EllipticCurve::Ed25519.to_i64().into(),
            )
            .param(iana::OkpKeyParameter::X.to_i64(), x.to_vec().into()),
        PublicKey::Rsa { n, e } => CoseKeyBuilder::new()
            .key_type(iana::KeyType::RSA)
            .param(iana::RsaKeyParameter::N.to_i64(), n.clone().into())
            .param(iana::RsaKeyParameter::E.to_i64(), e.clone().into()),
    };
    let key = builder.algorithm(named).build();
    key.to_vec().map_err(|_| refuse(format, "cannot be written", 0))
}

/// Reads the key. Bytes after it, labels that occur twice, and any other than the canonical form are refused by the
/// reader. `used_with` is the algorithm that the key will verify, where it is known.
pub(super) fn decode(
    format: PublicKeyFormat,
    bytes: &[u8],
    used_with: Option<AuthenticationAlgorithm>,
) -> Result<PublicKey, ProtocolError> {
    let malformed = || refuse(format, "is not a COSE_Key", 0);
    let value = cbor::read(bytes, "COSE_Key").map_err(|error| match error {
        ProtocolError::Cbor { offset, rule, .. } => refuse(format, rule, offset),
        _ => malformed(),
    })?;
    let labels = labels_of(&value).ok_or_else(malformed)?;
    let key = CoseKey::from_cbor_value(value).map_err(|_| malformed())?;
    let decoded = match key.kty {
        KeyType::Assigned(iana::KeyType::EC2) => elliptic(format, &key)?,
        KeyType::Assigned(iana::KeyType::OKP) => edwards(format, &key)?,
        KeyType::Assigned(iana::KeyType::RSA) => rsa(format, &key)?,
        _ => return Err(refuse(format, "is of a kind that is not read here", 0)),
    };
    check_labels(format, &labels, decoded.kind())?;
    let Some(named) = &key.alg else {
        return Ok(decoded);
    };
    // RFC 9052 §7.1: alg restricts what the key is used for.
    let named = match named {
        coset::RegisteredLabelWithPrivate::Assigned(named) => Some(*named),
        _ => None,
    };
    if !named.is_some_and(|named| algorithms_for(decoded.kind()).contains(&named)) {
        return Err(refuse(
            format,
            "names an algorithm that is not one for the key",
            0,
        ));
    }
    // An RSA key fits several algorithms; one that names another than it is used with is not for this use.
    let kind_fits = used_with.is_some_and(|used_with| KeyKind::of(used_with) == Some(decoded.kind()));
    if kind_fits && used_with.and_then(algorithm_of) != named {
        return Err(refuse(format, "names another algorithm than it is used with", 0));
    }
    Ok(decoded)
}

/// The labels of a key's parameters; `None` for those that are text or too large.
fn labels_of(key: &Value) -> Option<Vec<Option<i64>>> {
    let label = |name: &Value| name.as_integer().and_then(|label| i64::try_from(label).ok());
    Some(key.as_map()?.iter().map(|(name, _)| label(name)).collect())
}

/// That the parameters are those of a public key of this kind.
fn check_labels(format: PublicKeyFormat, labels: &[Option<i64>], kind: KeyKind) -> Result<(), ProtocolError> {
    // Each with what is public, and what a private key has beside it.
    let (public, private) = match kind {
        // RFC 9053 §7.1.1: crv, x, y; d.
        KeyKind::Ec(_) => (-3..=-1, -4..=-4),
        // RFC 9053 §7.2: crv, x; d.
        KeyKind::Ed25519 => (-2..=-1, -4..=-4),
        // RFC 8230 §4: n, e; d, p, q and what is made of them, further primes.
        KeyKind::Rsa => (-2..=-1, -12..=-3),
    };
    let common = [iana::KeyParameter::Kty.to_i64(), iana::KeyParameter::Alg.to_i64()];
    for label in labels {
        let rule = match label {
            Some(label) if common.contains(label) || public.contains(label) => continue,
            Some(label) if private.contains(label) => "holds a part of the private key",
            _ => "holds a parameter that a public key has no use for",
        };
        return Err(refuse(format, rule, 0));
    }
    Ok(())
}

/// RFC 9053 §7.1.1.
fn elliptic(format: PublicKeyFormat, key: &CoseKey) -> Result<PublicKey, ProtocolError> {
    let curve = match curve_of(key, iana::Ec2KeyParameter::Crv.to_i64()) {
        Some(iana::EllipticCurve::P_256) => EcCurve::P256,
        Some(iana::EllipticCurve::P_384) => EcCurve::P384,
        Some(iana::EllipticCurve::P_521) => EcCurve::P521,
        Some(iana::EllipticCurve::Secp256k1) => EcCurve::Secp256k1,
        _ => return Err(refuse(format, "has to name P-256, P-384, P-521 or secp256k1", 0)),
    };
    let coordinate = |label: iana::Ec2KeyParameter| bytes_of(key, label.to_i64());
    let (x, y) = (
        coordinate(iana::Ec2KeyParameter::X),
        coordinate(iana::Ec2KeyParameter::Y),
    );
    // RFC 9053 §7.1.1: leading zeros are kept. A sign bit in place of y is a compressed point, which is not read.
    let point = x.zip(y).and_then(|(x, y)| EcPoint::new(curve, x, y));
    point.map(PublicKey::Ec).ok_or(refuse(
        format,
        "has to have two coordinates of the curve's length",
        0,
    ))
}

/// RFC 9053 §7.2.
fn edwards(format: PublicKeyFormat, key: &CoseKey) -> Result<PublicKey, ProtocolError> {
    if curve_of(key, iana::OkpKeyParameter::Crv.to_i64()) != Some(iana::EllipticCurve::Ed25519) {
        return Err(refuse(format, "has to name Ed25519", 0));
    }
    bytes_of(key, iana::OkpKeyParameter::X.to_i64())
        .and_then(|x| x.try_into().ok())
        .map(PublicKey::Ed25519)
        .ok_or(refuse(format, "has to have a key of 32 bytes", 0))
}

/// RFC 8230 §4.
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

fn curve_of(key: &CoseKey, label: i64) -> Option<iana::EllipticCurve> {
    let curve = i64::try_from(parameter(key, label)?.as_integer()?).ok()?;
    iana::EllipticCurve::from_i64(curve)
}

fn bytes_of(key: &CoseKey, label: i64) -> Option<&[u8]> {
    parameter(key, label)
        .and_then(|value| value.as_bytes())
        .map(Vec::as_slice)
}
