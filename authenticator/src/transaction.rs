//! What the user is about to pay for, shown before the face is asked for.

#[cfg(test)]
mod tests;

use smile_face::Guidance;
use smile_protocol::metadata::DisplayPngCharacteristics;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::authentication::{IMAGE_PNG, TEXT_PLAIN, Transaction};
use smile_protocol::uaf::identity::Username;

use crate::commands::get_info::HASH;
use crate::error::AuthenticatorError;

/// The pictures that are shown here: 640 × 400 pixels of 16 greys, not interlaced. A page shows them at their own size,
/// and a phone at its full width, with letters of the size of its own.
pub const PICTURE: DisplayPngCharacteristics = DisplayPngCharacteristics {
    width: 640,
    height: 400,
    bit_depth: 4,
    color_type: 0,
    compression: 0,
    filter: 0,
    interlace: 0,
    plte: Vec::new(),
};

/// How a PNG file begins, and no text does (PNG §5.2).
const PNG_BEGINS: u8 = 0x89;

/// What the user answered to a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Confirmation {
    /// The text was shown as it is, and the user agreed to it.
    Confirmed,
    /// The user declined.
    Cancelled,
    /// The user did not answer in time.
    TimedOut,
    /// The text could not be shown as it is.
    CannotDisplay,
}

/// The screen that the user reads before a payment. The app implements it.
///
/// It runs in the app's own process: software that controls the app controls what is shown. The metadata
/// statement says so (a transaction confirmation display in software).
pub trait TransactionDisplay {
    /// Shows `text` exactly as it is (printable ASCII and line feeds, at most 200 characters) and asks.
    fn confirm(&mut self, text: &str) -> Confirmation;

    /// Shows a PNG file, exactly these bytes, and asks. It is of the form [`PICTURE`] and has no chunk but header, data and
    /// end. What it says nobody here can read: a screen says that the server drew it.
    ///
    /// Called only where the configuration says that pictures are shown. By default none can be.
    fn confirm_picture(&mut self, png: &[u8]) -> Confirmation {
        let _ = png;
        Confirmation::CannotDisplay
    }

    /// Asks which of several accounts at this application to use; the index, or `None` to cancel.
    ///
    /// Called after the face matched. An app that registers one key a user never sees this; the default
    /// cancels rather than guess.
    fn choose_account(&mut self, usernames: &[Username]) -> Option<usize> {
        let _ = usernames;
        None
    }

    /// Tells the user what is wrong with the picture while the camera is open ("too dark"). A screen should
    /// hold one instruction for about 0.6 s. By default nothing is told.
    fn guide(&mut self, guidance: Guidance) {
        let _ = guidance;
    }
}

/// The user read this text and agreed. Not `Clone`: it belongs to one verification.
pub(crate) struct TransactionConfirmed {
    content_hash: TransactionContentHash,
}

impl TransactionConfirmed {
    /// SHA-256 of the content's bytes as the server sent them.
    pub(crate) fn content_hash(&self) -> TransactionContentHash {
        self.content_hash
    }
}

/// The form of the transaction that can be shown here, decoded (ASM §3.7.4: the one that fits the display).
///
/// `transactions` are the forms of one transaction (UAF §3.5.3); an empty list is no transaction.
///
/// Text is preferred: it is read out, enlarged and looked at by us. A picture is taken where `pictures` are shown and it was
/// drawn for this display.
///
/// Errors: [`AuthenticatorError::TransactionContent`] if no form can be shown, or it is no base64url.
pub(crate) fn select(
    transactions: &[Transaction],
    pictures: bool,
) -> Result<Option<Vec<u8>>, AuthenticatorError> {
    if transactions.is_empty() {
        return Ok(None);
    }
    let is_text = |form: &&Transaction| form.content_type == TEXT_PLAIN;
    // UAF §3.5.1: the characteristics say which display a picture is for.
    let is_ours = |form: &&Transaction| {
        pictures
            && form.content_type == IMAGE_PNG
            && form.tc_display_png_characteristics.as_ref() == Some(&PICTURE)
    };
    let form = transactions.iter().find(is_text);
    let form =
        form.or_else(|| transactions.iter().find(is_ours))
            .ok_or(AuthenticatorError::TransactionContent {
                rule: "no form of it is for this display",
            })?;
    let content = form
        .content_bytes()
        .map_err(|_| AuthenticatorError::TransactionContent {
            rule: "its content is not base64url",
        })?;
    // To a Sign command an empty content is no transaction (Commands §6.3.4); here it was asked for.
    if content.is_empty() {
        return Err(AuthenticatorError::TransactionContent {
            rule: "the text shows nothing",
        });
    }
    Ok(Some(content))
}

