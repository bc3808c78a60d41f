//! Who calls: permission in the type of a handler's argument.

use super::limits;
use super::scope::Needs;
use crate::service::{Provider, Refusal, Service};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use smile_ceremony::identifier::TenantId;
use smile_ceremony::record::Scope;
use std::future::{Ready, ready};
use std::marker::PhantomData;

/// The header in which an app shows its client secret.
pub(super) const SMILE_CLIENT_SECRET: &str = "smile-client-secret";

/// The caller holds a key of a provider that permits what `S` names.
pub struct ProviderKey<S>(pub Provider, pub PhantomData<S>);

/// The caller holds a provider's key, or shows what may be a payment's client secret; which payment it opens is
/// for the service to find out.
pub enum PaymentReader {
    /// A provider, who may read all payments of its tenant.
    Provider(Provider),
    /// An app with a client secret, which may read that one payment.
    ClientSecret {
        /// The secret.
        secret: String,
        /// The tenant of the publishable key that came with it: then the payment must be that tenant's.
        tenant: Option<TenantId>,
    },
}

impl<S: Needs> FromRequest for ProviderKey<S> {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let provider = service_of(request).provider(bearer(request.headers()), S::SCOPE);
        let tally = limits::tally(request);
        ready(provider.map(|provider| Self(provider.counted_in(tally), PhantomData)))
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
        ready(payment_reader(&service_of(request), bearer(headers), secret))
    }
}

fn payment_reader(
    service: &Service,
    key: Option<&str>,
    secret: Option<&str>,
) -> Result<PaymentReader, Refusal> {
    if let Some(secret) = secret {
        let tenant = match key {
            None => Some(None),
            Some(key) => service.publisher(key)?.map(Some),
        };
        if let Some(tenant) = tenant {
            let secret = secret.to_owned();
            return Ok(PaymentReader::ClientSecret { secret, tenant });
        }
    }
    let provider = service.provider(key, Scope::PaymentsRead);
    provider.map(PaymentReader::Provider)
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
