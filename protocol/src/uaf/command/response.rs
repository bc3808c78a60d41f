//! Responses (Commands §6.1.3, §6.2.2, §6.3.2, §6.4.2, §6.5.2).

use super::appended::{self, Appended};
use super::information::{API_VERSION, AuthenticatorInfo};
use super::status::{Command, CommandStatus, CommandStatusCode};
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter, error};
use crate::uaf::identity::Username;

/// What Register gives back (Commands §6.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterOutput {
    /// The assertion, 1 to 4096 bytes; how it is written is the assertion scheme's matter.
    pub assertion: Vec<u8>,
    /// The key handle; absent where the authenticator stores it itself.
    pub key_handle: Option<Vec<u8>>,
}

/// One of several keys that could sign (Commands §6.3.2, `TAG_USERNAME_AND_KEYHANDLE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKeyHandle {
    /// The account.
    pub username: Username,
    /// What to send back to choose it.
    pub key_handle: Vec<u8>,
}

/// What Sign gives back (Commands §6.3.2); one or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOutput {
    /// The assertion, 1 to 4096 bytes.
    Assertion(Vec<u8>),
    /// Several keys could sign: at least one account to choose from, and nothing was signed.
    Accounts(Vec<AccountKeyHandle>),
}

/// What a command that succeeded gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandOutcome {
    /// Of GetInfo: the authenticators, possibly none.
    Info(Vec<AuthenticatorInfo>),
    /// Of Register.
    Registered(RegisterOutput),
    /// Of Sign.
    Signed(SignOutput),
    /// Of Deregister.
    Deregistered,
    /// Of OpenSettings.
    SettingsOpened,
}

/// A response. Its status is OK exactly where it carries an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandResponse {
    /// What came of the command, or why nothing did; never OK.
    pub result: Result<CommandOutcome, CommandStatus>,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

impl CommandResponse {
    /// A success.
    #[must_use]
    pub const fn ok(outcome: CommandOutcome) -> Self {
        Self {
            result: Ok(outcome),
            appended: Vec::new(),
        }
    }

    /// A failure.
    #[must_use]
    pub const fn failed(status: CommandStatusCode) -> Self {
        Self {
            result: Err(CommandStatus::Listed(status)),
            appended: Vec::new(),
        }
    }

    /// Reads the response to `command`, its elements in any order.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] with tag, offset and rule.
    pub fn decode(bytes: &[u8], command: Command) -> Result<Self, ProtocolError> {
        let element = Tlv::read_only(bytes, command.response_tag())?;
        let (defined, repeated) = table(command);
        let (elements, appended) = appended::read(element, defined, repeated)?;
        let status = CommandStatus::from_code(elements.required(tags::STATUS_CODE)?.u16()?);
        let result = if status == CommandStatus::Listed(CommandStatusCode::Ok) {
            Ok(outcome(&elements, command)?)
        } else {
            refuse_content(&elements, defined)?;
            Err(status)
        };
        Ok(Self { result, appended })
    }

    /// The response's bytes under `tag`, the one that [`super::response_tag`] gives for the command.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where a value is too long for a TLV, or where a failure says OK.
    pub fn encode(&self, tag: u16) -> Result<Vec<u8>, ProtocolError> {
        let status = match &self.result {
            Ok(_) => CommandStatus::Listed(CommandStatusCode::Ok),
            Err(CommandStatus::Listed(CommandStatusCode::Ok)) => {
                let rule = "says OK without what the command gives back";
                return Err(error(tags::STATUS_CODE, 0, TlvErrorKind::BadValue(rule)));
            }
            Err(status) => *status,
        };
        let mut writer = TlvWriter::default().put(tags::STATUS_CODE, &status.code().to_le_bytes())?;
        if let Ok(outcome) = &self.result {
            writer = outcome.write(writer)?;
        }
        Appended::write_all(&self.appended, writer)?.wrap(tag)
    }
}

/// The elements of the response to `command`, and which of them may occur several times.
const fn table(command: Command) -> (&'static [u16], &'static [u16]) {
    match command {
        Command::GetInfo => (
            &[tags::STATUS_CODE, tags::API_VERSION, tags::AUTHENTICATOR_INFO],
            &[tags::AUTHENTICATOR_INFO],
        ),
        Command::Register => (
            &[tags::STATUS_CODE, tags::AUTHENTICATOR_ASSERTION, tags::KEYHANDLE],
            &[],
        ),
        Command::Sign => (
            &[
                tags::STATUS_CODE,
                tags::USERNAME_AND_KEYHANDLE,
                tags::AUTHENTICATOR_ASSERTION,
            ],
            &[tags::USERNAME_AND_KEYHANDLE],
        ),
        Command::Deregister | Command::OpenSettings => (&[tags::STATUS_CODE], &[]),
    }
}

