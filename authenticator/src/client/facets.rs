//! Whether the calling app may use keys of the AppID it names (AppID and Facets §3.1.2).
//!
//! ```text
//! AppID, caller ─ decided without a list? ─ a fresh list in memory? ─ GET ─ redirect? ─ 200, type, JSON ─ names the caller?
//!                 equal, absent, same host   that names the caller     one   ≤ 3, https,                   same owner,
//!                                                                            authorised                    right version
//! ```
//! The app brings a way to GET; every rule is judged here.

mod cache;
mod fetched;
mod public_suffixes;
#[cfg(test)]
mod tests;

pub(crate) use cache::FacetCache;
pub use fetched::FetchedFacets;
pub use public_suffixes::PublicSuffixList;

use smile_protocol::uaf::facets::{
    CONTENT_TYPE, FacetDecision, ListLocationRule, PublicSuffixes, REDIRECT_HEADER, TrustedFacetsList,
    decide_without_list, list_location, redirect_location,
};
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::identity::{AppId, FacetId};

use crate::clock::Moment;
use crate::error::AuthenticatorError;

/// Redirects followed to one list. One leads from a provider's address to where the list is kept; more than a few are a
/// mistake.
const REDIRECTS_MAX: usize = 3;

/// Asks once for the address of a trusted facet list. The app brings it: this crate opens no sockets.
///
/// The request must be one anonymous GET: no cookies, no credentials, no `Origin` and no `Referer` header, no TLS client
/// certificate (Facets §3.1.2), over TLS with the platform's own trust. **It follows no redirect**: the client does, by
/// its rules, with a call for each. The client also keeps lists for as long as their headers allow, so a cache of the
/// fetcher's own is not needed.
pub trait FacetFetcher {
    /// Gets `url`, which begins with `https://`, and returns what came, whatever its status.
    ///
    /// # Errors
    /// [`FetchError`].
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError>;

