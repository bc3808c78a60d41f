//! Maps CBOR items, also where they break off. Strictness is the decoders' matter: here a key may occur twice.

use super::layer::{Entry, Place};
use super::value;

/// How deep arrays and maps are followed; CTAP2 allows four (CTAP2 §8).
const DEPTH: usize = 8;

/// Words for a value: the name that leads to it, its kind, its bytes or its number as text.
pub(super) type Meaning = fn(&str, Scalar<'_>) -> String;

/// A value that has no other inside.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'a> {
    Number(i128),
    Bytes(&'a [u8]),
    Text(&'a str),
    /// false, true, null, and what does not occur.
    Other,
}

/// Maps the items of one layer.
pub(super) struct Mapper<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) entries: Vec<Entry>,
    /// The name of a key, given its depth and its text.
    pub(super) name: fn(usize, &str) -> String,
    pub(super) meaning: Meaning,
}

/// The bytes break off, or hold what is not followed: the rest is mapped already.
pub(super) struct BrokenOff;

struct Head {
    major: u8,
    argument: u64,
    end: usize,
}

impl<'a> Mapper<'a> {
    /// An entry without a name of its own in the format.
    pub(super) fn leaf(&mut self, begin: usize, end: usize, depth: usize, name: &str, meaning: String) {
        let mut entry = Entry::new(begin, end - begin, depth, Place::Field, name);
        entry.meaning = meaning;
        self.entries.push(entry);
    }

    /// An entry for what is left from `at` on, if anything is.
    pub(super) fn rest(&mut self, at: usize, depth: usize) {
        let left = self.bytes.len() - at;
        if left > 0 {
            let meaning = value::bytes(&self.bytes[at..]);
            self.leaf(at, self.bytes.len(), depth, "rest", meaning);
        }
    }

    fn head(&self, at: usize) -> Option<Head> {
        let first = *self.bytes.get(at)?;
        let (major, info) = (first >> 5, first & 0x1F);
        let width = match info {
            0..=23 => {
                return Some(Head {
                    major,
                    argument: info.into(),
                    end: at + 1,
                });
            }
            24..=27 => 1 << (info - 24),
            _ => return None,
        };
        let end = at + 1 + width;
        let digits = self.bytes.get(at + 1..end)?;
        let argument = digits.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        Some(Head { major, argument, end })
    }

    /// The end of a value that holds no other, and what it is.
    fn scalar(&self, at: usize) -> Option<(usize, Scalar<'a>)> {
        let head = self.head(at)?;
        let content = || {
            let end = head.end.checked_add(usize::try_from(head.argument).ok()?)?;
            Some((end, self.bytes.get(head.end..end)?))
        };
        match head.major {
            0 => Some((head.end, Scalar::Number(head.argument.into()))),
            1 => Some((head.end, Scalar::Number(-1 - i128::from(head.argument)))),
            2 => content().map(|(end, bytes)| (end, Scalar::Bytes(bytes))),
            3 => {
                let (end, bytes) = content()?;
                let text = std::str::from_utf8(bytes).map_or(Scalar::Bytes(bytes), Scalar::Text);
                Some((end, text))
            }
            7 => Some((head.end, Scalar::Other)),
            _ => None,
        }
    }

    /// Maps the item at `at`; its entry begins with its key, at `begin`. The end of the item.
    pub(super) fn item(
        &mut self,
        begin: usize,
        at: usize,
        depth: usize,
        name: &str,
    ) -> Result<usize, BrokenOff> {
        if let Some((end, scalar)) = self.scalar(at) {
            let meaning = (self.meaning)(name, scalar);
            self.leaf(begin, end, depth, name, meaning);
            return Ok(end);
        }
        match self.head(at) {
            Some(head) if matches!(head.major, 4 | 5) && depth < DEPTH => {
                self.container(begin, &head, depth, name)
            }
            _ => {
                self.rest(begin, depth);
                Err(BrokenOff)
            }
        }
    }

    fn container(&mut self, begin: usize, head: &Head, depth: usize, name: &str) -> Result<usize, BrokenOff> {
        let is_map = head.major == 5;
        let (what, count) = (if is_map { "map" } else { "array" }, head.argument);
        let index = self.entries.len();
        self.leaf(begin, self.bytes.len(), depth, name, format!("{what} of {count}"));
        self.leaf(begin, head.end, depth + 1, "head", what.to_owned());
        let mut next = head.end;
        for position in 0..count {
            next = if is_map {
                self.pair(next, depth + 1)?
            } else {
                self.item(next, next, depth + 1, &format!("{name}[{position}]"))?
            };
        }
        self.entries[index].length = next - begin;
        Ok(next)
    }

    fn pair(&mut self, at: usize, depth: usize) -> Result<usize, BrokenOff> {
        let Some((end, key)) = self.scalar(at) else {
            self.rest(at, depth);
            return Err(BrokenOff);
        };
        let key = match key {
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) if text.chars().all(|one| one.is_ascii_graphic()) => value::shortened(text),
            _ => "key".to_owned(),
        };
        let name = (self.name)(depth, &key);
        self.item(at, end, depth, &name)
    }
}
