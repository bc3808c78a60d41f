//! How an input is written.

use super::kind::Kind;
use crate::base64url;

/// How an input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// JSON text.
    Json,
    /// base64url, or base64 of another alphabet, with padding or folded.
    Base64url,
    /// Hexadecimal digits, possibly in groups.
    Hex,
    /// The bytes themselves.
    Raw,
}

impl Encoding {
    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Base64url => "base64url",
            Self::Hex => "hexadecimal",
            Self::Raw => "bytes",
        }
    }

    /// Tells the encodings apart. Bytes that begin with the tag of an assertion or a command
    /// are taken as they are; a text that could be both is hexadecimal, unless only base64url
    /// makes it begin with such a tag.
    #[must_use]
    pub fn detect(input: &[u8]) -> Self {
        if Kind::of_tlv(input) != Kind::Unknown {
            return Self::Raw;
        }
        let Some(first) = input.trim_ascii().first() else {
            return Self::Raw;
        };
        if matches!(first, b'{' | b'[') {
            return Self::Json;
        }
        let Ok(text) = std::str::from_utf8(input) else {
            return Self::Raw;
        };
        let is_known = |bytes: &Option<Vec<u8>>| {
            bytes
                .as_ref()
                .is_some_and(|bytes| Kind::of_tlv(bytes) != Kind::Unknown)
        };
        let (hex, base64) = (from_hex(text), base64url::decode_loose(text));
        match (&hex, &base64) {
            (Some(_), _) if is_known(&hex) || !is_known(&base64) => Self::Hex,
            (_, Some(_)) => Self::Base64url,
            _ => Self::Raw,
        }
    }
}

/// Reads hexadecimal digits between which spaces, line breaks and colons may stand.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b':');
    let digits: Vec<u8> = digits
        .map(|byte| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
