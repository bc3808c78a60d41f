//! `/v1/payment_intents` and `/v1/receipt_keys`.

use super::seconds;
use crate::http::body::JsonBody;
use crate::http::guard::{PaymentReader, ProviderKey};
use crate::service::{NewPayment, Refusal, Service};
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::limits::AMOUNT_MINOR_UNITS_MAX;
use smile_ceremony::payment::PaymentIntent;

/// The media type of a receipt (RFC 9052 §12: COSE messages).
const COSE: &str = "application/cose";

/// The media type of a set of COSE keys.
const COSE_KEY_SET: &str = "application/cose-key-set";

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/payment_intents").route(web::post().to(create)))
        .service(web::resource("/v1/payment_intents/{id}").route(web::get().to(read)))
        .service(web::resource("/v1/payment_intents/{id}/receipt").route(web::get().to(receipt)))
        .service(web::resource("/v1/receipt_keys").route(web::get().to(receipt_keys)));
}

async fn create(
    ProviderKey(provider): ProviderKey,
    JsonBody(mut members): JsonBody,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let new = NewPayment {
        amount: members.take_u64("amount", 1..=AMOUNT_MINOR_UNITS_MAX)?,
        currency: members.take_string("currency")?,
        payee: members.take_string("payee")?,
        user: members.take_string("user")?,
        description: members.take_optional_string("description")?,
    };
    members.finish()?;
    let (payment, secret) = service.create_payment(&provider, new).await?;
    let mut shown = view(&payment);
    shown["client_secret"] = json!(secret.reveal());
    Ok(HttpResponse::Created().json(shown))
}

async fn read(
    reader: PaymentReader,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let payment = opened(&service, reader, &id).await?;
    Ok(HttpResponse::Ok().json(view(&payment)))
}

async fn receipt(
    reader: PaymentReader,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let payment = opened(&service, reader, &id).await?;
    Ok(HttpResponse::Ok()
        .content_type(COSE)
        .body(service.receipt(&payment)?))
}

/// Public keys are for everybody: a JSON Web Key Set, or COSE for who asks for it.
async fn receipt_keys(request: HttpRequest, service: web::Data<Service>) -> HttpResponse {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if accept.contains(COSE_KEY_SET) {
        HttpResponse::Ok()
            .content_type(COSE_KEY_SET)
            .body(service.receipt_key_set())
    } else {
        HttpResponse::Ok().json(service.receipt_jwk_set())
    }
}

async fn opened(service: &Service, reader: PaymentReader, id: &str) -> Result<PaymentIntent, Refusal> {
    match reader {
        PaymentReader::Provider(provider) => service.payment(&provider, id).await,
        PaymentReader::ClientSecret(secret) => service.payment_by_secret(&secret, id).await,
    }
}

fn view(payment: &PaymentIntent) -> Value {
    let mut shown = json!({
        "id": payment.id(),
        "status": payment.status(),
        "amount": payment.amount().minor_units(),
        "currency": payment.amount().currency().as_str(),
        "payee": payment.payee(),
        "user": payment.user(),
        "description": payment.description(),
        "transaction_text": payment.transaction_text(),
        "created_at": seconds(payment.created_at_ms()),
        "expires_at": seconds(payment.expires_at_ms()),
    });
    if let Some(action) = payment.next_action() {
        shown["next_action"] = json!(action);
    }
    if let Some(code) = payment.decline_code() {
        shown["decline_code"] = json!(code);
    }
    if let Some(authorisation) = payment.authorisation() {
        shown["authorisation"] = json!({
            "credential": authorisation.credential,
            "aaid": authorisation.aaid,
            "authorised_at": seconds(authorisation.authorised_at_ms),
        });
    }
    shown
}
