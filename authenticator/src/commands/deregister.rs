//! Deregister (Commands §6.4.4): keys and their counters are erased.

use smile_protocol::uaf::command::DeregisterCommand;
use smile_protocol::uaf::identity::KeyId;

use super::{check, expected, mix};
use crate::authenticator::Authenticator;
use crate::error::AuthenticatorError;
use crate::keys::AccessToken;
use crate::registrations;

/// Erases the key if it exists under the access token, or every key under it.
///
/// A key of another caller or persona and a key that never was get the same refusal: whose key it is not learns
/// nothing about either.
pub(crate) fn deregister(
    authenticator: &mut Authenticator,
    command: &DeregisterCommand,
) -> Result<(), AuthenticatorError> {
    // Step 1: what decoding does not see.
    check(command.authenticator_index, &command.appended, &[])?;
    // Step 2: the AppID is there, and the access token is mixed with it.
    let access = mix(
        &command.key_handle_access_token,
        expected(command.app_id.as_ref())?,
    );
    // Steps 3 to 5: keys are stored inside, so there is something to delete.
    let own = registrations::of_persona(&authenticator.vault, &authenticator.persona)?;
    let keys = match &command.key_id {
        Some(key_id) if own.contains(key_id) && authenticator.keys.is_under(&access, key_id)? => {
            vec![key_id.clone()]
        }
        Some(_) => return Err(AuthenticatorError::KeyAccessDenied),
        None => all_under(authenticator, &access, &own)?,
    };
    // The rows first: a crash in between leaves keys without a row, which the next start erases.
    registrations::forget(&authenticator.vault, &keys)?;
    for key_id in &keys {
        authenticator.keys.discard(key_id)?;
    }
    Ok(())
}

/// Of the persona's `own` keys those under the access token.
fn all_under(
    authenticator: &Authenticator,
    access: &AccessToken,
    own: &[KeyId],
) -> Result<Vec<KeyId>, AuthenticatorError> {
    let mut keys = Vec::new();
    for key_id in own {
        if authenticator.keys.is_under(access, key_id)? {
            keys.push(key_id.clone());
        }
    }
    Ok(keys)
}
