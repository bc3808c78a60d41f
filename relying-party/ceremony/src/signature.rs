//! Signature verification: the one module that uses aws-lc-rs. It answers with a witness, never with a `bool`.

mod key;

use aws_lc_rs::signature::{self as aws, EcdsaVerificationAlgorithm, RsaParameters, UnparsedPublicKey};
use der::{
    Decode,
    asn1::{ObjectIdentifier, OctetStringRef},
};
use smile_protocol::registry::AuthenticationAlgorithm;
use x509_cert::spki::AlgorithmIdentifierOwned;

pub use key::VerifyingKey;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureRule {
    /// The algorithm is not one that we verify with.
    #[error("signature algorithm not supported")]
    AlgorithmUnsupported,
    /// The key's kind or curve is not the algorithm's.
    #[error("key does not fit the signature algorithm")]
    KeyDoesNotFit,
    /// The key is not a valid one: not on its curve, too short, a bad exponent.
    #[error("public key invalid")]
    KeyInvalid,
    /// The signature has not the form that the algorithm prescribes.
    #[error("signature malformed")]
    Malformed,
    /// The signature is not one of this key over this message.
    #[error("signature wrong")]
    Wrong,
}

/// Witness: the owner of the key signed exactly these bytes.
#[derive(Debug, Clone, Copy)]
pub struct SignedBytes<'m>(&'m [u8]);

impl<'m> SignedBytes<'m> {
    /// The bytes that were signed.
    pub fn as_slice(self) -> &'m [u8] {
        self.0
    }
}

/// Verifies `signature` over `message` under a FIDO signature algorithm (FIDO Registry §3.6.1).
///
/// Supported: 1, 2 (P-256), 5, 6 (secp256k1), 3, 4 (RSA-PSS), 8, 9 (RSA PKCS #1), all with SHA-256.
pub fn verify_assertion<'m>(
    algorithm: AuthenticationAlgorithm,
    key: &VerifyingKey,
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    use AuthenticationAlgorithm as A;
    use VerifyingKey as K;
    // The algorithm names the curve: a 64-byte secp256k1 signature is never tried on P-256.
    match (algorithm, key) {
        (A::Secp256r1EcdsaSha256Raw, K::P256(point)) => {
            ecdsa(&aws::ECDSA_P256_SHA256_FIXED, point, message, raw(signature)?)
        }
        (A::Secp256r1EcdsaSha256Der, K::P256(point)) => {
            ecdsa(&aws::ECDSA_P256_SHA256_ASN1, point, message, signature)
        }
        (A::Secp256k1EcdsaSha256Raw, K::Secp256k1(point)) => {
            ecdsa(&aws::ECDSA_P256K1_SHA256_FIXED, point, message, raw(signature)?)
        }
        (A::Secp256k1EcdsaSha256Der, K::Secp256k1(point)) => {
            ecdsa(&aws::ECDSA_P256K1_SHA256_ASN1, point, message, signature)
        }
        (A::RsassaPssSha256Raw, K::Rsa { n, e }) => {
            rsa(&aws::RSA_PSS_2048_8192_SHA256, n, e, message, signature)
        }
        (A::RsassaPssSha256Der, K::Rsa { n, e }) => rsa(
            &aws::RSA_PSS_2048_8192_SHA256,
            n,
            e,
            message,
            unwrapped(signature)?,
        ),
        (A::RsaEmsaPkcs1Sha256Raw, K::Rsa { n, e }) => {
            rsa(&aws::RSA_PKCS1_2048_8192_SHA256, n, e, message, signature)
        }
        (A::RsaEmsaPkcs1Sha256Der, K::Rsa { n, e }) => rsa(
            &aws::RSA_PKCS1_2048_8192_SHA256,
            n,
            e,
            message,
            unwrapped(signature)?,
        ),
        _ if is_supported(algorithm) => Err(SignatureRule::KeyDoesNotFit),
        _ => Err(SignatureRule::AlgorithmUnsupported),
    }
}

