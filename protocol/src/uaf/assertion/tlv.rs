//! Tag-length-value, little-endian: 16-bit tag, 16-bit length, value (Commands §4). Every
//! refusal names tag, offset and kind. Nesting is fixed by the structures that use this, so
//! nothing here recurses.

use crate::error::{ProtocolError, TlvErrorKind};
use crate::uaf::assertion::tags;

/// Bytes of a tag and a length.
pub const HEADER_BYTES: usize = 4;

/// One element, borrowed from the structure around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag.
    pub tag: u16,
    /// Offset of the tag from the start of the outermost structure, in bytes.
    pub offset: usize,
    /// The value.
    pub value: &'a [u8],
    /// Tag, length and value, exactly as they came.
    pub raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads `bytes` as exactly one element with `tag`.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`]: truncated, another tag, or bytes after the element.
    pub fn read_only(bytes: &'a [u8], tag: u16) -> Result<Self, ProtocolError> {
        let mut reader = TlvReader::new(bytes, 0);
        let Some(first) = reader.read_next()? else {
            return Err(error(tag, 0, TlvErrorKind::Missing));
        };
        if first.tag != tag {
            return Err(first.error(TlvErrorKind::WrongOrder { expected: tag }));
        }
        let count = bytes.len() - first.raw.len();
        if count > 0 {
            return Err(error(0, first.raw.len(), TlvErrorKind::TrailingBytes { count }));
        }
        Ok(first)
    }

    /// An error at this element.
    #[must_use]
    pub const fn error(&self, kind: TlvErrorKind) -> ProtocolError {
        error(self.tag, self.offset, kind)
    }

    /// A reader of the elements inside.
    #[must_use]
    pub const fn children(&self) -> TlvReader<'a> {
        TlvReader::new(self.value, self.offset + HEADER_BYTES)
    }

    /// The value, if it has `min` to `max` bytes.
    ///
    /// # Errors
    /// [`TlvErrorKind::WrongLength`].
    pub fn bytes_of(&self, min: usize, max: usize) -> Result<&'a [u8], ProtocolError> {
        let actual = self.value.len();
        if (min..=max).contains(&actual) {
            Ok(self.value)
        } else {
            Err(self.error(TlvErrorKind::WrongLength { min, max, actual }))
        }
    }

    /// The value as an array of exactly `N` bytes.
    ///
    /// # Errors
    /// [`TlvErrorKind::WrongLength`].
    pub fn array<const N: usize>(&self) -> Result<[u8; N], ProtocolError> {
        let wrong = TlvErrorKind::WrongLength {
            min: N,
            max: N,
            actual: self.value.len(),
        };
        self.value.try_into().map_err(|_| self.error(wrong))
    }

    /// The value as a little-endian 16-bit number.
    ///
    /// # Errors
    /// [`TlvErrorKind::WrongLength`].
    pub fn u16(&self) -> Result<u16, ProtocolError> {
        self.array().map(u16::from_le_bytes)
    }

    /// The value as UTF-8 text of `min` to `max` bytes.
    ///
    /// # Errors
    /// [`TlvErrorKind::WrongLength`], or [`TlvErrorKind::BadValue`] for other bytes.
    pub fn text_of(&self, min: usize, max: usize) -> Result<&'a str, ProtocolError> {
        std::str::from_utf8(self.bytes_of(min, max)?)
            .map_err(|_| self.error(TlvErrorKind::BadValue("is not UTF-8")))
    }
}

/// An error at a place in a structure.
#[must_use]
pub const fn error(tag: u16, offset: usize, kind: TlvErrorKind) -> ProtocolError {
    ProtocolError::Tlv { tag, offset, kind }
}

/// Reads elements one after the other.
#[derive(Debug, Clone)]
pub struct TlvReader<'a> {
    bytes: &'a [u8],
    base: usize,
    position: usize,
}

impl<'a> TlvReader<'a> {
    /// A reader of `bytes`, which begin `base` bytes into the outermost structure.
    #[must_use]
    pub const fn new(bytes: &'a [u8], base: usize) -> Self {
        Self {
            bytes,
            base,
            position: 0,
        }
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// [`TlvErrorKind::Truncated`] where tag, length or value run past the end.
    pub fn read_next(&mut self) -> Result<Option<Tlv<'a>>, ProtocolError> {
        let rest = &self.bytes[self.position..];
        if rest.is_empty() {
            return Ok(None);
        }
        let offset = self.base + self.position;
        let [tag_low, tag_high, length_low, length_high, ..] = *rest else {
            let kind = TlvErrorKind::Truncated {
                needed: HEADER_BYTES,
                available: rest.len(),
            };
            return Err(error(0, offset, kind));
        };
        let tag = u16::from_le_bytes([tag_low, tag_high]);
        let needed = HEADER_BYTES + usize::from(u16::from_le_bytes([length_low, length_high]));
        let Some(raw) = rest.get(..needed) else {
            let kind = TlvErrorKind::Truncated {
                needed,
                available: rest.len(),
            };
            return Err(error(tag, offset, kind));
        };
        self.position += needed;
        Ok(Some(Tlv {
            tag,
            offset,
            value: &raw[HEADER_BYTES..],
            raw,
        }))
    }
}

/// The elements of one composite, sorted by what its definition says of them.
///
/// Commands §5.2: the order of elements does not matter. Each element of `single` may occur
/// once, each of `repeated` any number of times; any other critical element is refused and
/// any other element is skipped (it stays part of what is signed).
#[derive(Debug)]
pub struct Composite<'a> {
    parent: Tlv<'a>,
    elements: Vec<Tlv<'a>>,
}

impl<'a> Composite<'a> {
    /// Reads the elements of `parent`.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`]: truncated, duplicate, or critical and not defined here.
    pub fn read(parent: Tlv<'a>, single: &[u16], repeated: &[u16]) -> Result<Self, ProtocolError> {
        let mut elements: Vec<Tlv<'a>> = Vec::new();
        let mut reader = parent.children();
        while let Some(element) = reader.read_next()? {
            if single.contains(&element.tag) {
                if elements.iter().any(|earlier| earlier.tag == element.tag) {
                    return Err(element.error(TlvErrorKind::Duplicate));
                }
                elements.push(element);
            } else if repeated.contains(&element.tag) {
                elements.push(element);
            } else if element.tag & tags::CRITICAL != 0 {
                return Err(element.error(TlvErrorKind::UnknownCritical));
            }
        }
        Ok(Self { parent, elements })
    }

    /// The structure itself.
    #[must_use]
    pub const fn parent(&self) -> &Tlv<'a> {
        &self.parent
    }

    /// The element with `tag`, if there is one.
    #[must_use]
    pub fn optional(&self, tag: u16) -> Option<Tlv<'a>> {
        self.elements.iter().copied().find(|element| element.tag == tag)
    }

    /// The element with `tag`.
    ///
    /// # Errors
    /// [`TlvErrorKind::Missing`] with the structure's offset.
    pub fn required(&self, tag: u16) -> Result<Tlv<'a>, ProtocolError> {
        self.optional(tag)
            .ok_or(error(tag, self.parent.offset, TlvErrorKind::Missing))
    }

    /// All elements with `tag`, in order.
    pub fn repeated(&self, tag: u16) -> impl Iterator<Item = Tlv<'a>> + '_ {
        self.elements
            .iter()
            .copied()
            .filter(move |element| element.tag == tag)
    }

    /// The element with `tag`, which has to be the first of all, unknown ones included.
    ///
    /// # Errors
    /// [`TlvErrorKind::Missing`] or [`TlvErrorKind::WrongOrder`].
    pub fn first(&self, tag: u16) -> Result<Tlv<'a>, ProtocolError> {
        let wanted = self.required(tag)?;
        match self.parent.children().read_next()? {
            Some(first) if first.tag != tag => Err(first.error(TlvErrorKind::WrongOrder { expected: tag })),
            _ => Ok(wanted),
        }
    }
}

