//! The authenticator's commands (Commands §6.2): what the ASM may ask for, and what each one needs.
//!
//! | command    | needs (Commands §8)                                                |
//! |------------|--------------------------------------------------------------------|
//! | GetInfo    | nothing                                                            |
//! | Register   | a user verification                                                |
//! | Sign       | a user verification, the key's access token                        |
//! | Deregister | the key's access token                                             |

pub(crate) mod deregister;
pub(crate) mod get_info;
pub(crate) mod register;
pub(crate) mod sign;

use sha2::{Digest, Sha256};
use smile_protocol::uaf::identity::AppId;
use zeroize::Zeroizing;

use crate::keys::AccessToken;

/// The token as the authenticator keeps it: KHAccessToken = hash(KHAccessToken ‖ AppID) (Commands §6.2.4,
/// §6.3.4), so that a token that leaked from the ASM for one AppID opens no other's keys.
pub(crate) fn mix(asm_token: &[u8; 32], app_id: &AppId) -> AccessToken {
    let mut mixed = Zeroizing::new([0; 32]);
    Sha256::new()
        .chain_update(asm_token)
        .chain_update(app_id.as_str())
        .finalize_into((&mut *mixed).into());
    AccessToken::new(app_id.clone(), mixed)
}
