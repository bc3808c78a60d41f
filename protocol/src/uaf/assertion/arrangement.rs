//! Where the elements of an assertion stood, so that it is written again byte for byte.
//!
//! Commands §4: an authenticator may send elements in any order, and what is not critical and not known here is
//! skipped by who reads and carried by who passes on.

use crate::uaf::assertion::extension::AssertionExtension;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv};

/// One place in a composite.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// The next element with this tag among those that are written.
    Known(u16),
    /// The next extension among those that are written: as `raw` where it is still the one that is usually written as
    /// `usual`, with its data before its id, or with elements that are neither known nor critical.
    Extension { usual: Vec<u8>, raw: Vec<u8> },
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
                Some(_) => unusual_extension(&element).unwrap_or(Place::Known(element.tag)),
            });
        }
        let ranks: Option<Vec<usize>> = places
            .iter()
            .map(|place| match place {
                Place::Known(tag) => rank(*tag),
                Place::Extension { .. } | Place::Carried(_) => None,
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
            let tag = match place {
                Place::Known(tag) => *tag,
                Place::Extension { .. } => tags::EXTENSION,
                Place::Carried(raw) => {
                    bytes.extend_from_slice(raw);
                    continue;
                }
            };
            let next = known
                .iter()
                .position(|element| element.starts_with(&tag.to_le_bytes()));
            if let Some(next) = next {
                let element = known.remove(next);
                bytes.extend(match place {
                    Place::Extension { usual, raw } if *usual == element => raw.clone(),
                    _ => element,
                });
            }
        }
        bytes.extend(known.concat());
        bytes
    }
}

/// The place of an extension that is not written as usual.
fn unusual_extension(element: &Tlv<'_>) -> Option<Place> {
    if element.tag != tags::EXTENSION {
        return None;
    }
    // An extension that does not decode is refused by who reads it.
    let usual = AssertionExtension::decode(*element).ok()?.encode().ok()?;
    let raw = element.raw.to_vec();
    (usual != raw).then_some(Place::Extension { usual, raw })
}
