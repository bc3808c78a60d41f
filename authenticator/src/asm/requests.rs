//! The ASM's requests (ASM §3.5 to §3.10) as functions.

use smile_protocol::uaf::asm::{
    AppRegistration, AuthenticateIn, AuthenticatorInfo, DeregisterIn, RegisterIn,
};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::command::{
    AccountKeyHandle, Appended, AuthenticatorType, CommandExtension, DeregisterCommand, RegisterCommand,
    SignCommand, TransactionInput, USER_VERIFICATION_INDEX,
};
use smile_protocol::uaf::identity::{AppId, KeyId, Username};

use super::token::key_handle_access_token;
use super::{ASM_VERSIONS, CallerId};
use crate::authenticator::{Authenticator, Presence};
use crate::commands::get_info::{ATTACHMENT_HINT, HASH, MAX_KEY_HANDLES};
use crate::commands::sign::{Signed, sign};
use crate::commands::{self, AUTHENTICATOR_INDEX, mix};
use crate::enrolment;
use crate::error::AuthenticatorError;
use crate::registrations::{self, Registration};
use crate::transaction;
use crate::user_verification::{VerificationRequest, VerifiedCommand};

/// GetInfo (ASM §3.5): what the authenticator's own GetInfo says, and what only the ASM knows.
pub(crate) fn get_info(authenticator: &Authenticator) -> AuthenticatorInfo {
    let info = commands::get_info::get_info(authenticator);
    let is = |flag| info.authenticator_type.contains(flag);
    AuthenticatorInfo {
        authenticator_index: info.authenticator_index.into(),
        asm_versions: ASM_VERSIONS.to_vec(),
        is_user_enrolled: is(AuthenticatorType::USER_ENROLLED),
        has_settings: is(AuthenticatorType::SETTINGS_UI),
        is_second_factor_only: is(AuthenticatorType::SECOND_FACTOR),
        is_roaming_authenticator: is(AuthenticatorType::ROAMING),
        aaid: info.aaid,
        assertion_scheme: info.assertion_scheme,
        authentication_algorithm: info.authentication_algorithm,
        attestation_types: info.attestation_types,
        user_verification: info.user_verification,
        key_protection: info.key_protection,
        matcher_protection: info.matcher_protection,
        attachment_hint: ATTACHMENT_HINT,
        supported_extension_ids: info.supported_extension_ids,
        tc_display: info.tc_display,
        tc_display_content_type: info.tc_display_content_type,
        tc_display_png_characteristics: info.tc_display_png_characteristics,
        title: Some("Smile".to_owned()),
        description: Some("Your face, seen by this device's camera. A photo of you would pass.".to_owned()),
        icon: None,
    }
}

/// Step 1 of every request about one authenticator (ASM §3.6.3): there is one.
pub(super) fn locate(index: u16) -> Result<(), AuthenticatorError> {
    if index == u16::from(AUTHENTICATOR_INDEX) {
        Ok(())
    } else {
        Err(AuthenticatorError::UnknownAuthenticator { index })
    }
}

/// Register (ASM §3.6.3): a key for an application, remembered as the caller's.
pub(crate) fn register(
    authenticator: &mut Authenticator,
    caller: &CallerId,
    request: RegisterIn,
    with_index: bool,
    presence: &mut Presence<'_>,
) -> Result<RegistrationAssertion, AuthenticatorError> {
    authenticator.ready_to_verify()?;
    let command = RegisterCommand {
        authenticator_index: AUTHENTICATOR_INDEX,
        key_handle_access_token: key_handle_access_token(authenticator, caller, &request.app_id)?,
        app_id: Some(request.app_id),
        // The hash of the final challenge as it was received, not of what it decodes to.
        final_challenge_hash: request.final_challenge.hash(HASH),
        username: request.username,
        attestation_type: request.attestation_type.code(),
        // The authenticator asks for the face when it has seen that the rest is right.
        user_verify_token: None,
        appended: extensions(with_index),
    };
    commands::register::register(authenticator, command, caller, presence)
}

