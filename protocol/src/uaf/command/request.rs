//! Commands (Commands §6.1.2, §6.2.1, §6.3.1, §6.4.1, §6.5.1).

use super::appended::{self, Appended};
use super::status::Command;
use super::tokens::{KeyHandleAccessToken, UserVerifyToken};
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::info;
use crate::uaf::assertion::signed_data::TransactionContentHash;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvReader, TlvWriter, error};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{AppId, KeyId, Username};

/// Set in the tag of a response, beside the bits of its command (Commands §4.1).
const RESPONSE: u16 = 0x0200;

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

/// Any command (Commands §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticatorCommand {
    /// 0x3401; holds nothing (Commands §6.1.2).
    GetInfo,
    /// 0x3402
    Register(RegisterCommand),
    /// 0x3403
    Sign(SignCommand),
    /// 0x3404
    Deregister(DeregisterCommand),
    /// 0x3406
    OpenSettings(OpenSettingsCommand),
}

impl Command {
    /// The command's tag.
    #[must_use]
    pub const fn tag(self) -> u16 {
        match self {
            Self::GetInfo => tags::UAFV1_GETINFO_CMD,
            Self::Register => tags::UAFV1_REGISTER_CMD,
            Self::Sign => tags::UAFV1_SIGN_CMD,
            Self::Deregister => tags::UAFV1_DEREGISTER_CMD,
            Self::OpenSettings => tags::UAFV1_OPEN_SETTINGS_CMD,
        }
    }

    /// The tag of the command's response.
    #[must_use]
    pub const fn response_tag(self) -> u16 {
        self.tag() | RESPONSE
    }
}

/// The tag with which to answer `command`, whatever it is: that of the command's response, also
/// for a command of a later specification (0x34xx is answered with 0x36xx, Commands §4.1). What
/// does not begin with a command's tag is answered as GetInfo, because an answer needs some tag.
#[must_use]
pub fn response_tag(command: &[u8]) -> u16 {
    match *command {
        [low, 0x34, ..] => u16::from_le_bytes([low, 0x34]) | RESPONSE,
        _ => tags::UAFV1_GETINFO_CMD_RESPONSE,
    }
}

impl AuthenticatorCommand {
    /// Which command it is.
    #[must_use]
    pub const fn kind(&self) -> Command {
        match self {
            Self::GetInfo => Command::GetInfo,
            Self::Register(_) => Command::Register,
            Self::Sign(_) => Command::Sign,
            Self::Deregister(_) => Command::Deregister,
            Self::OpenSettings(_) => Command::OpenSettings,
        }
    }

    /// Reads one command, its elements in the order of the specification's tables.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] with tag, offset and rule; [`TlvErrorKind::UnknownCommand`] for a
    /// tag of 0x34xx that is none of the five.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let tag = match TlvReader::new(bytes, 0).read_next()? {
            Some(first) => first.tag,
            None => return Err(error(0, 0, TlvErrorKind::Missing)),
        };
        let element = Tlv::read_only(bytes, tag)?;
        match tag {
            tags::UAFV1_GETINFO_CMD => {
                // Commands §6.1.2: the length must be 0.
                element.bytes_of(0, 0)?;
                Ok(Self::GetInfo)
            }
            tags::UAFV1_REGISTER_CMD => RegisterCommand::decode(element).map(Self::Register),
            tags::UAFV1_SIGN_CMD => SignCommand::decode(element).map(Self::Sign),
            tags::UAFV1_DEREGISTER_CMD => DeregisterCommand::decode(element).map(Self::Deregister),
            tags::UAFV1_OPEN_SETTINGS_CMD => OpenSettingsCommand::decode(element).map(Self::OpenSettings),
            0x3400..=0x34FF => Err(element.error(TlvErrorKind::UnknownCommand)),
            _ => Err(element.error(TlvErrorKind::BadValue("is not a command"))),
        }
    }

    /// The command's bytes.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where the receiver would refuse them, for example for a name of more
    /// than 128 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let elements = match self {
            Self::GetInfo => TlvWriter::default(),
            Self::Register(command) => command.write()?,
            Self::Sign(command) => command.write()?,
            Self::Deregister(command) => command.write()?,
            Self::OpenSettings(command) => command.write()?,
        };
        let bytes = elements.wrap(self.kind().tag())?;
        // What the receiver would refuse or read otherwise is the sender's mistake, found here.
        if Self::decode(&bytes)? == *self {
            Ok(bytes)
        } else {
            let rule = "an appended element has the tag of an element of the table";
            Err(error(self.kind().tag(), 0, TlvErrorKind::BadValue(rule)))
        }
    }
}

fn index(elements: &Composite<'_>) -> Result<u8, ProtocolError> {
    let [index] = elements.required(tags::AUTHENTICATOR_INDEX)?.array()?;
    Ok(index)
}

fn app_id(elements: &Composite<'_>) -> Result<Option<AppId>, ProtocolError> {
    let Some(element) = elements.optional(tags::APPID) else {
        return Ok(None);
    };
    let text = element.text_of(1, limits::COMMAND_APP_ID_BYTES)?;
    Ok(Some(AppId::new(text)?))
}

fn access_token(elements: &Composite<'_>) -> Result<KeyHandleAccessToken, ProtocolError> {
    KeyHandleAccessToken::decode(elements.required(tags::KEYHANDLE_ACCESS_TOKEN)?)
}

fn verify_token(elements: &Composite<'_>) -> Result<Option<UserVerifyToken>, ProtocolError> {
    elements
        .optional(tags::USERVERIFY_TOKEN)
        .map(UserVerifyToken::decode)
        .transpose()
}

fn text(app_id: Option<&AppId>) -> Option<&[u8]> {
    app_id.map(|app_id| app_id.as_str().as_bytes())
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

    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
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

    fn write(&self) -> Result<TlvWriter, ProtocolError> {
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

    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
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

    fn write(&self) -> Result<TlvWriter, ProtocolError> {
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

/// The final challenge's hash, by whichever function the authenticator's algorithm has.
fn final_challenge_hash(elements: &Composite<'_>) -> Result<FinalChallengeHash, ProtocolError> {
    info::hash_value(&elements.required(tags::FINAL_CHALLENGE_HASH)?, None).map(FinalChallengeHash)
}

impl DeregisterCommand {
    const ORDER: [u16; 4] = [
        tags::AUTHENTICATOR_INDEX,
        tags::APPID,
        tags::KEYID,
        tags::KEYHANDLE_ACCESS_TOKEN,
    ];

    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
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

    fn write(&self) -> Result<TlvWriter, ProtocolError> {
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
    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read_in_order(element, &[tags::AUTHENTICATOR_INDEX], &[])?;
        Ok(Self {
            authenticator_index: index(&elements)?,
            appended,
        })
    }

    fn write(&self) -> Result<TlvWriter, ProtocolError> {
        let writer = TlvWriter::default().put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?;
        Appended::write_all(&self.appended, writer)
    }
}
