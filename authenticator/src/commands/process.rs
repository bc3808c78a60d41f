//! TLV around the commands (Commands §6): what an ASM that is not this crate's sends and gets.

use std::fmt::Display;

use smile_protocol::ProtocolError;
use smile_protocol::error::TlvErrorKind;
use smile_protocol::uaf::command::{
    AuthenticatorCommand, CommandOutcome, CommandResponse, CommandStatusCode, RegisterOutput, SignOutput,
    response_tag,
};

use super::check;
use super::deregister::deregister;
use super::get_info::get_info;
use super::register::register;
use super::sign::{Signed, sign};
use crate::asm::CallerId;
use crate::authenticator::{Authenticator, Presence};
use crate::error::AuthenticatorError;

/// Answers one command. There is always an answer, and its tag is the command's. `note` hears why one is refused, which
/// the answer does not say.
pub(crate) fn process(
    authenticator: &mut Authenticator,
    command: &[u8],
    presence: &mut Presence<'_>,
    note: &mut dyn FnMut(&dyn Display),
) -> Vec<u8> {
    let response = match AuthenticatorCommand::decode(command) {
        Ok(command) => match run(authenticator, command, presence) {
            Ok(outcome) => CommandResponse::ok(outcome),
            Err(error) => {
                note(&error);
                CommandResponse::failed(error.command_status())
            }
        },
        Err(error) => {
            note(&error);
            CommandResponse::failed(refusal(&error))
        }
    };
    let tag = response_tag(command);
    response.encode(tag).unwrap_or_else(|_too_long| {
        CommandResponse::failed(CommandStatusCode::ErrUnknown)
            .encode(tag)
            .expect("a status takes ten bytes")
    })
}

/// Commands §6: a command that cannot be parsed has invalid parameters; one of another specification is not
/// supported.
fn refusal(error: &ProtocolError) -> CommandStatusCode {
    match error {
        ProtocolError::Tlv {
            kind: TlvErrorKind::UnknownCommand,
            ..
        } => CommandStatusCode::CmdNotSupported,
        _ => CommandStatusCode::ParamsInvalid,
    }
}

fn run(
    authenticator: &mut Authenticator,
    command: AuthenticatorCommand,
    presence: &mut Presence<'_>,
) -> Result<CommandOutcome, AuthenticatorError> {
    match command {
        AuthenticatorCommand::GetInfo => Ok(CommandOutcome::Info(vec![get_info(authenticator)])),
        AuthenticatorCommand::Register(command) => {
            let assertion = register(authenticator, command, &CallerId::of_commands(), presence)?;
            Ok(CommandOutcome::Registered(RegisterOutput {
                assertion: assertion.encode()?,
                // Stored inside (Commands §6.2.4).
                key_handle: None,
            }))
        }
        AuthenticatorCommand::Sign(command) => Ok(CommandOutcome::Signed(
            match sign(authenticator, &command, presence)? {
                Signed::Assertion(assertion) => SignOutput::Assertion(assertion.encode()?),
                Signed::Accounts(accounts) => SignOutput::Accounts(accounts),
            },
        )),
        AuthenticatorCommand::Deregister(command) => {
            deregister(authenticator, &command)?;
            Ok(CommandOutcome::Deregistered)
        }
        AuthenticatorCommand::OpenSettings(command) => {
            check(command.authenticator_index, &command.appended, &[])?;
            // Commands §6.5: the app has settings, the authenticator has none.
            Err(AuthenticatorError::SettingsNotSupported)
        }
    }
}
