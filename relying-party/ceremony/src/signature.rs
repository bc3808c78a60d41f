//! Signature verification: the one module that uses aws-lc-rs. It answers with a witness, never with a `bool`.

mod assertion;
mod certificate;
mod key;
mod webauthn;

use aws_lc_rs::signature::{
    self as aws, EcdsaVerificationAlgorithm, RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};

pub use assertion::{must_be_supported, verify_assertion};
pub(crate) use certificate::verify_certificate;
pub use key::VerifyingKey;
pub use webauthn::verify_webauthn;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
#[non_exhaustive]
pub enum SignatureRule {
    /// The algorithm is not one that we verify with.
    AlgorithmUnsupported,
    /// SM2 with SM3, which servers may leave out (FIDO Registry §3.6.1).
    Sm2Unsupported,
    /// Ed448: the library that verifies here has no such algorithm.
    Ed448Unsupported,
    /// SHA-1, for which anybody with means can find two messages of one hash.
    Sha1Refused,
    /// MD5, for which anybody can.
    Md5Refused,
    /// The key's kind or curve is not the algorithm's.
    KeyDoesNotFit,
    /// The key is not a valid one: not on its curve, too short, a bad exponent.
    KeyInvalid,
    /// The signature has not the form that the algorithm prescribes.
    Malformed,
    /// The signature is not one of this key over this message.
    Wrong,
}

impl SignatureRule {
    /// The rule in words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AlgorithmUnsupported => "signature algorithm not supported",
            Self::Sm2Unsupported => "SM2 with SM3 is optional and not supported here",
            Self::Ed448Unsupported => "Ed448 is not supported: no verifier for it here",
            Self::Sha1Refused => "SHA-1 is refused: collisions can be found",
            Self::Md5Refused => "MD5 is refused: collisions can be found",
            Self::KeyDoesNotFit => "key does not fit the signature algorithm",
            Self::KeyInvalid => "public key invalid",
            Self::Malformed => "signature malformed",
            Self::Wrong => "signature wrong",
        }
    }
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

/// Verifies with a point of an elliptic curve.
fn ecdsa<'m>(
    algorithm: &'static EcdsaVerificationAlgorithm,
    point: &[u8],
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    curve(algorithm, point, message, signature)
}

/// Verifies with an Ed25519 key (RFC 8032 §5.1.7).
fn ed25519<'m>(key: &[u8], message: &'m [u8], signature: &[u8]) -> Result<SignedBytes<'m>, SignatureRule> {
    // RFC 8032 §5.1.7: a signature is R ‖ S, 32 bytes each.
    if signature.len() != 64 {
        return Err(SignatureRule::Malformed);
    }
    curve(&aws::ED25519, key, message, signature)
}

fn curve<'m>(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &'m [u8],
    signature: &[u8],
) -> Result<SignedBytes<'m>, SignatureRule> {
    let verdict = UnparsedPublicKey::new(algorithm, key).verify(message, signature);
    verdict
        .map(|()| SignedBytes(message))
        .map_err(|_| SignatureRule::Wrong)
}

/// Verifies with an RSA key.
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
