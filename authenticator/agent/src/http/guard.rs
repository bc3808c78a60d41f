//! Who may knock. Two sides: what web pages of shops may ask, by their exact origin, and the agent's own pages, which
//! nobody else may read, frame or call.

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, UPGRADE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};

use super::problem::{self, PROBLEM};
use crate::agent::Agent;
use crate::origin::{Origin, OwnNames};
use crate::refusal::{Refusal, RefusalCode};

/// Nothing from elsewhere, nothing inline, in nobody's frame; connections and forms to the agent alone. `blob:` is what a
/// page made of bytes that it holds: the picture that is signed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The web page that asks, as the browser named it and the allow-list knows it.
#[derive(Clone)]
pub struct CallerOrigin(pub Origin);

/// Around every request, before any route is looked for.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let known = who(&request);
    // Also what is refused to a known caller is for it to read.
    let caller = known.as_ref().ok().and_then(Clone::clone);
    let admitted = known.and_then(|found| count(&request, found));
    let mut response = match admitted {
        Err(refusal) => request.into_response(refusal.error_response()),
        Ok(Some(_)) if *request.method() == Method::OPTIONS => request.into_response(preflight()),
        Ok(found) => {
            if let Some(origin) = found {
                request.extensions_mut().insert(CallerOrigin(origin));
            }
            match next.call(request).await {
                Ok(response) => with_problem(response.map_into_boxed_body()),
                // Only a payload that broke off comes here: handlers answer their refusals themselves.
                Err(error) => return Err(Broken { error, caller }.into()),
            }
        }
    };
    protect(response.headers_mut(), caller.as_ref());
    Ok(response)
}

/// An error of the HTTP library, whose answer is protected like every other.
#[derive(Debug)]
struct Broken {
    error: Error,
    caller: Option<Origin>,
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

impl ResponseError for Broken {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = problem::of_status(self.status_code()).error_response();
        protect(response.headers_mut(), self.caller.as_ref());
        response
    }
}

/// Counts the request. Last: what is refused anyway must not use up what the agent's own pages need.
fn count(request: &ServiceRequest, caller: Option<Origin>) -> Result<Option<Origin>, Refusal> {
    let agent = request
        .app_data::<web::Data<Agent>>()
        .expect("the application sets it");
    agent.admit(caller.as_ref().map_or("own pages", Origin::as_str))?;
    Ok(caller)
}

/// The caller's origin on the shops' side, `None` on the agent's own.
fn who(request: &ServiceRequest) -> Result<Option<Origin>, Refusal> {
    let headers = request.headers();
    let own = request
        .app_data::<web::Data<OwnNames>>()
        .expect("the application sets it");
    let agent = request
        .app_data::<web::Data<Agent>>()
        .expect("the application sets it");
    let host = only(headers, &HOST).filter(|host| own.accept(host));
    // A request line may name an authority of its own (RFC 9112 §3.2.2).
    let named = request.uri().authority().map(|authority| authority.as_str());
    let Some(host) = host.filter(|host| named.is_none_or(|named| named == *host)) else {
        let rule = "the Host header has to be 127.0.0.1, localhost or [::1] with the agent's port";
        return Err(Refusal::new(RefusalCode::HostRefused, rule));
    };
    if is_for_shops(request.path()) {
        let origin = only(headers, &ORIGIN).and_then(|origin| agent.allowed.find(origin));
        let Some(origin) = origin else {
            let rule = "the Origin header has to be one of the allowed origins, exactly";
            return Err(Refusal::new(RefusalCode::OriginRefused, rule));
        };
        return Ok(Some(origin.clone()));
    }
    own_side(request, host)?;
    Ok(None)
}

/// The agent's own pages: a person may come from anywhere, by a link; a script only from these pages themselves.
fn own_side(request: &ServiceRequest, host: &str) -> Result<(), Refusal> {
    let headers = request.headers();
    let refused = |rule: &str| Err(Refusal::new(RefusalCode::OriginRefused, rule));
    let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    let origins = headers.get_all(ORIGIN).count();
    let acts = *request.method() != Method::GET || headers.contains_key(UPGRADE);
    if (acts || origins > 0) && !only(headers, &ORIGIN).is_some_and(is_own) {
        return refused("only the agent's own pages may do this");
    }
    let word = |name: &'static str| only(headers, &HeaderName::from_static(name));
    // Fetch Metadata: browsers say where a request comes from, and scripts cannot change it.
    let from_elsewhere =
        matches!(word("sec-fetch-site"), Some(site) if site != "same-origin" && site != "none");
    let is_visit = word("sec-fetch-mode") == Some("navigate") && word("sec-fetch-dest") == Some("document");
    if from_elsewhere && !is_visit {
        return refused("the agent's own pages are not read or framed from elsewhere");
    }
    Ok(())
}

/// The addresses that web pages of shops may ask.
fn is_for_shops(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/") || path == "/.well-known/smile-agent"
}

/// The value of a header that is there once and is text. Of one that is there twice nobody can say which counts.
pub fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name);
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// CORS preflight (Fetch §3.3.2). No old headers of private network access: Local Network Access asks the user instead.
fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
        .finish()
}

/// A status that the HTTP library chose gets the body that our own refusals have.
fn with_problem(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_ours = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == PROBLEM.as_bytes());
    if !(status.is_client_error() || status.is_server_error()) || is_ours {
        return response;
    }
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, problem::of_status(status).error_response())
}

fn protect(headers: &mut HeaderMap, caller: Option<&Origin>) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(CACHE_CONTROL, "no-store");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=()",
    );
    set(VARY, "Origin");
    match caller {
        Some(origin) => {
            let value = HeaderValue::from_str(origin.as_str()).expect("an origin is visible ASCII");
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        }
        None => {
            let name = HeaderName::from_static("cross-origin-resource-policy");
            headers.insert(name, HeaderValue::from_static("same-origin"));
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::error::ErrorBadRequest;
    use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, HeaderName};

    use super::Broken;

    #[test]
    fn an_error_of_the_http_library_is_protected_like_every_answer() {
        let answer = |caller: Option<&str>| {
            let caller = caller.map(|origin| origin.parse().unwrap());
            let error = ErrorBadRequest("broke off");
            Broken { error, caller }.error_response()
        };
        let value = |response: &actix_web::HttpResponse, name: &HeaderName| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        let shops = answer(Some("https://shop.example"));
        let own = answer(None);
        assert_eq!((shops.status().as_u16(), own.status().as_u16()), (400, 400));
        for response in [&shops, &own] {
            assert!(value(response, &CONTENT_SECURITY_POLICY).is_some());
        }
        let allowed = value(&shops, &ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed.as_deref(), Some("https://shop.example"));
        assert_eq!(value(&own, &ACCESS_CONTROL_ALLOW_ORIGIN), None);
        let resource = HeaderName::from_static("cross-origin-resource-policy");
        assert_eq!(value(&own, &resource).as_deref(), Some("same-origin"));
    }
}
