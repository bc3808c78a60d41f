//! Deregister (Commands §6.2.6): the key and its counter are erased.

use smile_protocol::uaf::identity::KeyId;

use crate::authenticator::Authenticator;
use crate::error::AuthenticatorError;
use crate::keys::AccessToken;

/// Erases the key if it exists under this token. The answer is the same if it does not (Commands §6.2.6):
/// who lacks the token learns nothing.
pub(crate) fn deregister(
    authenticator: &mut Authenticator,
    access: &AccessToken,
    key_id: &KeyId,
) -> Result<(), AuthenticatorError> {
    authenticator.keys.delete(access, key_id)
}
