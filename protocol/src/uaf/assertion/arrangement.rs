//! Where the elements of an assertion stood, so that it is written again byte for byte.
//!
//! Commands §4: an authenticator may send elements in any order, and what is not critical and not known here is
//! skipped by who reads and carried by who passes on.

use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, HEADER_BYTES, Tlv, TlvReader};

/// One place in a composite.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// The next element with this tag among those that are written.
    Known(u16),
    /// The same, an extension whose data stand before its id.
    DataFirst(u16),
    /// An element that is neither known nor critical, with tag and length.
    Carried(Vec<u8>),
}

/// The places of a composite in their order; none where its elements are in the usual order and all known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arrangement(Vec<Place>);

impl Arrangement {
    /// The places of `composite` without its element `apart`, which is written by itself. `usual` are the known tags
    /// in the order in which they are written.
    pub(super) fn of(composite: &Composite<'_>, apart: Option<&Tlv<'_>>, usual: &[u16]) -> Self {
        let rank = |tag: u16| usual.iter().position(|known| *known == tag);
        let mut places = Vec::new();
        let mut children = composite.parent().children();
        // Composite::read has read them all: none is broken.
        while let Ok(Some(element)) = children.read_next() {
            if apart.is_some_and(|apart| apart.offset == element.offset) {
                continue;
            }
            places.push(match rank(element.tag) {
                None => Place::Carried(element.raw.to_vec()),
                Some(_) if begins_with_data(&element) => Place::DataFirst(element.tag),
                Some(_) => Place::Known(element.tag),
            });
        }
        let ranks: Option<Vec<usize>> = places
            .iter()
            .map(|place| match place {
                Place::Known(tag) => rank(*tag),
                Place::DataFirst(_) | Place::Carried(_) => None,
            })
            .collect();
        if ranks.is_some_and(|ranks| ranks.is_sorted()) {
            Self::default()
        } else {
            Self(places)
        }
    }

    /// The elements of `known`, each with tag and length and in the usual order, at their places among those that are
    /// carried. Such as have no place come last.
    pub(super) fn write(&self, mut known: Vec<Vec<u8>>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for place in &self.0 {
            let (tag, data_first) = match place {
                Place::Known(tag) => (*tag, false),
                Place::DataFirst(tag) => (*tag, true),
                Place::Carried(raw) => {
                    bytes.extend_from_slice(raw);
                    continue;
                }
            };
            let next = known
                .iter()
                .position(|element| element.starts_with(&tag.to_le_bytes()));
            if let Some(next) = next {
                let mut element = known.remove(next);
                if data_first {
                    put_data_first(&mut element);
                }
                bytes.extend(element);
            }
        }
        bytes.extend(known.concat());
        bytes
    }
}

/// Whether this is an extension whose data stand before its id.
fn begins_with_data(element: &Tlv<'_>) -> bool {
    let first = element.children().read_next();
    element.tag == tags::EXTENSION && matches!(first, Ok(Some(first)) if first.tag == tags::EXTENSION_DATA)
}

/// Puts the data of an extension, as it is usually written, before its id.
fn put_data_first(extension: &mut [u8]) {
    let content = &mut extension[HEADER_BYTES..];
    let id = TlvReader::new(content, 0).read_next();
    let id = id.ok().flatten().map_or(0, |id| id.raw.len());
    content.rotate_left(id);
}
