//! KHAccessToken (ASM §6.1): what keeps one client, persona or application from another's keys.

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use smile_protocol::uaf::command::KeyHandleAccessToken;
use smile_protocol::uaf::identity::AppId;
use zeroize::Zeroizing;

use super::CallerId;
use crate::authenticator::Authenticator;
use crate::commands::mix;
use crate::error::AuthenticatorError;
use crate::keys::KeyStore;
use crate::registrations;
use crate::sealed::{self, Vault};

const NAME: &str = "asm-token";
const SECRET_BYTES: usize = 32;
/// The first byte of the secret's file: tokens are made by [`token_of`]. A file without it is older, and its tokens
/// were made by [`token_before`].
const WITH_LENGTHS: u8 = 1;

type Secret = Zeroizing<[u8; SECRET_BYTES]>;

/// The token of the caller's keys for `app_id` under the authenticator's persona; the authenticator mixes it once
/// more.
pub(super) fn key_handle_access_token(
    authenticator: &Authenticator,
    caller: &CallerId,
    app_id: &AppId,
) -> Result<KeyHandleAccessToken, AuthenticatorError> {
    let secret = secret(&authenticator.vault)?;
    Ok(token_of(&secret, app_id, &authenticator.persona, caller)?)
}

/// KHAccessToken = hash(AppID ‖ ASMToken ‖ PersonaID ‖ CallerID) (ASM §6.1), each text with its length before it (8
/// bytes, little-endian) and the caller with its kind, so that no two of them run into one another.
fn token_of(
    secret: &Secret,
    app_id: &AppId,
    persona: &str,
    caller: &CallerId,
) -> Result<KeyHandleAccessToken, smile_protocol::ProtocolError> {
    let (kind, name) = caller.kind_and_name();
    let length = |text: &str| (text.len() as u64).to_le_bytes();
    let token = Sha256::new()
        .chain_update(length(app_id.as_str()))
        .chain_update(app_id.as_str())
        .chain_update(secret.as_slice())
        .chain_update(length(persona))
        .chain_update(persona)
        .chain_update([kind])
        .chain_update(length(name))
        .chain_update(name)
        .finalize();
    KeyHandleAccessToken::new(token.to_vec())
}

/// The token as it was made before: persona `a` with caller `bc` had that of persona `ab` with caller `c`.
fn token_before(
    secret: &Secret,
    app_id: &AppId,
    persona: &str,
    caller: &CallerId,
) -> Result<KeyHandleAccessToken, smile_protocol::ProtocolError> {
    let token = Sha256::new()
        .chain_update(app_id.as_str())
        .chain_update(secret.as_slice())
        .chain_update(persona)
        .chain_update(caller.as_text_before())
        .finalize();
    KeyHandleAccessToken::new(token.to_vec())
}

/// A random secret of this home, made at the first use.
fn secret(vault: &Vault) -> Result<Secret, AuthenticatorError> {
    let Some(file) = vault.read(NAME)? else {
        let mut secret = Secret::default();
        sealed::fill_random(secret.as_mut_slice())?;
        store(vault, &secret)?;
        return Ok(secret);
    };
    match file.split_first() {
        Some((&WITH_LENGTHS, secret)) => secret_from(secret),
        _ => Err(malformed()),
    }
}

fn secret_from(bytes: &[u8]) -> Result<Secret, AuthenticatorError> {
    let bytes = bytes.try_into().map_err(|_| malformed())?;
    Ok(Zeroizing::new(bytes))
}

fn malformed() -> AuthenticatorError {
    AuthenticatorError::Sealed {
        name: NAME.to_owned(),
        rule: "an ASM token is a version, which is 1, and 32 bytes",
    }
}

fn store(vault: &Vault, secret: &Secret) -> Result<(), AuthenticatorError> {
    let mut file = Zeroizing::new([WITH_LENGTHS; 1 + SECRET_BYTES]);
    file[1..].copy_from_slice(secret.as_slice());
    vault.write(NAME, file.as_slice())
}

/// Brings the keys of an older home under the tokens of [`token_of`]. The secret's file is written last: what a
/// crash interrupts begins again at the next start, and passes over the keys that are done.
///
/// A key that does not open under its row's older token is left as it is: it came by a command, whose ASM makes its
/// tokens itself, or it is damaged.
pub(crate) fn renew_tokens(vault: &Vault, keys: &mut dyn KeyStore) -> Result<(), AuthenticatorError> {
    let file = match vault.read(NAME)? {
        Some(file) if file.len() == SECRET_BYTES => file,
        _ => return Ok(()),
    };
    let secret = secret_from(&file)?;
    for row in registrations::all(vault)? {
        let before = token_before(&secret, &row.app_id, &row.persona, &row.caller)?;
        let now = token_of(&secret, &row.app_id, &row.persona, &row.caller)?;
        keys.rebind(&mix(&before, &row.app_id), &mix(&now, &row.app_id), &row.key_id)?;
    }
    store(vault, &secret)
}

/// Forgets the secret: keys that were made under it open for nobody.
pub(crate) fn erase_token(vault: &Vault) -> Result<(), AuthenticatorError> {
    vault.erase(NAME).map(|_existed| ())
}
