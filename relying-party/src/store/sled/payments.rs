//! Payments, refunds and idempotency keys in the tree: their indexes, and the lists that these make.

use super::keys;
use super::overlay::{Changes, Overlay, dangling, failed, put, text};
use crate::store::{PaymentFilter, Place, StoreError, Table};
use serde::de::DeserializeOwned;
use smile_ceremony::identifier::{IdempotencyId, PaymentId, TenantId};
use smile_ceremony::payment::{AttemptSubject, PaymentIntent, PendingCall, Refund};
use smile_ceremony::record::IdempotencyRecord;
use smile_ceremony::transition::Rows;
use std::ops::{Bound, ControlFlow};

/// In an index by expiry, a letter and eight bytes of time stand before the identifier.
const BEFORE_ID: usize = 9;

/// Writes a refund and its indexes.
pub(super) fn put_refund(changes: &mut Changes, refund: &Refund) -> Result<(), StoreError> {
    let id = refund.id().as_str();
    let of_payment = keys::newest_first(keys::of_refunds(refund.payment()), refund.created_at_ms(), id);
    changes.insert(of_payment, Some(Vec::new()));
    let is_pending = refund.pending_call().is_some();
    changes.insert(keys::pending(Table::Refunds, id), is_pending.then(Vec::new));
    put(changes, Table::Refunds, id, refund)
}

