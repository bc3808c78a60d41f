//! Where a record lies in the one tree: a letter for the table, then the identifier.
//!
//! | key | value |
//! |---|---|
//! | `e` enrolment session id, `a` authentication session id, `p` payment id, `c` ceremony id, `k` credential id, `d` consent id, `r` refund id, `b` ledger entry id, `i` idempotency key id, `q` API key id | the record |
//! | `u` tenant length and text, user length and text, credential id | nothing: index of credentials by user |
//! | `h` tenant, user, `e`, `a`, `c` or `d`, id of session, ceremony or consent | nothing: index of these by person |
//! | `x` expiry (8 bytes, big-endian), ceremony id | nothing: index of ceremonies by expiry |
//! | `s` expiry (8 bytes, big-endian), `a` or `e`, session id | nothing: index of sessions by expiry |
//! | `l` tenant, age, payment id | nothing: index of payments, newest first |
//! | `y` tenant, user, age, payment id | nothing: index of payments by user, newest first |
//! | `t` tenant, state, age, payment id | nothing: index of payments by state, newest first |
//! | `f` payment id, age, refund id | nothing: index of refunds by payment, newest first |
//! | `z` expiry, payment id | nothing: index of payments that time can end, by expiry |
//! | `w` `p` payment id or `r` refund id | nothing: index of questions that the processor has not answered |
//! | `o` expiry, idempotency key id | nothing: index of idempotency keys by expiry |
//! | `n` | number of the last commit (8 bytes, big-endian); none before the first |
//! | `v` | version of this layout |
//!
//! Tenant, user and state are their length (2 bytes, big-endian) and text; an age is 2^64 − 1 minus the time of creation
//! (8 bytes, big-endian), so that keys order from new to old; an expiry is 8 bytes, big-endian.

use crate::store::{PaymentFilter, Table};
use smile_ceremony::identifier::{PaymentId, TenantId, UserId};

/// Version of the layout; a later one is refused rather than misread.
const LAYOUT: &[u8] = b"3";

/// The layout before: without consents and the index of what belongs to a person.
const LAYOUT_TWO: &[u8] = b"2";

/// The layout before that: without refunds, books, idempotency keys and the indexes of payments too.
const LAYOUT_ONE: &[u8] = b"1";

/// The number of the last commit, in every batch.
pub const COMMITS: &[u8] = b"n";

/// The index of credentials by user.
pub const BY_USER: u8 = b'u';

/// The index of ceremonies by expiry.
pub const BY_EXPIRY: u8 = b'x';

/// The index of sessions of both kinds by expiry.
pub const SESSIONS_BY_EXPIRY: u8 = b's';

/// The index of payments that time can end.
pub const LATE: u8 = b'z';

/// The index of questions to the processor.
pub const PENDING: u8 = b'w';

/// The index of idempotency keys by expiry.
pub const KEYS_BY_EXPIRY: u8 = b'o';

/// The letter of a table.
pub fn letter(table: Table) -> u8 {
    match table {
        Table::EnrolmentSessions => b'e',
        Table::AuthenticationSessions => b'a',
        Table::Payments => b'p',
        Table::Ceremonies => b'c',
        Table::Credentials => b'k',
        Table::Consents => b'd',
        Table::Refunds => b'r',
        Table::Ledger => b'b',
        Table::Idempotency => b'i',
        // A store without any has none of these, and a server that does not know them opens nothing to their holders:
        // the layout is the same.
        Table::ApiKeys => b'q',
    }
}

/// The key of a record.
pub fn record(table: Table, id: &str) -> Vec<u8> {
    let mut key = vec![letter(table)];
    key.extend_from_slice(id.as_bytes());
    key
}

/// What the index keys of all credentials of a user start with. The lengths keep `(ab, c)` and `(a, bc)` apart.
pub fn of_user(tenant: &TenantId, user: &UserId) -> Vec<u8> {
    named(BY_USER, &[tenant.as_str(), user.as_str()])
}

/// What the index keys of the records of `table` that name a person start with. Credentials and payments have indexes of
/// their own.
pub fn of_person(tenant: &TenantId, user: &UserId, table: Table) -> Vec<u8> {
    let mut key = named(b'h', &[tenant.as_str(), user.as_str()]);
    key.push(letter(table));
    key
}

/// The index key of one record of `table` that names a person.
pub fn by_person(tenant: &TenantId, user: &UserId, table: Table, id: &str) -> Vec<u8> {
    let mut key = of_person(tenant, user, table);
    key.extend_from_slice(id.as_bytes());
    key
}

