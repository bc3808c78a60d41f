//! A store of a version before is brought up to date when it is opened: its sessions and challenges get the index by
//! person; its payments, where they have none, get their indexes, and those that were captured their entry of the books.

use super::keys::{self, Layout};
use super::overlay::Overlay;
use crate::store::{StoreError, Table, row};
use serde::de::DeserializeOwned;
use smile_ceremony::payment::{LedgerEntry, PaymentIntent};
use smile_ceremony::transition::Write;

/// How many records are written in one batch.
const BATCH: usize = 1_000;

/// Rewrites what the layout before lacks. Cut off half-way it begins anew at the next start: each write says the same
/// again.
///
/// # Errors
/// What sled says. A record that does not decode stays as it is: nothing mends it but a backup.
pub fn upgrade(database: &::sled::Db, from: Layout) -> Result<(), String> {
    let mut upgrade = Upgrade {
        database,
        rewritten: 0,
        undecodable: 0,
    };
    upgrade.rewrite(Table::EnrolmentSessions, |session| {
        vec![Write::PutEnrolmentSession(session)]
    })?;
    upgrade.rewrite(Table::AuthenticationSessions, |session| {
        vec![Write::PutAuthenticationSession(session)]
    })?;
    upgrade.rewrite(Table::Ceremonies, |ceremony| vec![Write::PutCeremony(ceremony)])?;
    if from == Layout::One {
        upgrade.rewrite(Table::Payments, payment)?;
    }
    keys::mark_current(database)?;
    let (records, undecodable) = (upgrade.rewritten, upgrade.undecodable);
    tracing::info!(records, undecodable, "the store was brought up to date");
    Ok(())
}

struct Upgrade<'d> {
    database: &'d ::sled::Db,
    rewritten: usize,
    undecodable: usize,
}

impl Upgrade<'_> {
    /// Writes each record of a table as `writes` says.
    fn rewrite<T: DeserializeOwned>(
        &mut self,
        table: Table,
        writes: impl Fn(T) -> Vec<Write>,
    ) -> Result<(), String> {
        let mut batch = Vec::new();
        for entry in self.database.scan_prefix([keys::letter(table)]) {
            let (_, value) = entry.map_err(|error| error.to_string())?;
            match row::decode(table, &value) {
                Ok(record) => {
                    self.rewritten += 1;
                    batch.push(writes(record));
                }
                Err(_) => self.undecodable += 1,
            }
            if batch.len() == BATCH {
                write(self.database, std::mem::take(&mut batch))?;
            }
        }
        write(self.database, batch)
    }
}

fn payment(payment: PaymentIntent) -> Vec<Write> {
    let booked_at_ms = payment
        .authorisation()
        .map_or(payment.created_at_ms(), |authorisation| {
            authorisation.authorised_at_ms
        });
    let entry = LedgerEntry::of_capture(&payment, booked_at_ms).map(Write::PutLedgerEntry);
    std::iter::once(Write::PutPayment(payment)).chain(entry).collect()
}

fn write(database: &::sled::Db, all: Vec<Vec<Write>>) -> Result<(), String> {
    let mut overlay = Overlay::of(database);
    for writes in all {
        overlay
            .lay(writes)
            .map_err(|error: StoreError| error.to_string())?;
    }
    match overlay.into_batch(keys::commits(database)?) {
        Some((batch, _)) => database.apply_batch(batch).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}
