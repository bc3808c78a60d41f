//! Which keys this home holds, and for whom: the ASM's database (ASM §3.6.3), kept in the sealed home
//! because the keys are kept there too.

use serde::{Deserialize, Serialize};
use smile_protocol::uaf::identity::{AppId, KeyId, Username};

use crate::asm::CallerId;
use crate::error::AuthenticatorError;
use crate::keys::KeyStore;
use crate::sealed::Vault;

const NAME: &str = "registrations";

/// One row: a key and the application it was registered for.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// The application.
    pub app_id: AppId,
    /// The key.
    pub key_id: KeyId,
    /// The account's name at that application.
    pub username: Username,
    /// PersonaID: whose key it is (ASM §6.1). Under another persona of this home it does not exist.
    pub persona: String,
    /// CallerID: through which FIDO client it was registered (ASM §6.1). For another it does not exist.
    #[serde(default)]
    pub caller: CallerId,
    /// When it was registered, Unix milliseconds.
    pub registered_at_ms: u64,
}

/// All rows, oldest first.
pub(crate) fn all(vault: &Vault) -> Result<Vec<Registration>, AuthenticatorError> {
    match vault.read(NAME)? {
        None => Ok(Vec::new()),
        Some(bytes) => ciborium::from_reader(bytes.as_slice()).map_err(|_| AuthenticatorError::Sealed {
            name: NAME.to_owned(),
            rule: "not a list of registrations",
        }),
    }
}

/// The keys of `persona` (ASM §6.1). For another persona of this home they do not exist.
pub(crate) fn of_persona(vault: &Vault, persona: &str) -> Result<Vec<KeyId>, AuthenticatorError> {
    let rows = all(vault)?.into_iter().filter(|row| row.persona == persona);
    Ok(rows.map(|row| row.key_id).collect())
}

/// Adds the newest row.
pub(crate) fn add(vault: &Vault, row: Registration) -> Result<(), AuthenticatorError> {
    let mut rows = all(vault)?;
    rows.push(row);
    store(vault, &rows)
}

/// Removes the rows of `keys`, whoever's they are.
pub(crate) fn forget(vault: &Vault, keys: &[KeyId]) -> Result<(), AuthenticatorError> {
    let mut rows = all(vault)?;
    let before = rows.len();
    rows.retain(|row| !keys.contains(&row.key_id));
    if rows.len() == before {
        return Ok(());
    }
    store(vault, &rows)
}

/// Forgets every registration.
pub(crate) fn erase(vault: &Vault) -> Result<(), AuthenticatorError> {
    vault.erase(NAME).map(|_existed| ())
}

/// Erases keys that no row names: a crash came between the key and its row, and no relying party has
/// ever seen them. Before them counters that no key has, which need no rows to be told.
pub(crate) fn discard_orphans(vault: &Vault, keys: &mut dyn KeyStore) -> Result<(), AuthenticatorError> {
    keys.discard_counters_without_key()?;
    let rows = all(vault)?;
    for key_id in keys.key_ids()? {
        if !rows.iter().any(|row| row.key_id == key_id) {
            keys.discard(&key_id)?;
        }
    }
    Ok(())
}

fn store(vault: &Vault, rows: &[Registration]) -> Result<(), AuthenticatorError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(rows, &mut bytes).expect("strings and numbers encode, and a Vec does not fail");
    vault.write(NAME, &bytes)
}
