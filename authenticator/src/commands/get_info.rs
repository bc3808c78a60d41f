//! GetInfo (Commands §6.1): what this authenticator is.

use smile_protocol::hash::HashAlgorithm;
use smile_protocol::registry::{
    AttestationType, AuthenticationAlgorithm, PublicKeyFormat, attachment_hint, key_protection,
    matcher_protection, tc_display, user_verification,
};
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::identity::KeyId;
use smile_protocol::uaf::policy::AuthenticatorDescription;

use crate::authenticator::AttestationMode;

/// The version that each assertion carries. It grows when what a relying party should know changes.
pub(crate) const AUTHENTICATOR_VERSION: u16 = 1;
/// ECDSA on P-256 with SHA-256, R‖S.
pub(crate) const SIGNATURE_ALGORITHM: AuthenticationAlgorithm =
    AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw;

/// What final challenges and transactions are hashed with: the hash function of [`SIGNATURE_ALGORITHM`] (ASM §3.6).
pub(crate) const HASH: HashAlgorithm = match SIGNATURE_ALGORITHM.hash() {
    Some(hash) => hash,
    None => panic!("the algorithm has a hash function"),
};
/// 0x04 ‖ X ‖ Y.
pub(crate) const PUBLIC_KEY_FORMAT: PublicKeyFormat = PublicKeyFormat::EccX962Raw;
/// The face, and nothing else.
pub(crate) const USER_VERIFICATION: u32 = user_verification::FACEPRINT;
/// Sealed files: software.
pub(crate) const KEY_PROTECTION: u16 = key_protection::SOFTWARE;
/// The face networks run in an ordinary process.
pub(crate) const MATCHER_PROTECTION: u16 = matcher_protection::SOFTWARE;
/// Part of the user's device.
pub(crate) const ATTACHMENT_HINT: u32 = attachment_hint::INTERNAL;
/// The app shows the text: software, and trusted as far as the app is.
pub(crate) const TC_DISPLAY: u16 = tc_display::ANY | tc_display::PRIVILEGED_SOFTWARE;

impl AttestationMode {
    /// The tag of the attestation that this mode makes.
    pub(crate) const fn attestation_type(self) -> AttestationType {
        match self {
            Self::BasicFull => AttestationType::BasicFull,
            Self::BasicSurrogate => AttestationType::BasicSurrogate,
        }
    }
}

/// What a policy is matched against (UAF §3.1.11), with the keys registered for one AppID.
pub(crate) fn describe(mode: AttestationMode, key_ids: Vec<KeyId>) -> AuthenticatorDescription {
    AuthenticatorDescription {
        aaid: mode.aaid(),
        key_ids,
        user_verification: USER_VERIFICATION,
        key_protection: KEY_PROTECTION,
        matcher_protection: MATCHER_PROTECTION,
        attachment_hint: ATTACHMENT_HINT,
        tc_display: TC_DISPLAY,
        authentication_algorithm: SIGNATURE_ALGORITHM,
        assertion_scheme: UAFV1TLV.to_owned(),
        attestation_types: vec![mode.attestation_type()],
        authenticator_version: AUTHENTICATOR_VERSION,
    }
}