/// Whether [`verify_assertion`] knows the algorithm. Metadata with another one is refused at the start.
pub fn is_supported(algorithm: AuthenticationAlgorithm) -> bool {
    matches!(algorithm.code(), 1..=6 | 8 | 9)
}

/// Verifies a certificate's signature (RFC 5280 §4.1.1.3) under its issuer's key.
///
/// ECDSA with SHA-256 or SHA-384 and RSA PKCS #1 with SHA-256, SHA-384 or SHA-512. SHA-1 and MD5 are refused.
pub(crate) fn verify_certificate<'m>(
    algorithm: &AlgorithmIdentifierOwned,
    issuer: &VerifyingKey,
    tbs_certificate: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    use VerifyingKey as K;
    const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
    const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
    const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
    const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
    const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
    match (algorithm.oid, issuer) {
        (ECDSA_SHA256, K::P256(point)) => {
            ecdsa(&aws::ECDSA_P256_SHA256_ASN1, point, tbs_certificate, signature)
        }
        (ECDSA_SHA256, K::P384(point)) => {
            ecdsa(&aws::ECDSA_P384_SHA256_ASN1, point, tbs_certificate, signature)
        }
        (ECDSA_SHA256, K::Secp256k1(point)) => {
            ecdsa(&aws::ECDSA_P256K1_SHA256_ASN1, point, tbs_certificate, signature)
        }
        (ECDSA_SHA384, K::P256(point)) => {
            ecdsa(&aws::ECDSA_P256_SHA384_ASN1, point, tbs_certificate, signature)
        }
        (ECDSA_SHA384, K::P384(point)) => {
            ecdsa(&aws::ECDSA_P384_SHA384_ASN1, point, tbs_certificate, signature)
        }
        (RSA_SHA256, K::Rsa { n, e }) => {
            rsa(&aws::RSA_PKCS1_2048_8192_SHA256, n, e, tbs_certificate, signature)
        }
        (RSA_SHA384, K::Rsa { n, e }) => {
            rsa(&aws::RSA_PKCS1_2048_8192_SHA384, n, e, tbs_certificate, signature)
        }
        (RSA_SHA512, K::Rsa { n, e }) => {
            rsa(&aws::RSA_PKCS1_2048_8192_SHA512, n, e, tbs_certificate, signature)
        }
        (ECDSA_SHA256 | ECDSA_SHA384 | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, _) => {
            Err(SignatureRule::KeyDoesNotFit)
        }
        _ => Err(SignatureRule::AlgorithmUnsupported),
    }
}

/// FIDO Registry §3.6.1: a raw ECDSA signature is R ‖ S, 32 bytes each.
fn raw(signature: &[u8]) -> Result<&[u8], SignatureRule> {
    if signature.len() == 64 {
        Ok(signature)
    } else {
        Err(SignatureRule::Malformed)
    }
}

/// FIDO Registry §3.6.1: a "DER" RSA signature is the raw one inside an OCTET STRING, and nothing after it.
fn unwrapped(signature: &[u8]) -> Result<&[u8], SignatureRule> {
    let content = <&OctetStringRef>::from_der(signature).map_err(|_| SignatureRule::Malformed)?;
    Ok(content.as_bytes())
}

fn ecdsa<'m>(
    algorithm: &'static EcdsaVerificationAlgorithm,
    point: &[u8],
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    let verdict = UnparsedPublicKey::new(algorithm, point).verify(message, signature);
    verdict
        .map(|()| SignedBytes(message))
        .map_err(|_| SignatureRule::Wrong)
}

fn rsa<'m>(
    parameters: &'static RsaParameters,
    n: &[u8],
    e: &[u8],
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    // RFC 8017 §8: a signature is exactly as long as the modulus.
    if signature.len() != n.len() {
        return Err(SignatureRule::Malformed);
    }
    let verdict = aws::RsaPublicKeyComponents { n, e }.verify(parameters, message, signature);
    verdict
        .map(|()| SignedBytes(message))
        .map_err(|_| SignatureRule::Wrong)
}
