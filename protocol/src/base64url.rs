//! base64url without padding, as UAF writes every byte string in JSON (UAF §1).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};

use crate::error::{FieldRule, ProtocolError};

/// Encodes `bytes` with the URL-safe alphabet and without padding (RFC 4648 §5).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes strictly: URL-safe alphabet, no padding, no white space, unused bits zero, so that
/// every byte string has exactly one accepted text.
///
/// # Errors
/// [`FieldRule::NotBase64url`] for the field `base64url`.
pub fn decode(text: &str) -> Result<Vec<u8>, ProtocolError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| ProtocolError::field("base64url", FieldRule::NotBase64url))
}

/// Takes what the strict decoder refuses by form alone: padding or none, either alphabet, set
/// unused bits.
const LOOSE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes whatever base64 may be meant: folded lines, padding and the standard alphabet too.
/// For those who look at what others wrote, never for deciding whether it is accepted. `None`
/// where it is no base64 at all.
#[must_use]
pub fn decode_loose(text: &str) -> Option<Vec<u8>> {
    let packed: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    LOOSE.decode(packed.trim_end_matches('=')).ok()
}

/// Encodes with the standard alphabet and padding, as metadata statements do (Metadata §4).
pub(crate) fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes the standard alphabet with padding. Line breaks and spaces are dropped first,
/// because certificates in metadata statements are often folded like PEM.
pub(crate) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(packed).ok()
}
