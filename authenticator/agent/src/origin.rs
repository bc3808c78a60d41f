//! Which web pages may call the agent, and under which names the agent itself may be called.

use std::fmt;
use std::str::FromStr;

use smile_protocol::uaf::identity::FacetId;

/// A web origin as browsers write it in the `Origin` header (RFC 6454 §6.2): exact, never a pattern.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin(String);

/// Why a text is no origin that could be allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OriginError {
    /// `*`, or a part of a name.
    #[error("must be exact: no wildcard")]
    Wildcard,
    /// Every sandboxed page and every file has the origin `null`.
    #[error("`null` is the origin of every sandboxed page")]
    Null,
    /// Without TLS a network can speak in a page's name; loopback has no network.
    #[error("must begin with https://, or with http:// and localhost, 127.0.0.1 or [::1]")]
    Scheme,
    /// A browser never sends it.
    #[error(
        "must be scheme, host and, if it is not the scheme's own, port, in lower case and with nothing behind"
    )]
    Form,
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.contains('*') {
            return Err(OriginError::Wildcard);
        }
        if text == "null" {
            return Err(OriginError::Null);
        }
        let (authority, own_port, only_loopback) = match text.split_once("://") {
            Some(("https", authority)) => (authority, 443, false),
            Some(("http", authority)) => (authority, 80, true),
            _ => return Err(OriginError::Scheme),
        };
        let (host, port) = split_port(authority).ok_or(OriginError::Form)?;
        if !is_host(host) || port == Some(own_port) {
            return Err(OriginError::Form);
        }
        if only_loopback && !LOOPBACK_NAMES.contains(&host) {
            return Err(OriginError::Scheme);
        }
        Ok(Self(text.to_owned()))
    }
}

/// The names of this machine that cannot lead elsewhere: no resolver is asked for them.
const LOOPBACK_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Host and port of an authority, an IPv6 address with its brackets.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let host_end = authority.find(']').map_or(0, |at| at + 1);
    let Some(colon) = authority[host_end..].find(':').map(|at| at + host_end) else {
        return Some((authority, None));
    };
    let digits = &authority[colon + 1..];
    let port: u16 = digits.parse().ok()?;
    // A sign or a leading zero is no form that a browser writes.
    (port != 0 && port.to_string() == digits).then_some((&authority[..colon], Some(port)))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    !host.is_empty() && host.bytes().all(legal) && host.split('.').all(|label| !label.is_empty())
}

impl Origin {
    /// As a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the origin is to FIDO: its own facet (Facets §3.1.1).
    #[must_use]
    pub fn facet_id(&self) -> FacetId {
        FacetId::new(self.0.as_str()).expect("an origin is shorter than the longest facet")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The origins that may speak to the agent.
#[derive(Clone, Default, Debug)]
pub struct AllowedOrigins(Vec<Origin>);

impl AllowedOrigins {
    /// A list of exact origins.
    #[must_use]
    pub fn new(origins: Vec<Origin>) -> Self {
        Self(origins)
    }

    /// The entry that an `Origin` header names, byte for byte.
    #[must_use]
    pub fn find(&self, header: &str) -> Option<&Origin> {
        self.0.iter().find(|origin| origin.as_str() == header)
    }

    /// All entries.
    #[must_use]
    pub fn all(&self) -> &[Origin] {
        &self.0
    }
}

/// The names under which the agent may be called: loopback with its own port. A name of somebody else's that leads to
/// loopback (DNS rebinding) is none of them.
#[derive(Clone, Copy, Debug)]
pub struct OwnNames {
    port: u16,
}

impl OwnNames {
    /// The names of the agent that listens on `port`.
    #[must_use]
    pub fn of(port: u16) -> Self {
        Self { port }
    }

    /// Whether a `Host` header names this agent.
    #[must_use]
    pub fn accept(self, host: &str) -> bool {
        match split_port(host) {
            Some((name, port)) => LOOPBACK_NAMES.contains(&name) && port.unwrap_or(80) == self.port,
            None => false,
        }
    }

    /// The address that is printed and handed out.
    #[must_use]
    pub fn url(self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

#[cfg(test)]
mod tests;
