//! Signatures of WebAuthn assertions, by their COSE algorithms (experimental, with the scheme that carries them).

use aws_lc_rs::signature as aws;
use smile_protocol::webauthn::algorithm::CoseAlgorithm;

use super::{SignatureRule, SignedBytes, VerifyingKey, ecdsa, ed25519, rsa};

/// Verifies `signature` over `message` in the form that WebAuthn §6.5.5 gives the algorithm: ECDSA in DER, whatever a
/// registry code says of it, RSA and Ed25519 by their bytes.
///
/// # Errors
/// [`SignatureRule::KeyDoesNotFit`] where the key is not one for the algorithm, and each other rule that the signature
/// breaks.
pub fn verify_webauthn<'m>(
    algorithm: CoseAlgorithm,
    key: &VerifyingKey,
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    use {CoseAlgorithm as A, VerifyingKey as K};
    let elliptic = |method, point: &[u8]| ecdsa(method, point, message, signature);
    let with_modulus = |method, n: &[u8], e: &[u8]| rsa(method, n, e, message, signature);
    match (algorithm, key) {
        (A::Es256, K::P256(point)) => elliptic(&aws::ECDSA_P256_SHA256_ASN1, point),
        (A::Es384, K::P384(point)) => elliptic(&aws::ECDSA_P384_SHA384_ASN1, point),
        (A::Es512, K::P521(point)) => elliptic(&aws::ECDSA_P521_SHA512_ASN1, point),
        (A::Es256k, K::Secp256k1(point)) => elliptic(&aws::ECDSA_P256K1_SHA256_ASN1, point),
        (A::EdDsa, K::Ed25519(key)) => ed25519(key, message, signature),
        (A::Ps256, K::Rsa { n, e }) => with_modulus(&aws::RSA_PSS_2048_8192_SHA256, n, e),
        (A::Ps384, K::Rsa { n, e }) => with_modulus(&aws::RSA_PSS_2048_8192_SHA384, n, e),
        (A::Ps512, K::Rsa { n, e }) => with_modulus(&aws::RSA_PSS_2048_8192_SHA512, n, e),
        (A::Rs256, K::Rsa { n, e }) => with_modulus(&aws::RSA_PKCS1_2048_8192_SHA256, n, e),
        (A::Rs384, K::Rsa { n, e }) => with_modulus(&aws::RSA_PKCS1_2048_8192_SHA384, n, e),
        (A::Rs512, K::Rsa { n, e }) => with_modulus(&aws::RSA_PKCS1_2048_8192_SHA512, n, e),
        _ => Err(SignatureRule::KeyDoesNotFit),
    }
}
