//! The database with the writes of a group laid over it, before any of them is on disk.

use super::keys;
use super::payments::put_refund;
use crate::store::apply::unknown_write;
use crate::store::{Row, StoreError, Table, row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use smile_ceremony::identifier::{
    ApiKeyId, AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId,
    IdempotencyId, PaymentId, RefundId, TenantId, UserId,
};
use smile_ceremony::payment::{PaymentIntent, Refund};
use smile_ceremony::record::{
    ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, IdempotencyRecord, PendingCeremony,
    Person, SessionName,
};
use smile_ceremony::transition::{Rows, Write};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

/// Bytes to write under a key; `None` deletes the key.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The index keys of a session: both kinds have the same accessors and are two types.
macro_rules! session_keys {
    ($session:expr, $table:expr) => {{
        let (session, id) = (&$session, $session.id().as_str());
        [
            keys::session_by_expiry(session.expires_at_ms(), $table, id),
            keys::by_person(session.tenant(), session.user(), $table, id),
        ]
    }};
}

/// A view of the database that knows the group's own writes. Scans by age ([`Overlay::payments`] and its like) see
/// the database alone: readers run when nothing is laid over it. What a transition reads ([`Rows`]) sees the writes too.
pub struct Overlay<'a> {
    pub(super) database: &'a ::sled::Db,
    pub(super) changes: Changes,
    laid: u64,
}

impl<'a> Overlay<'a> {
    /// The database as it is.
    pub fn of(database: &'a ::sled::Db) -> Self {
        Self {
            database,
            changes: Changes::new(),
            laid: 0,
        }
    }

    /// Lays the writes of one transition over it: all, or none where one of them cannot be encoded.
    pub fn lay(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut changes = Changes::new();
        for write in writes {
            self.encode(write, &mut changes)?;
        }
        self.laid += u64::from(!changes.is_empty());
        self.changes.extend(changes);
        Ok(())
    }

    /// All writes of the group as one atomic batch, and in it the number of its last commit, given the last one
    /// before; `None` where there are none.
    pub fn into_batch(self, before: u64) -> Option<(::sled::Batch, u64)> {
        if self.changes.is_empty() {
            return None;
        }
        let last = before + self.laid;
        let mut batch = ::sled::Batch::default();
        batch.insert(keys::COMMITS, &last.to_be_bytes());
        for (key, value) in self.changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        Some((batch, last))
    }

    fn encode(&self, write: Write, changes: &mut Changes) -> Result<(), StoreError> {
        match write {
            Write::PutEnrolmentSession(session) => {
                let (table, id) = (Table::EnrolmentSessions, session.id().as_str());
                index(changes, session_keys!(session, table), true);
                put(changes, table, id, &session)
            }
            Write::PutAuthenticationSession(session) => {
                let (table, id) = (Table::AuthenticationSessions, session.id().as_str());
                index(changes, session_keys!(session, table), true);
                put(changes, table, id, &session)
            }
            Write::PutPayment(payment) => self.put_payment(changes, &payment),
            Write::PutRefund(refund) => put_refund(changes, &refund),
            Write::PutLedgerEntry(entry) => put(changes, Table::Ledger, entry.id().as_str(), &entry),
            Write::PutIdempotency(record) => self.put_key(changes, &record),
            Write::PutApiKey(key) => put(changes, Table::ApiKeys, key.id().as_str(), &key),
            Write::DeleteIdempotency(record) => {
                let id = record.id().as_str();
                let index = keys::expiring(keys::KEYS_BY_EXPIRY, record.expires_at_ms(), id);
                changes.insert(index, None);
                changes.insert(keys::record(Table::Idempotency, id), None);
                Ok(())
            }
            Write::PutCeremony(ceremony) => {
                index(changes, ceremony_keys(&ceremony), true);
                put(changes, Table::Ceremonies, ceremony.id().as_str(), &ceremony)
            }
            Write::PutConsent(consent) => {
                changes.insert(consent_key(&consent), Some(Vec::new()));
                put(changes, Table::Consents, consent.id().as_str(), &consent)
            }
            Write::DeleteConsent(consent) => {
                changes.insert(consent_key(&consent), None);
                changes.insert(keys::record(Table::Consents, consent.id().as_str()), None);
                Ok(())
            }
            Write::PutCredential(credential) => {
                changes.insert(user_key(&credential), Some(Vec::new()));
                put(changes, Table::Credentials, credential.id.as_str(), &credential)
            }
            Write::DeleteCredential(credential) => {
                changes.insert(user_key(&credential), None);
                changes.insert(keys::record(Table::Credentials, credential.id.as_str()), None);
                Ok(())
            }
            Write::DeleteCeremony(id) => {
                if let Some(ceremony) = self.ceremony(&id)? {
                    index(changes, ceremony_keys(&ceremony), false);
                }
                changes.insert(keys::record(Table::Ceremonies, id.as_str()), None);
                Ok(())
            }
            Write::DeleteEnrolmentSession(session) => {
                let (table, id) = (Table::EnrolmentSessions, session.id().as_str());
                index(changes, session_keys!(session, table), false);
                changes.insert(keys::record(table, id), None);
                Ok(())
            }
            Write::DeleteAuthenticationSession(session) => {
                let (table, id) = (Table::AuthenticationSessions, session.id().as_str());
                index(changes, session_keys!(session, table), false);
                changes.insert(keys::record(table, id), None);
                Ok(())
            }
            other => Err(unknown_write(&other)),
        }
    }

