//! The handshake of a client (RFC 8446 §2, RFC 5246 §7.3) over anything that can be read and written.

use std::io::{Read, Write};
use std::sync::Arc;

use der::Decode;
use rustls::client::ClientHandshake;
use rustls::crypto::Identity;
use rustls::pki_types::ServerName;
use rustls::split::SplitConnection;
use rustls::{ClientConfig, ClientSide, VecInput};
use x509_cert::Certificate;

use super::TlsError;

/// A connection whose other end was proved to be the server of that name.
pub struct Proved {
    /// Encrypts and decrypts.
    pub connection: SplitConnection<ClientSide>,
    /// What came behind the handshake.
    pub input: VecInput,
}

/// Proves that the other end of `wire` is `server`.
///
/// # Errors
/// [`TlsError`] in [`ureq::Error::Other`], or that of `wire`.
pub fn shake_hands(
    config: &Arc<ClientConfig>,
    server: ServerName<'static>,
    wire: &mut (impl Read + Write),
) -> Result<Proved, ureq::Error> {
    let mut input = VecInput::default();
    let mut answer = Vec::new();
    let begun = config.connect(server).start_handshake(&mut answer);
    let mut state = ClientHandshake::NeedsInput(begun.map_err(|error| TlsError::of(&error, false))?);
    let mut is_self_signed = false;
    // Behind the certificate more of the same flight may have come.
    let mut has_more = false;
    loop {
        wire.write_all(&answer)?;
        answer.clear();
        let next = match state {
            ClientHandshake::NeedsInput(waiting) => {
                if !std::mem::take(&mut has_more) && input.read(wire)? == 0 {
                    return Err(TlsError::CutOff.into());
                }
                waiting.process(&mut input, &mut answer)
            }
            ClientHandshake::VerifyServerIdentity(shown) => {
                is_self_signed = shown
                    .presented_identity()
                    .is_ok_and(|shown| names_itself_as_issuer(shown.identity));
                has_more = true;
                shown.with_config(&mut answer)
            }
            ClientHandshake::Complete(connection) => return Ok(Proved { connection, input }),
            _ => return Err(TlsError::Failed("a step that is not known here".to_owned()).into()),
        };
        match next {
            Ok(next) => state = next,
            Err(error) => {
                // The alert that says why. A server that has gone needs none.
                wire.write_all(&answer).ok();
                return Err(TlsError::of(&error, is_self_signed).into());
            }
        }
    }
}

fn names_itself_as_issuer(identity: &Identity<'_>) -> bool {
    let Identity::X509(shown) = identity else {
        return false;
    };
    Certificate::from_der(&shown.end_entity).is_ok_and(|certificate| {
        let certificate = certificate.tbs_certificate();
        certificate.issuer() == certificate.subject()
    })
}
