//! A payment's text as a picture, for displays that show nothing else.

use smile_protocol::{
    error::{FieldRule, ProtocolError},
    metadata::DisplayPngCharacteristics,
    uaf::authentication::Transaction,
};

use crate::{error::CeremonyError, limits::PICTURE_BYTES_MAX};

/// A PNG of a payment's text, drawn for displays with certain characteristics. That it shows that text and nothing
/// else is for its maker to answer: no rule here can read a picture. It is good for the payment with that text alone,
/// and the text names its payment.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionPicture {
    text: String,
    form: Transaction,
}

impl TransactionPicture {
    /// The picture that was drawn of `text`, a payment's `transaction_text`: 1 to 16,384 bytes, whose header is the one
    /// that the display wants. So long a picture fits into a request for both protocol versions.
    ///
    /// # Errors
    /// `Malformed` where the bytes are too many or not one PNG file, or its IHDR or palette are not as
    /// `characteristics` say (UAF §3.5.1).
    pub fn new(
        text: &str,
        png: &[u8],
        characteristics: DisplayPngCharacteristics,
    ) -> Result<Self, CeremonyError> {
        let (actual, max) = (png.len(), PICTURE_BYTES_MAX);
        if actual > max {
            let rule = FieldRule::Length { min: 1, max, actual };
            let field = "transaction.content".to_owned();
            return Err(ProtocolError::Field { field, rule }.into());
        }
        Ok(Self {
            text: text.to_owned(),
            form: Transaction::image_png(png, characteristics)?,
        })
    }

    /// The form to send, if the picture is of `text`.
    pub(crate) fn form_of(&self, text: &str) -> Result<&Transaction, CeremonyError> {
        if self.text == text {
            Ok(&self.form)
        } else {
            Err(CeremonyError::PictureOfOtherText)
        }
    }
}
