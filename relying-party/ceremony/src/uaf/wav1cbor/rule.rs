//! The rules that only this scheme has.

use smile_protocol::uaf::transport::UafStatusCode;

/// Which rule an assertion in the scheme `WAV1CBOR` (experimental) breaks, in the order in which they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wav1CborRule {
    /// The scheme is switched off, as it is by default.
    #[error(
        "assertionScheme: WAV1CBOR is experimental and switched off; the setting is uaf.experimental_wav1cbor"
    )]
    Off,
    /// A transaction was asked for, and the scheme cannot say what was displayed.
    #[error(
        "transaction: asked for, and a WAV1CBOR assertion (experimental) shows nothing of what was displayed (UAF §3.5.7.5)"
    )]
    TransactionNotShown,
    /// No metadata statement of this scheme has the AAGUID.
    #[error("authData.aaguid: no WAV1CBOR metadata for this AAGUID (experimental, UAF §3.4.6.5)")]
    AaguidUnknown,
    /// The user has no key of this scheme with this credential ID.
    #[error("credential.id: no such WAV1CBOR key of this user (experimental, UAF §3.5.7.5)")]
    CredentialUnknown,
    /// `rpIdHash` is not the hash of the host of the AppID, or the AppID is not an https URL.
    #[error("authData.rpIdHash: not SHA-256 of the host of an https appID (experimental, WebAuthn §7.1)")]
    RpIdHashMismatch,
    /// The flag UP is not set.
    #[error("authData.flags: UP is not set, so no user was present (experimental, WebAuthn §7.1)")]
    UserNotPresent,
    /// The flag UV is not set.
    #[error("authData.flags: UV is not set, so no user was verified (experimental, WebAuthn §7.1)")]
    UserNotVerified,
    /// The credential ID is shorter than a KeyID.
    #[error("authData.credentialId: not 32..=2048 bytes, the length of a KeyID (experimental, UAF §3.1.5)")]
    CredentialIdLength,
    /// The public key names no algorithm, or another one than metadata.
    #[error("authData.credentialPublicKey: its algorithm is not metadata's (experimental, UAF §3.4.6.5)")]
    KeyAlgorithmMismatch,
    /// The public key is not a sound `COSE_Key` for the algorithm.
    #[error(
        "authData.credentialPublicKey: not a COSE key of its algorithm (experimental, FIDO Registry §3.6.2)"
    )]
    PublicKeyInvalid,
    /// The attestation's algorithm is not known, or not the new key's where that attests itself.
    #[error("attStmt.alg: unknown, or not the key's own in self attestation (experimental, WebAuthn §8.2)")]
    AttestationAlgorithm,
    /// The attestation's signature is wrong.
    #[error("attStmt.sig: wrong over authData and the hash of fcParams (experimental, WebAuthn §8.2)")]
    AttestationSignatureInvalid,
    /// The signature counter did not advance.
    #[error("authData.signCount: did not advance (experimental, UAF §3.5.7.5)")]
    CounterNotGreater,
    /// The signature is wrong.
    #[error("signature: wrong over authData and the hash of fcParams (experimental, WebAuthn §7.2)")]
    SignatureInvalid,
}

impl Wav1CborRule {
    /// Every rule, in the order of the checks.
    pub const ALL: [Self; 14] = [
        Self::Off,
        Self::TransactionNotShown,
        Self::AaguidUnknown,
        Self::CredentialUnknown,
        Self::RpIdHashMismatch,
        Self::UserNotPresent,
        Self::UserNotVerified,
        Self::CredentialIdLength,
        Self::KeyAlgorithmMismatch,
        Self::PublicKeyInvalid,
        Self::AttestationAlgorithm,
        Self::AttestationSignatureInvalid,
        Self::CounterNotGreater,
        Self::SignatureInvalid,
    ];

    /// The status code of a refusal: that of the rule's counterpart in the scheme `UAFV1TLV`.
    pub fn status(self) -> UafStatusCode {
        use UafStatusCode as S;
        match self {
            Self::Off | Self::RpIdHashMismatch | Self::SignatureInvalid => S::UnacceptableContent,
            Self::AaguidUnknown => S::UnknownAaid,
            Self::CredentialUnknown => S::UnknownKeyId,
            Self::TransactionNotShown
            | Self::UserNotPresent
            | Self::UserNotVerified
            | Self::CounterNotGreater => S::UnacceptableAuthenticator,
            Self::CredentialIdLength | Self::PublicKeyInvalid => S::UnacceptableKey,
            Self::KeyAlgorithmMismatch => S::UnacceptableAlgorithm,
            Self::AttestationAlgorithm | Self::AttestationSignatureInvalid => S::UnacceptableAttestation,
        }
    }
}
