//! KHAccessToken (ASM §6.1): what keeps one client, persona or application from another's keys.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smile_protocol::uaf::command::KeyHandleAccessToken;
use smile_protocol::uaf::identity::AppId;
use zeroize::Zeroizing;

use crate::authenticator::Authenticator;
use crate::error::AuthenticatorError;
use crate::sealed::{self, Vault};

const TOKEN: &str = "asm-token";
const TOKEN_BYTES: usize = 32;

/// CallerID (ASM §6.1): which FIDO client asks, as the platform says it, for example the hash of the
/// certificate that signed the client's app. Whoever builds an [`super::Asm`] vouches for it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(transparent)]
pub struct CallerId(String);

impl CallerId {
    /// Takes the platform's word for who calls.
    pub fn new(caller: impl Into<String>) -> Self {
        Self(caller.into())
    }

    /// The FIDO client that is this very crate ([`crate::client`]).
    pub(crate) fn own_client() -> Self {
        Self::new("smile-authenticator/client")
    }

    /// An ASM of another maker: it has its clients and its tokens, and this one knows only its commands.
    pub(crate) fn of_commands() -> Self {
        Self::new("smile-authenticator/commands")
    }
}

/// Rows from before callers were told apart are the own client's.
impl Default for CallerId {
    fn default() -> Self {
        Self::own_client()
    }
}

/// KHAccessToken = hash(AppID ‖ ASMToken ‖ PersonaID ‖ CallerID) (ASM §6.1); the authenticator mixes it
/// once more.
pub(super) fn key_handle_access_token(
    authenticator: &Authenticator,
    caller: &CallerId,
    app_id: &AppId,
) -> Result<KeyHandleAccessToken, AuthenticatorError> {
    let asm_token = asm_token(&authenticator.vault)?;
    let token = Sha256::new()
        .chain_update(app_id.as_str())
        .chain_update(asm_token.as_slice())
        .chain_update(&authenticator.persona)
        .chain_update(&caller.0)
        .finalize();
    Ok(KeyHandleAccessToken::new(token.to_vec())?)
}

/// A random secret of this home, made at the first use.
fn asm_token(vault: &Vault) -> Result<Zeroizing<Vec<u8>>, AuthenticatorError> {
    match vault.read(TOKEN)? {
        Some(token) if token.len() == TOKEN_BYTES => Ok(token),
        Some(_) => Err(AuthenticatorError::Sealed {
            name: TOKEN.to_owned(),
            rule: "an ASM token is 32 bytes",
        }),
        None => {
            let mut token = Zeroizing::new(vec![0; TOKEN_BYTES]);
            sealed::fill_random(&mut token)?;
            vault.write(TOKEN, &token)?;
            Ok(token)
        }
    }
}

/// Forgets the secret: keys that were made under it open for nobody.
pub(crate) fn erase_token(vault: &Vault) -> Result<(), AuthenticatorError> {
    vault.erase(TOKEN).map(|_existed| ())
}
