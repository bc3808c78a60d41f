//! The authenticator-specific module: which key belongs to which application, and the token that keeps
//! one application from using another's (ASM §3, §6.1).
//!
//! The FIDO client and this module live in one process, so their requests are Rust values; the JSON of
//! ASM §3 is for modules that are reached over an operating system's channel.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::authentication::Transaction;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::identity::{AppId, KeyId, Username};
use zeroize::Zeroizing;

use crate::authenticator::{Authenticator, Presence};
use crate::commands::deregister::deregister;
use crate::commands::mix;
use crate::commands::register::{RegisterCommand, register};
use crate::commands::sign::{SignCommand, sign};
use crate::enrolment;
use crate::error::AuthenticatorError;
use crate::keys::{AccessToken, KeyStore};
use crate::sealed::{self, Vault};

const TOKEN: &str = "asm-token";
const REGISTRATIONS: &str = "registrations";
const TOKEN_BYTES: usize = 32;
/// CallerID (ASM §6.1): the FIDO client, which is this very crate. On a platform where clients are apps of
/// their own it would be the app's signing certificate.
const CALLER_ID: &str = "smile-authenticator/client";

/// One row of the ASM's database: a key and the application it was registered for.
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
    /// When it was registered, Unix milliseconds.
    pub registered_at_ms: u64,
}

impl Registration {
    fn is_of(&self, app_id: &AppId, persona: &str) -> bool {
        self.app_id == *app_id && self.persona == persona
    }
}

/// Register (ASM §3.6).
pub(crate) struct RegisterIn {
    pub(crate) app_id: AppId,
    pub(crate) username: Username,
    pub(crate) final_challenge: FcParams,
    pub(crate) attestation_type: AttestationType,
}

/// Authenticate (ASM §3.7).
pub(crate) struct AuthenticateIn {
    pub(crate) app_id: AppId,
    pub(crate) key_ids: Vec<KeyId>,
    pub(crate) final_challenge: FcParams,
    pub(crate) transaction: Vec<Transaction>,
}

/// Registers a key for an application, and remembers which.
pub(crate) fn register_key(
    authenticator: &mut Authenticator,
    request: RegisterIn,
    presence: &mut Presence<'_>,
) -> Result<RegistrationAssertion, AuthenticatorError> {
    authenticator.ready_to_verify()?;
    let command = RegisterCommand {
        access: access_token(authenticator, &request.app_id)?,
        app_id: request.app_id.clone(),
        // ASM §3.6: the hash of the final challenge as it was received, not of what it decodes to.
        final_challenge_hash: request.final_challenge.hash(),
        username: request.username.clone(),
        attestation_type: request.attestation_type,
    };
    let (key_id, assertion) = register(authenticator, command, presence)?;
    let remembered = registrations(&authenticator.vault).and_then(|mut rows| {
        rows.push(Registration {
            app_id: request.app_id,
            key_id: key_id.clone(),
            username: request.username,
            persona: authenticator.persona.clone(),
            registered_at_ms: authenticator.clock.now_ms(),
        });
        store(&authenticator.vault, &rows)
    });
    if let Err(error) = remembered {
        authenticator.keys.discard(&key_id)?;
        return Err(error);
    }
    Ok(assertion)
}

/// Signs with one of the application's keys.
pub(crate) fn authenticate(
    authenticator: &mut Authenticator,
    request: AuthenticateIn,
    presence: &mut Presence<'_>,
) -> Result<AuthenticationAssertion, AuthenticatorError> {
    let command = SignCommand {
        access: access_token(authenticator, &request.app_id)?,
        app_id: request.app_id,
        final_challenge_hash: request.final_challenge.hash(),
        transaction: request.transaction,
        key_ids: request.key_ids,
    };
    sign(authenticator, command, presence)
}

