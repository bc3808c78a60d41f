//! Changes to trees of tag, length and value: UAF's TLV (Commands §4) and DER. A change keeps the lengths around it
//! right, so that it is seen by the rule it is meant for and not by the first length; now and then one length lies.

use super::bytes;
use super::random::Random;

/// How tags and lengths are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// 16-bit tag, 16-bit length, little-endian; 0x1000 marks a composite.
    Uaf,
    /// ITU-T X.690 with tags of one byte; 0x20 marks a constructed value.
    Der,
}

#[derive(Clone)]
struct Element {
    tag: u16,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Value(Vec<u8>),
    Elements(Vec<Element>),
}

/// Deep nesting is the readers' problem, not this reader's.
const DEPTH_MAX: usize = 40;

/// Changes one element of `input`; where it is no sequence of elements, its bytes.
pub fn change(random: &mut Random, syntax: Syntax, input: &mut Vec<u8>, donor: &[u8]) {
    let Some(mut roots) = read(syntax, input, 0) else {
        bytes::change(random, input, donor);
        return;
    };
    let donors = read(syntax, donor, 0).unwrap_or_default();
    let given = nth(&donors, &mut random.below(count(&donors))).cloned();
    let mut index = random.below(count(&roots));
    if random.one_in(8) {
        *input = Writer::lying(random, syntax, index).write(&roots);
        return;
    }
    change_nth(&mut roots, &mut index, &mut |list, at| {
        change_in_list(random, list, at, given.as_ref(), donor);
    });
    *input = Writer::honest(syntax).write(&roots);
}

fn change_in_list(
    random: &mut Random,
    list: &mut Vec<Element>,
    at: usize,
    given: Option<&Element>,
    donor: &[u8],
) {
    match (random.below(8), given) {
        (0, _) => drop(list.remove(at)),
        (1, _) => list.insert(random.below(list.len() + 1), list[at].clone()),
        (2, _) => {
            let other = random.below(list.len());
            list.swap(at, other);
        }
        (3, Some(given)) => list.insert(at, given.clone()),
        (4, Some(given)) => list[at] = given.clone(),
        (5, Some(given)) => list[at].tag = given.tag,
        (5 | 6, _) => list[at].tag ^= 1 << random.below(16),
        _ => match &mut list[at].content {
            Content::Value(value) => bytes::change(random, value, donor),
            Content::Elements(inner) => {
                let content = Content::Elements(std::mem::take(inner));
                let tag = list[at].tag;
                list[at].content = Content::Elements(vec![Element { tag, content }]);
            }
        },
    }
}

fn count(list: &[Element]) -> usize {
    let inside = |element: &Element| match &element.content {
        Content::Value(_) => 1,
        Content::Elements(inner) => 1 + count(inner),
    };
    list.iter().map(inside).sum()
}

/// The element with this number in reading order; `index` counts down to it.
fn nth<'a>(list: &'a [Element], index: &mut usize) -> Option<&'a Element> {
    for element in list {
        if *index == 0 {
            return Some(element);
        }
        *index -= 1;
        if let Content::Elements(inner) = &element.content
            && let Some(found) = nth(inner, index)
        {
            return Some(found);
        }
    }
    None
}

/// Calls `change` with the list that holds the element of this number, and its place there.
fn change_nth(
    list: &mut Vec<Element>,
    index: &mut usize,
    change: &mut dyn FnMut(&mut Vec<Element>, usize),
) -> bool {
    for at in 0..list.len() {
        if *index == 0 {
            change(list, at);
            return true;
        }
        *index -= 1;
        if let Content::Elements(inner) = &mut list[at].content
            && change_nth(inner, index, change)
        {
            return true;
        }
    }
    false
}

/// Reads all of `bytes`; `None` where they are no sequence of at least one element.
fn read(syntax: Syntax, mut bytes: &[u8], depth: usize) -> Option<Vec<Element>> {
    let mut list = Vec::new();
    while !bytes.is_empty() {
        let (tag, header, length) = match syntax {
            Syntax::Uaf => uaf_header(bytes)?,
            Syntax::Der => der_header(bytes)?,
        };
        let value = bytes.get(header..header + length)?;
        let composite = match syntax {
            Syntax::Uaf => tag & 0x1000 != 0,
            // What a bit string or an octet string holds is often DER again.
            Syntax::Der => tag & 0x20 != 0,
        };
        let inner = (composite && depth < DEPTH_MAX)
            .then(|| read(syntax, value, depth + 1))
            .flatten();
        let content = inner.map_or_else(|| Content::Value(value.to_vec()), Content::Elements);
        list.push(Element { tag, content });
        bytes = &bytes[header + length..];
    }
    (!list.is_empty()).then_some(list)
}

fn uaf_header(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let [t0, t1, l0, l1, ..] = *bytes else { return None };
    let length = u16::from_le_bytes([l0, l1]);
    Some((u16::from_le_bytes([t0, t1]), 4, usize::from(length)))
}

fn der_header(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    match *bytes {
        [tag, length @ 0..=0x7F, ..] => Some((tag.into(), 2, length.into())),
        [tag, 0x81, length, ..] => Some((tag.into(), 3, length.into())),
        [tag, 0x82, high, low, ..] => Some((tag.into(), 4, u16::from_be_bytes([high, low]).into())),
        _ => None,
    }
}

struct Writer {
    syntax: Syntax,
    /// How many elements from here the length lies, and by how much.
    lie: Option<(usize, usize)>,
}

impl Writer {
    const fn honest(syntax: Syntax) -> Self {
        Self { syntax, lie: None }
    }

    fn lying(random: &mut Random, syntax: Syntax, index: usize) -> Self {
        let amounts = [1, 2, usize::MAX, usize::MAX - 1, 0x80, 0xFF, 0x8000, 0xFFFF];
        Self {
            syntax,
            lie: Some((index, *random.pick(&amounts))),
        }
    }

    fn write(&mut self, list: &[Element]) -> Vec<u8> {
        let mut out = Vec::new();
        for element in list {
            let lie = match &mut self.lie {
                Some((0, amount)) => Some(*amount),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            };
            if lie.is_some() {
                self.lie = None;
            }
            let value = match &element.content {
                Content::Value(value) => value.clone(),
                Content::Elements(inner) => self.write(inner),
            };
            let length = value.len().wrapping_add(lie.unwrap_or(0));
            out.extend(self.header(element.tag, length));
            out.extend(value);
        }
        out
    }

    /// A length that does not fit is cut, and lies.
    fn header(&self, tag: u16, length: usize) -> Vec<u8> {
        let [low, high, ..] = length.to_le_bytes();
        let [tag_low, tag_high] = tag.to_le_bytes();
        match (self.syntax, length) {
            (Syntax::Uaf, _) => vec![tag_low, tag_high, low, high],
            (Syntax::Der, 0..0x80) => vec![tag_low, low],
            (Syntax::Der, 0x80..0x100) => vec![tag_low, 0x81, low],
            (Syntax::Der, _) => vec![tag_low, 0x82, high, low],
        }
    }
}
