//! Where a record lies in the one tree: a letter for the table, then the identifier.
//!
//! | key | value |
//! |---|---|
//! | `e` enrolment session id, `a` authentication session id, `p` payment id, `c` ceremony id, `k` credential id | the record |
//! | `u` tenant length and text, user length and text, credential id | nothing: index of credentials by user |
//! | `x` expiry (8 bytes, big-endian), ceremony id | nothing: index of ceremonies by expiry |
//! | `s` expiry (8 bytes, big-endian), `a` or `e`, session id | nothing: index of sessions by expiry |
//! | `n` | number of the last commit (8 bytes, big-endian); none before the first |
//! | `v` | version of this layout |

use crate::store::Table;
use smile_ceremony::identifier::{TenantId, UserId};

/// Version of the layout; another one is refused rather than misread.
const LAYOUT: &[u8] = b"1";

/// The number of the last commit, in every batch.
pub const COMMITS: &[u8] = b"n";

/// The index of credentials by user.
pub const BY_USER: u8 = b'u';

/// The index of ceremonies by expiry.
pub const BY_EXPIRY: u8 = b'x';

/// The index of sessions of both kinds by expiry.
pub const SESSIONS_BY_EXPIRY: u8 = b's';

/// The letter of a table.
pub fn letter(table: Table) -> u8 {
    match table {
        Table::EnrolmentSessions => b'e',
        Table::AuthenticationSessions => b'a',
        Table::Payments => b'p',
        Table::Ceremonies => b'c',
        Table::Credentials => b'k',
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
    let mut key = vec![BY_USER];
    for name in [tenant.as_str(), user.as_str()] {
        let length = u16::try_from(name.len()).expect("tenant and user names are at most 512 bytes");
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
    let mut key = vec![BY_EXPIRY];
    key.extend_from_slice(&expires_at_ms.to_be_bytes());
    key.extend_from_slice(ceremony.as_bytes());
    key
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

/// Refuses a database with another layout, and an empty one where `may_be_new` says why not; marks a new one.
pub fn check_format(
    database: &::sled::Db,
    may_be_new: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    match database.get(b"v").map_err(|error| error.to_string())? {
        Some(found) if &*found == LAYOUT => Ok(()),
        Some(found) => Err(format!(
            "its layout is version {}, this server reads version {}",
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(LAYOUT)
        )),
        None if database.is_empty() => {
            may_be_new()?;
            let marked = database.insert(b"v", LAYOUT);
            marked.map(drop).map_err(|error| error.to_string())
        }
        None => Err("it is a sled database, but not one of ours".to_owned()),
    }
}
