//! The audit of the books: every entry sums to zero over the accounts, and what is booked is what the payments say.

use super::{Row, StoreError, Table, row};
use smile_ceremony::identifier::PaymentId;
use smile_ceremony::payment::{Account, LedgerEntry, PaymentIntent};
use std::collections::BTreeMap;

/// The balances of all accounts: what was debited less what was credited, in minor units, by currency and account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    /// The balances.
    pub accounts: BTreeMap<(String, Account), i128>,
    /// How many entries there are.
    pub entries: usize,
}

/// What is wrong with the books.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BooksError {
    /// A record does not decode.
    #[error(transparent)]
    Unreadable(#[from] StoreError),
    /// The accounts of a currency do not sum to zero.
    #[error("the accounts in {currency} sum to {sum}, not to zero")]
    Unbalanced {
        /// The currency.
        currency: String,
        /// Minor units.
        sum: i128,
    },
    /// What is booked of a payment is not what its record says.
    #[error(
        "{payment}: {booked} minor units are booked as captured and not refunded, its record says {recorded}"
    )]
    NotAsRecorded {
        /// The payment.
        payment: PaymentId,
        /// By the books.
        booked: i128,
        /// By the record.
        recorded: i128,
    },
}

impl Books {
    /// Audits the records of a [`super::Store::dump`].
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn audit(rows: &[Row]) -> Result<Self, BooksError> {
        let mut books = Self::default();
        let mut booked: BTreeMap<PaymentId, i128> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.table == Table::Ledger) {
            let entry: LedgerEntry = row::decode(row.table, &row.value)?;
            let amount = i128::from(entry.amount().minor_units());
            let sign = if entry.refund().is_some() { -amount } else { amount };
            *booked.entry(entry.payment().clone()).or_default() += sign;
            books.book(&entry, amount);
        }
        for (currency, _) in books.accounts.keys() {
            let of_currency = books.accounts.iter().filter(|((other, _), _)| other == currency);
            let sum: i128 = of_currency.map(|(_, balance)| balance).sum();
            if sum != 0 {
                let currency = currency.clone();
                return Err(BooksError::Unbalanced { currency, sum });
            }
        }
        for row in rows.iter().filter(|row| row.table == Table::Payments) {
            let payment: PaymentIntent = row::decode(row.table, &row.value)?;
            let recorded =
                i128::from(payment.amount_captured().unwrap_or(0)) - i128::from(payment.amount_refunded());
            let booked = booked.remove(payment.id()).unwrap_or(0);
            must_agree(payment.id(), booked, recorded)?;
        }
        // What is left was booked for payments that are not there.
        for (payment, booked) in booked {
            must_agree(&payment, booked, 0)?;
        }
        Ok(books)
    }

    fn book(&mut self, entry: &LedgerEntry, amount: i128) {
        let currency = entry.amount().currency().as_str().to_owned();
        *self
            .accounts
            .entry((currency.clone(), entry.debit()))
            .or_default() += amount;
        *self.accounts.entry((currency, entry.credit())).or_default() -= amount;
        self.entries += 1;
    }
}

fn must_agree(payment: &PaymentId, booked: i128, recorded: i128) -> Result<(), BooksError> {
    if booked == recorded {
        return Ok(());
    }
    Err(BooksError::NotAsRecorded {
        payment: payment.clone(),
        booked,
        recorded,
    })
}
