//! Sign (Commands §6.3.4): a verified user signs one challenge, with or without a transaction.

use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::info::AuthenticationAssertionInfo;
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::command::{
    AccountKeyHandle, SignCommand, TransactionInput, USER_VERIFICATION_INDEX,
};
use smile_protocol::uaf::identity::KeyId;

use super::get_info::{AUTHENTICATOR_VERSION, SIGNATURE_ALGORITHM};
use super::verification::{user_verification_index, verified};
use super::{asks_for, check, expected, mix, own_hash};
use crate::authenticator::{Authenticator, Presence};
use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::keys::{AccessToken, UnlockedKey};
use crate::registrations;
use crate::sealed;
use crate::user_verification::{VerificationRequest, VerifiedCommand};

/// TAG_AUTHENTICATOR_NONCE: at least 8 bytes (Commands §5.2.2), so that no two signed data are alike.
const NONCE_BYTES: usize = 32;

/// What came of a Sign command.
pub(crate) enum Signed {
    /// One key could sign, and did.
    Assertion(Box<AuthenticationAssertion>),
    /// Several could: the user chooses one, and Sign is called again with it. A token that was shown is
    /// still good, because nothing was signed.
    Accounts(Vec<AccountKeyHandle>),
}

/// Shows the transaction, verifies the user, advances the counter, signs: in this order.
pub(crate) fn sign(
    authenticator: &mut Authenticator,
    command: &SignCommand,
    presence: &mut Presence<'_>,
) -> Result<Signed, AuthenticatorError> {
    // Step 1: what decoding does not see.
    check(
        command.authenticator_index,
        &command.appended,
        &[USER_VERIFICATION_INDEX],
    )?;
    // Step 2: the AppID is there, and the access token is mixed with it.
    let app_id = expected(command.app_id.as_ref())?;
    let access = mix(&command.key_handle_access_token, app_id);
    // Steps 3 and 4, and from step 8 what the user has to read: it is shown before the camera opens, so
    // that nobody's face agrees to what comes later.
    let request = VerificationRequest {
        command: VerifiedCommand::Sign,
        final_challenge_hash: own_hash(&command.final_challenge_hash)?,
        app_id: app_id.clone(),
        transaction_content: content(command.transaction.as_ref())?,
    };
    let token = command.user_verify_token.as_ref();
    let (verified, stub) = verified(authenticator, token, request, presence)?;
    // Steps 5 and 6: the keys that can sign. Names are known from here on, after the face.
    let accounts = usable(authenticator, command, &access, verified.enrolment())?;
    // Step 7: several keys, no assertion.
    let [account] = accounts.as_slice() else {
        if let Some(stub) = stub {
            authenticator.pending = Some(stub.put_back(verified));
        }
        return Ok(Signed::Accounts(accounts));
    };
    // Step 8: one key. It may be gone; its counter is on the disk before there is a signature.
    let key_id = KeyId::new(account.key_handle.clone())?;
    let unlocked = authenticator.keys.unlock(verified, &access, &key_id)?;
    let data = signed_data(authenticator, &unlocked, command)?;
    let signature = authenticator.keys.sign_authentication(unlocked, &data)?;
    let assertion = AuthenticationAssertion::new(data, signature)?;
    Ok(Signed::Assertion(Box::new(assertion)))
}

/// The content to show. A hash alone is for authenticators that can show nothing (Commands §6.3.1); this one
/// signs no transaction that it did not show.
fn content(transaction: Option<&TransactionInput>) -> Result<Option<Vec<u8>>, AuthenticatorError> {
    match transaction {
        Some(TransactionInput::Content(content)) if !content.is_empty() => Ok(Some(content.clone())),
        Some(TransactionInput::ContentHash(_)) => Err(AuthenticatorError::CommandParams {
            rule: "a transaction's hash is not taken in place of what can be shown",
        }),
        // Commands §6.3.4: only a content that is not empty is a transaction.
        Some(TransactionInput::Content(_)) | None => Ok(None),
    }
}

/// Unwraps the keys that the command names and leaves out those of other callers and personas (Commands §6.3.4,
/// steps 5 and 6): an ASM that leaves the PersonaID out of its token, as ASM §6.1 lets it, opens no other persona's
/// keys either. Keys are stored inside, so the items of the list are KeyIDs; no list, no keys (Commands §8).
fn usable(
    authenticator: &Authenticator,
    command: &SignCommand,
    access: &AccessToken,
    enrolment: &EnrolmentId,
) -> Result<Vec<AccountKeyHandle>, AuthenticatorError> {
    let own = registrations::of_persona(&authenticator.vault, &authenticator.persona)?;
    let mut denied = false;
    let mut accounts: Vec<AccountKeyHandle> = Vec::new();
    for handle in &command.key_handles {
        // One key is one account, however often it is named.
        if accounts.iter().any(|account| account.key_handle == *handle) {
            continue;
        }
        let key_id = KeyId::new(handle.clone())?;
        match authenticator.keys.username(access, enrolment, &key_id) {
            Ok(_) if !own.contains(&key_id) => denied = true,
            Ok(username) => accounts.push(AccountKeyHandle {
                username,
                key_handle: handle.clone(),
            }),
            // One of several keys being gone is no reason to refuse the others.
            Err(AuthenticatorError::KeyDisappeared) => {}
            Err(AuthenticatorError::KeyAccessDenied) => denied = true,
            Err(error) => return Err(error),
        }
    }
    match (accounts.is_empty(), denied) {
        (false, _) => Ok(accounts),
        // Step 6: there were keys, and none is the caller's.
        (true, true) => Err(AuthenticatorError::KeyAccessDenied),
        // Step 5: there were none.
        (true, false) => Err(AuthenticatorError::KeyDisappeared),
    }
}

fn signed_data(
    authenticator: &Authenticator,
    unlocked: &UnlockedKey,
    command: &SignCommand,
) -> Result<SignedData, AuthenticatorError> {
    let extensions = if asks_for(&command.appended, USER_VERIFICATION_INDEX) {
        let enrolment = unlocked.verified.enrolment();
        vec![user_verification_index(
            &authenticator.persona,
            enrolment,
            &unlocked.key_id,
        )?]
    } else {
        Vec::new()
    };
    Ok(SignedData {
        aaid: authenticator.aaid,
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: AUTHENTICATOR_VERSION,
            authentication_mode: unlocked.authentication_mode(),
            signature_algorithm: SIGNATURE_ALGORITHM,
        },
        authenticator_nonce: sealed::random::<NONCE_BYTES>()?.to_vec(),
        final_challenge_hash: unlocked.final_challenge_hash(),
        transaction_content_hash: unlocked.transaction_hash(),
        key_id: unlocked.key_id.clone(),
        sign_counter: unlocked.sign_counter(),
        extensions,
    })
}
