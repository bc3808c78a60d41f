//! What the value of a tag says (Commands §5.2, §6).

use sha2::{Digest as _, Sha256};

use super::{certificate, names};
use crate::base64url;
use crate::uaf::assertion::tags;
use crate::uaf::command::CommandStatusCode;
use crate::uaf::identity::Aaid;

/// How many characters of a text are shown.
const SHOWN_CHARS: usize = 60;

/// The value of `tag` in words.
pub(super) fn meaning(tag: u16, value: &[u8]) -> String {
    match tag {
        tags::AAID => aaid(value),
        tags::KEYID if value.is_empty() => "empty: every key".to_owned(),
        tags::KEYID => format!("{} bytes, {}", value.len(), shortened(&base64url::encode(value))),
        tags::FINAL_CHALLENGE_HASH => hex(value),
        tags::TRANSACTION_CONTENT_HASH if value.is_empty() => "empty: no transaction".to_owned(),
        tags::TRANSACTION_CONTENT_HASH => hex(value),
        tags::PUB_KEY => public_key(value),
        tags::SIGNATURE => signature(value),
        tags::ATTESTATION_CERT => certificate::describe(value),
        tags::ASSERTION_SCHEME
        | tags::EXTENSION_ID
        | tags::SUPPORTED_EXTENSION_ID
        | tags::TC_DISPLAY_CONTENT_TYPE
        | tags::APPID
        | tags::USERNAME => quoted_bytes(value),
        tags::TRANSACTION_CONTENT => content(value),
        tags::STATUS_CODE => number(value).map_or_else(|| bytes(value), command_status),
        tags::ATTESTATION_TYPE => number(value).map_or_else(|| bytes(value), names::attestation_type),
        tags::AUTHENTICATOR_INDEX | tags::API_VERSION => match value {
            [number] => number.to_string(),
            _ => bytes(value),
        },
        _ if tags::name(tag).is_none() && tag & tags::CRITICAL != 0 => {
            format!("{}, critical", bytes(value))
        }
        _ if tags::name(tag).is_none() => format!("{}, to be skipped", bytes(value)),
        _ => bytes(value),
    }
}

