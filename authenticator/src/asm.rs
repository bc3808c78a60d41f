//! The authenticator-specific module: which key belongs to which application, and the token that keeps
//! one application from using another's (ASM §3, §6.1).
//!
//! Its requests are functions of values, which the FIDO client in this crate calls; [`Asm`] puts the JSON of
//! ASM §3 around the same functions, for clients that are reached over an operating system's channel.

mod caller;
mod requests;
#[cfg(test)]
mod tests;
mod token;

use smile_face::Camera;
use smile_protocol::uaf::asm::{
    AsmOperation, AsmOutput, AsmRequest, AsmResponse, AsmStatusCode, AssertionOut,
};
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::command::{Command, USER_VERIFICATION_INDEX};
use smile_protocol::uaf::header::{Extension, Upv};

use crate::authenticator::{Authenticator, Presence};
use crate::error::AuthenticatorError;
use crate::transaction::TransactionDisplay;

pub use crate::registrations::Registration;
pub use caller::CallerId;
pub(crate) use requests::{
    authenticate, deregister, get_info, key_ids, open_settings, register, registrations, usable_key_ids,
};
pub(crate) use token::{erase_token, renew_tokens};

/// Versions of the ASM interface that are spoken, oldest first: UAF 1.0's and UAF 1.1's.
pub const ASM_VERSIONS: [Upv; 2] = [Upv::V1_0, Upv::V1_1];

/// Whether a request asks for the user verification index (Registry §4.1).
pub(crate) fn asks_for_index(exts: &[Extension]) -> bool {
    exts.iter()
        .any(|extension| extension.id == USER_VERIFICATION_INDEX)
}

/// The ASM as one FIDO client sees it: ASMRequest in, ASMResponse out.
pub struct Asm<'a> {
    authenticator: &'a mut Authenticator,
    caller: CallerId,
}

impl<'a> Asm<'a> {
    /// For the client that the platform names `caller`. Keys registered through one client do not exist for
    /// another (ASM §6).
    pub fn new(authenticator: &'a mut Authenticator, caller: CallerId) -> Self {
        Self {
            authenticator,
            caller,
        }
    }

    /// Answers one ASMRequest (JSON of at most 64 KiB, ASM §3.3) with an ASMResponse (ASM §3.4). There is
    /// always an answer: what is no request, or of a version that is not spoken, is answered with
    /// `UAF_ASM_STATUS_ERROR`, and an index that names no authenticator with
    /// `UAF_ASM_STATUS_AUTHENTICATOR_DISCONNECTED`.
    pub fn process(
        &mut self,
        asm_request: &str,
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> String {
        let Ok(request) = AsmRequest::decode(asm_request) else {
            return AsmResponse::failed(AsmStatusCode::Error).encode();
        };
        // ASM §3.5: GetInfo is asked before the client knows a version.
        let version = request.asm_version.unwrap_or(Upv::V1_1);
        if !ASM_VERSIONS.contains(&version) {
            return AsmResponse::failed(AsmStatusCode::Error).encode();
        }
        let command = command_of(&request.operation);
        let response = match self.run(request, &mut Presence { camera, display }) {
            Ok(output) => AsmResponse::ok(output),
            Err(error) => AsmResponse::failed(error.asm_status(command).in_version(version)),
        };
        response.encode()
    }

    fn run(
        &mut self,
        request: AsmRequest,
        presence: &mut Presence<'_>,
    ) -> Result<AsmOutput, AuthenticatorError> {
        // ASM §3.6.3 and others, step 1: locate the authenticator.
        if let Some(index) = request.authenticator_index {
            requests::locate(index)?;
        }
        let with_index = asks_for_index(&request.exts);
        let (authenticator, caller) = (&mut *self.authenticator, &self.caller);
        match request.operation {
            AsmOperation::GetInfo => Ok(AsmOutput::Authenticators(vec![get_info(authenticator)])),
            AsmOperation::Register(arguments) => {
                let assertion = register(authenticator, caller, arguments, with_index, presence)?;
                Ok(assertion_out(&assertion.encode()?))
            }
            AsmOperation::Authenticate(arguments) => {
                let assertion = authenticate(authenticator, caller, arguments, with_index, presence)?;
                Ok(assertion_out(&assertion.encode()?))
            }
            AsmOperation::Deregister(arguments) => {
                deregister(authenticator, caller, &arguments)?;
                Ok(AsmOutput::Nothing)
            }
            AsmOperation::GetRegistrations => {
                Ok(AsmOutput::Registrations(registrations(authenticator, caller)?))
            }
            AsmOperation::OpenSettings => {
                open_settings()?;
                Ok(AsmOutput::Nothing)
            }
        }
    }
}

/// The authenticator command behind a request, by which statuses are mapped (ASM §3.2.2).
fn command_of(operation: &AsmOperation) -> Command {
    match operation {
        AsmOperation::Register(_) => Command::Register,
        AsmOperation::Authenticate(_) => Command::Sign,
        AsmOperation::Deregister(_) => Command::Deregister,
        AsmOperation::OpenSettings => Command::OpenSettings,
        AsmOperation::GetInfo | AsmOperation::GetRegistrations => Command::GetInfo,
    }
}

fn assertion_out(assertion: &[u8]) -> AsmOutput {
    AsmOutput::Assertion(AssertionOut {
        assertion: smile_protocol::base64url::encode(assertion),
        assertion_scheme: UAFV1TLV.to_owned(),
    })
}
