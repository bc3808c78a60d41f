//! Amounts: integer minor units and an ISO 4217 currency. No floating point comes near them.

use std::fmt;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::{error::CeremonyError, limits::AMOUNT_MINOR_UNITS_MAX};

/// An ISO 4217 currency that has a minor unit: three capital letters.
///
/// Codes without an exponent (gold, test and bond-market units) cannot be paid in and are refused.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CurrencyCode(Currency);

impl CurrencyCode {
    /// Reads a code such as `EUR`. Lower case is refused: one currency, one spelling.
    pub fn parse(code: &str) -> Result<Self, CeremonyError> {
        Currency::from_code(code)
            .filter(|currency| currency.code() == code && currency.exponent().is_some())
            .map(Self)
            .ok_or(CeremonyError::CurrencyUnknown)
    }

    /// The three letters.
    pub fn as_str(&self) -> &'static str {
        self.0.code()
    }

    /// Decimal digits of the minor unit: 2 for EUR, 0 for JPY, 3 for BHD.
    pub fn exponent(&self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for CurrencyCode {
    type Error = CeremonyError;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code)
    }
}

impl From<CurrencyCode> for String {
    fn from(code: CurrencyCode) -> String {
        code.as_str().to_owned()
    }
}

/// An amount of money: 1..=999 999 999 999 minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MoneyRecord", into = "MoneyRecord")]
pub struct Money {
    minor_units: u64,
    currency: CurrencyCode,
}

/// How an amount is stored.
#[derive(Serialize, Deserialize)]
struct MoneyRecord {
    minor_units: u64,
    currency: CurrencyCode,
}

impl Money {
    /// An amount in minor units, as in `(145, "EUR")` for 1.45 EUR. Zero and more than twelve digits are refused.
    pub fn new(minor_units: u64, currency: CurrencyCode) -> Result<Self, CeremonyError> {
        if (1..=AMOUNT_MINOR_UNITS_MAX).contains(&minor_units) {
            Ok(Self {
                minor_units,
                currency,
            })
        } else {
            Err(CeremonyError::AmountOutOfRange)
        }
    }

    /// The amount in minor units.
    pub fn minor_units(&self) -> u64 {
        self.minor_units
    }

    /// The currency.
    pub fn currency(&self) -> CurrencyCode {
        self.currency
    }
}

impl fmt::Display for Money {
    /// `1.45 EUR`, `145 JPY`, `0.145 BHD`: always all digits of the minor unit, never grouped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.exponent();
        let unit = 10_u64.pow(digits);
        let (major, minor) = (self.minor_units / unit, self.minor_units % unit);
        match digits {
            0 => write!(f, "{major} {}", self.currency.as_str()),
            _ => write!(
                f,
                "{major}.{minor:0width$} {}",
                self.currency.as_str(),
                width = digits as usize
            ),
        }
    }
}

impl TryFrom<MoneyRecord> for Money {
    type Error = CeremonyError;
    fn try_from(record: MoneyRecord) -> Result<Self, Self::Error> {
        Self::new(record.minor_units, record.currency)
    }
}

impl From<Money> for MoneyRecord {
    fn from(money: Money) -> Self {
        Self {
            minor_units: money.minor_units,
            currency: money.currency,
        }
    }
}