/// Shows the transaction, and asks the user (Commands §6.3.4). A Sign command does not say of which type the content is:
/// no text begins as a PNG file does.
///
/// Errors: [`AuthenticatorError::TransactionContent`] if the content is no text that can be shown faithfully, nor, where
/// `pictures` are shown, a picture for this display; the user's refusal or silence.
pub(crate) fn confirm(
    content: &[u8],
    pictures: bool,
    display: &mut dyn TransactionDisplay,
) -> Result<TransactionConfirmed, AuthenticatorError> {
    let answer = if content.first() == Some(&PNG_BEGINS) && pictures {
        must_be_a_picture(content)?;
        display.confirm_picture(content)
    } else {
        display.confirm(readable(content)?)
    };
    match answer {
        Confirmation::Confirmed => Ok(TransactionConfirmed {
            content_hash: TransactionContentHash::of(HASH, content),
        }),
        Confirmation::Cancelled => Err(AuthenticatorError::Cancelled),
        Confirmation::TimedOut => Err(AuthenticatorError::NotResponsive),
        Confirmation::CannotDisplay => Err(AuthenticatorError::TransactionContent {
            rule: "the display could not show it",
        }),
    }
}

/// UAF §3.5.1: what the characteristics say. A file with further chunks could look different elsewhere, or change while it
/// is looked at.
fn must_be_a_picture(content: &[u8]) -> Result<(), AuthenticatorError> {
    match DisplayPngCharacteristics::of_plain_png(content) {
        Ok(shown) if shown == PICTURE && unpacks(content) => Ok(()),
        Ok(shown) if shown == PICTURE => Err(AuthenticatorError::TransactionContent {
            rule: "the pixels of image/png cannot be unpacked",
        }),
        Ok(_) => Err(AuthenticatorError::TransactionContent {
            rule: "image/png has to be 640 by 400 pixels of 16 greys, not interlaced",
        }),
        Err(_) => Err(AuthenticatorError::TransactionContent {
            rule: "image/png has to be one whole PNG file of header, data and end",
        }),
    }
}

/// Whether every pixel is there. A browser shows what it can unpack of a damaged file, and leaves the rest blank.
fn unpacks(file: &[u8]) -> bool {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.ignore_checksums(false);
    let Ok(mut reader) = decoder.read_info() else {
        return false;
    };
    let Some(size) = reader.output_buffer_size() else {
        return false;
    };
    reader.next_frame(&mut vec![0; size]).is_ok() && reader.finish().is_ok()
}

fn readable(content: &[u8]) -> Result<&str, AuthenticatorError> {
    // UAF §3.5.1: printable ASCII, at most 200 characters; a control character could hide what is read.
    let text = std::str::from_utf8(content)
        .ok()
        .filter(|text| Transaction::text_plain(text).is_ok())
        .ok_or(AuthenticatorError::TransactionContent {
            rule: "text/plain has to be 1 to 200 characters of printable ASCII and line feeds",
        })?;
    if !text.bytes().any(|byte| byte.is_ascii_graphic()) {
        return Err(AuthenticatorError::TransactionContent {
            rule: "the text shows nothing",
        });
    }
    Ok(text)
}

#[cfg(test)]
impl TransactionConfirmed {
    /// A confirmation nobody gave, for the key store's tests.
    pub(crate) fn for_tests(content_hash: TransactionContentHash) -> Self {
        Self { content_hash }
    }
}
