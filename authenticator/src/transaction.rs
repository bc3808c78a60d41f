//! What the user is about to pay for, shown before the face is asked for.

#[cfg(test)]
mod tests;

use smile_face::Guidance;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::authentication::{TEXT_PLAIN, Transaction};
use smile_protocol::uaf::identity::Username;

use crate::commands::get_info::HASH;
use crate::error::AuthenticatorError;

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
/// Errors: [`AuthenticatorError::TransactionContent`] if no form is text/plain, or it is no base64url.
pub(crate) fn select(transactions: &[Transaction]) -> Result<Option<Vec<u8>>, AuthenticatorError> {
    if transactions.is_empty() {
        return Ok(None);
    }
    // The display takes text and no pictures (tcDisplayContentType), also where only a picture was sent.
    let form = transactions
        .iter()
        .find(|transaction| transaction.content_type == TEXT_PLAIN)
        .ok_or(AuthenticatorError::TransactionContent {
            rule: "no form of it is text/plain",
        })?;
    let content = form
        .content_bytes()
        .map_err(|_| AuthenticatorError::TransactionContent {
            rule: "its text is not base64url",
        })?;
    // To a Sign command an empty content is no transaction (Commands §6.3.4); here it was asked for.
    if content.is_empty() {
        return Err(AuthenticatorError::TransactionContent {
            rule: "the text shows nothing",
        });
    }
    Ok(Some(content))
}

/// Shows the transaction, and asks the user (Commands §6.3.4).
///
/// Errors: [`AuthenticatorError::TransactionContent`] if the content is no text that can be shown faithfully;
/// the user's refusal or silence.
pub(crate) fn confirm(
    content: &[u8],
    display: &mut dyn TransactionDisplay,
) -> Result<TransactionConfirmed, AuthenticatorError> {
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
    match display.confirm(text) {
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

#[cfg(test)]
impl TransactionConfirmed {
    /// A confirmation nobody gave, for the key store's tests.
    pub(crate) fn for_tests(content_hash: TransactionContentHash) -> Self {
        Self { content_hash }
    }
}
