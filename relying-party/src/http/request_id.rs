//! One id per request: in the log, in the answer's `x-request-id` and in every problem document.

use super::limits::routed;
use super::problem;
use crate::clock::Clock;
use crate::entropy::{self, Entropy};
use crate::service::{Refusal, RefusalCode};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use std::sync::Arc;
use tracing::Instrument;

/// The header that carries the id back.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request, a UUIDv7 (RFC 9562 §5.7). The client cannot choose it: what it sends in
/// `x-request-id` is not read.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// What the middleware needs to make ids and problem documents.
pub struct RequestIds {
    /// The time in the id.
    pub clock: Arc<dyn Clock>,
    /// The rest of the id.
    pub entropy: Arc<dyn Entropy>,
    /// What `doc_url` of every problem document begins with.
    pub docs_url: String,
}

impl RequestIds {
    fn next(&self) -> RequestId {
        let random: [u8; 10] = entropy::bytes(&*self.entropy);
        let id = uuid::Builder::from_unix_timestamp_millis(self.clock.now_ms(), &random).into_uuid();
        RequestId(id.to_string())
    }
}

/// The middleware around every route: gives the request its id and span, logs its outcome, and turns every error
/// into a problem document.
///
/// # Errors
/// None of its own. Routes, guards and handlers answer errors with a response, which is what is written here.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let ids = request
        .app_data::<web::Data<RequestIds>>()
        .expect("the application sets it")
        .clone();
    let id = ids.next();
    // The pattern, never the path: a path holds user names and payment ids. Of the path that is routed, before it is.
    let route = request.resource_map().match_pattern(routed(&request));
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let span = tracing::info_span!("request", id = %id.0, method = %request.method(), route = %route);
    request.extensions_mut().insert(id.clone());
    async move {
        let started = std::time::Instant::now();
        let response = finish(
            next.call(request).await?.map_into_boxed_body(),
            &id,
            &ids.docs_url,
        );
        let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), took_us, "answered");
        Ok(response)
    }
    .instrument(span)
    .await
}

fn finish(response: ServiceResponse<BoxBody>, id: &RequestId, docs_url: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let mut response = if status.is_client_error() || status.is_server_error() {
        let refusal = response.response().extensions().get::<Refusal>().cloned();
        let refusal = refusal.unwrap_or_else(|| problem::of_status(status));
        log(&refusal);
        with_document(response, &refusal, id, docs_url)
    } else {
        response
    };
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(&id.0).expect("a UUID is ASCII");
    headers.insert(X_REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(CACHE_CONTROL) {
        // Answers hold secrets and states; none may be kept.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn with_document(
    response: ServiceResponse<BoxBody>,
    refusal: &Refusal,
    id: &RequestId,
    docs_url: &str,
) -> ServiceResponse<BoxBody> {
    let body = problem::document(refusal, &id.0, docs_url);
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

fn log(refusal: &Refusal) {
    let (code, cause) = (refusal.code.as_str(), refusal.cause.as_deref());
    // These are named by the client, who may have put anything there.
    let is_foreign = matches!(
        refusal.code,
        RefusalCode::MemberUnknown | RefusalCode::MemberDuplicate | RefusalCode::QueryInvalid
    );
    let param = refusal.param.as_deref().filter(|_| !is_foreign);
    if refusal.code.http_status() >= 500 {
        tracing::error!(code, param, cause, rule = refusal.rule, "refused");
    } else {
        tracing::info!(code, param, cause, rule = refusal.rule, "refused");
    }
}
