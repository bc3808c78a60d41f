//! Register (Commands §6.2.1).

use super::{access_token, app_id, final_challenge_hash, index, text, verify_token};
use crate::error::ProtocolError;
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Tlv, TlvWriter};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::command::appended::{self, Appended};
use crate::uaf::command::tokens::{KeyHandleAccessToken, UserVerifyToken};
use crate::uaf::identity::{AppId, Username};

/// Register (Commands §6.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterCommand {
    /// Which authenticator of the device.
    pub authenticator_index: u8,
    /// The application; authenticators that show it need it.
    pub app_id: Option<AppId>,
    /// The hash of the transmitted `fcParams`.
    pub final_challenge_hash: FinalChallengeHash,
    /// The user's name; as TLV at most 128 bytes.
    pub username: Username,
    /// A `TAG_ATTESTATION_*` code. A number, because registries grow, and a code that an
    /// authenticator does not know is not malformed: it is not supported.
    pub attestation_type: u16,
    /// The ASM's proof that the new key is its own.
    pub key_handle_access_token: KeyHandleAccessToken,
    /// Present where the user was verified in an earlier command.
    pub user_verify_token: Option<UserVerifyToken>,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

impl RegisterCommand {
    const ORDER: [u16; 7] = [
        tags::AUTHENTICATOR_INDEX,
        tags::APPID,
        tags::FINAL_CHALLENGE_HASH,
        tags::USERNAME,
        tags::ATTESTATION_TYPE,
        tags::KEYHANDLE_ACCESS_TOKEN,
        tags::USERVERIFY_TOKEN,
    ];

    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read_in_order(element, &Self::ORDER, &[])?;
        let username = elements.required(tags::USERNAME)?;
        Ok(Self {
            authenticator_index: index(&elements)?,
            app_id: app_id(&elements)?,
            final_challenge_hash: final_challenge_hash(&elements)?,
            username: Username::new(username.text_of(1, limits::COMMAND_USERNAME_BYTES)?)?,
            attestation_type: elements.required(tags::ATTESTATION_TYPE)?.u16()?,
            key_handle_access_token: access_token(&elements)?,
            user_verify_token: verify_token(&elements)?,
            appended,
        })
    }

    pub(super) fn write(&self) -> Result<TlvWriter, ProtocolError> {
        let token = self.user_verify_token.as_ref();
        let writer = TlvWriter::default()
            .put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?
            .put_some(tags::APPID, text(self.app_id.as_ref()))?
            .put(tags::FINAL_CHALLENGE_HASH, self.final_challenge_hash.0.as_bytes())?
            .put(tags::USERNAME, self.username.as_str().as_bytes())?
            .put(tags::ATTESTATION_TYPE, &self.attestation_type.to_le_bytes())?
            .put(
                tags::KEYHANDLE_ACCESS_TOKEN,
                self.key_handle_access_token.as_bytes(),
            )?
            .put_some(tags::USERVERIFY_TOKEN, token.map(UserVerifyToken::as_bytes))?;
        Appended::write_all(&self.appended, writer)
    }
}
