//! `[relying_party]`: who asks for signatures, where it is one.

use super::tenants::Mode;
use serde::Deserialize;
use smile_ceremony::web_address::WebAddress;

/// The relying party that this server speaks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelyingPartyConfig {
    /// Short name of the tenant: 1 to 64 of `a-z`, `0-9`, `-` and `_`. Every record carries it.
    pub tenant: String,
    /// The AppID that keys are bound to: an https address that serves the facet list, or (UAF AppID and
    /// facets §3.1.2) exactly the one facet that may use it. 1 to 512 characters.
    pub app_id: String,
    /// The apps and web origins that may speak for this AppID, at least one, each 1 to 512 characters. In development also
    /// http origins on loopback.
    pub facets: Vec<String>,
    /// `test` (where it is not said) or `live`.
    #[serde(default)]
    pub mode: Mode,
}

/// A page of this machine, which no network carries: an agent takes its word where its owner named the server on loopback
/// that the list of facets comes from.
pub(super) fn is_on_loopback(facet: &str) -> bool {
    WebAddress::parse(facet).is_ok_and(|address| address.is_origin() && !address.is_https())
}

/// UAF AppID and facets §3.1.1: a facet is a web origin or a platform's name for an app.
pub(super) fn facet_rule_broken(facet: &str, app_id: &str) -> Option<&'static str> {
    if !length_allowed(facet) {
        return Some("must have 1 to 512 characters");
    }
    if let Some(host) = facet.strip_prefix("https://") {
        let bare = !host.is_empty() && !host.contains(['/', '?', '#', '@']);
        return (!bare).then_some("must be an origin: no path, no trailing slash");
    }
    if facet.starts_with("http://") {
        // A client discards a facet without TLS unless it is the AppID itself.
        return (facet != app_id)
            .then_some("must use https: without TLS a facet is taken only where it is the AppID itself");
    }
    let named = [
        "android:apk-key-hash:",
        "android:apk-key-hash-sha256:",
        "ios:bundle-id:",
    ];
    let known = named
        .iter()
        .any(|scheme| facet.len() > scheme.len() && facet.starts_with(scheme));
    (!known).then_some("must start with https://, android:apk-key-hash: or ios:bundle-id:")
}

pub(super) fn length_allowed(text: &str) -> bool {
    (1..=512).contains(&text.chars().count())
}
