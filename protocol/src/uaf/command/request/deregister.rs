//! Deregister and OpenSettings (Commands §6.4.1, §6.5.1).

use super::{access_token, app_id, index, text};
use crate::error::ProtocolError;
use crate::uaf::assertion::info;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Tlv, TlvWriter};
use crate::uaf::command::appended::{self, Appended};
use crate::uaf::command::tokens::KeyHandleAccessToken;
use crate::uaf::identity::{AppId, KeyId};

/// Deregister (Commands §6.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeregisterCommand {
    /// Which authenticator of the device.
    pub authenticator_index: u8,
    /// The application; authenticators that show it need it.
    pub app_id: Option<AppId>,
    /// The key; absent (length 0) means every key under the token.
    pub key_id: Option<KeyId>,
    /// The ASM's proof that the keys are its own.
    pub key_handle_access_token: KeyHandleAccessToken,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

/// OpenSettings (Commands §6.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSettingsCommand {
    /// Which authenticator of the device.
    pub authenticator_index: u8,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

impl DeregisterCommand {
    const ORDER: [u16; 4] = [
        tags::AUTHENTICATOR_INDEX,
        tags::APPID,
        tags::KEYID,
        tags::KEYHANDLE_ACCESS_TOKEN,
    ];

    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read_in_order(element, &Self::ORDER, &[])?;
        let key_id = elements.required(tags::KEYID)?;
        Ok(Self {
            authenticator_index: index(&elements)?,
            app_id: app_id(&elements)?,
            // Commands §6.4.4: of length 0 where every key is meant.
            key_id: if key_id.value.is_empty() {
                None
            } else {
                Some(info::key_id(&elements)?)
            },
            key_handle_access_token: access_token(&elements)?,
            appended,
        })
    }

    pub(super) fn write(&self) -> Result<TlvWriter, ProtocolError> {
        let writer = TlvWriter::default()
            .put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?
            .put_some(tags::APPID, text(self.app_id.as_ref()))?
            .put(tags::KEYID, self.key_id.as_ref().map_or(&[], KeyId::as_bytes))?
            .put(
                tags::KEYHANDLE_ACCESS_TOKEN,
                self.key_handle_access_token.as_bytes(),
            )?;
        Appended::write_all(&self.appended, writer)
    }
}

impl OpenSettingsCommand {
    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read_in_order(element, &[tags::AUTHENTICATOR_INDEX], &[])?;
        Ok(Self {
            authenticator_index: index(&elements)?,
            appended,
        })
    }

    pub(super) fn write(&self) -> Result<TlvWriter, ProtocolError> {
        let writer = TlvWriter::default().put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?;
        Appended::write_all(&self.appended, writer)
    }
}
