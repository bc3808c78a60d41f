//! The text that the authenticator shows and signs: amount, currency, payee, order, expiry and a short reference.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{money::Money, name};
use crate::{
    error::CeremonyError,
    identifier::PaymentId,
    limits::{ORDER_CHARS_MAX, PAYEE_CHARS_MAX},
};

/// Who is paid, as the buyer reads it: 1..=100 characters that can be shown as they are.
///
/// Double quotes are refused because the text puts the name between them: a payee called
/// `Bakery" (ref …) Pay 0.01 EUR to "X` must not be able to write the rest of the line. A name that is not printable
/// ASCII can only be shown as a picture ([`PaymentIntent::create_pictured`](super::PaymentIntent::create_pictured)); it
/// is refused for each reason that [`NameFlaw`](super::NameFlaw) lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Payee(String);

impl Payee {
    /// Checks the characters and the length.
    pub fn parse(name: &str) -> Result<Self, CeremonyError> {
        name::check(name, PAYEE_CHARS_MAX).map_err(CeremonyError::PayeeInvalid)?;
        Ok(Self(name.to_owned()))
    }

    pub(super) fn must_be_drawable(&self) -> Result<(), CeremonyError> {
        name::check_pictured(&self.0).map_err(CeremonyError::PayeeInvalid)
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

/// The provider's name of what is paid for, as the buyer reads it: 1..=40 characters, with the rules of a payee's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderReference(String);

impl OrderReference {
    /// Checks the characters and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        name::check(text, ORDER_CHARS_MAX).map_err(CeremonyError::OrderInvalid)?;
        Ok(Self(text.to_owned()))
    }

    pub(super) fn must_be_drawable(&self) -> Result<(), CeremonyError> {
        name::check_pictured(&self.0).map_err(CeremonyError::OrderInvalid)
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrderReference {
    type Error = CeremonyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<OrderReference> for String {
    fn from(order: OrderReference) -> String {
        order.0
    }
}

/// The wording of the text. A payment keeps the one that it was created with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTemplate {
    /// Amount, payee and reference; of records that do not name a template.
    #[default]
    PayeeAndAmount,
    /// Order and expiry too.
    OrderAndExpiry,
}

impl TextTemplate {
    /// The one canonical wording of new payments.
    pub const CURRENT: Self = Self::OrderAndExpiry;
}

/// What the text says.
pub(super) struct Shown<'p> {
    pub amount: Money,
    pub payee: &'p Payee,
    pub order: Option<&'p OrderReference>,
    pub expires_at_ms: u64,
    pub payment: &'p PaymentId,
}

/// What a line of the text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineKind {
    /// How much.
    Amount,
    /// To whom: the name between its quotes, and nothing else, so that a name that is written from right to left
    /// moves nothing beside it.
    Payee,
    /// What is paid for.
    Order,
    /// The words between, the expiry and the reference.
    Other,
}

/// A part of the text that stands on lines of its own where the text is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextLine {
    /// What it is about.
    pub kind: LineKind,
    /// What it says.
    pub text: String,
}

/// The transaction text in its lines. Joined by spaces they are the text, as in
/// `Pay 1.45 EUR to "Deutsche Post" for order "A-17" until 2026-11-24 23:41:05 UTC (ref 0F3A91BC)`.
///
/// UAF §3.5.1: text/plain is ASCII of at most 200 characters; creation refuses a payment whose text is longer.
/// RTS 2018/389 Art. 5: amount and payee are what the signature is specific to. The reference is the
/// first eight hexadecimal digits of the payment's identifier, so that two equal purchases read differently.
pub(super) fn transaction_lines(template: TextTemplate, shown: &Shown<'_>) -> Vec<TextLine> {
    let Shown { amount, payee, .. } = shown;
    let line = |kind, text| TextLine { kind, text };
    let reference = shown.payment.as_str()[PaymentId::PREFIX.len()..][..8].to_ascii_uppercase();
    let mut lines = vec![
        line(LineKind::Amount, format!("Pay {amount}")),
        line(LineKind::Other, "to".to_owned()),
        line(LineKind::Payee, format!("\"{payee}\"")),
    ];
    if template == TextTemplate::OrderAndExpiry {
        let order = shown.order.map(|order| format!("for order \"{order}\""));
        lines.extend(order.map(|text| line(LineKind::Order, text)));
        let until = UtcSecond(shown.expires_at_ms / 1000);
        lines.push(line(LineKind::Other, format!("until {until}")));
    }
    lines.push(line(LineKind::Other, format!("(ref {reference})")));
    lines
}

/// A second of Unix time, as people read it: `2026-11-24 23:41:05 UTC`.
struct UtcSecond(u64);

impl fmt::Display for UtcSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        // Years are counted from March, so that the leap day is the last of its year; an era of 400 years always has
        // the same number of days. Day 0 of the count is 0000-03-01, 719 468 days before 1970-01-01.
        let day = days.saturating_add(719_468);
        let (era, of_era) = (day / 146_097, day % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day_of_month:02} {hour:02}:{minute:02}:{second:02} UTC"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::UtcSecond;

    #[test]
    fn a_second_is_written_as_its_date() {
        for (second, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_799, "2024-02-28 23:59:59 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (1_795_563_665, "2026-11-24 23:41:05 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(UtcSecond(second).to_string(), text);
        }
    }
}