    pub(super) fn get<T: DeserializeOwned>(&self, table: Table, id: &str) -> Result<Option<T>, StoreError> {
        let key = keys::record(table, id);
        if let Some(change) = self.changes.get(&key) {
            return change
                .as_deref()
                .map(|bytes| row::decode(table, bytes))
                .transpose();
        }
        let found = self.database.get(&key).map_err(|error| failed(&error))?;
        found.map(|bytes| row::decode(table, &bytes)).transpose()
    }

    /// At most `at_most` ceremonies that may be deleted, oldest expiry first. What does not decode is left out, where it
    /// would keep everything behind it from being deleted.
    pub fn forgettable_ceremonies(&self, now_ms: u64, at_most: usize) -> Result<Vec<CeremonyId>, StoreError> {
        // The index has a letter and eight bytes of time before the identifier.
        const BEFORE_ID: usize = 9;
        self.oldest(keys::BY_EXPIRY, at_most, |key| {
            let id = text(Table::Ceremonies, key.get(BEFORE_ID..).unwrap_or_default())?;
            let ceremony: Option<PendingCeremony> = self.get(Table::Ceremonies, &id)?;
            let ceremony = ceremony.ok_or_else(|| dangling(Table::Ceremonies))?;
            Ok(ceremony.is_forgettable(now_ms).then(|| ceremony.id().clone()))
        })
    }

    /// At most `at_most` sessions of both kinds that may be deleted, oldest expiry first; what does not decode is left
    /// out.
    pub fn forgettable_sessions(&self, now_ms: u64, at_most: usize) -> Result<Vec<SessionName>, StoreError> {
        // The index has a letter, eight bytes of time and the table's letter before the identifier.
        const BEFORE_ID: usize = 10;
        self.oldest(keys::SESSIONS_BY_EXPIRY, at_most, |key| {
            let enrolments = keys::letter(Table::EnrolmentSessions);
            Ok(if key.get(BEFORE_ID - 1) == Some(&enrolments) {
                let table = Table::EnrolmentSessions;
                let id = text(table, key.get(BEFORE_ID..).unwrap_or_default())?;
                let session: EnrolmentSession = self.get(table, &id)?.ok_or_else(|| dangling(table))?;
                let name = SessionName::Enrolment(session.id().clone());
                session.is_forgettable(now_ms).then_some(name)
            } else {
                let table = Table::AuthenticationSessions;
                let id = text(table, key.get(BEFORE_ID..).unwrap_or_default())?;
                let session: AuthenticationSession = self.get(table, &id)?.ok_or_else(|| dangling(table))?;
                let name = SessionName::Authentication(session.id().clone());
                session.is_forgettable(now_ms).then_some(name)
            })
        })
    }

    /// What `read` makes of the keys of the index `index`, oldest first, up to the first that is too young for it to make
    /// anything of, and at most `at_most`. Records that do not decode are passed over and logged.
    pub(super) fn oldest<T>(
        &self,
        index: u8,
        at_most: usize,
        read: impl Fn(&[u8]) -> Result<Option<T>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.walk(index, at_most, |key| {
            let old = read(key)?;
            Ok(old.map_or(ControlFlow::Break(()), |one| ControlFlow::Continue(Some(one))))
        })
    }

    /// What `read` takes of the keys of the index `index`, in their order, until it breaks off, and at most `at_most`.
    /// Records that do not decode are passed over and logged.
    pub(super) fn walk<T>(
        &self,
        index: u8,
        at_most: usize,
        read: impl Fn(&[u8]) -> Result<ControlFlow<(), Option<T>>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.walk_from(Bound::Included(vec![index]), index, at_most, read)
    }

