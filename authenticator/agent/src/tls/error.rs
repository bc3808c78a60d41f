//! Why a server is not spoken to.

use std::path::PathBuf;

use rustls::Error;
use rustls::error::{AlertDescription, CertificateError};

/// Why there is no TLS with a server. Nothing was said to it then but the greeting.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The machine's list of authorities is not there, and no other was named.
    #[error("this machine has no list of trusted authorities that is known here; name one with --ca FILE")]
    NoAuthorities,
    /// A list of authorities cannot be read.
    #[error("{}: {rule}", file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        rule: String,
    },
    /// What answers there does not speak TLS.
    #[error("what answers there does not speak TLS")]
    NotTls,
    /// The server has neither TLS 1.2 nor TLS 1.3.
    #[error("the server speaks neither TLS 1.2 nor TLS 1.3")]
    Version,
    /// The connection ended without TLS's own end (RFC 8446 §6.1).
    #[error("the connection was cut off")]
    CutOff,
    /// The certificate's issuer is itself, and nobody trusts it.
    #[error("the server's certificate is signed by itself; --ca FILE would trust an authority of your own")]
    SelfSigned,
    /// No authority that is trusted vouches for the certificate.
    #[error("no authority that is trusted here vouches for the server's certificate; --ca FILE adds one")]
    UnknownAuthority,
    /// The certificate is another server's.
    #[error("the server's certificate is for another name ({presented})")]
    Name {
        /// The names that it is for.
        presented: String,
    },
    /// The certificate's time is over.
    #[error("the server's certificate has expired")]
    Expired,
    /// The certificate's time has not come; or the clock of this machine is wrong.
    #[error("the server's certificate is not valid yet")]
    NotValidYet,
    /// The certificate, or one above it, breaks another rule (RFC 5280).
    #[error("the server's certificate was refused: {0}")]
    Certificate(String),
    /// Anything else.
    #[error("TLS: {0}")]
    Failed(String),
}

impl TlsError {
    /// Of what the library said. `is_self_signed`: the certificate that was shown names itself as its issuer.
    pub(super) fn of(error: &Error, is_self_signed: bool) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(error, is_self_signed),
            Error::InvalidMessage(_) => Self::NotTls,
            Error::AlertReceived(AlertDescription::ProtocolVersion) => Self::Version,
            Error::PeerIncompatible(rustls::error::PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
                Self::Version
            }
            other => Self::Failed(printable(&other.to_string())),
        }
    }

    fn of_certificate(error: &CertificateError, is_self_signed: bool) -> Self {
        use CertificateError as E;
        match error {
            E::Expired | E::ExpiredContext { .. } => Self::Expired,
            E::NotValidYet | E::NotValidYetContext { .. } => Self::NotValidYet,
            E::NotValidForName => Self::Name {
                presented: "none".to_owned(),
            },
            E::NotValidForNameContext { presented, .. } => Self::Name {
                presented: printable(&presented.join(", ")),
            },
            // Of an authority that shows its own certificate as a server's, webpki says that it is no server's.
            _ if is_self_signed => Self::SelfSigned,
            E::UnknownIssuer => Self::UnknownAuthority,
            other => Self::Certificate(printable(&other.to_string())),
        }
    }
}

impl From<TlsError> for ureq::Error {
    fn from(error: TlsError) -> Self {
        Self::Other(Box::new(error))
    }
}

/// What a stranger wrote into a certificate, without anything that could move a terminal's cursor, and not too long.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
