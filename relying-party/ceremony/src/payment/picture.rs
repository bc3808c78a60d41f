//! A payment's text as a picture, for displays that show nothing else.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smile_protocol::{
    error::{FieldRule, ProtocolError},
    metadata::DisplayPngCharacteristics,
    uaf::authentication::Transaction,
};

use crate::{binary::Binary, error::CeremonyError, limits::PICTURE_BYTES_MAX};

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

/// The picture that a payment was created with. It is drawn once: what is sent, signed, stored and put on the receipt are
/// these bytes, whatever becomes of the fonts that they were drawn with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPicture {
    text: String,
    png: Binary,
    sha256: Binary,
    characteristics: DisplayPngCharacteristics,
}

impl KeptPicture {
    /// The record of a picture, if it was drawn of `text`.
    pub(super) fn of(picture: &TransactionPicture, text: &str) -> Result<Self, CeremonyError> {
        let form = picture.form_of(text)?;
        let png = form.content_bytes()?;
        Ok(Self {
            text: text.to_owned(),
            sha256: Binary::from(&Sha256::digest(&png)[..]),
            characteristics: DisplayPngCharacteristics::of_png(&png)?,
            png: Binary(png),
        })
    }

    /// The PNG file.
    pub fn png(&self) -> &[u8] {
        self.png.as_slice()
    }

    /// SHA-256 of the file, 32 bytes: what an authenticator with a 256-bit hash signs.
    pub fn sha256(&self) -> &[u8] {
        self.sha256.as_slice()
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.characteristics.width, self.characteristics.height)
    }

    /// That the record is as it was made, and of `text`.
    pub(super) fn must_be_of(&self, text: &str) -> Result<(), CeremonyError> {
        let is_whole = Sha256::digest(self.png())[..] == *self.sha256();
        if is_whole && self.text == text {
            Ok(())
        } else {
            Err(CeremonyError::PaymentDrifted)
        }
    }

    /// The picture to send for the payment of `text`.
    pub(super) fn to_send(&self, text: &str) -> Result<TransactionPicture, CeremonyError> {
        self.must_be_of(text)?;
        TransactionPicture::new(text, self.png(), self.characteristics.clone())
    }
}
