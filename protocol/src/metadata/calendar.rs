//! Dates of metadata services (Metadata Service §3.1.2: ISO 8601).

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node, ToJson};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A day of the Gregorian calendar, `YYYY-MM-DD`, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarDate {
    year: u16,
    month: u8,
    day: u8,
}

impl CalendarDate {
    /// When the day begins in UTC, unix milliseconds.
    #[must_use]
    pub fn starts_at_ms(self) -> u64 {
        let years = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 });
        let months = (1..self.month).map(|month| u64::from(days_in(self.year, month)));
        let days = years.sum::<u64>() + months.sum::<u64>() + u64::from(self.day) - 1;
        days * DAY_MS
    }
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for CalendarDate {
    type Err = ProtocolError;

    /// # Errors
    /// [`ProtocolError::Field`] `date` unless the text is `YYYY-MM-DD` and names a day from 1970 on.
    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let digits = |text: &str, count: usize| -> Option<u16> {
            let all = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            all.then(|| text.parse().ok()).flatten()
        };
        let parse = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            let date = Self {
                year: digits(year, 4)?,
                month: u8::try_from(digits(month, 2)?).ok()?,
                day: u8::try_from(digits(day, 2)?).ok()?,
            };
            let exists =
                (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day);
            (exists && date.year >= 1970).then_some(date)
        };
        let rule = FieldRule::Other("has to be a day from 1970 on, YYYY-MM-DD");
        parse().ok_or_else(|| ProtocolError::field("date", rule))
    }
}

impl fmt::Display for CalendarDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromJson for CalendarDate {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.place(node.text()?.parse())
    }
}

impl ToJson for CalendarDate {
    fn to_json(&self) -> Value {
        self.to_string().into()
    }
}
