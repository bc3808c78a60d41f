//! `/v1/payment_intents` and `/v1/receipt_keys`.

use super::query::{QueryMembers, invalid};
use super::{json_reply, page, seconds};
use crate::http::guard::{PaymentReader, ProviderKey};
use crate::http::payer::BarePayerPost;
use crate::http::post::{BarePost, Post, sent};
use crate::http::scope::{PaymentsRead, PaymentsWrite};
use crate::service::{NewPayment, PaymentList, Refusal, Reply, Service};
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::limits::{AMOUNT_MINOR_UNITS_MAX, PAYMENT_LIFETIME_MAX_MS, PAYMENT_LIFETIME_MIN_MS};
use smile_ceremony::payment::{OrderReference, PaymentIntent, PaymentStatus};
use smile_protocol::uaf::authentication::IMAGE_PNG;
use std::ops::RangeInclusive;

/// The media type of a receipt (RFC 9052 §12: COSE messages).
const COSE: &str = "application/cose";

/// The media type of a set of COSE keys.
const COSE_KEY_SET: &str = "application/cose-key-set";

/// How long a payment may wait for its buyer, in seconds.
const LIFETIME_S: RangeInclusive<u64> = PAYMENT_LIFETIME_MIN_MS / 1000..=PAYMENT_LIFETIME_MAX_MS / 1000;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/v1/payment_intents")
                .route(web::post().to(create))
                .route(web::get().to(list)),
        )
        .service(
            web::resource("/v1/payment_intents/{id}")
                .route(web::get().to(read))
                .route(web::post().to(attach)),
        )
        .service(web::resource("/v1/payment_intents/{id}/confirm").route(web::post().to(confirm)))
        .service(web::resource("/v1/payment_intents/{id}/cancel").route(web::post().to(cancel)))
        .service(web::resource("/v1/payment_intents/{id}/decline").route(web::post().to(decline)))
        .service(web::resource("/v1/payment_intents/{id}/capture").route(web::post().to(capture)))
        .service(web::resource("/v1/payment_intents/{id}/receipt").route(web::get().to(receipt)))
        .service(web::resource("/v1/payment_intents/{id}/picture").route(web::get().to(picture)))
        .service(web::resource("/v1/receipt_keys").route(web::get().to(receipt_keys)));
}

async fn create(post: Post<PaymentsWrite>, service: web::Data<Service>) -> Result<HttpResponse, Refusal> {
    let mut members = post.members;
    let new = NewPayment {
        amount: members.take_u64("amount", 1..=AMOUNT_MINOR_UNITS_MAX)?,
        currency: members.take_string("currency")?,
        payee: members.take_string("payee")?,
        user: members.take_optional_string("user")?,
        order: members.take_optional_string("order")?,
        description: members.take_optional_string("description")?,
        capture_method: members.take_optional_string("capture_method")?,
        confirm: members.take_optional_bool("confirm")?,
        expires_in_s: members.take_optional_u64("expires_in_s", LIFETIME_S)?,
        return_url: members.take_optional_string("return_url")?,
    };
    members.finish()?;
    let created = service.create_payment(&post.provider, new, &post.once, |payment, secret| {
        let mut shown = view(payment);
        shown["client_secret"] = json!(secret.reveal());
        if let Some(page) = payment.page() {
            // A fragment is not sent: no log on the way learns the secret.
            shown["next_action"]["url"] = json!(format!("{page}#{}", secret.reveal()));
        }
        json_reply(201, &shown)
    });
    Ok(sent(created.await?))
}

async fn attach(
    mut post: Post<PaymentsWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let user = post.members.take_string("user")?;
    post.members.finish()?;
    let moved = service.attach_user(&post.provider, &id, &user, &post.once, shown);
    Ok(sent(moved.await?))
}

async fn confirm(
    BarePost(post): BarePost<PaymentsWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let moved = service.confirm_payment(&post.provider, &id, &post.once, shown);
    Ok(sent(moved.await?))
}

async fn cancel(
    BarePost(post): BarePost<PaymentsWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let moved = service.cancel_payment(&post.provider, &id, &post.once, shown);
    Ok(sent(moved.await?))
}

async fn decline(
    BarePayerPost(secret): BarePayerPost,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let declined = service.decline_payment(&secret, &id).await?;
    Ok(HttpResponse::Ok().json(view(&declined)))
}

async fn capture(
    BarePost(mut post): BarePost<PaymentsWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let amount = post
        .members
        .take_optional_u64("amount", 1..=AMOUNT_MINOR_UNITS_MAX)?;
    post.members.finish()?;
    let moved = service.capture_payment(&post.provider, &id, amount, &post.once, shown);
    Ok(sent(moved.await?))
}

async fn list(
    ProviderKey(provider, _): ProviderKey<PaymentsRead>,
    request: HttpRequest,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let mut query = QueryMembers::of(&request)?;
    let status = query.take("status").map(|name| {
        PaymentStatus::parse(&name).ok_or_else(|| invalid("status", "must be the name of a state"))
    });
    let list = PaymentList {
        user: query.take("user"),
        status: status.transpose()?,
        starting_after: query.take("starting_after"),
        limit: query.take_limit()?,
    };
    query.finish()?;
    let found = service.payments(&provider, list).await?;
    Ok(HttpResponse::Ok().json(page(&found, view)))
}

pub(super) fn shown(payment: &PaymentIntent) -> Reply {
    json_reply(200, &view(payment))
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

/// The very bytes that are shown and signed: they never change, so a browser need not ask again.
async fn picture(
    reader: PaymentReader,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let payment = opened(&service, reader, &id).await?;
    let kept = service.picture(&payment)?;
    Ok(HttpResponse::Ok()
        .content_type(IMAGE_PNG)
        .insert_header(("cache-control", "private, max-age=86400, immutable"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(kept.png().to_vec()))
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
        PaymentReader::ClientSecret { secret, tenant } => {
            service.payment_by_secret(&secret, tenant.as_ref(), id).await
        }
    }
}

/// What is shown of a payment.
pub(super) fn view(payment: &PaymentIntent) -> Value {
    let mut shown = json!({
        "id": payment.id(),
        "status": payment.status(),
        "amount": payment.amount().minor_units(),
        "currency": payment.amount().currency().as_str(),
        "payee": payment.payee(),
        "user": payment.user(),
        "order": payment.order().map(OrderReference::as_str),
        "description": payment.description(),
        "capture_method": payment.capture_method(),
        "amount_captured": payment.amount_captured().unwrap_or(0),
        "amount_refunded": payment.amount_refunded(),
        "transaction_text": payment.transaction_text(),
        "return_url": payment.return_url(),
        "created_at": seconds(payment.created_at_ms()),
        "expires_at": seconds(payment.expires_at_ms()),
    });
    if payment.is_user_erased() {
        shown["user_erased"] = json!(true);
    }
    // A picture that is not what was drawn is nowhere said to be the payment's.
    if let Ok(Some(kept)) = payment.picture() {
        let (width, height) = kept.size();
        shown["transaction_picture"] = json!({
            "sha256": hex(kept.sha256()),
            "bytes": kept.png().len(),
            "width": width,
            "height": height,
            "content_type": IMAGE_PNG,
        });
    }
    if let Some(action) = payment.next_action() {
        shown["next_action"] = json!(action);
        if let Some(page) = payment.page() {
            shown["next_action"]["url"] = json!(page);
        }
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
