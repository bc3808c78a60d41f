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

/// Picks the form of the transaction that can be shown, shows it, and asks the user.
///
/// `transactions` are the forms of one transaction (UAF §3.5.3); an empty list is no transaction.
///
/// Errors: [`AuthenticatorError::TransactionContent`] if no form is text/plain or the text cannot be
/// shown faithfully; the user's refusal or silence.
pub(crate) fn confirm(
    transactions: &[Transaction],
    display: &mut dyn TransactionDisplay,
) -> Result<Option<TransactionConfirmed>, AuthenticatorError> {
    if transactions.is_empty() {
        return Ok(None);
    }
    let shown = transactions
        .iter()
        .find(|transaction| transaction.content_type == TEXT_PLAIN)
        .ok_or(AuthenticatorError::TransactionContent {
            rule: "no form of it is text/plain",
        })?;
    // UAF §3.5.1: printable ASCII, at most 200 characters; a control character could hide what is read.
    let text = shown
        .text()
        .map_err(|_| AuthenticatorError::TransactionContent {
            rule: "text/plain has to be 1 to 200 characters of printable ASCII and line feeds",
        })?
        .unwrap_or_default();
    if !text.bytes().any(|byte| byte.is_ascii_graphic()) {
        return Err(AuthenticatorError::TransactionContent {
            rule: "the text shows nothing",
        });
    }
    match display.confirm(&text) {
        Confirmation::Confirmed => {
            let content_hash = TransactionContentHash::of(HASH, text.as_bytes());
            Ok(Some(TransactionConfirmed { content_hash }))
        }
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