/// Authenticate (ASM §3.7.4): a signature with one of the caller's keys for the application.
pub(crate) fn authenticate(
    authenticator: &mut Authenticator,
    caller: &CallerId,
    request: AuthenticateIn,
    with_index: bool,
    presence: &mut Presence<'_>,
) -> Result<AuthenticationAssertion, AuthenticatorError> {
    authenticator.ready_to_verify()?;
    let mut keys = key_ids(authenticator, caller, &request.app_id)?;
    if !request.key_ids.is_empty() {
        keys.retain(|key_id| request.key_ids.contains(key_id));
    }
    // ACCESS_DENIED if no entry has been found.
    if keys.is_empty() {
        return Err(AuthenticatorError::KeyAccessDenied);
    }
    // More than one command takes are more than anybody chooses from: the newest stay.
    let surplus = keys.len().saturating_sub(usize::from(MAX_KEY_HANDLES));
    let final_challenge_hash = request.final_challenge.hash(HASH);
    let content = transaction::select(&request.transaction, authenticator.shows_pictures())?;
    let key_handle_access_token = key_handle_access_token(authenticator, caller, &request.app_id)?;
    // The authenticator gives tokens, so one verification serves both of Sign's stages.
    let verification = VerificationRequest {
        command: VerifiedCommand::Sign,
        final_challenge_hash,
        app_id: request.app_id.clone(),
        transaction_content: content.clone(),
    };
    let token = commands::user_verify(authenticator, verification, presence)?;
    let mut command = SignCommand {
        authenticator_index: AUTHENTICATOR_INDEX,
        app_id: Some(request.app_id),
        final_challenge_hash,
        transaction: content.map(TransactionInput::Content),
        key_handle_access_token,
        user_verify_token: Some(token),
        key_handles: keys[surplus..]
            .iter()
            .map(|key| key.as_bytes().to_vec())
            .collect(),
        appended: extensions(with_index),
    };
    let signed = finish(authenticator, &mut command, presence);
    // Whoever cancelled the choice leaves no verification behind.
    authenticator.pending = None;
    signed
}

/// Sends Sign, and sends it again with one key after the user chose an account. One key is never a choice,
/// so the second time is the last.
fn finish(
    authenticator: &mut Authenticator,
    command: &mut SignCommand,
    presence: &mut Presence<'_>,
) -> Result<AuthenticationAssertion, AuthenticatorError> {
    loop {
        match sign(authenticator, command, presence)? {
            Signed::Assertion(assertion) => return Ok(*assertion),
            Signed::Accounts(accounts) => command.key_handles = vec![choose(accounts, presence)?],
        }
    }
}

/// ASM §3.7.4: of equal names the key that was registered last; of distinct ones the user's choice. The
/// names are shown after the face matched, so they tell a stranger nothing.
fn choose(
    accounts: Vec<AccountKeyHandle>,
    presence: &mut Presence<'_>,
) -> Result<Vec<u8>, AuthenticatorError> {
    let mut distinct: Vec<AccountKeyHandle> = Vec::new();
    for account in accounts {
        match distinct
            .iter_mut()
            .find(|other| other.username == account.username)
        {
            // Accounts come in the order of registration.
            Some(older) => *older = account,
            None => distinct.push(account),
        }
    }
    let usernames: Vec<Username> = distinct.iter().map(|account| account.username.clone()).collect();
    let chosen = match usernames.len() {
        1 => Some(0),
        _ => presence.display.choose_account(&usernames),
    };
    chosen
        .and_then(|at| distinct.into_iter().nth(at))
        .map(|account| account.key_handle)
        .ok_or(AuthenticatorError::Cancelled)
}

fn extensions(with_index: bool) -> Vec<Appended> {
    if with_index {
        vec![Appended::Extension(CommandExtension::request(
            USER_VERIFICATION_INDEX,
        ))]
    } else {
        Vec::new()
    }
}