/// A failure that comes with a key or an assertion says two things at once. The API version may
/// stand in any answer of GetInfo.
fn refuse_content(elements: &Composite<'_>, defined: &[u16]) -> Result<(), ProtocolError> {
    let content = defined
        .iter()
        .filter(|tag| !matches!(**tag, tags::STATUS_CODE | tags::API_VERSION))
        .find_map(|tag| elements.optional(*tag));
    match content {
        Some(element) => Err(element.error(TlvErrorKind::BadValue("stands in a response that failed"))),
        None => Ok(()),
    }
}

fn outcome(elements: &Composite<'_>, command: Command) -> Result<CommandOutcome, ProtocolError> {
    match command {
        Command::GetInfo => {
            let version = elements.required(tags::API_VERSION)?;
            // Commands §6.1.3: must be 0x01; another version's commands are not these.
            if version.array()? != [API_VERSION] {
                return Err(version.error(TlvErrorKind::BadValue("the API version has to be 1")));
            }
            let infos = elements
                .repeated(tags::AUTHENTICATOR_INFO)
                .map(AuthenticatorInfo::decode);
            Ok(CommandOutcome::Info(infos.collect::<Result<_, _>>()?))
        }
        Command::Register => {
            let handle = elements.optional(tags::KEYHANDLE);
            Ok(CommandOutcome::Registered(RegisterOutput {
                assertion: assertion(&elements.required(tags::AUTHENTICATOR_ASSERTION)?)?,
                key_handle: handle.as_ref().map(key_handle).transpose()?,
            }))
        }
        Command::Sign => signed(elements).map(CommandOutcome::Signed),
        Command::Deregister => Ok(CommandOutcome::Deregistered),
        Command::OpenSettings => Ok(CommandOutcome::SettingsOpened),
    }
}

fn signed(elements: &Composite<'_>) -> Result<SignOutput, ProtocolError> {
    let accounts = elements.optional(tags::USERNAME_AND_KEYHANDLE);
    match (elements.optional(tags::AUTHENTICATOR_ASSERTION), accounts) {
        // Commands §6.3.2: if the one is present, the other must not be.
        (Some(assertion), Some(_)) => {
            let rule = "and a list of accounts exclude each other";
            Err(assertion.error(TlvErrorKind::BadValue(rule)))
        }
        (_, Some(_)) => {
            let list = elements.repeated(tags::USERNAME_AND_KEYHANDLE);
            let list = list.map(AccountKeyHandle::decode).collect::<Result<_, _>>()?;
            Ok(SignOutput::Accounts(list))
        }
        (_, None) => {
            let element = elements.required(tags::AUTHENTICATOR_ASSERTION)?;
            Ok(SignOutput::Assertion(assertion(&element)?))
        }
    }
}

fn assertion(element: &Tlv<'_>) -> Result<Vec<u8>, ProtocolError> {
    Ok(element.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec())
}

fn key_handle(element: &Tlv<'_>) -> Result<Vec<u8>, ProtocolError> {
    Ok(element.bytes_of(1, limits::KEY_HANDLE_BYTES)?.to_vec())
}

impl AccountKeyHandle {
    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let inner = Composite::read(element, &[tags::USERNAME, tags::KEYHANDLE], &[])?;
        let username = inner.required(tags::USERNAME)?;
        Ok(Self {
            username: Username::new(username.text_of(1, limits::RESPONSE_USERNAME_BYTES)?)?,
            key_handle: key_handle(&inner.required(tags::KEYHANDLE)?)?,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        TlvWriter::default()
            .put(tags::USERNAME, self.username.as_str().as_bytes())?
            .put(tags::KEYHANDLE, &self.key_handle)?
            .wrap(tags::USERNAME_AND_KEYHANDLE)
    }
}

impl CommandOutcome {
    fn write(&self, writer: TlvWriter) -> Result<TlvWriter, ProtocolError> {
        match self {
            Self::Info(list) => {
                let writer = writer.put(tags::API_VERSION, &[API_VERSION])?;
                list.iter()
                    .try_fold(writer, |writer, info| Ok(writer.raw(&info.encode()?)))
            }
            Self::Registered(output) => writer
                .put(tags::AUTHENTICATOR_ASSERTION, &output.assertion)?
                .put_some(tags::KEYHANDLE, output.key_handle.as_deref()),
            Self::Signed(SignOutput::Assertion(assertion)) => {
                writer.put(tags::AUTHENTICATOR_ASSERTION, assertion)
            }
            Self::Signed(SignOutput::Accounts(accounts)) => accounts
                .iter()
                .try_fold(writer, |writer, account| Ok(writer.raw(&account.encode()?))),
            Self::Deregistered | Self::SettingsOpened => Ok(writer),
        }
    }
}
