//! Authenticator commands and what comes back (Commands §6).

use smile_protocol::ProtocolError;
use smile_protocol::uaf::command::{AuthenticatorCommand, Command, CommandResponse, response_tag};

use super::check::refusal_of_bytes;
use crate::target::Verdict;

const KINDS: [Command; 5] = [
    Command::GetInfo,
    Command::Register,
    Command::Sign,
    Command::Deregister,
    Command::OpenSettings,
];

/// Commands keep their elements in order and carry what is unknown, so that one is written as it came.
pub fn command(data: &[u8]) -> Verdict {
    let read = AuthenticatorCommand::decode(data).map_err(|error| refused(&error, data))?;
    assert_eq!(read.encode().as_deref(), Ok(data));
    assert_eq!(response_tag(data), read.kind().response_tag());
    Ok(())
}

/// A response, accepted where it is one to a command of some kind. Its elements come in any order.
pub fn response(data: &[u8]) -> Verdict {
    let mut verdict = Err(String::new());
    for kind in KINDS {
        let read = CommandResponse::decode(data, kind);
        if let Ok(response) = &read {
            let written = response.encode(kind.response_tag()).expect("it was read");
            assert!(
                written.len() <= data.len(),
                "{} bytes of {}",
                written.len(),
                data.len()
            );
            assert_eq!(CommandResponse::decode(&written, kind).as_ref(), Ok(response));
        }
        verdict = verdict.or(read.map(drop).map_err(|error| refused(&error, data)));
    }
    verdict
}

/// What is inside an element can be wrong as a value too, for example a name of too many characters.
fn refused(error: &ProtocolError, data: &[u8]) -> String {
    match error {
        ProtocolError::Field { .. } => error.to_string(),
        _ => refusal_of_bytes(error, data, usize::MAX),
    }
}