/// Deregister (ASM §3.8.2): one of the caller's keys for the application, or all of them. What the caller
/// does not have is not there to be deleted, and the answer is the same.
pub(crate) fn deregister(
    authenticator: &mut Authenticator,
    caller: &CallerId,
    request: &DeregisterIn,
) -> Result<(), AuthenticatorError> {
    let wanted = |key_id: &KeyId| request.key_id.as_ref().is_none_or(|wanted| wanted == key_id);
    for key_id in key_ids(authenticator, caller, &request.app_id)? {
        if wanted(&key_id) {
            deregister_key(authenticator, caller, &request.app_id, key_id)?;
        }
    }
    Ok(())
}

fn deregister_key(
    authenticator: &mut Authenticator,
    caller: &CallerId,
    app_id: &AppId,
    key_id: KeyId,
) -> Result<(), AuthenticatorError> {
    let command = DeregisterCommand {
        authenticator_index: AUTHENTICATOR_INDEX,
        app_id: Some(app_id.clone()),
        key_id: Some(key_id.clone()),
        key_handle_access_token: key_handle_access_token(authenticator, caller, app_id)?,
        appended: Vec::new(),
    };
    match commands::deregister::deregister(authenticator, &command) {
        // The row is the caller's, and there is no sound key to it: what is left of both goes.
        Err(AuthenticatorError::KeyAccessDenied) => {
            registrations::forget(&authenticator.vault, std::slice::from_ref(&key_id))?;
            authenticator.keys.discard(&key_id)
        }
        other => other,
    }
}

/// GetRegistrations (ASM §3.9.3): the caller's keys under this persona, by application.
pub(crate) fn registrations(
    authenticator: &Authenticator,
    caller: &CallerId,
) -> Result<Vec<AppRegistration>, AuthenticatorError> {
    let mut list: Vec<AppRegistration> = Vec::new();
    for row in rows(authenticator, caller)? {
        match list.iter_mut().find(|entry| entry.app_id == row.app_id) {
            Some(entry) => entry.key_ids.push(row.key_id),
            None => list.push(AppRegistration {
                app_id: row.app_id,
                key_ids: vec![row.key_id],
            }),
        }
    }
    Ok(list)
}

/// OpenSettings (ASM §3.10): there are none (`hasSettings` is false).
pub(crate) fn open_settings() -> Result<(), AuthenticatorError> {
    Err(AuthenticatorError::SettingsNotSupported)
}

/// The caller's keys for the application under this persona, oldest first.
pub(crate) fn key_ids(
    authenticator: &Authenticator,
    caller: &CallerId,
    app_id: &AppId,
) -> Result<Vec<KeyId>, AuthenticatorError> {
    let rows = rows(authenticator, caller)?.into_iter();
    Ok(rows
        .filter(|row| row.app_id == *app_id)
        .map(|row| row.key_id)
        .collect())
}

fn rows(authenticator: &Authenticator, caller: &CallerId) -> Result<Vec<Registration>, AuthenticatorError> {
    let mut rows = registrations::all(&authenticator.vault)?;
    rows.retain(|row| row.persona == authenticator.persona && row.caller == *caller);
    Ok(rows)
}

/// Of those the ones that the enrolled face can sign with. A key that is gone must not keep its owner from
/// registering again where the server still lists it.
pub(crate) fn usable_key_ids(
    authenticator: &Authenticator,
    caller: &CallerId,
    app_id: &AppId,
) -> Result<Vec<KeyId>, AuthenticatorError> {
    let Some(enrolment) = enrolment::current(&authenticator.vault)? else {
        return Ok(Vec::new());
    };
    let access = mix(&key_handle_access_token(authenticator, caller, app_id)?, app_id);
    let mut usable = Vec::new();
    for key_id in key_ids(authenticator, caller, app_id)? {
        match authenticator.keys.username(&access, &enrolment, &key_id) {
            Ok(_) => usable.push(key_id),
            Err(AuthenticatorError::KeyDisappeared | AuthenticatorError::KeyAccessDenied) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(usable)
}