/// A field of a value: name, length in bytes, meaning.
pub(super) type Field = (&'static str, usize, String);

/// The fields of a value with a fixed layout; empty where it has none, or another length.
pub(super) fn fields(tag: u16, value: &[u8]) -> Vec<Field> {
    match (tag, value) {
        (tags::ASSERTION_INFO, [v0, v1, mode, s0, s1, rest @ ..]) => {
            let mut fields = vec![
                (
                    "authenticatorVersion",
                    2,
                    u16::from_le_bytes([*v0, *v1]).to_string(),
                ),
                ("authenticationMode", 1, authentication_mode(*mode)),
                (
                    "signatureAlgAndEncoding",
                    2,
                    names::algorithm(u16::from_le_bytes([*s0, *s1])),
                ),
            ];
            match rest {
                [] => {}
                [k0, k1] => {
                    let format = names::key_format(u16::from_le_bytes([*k0, *k1]));
                    fields.push(("publicKeyAlgAndEncoding", 2, format));
                }
                _ => fields.push(("rest", rest.len(), bytes(rest))),
            }
            fields
        }
        (tags::COUNTERS, _) => match value.as_chunks::<4>() {
            ([sign], []) => vec![("signCounter", 4, u32::from_le_bytes(*sign).to_string())],
            ([sign, reg], []) => vec![
                ("signCounter", 4, u32::from_le_bytes(*sign).to_string()),
                ("regCounter", 4, u32::from_le_bytes(*reg).to_string()),
            ],
            _ => Vec::new(),
        },
        (tags::AUTHENTICATOR_METADATA, _) => authenticator_metadata(value),
        (tags::TC_DISPLAY_PNG_CHARACTERISTICS, _) => png_characteristics(value),
        _ => Vec::new(),
    }
}

/// Commands §6.1.3, 1.4.4.
fn authenticator_metadata(value: &[u8]) -> Vec<Field> {
    let [t0, t1, handles, u0, u1, u2, u3, k0, k1, m0, m1, d0, d1, a0, a1] = *value else {
        return Vec::new();
    };
    let short = |low, high| u32::from(u16::from_le_bytes([low, high]));
    vec![
        ("authenticatorType", 2, names::authenticator_type(short(t0, t1))),
        ("maxKeyHandles", 1, handles.to_string()),
        (
            "userVerification",
            4,
            names::user_verification(u32::from_le_bytes([u0, u1, u2, u3])),
        ),
        ("keyProtection", 2, names::key_protection(short(k0, k1))),
        ("matcherProtection", 2, names::matcher_protection(short(m0, m1))),
        ("tcDisplay", 2, names::tc_display(short(d0, d1))),
        (
            "authenticationAlgorithm",
            2,
            names::algorithm(u16::from_le_bytes([a0, a1])),
        ),
    ]
}

/// Commands §6.1.3, 1.4.6.
fn png_characteristics(value: &[u8]) -> Vec<Field> {
    let [
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        depth,
        color,
        compression,
        filter,
        interlace,
        plte @ ..,
    ] = value
    else {
        return Vec::new();
    };
    let mut fields = vec![
        ("width", 4, u32::from_le_bytes([*w0, *w1, *w2, *w3]).to_string()),
        ("height", 4, u32::from_le_bytes([*h0, *h1, *h2, *h3]).to_string()),
        ("bitDepth", 1, depth.to_string()),
        ("colorType", 1, color.to_string()),
        ("compression", 1, compression.to_string()),
        ("filter", 1, filter.to_string()),
        ("interlace", 1, interlace.to_string()),
    ];
    if !plte.is_empty() {
        fields.push(("plte", plte.len(), bytes(plte)));
    }
    fields
}

fn aaid(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match text.parse::<Aaid>() {
        Ok(aaid) => aaid.to_string(),
        Err(_) => format!("{}, no AAID", quoted(&text)),
    }
}

fn authentication_mode(mode: u8) -> String {
    match mode {
        1 => "1, user verified".to_owned(),
        2 => "2, transaction confirmed".to_owned(),
        other => format!("{other}, not defined"),
    }
}

fn command_status(code: u16) -> String {
    match CommandStatusCode::from_code(code) {
        Some(status) => format!("0x{code:02X}, {status:?}"),
        None => format!("0x{code:02X}, not defined"),
    }
}

/// What the form of a key says of it.
fn public_key(value: &[u8]) -> String {
    let form = match value {
        [0x04, ..] if value.len() % 2 == 1 => "an uncompressed point",
        [0x30, ..] => "DER",
        [0xA0..=0xBF, ..] if value.len() < 256 => "a COSE_Key",
        _ => return bytes(value),
    };
    format!("{}, {form}", bytes(value))
}

/// What the form of a signature says of it.
pub(super) fn signature(value: &[u8]) -> String {
    let form = match value {
        [0x30, length, rest @ ..] if usize::from(*length) == rest.len() => ", a DER SEQUENCE",
        [0x30, 0x81, length, rest @ ..] if usize::from(*length) == rest.len() => ", a DER SEQUENCE",
        [0x04, 0x82, high, low, rest @ ..]
            if usize::from(u16::from_be_bytes([*high, *low])) == rest.len() =>
        {
            ", a DER OCTET STRING"
        }
        _ => "",
    };
    format!("{}{form}", bytes(value))
}

/// A transaction's content, with the hash that an assertion over it holds.
pub(super) fn content(value: &[u8]) -> String {
    let shown = match std::str::from_utf8(value) {
        Ok(text) => quoted(text),
        Err(_) => bytes(value),
    };
    format!("{shown}, {}", hash("", value))
}

/// SHA-256 of `bytes`, in words.
pub(super) fn hash(of: &str, bytes: &[u8]) -> String {
    let space = if of.is_empty() { "" } else { " " };
    format!("SHA-256{space}{of} {}", hex(&Sha256::digest(bytes)))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    shortened(&digits)
}

pub(super) fn bytes(value: &[u8]) -> String {
    match value.len() {
        1 => "1 byte".to_owned(),
        length => format!("{length} bytes"),
    }
}

fn quoted_bytes(value: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(value))
}

/// Text of the input as it may be shown: in quotes, without control characters, not too long.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text))
}

/// The beginning of a long text.
pub(super) fn shortened(text: &str) -> String {
    // A SHA-256 in hexadecimal is shown whole.
    if text.chars().count() <= SHOWN_CHARS + 4 {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(SHOWN_CHARS).collect();
    format!("{beginning}…")
}

fn number(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_le_bytes)
}
