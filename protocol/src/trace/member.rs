//! What the value of a JSON member says.

use super::document::{Document, JsonValue, Span};
use super::{Kind, certificate, names, value};
use crate::base64url;
use crate::uaf::asm::AsmStatusCode;
use crate::uaf::transport::{TokenType, UafStatusCode};

/// The value of the span at `index` in words.
pub(super) fn meaning(document: &Document, index: usize, kind: Kind) -> String {
    let span = &document.spans[index];
    match &span.value {
        JsonValue::Text(text) if span.concealed => concealed(&span.member, text),
        JsonValue::Number(digits) if span.concealed => concealed(&span.member, digits),
        JsonValue::Truth(_) if span.concealed => "not shown".to_owned(),
        JsonValue::Object(members) => object(document, index, *members),
        JsonValue::Array(1) => "1 element".to_owned(),
        JsonValue::Array(elements) => format!("{elements} elements"),
        JsonValue::Text(text) => text_meaning(&span.member, text),
        JsonValue::Number(digits) => number(span, kind).unwrap_or_else(|| value::shortened(digits)),
        JsonValue::Truth(truth) => truth.to_string(),
        JsonValue::Null => "null".to_owned(),
        JsonValue::Broken => "no JSON value".to_owned(),
    }
}

/// A token's type, which says what it is, or how long any other value among tokens is.
fn concealed(member: &str, text: &str) -> String {
    let kind = TokenType::ALL.iter().find(|kind| kind.name() == text);
    match (member, kind, text.chars().count()) {
        ("type", Some(kind), _) => value::quoted(kind.name()),
        (_, _, 1) => "1 character, not shown".to_owned(),
        (_, _, characters) => format!("{characters} characters, not shown"),
    }
}

fn object(document: &Document, index: usize, members: usize) -> String {
    let of = |name| document.number_of(index, name);
    let words = match members {
        1 => "1 member".to_owned(),
        members => format!("{members} members"),
    };
    match (of("major"), of("minor")) {
        (Some(major), Some(minor)) => format!("version {major}.{minor}"),
        _ => words,
    }
}

/// Text members that hold something else than text.
fn text_meaning(member: &str, text: &str) -> String {
    match member {
        "fcParams" | "finalChallenge" => {
            format!("{} characters, {}", text.len(), value::hash("", text.as_bytes()))
        }
        "assertion" | "challenge" | "keyID" | "keyIDs" if !text.is_empty() => {
            match base64url::decode_loose(text) {
                Some(bytes) => format!("{}, {}", value::bytes(&bytes), value::shortened(&escaped(text))),
                None => format!("{}, no base64url", value::quoted(text)),
            }
        }
        "content" => {
            base64url::decode_loose(text).map_or_else(|| value::quoted(text), |bytes| value::content(&bytes))
        }
        "attestationRootCertificates" => base64url::decode_loose(text)
            .map_or_else(|| value::quoted(text), |der| certificate::describe(&der)),
        "uafRequest" | "previousRequest" | "newUAFRequest" | "uafResponse" | "uafProtocolMessage" => {
            format!("{} characters of JSON", text.chars().count())
        }
        "op" => match text {
            "Reg" => "Reg, registration".to_owned(),
            "Auth" => "Auth, authentication".to_owned(),
            "Dereg" => "Dereg, deregistration".to_owned(),
            _ => value::quoted(text),
        },
        "serverData" | "icon" => format!("{} characters, {}", text.chars().count(), value::quoted(text)),
        _ => value::quoted(text),
    }
}

fn escaped(text: &str) -> String {
    text.escape_debug().to_string()
}

/// Numbers that are codes or flags; `None` where the number is what it says.
fn number(span: &Span, kind: Kind) -> Option<String> {
    let number = span.number()?;
    let long = u32::try_from(number).ok();
    let short = u16::try_from(number).ok();
    let words = match span.member.as_str() {
        "userVerification" => names::user_verification(long?),
        "keyProtection" => names::key_protection(u32::from(short?)),
        "matcherProtection" => names::matcher_protection(u32::from(short?)),
        "attachmentHint" => names::attachment_hint(long?),
        "tcDisplay" => names::tc_display(u32::from(short?)),
        "authenticationAlgorithm" | "authenticationAlgorithms" => {
            return Some(code(number, names::algorithm(short?)));
        }
        "publicKeyAlgAndEncoding" => return Some(code(number, names::key_format(short?))),
        "attestationType" | "attestationTypes" => return Some(code(number, names::attestation_type(short?))),
        "statusCode" => status(short?, kind)?,
        "lifetimeMillis" => format!("{} s", number / 1000),
        _ => return None,
    };
    Some(format!("{number}, {words}"))
}

fn code(number: u64, words: String) -> String {
    format!("{number}, {words}")
}

fn status(code: u16, kind: Kind) -> Option<String> {
    match kind {
        Kind::AsmResponse => AsmStatusCode::from_code(code).map(|status| format!("{status:?}")),
        _ => UafStatusCode::try_from(code)
            .ok()
            .map(|status| status.description().to_owned()),
    }
}
