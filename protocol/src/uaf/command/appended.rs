//! Order of elements, and elements behind those that a table lists (Commands §4, §4.3).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};

/// The id of the extension that asks Register and Sign for a user verification index, and under
/// which the assertion carries it. The draft defines the element (0x0104, Registry §4.1) and that
/// additional signed data travel as an extension (Commands §5.2.1), but no id; this is ours.
pub const USER_VERIFICATION_INDEX: &str = "fido.uaf.uvi";

/// An extension of a command or a response (Commands §4.3). Whether a critical one is understood
/// is for the receiver to say: reading keeps it, processing has to refuse what it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandExtension {
    /// Name, 1 to 32 characters.
    pub id: String,
    /// Anything, possibly empty.
    pub data: Vec<u8>,
    /// 0x3E11 instead of 0x3E12: who does not understand it refuses the whole message.
    pub critical: bool,
}

/// An element that the table of its structure does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// `TAG_EXTENSION`.
    Extension(CommandExtension),
    /// Any other element; never a critical one.
    Unknown {
        /// The tag.
        tag: u16,
        /// The value.
        value: Vec<u8>,
    },
}

/// Extensions may stand in every structure, any number of times.
const EXTENSIONS: [u16; 2] = [tags::EXTENSION, tags::EXTENSION_CRITICAL];

/// The rule that Commands §4 puts on whoever sends a command.
const OUT_OF_ORDER: TlvErrorKind =
    TlvErrorKind::BadValue("stands out of the order that the elements of a command have to keep");

/// Reads the elements of a command, which come in the order of `single` and `repeated`, listed
/// together in `order`, and then whatever is appended.
pub(super) fn read_in_order<'a>(
    parent: Tlv<'a>,
    order: &[u16],
    repeated: &[u16],
) -> Result<(Composite<'a>, Vec<Appended>), ProtocolError> {
    let (elements, appended) = read(parent, order, repeated)?;
    let mut reader = parent.children();
    let mut reached = 0;
    while let Some(element) = reader.read_next()? {
        let place = order.iter().position(|tag| *tag == element.tag);
        let place = place.unwrap_or(order.len());
        if place < reached {
            return Err(element.error(OUT_OF_ORDER));
        }
        reached = place;
    }
    Ok((elements, appended))
}

/// Reads the elements of a structure that may come in any order. Those of `repeated` may occur
/// several times, the others of `defined` once.
pub(super) fn read<'a>(
    parent: Tlv<'a>,
    defined: &[u16],
    repeated: &[u16],
) -> Result<(Composite<'a>, Vec<Appended>), ProtocolError> {
    let single: Vec<u16> = defined
        .iter()
        .copied()
        .filter(|tag| !repeated.contains(tag))
        .collect();
    let elements = Composite::read(parent, &single, &[repeated, &EXTENSIONS].concat())?;
    let mut appended = Vec::new();
    let mut reader = parent.children();
    while let Some(element) = reader.read_next()? {
        if !defined.contains(&element.tag) {
            appended.push(Appended::decode(element)?);
        }
    }
    Ok((elements, appended))
}

impl Appended {
    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        if EXTENSIONS.contains(&element.tag) {
            CommandExtension::decode(element).map(Self::Extension)
        } else {
            // Composite::read has refused the critical ones.
            Ok(Self::Unknown {
                tag: element.tag,
                value: element.value.to_vec(),
            })
        }
    }

    /// Puts all of them behind what `writer` holds.
    pub(super) fn write_all(list: &[Self], writer: TlvWriter) -> Result<TlvWriter, ProtocolError> {
        list.iter().try_fold(writer, |writer, element| match element {
            Self::Extension(extension) => Ok(writer.raw(&extension.encode()?)),
            Self::Unknown { tag, value } => writer.put(*tag, value),
        })
    }
}

impl CommandExtension {
    /// One that a receiver may ignore, without data: how a response's extension is asked for.
    #[must_use]
    pub fn request(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            data: Vec::new(),
            critical: false,
        }
    }

    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let order = [tags::EXTENSION_ID, tags::EXTENSION_DATA];
        let inner = Composite::read(element, &order, &[])?;
        let id = inner.first(tags::EXTENSION_ID)?;
        // Up to 32 characters take up to four bytes each (UAF §1, string[n]).
        let text = id.text_of(1, 4 * limits::EXTENSION_ID_CHARS)?;
        let (actual, max) = (text.chars().count(), limits::EXTENSION_ID_CHARS);
        if actual > max {
            return Err(id.error(TlvErrorKind::WrongLength { min: 1, max, actual }));
        }
        let data = inner.required(tags::EXTENSION_DATA)?;
        let known = id.raw.len() + data.raw.len();
        if element.value.len() != known {
            return Err(element.error(TlvErrorKind::BadValue("an extension holds an id and data only")));
        }
        Ok(Self {
            id: text.to_owned(),
            data: data.value.to_vec(),
            critical: element.tag == tags::EXTENSION_CRITICAL,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        TlvWriter::default()
            .put(tags::EXTENSION_ID, self.id.as_bytes())?
            .put(tags::EXTENSION_DATA, &self.data)?
            .wrap(if self.critical {
                tags::EXTENSION_CRITICAL
            } else {
                tags::EXTENSION
            })
    }
}
