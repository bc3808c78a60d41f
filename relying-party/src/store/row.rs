//! Records as bytes: a version byte, then CBOR.

use super::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of the encoding. A later version reads the earlier ones; an unknown one is refused.
const VERSION: u8 = 1;

/// Longest encoded record. The longest honest one, a challenge whose policy names hundreds of keys, is a part of a
/// UAF message of at most 64 KiB. The limit keeps every page of sled's tree inside its one synced file: see
/// `SEGMENT_BYTES` there.
pub const ROW_BYTES_MAX: usize = 64 * 1024;

/// The kinds of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Permissions to register a key.
    EnrolmentSessions,
    /// Logins.
    AuthenticationSessions,
    /// Payment intents.
    Payments,
    /// Challenges.
    Ceremonies,
    /// Registered keys.
    Credentials,
    /// Consents.
    Consents,
    /// Refunds.
    Refunds,
    /// Double entries.
    Ledger,
    /// Idempotency keys and their answers.
    Idempotency,
    /// Keys of providers that were made while the server ran.
    ApiKeys,
}

impl Table {
    /// Every table, in the order of a dump.
    pub const ALL: [Self; 10] = [
        Self::EnrolmentSessions,
        Self::AuthenticationSessions,
        Self::Payments,
        Self::Ceremonies,
        Self::Credentials,
        Self::Consents,
        Self::Refunds,
        Self::Ledger,
        Self::Idempotency,
        Self::ApiKeys,
    ];
}

/// One record as an engine keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The table.
    pub table: Table,
    /// The record's identifier.
    pub id: String,
    /// The record: version byte and CBOR.
    pub value: Vec<u8>,
}

impl Row {
    /// The row of `record`.
    pub fn of(table: Table, id: impl ToString, record: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            table,
            id: id.to_string(),
            value: encode(table, record)?,
        })
    }
}

/// A record as bytes; refused where they are more than [`ROW_BYTES_MAX`].
pub fn encode(table: Table, record: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![VERSION];
    ciborium::into_writer(record, &mut bytes).map_err(|error| StoreError::Corrupt {
        table,
        reason: error.to_string(),
    })?;
    match bytes.len() {
        0..=ROW_BYTES_MAX => Ok(bytes),
        bytes => Err(StoreError::RecordTooLarge { table, bytes }),
    }
}

/// A record from bytes.
pub fn decode<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, StoreError> {
    let corrupt = |reason: String| StoreError::Corrupt { table, reason };
    match bytes.split_first() {
        Some((&VERSION, record)) => {
            let mut unread = record;
            let decoded = ciborium::from_reader(&mut unread).map_err(|error| corrupt(error.to_string()))?;
            if unread.is_empty() {
                Ok(decoded)
            } else {
                Err(corrupt("bytes behind the record".to_owned()))
            }
        }
        Some((version, _)) => Err(corrupt(format!(
            "version {version} is not known; was it written by a newer server?"
        ))),
        None => Err(corrupt("it is empty".to_owned())),
    }
}
