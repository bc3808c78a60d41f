//! GetInfo (Commands §6.1): what this authenticator is.

use smile_protocol::hash::HashAlgorithm;
use smile_protocol::metadata::DisplayPngCharacteristics;
use smile_protocol::registry::{
    AttestationType, AuthenticationAlgorithm, PublicKeyFormat, attachment_hint, key_protection,
    matcher_protection, tc_display, user_verification,
};
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::authentication::TEXT_PLAIN;
use smile_protocol::uaf::command::{AuthenticatorInfo, AuthenticatorType, USER_VERIFICATION_INDEX};

use super::AUTHENTICATOR_INDEX;
use crate::authenticator::{AttestationMode, Authenticator};
use crate::enrolment;
use crate::transaction::PICTURE;

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
const TC_DISPLAY: u16 = tc_display::ANY | tc_display::PRIVILEGED_SOFTWARE;
/// KeyIDs that one Sign may name: each costs a file to open.
pub(crate) const MAX_KEY_HANDLES: u8 = 255;
/// First factor, bound to its device, and no interface of its own for settings: none of those flags.
const AUTHENTICATOR_TYPE: AuthenticatorType = AuthenticatorType::KEYS_STORED_INSIDE
    .with(AuthenticatorType::EXPECTS_APP_ID)
    .with(AuthenticatorType::VERIFICATION_TOKENS);

impl AttestationMode {
    /// The tag of the attestation that this mode makes.
    pub(crate) const fn attestation_type(self) -> AttestationType {
        match self {
            Self::BasicFull => AttestationType::BasicFull,
            Self::BasicSurrogate => AttestationType::BasicSurrogate,
        }
    }
}

/// `TransactionConfirmationDisplay`, or nothing.
pub(crate) fn tc_display(transaction_display: bool) -> u16 {
    if transaction_display { TC_DISPLAY } else { 0 }
}

/// `tcDisplayContentType`; absent where there is no display.
pub(crate) fn tc_display_content_type(transaction_display: bool) -> Option<String> {
    transaction_display.then(|| TEXT_PLAIN.to_owned())
}

/// `tcDisplayPNGCharacteristics`. There is one content type, and it is text: what stands here says that such pictures are
/// shown too.
pub(crate) fn pictures_shown(picture_display: bool) -> Vec<DisplayPngCharacteristics> {
    if picture_display {
        vec![PICTURE]
    } else {
        Vec::new()
    }
}

/// What GetInfo says of this authenticator. A template that does not open counts as enrolled: that it is
/// damaged is told when it is used.
pub(crate) fn get_info(authenticator: &Authenticator) -> AuthenticatorInfo {
    let enrolled = if enrolment::exists(&authenticator.vault) {
        AuthenticatorType::USER_ENROLLED
    } else {
        AuthenticatorType::default()
    };
    AuthenticatorInfo {
        authenticator_index: AUTHENTICATOR_INDEX,
        aaid: authenticator.aaid,
        authenticator_type: AUTHENTICATOR_TYPE.with(enrolled),
        max_key_handles: MAX_KEY_HANDLES,
        user_verification: USER_VERIFICATION,
        key_protection: KEY_PROTECTION,
        matcher_protection: MATCHER_PROTECTION,
        tc_display: tc_display(authenticator.transaction_display),
        authentication_algorithm: SIGNATURE_ALGORITHM,
        tc_display_content_type: tc_display_content_type(authenticator.transaction_display),
        tc_display_png_characteristics: pictures_shown(authenticator.shows_pictures()),
        assertion_scheme: UAFV1TLV.to_owned(),
        attestation_types: vec![authenticator.attestation_mode.attestation_type()],
        supported_extension_ids: vec![USER_VERIFICATION_INDEX.to_owned()],
        appended: Vec::new(),
    }
}
