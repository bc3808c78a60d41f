//! Signatures of certificates, by the object identifiers of RFC 5280 and its companions.

use aws_lc_rs::signature::{self as aws, EcdsaVerificationAlgorithm, RsaParameters};
use der::{
    Sequence,
    asn1::{Null, ObjectIdentifier},
};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{SignatureRule, SignedBytes, VerifyingKey, ecdsa, ed25519, rsa};
use crate::trust::TrustPolicy;

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

// ECDSA: RFC 3279 §2.2.3 and RFC 5758 §3.2.
const ECDSA_SHA1: ObjectIdentifier = oid("1.2.840.10045.4.1");
const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");
// RSA: RFC 3279 §2.2.1 and RFC 4055 §3 and §5.
const RSA_MD5: ObjectIdentifier = oid("1.2.840.113549.1.1.4");
const RSA_SHA1: ObjectIdentifier = oid("1.2.840.113549.1.1.5");
const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
// Ed25519: RFC 8410 §3.
const ED25519: ObjectIdentifier = oid("1.3.101.112");

const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

/// Verifies a certificate's signature (RFC 5280 §4.1.1.3) under its issuer's key.
///
/// ECDSA with SHA-256, SHA-384 or SHA-512, RSA PKCS #1 and RSASSA-PSS with the same, and Ed25519. MD5 is refused, and
/// SHA-1 unless `policy` allows it: then RSA PKCS #1 and ECDSA on P-256 and P-521, which is what the library has.
pub(crate) fn verify_certificate<'m>(
    algorithm: &AlgorithmIdentifierOwned,
    issuer: &VerifyingKey,
    tbs_certificate: &'m [u8],
    signature: &[u8],
    policy: TrustPolicy,
) -> Result<SignedBytes<'m>, SignatureRule> {
    match algorithm.oid {
        RSA_MD5 => Err(SignatureRule::Md5Refused),
        ECDSA_SHA1 | RSA_SHA1 if !policy.allow_sha1 => Err(SignatureRule::Sha1Refused),
        ECDSA_SHA1 | ECDSA_SHA256 | ECDSA_SHA384 | ECDSA_SHA512 => {
            let point = issuer.point().ok_or(SignatureRule::KeyDoesNotFit)?;
            ecdsa(
                ecdsa_method(algorithm.oid, issuer)?,
                point,
                tbs_certificate,
                signature,
            )
        }
        RSA_SHA1 | RSA_SHA256 | RSA_SHA384 | RSA_SHA512 | RSA_PSS => {
            let VerifyingKey::Rsa { n, e } = issuer else {
                return Err(SignatureRule::KeyDoesNotFit);
            };
            rsa(rsa_method(algorithm)?, n, e, tbs_certificate, signature)
        }
        ED25519 => match issuer {
            VerifyingKey::Ed25519(key) => ed25519(key, tbs_certificate, signature),
            _ => Err(SignatureRule::KeyDoesNotFit),
        },
        _ => Err(SignatureRule::AlgorithmUnsupported),
    }
}

/// ECDSA with any of the hashes may be made on any of the curves (RFC 5480 §4); the library has these pairs.
fn ecdsa_method(
    algorithm: ObjectIdentifier,
    issuer: &VerifyingKey,
) -> Result<&'static EcdsaVerificationAlgorithm, SignatureRule> {
    use VerifyingKey as K;
    Ok(match (algorithm, issuer) {
        (ECDSA_SHA1, K::P256(_)) => &aws::ECDSA_P256_SHA1_ASN1,
        (ECDSA_SHA1, K::P521(_)) => &aws::ECDSA_P521_SHA1_ASN1,
        (ECDSA_SHA256, K::P256(_)) => &aws::ECDSA_P256_SHA256_ASN1,
        (ECDSA_SHA256, K::P384(_)) => &aws::ECDSA_P384_SHA256_ASN1,
        (ECDSA_SHA256, K::P521(_)) => &aws::ECDSA_P521_SHA256_ASN1,
        (ECDSA_SHA256, K::Secp256k1(_)) => &aws::ECDSA_P256K1_SHA256_ASN1,
        (ECDSA_SHA384, K::P256(_)) => &aws::ECDSA_P256_SHA384_ASN1,
        (ECDSA_SHA384, K::P384(_)) => &aws::ECDSA_P384_SHA384_ASN1,
        (ECDSA_SHA384, K::P521(_)) => &aws::ECDSA_P521_SHA384_ASN1,
        (ECDSA_SHA512, K::P256(_)) => &aws::ECDSA_P256_SHA512_ASN1,
        (ECDSA_SHA512, K::P384(_)) => &aws::ECDSA_P384_SHA512_ASN1,
        (ECDSA_SHA512, K::P521(_)) => &aws::ECDSA_P521_SHA512_ASN1,
        _ => return Err(SignatureRule::AlgorithmUnsupported),
    })
}

fn rsa_method(algorithm: &AlgorithmIdentifierOwned) -> Result<&'static RsaParameters, SignatureRule> {
    Ok(match algorithm.oid {
        RSA_SHA1 => &aws::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RSA_SHA256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        RSA_SHA384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        RSA_SHA512 => &aws::RSA_PKCS1_2048_8192_SHA512,
        _ => pss_method(algorithm)?,
    })
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1). An absent member has its default: SHA-1, MGF1 with SHA-1, 20 bytes, 1.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask_generation: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_bytes: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// RSASSA-PSS in certificates says its parameters. What RFC 4055 §3.1 recommends is read: MGF1 with the same hash, a
/// salt as long as the hash, and the trailer BC.
fn pss_method(algorithm: &AlgorithmIdentifierOwned) -> Result<&'static RsaParameters, SignatureRule> {
    let parameters = algorithm.parameters.as_ref();
    let parameters = parameters
        .and_then(|any| any.decode_as::<PssParameters>().ok())
        .ok_or(SignatureRule::Malformed)?;
    let hash = match &parameters.hash {
        Some(hash) if has_no_parameters(hash) => hash.oid,
        Some(_) => return Err(SignatureRule::Malformed),
        None => SHA1,
    };
    let (method, salt_bytes) = match hash {
        SHA256 => (&aws::RSA_PSS_2048_8192_SHA256, 32),
        SHA384 => (&aws::RSA_PSS_2048_8192_SHA384, 48),
        SHA512 => (&aws::RSA_PSS_2048_8192_SHA512, 64),
        SHA1 => return Err(SignatureRule::Sha1Refused),
        _ => return Err(SignatureRule::AlgorithmUnsupported),
    };
    let same_hash = parameters.mask_generation.is_some_and(|mask| {
        let inner = mask.parameters.as_ref();
        let inner = inner.and_then(|any| any.decode_as::<AlgorithmIdentifierOwned>().ok());
        mask.oid == MGF1 && inner.is_some_and(|inner| inner.oid == hash && has_no_parameters(&inner))
    });
    let trailer = matches!(parameters.trailer, None | Some(1));
    if same_hash && parameters.salt_bytes == Some(salt_bytes) && trailer {
        Ok(method)
    } else {
        Err(SignatureRule::AlgorithmUnsupported)
    }
}

/// RFC 4055 §2.1: the parameters of a hash are NULL or absent.
fn has_no_parameters(hash: &AlgorithmIdentifierOwned) -> bool {
    let parameters = hash.parameters.as_ref();
    parameters.is_none_or(|any| any.decode_as::<Null>().is_ok())
}
