//! Applications and their facets: who may use the keys of an AppID (Facets §3). The rules
//! are pure; the client fetches the list, and brings the public suffixes it knows.

mod location;
mod origin;

pub use location::{ListLocationRule, list_location, redirect_location};

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson, array, serde_as_json};
use crate::limits;
use crate::uaf::header::Upv;
use crate::uaf::identity::{AppId, FacetId};
use origin::Origin;

/// The content type of a trusted facet list (Facets §3.1.2).
pub const CONTENT_TYPE: &str = "application/fido.trusted-apps+json";

/// The header without which a redirect to another list is not followed (Facets §3.1.2).
pub const REDIRECT_HEADER: &str = "FIDO-AppID-Redirect-Authorized";

/// The facets of one protocol version (Facets §3.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedFacets {
    /// The version of the messages to which the facets apply.
    pub version: Upv,
    /// Facet identifiers as listed, not yet judged.
    pub ids: Vec<String>,
}

impl FromJson for TrustedFacets {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let ids = node.required("ids")?;
        let ids = ids
            .elements(0)?
            .into_iter()
            .map(|id| id.text().map(str::to_owned));
        Ok(Self {
            version: node.required_as("version")?,
            ids: ids.collect::<Result<_, _>>()?,
        })
    }
}

impl ToJson for TrustedFacets {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("version", self.version.to_json())
            .put("ids", self.ids.clone())
            .finish()
    }
}

/// The list that an AppID's URL serves (Facets §3.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedFacetsList {
    /// One entry per version.
    pub trusted_facets: Vec<TrustedFacets>,
}

/// Knows where one owner's domain begins.
pub trait PublicSuffixes {
    /// The least-specific private label of `host` (lower case): the public suffix and one
    /// label to its left, for example `example.com` of `pay.example.com`. `None` where the
    /// host is a public suffix itself.
    fn private_label(&self, host: &str) -> Option<String>;
}

/// For those who have no list of public suffixes: only the very same host is one owner's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SameHostOnly;

impl PublicSuffixes for SameHostOnly {
    fn private_label(&self, host: &str) -> Option<String> {
        Some(host.to_owned())
    }
}

/// What an AppID and a caller's facet say before any list is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FacetDecision {
    /// The caller may use keys of this AppID.
    Authorized(AppId),
    /// The list at the AppID's URL decides.
    NeedsList(AppId),
    /// The caller may not.
    Refused,
}

/// Steps 1 to 3 of Facets §3.1.2.
#[must_use]
pub fn decide_without_list(app_id: Option<&AppId>, caller: &FacetId) -> FacetDecision {
    let Some(app_id) = app_id else {
        // Step 2: no AppID, so the caller's facet stands for it.
        return match AppId::new(caller.as_str()) {
            Ok(app_id) => FacetDecision::Authorized(app_id),
            Err(_) => FacetDecision::Refused,
        };
    };
    let Some(app_origin) = Origin::of_https(app_id.as_str()) else {
        // Step 1: an AppID that is not an https URL has to be the facet itself.
        return if app_id.as_str() == caller.as_str() {
            FacetDecision::Authorized(app_id.clone())
        } else {
            FacetDecision::Refused
        };
    };
    // Step 3: a web origin on the AppID's own host.
    match Origin::of_https(caller.as_str()) {
        Some(caller) if caller.host() == app_origin.host() => FacetDecision::Authorized(app_id.clone()),
        _ => FacetDecision::NeedsList(app_id.clone()),
    }
}

impl TrustedFacetsList {
    /// The same facets for UAF 1.0 and 1.1. Both, because deployed clients differ in which
    /// version they look for.
    #[must_use]
    pub fn for_all_versions(ids: &[FacetId]) -> Self {
        let ids: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let entry = |version: &Upv| TrustedFacets {
            version: *version,
            ids: ids.clone(),
        };
        Self {
            trusted_facets: Upv::SUPPORTED.iter().map(entry).collect(),
        }
    }

