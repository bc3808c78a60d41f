//! A public key that signatures can be verified with, checked when it is made.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1,
    ParsedPublicKey, VerificationAlgorithm,
};
use der::{
    Decode, Sequence,
    asn1::{ObjectIdentifier, UintRef},
};
use smile_protocol::{
    key::{EcCurve, KeyKind, PublicKey},
    registry::AuthenticationAlgorithm,
};
use x509_cert::{Certificate, spki::SubjectPublicKeyInfoOwned};

use super::SignatureRule;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A valid public key: a point on its curve, an Ed25519 key of large order, or an RSA modulus of 2048..=4096 bits with an odd exponent ≥ 3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyingKey {
    /// Uncompressed point on P-256, 65 bytes.
    P256(Vec<u8>),
    /// Uncompressed point on P-384, 97 bytes.
    P384(Vec<u8>),
    /// Uncompressed point on P-521, 133 bytes.
    P521(Vec<u8>),
    /// Uncompressed point on secp256k1, 65 bytes.
    Secp256k1(Vec<u8>),
    /// Ed25519 key: the encoded point of RFC 8032 §5.1.2.
    Ed25519([u8; 32]),
    /// RSA modulus and public exponent, big-endian, without leading zeros.
    #[non_exhaustive]
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
}

/// RFC 8017 A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
}

impl VerifyingKey {
    /// The uncompressed point `04 ‖ X ‖ Y` on P-256.
    pub fn p256(point: &[u8]) -> Result<Self, SignatureRule> {
        Ok(Self::P256(on_curve(&ECDSA_P256_SHA256_ASN1, point, 65)?))
    }

    /// The uncompressed point on P-384.
    pub fn p384(point: &[u8]) -> Result<Self, SignatureRule> {
        Ok(Self::P384(on_curve(&ECDSA_P384_SHA384_ASN1, point, 97)?))
    }

    /// The uncompressed point on P-521.
    pub fn p521(point: &[u8]) -> Result<Self, SignatureRule> {
        Ok(Self::P521(on_curve(&ECDSA_P521_SHA512_ASN1, point, 133)?))
    }

    /// The uncompressed point on secp256k1.
    pub fn secp256k1(point: &[u8]) -> Result<Self, SignatureRule> {
        Ok(Self::Secp256k1(on_curve(&ECDSA_P256K1_SHA256_ASN1, point, 65)?))
    }

    /// The Ed25519 key.
    pub fn ed25519(key: &[u8]) -> Result<Self, SignatureRule> {
        let key = key.try_into().map_err(|_| SignatureRule::KeyInvalid)?;
        if is_of_small_order(key) {
            return Err(SignatureRule::KeyInvalid);
        }
        // RFC 8032 §5.1.3, whether the bytes decode to a point, shows at the first signature: the library tells it there
        // only, and a key that is no point verifies none.
        Ok(Self::Ed25519(key))
    }

