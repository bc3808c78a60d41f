//! Where a trusted facet list may be fetched, and where a redirect leads (Facets §3.1.2).

use thiserror::Error;

use super::origin::Origin;

/// Why a trusted facet list is not fetched from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListLocationRule {
    /// Facets §3.1.2 step 4: the location is identified with an https URL.
    #[error("the list's address is not an https URL")]
    NotHttps,
    /// Facets §3.1.2: the fetch is anonymous, so the address holds no user name or password.
    #[error("the list's address holds a user name or password")]
    Credentials,
    /// Not an https URL that every reader takes for the same one.
    #[error("the list's address is not a URL of printable ASCII with a host")]
    Malformed,
}

/// `url` as a client may ask for it: https, no credentials, printable ASCII; host in lower case,
/// a default port, a fragment and an empty path written in their one form, so that two addresses
/// of one resource are equal.
///
/// # Errors
/// [`ListLocationRule`].
pub fn list_location(url: &str) -> Result<String, ListLocationRule> {
    // Spaces and controls could end the request line, and some readers take `\` for `/`.
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err(ListLocationRule::Malformed);
    }
    let (scheme, rest) = url.split_once("://").ok_or(ListLocationRule::Malformed)?;
    if !scheme.eq_ignore_ascii_case("https") {
        return Err(ListLocationRule::NotHttps);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(ListLocationRule::Credentials);
    }
    let origin = Origin::of_https(url).ok_or(ListLocationRule::Malformed)?;
    let sent = rest[authority.len()..].split('#').next().unwrap_or_default();
    let slash = if sent.starts_with('/') { "" } else { "/" };
    Ok(format!("{origin}{slash}{sent}"))
}

/// The address that the header `Location` of an answer from `from` names: an absolute URL, or one
/// that begins with `//host` or `/path` (RFC 3986 §4.2). Relative paths without a slash in front
/// are not resolved; no server of a list needs them.
///
/// # Errors
/// [`ListLocationRule`].
pub fn redirect_location(from: &str, location: &str) -> Result<String, ListLocationRule> {
    if location.starts_with("//") {
        list_location(&format!("https:{location}"))
    } else if location.starts_with('/') {
        let origin = Origin::of_https(from).ok_or(ListLocationRule::Malformed)?;
        list_location(&format!("{origin}{location}"))
    } else {
        list_location(location)
    }
}

#[cfg(test)]
mod tests {
    use super::{ListLocationRule, list_location, redirect_location};

    #[test]
    fn an_address_has_one_form() {
        for (url, form) in [
            ("https://pay.example/facets", "https://pay.example/facets"),
            (
                "HTTPS://Pay.Example:443/Facets?x=Y#top",
                "https://pay.example/Facets?x=Y",
            ),
            ("https://pay.example", "https://pay.example/"),
            ("https://pay.example?x", "https://pay.example/?x"),
            ("https://[::1]:8443/f", "https://[::1]:8443/f"),
            (
                "https://xn--mnchen-3ya.example/f",
                "https://xn--mnchen-3ya.example/f",
            ),
        ] {
            assert_eq!(list_location(url).as_deref(), Ok(form), "{url}");
        }
    }

    #[test]
    fn another_scheme_credentials_and_odd_characters_are_refused() {
        use ListLocationRule::{Credentials, Malformed, NotHttps};
        list_location("https://pay.example/f").expect("without a flaw it is an address");
        for (url, rule) in [
            ("http://pay.example/f", NotHttps),
            ("ftp://pay.example/f", NotHttps),
            ("https://user:pw@pay.example/f", Credentials),
            ("https://pay.example@evil.example/f", Credentials),
            ("pay.example/f", Malformed),
            ("https://pay.example/f g", Malformed),
            ("https://pay.example/f\r\nx: y", Malformed),
            ("https://pay.example\\@evil.example/f", Malformed),
            ("https://m\u{fc}nchen.example/f", Malformed),
            ("https://:443/f", Malformed),
        ] {
            assert_eq!(list_location(url), Err(rule), "{url}");
        }
    }

    #[test]
    fn a_redirect_leads_to_an_https_url() {
        let from = "https://pay.example:8443/a/b";
        for (location, target) in [
            ("https://cdn.example/f", Ok("https://cdn.example/f")),
            ("//cdn.example/f", Ok("https://cdn.example/f")),
            ("/f", Ok("https://pay.example:8443/f")),
            ("f", Err(ListLocationRule::Malformed)),
            ("", Err(ListLocationRule::Malformed)),
            ("http://pay.example:8443/f", Err(ListLocationRule::NotHttps)),
            ("//user@cdn.example/f", Err(ListLocationRule::Credentials)),
        ] {
            let found = redirect_location(from, location);
            assert_eq!(found.as_deref().map_err(|rule| *rule), target, "{location:?}");
        }
    }
}
