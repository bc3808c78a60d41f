//! The text that the authenticator shows and signs: amount, currency, payee and a short reference.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::money::Money;
use crate::{
    error::CeremonyError,
    identifier::PaymentId,
    limits::{PAYEE_CHARS_MAX, TRANSACTION_TEXT_CHARS_MAX},
};

/// Who is paid, as the buyer reads it: 1..=100 printable ASCII characters.
///
/// Double quotes are refused because the text puts the name between them: a payee called
/// `Bakery" (ref …) Pay 0.01 EUR to "X` must not be able to write the rest of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Payee(String);

impl Payee {
    /// Checks the characters and the length.
    pub fn parse(name: &str) -> Result<Self, CeremonyError> {
        let printable = name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"');
        if (1..=PAYEE_CHARS_MAX).contains(&name.len()) && printable && name.trim() == name {
            Ok(Self(name.to_owned()))
        } else {
            Err(CeremonyError::PayeeInvalid)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Payee {
    type Error = CeremonyError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<Payee> for String {
    fn from(payee: Payee) -> String {
        payee.0
    }
}

/// The transaction text, as in `Pay 1.45 EUR to "Deutsche Post" (ref 0F3A91BC)`.
///
/// UAF §3.5.1: text/plain is ASCII of at most 200 characters; the limits on amount and payee keep it below that.
/// RTS 2018/389 Art. 5: amount and payee are what the signature is specific to. The reference is the
/// first eight hexadecimal digits of the payment's identifier, so that two equal purchases read differently.
pub fn transaction_text(amount: Money, payee: &Payee, payment: &PaymentId) -> String {
    let reference = payment.as_str()[PaymentId::PREFIX.len()..][..8].to_ascii_uppercase();
    let text = format!("Pay {amount} to \"{payee}\" (ref {reference})");
    debug_assert!(text.is_ascii() && text.len() <= TRANSACTION_TEXT_CHARS_MAX);
    text
}
