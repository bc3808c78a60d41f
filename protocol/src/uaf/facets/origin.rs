//! The scheme, host and port of an https URL (RFC 6454), as far as facets need it.

use std::fmt;

/// The port that https uses when none is written.
const HTTPS_PORT: u16 = 443;

/// An https origin: host in lower case, and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of `url`, or `None` unless it is an https URL with a plain host name or
    /// address. User name, path, query and fragment are discarded (Facets §3.1.2).
    pub(super) fn of_https(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let host_and_port = authority.rsplit('@').next()?;
        let (host, port) = split_port(host_and_port)?;
        let port = match port {
            None | Some("") => HTTPS_PORT,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        let address = host.starts_with('[');
        let plain = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' => true,
            b'-' | b'_' => !address,
            b':' | b'[' | b']' => address,
            _ => false,
        };
        let usable = !host.is_empty() && host.bytes().all(plain);
        usable.then(|| Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The host, lower case; IPv6 addresses in brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

/// Splits at the colon before the port; colons inside brackets belong to an IPv6 address.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if !text.starts_with('[') {
        return Some(
            text.split_once(':')
                .map_or((text, None), |(host, port)| (host, Some(port))),
        );
    }
    let end = text.find(']')? + 1;
    let (host, rest) = text.split_at(end);
    if rest.is_empty() {
        Some((host, None))
    } else {
        Some((host, Some(rest.strip_prefix(':')?)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "https://{}", self.host)?;
        if self.port == HTTPS_PORT {
            Ok(())
        } else {
            write!(out, ":{}", self.port)
        }
    }
}
