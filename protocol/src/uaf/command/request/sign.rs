//! Sign (Commands §6.3.1).

use super::{access_token, app_id, final_challenge_hash, index, text, verify_token};
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::info;
use crate::uaf::assertion::signed_data::TransactionContentHash;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::command::appended::{self, Appended};
use crate::uaf::command::tokens::{KeyHandleAccessToken, UserVerifyToken};
use crate::uaf::identity::AppId;

/// What a Sign command says of a transaction (Commands §6.3.1); one element or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionInput {
    /// `TAG_TRANSACTION_CONTENT`: what the authenticator shows.
    Content(Vec<u8>),
    /// `TAG_TRANSACTION_CONTENT_HASH`: for authenticators that can show nothing.
    ContentHash(TransactionContentHash),
}

/// Sign (Commands §6.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignCommand {
    /// Which authenticator of the device.
    pub authenticator_index: u8,
    /// The application; authenticators that show it need it.
    pub app_id: Option<AppId>,
    /// The hash of the transmitted `fcParams`.
    pub final_challenge_hash: FinalChallengeHash,
    /// Present in transaction confirmations.
    pub transaction: Option<TransactionInput>,
    /// The ASM's proof that the keys are its own.
    pub key_handle_access_token: KeyHandleAccessToken,
    /// Present where the user was verified in an earlier command.
    pub user_verify_token: Option<UserVerifyToken>,
    /// Key handles, at most 255 of 1 to 2048 bytes each; KeyIDs where the authenticator stores
    /// its keys itself.
    pub key_handles: Vec<Vec<u8>>,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

impl SignCommand {
    const ORDER: [u16; 8] = [
        tags::AUTHENTICATOR_INDEX,
        tags::APPID,
        tags::FINAL_CHALLENGE_HASH,
        tags::TRANSACTION_CONTENT,
        tags::TRANSACTION_CONTENT_HASH,
        tags::KEYHANDLE_ACCESS_TOKEN,
        tags::USERVERIFY_TOKEN,
        tags::KEYHANDLE,
    ];

    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read_in_order(element, &Self::ORDER, &[tags::KEYHANDLE])?;
        let handles: Vec<Tlv<'_>> = elements.repeated(tags::KEYHANDLE).collect();
        if let Some(surplus) = handles.get(limits::KEY_HANDLES) {
            return Err(surplus.error(TlvErrorKind::BadValue("a command takes at most 255 key handles")));
        }
        let handle = |handle: &Tlv<'_>| -> Result<Vec<u8>, ProtocolError> {
            Ok(handle.bytes_of(1, limits::KEY_HANDLE_BYTES)?.to_vec())
        };
        Ok(Self {
            authenticator_index: index(&elements)?,
            app_id: app_id(&elements)?,
            final_challenge_hash: final_challenge_hash(&elements)?,
            transaction: TransactionInput::of(&elements)?,
            key_handle_access_token: access_token(&elements)?,
            user_verify_token: verify_token(&elements)?,
            key_handles: handles.iter().map(handle).collect::<Result<_, _>>()?,
            appended,
        })
    }

    pub(super) fn write(&self) -> Result<TlvWriter, ProtocolError> {
        let mut writer = TlvWriter::default()
            .put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?
            .put_some(tags::APPID, text(self.app_id.as_ref()))?
            .put(tags::FINAL_CHALLENGE_HASH, self.final_challenge_hash.0.as_bytes())?;
        writer = match &self.transaction {
            Some(TransactionInput::Content(content)) => writer.put(tags::TRANSACTION_CONTENT, content)?,
            Some(TransactionInput::ContentHash(hash)) => {
                writer.put(tags::TRANSACTION_CONTENT_HASH, hash.0.as_bytes())?
            }
            None => writer,
        };
        let token = self.user_verify_token.as_ref();
        writer = writer
            .put(
                tags::KEYHANDLE_ACCESS_TOKEN,
                self.key_handle_access_token.as_bytes(),
            )?
            .put_some(tags::USERVERIFY_TOKEN, token.map(UserVerifyToken::as_bytes))?;
        for handle in &self.key_handles {
            writer = writer.put(tags::KEYHANDLE, handle)?;
        }
        Appended::write_all(&self.appended, writer)
    }
}

impl TransactionInput {
    fn of(elements: &Composite<'_>) -> Result<Option<Self>, ProtocolError> {
        let content = elements.optional(tags::TRANSACTION_CONTENT);
        let hash = elements.optional(tags::TRANSACTION_CONTENT_HASH);
        match (content, hash) {
            // Commands §6.3.1: mutually exclusive.
            (Some(_), Some(hash)) => {
                let rule = "and the transaction's content exclude each other";
                Err(hash.error(TlvErrorKind::BadValue(rule)))
            }
            (Some(content), None) => {
                let content = content.bytes_of(0, limits::TRANSACTION_CONTENT_BYTES)?;
                Ok(Some(Self::Content(content.to_vec())))
            }
            (None, Some(hash)) => {
                let hash = info::hash_value(&hash, None).map(TransactionContentHash)?;
                Ok(Some(Self::ContentHash(hash)))
            }
            (None, None) => Ok(None),
        }
    }
}
