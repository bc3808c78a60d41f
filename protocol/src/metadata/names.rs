//! The values of the registry as version 3 of metadata statements writes them: names in small letters.

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::Node;
use crate::registry::{
    AttestationType, AuthenticationAlgorithm, PublicKeyFormat, attachment_hint, key_protection,
    matcher_protection, tc_display, user_verification,
};

/// The names of the flags of one set, by flag.
pub(super) type Flags = [(u32, &'static str)];

/// `USER_VERIFY_*`.
pub(super) const USER_VERIFICATION: &Flags = &[
    (user_verification::PRESENCE, "presence_internal"),
    (user_verification::FINGERPRINT, "fingerprint_internal"),
    (user_verification::PASSCODE, "passcode_internal"),
    (user_verification::VOICEPRINT, "voiceprint_internal"),
    (user_verification::FACEPRINT, "faceprint_internal"),
    (user_verification::LOCATION, "location_internal"),
    (user_verification::EYEPRINT, "eyeprint_internal"),
    (user_verification::PATTERN, "pattern_internal"),
    (user_verification::HANDPRINT, "handprint_internal"),
    (user_verification::NONE, "none"),
    (user_verification::ALL, "all"),
    (user_verification::PASSCODE_EXTERNAL, "passcode_external"),
    (user_verification::PATTERN_EXTERNAL, "pattern_external"),
];

/// `KEY_PROTECTION_*`.
pub(super) const KEY_PROTECTION: &Flags = &[
    (key_protection::SOFTWARE as u32, "software"),
    (key_protection::HARDWARE as u32, "hardware"),
    (key_protection::TEE as u32, "tee"),
    (key_protection::SECURE_ELEMENT as u32, "secure_element"),
    (key_protection::REMOTE_HANDLE as u32, "remote_handle"),
];

/// `MATCHER_PROTECTION_*`.
pub(super) const MATCHER_PROTECTION: &Flags = &[
    (matcher_protection::SOFTWARE as u32, "software"),
    (matcher_protection::TEE as u32, "tee"),
    (matcher_protection::ON_CHIP as u32, "on_chip"),
];

/// `ATTACHMENT_HINT_*`.
pub(super) const ATTACHMENT_HINT: &Flags = &[
    (attachment_hint::INTERNAL, "internal"),
    (attachment_hint::EXTERNAL, "external"),
    (attachment_hint::WIRED, "wired"),
    (attachment_hint::WIRELESS, "wireless"),
    (attachment_hint::NFC, "nfc"),
    (attachment_hint::BLUETOOTH, "bluetooth"),
    (attachment_hint::NETWORK, "network"),
    (attachment_hint::READY, "ready"),
    (attachment_hint::WIFI_DIRECT, "wifi_direct"),
];

/// `TRANSACTION_CONFIRMATION_DISPLAY_*`.
pub(super) const TC_DISPLAY: &Flags = &[
    (tc_display::ANY as u32, "any"),
    (tc_display::PRIVILEGED_SOFTWARE as u32, "privileged_software"),
    (tc_display::TEE as u32, "tee"),
    (tc_display::HARDWARE as u32, "hardware"),
    (tc_display::REMOTE as u32, "remote"),
];

const UNKNOWN: &str = "is not a name of the registry";

/// Reads the name of one flag.
pub(super) fn flag(node: &Node<'_>, names: &Flags) -> Result<u32, ProtocolError> {
    let text = node.text()?;
    let found = names.iter().find(|(_, name)| *name == text);
    found.map(|(flag, _)| *flag).ok_or_else(|| node.refuse(UNKNOWN))
}

/// Reads a list of names, none twice, as flags.
pub(super) fn flags(node: &Node<'_>, names: &Flags) -> Result<u32, ProtocolError> {
    node.elements(0)?.iter().try_fold(0, |all, element| {
        let flag = flag(element, names)?;
        if all & flag != 0 {
            return Err(element.refuse("occurs twice"));
        }
        Ok(all | flag)
    })
}

/// Reads a list of names as flags that fit 16 bits.
pub(super) fn flags_16(node: &Node<'_>, names: &Flags) -> Result<u16, ProtocolError> {
    let flags = flags(node, names)?;
    Ok(u16::try_from(flags).expect("the named flags of these sets have 16 bits"))
}

/// Writes flags as a list of names.
pub(super) fn flag_names(field: &str, flags: u32, names: &Flags) -> Result<Value, ProtocolError> {
    let named: Vec<_> = names.iter().filter(|(flag, _)| flags & flag != 0).collect();
    if named.iter().fold(0, |all, (flag, _)| all | flag) != flags {
        let rule = "has a flag that version 3 has no name for";
        return Err(ProtocolError::field(field, FieldRule::Other(rule)));
    }
    Ok(named.iter().map(|(_, name)| *name).collect())
}

/// A registry code with a name in version 3.
pub(super) trait Named: Copy + 'static {
    /// All codes.
    const ALL: &'static [Self];

    /// The name in version 3: the constant's, without its prefix and in small letters.
    fn name_3(self) -> String;

    /// Reads a name.
    fn from_name_3(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let text = node.text()?;
        let found = Self::ALL.iter().copied().find(|code| code.name_3() == text);
        found.ok_or_else(|| node.refuse(UNKNOWN))
    }
}

/// Gives codes their names in version 3 by the prefix of their constants.
macro_rules! named {
    ($($code:ty = $prefix:literal),+) => {$(
        impl Named for $code {
            const ALL: &'static [Self] = <$code>::ALL;

            fn name_3(self) -> String {
                let constant = self.name();
                let start = constant.find($prefix).map_or(0, |at| at + $prefix.len());
                constant[start..].to_ascii_lowercase()
            }
        }
    )+};
}
named!(
    AuthenticationAlgorithm = "ALG_SIGN_",
    PublicKeyFormat = "ALG_KEY_",
    AttestationType = "ATTESTATION_"
);
