//! A payer's request that changes something, as one guard: the client secret, and a body that says nothing more.

use super::body::{self, V1_BODY_MAX};
use super::content_type;
use super::guard::SMILE_CLIENT_SECRET;
use crate::members::Members;
use crate::service::{Refusal, RefusalCode};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use std::future::Future;
use std::pin::Pin;

/// What may be a payment's client secret; which payment it opens is for the service to find out. The body was empty, or
/// an object without members.
pub struct BarePayerPost(pub String);

impl FromRequest for BarePayerPost {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let secret = client_secret(request);
        let typed = content_type::must_be_json(request);
        let (payload, patience) = (payload.take(), body::patience(request));
        Box::pin(async move {
            let body = body::read(payload, V1_BODY_MAX, patience).await;
            let secret = secret?;
            let body = body?;
            if !body.is_empty() {
                typed?;
                Members::decode(&body)?.finish()?;
            }
            Ok(Self(secret))
        })
    }
}

fn client_secret(request: &HttpRequest) -> Result<String, Refusal> {
    let sent = request.headers().get(SMILE_CLIENT_SECRET);
    let sent = sent.and_then(|value| value.to_str().ok());
    sent.map(str::to_owned).ok_or_else(|| {
        let rule = "send the header Smile-Client-Secret: pi_…_secret_…";
        Refusal::new(RefusalCode::ClientSecretInvalid, rule).at(SMILE_CLIENT_SECRET)
    })
}
