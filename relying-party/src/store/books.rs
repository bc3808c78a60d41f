//! The audit of the books: every entry sums to zero over the accounts, and what is booked is what the payments say.

use super::{Row, StoreError, Table, row};
use serde::de::DeserializeOwned;
use smile_ceremony::identifier::{LedgerEntryId, PaymentId};
use smile_ceremony::payment::{Account, LedgerEntry, Money, PaymentIntent, Refund};
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
    /// A payment or refund moved money and nothing is booked for it.
    #[error("{subject}: its record says that {amount} went {way}, and nothing is booked for it")]
    NotBooked {
        /// The payment or refund.
        subject: String,
        /// As the record has it, such as `1.45 EUR`.
        amount: Money,
        /// `in` or `back`.
        way: &'static str,
    },
    /// What is booked of a payment or refund is not what its record says: another amount, currency, tenant or account.
    #[error("{subject}: booked as {booked}, its record says {recorded}")]
    NotAsRecorded {
        /// The payment or refund.
        subject: String,
        /// By the books.
        booked: String,
        /// By the record.
        recorded: String,
    },
    /// Something is booked that no record speaks of.
    #[error("{entry}: {booked} is booked for {subject}, of which no record says that money moved")]
    NotRecorded {
        /// The entry.
        entry: LedgerEntryId,
        /// What it says.
        booked: String,
        /// The payment or refund that it names.
        subject: String,
    },
    /// The refunds of a payment are not what it says went back.
    #[error("{payment}: it says that {recorded} minor units went back, its refunds come to {refunds}")]
    RefundsDiffer {
        /// The payment.
        payment: PaymentId,
        /// By the payment.
        recorded: u64,
        /// By the refunds.
        refunds: u64,
    },
}

impl Books {
    /// Audits the records of a [`super::Store::dump`]: which entries there must be follows from the payments and refunds,
    /// and each is compared with the one that is there.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn audit(rows: &[Row]) -> Result<Self, BooksError> {
        let mut books = Self::default();
        let mut booked: BTreeMap<LedgerEntryId, LedgerEntry> = BTreeMap::new();
        for entry in records::<LedgerEntry>(rows, Table::Ledger) {
            let entry = entry?;
            books.book(&entry);
            booked.insert(entry.id().clone(), entry);
        }
        books.must_balance()?;
        let mut refunded: BTreeMap<PaymentId, u64> = BTreeMap::new();
        for refund in records::<Refund>(rows, Table::Refunds) {
            let refund = refund?;
            if let Some(expected) = LedgerEntry::of_refund(&refund, refund.created_at_ms()) {
                *refunded.entry(refund.payment().clone()).or_default() += refund.amount().minor_units();
                must_agree(&expected, booked.remove(expected.id()))?;
            }
        }
        for payment in records::<PaymentIntent>(rows, Table::Payments) {
            let payment = payment?;
            if let Some(expected) = LedgerEntry::of_capture(&payment, payment.created_at_ms()) {
                must_agree(&expected, booked.remove(expected.id()))?;
            }
            let refunds = refunded.remove(payment.id()).unwrap_or(0);
            let recorded = payment.amount_refunded();
            if refunds != recorded {
                let payment = payment.id().clone();
                return Err(BooksError::RefundsDiffer {
                    payment,
                    recorded,
                    refunds,
                });
            }
        }
        if let Some((payment, refunds)) = refunded.pop_first() {
            return Err(BooksError::RefundsDiffer {
                payment,
                recorded: 0,
                refunds,
            });
        }
        match booked.pop_first() {
            None => Ok(books),
            Some((entry, left)) => {
                let (booked, subject) = (said(&left), subject(&left));
                Err(BooksError::NotRecorded {
                    entry,
                    booked,
                    subject,
                })
            }
        }
    }

    fn book(&mut self, entry: &LedgerEntry) {
        let amount = i128::from(entry.amount().minor_units());
        let currency = entry.amount().currency().as_str().to_owned();
        *self
            .accounts
            .entry((currency.clone(), entry.debit()))
            .or_default() += amount;
        *self.accounts.entry((currency, entry.credit())).or_default() -= amount;
        self.entries += 1;
    }

    fn must_balance(&self) -> Result<(), BooksError> {
        for (currency, _) in self.accounts.keys() {
            let of_currency = self.accounts.iter().filter(|((other, _), _)| other == currency);
            let sum: i128 = of_currency.map(|(_, balance)| balance).sum();
            if sum != 0 {
                let currency = currency.clone();
                return Err(BooksError::Unbalanced { currency, sum });
            }
        }
        Ok(())
    }
}

/// The records of a table.
fn records<T: DeserializeOwned>(rows: &[Row], table: Table) -> impl Iterator<Item = Result<T, StoreError>> {
    let of_table = rows.iter().filter(move |row| row.table == table);
    of_table.map(|row| row::decode(row.table, &row.value))
}

/// That what is booked is what the record says; the time of booking is the books' own.
fn must_agree(expected: &LedgerEntry, booked: Option<LedgerEntry>) -> Result<(), BooksError> {
    let subject = subject(expected);
    let Some(booked) = booked else {
        let way = if expected.refund().is_some() { "back" } else { "in" };
        let amount = expected.amount();
        return Err(BooksError::NotBooked { subject, amount, way });
    };
    let (booked, recorded) = (said(&booked), said(expected));
    if booked == recorded {
        return Ok(());
    }
    Err(BooksError::NotAsRecorded {
        subject,
        booked,
        recorded,
    })
}

fn subject(entry: &LedgerEntry) -> String {
    match entry.refund() {
        Some(refund) => refund.to_string(),
        None => entry.payment().to_string(),
    }
}

/// Everything that an entry says but when.
fn said(entry: &LedgerEntry) -> String {
    let (debit, credit) = (entry.debit().as_str(), entry.credit().as_str());
    let (amount, payment, tenant) = (entry.amount(), entry.payment(), entry.tenant().as_str());
    format!("{amount} from {credit} to {debit} for {payment} of {tenant}")
}
