//! Maps tag-length-value structures, also where they break off.

use super::layer::{Entry, Place};
use super::{Kind, value};
use crate::error::ProtocolError;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{HEADER_BYTES, Tlv, TlvReader};

/// How deep elements are followed. The deepest of UAF is an extension's name in a key
/// registration in an assertion in a command's response: five.
const DEPTH: usize = 8;

/// The entries of `bytes`, of which every byte is inside exactly one leaf.
pub(super) fn map(bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    map_elements(&mut entries, bytes, 0, 0);
    if entries.is_empty() {
        let mut entry = Entry::new(0, 0, 0, Place::Field, "nothing");
        entry.meaning = "no bytes".to_owned();
        entries.push(entry);
    }
    entries
}

/// Maps elements that stand one after the other, `base` bytes into the layer.
fn map_elements(entries: &mut Vec<Entry>, bytes: &[u8], base: usize, depth: usize) {
    let mut reader = TlvReader::new(bytes, base);
    let mut position = 0;
    loop {
        match reader.read_next() {
            Ok(Some(element)) => {
                position += element.raw.len();
                map_element(entries, &element, depth, None);
            }
            Ok(None) => return,
            Err(error) => return map_rest(entries, &bytes[position..], base + position, depth, &error),
        }
    }
}

/// Maps what is left where an element announces more than there is.
fn map_rest(entries: &mut Vec<Entry>, rest: &[u8], offset: usize, depth: usize, error: &ProtocolError) {
    let [tag_low, tag_high, length_low, length_high, value @ ..] = rest else {
        let mut entry = Entry::new(offset, rest.len(), depth, Place::Field, "rest");
        entry.meaning = format!("{} bytes, too few for a tag and a length", rest.len());
        entry.break_rule(error);
        entries.push(entry);
        return;
    };
    let announced = u16::from_le_bytes([*length_low, *length_high]);
    let element = Tlv {
        tag: u16::from_le_bytes([*tag_low, *tag_high]),
        offset,
        value,
        raw: rest,
    };
    let index = entries.len();
    map_element(entries, &element, depth, Some(announced));
    entries[index].break_rule(error);
}

/// Maps one element. `announced` is its length where that is more than there is.
fn map_element(entries: &mut Vec<Entry>, element: &Tlv<'_>, depth: usize, announced: Option<u16>) {
    let name = tags::name(element.tag).unwrap_or("unknown");
    let place = Place::Tag(element.tag);
    let mut entry = Entry::new(element.offset, element.raw.len(), depth, place, name);
    let inner = element.offset + HEADER_BYTES;
    entry.meaning = match announced {
        Some(announced) => format!("{announced} bytes announced, {} left", element.value.len()),
        None => value::meaning(element.tag, element.value),
    };
    entries.push(entry);
    let fields = value::fields(element.tag, element.value);
    let composite = is_composite(element) && depth < DEPTH;
    if !composite && fields.is_empty() {
        return;
    }
    let mut header = Entry::new(
        element.offset,
        HEADER_BYTES,
        depth + 1,
        Place::Field,
        "tag and length",
    );
    let length = announced.map_or(element.value.len(), usize::from);
    header.meaning = format!("0x{:04X}, {length} bytes", element.tag);
    entries.push(header);
    if composite {
        return map_elements(entries, element.value, inner, depth + 1);
    }
    let mut offset = inner;
    for (name, length, meaning) in fields {
        let mut field = Entry::new(offset, length, depth + 1, Place::Field, name);
        field.meaning = meaning;
        entries.push(field);
        offset += length;
    }
}

/// Whether there are elements inside: by its bit, or because it is an assertion that an
/// authenticator hands out (Commands §4.2).
fn is_composite(element: &Tlv<'_>) -> bool {
    let assertion =
        element.tag == tags::AUTHENTICATOR_ASSERTION && Kind::of_tlv(element.value) != Kind::Unknown;
    !element.value.is_empty() && (element.tag & tags::COMPOSITE != 0 || assertion)
}