    /// As [`Overlay::walk`], beginning at a key of the index.
    pub(super) fn walk_from<T>(
        &self,
        start: Bound<Vec<u8>>,
        index: u8,
        at_most: usize,
        read: impl Fn(&[u8]) -> Result<ControlFlow<(), Option<T>>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let (mut old, mut undecodable, mut first) = (Vec::new(), 0_usize, None);
        for entry in self.database.range((start, Bound::Unbounded)).keys() {
            let key = entry.map_err(|error| failed(&error))?;
            if old.len() == at_most || key.first() != Some(&index) {
                break;
            }
            match read(&key) {
                Ok(ControlFlow::Continue(one)) => old.extend(one),
                Ok(ControlFlow::Break(())) => break,
                Err(error @ StoreError::Corrupt { .. }) => {
                    undecodable += 1;
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(first) = first {
            // One line a scan, however many there are: nothing mends them but a backup.
            tracing::error!(count = undecodable, %first, "records were passed over");
        }
        Ok(old)
    }

    /// All API keys, ordered by identifier. What does not decode is passed over and logged: it opens nothing, and is no
    /// reason to shut out the holders of all others.
    pub fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.walk(keys::letter(Table::ApiKeys), usize::MAX, |key| {
            let id = text(Table::ApiKeys, &key[1..])?;
            Ok(ControlFlow::Continue(self.get(Table::ApiKeys, &id)?))
        })
    }

    /// Every record, ordered by table and identifier.
    pub fn dump(&self) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for table in Table::ALL {
            for entry in self.database.scan_prefix([keys::letter(table)]) {
                let (key, value) = entry.map_err(|error| failed(&error))?;
                rows.push(Row {
                    table,
                    id: text(table, &key[1..])?,
                    value: value.to_vec(),
                });
            }
        }
        Ok(rows)
    }
}

impl Rows for Overlay<'_> {
    type Error = StoreError;

    fn enrolment_session(&self, id: &EnrolmentSessionId) -> Result<Option<EnrolmentSession>, StoreError> {
        self.get(Table::EnrolmentSessions, id.as_str())
    }

    fn authentication_session(
        &self,
        id: &AuthenticationSessionId,
    ) -> Result<Option<AuthenticationSession>, StoreError> {
        self.get(Table::AuthenticationSessions, id.as_str())
    }

    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentIntent>, StoreError> {
        self.get(Table::Payments, id.as_str())
    }

    fn ceremony(&self, id: &CeremonyId) -> Result<Option<PendingCeremony>, StoreError> {
        self.get(Table::Ceremonies, id.as_str())
    }

    fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, StoreError> {
        self.get(Table::Credentials, id.as_str())
    }

    fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, StoreError> {
        self.get(Table::Consents, id.as_str())
    }

    fn credentials_of(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<Credential>, StoreError> {
        self.listed(Table::Credentials, &keys::of_user(tenant, user), usize::MAX)
    }

    fn person(
        &self,
        tenant: &TenantId,
        user: &UserId,
        payments_at_most: usize,
    ) -> Result<Person, StoreError> {
        self.read_person(tenant, user, payments_at_most)
    }

    fn refund(&self, id: &RefundId) -> Result<Option<Refund>, StoreError> {
        self.get(Table::Refunds, id.as_str())
    }

    fn idempotency(&self, id: &IdempotencyId) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.get(Table::Idempotency, id.as_str())
    }

    fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.get(Table::ApiKeys, id.as_str())
    }

    fn api_keys_of(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, StoreError> {
        let mut keys = self.api_keys()?;
        keys.retain(|key| key.tenant() == tenant);
        Ok(keys)
    }
}

pub(super) fn put(
    changes: &mut Changes,
    table: Table,
    id: &str,
    record: &impl Serialize,
) -> Result<(), StoreError> {
    changes.insert(keys::record(table, id), Some(row::encode(table, record)?));
    Ok(())
}

/// Writes index keys, or deletes them.
fn index(changes: &mut Changes, keys: [Vec<u8>; 2], is_there: bool) {
    for key in keys {
        changes.insert(key, is_there.then(Vec::new));
    }
}

fn user_key(credential: &Credential) -> Vec<u8> {
    keys::by_user(&credential.tenant, &credential.user, credential.id.as_str())
}

fn ceremony_keys(ceremony: &PendingCeremony) -> [Vec<u8>; 2] {
    let id = ceremony.id().as_str();
    let by_person = keys::by_person(ceremony.tenant(), ceremony.user(), Table::Ceremonies, id);
    [keys::by_expiry(ceremony.expires_at_ms(), id), by_person]
}

fn consent_key(consent: &Consent) -> Vec<u8> {
    let id = consent.id().as_str();
    keys::by_person(consent.tenant(), consent.user(), Table::Consents, id)
}

pub(super) fn text(table: Table, bytes: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| StoreError::Corrupt {
        table,
        reason: "an identifier is not text".to_owned(),
    })
}

pub(super) fn dangling(table: Table) -> StoreError {
    StoreError::Corrupt {
        table,
        reason: "an index names a record that is not there".to_owned(),
    }
}

pub(super) fn failed(error: &::sled::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