    /// Whether an entry of the list of `app_id` counts that is an `http` origin on loopback, which Facets §3.1.2
    /// discards. For development, where the device's owner named a server on loopback that stands for `app_id`; no other
    /// fetcher says yes.
    fn admits_loopback(&self, app_id: &str) -> bool {
        let _ = app_id;
        false
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchError {
    /// The channel was not TLS, or its certificate was not trusted.
    InsecureTransport,
    /// No answer, or no network.
    Unavailable,
}

/// For apps whose AppID needs no list: an AppID on the facet's own host, equal to it, or absent. Anything
/// else is untrusted.
pub struct NoFetch;

impl FacetFetcher for NoFetch {
    fn fetch(&mut self, _url: &str) -> Result<FetchedFacets, FetchError> {
        Err(FetchError::Unavailable)
    }
}

/// With what a client judges facets.
pub(crate) struct FacetSources<'a> {
    pub(crate) fetcher: &'a mut dyn FacetFetcher,
    pub(crate) suffixes: &'a dyn PublicSuffixes,
    pub(crate) cache: &'a mut FacetCache,
    pub(crate) now: Moment,
}

/// Why the list does not help.
enum NoList {
    Insecure,
    Because(&'static str),
}

/// The AppID under which the caller may use keys: the request's, or the caller's facet if the request
/// names none.
pub(crate) fn trusted_app_id(
    requested: Option<&AppId>,
    caller: &FacetId,
    upv: Upv,
    sources: FacetSources<'_>,
) -> Result<AppId, AuthenticatorError> {
    let untrusted = |rule| AuthenticatorError::UntrustedFacet {
        facet_id: caller.as_str().to_owned(),
        app_id: requested
            .map(|app_id| app_id.as_str().to_owned())
            .unwrap_or_default(),
        rule,
    };
    // Facets §3.1.2 steps 1 to 3.
    let app_id = match decide_without_list(requested, caller) {
        FacetDecision::Authorized(app_id) => return Ok(app_id),
        FacetDecision::Refused => {
            return Err(untrusted(
                "an AppID that is not an https URL must be the caller's facet",
            ));
        }
        FacetDecision::NeedsList(app_id) => app_id,
    };
    let FacetSources {
        fetcher,
        suffixes,
        cache,
        now,
    } = sources;
    let admits_loopback = fetcher.admits_loopback(app_id.as_str());
    let names_caller = |list: &TrustedFacetsList| {
        list.authorizes(caller, &app_id, upv, suffixes)
            || (admits_loopback && list.names_loopback(caller, upv))
    };
    if cache.fresh(&app_id, now).is_some_and(names_caller) {
        return Ok(app_id);
    }
    let (list, lifetime_ms) = fetch_list(&app_id, fetcher).map_err(|error| match error {
        NoList::Insecure => AuthenticatorError::InsecureTransport {
            app_id: app_id.as_str().to_owned(),
        },
        NoList::Because(rule) => untrusted(rule),
    })?;
    let is_named = names_caller(&list);
    cache.keep(&app_id, list, lifetime_ms, now);
    if is_named {
        Ok(app_id)
    } else {
        Err(untrusted("the list does not name this facet"))
    }
}

/// Facets §3.1.2 from step 4: the list, and for how many milliseconds it may be kept.
fn fetch_list(app_id: &AppId, fetcher: &mut dyn FacetFetcher) -> Result<(TrustedFacetsList, u64), NoList> {
    // Step 4: the location is an https URL, and the fetch anonymous.
    let mut visited = vec![list_location(app_id.as_str()).map_err(refused_location)?];
    let mut lifetime_ms = u64::MAX;
    loop {
        let url = visited.last().expect("it begins with one address");
        let answer = fetcher.fetch(url).map_err(|error| match error {
            FetchError::InsecureTransport => NoList::Insecure,
            FetchError::Unavailable => NoList::Because("the list of trusted facets could not be fetched"),
        })?;
        // What was found over several answers is as fresh as the one that may be kept least.
        lifetime_ms = lifetime_ms.min(answer.lifetime_ms());
        if !(300..400).contains(&answer.status) {
            return Ok((read_list(&answer)?, lifetime_ms));
        }
        let next = follow(url, &answer)?;
        if visited.contains(&next) {
            return Err(NoList::Because("the list redirects in a circle"));
        }
        if visited.len() > REDIRECTS_MAX {
            return Err(NoList::Because("the list redirects more than 3 times"));
        }
        visited.push(next);
    }
}

/// Where a redirect leads (Facets §3.1.2, "If the server returns an HTTP redirect").
fn follow(url: &str, answer: &FetchedFacets) -> Result<String, NoList> {
    if answer.only(REDIRECT_HEADER) != Some("true") {
        return Err(NoList::Because(
            "the list redirects without FIDO-AppID-Redirect-Authorized: true",
        ));
    }
    // RFC 9110 §15.4: of the 3xx these name another address to get.
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Err(NoList::Because(
            "the list's server did not answer with status 200",
        ));
    }
    let location = answer
        .only("location")
        .ok_or(NoList::Because("the list redirects without saying where to"))?;
    redirect_location(url, location).map_err(refused_location)
}

fn refused_location(rule: ListLocationRule) -> NoList {
    match rule {
        ListLocationRule::NotHttps => NoList::Insecure,
        ListLocationRule::Credentials => NoList::Because("the list's address holds a user name or password"),
        _ => NoList::Because("the list's address is not a URL of printable ASCII with a host"),
    }
}

/// Facets §3.1.2: a list that cannot be retrieved and parsed by the rules aborts the operation.
fn read_list(answer: &FetchedFacets) -> Result<TrustedFacetsList, NoList> {
    if answer.status != 200 {
        return Err(NoList::Because(
            "the list's server did not answer with status 200",
        ));
    }
    // Facets §3.1.2: the list must be served with its own MIME type.
    let media_type = answer.media_type().unwrap_or_default();
    if !media_type.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Err(NoList::Because(
            "the list is not served as application/fido.trusted-apps+json",
        ));
    }
    let text = std::str::from_utf8(&answer.body).ok();
    text.and_then(|text| TrustedFacetsList::decode(text).ok())
        .ok_or(NoList::Because(
            "the list is not a list of trusted facets of at most 64 KiB",
        ))
}
