//! A provider's request that changes something, as one guard: its key, its body, and its `Idempotency-Key`.

use super::body::{self, V1_BODY_MAX};
use super::content_type;
use super::guard;
use super::limits;
use super::scope::Needs;
use crate::members::Members;
use crate::service::{Once, Provider, Refusal, RefusalCode, Reply};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use zeroize::Zeroizing;

/// The header under which a request takes effect once.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of an answer that was given before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request with a JSON object as its body, under a key that permits what `S` names.
pub struct Post<S> {
    /// Who asks.
    pub provider: Provider,
    /// The members of the body.
    pub members: Members,
    /// Its idempotency key, or none.
    pub once: Once,
    /// What the key had to permit.
    pub scope: PhantomData<S>,
}

/// A request whose body may be left out.
pub struct BarePost<S>(pub Post<S>);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>>>>;

impl<S: Needs> FromRequest for Post<S> {
    type Error = Refusal;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        post(request, payload, false)
    }
}

impl<S: Needs> FromRequest for BarePost<S> {
    type Error = Refusal;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let post = post(request, payload, true);
        Box::pin(async move { post.await.map(Self) })
    }
}

fn post<S: Needs>(request: &HttpRequest, payload: &mut Payload, may_be_empty: bool) -> Reading<Post<S>> {
    let service = guard::service_of(request);
    let bearer = guard::bearer(request.headers()).map(|bearer| Zeroizing::new(bearer.to_owned()));
    let tally = limits::tally(request);
    let key = idempotency_key(request);
    let typed = content_type::must_be_json(request);
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let (payload, patience) = (payload.take(), body::patience(request));
    Box::pin(async move {
        let body = body::read(payload, V1_BODY_MAX, patience).await;
        // Only now: a body takes its time, in which a key is revoked.
        let bearer = bearer.as_ref().map(|bearer| bearer.as_str());
        let provider = service.provider(bearer, S::SCOPE)?.counted_in(tally);
        let members = match &body {
            Ok(body) if body.is_empty() && may_be_empty => Members::none(),
            body => {
                typed?;
                Members::decode(body.as_ref().map_err(Clone::clone)?)?
            }
        };
        let body = body?;
        let once = service.once(&provider, key?.as_deref(), &method, &path, &body)?;
        Ok(Post {
            provider,
            members,
            once,
            scope: PhantomData,
        })
    })
}

/// The one header, as it came.
fn idempotency_key(request: &HttpRequest) -> Result<Option<Vec<u8>>, Refusal> {
    let mut sent = request.headers().get_all(IDEMPOTENCY_KEY);
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => Ok(Some(key.as_bytes().to_vec())),
        (Some(_), Some(_)) => {
            let rule = "must be there once";
            Err(Refusal::new(RefusalCode::IdempotencyKeyInvalid, rule).at("idempotency-key"))
        }
    }
}

/// An answer of a handler over the wire.
pub fn sent(mut reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).expect("handlers answer with HTTP's statuses");
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    if reply.replayed {
        response.insert_header((IDEMPOTENT_REPLAYED, "true"));
    }
    response.body(std::mem::take(&mut *reply.body))
}
