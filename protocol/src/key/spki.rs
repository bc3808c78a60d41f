//! Keys in DER: `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) and `RSAPublicKey` (RFC 8017 §A.1.1).

use der::asn1::{AnyRef, BitStringRef, Null, ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{EcCurve, PublicKey, refuse};
use crate::error::ProtocolError;
use crate::registry::PublicKeyFormat;

/// `id-ecPublicKey` (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480 §2.1.1.1).
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `secp384r1` (RFC 5480 §2.1.1.1).
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// `secp521r1` (RFC 5480 §2.1.1.1).
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// `id-Ed25519` (RFC 8410 §3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// `secp256k1` (SEC 2 §A.2.1).
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
/// `rsaEncryption` (RFC 3279 §2.3.1).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Turns a DER error into ours, with its offset.
fn malformed(format: PublicKeyFormat, error: der::Error) -> ProtocolError {
    let offset = error
        .position()
        .map_or(0, |at| usize::try_from(at).unwrap_or(usize::MAX));
    refuse(format, "is not the DER structure of its format", offset)
}

/// Reads a `SubjectPublicKeyInfo` of a named curve or of RSA.
pub(super) fn decode(format: PublicKeyFormat, bytes: &[u8]) -> Result<PublicKey, ProtocolError> {
    let info = SubjectPublicKeyInfoRef::from_der(bytes).map_err(|e| malformed(format, e))?;
    let key = info.subject_public_key.as_bytes().ok_or(refuse(
        format,
        "has to hold whole bytes in its bit string",
        0,
    ))?;
    if info.algorithm.oid == EC_PUBLIC_KEY {
        // RFC 5480 §2.1.1: the named curve is required, other parameters are not used.
        let curve = info.algorithm.parameters_oid().ok().and_then(|oid| match oid {
            SECP256R1 => Some(EcCurve::P256),
            SECP384R1 => Some(EcCurve::P384),
            SECP521R1 => Some(EcCurve::P521),
            SECP256K1 => Some(EcCurve::Secp256k1),
            _ => None,
        });
        let curve = curve.ok_or(refuse(
            format,
            "has to name secp256r1, secp384r1, secp521r1 or secp256k1",
            0,
        ))?;
        return PublicKey::from_point(format, curve, key);
    }
    if info.algorithm.oid == ED25519 {
        // RFC 8410 §3: the parameters are absent.
        let key = key
            .try_into()
            .ok()
            .filter(|_| info.algorithm.parameters.is_none());
        return key.map(PublicKey::Ed25519).ok_or(refuse(
            format,
            "has to hold an Ed25519 key of 32 bytes without parameters",
            0,
        ));
    }
    if info.algorithm.oid == RSA_ENCRYPTION {
        return rsa_sequence(format, key);
    }
    Err(refuse(format, "is of a kind that is not read here", 0))
}

/// Reads `RSAPublicKey`, or a `SubjectPublicKeyInfo` around it.
pub(super) fn decode_rsa(format: PublicKeyFormat, bytes: &[u8]) -> Result<PublicKey, ProtocolError> {
    // Both are sequences; the first begins with an INTEGER, the second with a SEQUENCE.
    match SubjectPublicKeyInfoRef::from_der(bytes) {
        Err(_) => rsa_sequence(format, bytes),
        Ok(_) => match decode(format, bytes)? {
            key @ PublicKey::Rsa { .. } => Ok(key),
            PublicKey::Ec(_) | PublicKey::Ed25519(_) => Err(refuse(format, "holds an elliptic curve key", 0)),
        },
    }
}

fn rsa_sequence(format: PublicKeyFormat, bytes: &[u8]) -> Result<PublicKey, ProtocolError> {
    let read = || -> Result<(UintRef<'_>, UintRef<'_>), der::Error> {
        let mut reader = SliceReader::new(bytes)?;
        let numbers = reader.sequence(|inner| -> Result<_, der::Error> {
            Ok((inner.decode::<UintRef<'_>>()?, inner.decode::<UintRef<'_>>()?))
        })?;
        reader.finish()?;
        Ok(numbers)
    };
    let (n, e) = read().map_err(|error| malformed(format, error))?;
    PublicKey::from_rsa_numbers(format, n.as_bytes(), e.as_bytes())
}

/// Writes a `SubjectPublicKeyInfo`.
pub(super) fn encode(format: PublicKeyFormat, key: &PublicKey) -> Result<Vec<u8>, ProtocolError> {
    let write = |algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]| {
        let subject_public_key = BitStringRef::from_bytes(key)?;
        SubjectPublicKeyInfoRef {
            algorithm,
            subject_public_key,
        }
        .to_der()
    };
    let written = match key {
        PublicKey::Ec(point) => {
            let curve = match point.curve() {
                EcCurve::P256 => &SECP256R1,
                EcCurve::P384 => &SECP384R1,
                EcCurve::P521 => &SECP521R1,
                EcCurve::Secp256k1 => &SECP256K1,
            };
            let parameters = Some(AnyRef::from(curve));
            write(
                AlgorithmIdentifierRef {
                    oid: EC_PUBLIC_KEY,
                    parameters,
                },
                point.uncompressed(),
            )
        }
        PublicKey::Ed25519(key) => write(
            AlgorithmIdentifierRef {
                oid: ED25519,
                parameters: None,
            },
            key,
        ),
        PublicKey::Rsa { n, e } => {
            let parameters = Some(AnyRef::from(Null));
            let key = encode_rsa(format, n, e)?;
            write(
                AlgorithmIdentifierRef {
                    oid: RSA_ENCRYPTION,
                    parameters,
                },
                &key,
            )
        }
    };
    written.map_err(|error| malformed(format, error))
}

/// Writes `RSAPublicKey`.
pub(super) fn encode_rsa(format: PublicKeyFormat, n: &[u8], e: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    let write = || -> Result<Vec<u8>, der::Error> {
        let content = [UintRef::new(n)?.to_der()?, UintRef::new(e)?.to_der()?].concat();
        AnyRef::new(der::Tag::Sequence, &content)?.to_der()
    };
    write().map_err(|error| malformed(format, error))
}
