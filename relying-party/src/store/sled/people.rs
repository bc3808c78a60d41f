//! What belongs to one person, read by its indexes, with the writes of the group that are not on disk yet.

use super::keys;
use super::overlay::{Overlay, dangling, failed, text};
use crate::store::{PaymentFilter, StoreError, Table};
use serde::de::DeserializeOwned;
use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::record::Person;
use smile_ceremony::transition::Rows;
use std::collections::BTreeSet;

impl Overlay<'_> {
    /// All records of one user; of their payments at most so many, the newest.
    pub(super) fn read_person(
        &self,
        tenant: &TenantId,
        user: &UserId,
        payments_at_most: usize,
    ) -> Result<Person, StoreError> {
        let payments = keys::of_payments(&PaymentFilter {
            tenant: tenant.clone(),
            user: Some(user.clone()),
            status: None,
        });
        Ok(Person {
            credentials: self.credentials_of(tenant, user)?,
            consents: self.of_person(tenant, user, Table::Consents)?,
            enrolment_sessions: self.sound_of_person(tenant, user, Table::EnrolmentSessions)?,
            authentication_sessions: self.sound_of_person(tenant, user, Table::AuthenticationSessions)?,
            challenges: self.sound_of_person(tenant, user, Table::Ceremonies)?,
            payments: self.listed_behind(
                Table::Payments,
                &payments,
                keys::id_behind(&payments),
                payments_at_most,
            )?,
        })
    }

    fn of_person<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        user: &UserId,
        table: Table,
    ) -> Result<Vec<T>, StoreError> {
        self.listed(table, &keys::of_person(tenant, user, table), usize::MAX)
    }

    /// As [`Self::of_person`], without what does not decode: a session or challenge that cannot be read cannot be used
    /// either, and must not keep a lost device from being revoked.
    fn sound_of_person<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        user: &UserId,
        table: Table,
    ) -> Result<Vec<T>, StoreError> {
        let prefix = keys::of_person(tenant, user, table);
        let mut records = Vec::new();
        for key in self.keys_behind(&prefix, usize::MAX)? {
            let id = text(table, key.get(prefix.len()..).unwrap_or_default())?;
            match self.get(table, &id) {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return Err(dangling(table)),
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%error, "a record of a person was passed over");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(records)
    }

    /// At most `at_most` of the records whose identifiers stand behind `prefix` in an index.
    pub(super) fn listed<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        at_most: usize,
    ) -> Result<Vec<T>, StoreError> {
        self.listed_behind(table, prefix, prefix.len(), at_most)
    }

    fn listed_behind<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        id_at: usize,
        at_most: usize,
    ) -> Result<Vec<T>, StoreError> {
        let mut records = Vec::new();
        for key in self.keys_behind(prefix, at_most)? {
            let id = text(table, key.get(id_at..).unwrap_or_default())?;
            records.push(self.get(table, &id)?.ok_or_else(|| dangling(table))?);
        }
        Ok(records)
    }

    /// The first `at_most` keys that start with `prefix`: those on disk, with the changes of the group.
    fn keys_behind(&self, prefix: &[u8], at_most: usize) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        let changed = self.changes.range(prefix.to_vec()..);
        let changed = changed.take_while(|(key, _)| key.starts_with(prefix));
        let (mut keys, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (key, value) in changed {
            if value.is_some() {
                keys.insert(key.clone());
            } else {
                gone.insert(key.as_slice());
            }
        }
        let mut found = 0;
        for entry in self.database.scan_prefix(prefix).keys() {
            if found == at_most {
                break;
            }
            let key = entry.map_err(|error| failed(&error))?;
            if !gone.contains(&*key) {
                keys.insert(key.to_vec());
                found += 1;
            }
        }
        while keys.len() > at_most {
            keys.pop_last();
        }
        Ok(keys)
    }
}
