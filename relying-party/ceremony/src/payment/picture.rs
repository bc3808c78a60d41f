//! A payment's text as a picture, for displays that show nothing else.

use smile_protocol::{metadata::DisplayPngCharacteristics, uaf::authentication::Transaction};

use crate::error::CeremonyError;

/// A PNG of a payment's text, drawn for displays with certain characteristics. That it shows that text and nothing
/// else is for its maker to answer: no rule here can read a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionPicture(Transaction);

impl TransactionPicture {
    /// A picture of at most 32 KiB whose header is the one that the display wants.
    ///
    /// # Errors
    /// `Malformed` where the bytes are not one PNG file, or its IHDR or palette are not as `characteristics` say
    /// (UAF §3.5.1).
    pub fn new(png: &[u8], characteristics: DisplayPngCharacteristics) -> Result<Self, CeremonyError> {
        Ok(Self(Transaction::image_png(png, characteristics)?))
    }

    pub(crate) fn form(&self) -> &Transaction {
        &self.0
    }
}
