//! Authentication assertions (Commands §5.2.2).

use crate::error::ProtocolError;
use crate::limits;
use crate::uaf::assertion::arrangement::Arrangement;
use crate::uaf::assertion::extension::AssertionExtension;
use crate::uaf::assertion::registration::check_size;
use crate::uaf::assertion::signed_data::SignedData;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};

/// `TAG_UAFV1_AUTH_ASSERTION` (Commands §5.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationAssertion {
    /// The signed data.
    pub signed_data: SignedData,
    /// The signed data exactly as it came, with tag and length: what the signature is over.
    pub signed_bytes: Vec<u8>,
    /// The signature with the registered key; 1 byte or more.
    pub signature: Vec<u8>,
    /// Extensions outside the signed data: nobody vouches for them.
    pub unsigned_extensions: Vec<AssertionExtension>,
    /// The order of what stands beside the signed data, and the unknown elements among it.
    arrangement: Arrangement,
}

/// What may stand beside the signed data, in the order in which it is written.
const BESIDE: [u16; 2] = [tags::SIGNATURE, tags::EXTENSION];

impl AuthenticationAssertion {
    /// An assertion from data that has been encoded and signed.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where a value is too long for a TLV.
    pub fn new(signed_data: SignedData, signature: Vec<u8>) -> Result<Self, ProtocolError> {
        let signed_bytes = signed_data.encode()?;
        Ok(Self {
            signed_data,
            signed_bytes,
            signature,
            unsigned_extensions: Vec::new(),
            arrangement: Arrangement::default(),
        })
    }

    /// Reads an assertion of at most 4096 bytes. Only elements inside the signed data count:
    /// the same element beside it is refused.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] with tag, offset and rule; [`ProtocolError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        check_size(bytes)?;
        let outer = Tlv::read_only(bytes, tags::UAFV1_AUTH_ASSERTION)?;
        let single = [tags::UAFV1_SIGNED_DATA, tags::SIGNATURE];
        let parts = Composite::read(outer, &single, &[tags::EXTENSION, tags::EXTENSION_CRITICAL])?;
        // UAF §3.5.7.5: the assertion has TAG_UAFV1_SIGNED_DATA as first element.
        let signed = parts.first(tags::UAFV1_SIGNED_DATA)?;
        let signature = parts.required(tags::SIGNATURE)?;
        Ok(Self {
            signed_data: SignedData::decode(signed)?,
            signed_bytes: signed.raw.to_vec(),
            signature: signature.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec(),
            unsigned_extensions: AssertionExtension::of(&parts)?,
            arrangement: Arrangement::of(&parts, Some(&signed), &BESIDE),
        })
    }

    /// The assertion's bytes, with the signed data exactly as in `signed_bytes`. One that was decoded comes out as it
    /// was, with its unknown elements and in its order.
    ///
    /// # Errors
    /// [`ProtocolError`] where it would be longer than 4096 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let signature = TlvWriter::default().put(tags::SIGNATURE, &self.signature)?;
        let mut beside = vec![signature.into_bytes()];
        for extension in &self.unsigned_extensions {
            beside.push(extension.encode()?);
        }
        let bytes = TlvWriter::default()
            .raw(&self.signed_bytes)
            .raw(&self.arrangement.write(beside))
            .wrap(tags::UAFV1_AUTH_ASSERTION)?;
        check_size(&bytes)?;
        Ok(bytes)
    }
}
