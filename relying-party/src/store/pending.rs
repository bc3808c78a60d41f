//! What processors have not answered, by the records alone.

use super::{Row, StoreError, Table, row};
use smile_ceremony::payment::{PaymentIntent, PendingCall, Refund};
use std::collections::BTreeMap;

/// The open questions of all tenants in the records of a [`super::Store::dump`]; a refund's with the order of its payment.
///
/// # Errors
/// A payment or refund does not decode.
pub fn pending_in(rows: &[Row]) -> Result<Vec<PendingCall>, StoreError> {
    let (mut calls, mut orders) = (Vec::new(), BTreeMap::new());
    for row in rows.iter().filter(|row| row.table == Table::Payments) {
        let payment: PaymentIntent = row::decode(row.table, &row.value)?;
        calls.extend(payment.pending_call());
        orders.insert(payment.id().clone(), payment.order().cloned());
    }
    for row in rows.iter().filter(|row| row.table == Table::Refunds) {
        let refund: Refund = row::decode(row.table, &row.value)?;
        calls.extend(refund.pending_call().map(|call| PendingCall {
            order: orders.get(&call.payment).cloned().flatten(),
            ..call
        }));
    }
    Ok(calls)
}
