//! TLS for what this program asks of others: relying parties, and lists of facets. The only module that knows a TLS
//! library (docs/decisions/0009-tls.md); the agent itself serves loopback in the clear.
//!
//! TLS 1.2 and 1.3, no client certificate, no session is resumed: two visits cannot be told to be of one visitor by what
//! TLS sends. Whoever is trusted is named by the machine, and by `--ca`.

mod error;
mod handshake;
mod transport;
mod trust;

use std::time::Duration;

use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};

pub use error::TlsError;
use transport::TlsConnector;
pub use trust::Trust;

/// Asks over HTTP/1.1: https with TLS, http in the clear. Follows no redirect, uses no proxy, keeps no connection, and
/// returns every status as an answer. Everything together may take `timeout`.
#[must_use]
pub fn http_client(trust: &Trust, timeout: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        // Where a redirect may lead is for the client of FIDO to judge.
        .max_redirects(0)
        .timeout_global(Some(timeout))
        .proxy(None)
        .max_idle_connections(0)
        .build();
    let connector = TcpConnector::default().chain(TlsConnector::of(trust.clone()));
    ureq::Agent::with_parts(config, connector, DefaultResolver::default())
}

/// Why TLS failed, where it was TLS that failed.
#[must_use]
pub fn cause(error: &ureq::Error) -> Option<&TlsError> {
    match error {
        ureq::Error::Other(cause) => cause.downcast_ref(),
        _ => None,
    }
}
