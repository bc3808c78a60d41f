//! Extensions inside assertions (Commands §4.3, UAF §3.1.10).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};

/// An extension that a receiver may ignore (0x3E12). Critical ones (0x3E11) are refused by
/// decoding, because no extension is understood here, and so are elements inside beside the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionExtension {
    /// Name, 1 to 32 characters.
    pub id: String,
    /// Anything, possibly empty.
    pub data: Vec<u8>,
}

impl AssertionExtension {
    /// The extensions of a composite, in order.
    pub(super) fn of(composite: &Composite<'_>) -> Result<Vec<Self>, ProtocolError> {
        // Commands §4.3: not understanding 0x3E11 aborts the entire message.
        if let Some(critical) = composite.optional(tags::EXTENSION_CRITICAL) {
            return Err(critical.error(TlvErrorKind::UnknownExtension));
        }
        let decode = |element: Tlv<'_>| -> Result<Self, ProtocolError> {
            let inner = Composite::read(element, &[tags::EXTENSION_ID, tags::EXTENSION_DATA], &[])?;
            let id = inner.required(tags::EXTENSION_ID)?;
            // Up to 32 characters take up to four bytes each (UAF §1, string[n]).
            let text = id.text_of(1, 4 * limits::EXTENSION_ID_CHARS)?;
            let (actual, max) = (text.chars().count(), limits::EXTENSION_ID_CHARS);
            if actual > max {
                return Err(id.error(TlvErrorKind::WrongLength { min: 1, max, actual }));
            }
            let data = inner.required(tags::EXTENSION_DATA)?;
            // Commands §4.3: two embedded tags; what else stood here could not be passed on.
            if element.value.len() != id.raw.len() + data.raw.len() {
                return Err(element.error(TlvErrorKind::BadValue("an extension holds an id and data only")));
            }
            Ok(Self {
                id: text.to_owned(),
                data: data.value.to_vec(),
            })
        };
        composite.repeated(tags::EXTENSION).map(decode).collect()
    }

    /// The extension as an element.
    pub(super) fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        TlvWriter::default()
            .put(tags::EXTENSION_ID, self.id.as_bytes())?
            .put(tags::EXTENSION_DATA, &self.data)?
            .wrap(tags::EXTENSION)
    }

    /// The extensions as elements, one behind the other.
    pub(super) fn encode_all(extensions: &[Self]) -> Result<Vec<u8>, ProtocolError> {
        let elements: Vec<_> = extensions.iter().map(Self::encode).collect::<Result<_, _>>()?;
        Ok(elements.concat())
    }
}
