//! Bodies as guards in a handler's type: right content type, within the limit, of the right form.

use super::content_type;
use crate::service::{Refusal, RefusalCode};
use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError};
use futures_util::StreamExt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Largest `/v1` body: the longest description and names fit ten times over.
pub(super) const V1_BODY_MAX: usize = 16 * 1024;

/// Largest UAF body: FIDO messages stay within 64 KiB.
pub(super) const UAF_BODY_MAX: usize = 64 * 1024;

/// How much of a body that is too large is read and thrown away before the refusal is sent. A client that is still
/// writing would otherwise see a reset connection in place of the answer.
const DISCARD_MAX: usize = 4 * 1024 * 1024;

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>>>>;

/// A UAF message: bytes, not yet known to be text.
pub struct UafBody(pub Vec<u8>);

impl FromRequest for UafBody {
    type Error = Refusal;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = content_type::must_be_uaf(request);
        let (payload, patience) = (payload.take(), patience(request));
        Box::pin(async move {
            let body = read(payload, UAF_BODY_MAX, patience).await;
            typed?;
            Ok(Self(body?))
        })
    }
}

/// How long a body may take to arrive.
#[derive(Clone, Copy)]
pub struct BodyPatience(pub Duration);

pub(super) fn patience(request: &HttpRequest) -> Duration {
    request
        .app_data::<BodyPatience>()
        .expect("the application sets it")
        .0
}

/// Answers a request with a refusal before any handler sees it. Its body is read first: a client that is still writing
/// would see a reset connection in place of the answer.
pub(super) async fn refused(mut request: ServiceRequest, refusal: &Refusal) -> ServiceResponse<BoxBody> {
    let (payload, patience) = (request.take_payload(), patience(request.request()));
    drop(read(payload, UAF_BODY_MAX, patience).await);
    request.into_response(refusal.error_response())
}

pub(super) async fn read(payload: Payload, most: usize, patience: Duration) -> Result<Vec<u8>, Refusal> {
    // A body that trickles in would hold its connection for ever.
    tokio::time::timeout(patience, read_all(payload, most))
        .await
        .unwrap_or_else(|_| {
            let rule = "the body must arrive within server.request_timeout_ms";
            Err(Refusal::new(RefusalCode::RequestTimeout, rule))
        })
}

async fn read_all(mut payload: Payload, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    let mut seen = 0usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Refusal::new(RefusalCode::RequestMalformed, "the body did not arrive whole").because(error)
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen > DISCARD_MAX {
            break;
        }
        if seen <= most {
            body.extend_from_slice(&chunk);
        }
    }
    if seen > most {
        return Err(Refusal::new(
            RefusalCode::BodyTooLarge,
            format!("at most {most} bytes are read"),
        ));
    }
    Ok(body)
}