    /// Reads a list of at most 64 KiB.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule; the client then refuses the
    /// operation (Facets §3.1.2).
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "trusted facet list", limits::FACETS_BYTES)?;
        Self::from_json(&Node::root(&tree, ""))
    }

    /// The list as JSON.
    #[must_use]
    pub fn encode(&self) -> String {
        json::write(&self.to_json())
    }

    /// The facets for messages of `version` that belong to the owner of `app_id`; the others
    /// are discarded (Facets §3.1.2). A list without an entry for the version is read as if it
    /// said 1.0, because many published lists know that version only.
    #[must_use]
    pub fn facets(&self, app_id: &AppId, version: Upv, suffixes: &dyn PublicSuffixes) -> Vec<FacetId> {
        let of = |version| self.trusted_facets.iter().find(|entry| entry.version == version);
        let Some(entry) = of(version).or_else(|| of(Upv::V1_0)) else {
            return Vec::new();
        };
        entry
            .ids
            .iter()
            .filter_map(|id| acceptable(id, app_id, suffixes))
            .collect()
    }

    /// Whether `caller` is a trusted facet of `app_id` in messages of `version`.
    #[must_use]
    pub fn authorizes(
        &self,
        caller: &FacetId,
        app_id: &AppId,
        version: Upv,
        suffixes: &dyn PublicSuffixes,
    ) -> bool {
        let caller = canonical(caller.as_str());
        self.facets(app_id, version, suffixes)
            .iter()
            .any(|facet| facet.as_str() == caller)
    }
}

impl TrustedFacetsList {
    /// Whether the list names `caller` and that is a page of this machine: `http` on `localhost`, `127.0.0.1` or `[::1]`.
    /// Facets §3.1.2 discards such an entry; this is for development, where no page has TLS.
    #[must_use]
    pub fn names_loopback(&self, caller: &FacetId, version: Upv) -> bool {
        let of = |version| self.trusted_facets.iter().find(|entry| entry.version == version);
        let entry = of(version).or_else(|| of(Upv::V1_0));
        is_loopback_origin(caller.as_str())
            && entry.is_some_and(|entry| entry.ids.iter().any(|id| id == caller.as_str()))
    }
}

/// A web origin without TLS on a name of this machine that no resolver is asked for, as a browser writes it.
fn is_loopback_origin(text: &str) -> bool {
    let Some(authority) = text.strip_prefix("http://") else {
        return false;
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| {
            let digits = port.strip_prefix(':');
            port.is_empty()
                || digits.is_some_and(|digits| {
                    digits.bytes().all(|byte| byte.is_ascii_digit())
                        && digits.parse::<u16>().is_ok_and(|port| port > 0)
                })
        })
    })
}

/// Whether two facet identifiers name the same facet: they are equal, or both are web origins with
/// the same host and port. Facets §3.1.1 writes an origin with an empty path, which deployed
/// clients spell with or without the slash; nothing else may follow the port.
#[must_use]
pub fn is_same_facet(one: &FacetId, other: &FacetId) -> bool {
    let bare = |id: &FacetId| {
        let origin = Origin::of_https(id.as_str())?;
        let after_scheme = id.as_str().get("https://".len()..)?;
        let authority = after_scheme.strip_suffix('/').unwrap_or(after_scheme);
        (!authority.contains(['/', '?', '#', '@'])).then_some(origin)
    };
    one == other || bare(one).is_some_and(|origin| bare(other) == Some(origin))
}

/// The host of an https URL, in lower case; `None` for anything else.
pub(super) fn https_host(url: &str) -> Option<String> {
    Origin::of_https(url).map(|origin| origin.host().to_owned())
}

/// A web origin in its one spelling; any other facet identifier as it is.
fn canonical(id: &str) -> String {
    Origin::of_https(id).map_or_else(|| id.to_owned(), |origin| origin.to_string())
}

/// Facets §3.1.2, the rules on entries: an application identity of another scheme, or an https
/// origin under the AppID's private label with everything after the port discarded.
fn acceptable(id: &str, app_id: &AppId, suffixes: &dyn PublicSuffixes) -> Option<FacetId> {
    if let Some(facet) = Origin::of_https(id) {
        let app = Origin::of_https(app_id.as_str())?;
        let owner = suffixes.private_label(app.host())?;
        let same = suffixes.private_label(facet.host())? == owner;
        return same.then(|| FacetId::new(facet.to_string()).ok()).flatten();
    }
    let (scheme, rest) = id.split_once(':')?;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    (!is_web && !rest.is_empty())
        .then(|| FacetId::new(id).ok())
        .flatten()
}

impl FromJson for TrustedFacetsList {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            trusted_facets: node.required_as("trustedFacets")?,
        })
    }
}

impl ToJson for TrustedFacetsList {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("trustedFacets", array(&self.trusted_facets))
            .finish()
    }
}

serde_as_json!(TrustedFacetsList);

#[cfg(test)]
mod tests;
