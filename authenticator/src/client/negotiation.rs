//! Which object of a message is answered, and in which version the ASM is asked (UAF §3.3).

#[cfg(test)]
mod tests;

use smile_protocol::ProtocolError;
use smile_protocol::error::FieldRule;
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::message::{UafRequest, decode_request};

use crate::asm::ASM_VERSIONS;
use crate::error::AuthenticatorError;

/// The one request of a message that a client answers: of the highest version that both sides speak.
///
/// Whoever asks the user before the client answers reads the question from this, and hands this to
/// [`UafClient::process_negotiated`](super::UafClient::process_negotiated): then the request that was asked about is the
/// one that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegotiatedRequest(UafRequest);

impl NegotiatedRequest {
    /// Reads a message (a JSON array with one request per protocol version, at most 64 KiB) and picks.
    ///
    /// # Errors
    /// As [`UafClient::process`](super::UafClient::process) for a message that does not decode or has no version in
    /// common; [`AuthenticatorError::Message`] for one whose requests are of different operations.
    pub fn of(uaf_message: &str) -> Result<Self, AuthenticatorError> {
        let requests = decode_request(uaf_message).map_err(super::from_decoding)?;
        negotiate(requests, &ASM_VERSIONS).map(Self)
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &UafRequest {
        &self.0
    }

    pub(super) fn into_request(self) -> UafRequest {
        self.0
    }
}

/// FC_Version_Set: pairs of upv and asmVersion. ASM 1.1 reads all that ASM 1.0 reads, so it serves UAF 1.0
/// as well; an ASM of version 1.0 knows nothing of UAF 1.1.
const CLIENT_VERSIONS: [(Upv, Upv); 3] = [
    (Upv::V1_0, Upv::V1_0),
    (Upv::V1_0, Upv::V1_1),
    (Upv::V1_1, Upv::V1_1),
];

/// The pair to use: of those that message and authenticator share the one with the highest upv, and of these
/// the one with the highest asmVersion.
fn highest_common(message: &[Upv], asm_versions: &[Upv]) -> Option<(Upv, Upv)> {
    CLIENT_VERSIONS
        .into_iter()
        .filter(|(upv, asm_version)| message.contains(upv) && asm_versions.contains(asm_version))
        .max()
}

/// The request of the version to use. The asmVersion only chooses the pair: in this process the ASM is
/// called by functions, which have no version.
fn negotiate(requests: Vec<UafRequest>, asm_versions: &[Upv]) -> Result<UafRequest, AuthenticatorError> {
    one_operation(&requests)?;
    let offered: Vec<Upv> = requests.iter().map(|request| request.header().upv).collect();
    let (upv, _) = highest_common(&offered, asm_versions).ok_or(AuthenticatorError::UnsupportedVersion)?;
    requests
        .into_iter()
        .find(|request| request.header().upv == upv)
        .ok_or(AuthenticatorError::UnsupportedVersion)
}

/// The objects of a message are one request in several versions (UAF §3.3): which version is answered must not decide
/// what is done.
fn one_operation(requests: &[UafRequest]) -> Result<(), AuthenticatorError> {
    let mut ops = requests.iter().map(|request| request.header().op);
    let first = ops.next();
    match ops.position(|op| Some(op) != first) {
        None => Ok(()),
        Some(at) => Err(AuthenticatorError::Message(ProtocolError::Field {
            field: format!("[{}].header.op", at + 1),
            rule: FieldRule::Other("has to be the operation of the other requests of the message"),
        })),
    }
}
