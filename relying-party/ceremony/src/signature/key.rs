//! A public key that signatures can be verified with, checked when it is made.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, EcdsaVerificationAlgorithm,
    ParsedPublicKey,
};
use der::{
    Decode, Sequence,
    asn1::{ObjectIdentifier, UintRef},
};
use smile_protocol::key::{EcCurve, PublicKey};
use x509_cert::{Certificate, spki::SubjectPublicKeyInfoOwned};

use super::SignatureRule;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A valid public key: a point on its curve, or an RSA modulus of 2048..=4096 bits with an odd exponent ≥ 3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyingKey {
    /// Uncompressed point on P-256, 65 bytes.
    P256(Vec<u8>),
    /// Uncompressed point on P-384, 97 bytes. Only certificates use it.
    P384(Vec<u8>),
    /// Uncompressed point on secp256k1, 65 bytes.
    Secp256k1(Vec<u8>),
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

    /// The uncompressed point on secp256k1.
    pub fn secp256k1(point: &[u8]) -> Result<Self, SignatureRule> {
        Ok(Self::Secp256k1(on_curve(&ECDSA_P256K1_SHA256_ASN1, point, 65)?))
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

    /// The key of a certificate (RFC 5480 with a named curve, or RFC 3279 RSA).
    pub fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, SignatureRule> {
        let key = spki
            .subject_public_key
            .as_bytes()
            .ok_or(SignatureRule::KeyInvalid)?;
        if spki.algorithm.oid == RSA_ENCRYPTION {
            let key = RsaPublicKey::from_der(key).map_err(|_| SignatureRule::KeyInvalid)?;
            return Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes());
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
            Some(P384) => Ok(Self::P384(on_curve(&ECDSA_P384_SHA384_ASN1, key, 97)?)),
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
            PublicKey::Ec {
                curve: EcCurve::P256,
                x,
                y,
            } => Self::p256(&[&[4], &x[..], y].concat()),
            PublicKey::Ec {
                curve: EcCurve::Secp256k1,
                x,
                y,
            } => Self::secp256k1(&[&[4], &x[..], y].concat()),
            _ => Err(SignatureRule::AlgorithmUnsupported),
        }
    }
}

/// The point, if it has the uncompressed form and lies on the curve.
fn on_curve(
    algorithm: &'static EcdsaVerificationAlgorithm,
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
