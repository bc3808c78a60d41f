//! Rate limits around `/v1` and `/uaf`: by address and key before a handler sees the request. A person is counted where it
//! is known who they are.

use super::body;
use super::guard;
use crate::service::{Service, Tally};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use std::net::{IpAddr, SocketAddr};

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// What was counted of this request so far; an empty tally where nothing is.
pub fn tally(request: &HttpRequest) -> Tally {
    request.extensions().get::<Tally>().cloned().unwrap_or_default()
}

/// The middleware: refuses what comes too often, and says in every answer how much is left.
///
/// # Errors
/// None of its own.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !is_counted(routed(&request)) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let tally = Tally::begin();
    request.extensions_mut().insert(tally.clone());
    let service = guard::service_of(request.request());
    let address = address(&request, &service);
    let key = guard::bearer(request.headers());
    let counted = service.count_request(address, key, &tally);
    let mut response = match counted {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(refusal) => body::refused(request, &refusal).await,
    };
    tell(&tally, response.headers_mut());
    Ok(response)
}

/// The path that routes are found by. It is not the one that came: what is escaped there without need is not escaped here,
/// so that `/v%31/` leads where `/v1/` does.
pub(super) fn routed(request: &ServiceRequest) -> &str {
    request.match_info().as_str()
}

/// Whether requests of this path, as [`routed`] gives it, are counted: static files and the health of the process are free.
pub fn is_counted(path: &str) -> bool {
    ["/v1/", "/uaf/"].iter().any(|counted| path.starts_with(counted))
}

fn tell(tally: &Tally, headers: &mut HeaderMap) {
    if let Some(standing) = tally.tightest() {
        headers.insert(RATELIMIT_LIMIT, HeaderValue::from(standing.limit));
        headers.insert(RATELIMIT_REMAINING, HeaderValue::from(standing.remaining));
        headers.insert(RATELIMIT_RESET, HeaderValue::from(standing.reset_s));
    }
}

/// Where the request comes from, as the proxy in front tells or as the connection says.
fn address(request: &ServiceRequest, service: &Service) -> Option<IpAddr> {
    let told = service.address_header().and_then(|name| {
        // The last one is the proxy's own word; what stands before it a client may have written.
        let last = request.headers().get_all(name).last()?.to_str().ok()?;
        parsed(last.rsplit(',').next()?.trim())
    });
    told.or_else(|| request.peer_addr().map(|peer| peer.ip()))
}

/// An address with or without its port.
fn parsed(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    bare().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::{is_counted, parsed};

    #[test]
    fn an_address_has_a_port_or_none() {
        for text in ["192.0.2.1", "192.0.2.1:443", "2001:db8::1", "[2001:db8::1]:443"] {
            assert!(parsed(text).is_some(), "{text}");
        }
        for text in ["", "unknown", "192.0.2", "shop.example"] {
            assert!(parsed(text).is_none(), "{text}");
        }
    }

    #[test]
    fn pages_and_health_are_not_counted() {
        assert!(is_counted("/v1/payment_intents") && is_counted("/uaf/get"));
        for path in ["/healthz", "/dashboard/", "/tenants/stamps/facets", "/v1x"] {
            assert!(!is_counted(path), "{path}");
        }
    }
}
