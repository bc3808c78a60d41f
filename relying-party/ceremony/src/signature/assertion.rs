//! Signatures of assertions, by the algorithms of the FIDO registry.

use aws_lc_rs::signature::{self as aws, EcdsaVerificationAlgorithm, RsaParameters};
use der::{Decode, asn1::OctetStringRef};
use smile_protocol::registry::AuthenticationAlgorithm;

use super::{SignatureRule, SignedBytes, VerifyingKey, ecdsa, ed25519, rsa};

/// How signatures of one registry algorithm are verified.
enum Method {
    /// ECDSA, `R ‖ S` of so many bytes.
    EcdsaRaw(&'static EcdsaVerificationAlgorithm, usize),
    /// ECDSA, DER `SEQUENCE { r, s }`.
    EcdsaDer(&'static EcdsaVerificationAlgorithm),
    /// RSA, the signature's bytes.
    RsaRaw(&'static RsaParameters),
    /// RSA, inside an OCTET STRING.
    RsaDer(&'static RsaParameters),
    /// Ed25519.
    Ed25519,
}

/// The method of `algorithm`, or why there is none.
fn method(algorithm: AuthenticationAlgorithm) -> Result<Method, SignatureRule> {
    use AuthenticationAlgorithm as A;
    Ok(match algorithm {
        A::Secp256r1EcdsaSha256Raw => Method::EcdsaRaw(&aws::ECDSA_P256_SHA256_FIXED, 64),
        A::Secp256r1EcdsaSha256Der => Method::EcdsaDer(&aws::ECDSA_P256_SHA256_ASN1),
        A::RsassaPssSha256Raw => Method::RsaRaw(&aws::RSA_PSS_2048_8192_SHA256),
        A::RsassaPssSha256Der => Method::RsaDer(&aws::RSA_PSS_2048_8192_SHA256),
        A::Secp256k1EcdsaSha256Raw => Method::EcdsaRaw(&aws::ECDSA_P256K1_SHA256_FIXED, 64),
        A::Secp256k1EcdsaSha256Der => Method::EcdsaDer(&aws::ECDSA_P256K1_SHA256_ASN1),
        A::Sm2Sm3Raw => return Err(SignatureRule::Sm2Unsupported),
        A::RsaEmsaPkcs1Sha256Raw | A::RsassaPkcsv15Sha256Raw => {
            Method::RsaRaw(&aws::RSA_PKCS1_2048_8192_SHA256)
        }
        A::RsaEmsaPkcs1Sha256Der => Method::RsaDer(&aws::RSA_PKCS1_2048_8192_SHA256),
        A::RsassaPssSha384Raw => Method::RsaRaw(&aws::RSA_PSS_2048_8192_SHA384),
        A::RsassaPssSha512Raw => Method::RsaRaw(&aws::RSA_PSS_2048_8192_SHA512),
        A::RsassaPkcsv15Sha384Raw => Method::RsaRaw(&aws::RSA_PKCS1_2048_8192_SHA384),
        A::RsassaPkcsv15Sha512Raw => Method::RsaRaw(&aws::RSA_PKCS1_2048_8192_SHA512),
        A::RsassaPkcsv15Sha1Raw => return Err(SignatureRule::Sha1Refused),
        A::Secp384r1EcdsaSha384Raw => Method::EcdsaRaw(&aws::ECDSA_P384_SHA384_FIXED, 96),
        A::Secp521r1EcdsaSha512Raw => Method::EcdsaRaw(&aws::ECDSA_P521_SHA512_FIXED, 132),
        A::Ed25519EddsaSha512Raw => Method::Ed25519,
        A::Ed448EddsaSha512Raw => return Err(SignatureRule::Ed448Unsupported),
        _ => return Err(SignatureRule::AlgorithmUnsupported),
    })
}

/// That [`verify_assertion`] knows the algorithm, or the reason why not. Metadata with another one is refused at the
/// start.
///
/// # Errors
/// [`SignatureRule::Sm2Unsupported`] for 7, [`SignatureRule::Sha1Refused`] for 0x0F,
/// [`SignatureRule::Ed448Unsupported`] for 0x13.
pub fn must_be_supported(algorithm: AuthenticationAlgorithm) -> Result<(), SignatureRule> {
    method(algorithm).map(|_| ())
}

/// Verifies `signature` over `message` under a FIDO signature algorithm (FIDO Registry §3.6.1).
///
/// Supported: ECDSA on P-256 (1, 2), secp256k1 (5, 6), P-384 (0x10) and P-521 (0x11); RSASSA-PSS (3, 4, 0x0A, 0x0B);
/// RSASSA-PKCS1-v1_5 (8, 9, 0x0C, 0x0D, 0x0E); Ed25519 (0x12). A salt of RSASSA-PSS is as long as the hash.
///
/// # Errors
/// As [`must_be_supported`], and each other [`SignatureRule`] where the key or the signature breaks it.
pub fn verify_assertion<'m>(
    algorithm: AuthenticationAlgorithm,
    key: &VerifyingKey,
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    let method = method(algorithm)?;
    // The algorithm names the curve: a 64-byte secp256k1 signature is never tried on P-256.
    if !key.is_for(algorithm) {
        return Err(SignatureRule::KeyDoesNotFit);
    }
    match (method, key) {
        // FIDO Registry §3.6.1: a raw ECDSA signature is R ‖ S, each as long as the curve's order.
        (Method::EcdsaRaw(_, length), _) if signature.len() != length => Err(SignatureRule::Malformed),
        (Method::EcdsaRaw(method, _) | Method::EcdsaDer(method), key) => {
            let point = key.point().ok_or(SignatureRule::KeyDoesNotFit)?;
            ecdsa(method, point, message, signature)
        }
        (Method::RsaRaw(method), VerifyingKey::Rsa { n, e }) => rsa(method, n, e, message, signature),
        (Method::RsaDer(method), VerifyingKey::Rsa { n, e }) => {
            rsa(method, n, e, message, unwrapped(signature)?)
        }
        (Method::Ed25519, VerifyingKey::Ed25519(key)) => ed25519(key, message, signature),
        (Method::RsaRaw(_) | Method::RsaDer(_) | Method::Ed25519, _) => Err(SignatureRule::KeyDoesNotFit),
    }
}

/// FIDO Registry §3.6.1: a "DER" RSA signature is the raw one inside an OCTET STRING, and nothing after it.
fn unwrapped(signature: &[u8]) -> Result<&[u8], SignatureRule> {
    let content = <&OctetStringRef>::from_der(signature).map_err(|_| SignatureRule::Malformed)?;
    Ok(content.as_bytes())
}
