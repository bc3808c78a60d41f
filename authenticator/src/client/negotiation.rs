//! Which object of a message is answered, and in which version the ASM is asked (UAF §3.3).

#[cfg(test)]
mod tests;

use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::message::UafRequest;

use crate::error::AuthenticatorError;

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
pub(super) fn negotiate(
    requests: Vec<UafRequest>,
    asm_versions: &[Upv],
) -> Result<UafRequest, AuthenticatorError> {
    let offered: Vec<Upv> = requests.iter().map(|request| request.header().upv).collect();
    let (upv, _) = highest_common(&offered, asm_versions).ok_or(AuthenticatorError::UnsupportedVersion)?;
    requests
        .into_iter()
        .find(|request| request.header().upv == upv)
        .ok_or(AuthenticatorError::UnsupportedVersion)
}
