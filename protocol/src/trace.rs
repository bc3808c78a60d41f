//! Annotated byte maps: what every byte of a UAF message, assertion or command is, what it
//! says, and which rule it breaks.
//!
//! A map is made of layers. The first is the input itself; each further one is what was
//! written inside another, for example the assertion behind a base64url text of a message.
//! Offsets count bytes from the start of the entry's own layer.
//!
//! The mapping is tolerant: it goes on where a decoder would stop, because whoever looks at a
//! map wants to see what is wrong. The rules that it shows as broken are those of the strict
//! decoders, in their words, at the place that they name. Nothing here is for deciding whether
//! a message is accepted.

mod assertion;
mod carried;
mod cbor;
mod certificate;
mod command;
mod document;
mod encoding;
mod json;
mod kind;
mod layer;
mod loose;
mod member;
mod message;
mod names;
mod strict;
mod tlv;
mod value;
mod verdict;
mod webauthn;

pub use encoding::Encoding;
pub use kind::Kind;
pub use layer::{Entry, Layer, Place, Trace};
pub use loose::LooseAssertion;

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::limits;

/// Maps `input`: JSON, base64url, hexadecimal or bytes, which [`Encoding::detect`] tells apart.
/// Never fails: what is not understood is shown as such, with the rule that it breaks.
#[must_use]
pub fn trace(input: &[u8]) -> Trace {
    let encoding = Encoding::detect(input);
    let mut layers = Vec::new();
    if input.len() > limits::TRACE_BYTES {
        layers.push(too_large(input.len()));
        return Trace { encoding, layers };
    }
    match encoding {
        Encoding::Json => message::json(&mut layers, input),
        Encoding::Raw => assertion::bytes(&mut layers, "input", None, input),
        Encoding::Base64url | Encoding::Hex => encoded(&mut layers, encoding, input),
    }
    Trace { encoding, layers }
}

/// A layer for the text, then one for what it says.
fn encoded(layers: &mut Vec<Layer>, encoding: Encoding, input: &[u8]) {
    let text = input.trim_ascii();
    let offset = text.as_ptr() as usize - input.as_ptr() as usize;
    let text = String::from_utf8_lossy(text);
    let bytes = match encoding {
        Encoding::Hex => encoding::from_hex(&text),
        _ => base64url::decode_loose(&text),
    };
    let bytes = bytes.unwrap_or_default();
    let mut entry = Entry::new(offset, text.len(), 0, Place::Path(String::new()), encoding.name());
    entry.meaning = format!(
        "{} bytes, {}",
        bytes.len(),
        value::hash("of this text", text.as_bytes())
    );
    if encoding == Encoding::Base64url && base64url::decode(&text).is_err() {
        entry.break_rule(&ProtocolError::field("", FieldRule::NotBase64url));
    }
    layers.push(Layer {
        name: "input".to_owned(),
        inside: None,
        kind: Kind::Text,
        length: input.len(),
        entries: vec![entry],
    });
    match std::str::from_utf8(&bytes) {
        Ok(json) if json.trim_start().starts_with(['{', '[']) => {
            message::document(layers, encoding.name(), Some(0), json, None);
        }
        _ => assertion::bytes(layers, encoding.name(), Some(0), &bytes),
    }
}

fn too_large(actual: usize) -> Layer {
    let mut entry = Entry::new(0, actual, 0, Place::Field, "input");
    entry.break_rule(&ProtocolError::TooLarge {
        what: "input",
        limit: limits::TRACE_BYTES,
        actual,
    });
    Layer {
        name: "input".to_owned(),
        inside: None,
        kind: Kind::Unknown,
        length: actual,
        entries: vec![entry],
    }
}

#[cfg(test)]
mod tests;
