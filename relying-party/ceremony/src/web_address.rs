//! Addresses of pages that a browser is led to: absolute, over TLS or on this very machine.

use serde::{Deserialize, Serialize};

use crate::error::CeremonyError;
use crate::limits::WEB_ADDRESS_CHARS_MAX;

/// An absolute address of at most 512 printable ASCII characters: `https`, or `http` on `localhost`, `127.0.0.1` or
/// `[::1]`, which no network carries. It has no fragment, because what follows `#` is for the page alone, and no user
/// name or password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebAddress(String);

/// The names of this machine that no resolver is asked for.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Printable, and still none of what an address has to escape (RFC 3986 §2).
const ESCAPED: &[u8] = b"\"<>\\^`{|}";

impl WebAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`CeremonyError::WebAddressInvalid`].
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        let is_short = (1..=WEB_ADDRESS_CHARS_MAX).contains(&text.len());
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !ESCAPED.contains(&byte) && byte != b'#');
        let found = Self(text.to_owned());
        let is_one = is_short
            && is_plain
            && found
                .host()
                .is_some_and(|host| found.is_https() || LOOPBACK.contains(&host));
        is_one.then_some(found).ok_or(CeremonyError::WebAddressInvalid)
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over TLS; else it lies on this machine.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether nothing follows host and port: a web origin as a browser writes it (RFC 6454 §6.2).
    pub fn is_origin(&self) -> bool {
        let own_port = if self.is_https() { ":443" } else { ":80" };
        let authority = self.authority();
        authority.len() == self.behind_scheme().len()
            && !authority.ends_with(own_port)
            && !authority.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    fn behind_scheme(&self) -> &str {
        let behind = self.0.split_once("://");
        behind.map_or("", |(scheme, rest)| {
            if ["https", "http"].contains(&scheme) {
                rest
            } else {
                ""
            }
        })
    }

    fn authority(&self) -> &str {
        let rest = self.behind_scheme();
        &rest[..rest.find(['/', '?']).unwrap_or(rest.len())]
    }

    /// The host, if authority and port are of their form (RFC 3986 §3.2); no user name, no password.
    fn host(&self) -> Option<&str> {
        let authority = self.authority();
        let host_end = authority.find(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[host_end..].find(':') {
            None => (authority, None),
            Some(at) => (&authority[..host_end + at], Some(&authority[host_end + at + 1..])),
        };
        let port_fits = port.is_none_or(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u16>().is_ok_and(|port| port > 0)
        });
        (port_fits && is_host(host)).then_some(host)
    }
}

/// A name of labels, or an IPv6 address in its brackets. `core` has the form of an address and no socket.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<core::net::Ipv6Addr>().is_ok();
    }
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    host.split('.')
        .all(|label| !label.is_empty() && label.bytes().all(is_legal))
}

impl std::fmt::Display for WebAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WebAddress {
    type Error = CeremonyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<WebAddress> for String {
    fn from(address: WebAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::WebAddress;

    #[test]
    fn each_rule_of_an_address_is_kept() {
        let longest = format!("https://a.example/{}", "x".repeat(512 - 18));
        for good in [
            "https://shop.example",
            "https://shop.example:8443/done?order=A-17&x=%20",
            "https://[2001:db8::1]/",
            "http://localhost:8787/",
            "http://127.0.0.1/back",
            "http://[::1]:8080",
            longest.as_str(),
        ] {
            assert_eq!(WebAddress::parse(good).expect(good).as_str(), good);
        }
        let too_long = format!("{longest}x");
        for bad in [
            "",
            "/back",
            "shop.example",
            "//shop.example/",
            "javascript:alert(1)//https://",
            "ftp://shop.example",
            "HTTPS://shop.example",
            "https://",
            "https:///back",
            "https://shop.example/#top",
            "https://user@shop.example/",
            "https://user:secret@shop.example/",
            "https://shop.example:0/",
            "https://shop.example:+1/",
            "https://shop.example:65536/",
            "https://shop..example/",
            "https://[::1/",
            "https://shop.example\\@evil.example/",
            "https://shop.example/a b",
            "https://shop.example/\u{e9}",
            "https://shop.example/\"",
            "http://shop.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            too_long.as_str(),
        ] {
            assert!(WebAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_as_a_browser_writes_it() {
        let is_origin = |text| WebAddress::parse(text).expect(text).is_origin();
        assert!(is_origin("https://pay.example") && is_origin("http://127.0.0.1:8080"));
        for more in [
            "https://pay.example/",
            "https://pay.example?a",
            "https://Pay.example",
            "https://pay.example:443",
            "http://localhost:80",
        ] {
            assert!(!is_origin(more), "{more}");
        }
    }
}
