//! Who calls: permission in the type of a handler's argument.

use crate::service::{Provider, Refusal, Service};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use std::future::{Ready, ready};

/// The header in which an app shows its client secret.
pub(super) const SMILE_CLIENT_SECRET: &str = "smile-client-secret";

/// The caller holds one of the provider's secret keys.
pub struct ProviderKey(pub Provider);

/// The caller holds a provider's key, or shows what may be a payment's client secret; which payment it opens is
/// for the service to find out.
pub enum PaymentReader {
    /// A provider, who may read all payments of its tenant.
    Provider(Provider),
    /// An app with a client secret, which may read that one payment.
    ClientSecret(String),
}

impl FromRequest for ProviderKey {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(service_of(request).provider(bearer(request.headers())).map(Self))
    }
}

impl FromRequest for PaymentReader {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let secret = headers
            .get(SMILE_CLIENT_SECRET)
            .and_then(|value| value.to_str().ok());
        ready(match (bearer(headers), secret) {
            (None, Some(secret)) => Ok(Self::ClientSecret(secret.to_owned())),
            (key, _) => service_of(request).provider(key).map(Self::Provider),
        })
    }
}

/// The service that the application was built around, for longer than the request is borrowed.
pub(super) fn service_of(request: &HttpRequest) -> web::Data<Service> {
    request
        .app_data::<web::Data<Service>>()
        .expect("the application sets it")
        .clone()
}

/// RFC 6750 §2.1: the scheme in any letter case, one space, the key.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key)
}
