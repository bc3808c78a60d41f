//! What the strict decoders say of authenticator commands and their responses (Commands §6).

use crate::error::ProtocolError;
use crate::uaf::assertion::authentication::AuthenticationAssertion;
use crate::uaf::assertion::registration::RegistrationAssertion;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{HEADER_BYTES, TlvReader, error};
use crate::uaf::command::{AuthenticatorCommand, Command, CommandResponse};

/// The commands; each has a response of its own.
const COMMANDS: [Command; 5] = [
    Command::GetInfo,
    Command::Register,
    Command::Sign,
    Command::Deregister,
    Command::OpenSettings,
];

/// Reads a command or a response as exactly what its first tag says, and the assertion in a response with it.
pub(super) fn check(bytes: &[u8]) -> Result<(), ProtocolError> {
    let tag = TlvReader::new(bytes, 0).read_next()?.map(|first| first.tag);
    let answered = COMMANDS
        .into_iter()
        .find(|command| Some(command.response_tag()) == tag);
    let Some(command) = answered else {
        return AuthenticatorCommand::decode(bytes).map(drop);
    };
    CommandResponse::decode(bytes, command)?;
    check_assertion(bytes, command)
}

/// The assertion inside a response, where it is of the scheme that is read here.
fn check_assertion(bytes: &[u8], command: Command) -> Result<(), ProtocolError> {
    let mut reader = TlvReader::new(bytes, 0);
    let Some(response) = reader.read_next()? else {
        return Ok(());
    };
    let mut elements = response.children();
    while let Some(element) = elements.read_next()? {
        if element.tag != tags::AUTHENTICATOR_ASSERTION
            || super::Kind::of_tlv(element.value) == super::Kind::Unknown
        {
            continue;
        }
        let outcome = match command {
            Command::Register => RegistrationAssertion::decode(element.value).map(drop),
            _ => AuthenticationAssertion::decode(element.value).map(drop),
        };
        outcome.map_err(|inner| match inner {
            ProtocolError::Tlv { tag, offset, kind } => {
                error(tag, element.offset + HEADER_BYTES + offset, kind)
            }
            other => other,
        })?;
    }
    Ok(())
}
