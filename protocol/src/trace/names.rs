//! The registry's numbers in words.

use crate::registry::{
    AttestationType, AuthenticationAlgorithm, PublicKeyFormat, attachment_hint, key_protection,
    matcher_protection, tc_display, user_verification,
};

/// Bits with their names.
type Names = &'static [(u32, &'static str)];

/// `USER_VERIFY_*` (Registry §3.1).
const USER_VERIFICATION: Names = &[
    (user_verification::PRESENCE, "presence"),
    (user_verification::FINGERPRINT, "fingerprint"),
    (user_verification::PASSCODE, "passcode"),
    (user_verification::VOICEPRINT, "voiceprint"),
    (user_verification::FACEPRINT, "faceprint"),
    (user_verification::LOCATION, "location"),
    (user_verification::EYEPRINT, "eyeprint"),
    (user_verification::PATTERN, "pattern"),
    (user_verification::HANDPRINT, "handprint"),
    (user_verification::NONE, "none"),
    (user_verification::ALL, "all of them"),
];

/// `KEY_PROTECTION_*` (Registry §3.2).
const KEY_PROTECTION: Names = &[
    (key_protection::SOFTWARE as u32, "software"),
    (key_protection::HARDWARE as u32, "hardware"),
    (key_protection::TEE as u32, "TEE"),
    (key_protection::SECURE_ELEMENT as u32, "secure element"),
    (key_protection::REMOTE_HANDLE as u32, "remote handle"),
];

/// `MATCHER_PROTECTION_*` (Registry §3.3).
const MATCHER_PROTECTION: Names = &[
    (matcher_protection::SOFTWARE as u32, "software"),
    (matcher_protection::TEE as u32, "TEE"),
    (matcher_protection::ON_CHIP as u32, "on chip"),
];

/// `ATTACHMENT_HINT_*` (Registry §3.4).
const ATTACHMENT_HINT: Names = &[
    (attachment_hint::INTERNAL, "internal"),
    (attachment_hint::EXTERNAL, "external"),
    (attachment_hint::WIRED, "wired"),
    (attachment_hint::WIRELESS, "wireless"),
    (attachment_hint::NFC, "NFC"),
    (attachment_hint::BLUETOOTH, "Bluetooth"),
    (attachment_hint::NETWORK, "network"),
    (attachment_hint::READY, "ready"),
    (attachment_hint::WIFI_DIRECT, "Wi-Fi Direct"),
];

/// `TRANSACTION_CONFIRMATION_DISPLAY_*` (Registry §3.5).
const TC_DISPLAY: Names = &[
    (tc_display::ANY as u32, "any"),
    (tc_display::PRIVILEGED_SOFTWARE as u32, "privileged software"),
    (tc_display::TEE as u32, "TEE"),
    (tc_display::HARDWARE as u32, "hardware"),
    (tc_display::REMOTE as u32, "remote"),
];

/// `AuthenticatorType` of `TAG_AUTHENTICATOR_METADATA` (Commands §6.1.3).
const AUTHENTICATOR_TYPE: Names = &[
    (0x0001, "second factor"),
    (0x0002, "roaming"),
    (0x0004, "keeps key handles"),
    (0x0008, "own interface"),
    (0x0010, "own settings"),
    (0x0020, "expects the AppID"),
    (0x0040, "user enrolled"),
    (0x0080, "user verification tokens"),
    (0x0100, "transaction hash only"),
];

/// The names of the set bits; unknown ones together as a number.
fn listed(value: u32, names: Names, none: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = value;
    for (bit, name) in names {
        if value & bit != 0 {
            words.push((*name).to_owned());
            rest &= !bit;
        }
    }
    if rest != 0 {
        words.push(format!("unknown 0x{rest:X}"));
    }
    if words.is_empty() {
        words.push(none.to_owned());
    }
    words.join(", ")
}

pub(super) fn user_verification(value: u32) -> String {
    listed(value, USER_VERIFICATION, "no method")
}

pub(super) fn key_protection(value: u32) -> String {
    listed(value, KEY_PROTECTION, "no protection stated")
}

pub(super) fn matcher_protection(value: u32) -> String {
    listed(value, MATCHER_PROTECTION, "no protection stated")
}

pub(super) fn attachment_hint(value: u32) -> String {
    listed(value, ATTACHMENT_HINT, "no hint")
}

pub(super) fn tc_display(value: u32) -> String {
    listed(value, TC_DISPLAY, "no display")
}

pub(super) fn authenticator_type(value: u32) -> String {
    listed(value, AUTHENTICATOR_TYPE, "bound, first factor")
}

pub(super) fn algorithm(code: u16) -> String {
    known(
        code,
        AuthenticationAlgorithm::try_from(code)
            .map(AuthenticationAlgorithm::name)
            .ok(),
    )
}

pub(super) fn key_format(code: u16) -> String {
    known(
        code,
        PublicKeyFormat::try_from(code).map(PublicKeyFormat::name).ok(),
    )
}

pub(super) fn attestation_type(code: u16) -> String {
    known(
        code,
        AttestationType::try_from(code).map(AttestationType::name).ok(),
    )
}

/// A code with its name.
pub(super) fn known(code: u16, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("0x{code:04X}, {name}"),
        None => format!("0x{code:04X}, not in the registry"),
    }
}
