//! A store of the version before is brought up to date when it is opened: its payments get their indexes, and those that
//! were captured their entry of the books.

use super::keys;
use super::overlay::Overlay;
use crate::store::{StoreError, Table, row};
use smile_ceremony::payment::{LedgerEntry, PaymentIntent};
use smile_ceremony::transition::Write;

/// How many payments are written in one batch.
const BATCH: usize = 1_000;

/// Rewrites every payment. Cut off half-way it begins anew at the next start: each write says the same again.
///
/// # Errors
/// What sled says. A payment that does not decode stays as it is: nothing mends it but a backup.
pub fn upgrade(database: &::sled::Db) -> Result<(), String> {
    let mut payments = 0_usize;
    let mut undecodable = 0_usize;
    let mut writes = Vec::new();
    for entry in database.scan_prefix([keys::letter(Table::Payments)]) {
        let (_, value) = entry.map_err(|error| error.to_string())?;
        match row::decode::<PaymentIntent>(Table::Payments, &value) {
            Ok(payment) => {
                payments += 1;
                writes.push(written(payment));
            }
            Err(_) => undecodable += 1,
        }
        if writes.len() == BATCH {
            write(database, std::mem::take(&mut writes))?;
        }
    }
    write(database, writes)?;
    keys::mark_current(database)?;
    tracing::info!(payments, undecodable, "the store was brought up to date");
    Ok(())
}

fn written(payment: PaymentIntent) -> Vec<Write> {
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
