//! The user verification that Register and Sign begin with, new or by a token (Commands §5.3, §6.2.4,
//! §6.3.4), and the user verification index that tells a server whose face it was (Registry §4.1).

use sha2::{Digest, Sha256};
use smile_protocol::uaf::assertion::extension::AssertionExtension;
use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;
use smile_protocol::uaf::command::{USER_VERIFICATION_INDEX, UserVerifyToken};
use smile_protocol::uaf::identity::KeyId;
use zeroize::Zeroizing;

use crate::authenticator::{Authenticator, Presence};
use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::transaction;
use crate::user_verification::{PendingVerification, Purpose, Stub, UserVerified, VerificationRequest};

/// Verifies the user and hands out the token that stands for it. An earlier token is worth nothing from
/// here on: the user was asked for something else.
pub(crate) fn user_verify(
    authenticator: &mut Authenticator,
    request: VerificationRequest,
    presence: &mut Presence<'_>,
) -> Result<UserVerifyToken, AuthenticatorError> {
    let verified = verify_now(authenticator, request, presence)?;
    let (pending, token) = PendingVerification::new(verified, authenticator.clock.as_ref())?;
    authenticator.pending = Some(pending);
    Ok(token)
}

/// The user verified for `request`: in an earlier command if there is a token, now if there is none.
pub(super) fn verified(
    authenticator: &mut Authenticator,
    token: Option<&UserVerifyToken>,
    request: VerificationRequest,
    presence: &mut Presence<'_>,
) -> Result<(UserVerified, Option<Stub>), AuthenticatorError> {
    let Some(token) = token else {
        return Ok((verify_now(authenticator, request, presence)?, None));
    };
    let clock = authenticator.clock.as_ref();
    let (verified, stub) = PendingVerification::redeem(&mut authenticator.pending, token, &request, clock)?;
    Ok((verified, Some(stub)))
}

/// Shows the transaction if there is one, then asks for the face. What was cancelled or cannot be rendered
/// opens no camera; neither does a lockout or a missing enrolment. A token that was given out before is worth nothing
/// from here on, whatever comes of this: another face may be before the camera now.
fn verify_now(
    authenticator: &mut Authenticator,
    request: VerificationRequest,
    presence: &mut Presence<'_>,
) -> Result<UserVerified, AuthenticatorError> {
    authenticator.pending = None;
    authenticator.ready_to_verify()?;
    let confirmed = match &request.transaction_content {
        // Commands §6.3.4: tcDisplay is 0.
        Some(_) if !authenticator.transaction_display => {
            return Err(AuthenticatorError::NoTransactionDisplay);
        }
        Some(content) => Some(transaction::confirm(
            content,
            authenticator.shows_pictures(),
            presence.display,
        )?),
        None => None,
    };
    let purpose = Purpose {
        command: request.command,
        final_challenge_hash: request.final_challenge_hash,
        app_id: request.app_id,
        transaction: confirmed,
    };
    authenticator.verify_user(purpose, presence)
}

/// UVI = SHA-256(KeyID ‖ SHA-256(rawUVI)) (Registry §4.1), as signed data carry what the table does not
/// list: in a `TAG_EXTENSION` (Commands §5.2.1).
///
/// rawUVI = EnrolmentId ‖ PersonaID. The EnrolmentId is 32 random bytes, new with each enrolment: it stands for the
/// biometric reference data and for the last reset at once. It stays in the sealed home, so nobody links
/// two keys by it.
pub(super) fn user_verification_index(
    persona: &str,
    enrolment: &EnrolmentId,
    key_id: &KeyId,
) -> Result<AssertionExtension, AuthenticatorError> {
    let mut hidden = Zeroizing::new([0; 32]);
    Sha256::new()
        .chain_update(enrolment.as_bytes())
        .chain_update(persona)
        .finalize_into((&mut *hidden).into());
    let index = Sha256::new()
        .chain_update(key_id.as_bytes())
        .chain_update(hidden.as_slice())
        .finalize();
    Ok(AssertionExtension {
        id: USER_VERIFICATION_INDEX.to_owned(),
        data: TlvWriter::default()
            .put(tags::USER_VERIFICATION_INDEX, &index)?
            .into_bytes(),
    })
}
