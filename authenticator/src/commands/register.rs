//! Register (Commands §6.2.4): a verified user gets a fresh key, and the authenticator vouches for it.

use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::assertion::info::RegistrationAssertionInfo;
use smile_protocol::uaf::assertion::krd::KeyRegistrationData;
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::{AppId, KeyId, Username};

use super::get_info::{AUTHENTICATOR_VERSION, PUBLIC_KEY_FORMAT, SIGNATURE_ALGORITHM};
use crate::authenticator::{Authenticator, Presence};
use crate::error::AuthenticatorError;
use crate::keys::{AccessToken, FreshKey};
use crate::user_verification::Purpose;

/// What Register takes.
pub(crate) struct RegisterCommand {
    pub(crate) app_id: AppId,
    pub(crate) final_challenge_hash: FinalChallengeHash,
    pub(crate) username: Username,
    pub(crate) attestation_type: AttestationType,
    /// Mixed with the AppID already.
    pub(crate) access: AccessToken,
}

/// Verifies the user, makes a key, signs its KeyRegistrationData. The key is on the disk before the
/// assertion exists; if the assertion cannot be made, the key is erased again.
pub(crate) fn register(
    authenticator: &mut Authenticator,
    command: RegisterCommand,
    presence: &mut Presence<'_>,
) -> Result<(KeyId, RegistrationAssertion), AuthenticatorError> {
    // Commands §6.2.4: an attestation type that is not supported is refused, before the user is bothered.
    if command.attestation_type != authenticator.attestation_mode.attestation_type() {
        return Err(AuthenticatorError::AttestationNotSupported {
            code: command.attestation_type.code(),
        });
    }
    let purpose = Purpose {
        final_challenge_hash: command.final_challenge_hash,
        app_id: command.app_id,
        transaction: None,
    };
    // Commands §6.2.4: never without user verification.
    let verified = authenticator.verify_user(purpose, presence)?;
    let fresh = authenticator
        .keys
        .generate(verified, &command.access, &command.username)?;
    let key_id = fresh.key_id().clone();
    match attest(authenticator, fresh) {
        Ok(assertion) => Ok((key_id, assertion)),
        Err(error) => {
            authenticator.keys.discard(&key_id)?;
            Err(error)
        }
    }
}

fn attest(
    authenticator: &mut Authenticator,
    fresh: FreshKey,
) -> Result<RegistrationAssertion, AuthenticatorError> {
    let krd = KeyRegistrationData {
        aaid: authenticator.aaid(),
        assertion_info: RegistrationAssertionInfo {
            authenticator_version: AUTHENTICATOR_VERSION,
            signature_algorithm: SIGNATURE_ALGORITHM,
            public_key_format: PUBLIC_KEY_FORMAT,
        },
        final_challenge_hash: fresh.final_challenge_hash(),
        key_id: fresh.key_id().clone(),
        counters: fresh.counters(),
        public_key: fresh.public_key().to_vec(),
        extensions: Vec::new(),
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