/// Writes elements one after the other.
#[derive(Debug, Default)]
pub struct TlvWriter {
    bytes: Vec<u8>,
}

impl TlvWriter {
    /// Appends one element.
    ///
    /// # Errors
    /// [`TlvErrorKind::WrongLength`] where the value has more than 65,535 bytes.
    pub fn put(mut self, tag: u16, value: &[u8]) -> Result<Self, ProtocolError> {
        let actual = value.len();
        let max = usize::from(u16::MAX);
        let length = u16::try_from(actual).map_err(|_| {
            error(
                tag,
                self.bytes.len(),
                TlvErrorKind::WrongLength { min: 0, max, actual },
            )
        })?;
        self.bytes.extend_from_slice(&tag.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(value);
        Ok(self)
    }

    /// Appends one element if there is a value for it.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn put_some(self, tag: u16, value: Option<&[u8]>) -> Result<Self, ProtocolError> {
        match value {
            Some(value) => self.put(tag, value),
            None => Ok(self),
        }
    }

    /// Appends elements that are written already.
    #[must_use]
    pub fn raw(mut self, elements: &[u8]) -> Self {
        self.bytes.extend_from_slice(elements);
        self
    }

    /// Everything that was appended.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Everything that was appended, as the value of one element with `tag`.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn wrap(self, tag: u16) -> Result<Vec<u8>, ProtocolError> {
        Ok(Self::default().put(tag, &self.bytes)?.into_bytes())
    }
}

#[cfg(test)]
mod tests;
