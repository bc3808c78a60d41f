//! Sign (Commands §6.3.4): a verified user signs one challenge, with or without a transaction.

use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::info::AuthenticationAssertionInfo;
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::authentication::Transaction;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::{AppId, KeyId};

use super::get_info::{AUTHENTICATOR_VERSION, SIGNATURE_ALGORITHM};
use crate::authenticator::{Authenticator, Presence};
use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::keys::AccessToken;
use crate::sealed;
use crate::transaction;
use crate::user_verification::Purpose;

/// TAG_AUTHENTICATOR_NONCE: at least 8 bytes (Commands §5.2.2), so that no two signed data are alike.
const NONCE_BYTES: usize = 32;

/// What Sign takes.
pub(crate) struct SignCommand {
    pub(crate) app_id: AppId,
    pub(crate) final_challenge_hash: FinalChallengeHash,
    /// The forms of one transaction; empty for a login.
    pub(crate) transaction: Vec<Transaction>,
    /// The keys that may sign, not empty.
    pub(crate) key_ids: Vec<KeyId>,
    /// Mixed with the AppID already.
    pub(crate) access: AccessToken,
}

/// Shows the transaction, verifies the user, advances the counter, signs: in this order.
pub(crate) fn sign(
    authenticator: &mut Authenticator,
    command: SignCommand,
    presence: &mut Presence<'_>,
) -> Result<AuthenticationAssertion, AuthenticatorError> {
    authenticator.ready_to_verify()?;
    // Commands §6.3.4: the content is shown, and what was cancelled or cannot be rendered is not signed.
    let confirmed = transaction::confirm(&command.transaction, presence.display)?;
    let purpose = Purpose {
        final_challenge_hash: command.final_challenge_hash,
        app_id: command.app_id,
        transaction: confirmed,
    };
    let verified = authenticator.verify_user(purpose, presence)?;
    let key_id = choose_key(
        authenticator,
        &command.key_ids,
        &command.access,
        verified.enrolment(),
        presence,
    )?;
    let unlocked = authenticator.keys.unlock(verified, &command.access, &key_id)?;
    let data = SignedData {
        aaid: authenticator.aaid(),
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: AUTHENTICATOR_VERSION,
            authentication_mode: unlocked.authentication_mode(),
            signature_algorithm: SIGNATURE_ALGORITHM,
        },
        authenticator_nonce: sealed::random::<NONCE_BYTES>()?.to_vec(),
        final_challenge_hash: unlocked.final_challenge_hash(),
        transaction_content_hash: unlocked.transaction_hash(),
        key_id,
        sign_counter: unlocked.sign_counter(),
        extensions: Vec::new(),
    };
    let signature = authenticator.keys.sign_authentication(unlocked, &data)?;
    Ok(AuthenticationAssertion::new(data, signature)?)
}

/// Commands §6.3.4: with several keys of a first-factor authenticator, the user chooses the account.
/// Names are shown after the face matched, so they tell a stranger nothing; the choice spends the same
/// verification, so there is no second look into the camera.
fn choose_key(
    authenticator: &Authenticator,
    key_ids: &[KeyId],
    access: &AccessToken,
    enrolment: &EnrolmentId,
    presence: &mut Presence<'_>,
) -> Result<KeyId, AuthenticatorError> {
    let mut accounts = Vec::new();
    for key_id in key_ids {
        match authenticator.keys.username(access, enrolment, key_id) {
            Ok(username) => accounts.push((key_id, username)),
            // One of several keys being gone is no reason to refuse the others.
            Err(AuthenticatorError::KeyDisappeared) => {}
            Err(error) => return Err(error),
        }
    }
    match accounts.as_slice() {
        [] => Err(AuthenticatorError::KeyDisappeared),
        [(only, _)] => Ok((*only).clone()),
        several => {
            let usernames: Vec<_> = several.iter().map(|(_, username)| username.clone()).collect();
            let chosen = presence.display.choose_account(&usernames);
            let (key_id, _) = chosen
                .and_then(|at| several.get(at))
                .ok_or(AuthenticatorError::Cancelled)?;
            Ok((*key_id).clone())
        }
    }
}