    /// An RSA key; leading zeros are dropped.
    pub fn rsa(n: &[u8], e: &[u8]) -> Result<Self, SignatureRule> {
        let (n, e) = (trimmed(n), trimmed(e));
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        // FIDO Registry §3.6.2: 2048 bits; RFC 8017 §3.1: an odd exponent from 3 on. aws-lc takes up to 33 bits.
        let exponent_fits = odd(e) && e != [1] && e.len() <= 4;
        if !(2048..=4096).contains(&bits) || !odd(n) || !exponent_fits {
            return Err(SignatureRule::KeyInvalid);
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    /// The key that a certificate in DER names. Nobody has vouched for it: whether the certificate is to be believed
    /// is for [`crate::trust`] to say. For tools that look at what others sent.
    pub fn named_by_certificate(der: &[u8]) -> Result<Self, SignatureRule> {
        let certificate = Certificate::from_der(der).map_err(|_| SignatureRule::KeyInvalid)?;
        Self::from_spki(certificate.tbs_certificate().subject_public_key_info())
    }

    /// A key that was checked when it was registered. A point is not computed with here, because verifying computes
    /// with it anyway and refuses one that is not on its curve.
    pub(crate) fn of_record(key: &PublicKey) -> Result<Self, SignatureRule> {
        let PublicKey::Ec(point) = key else {
            return Self::try_from(key);
        };
        let bytes = point.uncompressed().to_vec();
        match point.curve() {
            EcCurve::P256 => Ok(Self::P256(bytes)),
            EcCurve::P384 => Ok(Self::P384(bytes)),
            EcCurve::P521 => Ok(Self::P521(bytes)),
            EcCurve::Secp256k1 => Ok(Self::Secp256k1(bytes)),
            _ => Err(SignatureRule::AlgorithmUnsupported),
        }
    }

    /// The uncompressed point, where the key is one.
    pub(super) fn point(&self) -> Option<&[u8]> {
        match self {
            Self::P256(point) | Self::P384(point) | Self::P521(point) | Self::Secp256k1(point) => Some(point),
            Self::Ed25519(_) | Self::Rsa { .. } => None,
        }
    }

    /// Whether `algorithm` signs with keys of this kind, on this curve.
    pub(super) fn is_for(&self, algorithm: AuthenticationAlgorithm) -> bool {
        let kind = match self {
            Self::P256(_) => KeyKind::Ec(EcCurve::P256),
            Self::P384(_) => KeyKind::Ec(EcCurve::P384),
            Self::P521(_) => KeyKind::Ec(EcCurve::P521),
            Self::Secp256k1(_) => KeyKind::Ec(EcCurve::Secp256k1),
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::Rsa { .. } => KeyKind::Rsa,
        };
        KeyKind::of(algorithm) == Some(kind)
    }

    /// The key of a certificate (RFC 5480 with a named curve, RFC 8410 Ed25519, or RFC 3279 RSA).
    pub fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, SignatureRule> {
        let key = spki
            .subject_public_key
            .as_bytes()
            .ok_or(SignatureRule::KeyInvalid)?;
        if spki.algorithm.oid == RSA_ENCRYPTION {
            let key = RsaPublicKey::from_der(key).map_err(|_| SignatureRule::KeyInvalid)?;
            return Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes());
        }
        if spki.algorithm.oid == ID_ED25519 {
            return Self::ed25519(key);
        }
        if spki.algorithm.oid != EC_PUBLIC_KEY {
            return Err(SignatureRule::AlgorithmUnsupported);
        }
        let curve = spki
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        match curve {
            Some(P256) => Self::p256(key),
            Some(P384) => Self::p384(key),
            Some(P521) => Self::p521(key),
            Some(SECP256K1) => Self::secp256k1(key),
            _ => Err(SignatureRule::AlgorithmUnsupported),
        }
    }
}

impl TryFrom<&PublicKey> for VerifyingKey {
    type Error = SignatureRule;

    fn try_from(key: &PublicKey) -> Result<Self, SignatureRule> {
        match key {
            PublicKey::Rsa { n, e } => Self::rsa(n, e),
            PublicKey::Ed25519(key) => Self::ed25519(key),
            PublicKey::Ec(point) => match point.curve() {
                EcCurve::P256 => Self::p256(point.uncompressed()),
                EcCurve::P384 => Self::p384(point.uncompressed()),
                EcCurve::P521 => Self::p521(point.uncompressed()),
                EcCurve::Secp256k1 => Self::secp256k1(point.uncompressed()),
                _ => Err(SignatureRule::AlgorithmUnsupported),
            },
            _ => Err(SignatureRule::AlgorithmUnsupported),
        }
    }
}

/// Whether the encoded Edwards point has an order of at most 8: with such a key one signature is good for any message,
/// so that it would prove nothing to others. The list has each y of such a point, also unreduced; x is only a sign.
fn is_of_small_order(mut key: [u8; 32]) -> bool {
    /// p = 2^255 - 19, little-endian, with this lowest byte: p - 1, p and p + 1.
    const fn near_p(lowest: u8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = lowest;
        bytes[31] = 0x7f;
        bytes
    }
    const fn small(lowest: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[0] = lowest;
        bytes
    }
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    key[31] &= 0x7f;
    let others = [small(0), small(1), near_p(0xec), near_p(0xed), near_p(0xee)];
    others.contains(&key) || ORDER_8.contains(&key)
}

/// The point, if it has the uncompressed form and lies on the curve.
fn on_curve(
    algorithm: &'static dyn VerificationAlgorithm,
    point: &[u8],
    length: usize,
) -> Result<Vec<u8>, SignatureRule> {
    // The form is checked here because aws-lc also reads compressed points and SubjectPublicKeyInfo.
    let uncompressed = point.len() == length && point[0] == 4;
    if !uncompressed || ParsedPublicKey::new(algorithm, point).is_err() {
        return Err(SignatureRule::KeyInvalid);
    }
    Ok(point.to_vec())
}

fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
