//! The one error of this crate: which field or tag, where, and which rule it breaks.

use std::fmt;

/// Why a message, an assertion, a key or a statement was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The input is longer than this crate looks at ([`crate::limits`]).
    #[error("{what} is {actual} bytes long, the limit is {limit}")]
    TooLarge {
        /// What was being decoded, for example `UAF message`.
        what: &'static str,
        /// The largest accepted length in bytes.
        limit: usize,
        /// The length that was offered, in bytes.
        actual: usize,
    },
    /// The text is not JSON (RFC 8259).
    #[error("not JSON at line {line}, column {column}: {reason}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 where the parser knows none.
        column: usize,
        /// The parser's words.
        reason: String,
    },
    /// One JSON object holds the same member twice, so that two readers could disagree.
    #[error(
        "member `{}` occurs twice in one object (line {line}, column {column})",
        quoted(member)
    )]
    DuplicateMember {
        /// The member's name, as the message has it.
        member: String,
        /// Line of the second occurrence, from 1.
        line: usize,
        /// Column of the second occurrence, from 1.
        column: usize,
    },
    /// A member of a JSON message, or a value given to a constructor, breaks a rule.
    #[error("{}: {rule}", shown_path(field))]
    Field {
        /// The path of the member, for example `[0].header.upv.major`; empty where the rule is
        /// about the text as a whole. Made of names that this crate asks for, never of the message's own.
        field: String,
        /// The rule.
        rule: FieldRule,
    },
    /// Two objects of one message carry the same protocol version (UAF §3.4.1).
    #[error("two objects of the message carry version {major}.{minor}")]
    DuplicateVersion {
        /// `upv.major`
        major: u16,
        /// `upv.minor`
        minor: u16,
    },
    /// No object of the message has a version that this crate reads.
    #[error("no object of the message has a supported version")]
    UnsupportedVersion,
    /// An element of a `UAFV1TLV` structure breaks a rule.
    #[error("tag 0x{tag:04X} at offset {offset}: {kind}")]
    Tlv {
        /// The tag, or 0 where too few bytes are left to hold one.
        tag: u16,
        /// Offset of the tag from the start of the outermost structure, in bytes.
        offset: usize,
        /// The rule.
        kind: TlvErrorKind,
    },
    /// A public key is not what its format says.
    #[error("public key in format {format}: {rule} (offset {offset})")]
    Key {
        /// The format's name in the registry, for example `ALG_KEY_ECC_X962_RAW`.
        format: &'static str,
        /// The rule.
        rule: &'static str,
        /// Where in the key the rule is broken, in bytes; 0 where it is the key as a whole.
        offset: usize,
    },
    /// A CBOR structure breaks a rule of CTAP2's canonical form or of its definition.
    #[error("{what} {rule} (offset {offset})")]
    Cbor {
        /// What was being decoded, for example `attestation object`.
        what: &'static str,
        /// Where, in bytes from the beginning of the structure; 0 where it is the structure as a whole.
        offset: usize,
        /// The rule.
        rule: &'static str,
    },
}

/// Most characters that an error quotes of what a message's sender chose: enough to recognise a name by.
const QUOTED_CHARS: usize = 64;

/// What a message's sender chose, as errors show it: at most [`QUOTED_CHARS`] characters, in printable ASCII, so that it
/// neither floods nor steers the terminal or page that it is shown on.
fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown = String::new();
    for character in characters.by_ref().take(QUOTED_CHARS) {
        shown.extend(character.escape_default());
    }
    if characters.next().is_some() {
        shown.push_str("...");
    }
    shown
}

/// A path as errors show it.
fn shown_path(field: &str) -> &str {
    if field.is_empty() { "top level" } else { field }
}

/// The rule that a JSON member or a constructor's argument breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldRule {
    /// A required member is absent.
    Missing,
    /// The member has another JSON type (null counts as another type, UAF §1).
    WrongType {
        /// What it has to be, for example `a string`.
        expected: &'static str,
    },
    /// The length is out of range. Counted in characters for strings, bytes for byte
    /// strings, elements for arrays.
    Length {
        /// Smallest accepted length.
        min: usize,
        /// Largest accepted length.
        max: usize,
        /// The offered length.
        actual: usize,
    },
    /// A number is out of range.
    Range {
        /// The largest accepted value.
        max: u64,
    },
    /// Not base64url without padding (UAF §1, RFC 4648 §5).
    NotBase64url,
    /// Not base64 (Metadata §4, RFC 4648 §4).
    NotBase64,
    /// An extension that nobody here understands is marked `fail_if_unknown` (UAF §3.1.10).
    UnknownExtension {
        /// The extension's `id`.
        id: String,
    },
    /// Any other rule, in words.
    Other(&'static str),
}

