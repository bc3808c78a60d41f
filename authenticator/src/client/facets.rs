//! Whether the calling app may use keys of the AppID it names (AppID and Facets §3.1.2).

use smile_protocol::uaf::facets::{
    CONTENT_TYPE, FacetDecision, PublicSuffixes, TrustedFacetsList, decide_without_list,
};
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::identity::{AppId, FacetId};

use crate::error::AuthenticatorError;

/// Fetches the trusted facet list that an AppID's URL serves. The app brings it: this crate opens no sockets.
///
/// The request must be an anonymous GET (no cookies, no Origin header) over TLS with the platform's own
/// trust, and a redirect may be followed only if it carries `FIDO-AppID-Redirect-Authorized: true` and
/// stays on https (AppID and Facets §3.1.2).
pub trait FacetFetcher {
    /// Fetches `url`, which begins with `https://`.
    ///
    /// # Errors
    /// [`FetchError`].
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError>;
}

/// What the AppID's URL served.
pub struct FetchedFacets {
    /// The Content-Type header.
    pub content_type: String,
    /// The body, UTF-8, at most 64 KiB.
    pub body: String,
}

/// Why there is no list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FetchError {
    /// The channel was not TLS, its certificate was not trusted, or a redirect left https.
    InsecureTransport,
    /// No answer, no network, or a status other than 200.
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

/// The AppID under which the caller may use keys: the request's, or the caller's facet if the request
/// names none.
pub(crate) fn trusted_app_id(
    requested: Option<&AppId>,
    caller: &FacetId,
    upv: Upv,
    fetcher: &mut dyn FacetFetcher,
    suffixes: &dyn PublicSuffixes,
) -> Result<AppId, AuthenticatorError> {
    let untrusted = |rule| AuthenticatorError::UntrustedFacet {
        facet_id: caller.as_str().to_owned(),
        app_id: requested
            .map(|app_id| app_id.as_str().to_owned())
            .unwrap_or_default(),
        rule,
    };
    let app_id = match decide_without_list(requested, caller) {
        FacetDecision::Authorized(app_id) => return Ok(app_id),
        FacetDecision::Refused => {
            return Err(untrusted(
                "an AppID that is not an https URL must be the caller's facet",
            ));
        }
        FacetDecision::NeedsList(app_id) => app_id,
    };
    let fetched = fetcher.fetch(app_id.as_str()).map_err(|error| match error {
        FetchError::InsecureTransport => AuthenticatorError::InsecureTransport {
            app_id: app_id.as_str().to_owned(),
        },
        FetchError::Unavailable => untrusted("the list of trusted facets could not be fetched"),
    })?;
    // AppID and Facets §3.1.2: the list must be served with its own MIME type.
    let essence = fetched.content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Err(untrusted(
            "the list is not served as application/fido.trusted-apps+json",
        ));
    }
    let list = TrustedFacetsList::decode(&fetched.body)
        .map_err(|_| untrusted("the list is not a list of trusted facets"))?;
    if list.authorizes(caller, &app_id, upv, suffixes) {
        Ok(app_id)
    } else {
        Err(untrusted("the list does not name this facet"))
    }
}
