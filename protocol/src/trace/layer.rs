//! What a map is made of.

use super::encoding::Encoding;
use super::kind::Kind;
use crate::error::ProtocolError;

/// A map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// How the input was written.
    pub encoding: Encoding,
    /// The input, then what is inside it, each layer after the one that it is inside of.
    pub layers: Vec<Layer>,
}

impl Trace {
    /// What the input is, once its encoding is undone.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let kinds = self.layers.iter().map(|layer| layer.kind);
        kinds
            .into_iter()
            .find(|kind| *kind != Kind::Text)
            .unwrap_or(Kind::Unknown)
    }

    /// Every broken rule: layer, entry, rule.
    pub fn broken(&self) -> impl Iterator<Item = (&Layer, &Entry, &str)> {
        self.layers.iter().flat_map(|layer| {
            let entries = layer.entries.iter();
            entries.flat_map(move |entry| entry.broken.iter().map(move |rule| (layer, entry, rule.as_str())))
        })
    }
}

/// The entries of one run of bytes, in the order in which they begin; an entry is followed by
/// those inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// `input`, or where in the outer layer it was found: a path, a tag's name, an encoding.
    pub name: String,
    /// The index of the outer layer; `None` for the input.
    pub inside: Option<usize>,
    /// What it is.
    pub kind: Kind,
    /// How many bytes it has.
    pub length: usize,
    /// What is where.
    pub entries: Vec<Entry>,
}

impl Layer {
    /// The entries that have no other inside. Those of an assertion or a command cover every
    /// byte exactly once.
    pub fn leaves(&self) -> impl Iterator<Item = &Entry> {
        let next = self.entries.iter().skip(1).map(|entry| entry.depth);
        let next = next.chain(std::iter::once(0));
        let pairs = self.entries.iter().zip(next);
        pairs
            .filter(|(entry, next)| *next <= entry.depth)
            .map(|(entry, _)| entry)
    }
}

/// One value: where it is, what it is, what it says, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins, in bytes from the start of the layer.
    pub offset: usize,
    /// How many bytes it has, with tag and length, or with quotes and brackets.
    pub length: usize,
    /// How many entries it is inside of.
    pub depth: usize,
    /// How the format itself names it.
    pub place: Place,
    /// The name in the specification: of a tag without `TAG_`, of a JSON member, of a field.
    pub name: String,
    /// The value in words. Text of the input is quoted, shortened and free of control characters.
    pub meaning: String,
    /// The rules that it breaks, in the words of the strict decoders.
    pub broken: Vec<String>,
}

/// How a format names a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A TLV tag.
    Tag(u16),
    /// The path of a JSON value, for example `[0].header.upv.major`; empty for the whole.
    Path(String),
    /// A part of a tag's value, or bytes without structure: it has no name of its own.
    Field,
}

impl Entry {
    pub(super) fn new(offset: usize, length: usize, depth: usize, place: Place, name: &str) -> Self {
        Self {
            offset,
            length,
            depth,
            place,
            name: name.to_owned(),
            meaning: String::new(),
            broken: Vec::new(),
        }
    }

    /// Adds a broken rule, once.
    pub(super) fn break_rule(&mut self, error: &ProtocolError) {
        let rule = error.to_string();
        if !self.broken.contains(&rule) {
            self.broken.push(rule);
        }
    }
}