impl fmt::Display for FieldRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("is required"),
            Self::WrongType { expected } => write!(out, "has to be {expected}"),
            Self::Length {
                min,
                max: usize::MAX,
                actual,
            } => {
                write!(out, "has length {actual}, required is at least {min}")
            }
            Self::Length { min, max, actual } => {
                write!(out, "has length {actual}, allowed is {min} to {max}")
            }
            Self::Range { max } => write!(out, "is out of range, the largest value is {max}"),
            Self::NotBase64url => out.write_str("is not base64url without padding"),
            Self::NotBase64 => out.write_str("is not base64"),
            Self::UnknownExtension { id } => {
                write!(
                    out,
                    "extension `{}` is unknown and marked fail_if_unknown",
                    quoted(id)
                )
            }
            Self::Other(rule) => out.write_str(rule),
        }
    }
}

impl FieldRule {
    fn without_quotes(&self) -> String {
        match self {
            Self::UnknownExtension { .. } => "an extension is unknown and marked fail_if_unknown".to_owned(),
            Self::Missing
            | Self::WrongType { .. }
            | Self::Length { .. }
            | Self::Range { .. }
            | Self::NotBase64url
            | Self::NotBase64
            | Self::Other(_) => self.to_string(),
        }
    }
}

/// The rule that a TLV element breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlvErrorKind {
    /// The tag or length field itself, or the announced value, runs past the end.
    Truncated {
        /// How many bytes the element needs.
        needed: usize,
        /// How many bytes are there.
        available: usize,
    },
    /// Bytes follow the outermost structure.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// An element that may occur once occurs again.
    Duplicate,
    /// A mandatory element is absent; the offset is that of the structure it belongs to.
    Missing,
    /// A critical tag (0x2000 set) that is not defined at this place.
    UnknownCritical,
    /// Another element was required at this place.
    WrongOrder {
        /// The tag that was required.
        expected: u16,
    },
    /// The value's length is out of range.
    WrongLength {
        /// Smallest accepted length in bytes.
        min: usize,
        /// Largest accepted length in bytes.
        max: usize,
        /// The length of the value in bytes.
        actual: usize,
    },
    /// A code that the FIDO registry does not list.
    UnknownCode {
        /// The code.
        code: u16,
    },
    /// An extension that nobody here understands is marked critical (0x3E11).
    UnknownExtension,
    /// A command's tag (0x34xx) that is none of Commands §4.1.
    UnknownCommand,
    /// Any other rule, in words.
    BadValue(&'static str),
}

impl fmt::Display for TlvErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, available } => {
                write!(out, "truncated, {needed} bytes needed, {available} left")
            }
            Self::TrailingBytes { count } => {
                write!(out, "{count} bytes follow the outermost structure")
            }
            Self::Duplicate => out.write_str("occurs twice"),
            Self::Missing => out.write_str("is missing"),
            Self::UnknownCritical => out.write_str("critical, and not defined at this place"),
            Self::WrongOrder { expected } => {
                write!(out, "tag 0x{expected:04X} is required at this place")
            }
            Self::WrongLength { min, max, actual } => {
                write!(out, "value has {actual} bytes, allowed is {min} to {max}")
            }
            Self::UnknownCode { code } => write!(out, "code 0x{code:04X} is not in the registry"),
            Self::UnknownExtension => out.write_str("critical extension that is not understood"),
            Self::UnknownCommand => out.write_str("is not a command of the specification"),
            Self::BadValue(rule) => out.write_str(rule),
        }
    }
}

impl ProtocolError {
    /// The error in words, without anything that the message's sender chose: a name in it may be a token that was put
    /// in the wrong place, which no log may hold. Line, column, path, tag and offset stay.
    #[must_use]
    pub fn without_quotes(&self) -> String {
        // Every variant by name: a new one has to be asked whether it quotes.
        match self {
            Self::Json { line, column, .. } => format!("not JSON at line {line}, column {column}"),
            Self::DuplicateMember { line, column, .. } => {
                format!("a member occurs twice in one object (line {line}, column {column})")
            }
            Self::Field { field, rule } => format!("{}: {}", shown_path(field), rule.without_quotes()),
            Self::TooLarge { .. }
            | Self::DuplicateVersion { .. }
            | Self::UnsupportedVersion
            | Self::Tlv { .. }
            | Self::Key { .. }
            | Self::Cbor { .. } => self.to_string(),
        }
    }

    /// A field error for `field`.
    pub(crate) fn field(field: impl Into<String>, rule: FieldRule) -> Self {
        Self::Field {
            field: field.into(),
            rule,
        }
    }

    /// The same error in a structure that begins `base` bytes earlier, where it is one about CBOR.
    pub(crate) fn moved_by(self, base: usize) -> Self {
        match self {
            Self::Cbor { what, offset, rule } => Self::Cbor {
                what,
                offset: offset + base,
                rule,
            },
            other => other,
        }
    }

    /// The same error about `field`, where it is a field's: a value's constructor knows what it
    /// is, its reader knows where it stands.
    pub(crate) fn under(self, field: &str) -> Self {
        match self {
            Self::Field { rule, .. } => Self::Field {
                field: field.to_owned(),
                rule,
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
