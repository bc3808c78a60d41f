//! Layers of JSON: which document it is, and what it says.

use super::document::{Document, JsonValue, Span, VALUES, child_path};
use super::layer::{Entry, Layer, Place};
use super::{Kind, carried, member, strict, verdict};
use crate::error::{FieldRule, ProtocolError};

/// Adds the layers of an input that begins like JSON, which may be no UTF-8 from some byte on.
pub(super) fn json(layers: &mut Vec<Layer>, input: &[u8]) {
    let valid = match std::str::from_utf8(input) {
        Ok(text) => return document(layers, "input", None, text, None),
        Err(error) => error.valid_up_to(),
    };
    let text = std::str::from_utf8(&input[..valid]).unwrap_or_default();
    document(layers, "input", None, text, None);
    if let Some(layer) = layers.first_mut() {
        layer.length = input.len();
        let mut rest = Entry::new(valid, input.len() - valid, 0, Place::Field, "rest");
        rest.break_rule(&ProtocolError::field("", FieldRule::Other("is not UTF-8")));
        layer.entries.push(rest);
    }
}

/// Adds a layer for `text` and layers for what is inside it. `kind` is what it should be;
/// without it, what it is is found out.
pub(super) fn document(
    layers: &mut Vec<Layer>,
    name: &str,
    inside: Option<usize>,
    text: &str,
    kind: Option<Kind>,
) {
    let root = match kind {
        Some(Kind::FinalChallengeParams) => "fcParams",
        _ => "",
    };
    let document = Document::read(text, root);
    let kind = kind.unwrap_or_else(|| kind_of(&document));
    let mut entries: Vec<Entry> = (0..document.spans.len())
        .map(|index| entry(&document, index, kind))
        .collect();
    if document.spans.len() >= VALUES {
        let mapped = document.spans.last().map_or(0, |span| span.end);
        let mut rest = Entry::new(mapped, text.len() - mapped, 0, Place::Field, "rest");
        rest.meaning = format!("not mapped, there are {VALUES} values before it");
        entries.push(rest);
    }
    if entries.is_empty() {
        entries.push(Entry::new(
            0,
            text.len(),
            0,
            Place::Path(String::new()),
            "nothing",
        ));
    }
    if let Err(error) = strict::check(kind, &document, text) {
        verdict::place(&mut entries, &error, text);
    }
    let index = layers.len();
    layers.push(Layer {
        name: name.to_owned(),
        inside,
        kind,
        length: text.len(),
        entries,
    });
    for span in &document.spans {
        if let JsonValue::Text(value) = &span.value
            && !span.concealed
        {
            carried::expand(layers, index, &document, span, value);
        }
    }
}

fn entry(document: &Document, index: usize, kind: Kind) -> Entry {
    let span = &document.spans[index];
    let place = Place::Path(span.path.clone());
    let name = if span.depth == 0 {
        kind.name()
    } else {
        span.member.as_str()
    };
    let name = if name.is_empty() { "message" } else { name };
    let mut entry = Entry::new(span.start, span.end - span.start, span.depth, place, name);
    entry.meaning = member::meaning(document, index, kind);
    entry
}

/// What a document is, by its members.
pub(super) fn kind_of(document: &Document) -> Kind {
    let has = |name| document.member(name).is_some();
    let is_array = matches!(
        document.spans.first(),
        Some(Span {
            value: JsonValue::Array(_),
            ..
        })
    );
    if is_array || has("header") {
        return message_kind(document, if is_array { "[0]" } else { "" });
    }
    let status = document.member("statusCode").and_then(Span::number);
    match status {
        _ if has("requestType") => Kind::AsmRequest,
        _ if has("responseData") => Kind::AsmResponse,
        _ if has("uafRequest") => Kind::ReturnUafRequest,
        Some(1000..) if has("op") || has("lifetimeMillis") => Kind::ReturnUafRequest,
        Some(1000..) => Kind::ServerResponse,
        Some(_) => Kind::AsmResponse,
        None if has("uafResponse") => Kind::SendUafResponse,
        None if has("uafProtocolMessage") => Kind::UafMessage,
        None if has("trustedFacets") => Kind::TrustedFacetsList,
        None if has("attestationTypes") || has("userVerificationDetails") => Kind::MetadataStatement,
        None if has("facetID") && has("challenge") => Kind::FinalChallengeParams,
        None if has("op") || has("previousRequest") || has("context") => Kind::GetUafRequest,
        None => Kind::Unknown,
    }
}

/// What a message is, by the operation of its first object.
fn message_kind(document: &Document, object: &str) -> Kind {
    let at = |name: &str| document.at(&child_path(object, name)).is_some();
    let response = at("fcParams") || at("assertions");
    match document.text_at(&child_path(object, "header.op")) {
        Some("Reg") if response => Kind::RegistrationResponse,
        Some("Reg") => Kind::RegistrationRequest,
        Some("Auth") if response => Kind::AuthenticationResponse,
        Some("Auth") => Kind::AuthenticationRequest,
        Some("Dereg") => Kind::DeregistrationRequest,
        _ => Kind::Message,
    }
}
