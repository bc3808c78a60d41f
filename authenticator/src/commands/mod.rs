//! The authenticator's commands (Commands §6): what an ASM may ask for, and what each one needs.
//!
//! | command      | needs (Commands §8, first-factor bound authenticator)              |
//! |--------------|--------------------------------------------------------------------|
//! | GetInfo      | nothing                                                            |
//! | OpenSettings | nothing                                                            |
//! | Register     | a user verification                                                |
//! | Sign         | a user verification, the keys' access token, the list of keys      |
//! | Deregister   | the key's access token, its KeyID                                  |
//!
//! Each command is one function from the command as a value to its outcome. This crate's own ASM calls
//! them as they are, so that no error loses its reason; [`process`] puts TLV around the same functions.

pub(crate) mod deregister;
pub(crate) mod get_info;
mod process;
pub(crate) mod register;
pub(crate) mod sign;
#[cfg(test)]
mod tests;
mod verification;

pub(crate) use process::process;
pub(crate) use verification::user_verify;

use sha2::{Digest, Sha256};
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::command::{Appended, KeyHandleAccessToken};
use smile_protocol::uaf::identity::AppId;
use zeroize::Zeroizing;

use self::get_info::HASH;
use crate::error::AuthenticatorError;
use crate::keys::AccessToken;

/// The only authenticator of this crate.
pub(crate) const AUTHENTICATOR_INDEX: u8 = 0;

/// The token as the authenticator keeps it: KHAccessToken = hash(KHAccessToken ‖ AppID) (Commands §6.2.4,
/// §6.3.4), so that a token that leaked from the ASM for one AppID opens no other's keys.
pub(crate) fn mix(token: &KeyHandleAccessToken, app_id: &AppId) -> AccessToken {
    let mut mixed = Zeroizing::new([0; 32]);
    Sha256::new()
        .chain_update(token.as_bytes())
        .chain_update(app_id.as_str())
        .finalize_into((&mut *mixed).into());
    AccessToken::new(app_id.clone(), mixed)
}

/// Commands §6.2.4, §6.3.4, §6.4.4, step 1, as far as decoding does not see it: the index names this
/// authenticator, and nothing critical is left that it does not know.
fn check(
    authenticator_index: u8,
    appended: &[Appended],
    understood: &[&str],
) -> Result<(), AuthenticatorError> {
    if authenticator_index != AUTHENTICATOR_INDEX {
        let rule = "there is no authenticator with this index";
        return Err(AuthenticatorError::CommandParams { rule });
    }
    let foreign = |element: &Appended| match element {
        Appended::Extension(extension) => extension.critical && !understood.contains(&extension.id.as_str()),
        Appended::Unknown { .. } => false,
    };
    // Commands §4.3: whoever does not understand a critical extension aborts.
    if appended.iter().any(foreign) {
        let rule = "it has a critical extension that is not known here";
        return Err(AuthenticatorError::CommandParams { rule });
    }
    Ok(())
}

/// Step 2 of the same sections: this authenticator mixes the AppID into the access token and binds the
/// verification to it, so it has to be there (the 0x0020 of `AuthenticatorType`).
fn expected(app_id: Option<&AppId>) -> Result<&AppId, AuthenticatorError> {
    app_id.ok_or(AuthenticatorError::CommandParams {
        rule: "the AppID is missing",
    })
}

/// The final challenge's hash is a value of this authenticator's own hash function (Commands §6.2.4): a command may
/// carry one of another length, and an assertion with it would not be read.
fn own_hash(hash: &FinalChallengeHash) -> Result<FinalChallengeHash, AuthenticatorError> {
    if hash.0.algorithm() == HASH {
        return Ok(*hash);
    }
    Err(AuthenticatorError::CommandParams {
        rule: "the final challenge hash is not of this authenticator's hash function",
    })
}

/// Whether the extension `id` was asked for.
fn asks_for(appended: &[Appended], id: &str) -> bool {
    appended
        .iter()
        .any(|element| matches!(element, Appended::Extension(extension) if extension.id == id))
}
