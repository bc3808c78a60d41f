//! `Smile-Version`: which dated version of `/v1` a client was written for.

use super::body;
use super::limits::routed;
use crate::service::{Refusal, RefusalCode};
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

/// The header, in requests and answers.
const SMILE_VERSION: HeaderName = HeaderName::from_static("smile-version");

/// Every version that is answered, the newest last; `docs/api.md` says what each changed.
pub const VERSIONS: [&str; 1] = ["2026-11-25"];

/// The middleware around `/v1` that names in every answer the version that it is in, refusals of a request that came too
/// often among them.
///
/// # Errors
/// None of its own.
pub async fn tell(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let version = is_dated(routed(&request)).then(|| asked(request.headers()).unwrap_or(newest()));
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(version) = version {
        let version = HeaderValue::from_static(version);
        response.headers_mut().insert(SMILE_VERSION, version);
    }
    Ok(response)
}

/// The middleware around `/v1` that refuses versions that there are not. Inside of what counts: a refusal is counted too.
///
/// # Errors
/// None of its own.
pub async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_dated(routed(&request))
        && let Err(refusal) = asked(request.headers())
    {
        return Ok(body::refused(request, &refusal).await);
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Whether what is under this path, as it is routed, has versions.
pub fn is_dated(path: &str) -> bool {
    path.starts_with("/v1/")
}

fn newest() -> &'static str {
    VERSIONS[VERSIONS.len() - 1]
}

/// The version that a request is in: the one that it names, or the newest.
fn asked(headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let mut sent = headers.get_all(SMILE_VERSION);
    let (Some(name), more) = (sent.next(), sent.next()) else {
        return Ok(newest());
    };
    let known = VERSIONS
        .into_iter()
        .find(|version| name.as_bytes() == version.as_bytes());
    known.filter(|_| more.is_none()).ok_or_else(|| {
        let rule = format!(
            "must be there once or not at all, and be one of: {}",
            VERSIONS.join(", ")
        );
        Refusal::new(RefusalCode::VersionUnknown, rule).at("smile-version")
    })
}