impl Overlay<'_> {
    /// Writes a payment and its indexes. Tenant, time of creation and expiry never change. The state and the user that it had
    /// are read, so that it leaves their lists: a user who is named stays, unless they are erased.
    pub(super) fn put_payment(
        &self,
        changes: &mut Changes,
        payment: &PaymentIntent,
    ) -> Result<(), StoreError> {
        let (id, created_at_ms) = (payment.id().as_str(), payment.created_at_ms());
        let before = self.payment(payment.id())?;
        let lists_before = before
            .iter()
            .flat_map(|before| [Some(by_status(before)), by_user(before)]);
        for old in lists_before.flatten().filter(|list| !list.includes(payment)) {
            let index = keys::newest_first(keys::of_payments(&old), created_at_ms, id);
            changes.insert(index, None);
        }
        let all = PaymentFilter {
            status: None,
            ..by_status(payment)
        };
        for list in [Some(all), Some(by_status(payment)), by_user(payment)]
            .into_iter()
            .flatten()
        {
            let index = keys::newest_first(keys::of_payments(&list), created_at_ms, id);
            changes.insert(index, Some(Vec::new()));
        }
        let late = keys::expiring(keys::LATE, payment.expires_at_ms(), id);
        changes.insert(late, payment.status().can_expire().then(Vec::new));
        let is_pending = payment.pending_call().is_some();
        changes.insert(keys::pending(Table::Payments, id), is_pending.then(Vec::new));
        put(changes, Table::Payments, id, payment)
    }

    /// Writes an idempotency key and its index. A key that is used anew after its day has another expiry.
    pub(super) fn put_key(
        &self,
        changes: &mut Changes,
        record: &IdempotencyRecord,
    ) -> Result<(), StoreError> {
        let id = record.id().as_str();
        let index = |record: &IdempotencyRecord| {
            keys::expiring(keys::KEYS_BY_EXPIRY, record.expires_at_ms(), record.id().as_str())
        };
        if let Some(before) = self.idempotency(record.id())? {
            changes.insert(index(&before), None);
        }
        changes.insert(index(record), Some(Vec::new()));
        put(changes, Table::Idempotency, id, record)
    }

    /// The payments on a list, newest first.
    pub fn payments(
        &self,
        filter: &PaymentFilter,
        after: Option<&Place>,
        at_most: usize,
    ) -> Result<Vec<PaymentIntent>, StoreError> {
        let prefix = keys::of_payments(filter);
        self.newest(Table::Payments, prefix, after, at_most, |payment| {
            filter.includes(payment)
        })
    }

    /// The refunds of a payment, newest first.
    pub fn refunds_of(
        &self,
        payment: &PaymentId,
        after: Option<&Place>,
        at_most: usize,
    ) -> Result<Vec<Refund>, StoreError> {
        let prefix = keys::of_refunds(payment);
        self.newest(Table::Refunds, prefix, after, at_most, |_| true)
    }

    /// Payments that time has ended and that do not say so yet; what does not decode is left out.
    pub fn late_payments(&self, now_ms: u64, at_most: usize) -> Result<Vec<PaymentIntent>, StoreError> {
        self.oldest(keys::LATE, at_most, |key| {
            let payment: PaymentIntent = self.named(Table::Payments, key.get(BEFORE_ID..))?;
            Ok(payment.is_late(now_ms).then_some(payment))
        })
    }

    /// Questions of a tenant that the processor has not answered; what does not decode is left out.
    pub fn pending_calls(
        &self,
        tenant: &TenantId,
        after: Option<&AttemptSubject>,
        at_most: usize,
    ) -> Result<Vec<PendingCall>, StoreError> {
        let behind = |table, id: &str| Bound::Excluded(keys::pending(table, id));
        let start = match after {
            Some(AttemptSubject::Payment(id)) => behind(Table::Payments, id.as_str()),
            Some(AttemptSubject::Refund(id)) => behind(Table::Refunds, id.as_str()),
            _ => Bound::Included(vec![keys::PENDING]),
        };
        self.walk_from(start, keys::PENDING, at_most, |key| {
            let id = key.get(2..);
            let call = if key.get(1) == Some(&keys::letter(Table::Payments)) {
                self.named::<PaymentIntent>(Table::Payments, id)?.pending_call()
            } else {
                self.named::<Refund>(Table::Refunds, id)?.pending_call()
            };
            let call = call.ok_or_else(|| dangling(Table::Payments))?;
            Ok(ControlFlow::Continue((call.tenant == *tenant).then_some(call)))
        })
    }

    /// Idempotency keys that may be deleted; what does not decode is left out.
    pub fn forgettable_keys(&self, now_ms: u64, at_most: usize) -> Result<Vec<IdempotencyId>, StoreError> {
        self.oldest(keys::KEYS_BY_EXPIRY, at_most, |key| {
            let record: IdempotencyRecord = self.named(Table::Idempotency, key.get(BEFORE_ID..))?;
            Ok(record.is_forgettable(now_ms).then(|| record.id().clone()))
        })
    }

    fn named<T: DeserializeOwned>(&self, table: Table, id: Option<&[u8]>) -> Result<T, StoreError> {
        let id = text(table, id.unwrap_or_default())?;
        self.get(table, &id)?.ok_or_else(|| dangling(table))
    }

    fn newest<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: Vec<u8>,
        after: Option<&Place>,
        at_most: usize,
        includes: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, StoreError> {
        let id_at = keys::id_behind(&prefix);
        let start = match after {
            None => Bound::Included(prefix.clone()),
            Some(place) => {
                Bound::Excluded(keys::newest_first(prefix.clone(), place.created_at_ms, &place.id))
            }
        };
        let mut found: Vec<T> = Vec::new();
        for entry in self.database.range((start, Bound::Unbounded)).keys() {
            let key = entry.map_err(|error| failed(&error))?;
            if found.len() == at_most || !key.starts_with(&prefix) {
                break;
            }
            let record = self.named(table, key.get(id_at..))?;
            if includes(&record) {
                found.push(record);
            }
        }
        Ok(found)
    }
}

fn by_user(payment: &PaymentIntent) -> Option<PaymentFilter> {
    Some(PaymentFilter {
        tenant: payment.tenant().clone(),
        user: Some(payment.user()?.clone()),
        status: None,
    })
}

fn by_status(payment: &PaymentIntent) -> PaymentFilter {
    PaymentFilter {
        tenant: payment.tenant().clone(),
        user: None,
        status: Some(payment.status()),
    }
}