/// What the index keys of the payments on a list start with. A list of one user in one state is that of the user: it is
/// short.
pub fn of_payments(filter: &PaymentFilter) -> Vec<u8> {
    let tenant = filter.tenant.as_str();
    match (&filter.user, filter.status) {
        (Some(user), _) => named(b'y', &[tenant, user.as_str()]),
        (None, Some(status)) => named(b't', &[tenant, status.as_str()]),
        (None, None) => named(b'l', &[tenant]),
    }
}

/// What the index keys of the refunds of a payment start with.
pub fn of_refunds(payment: &PaymentId) -> Vec<u8> {
    named(b'f', &[payment.as_str()])
}

/// An index key that starts with `prefix` and orders from new to old.
pub fn newest_first(mut prefix: Vec<u8>, created_at_ms: u64, id: &str) -> Vec<u8> {
    prefix.extend_from_slice(&(u64::MAX - created_at_ms).to_be_bytes());
    prefix.extend_from_slice(id.as_bytes());
    prefix
}

/// Where the identifier begins in the index key that [`newest_first`] makes of a prefix of this length.
pub fn id_behind(prefix: &[u8]) -> usize {
    prefix.len() + size_of::<u64>()
}

/// The index key of a question about the record `id` of `table`.
pub fn pending(table: Table, id: &str) -> Vec<u8> {
    let mut key = vec![PENDING, letter(table)];
    key.extend_from_slice(id.as_bytes());
    key
}

/// The key of an index by expiry.
pub fn expiring(index: u8, expires_at_ms: u64, id: &str) -> Vec<u8> {
    let mut key = vec![index];
    key.extend_from_slice(&expires_at_ms.to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

fn named(index: u8, names: &[&str]) -> Vec<u8> {
    let mut key = vec![index];
    for name in names {
        let length = u16::try_from(name.len()).expect("names are at most 512 bytes");
        key.extend_from_slice(&length.to_be_bytes());
        key.extend_from_slice(name.as_bytes());
    }
    key
}

/// The index key of one credential.
pub fn by_user(tenant: &TenantId, user: &UserId, credential: &str) -> Vec<u8> {
    let mut key = of_user(tenant, user);
    key.extend_from_slice(credential.as_bytes());
    key
}

/// The index key of one ceremony; keys order by expiry.
pub fn by_expiry(expires_at_ms: u64, ceremony: &str) -> Vec<u8> {
    expiring(BY_EXPIRY, expires_at_ms, ceremony)
}

/// The index key of one session of `table`; keys order by expiry.
pub fn session_by_expiry(expires_at_ms: u64, table: Table, session: &str) -> Vec<u8> {
    let mut key = vec![SESSIONS_BY_EXPIRY];
    key.extend_from_slice(&expires_at_ms.to_be_bytes());
    key.push(letter(table));
    key.extend_from_slice(session.as_bytes());
    key
}

/// The number of the last commit that the database holds; 0 before the first.
pub fn commits(database: &::sled::Db) -> Result<u64, String> {
    let found = database.get(COMMITS).map_err(|error| error.to_string())?;
    let Some(found) = found else { return Ok(0) };
    let bytes = <[u8; 8]>::try_from(&*found)
        .map_err(|_| format!("the number of its last commit has {} bytes, not 8", found.len()))?;
    Ok(u64::from_be_bytes(bytes))
}

/// What a database that was opened is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As this server writes it.
    Current,
    /// As the version before wrote it: its sessions and challenges get the index by person before it is used.
    Two,
    /// As the version before that wrote it: its payments get their indexes and their entries of the books too.
    One,
}

/// Refuses a database with another layout, and an empty one where `may_be_new` says why not; marks a new one.
pub fn check_format(
    database: &::sled::Db,
    may_be_new: impl FnOnce() -> Result<(), String>,
) -> Result<Layout, String> {
    match database.get(b"v").map_err(|error| error.to_string())? {
        Some(found) if &*found == LAYOUT => Ok(Layout::Current),
        Some(found) if &*found == LAYOUT_TWO => Ok(Layout::Two),
        Some(found) if &*found == LAYOUT_ONE => Ok(Layout::One),
        Some(found) => Err(format!(
            "its layout is version {}, this server reads version {}",
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(LAYOUT)
        )),
        None if database.is_empty() => {
            may_be_new()?;
            mark_current(database)?;
            Ok(Layout::Current)
        }
        None => Err("it is a sled database, but not one of ours".to_owned()),
    }
}

/// Says that the database has the present layout. From then on the version before refuses it.
pub fn mark_current(database: &::sled::Db) -> Result<(), String> {
    let marked = database.insert(b"v", LAYOUT);
    marked.map(drop).map_err(|error| error.to_string())
}
