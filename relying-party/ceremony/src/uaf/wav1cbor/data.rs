//! What authenticator data have to say in every ceremony.

use smile_protocol::{
    uaf::{challenge::FcParams, wav1cbor},
    webauthn::authenticator_data::{AuthenticatorData, flags},
};

use super::Wav1CborRule;
use crate::error::CeremonyError;

/// That the data are for the application of `fc_params`, and that a user was there and was verified.
///
/// Flags and extensions beyond that follow the strict reader: what is reserved was refused, and an extension that nobody
/// here knows has no meaning and takes nothing away.
pub(super) fn must_be_for(data: &AuthenticatorData, fc_params: &FcParams) -> Result<(), CeremonyError> {
    // UAF §3.4.6.5 with WebAuthn §7.1: fcParams.appID is the one that was stored; its host stands for the RP ID.
    let expected = wav1cbor::rp_id_hash(&fc_params.decode()?.app_id);
    if expected.is_none_or(|hash| hash.as_bytes() != data.rp_id_hash) {
        return Err(Wav1CborRule::RpIdHashMismatch.into());
    }
    // WebAuthn §7.1: UP is set.
    if data.flags & flags::USER_PRESENT == 0 {
        return Err(Wav1CborRule::UserNotPresent.into());
    }
    // UAF §3.4.6.5, mode 1 of the other scheme: the user was verified. WebAuthn §7.1: UV is set.
    if data.flags & flags::USER_VERIFIED == 0 {
        return Err(Wav1CborRule::UserNotVerified.into());
    }
    Ok(())
}
