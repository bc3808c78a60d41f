//! Register (Commands §6.2.4): a verified user gets a fresh key, and the authenticator vouches for it.

use smile_protocol::uaf::assertion::extension::AssertionExtension;
use smile_protocol::uaf::assertion::info::RegistrationAssertionInfo;
use smile_protocol::uaf::assertion::krd::KeyRegistrationData;
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::command::{RegisterCommand, USER_VERIFICATION_INDEX};

use super::get_info::{AUTHENTICATOR_VERSION, PUBLIC_KEY_FORMAT, SIGNATURE_ALGORITHM};
use super::verification::{user_verification_index, verified};
use super::{asks_for, check, expected, mix, own_hash};
use crate::asm::CallerId;
use crate::authenticator::{Authenticator, Presence};
use crate::error::AuthenticatorError;
use crate::keys::FreshKey;
use crate::registrations::{self, Registration};
use crate::user_verification::{VerificationRequest, VerifiedCommand};

/// Verifies the user, makes a key, signs its KeyRegistrationData, and remembers for whom it is. The key is
/// on the disk before the assertion exists; if what follows fails, the key is erased again.
pub(crate) fn register(
    authenticator: &mut Authenticator,
    command: RegisterCommand,
    caller: &CallerId,
    presence: &mut Presence<'_>,
) -> Result<RegistrationAssertion, AuthenticatorError> {
    // Step 1: what decoding does not see.
    check(
        command.authenticator_index,
        &command.appended,
        &[USER_VERIFICATION_INDEX],
    )?;
    // Step 2: the AppID is there, and the access token is mixed with it.
    let app_id = expected(command.app_id.as_ref())?;
    let access = mix(&command.key_handle_access_token, app_id);
    // Step 5, before step 3: for an attestation that is not supported no user is bothered.
    if command.attestation_type != authenticator.attestation_mode.attestation_type().code() {
        return Err(AuthenticatorError::AttestationNotSupported {
            code: command.attestation_type,
        });
    }
    // Steps 3 and 4: never without user verification; nobody enrols by registering.
    let request = VerificationRequest {
        command: VerifiedCommand::Register,
        final_challenge_hash: own_hash(&command.final_challenge_hash)?,
        app_id: app_id.clone(),
        transaction_content: None,
    };
    let token = command.user_verify_token.as_ref();
    let (verified, _spent) = verified(authenticator, token, request, presence)?;
    // Steps 6 to 8: a new key pair each time, its handle wrapped and stored inside.
    let fresh = authenticator
        .keys
        .generate(verified, &access, &command.username)?;
    let key_id = fresh.key_id().clone();
    let with_index = asks_for(&command.appended, USER_VERIFICATION_INDEX);
    // Steps 9 to 12, and the row by which the key is found again.
    let finished = attest(authenticator, fresh, with_index).and_then(|assertion| {
        let row = Registration {
            app_id: app_id.clone(),
            key_id: key_id.clone(),
            username: command.username,
            persona: authenticator.persona.clone(),
            caller: caller.clone(),
            registered_at_ms: authenticator.clock.now_ms(),
        };
        registrations::add(&authenticator.vault, row)?;
        Ok(assertion)
    });
    if finished.is_err() {
        authenticator.keys.discard(&key_id)?;
    }
    finished
}

fn attest(
    authenticator: &mut Authenticator,
    fresh: FreshKey,
    with_index: bool,
) -> Result<RegistrationAssertion, AuthenticatorError> {
    let krd = KeyRegistrationData {
        aaid: authenticator.aaid,
        assertion_info: RegistrationAssertionInfo {
            authenticator_version: AUTHENTICATOR_VERSION,
            signature_algorithm: SIGNATURE_ALGORITHM,
            public_key_format: PUBLIC_KEY_FORMAT,
        },
        final_challenge_hash: fresh.final_challenge_hash(),
        key_id: fresh.key_id().clone(),
        counters: fresh.counters(),
        public_key: fresh.public_key().to_vec(),
        extensions: extensions(authenticator, &fresh, with_index)?,
    };
    let attestation = match &authenticator.attestation {
        Some(installation) => Attestation::BasicFull {
            signature: installation.sign(fresh, &krd)?,
            certificates: installation.chain(),
        },
        None => Attestation::BasicSurrogate {
            signature: authenticator.keys.sign_registration(fresh, &krd)?,
        },
    };
    Ok(RegistrationAssertion::new(krd, attestation)?)
}

fn extensions(
    authenticator: &Authenticator,
    fresh: &FreshKey,
    with_index: bool,
) -> Result<Vec<AssertionExtension>, AuthenticatorError> {
    if !with_index {
        return Ok(Vec::new());
    }
    let enrolment = fresh.verified.enrolment();
    let index = user_verification_index(&authenticator.persona, enrolment, fresh.key_id())?;
    Ok(vec![index])
}
