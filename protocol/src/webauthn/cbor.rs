//! CTAP2 canonical CBOR (CTAP2 §8): definite lengths, shortest numbers, map keys sorted and unique, no tags, no floats.
//! The general reader would take all of these, so the bytes are walked first and read afterwards.

use std::cmp::Ordering;

use coset::cbor;
pub(crate) use coset::cbor::Value;

use crate::error::ProtocolError;

/// Nesting of arrays and maps: four levels in CTAP2 messages (CTAP2 §8).
const DEPTH: usize = 4;

/// An error at `offset` of `what`.
pub(super) const fn error(what: &'static str, offset: usize, rule: &'static str) -> ProtocolError {
    ProtocolError::Cbor { what, offset, rule }
}

/// Where a structure is read.
#[derive(Clone, Copy)]
struct Walk<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

/// The head of an item.
struct Head {
    major: u8,
    argument: u64,
    end: usize,
}

impl Walk<'_> {
    const fn error(self, offset: usize, rule: &'static str) -> ProtocolError {
        error(self.what, offset, rule)
    }

    /// Major type and argument; the argument in its shortest form (RFC 8949 §3, CTAP2 §8).
    fn head(self, at: usize) -> Result<Head, ProtocolError> {
        let truncated = || self.error(at, "ends within an item");
        let first = *self.bytes.get(at).ok_or_else(truncated)?;
        let (major, info) = (first >> 5, first & 0x1F);
        let width = match info {
            0..=23 => {
                let argument = u64::from(info);
                return Ok(Head {
                    major,
                    argument,
                    end: at + 1,
                });
            }
            24..=27 => 1 << (info - 24),
            _ => return Err(self.error(at, "has an indefinite or reserved length")),
        };
        let end = at + 1 + width;
        let digits = self.bytes.get(at + 1..end).ok_or_else(truncated)?;
        let argument = digits.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let shortest = match width {
            1 => argument > 23,
            2 => argument > 0xFF,
            4 => argument > 0xFFFF,
            _ => argument > 0xFFFF_FFFF,
        };
        if major != 7 && !shortest {
            return Err(self.error(at, "is not in its shortest form"));
        }
        Ok(Head { major, argument, end })
    }

    /// The end of the item at `at`.
    fn item(self, at: usize, depth: usize) -> Result<usize, ProtocolError> {
        let head = self.head(at)?;
        let nested = || {
            if depth == 0 {
                Err(self.error(at, "is nested too deeply"))
            } else {
                Ok(depth - 1)
            }
        };
        match head.major {
            0 | 1 => Ok(head.end),
            2 | 3 => {
                let length = usize::try_from(head.argument).unwrap_or(usize::MAX);
                let end = head.end.saturating_add(length);
                let content = self.bytes.get(head.end..end);
                let content = content.ok_or_else(|| self.error(at, "ends within an item"))?;
                if head.major == 3 && std::str::from_utf8(content).is_err() {
                    return Err(self.error(at, "is not UTF-8"));
                }
                Ok(end)
            }
            4 => {
                let depth = nested()?;
                (0..head.argument).try_fold(head.end, |at, _| self.item(at, depth))
            }
            5 => self.map(&head, nested()?),
            // RFC 8949 §3.3: false, true, null.
            7 if head.end == at + 1 && (20..=22).contains(&head.argument) => Ok(head.end),
            _ => Err(self.error(at, "is of a type that does not occur here")),
        }
    }

    /// The end of a map's entries, which are sorted by key and none twice.
    fn map(self, head: &Head, depth: usize) -> Result<usize, ProtocolError> {
        let (mut at, mut previous): (usize, Option<&[u8]>) = (head.end, None);
        for _ in 0..head.argument {
            let end = self.item(at, depth)?;
            let key = &self.bytes[at..end];
            match previous.map_or(Ordering::Less, |previous| compare_keys(previous, key)) {
                Ordering::Less => {}
                Ordering::Equal => return Err(self.error(at, "holds a key twice")),
                Ordering::Greater => return Err(self.error(at, "holds its keys out of order")),
            }
            previous = Some(key);
            at = self.item(end, depth)?;
        }
        Ok(at)
    }
}

/// CTAP2 §8: the lower major type first, then the shorter key, then by bytes.
fn compare_keys(left: &[u8], right: &[u8]) -> Ordering {
    let order = |key: &[u8]| (key.first().map(|byte| byte >> 5), key.len());
    order(left).cmp(&order(right)).then_with(|| left.cmp(right))
}

/// The length of the canonical item that `bytes` begin with.
///
/// # Errors
/// [`ProtocolError::Cbor`], with offsets from the beginning of `bytes`.
pub(super) fn item_length(bytes: &[u8], what: &'static str) -> Result<usize, ProtocolError> {
    Walk { bytes, what }.item(0, DEPTH)
}

/// Reads `bytes` as one canonical item and nothing after it.
///
/// # Errors
/// [`ProtocolError::Cbor`].
pub(crate) fn read(bytes: &[u8], what: &'static str) -> Result<Value, ProtocolError> {
    let length = item_length(bytes, what)?;
    if length < bytes.len() {
        return Err(error(what, length, "is followed by more bytes"));
    }
    cbor::de::from_reader(bytes).map_err(|_| error(what, 0, "is not CBOR"))
}

/// Writes a value; maps have to be in canonical order already.
pub(super) fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::ser::into_writer(value, &mut bytes).expect("a Vec takes every byte");
    bytes
}
