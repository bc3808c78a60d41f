//! Commands (Commands §6.1.2, §6.2.1, §6.3.1, §6.4.1, §6.5.1).

mod deregister;
mod register;
mod sign;

pub use deregister::{DeregisterCommand, OpenSettingsCommand};
pub use register::RegisterCommand;
pub use sign::{SignCommand, TransactionInput};

use super::status::Command;
use super::tokens::{KeyHandleAccessToken, UserVerifyToken};
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvReader, TlvWriter, error};
use crate::uaf::assertion::{info, tags};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::AppId;

/// Set in the tag of a response, beside the bits of its command (Commands §4.1).
const RESPONSE: u16 = 0x0200;

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

/// The final challenge's hash, by whichever function the authenticator's algorithm has.
fn final_challenge_hash(elements: &Composite<'_>) -> Result<FinalChallengeHash, ProtocolError> {
    info::hash_value(&elements.required(tags::FINAL_CHALLENGE_HASH)?, None).map(FinalChallengeHash)
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