/// Erases one key of the application, if it has it under this persona (ASM §3.8).
pub(crate) fn deregister_key(
    authenticator: &mut Authenticator,
    app_id: &AppId,
    key_id: &KeyId,
) -> Result<(), AuthenticatorError> {
    let access = access_token(authenticator, app_id)?;
    // The row first: a crash in between leaves a key without a row, which the next start erases. So a row of
    // another persona must stay: its key would not be deleted now, and be swept then.
    let mut rows = registrations(&authenticator.vault)?;
    let before = rows.len();
    rows.retain(|row| !(row.is_of(app_id, &authenticator.persona) && row.key_id == *key_id));
    if rows.len() != before {
        store(&authenticator.vault, &rows)?;
    }
    deregister(authenticator, &access, key_id)
}

/// The application's keys under this persona, oldest first (GetRegistrations, ASM §3.9).
pub(crate) fn key_ids(
    authenticator: &Authenticator,
    app_id: &AppId,
) -> Result<Vec<KeyId>, AuthenticatorError> {
    let rows = registrations(&authenticator.vault)?;
    Ok(rows
        .into_iter()
        .filter(|row| row.is_of(app_id, &authenticator.persona))
        .map(|row| row.key_id)
        .collect())
}

/// Of those the ones that the enrolled face can sign with. A key that is gone must not keep its owner from
/// registering again where the server still lists it.
pub(crate) fn usable_key_ids(
    authenticator: &Authenticator,
    app_id: &AppId,
) -> Result<Vec<KeyId>, AuthenticatorError> {
    let Some(enrolment) = enrolment::current(&authenticator.vault)? else {
        return Ok(Vec::new());
    };
    let access = access_token(authenticator, app_id)?;
    let mut usable = Vec::new();
    for key_id in key_ids(authenticator, app_id)? {
        match authenticator.keys.username(&access, &enrolment, &key_id) {
            Ok(_) => usable.push(key_id),
            Err(AuthenticatorError::KeyDisappeared) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(usable)
}

/// All rows, oldest first.
pub(crate) fn registrations(vault: &Vault) -> Result<Vec<Registration>, AuthenticatorError> {
    match vault.read(REGISTRATIONS)? {
        None => Ok(Vec::new()),
        Some(bytes) => ciborium::from_reader(bytes.as_slice()).map_err(|_| AuthenticatorError::Sealed {
            name: REGISTRATIONS.to_owned(),
            rule: "not a list of registrations",
        }),
    }
}

/// Forgets every registration and the token with which they were made.
pub(crate) fn erase(vault: &Vault) -> Result<(), AuthenticatorError> {
    vault.erase(REGISTRATIONS)?;
    vault.erase(TOKEN)?;
    Ok(())
}

/// Erases keys that no row names: a crash came between the key and its row, and no relying party has
/// ever seen them. Before them counters that no key has, which need no rows to be told.
pub(crate) fn discard_orphans(vault: &Vault, keys: &mut dyn KeyStore) -> Result<(), AuthenticatorError> {
    keys.discard_counters_without_key()?;
    let rows = registrations(vault)?;
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
    vault.write(REGISTRATIONS, &bytes)
}

/// KHAccessToken = hash(AppID ‖ ASMToken ‖ PersonaID ‖ CallerID) (ASM §6.1), then mixed once more by the
/// authenticator.
fn access_token(authenticator: &Authenticator, app_id: &AppId) -> Result<AccessToken, AuthenticatorError> {
    let asm_token = asm_token(&authenticator.vault)?;
    let mut token = Zeroizing::new([0; TOKEN_BYTES]);
    Sha256::new()
        .chain_update(app_id.as_str())
        .chain_update(asm_token.as_slice())
        .chain_update(&authenticator.persona)
        .chain_update(CALLER_ID)
        .finalize_into((&mut *token).into());
    Ok(mix(&token, app_id))
}

/// A random secret of this home, made at the first use.
fn asm_token(vault: &Vault) -> Result<Zeroizing<Vec<u8>>, AuthenticatorError> {
    match vault.read(TOKEN)? {
        Some(token) if token.len() == TOKEN_BYTES => Ok(token),
        Some(_) => Err(AuthenticatorError::Sealed {
            name: TOKEN.to_owned(),
            rule: "an ASM token is 32 bytes",
        }),
        None => {
            let mut token = Zeroizing::new(vec![0; TOKEN_BYTES]);
            sealed::fill_random(&mut token)?;
            vault.write(TOKEN, &token)?;
            Ok(token)
        }
    }
}
