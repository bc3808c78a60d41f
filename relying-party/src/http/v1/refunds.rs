//! `/v1/refunds`.

use super::query::{QueryMembers, invalid};
use super::{json_reply, page, seconds};
use crate::http::guard::ProviderKey;
use crate::http::post::{Post, sent};
use crate::http::scope::{PaymentsRead, RefundsWrite};
use crate::service::{Refusal, Reply, Service};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::limits::AMOUNT_MINOR_UNITS_MAX;
use smile_ceremony::payment;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/v1/refunds")
                .route(web::post().to(create))
                .route(web::get().to(list)),
        )
        .service(web::resource("/v1/refunds/{id}").route(web::get().to(read)));
}

async fn create(mut post: Post<RefundsWrite>, service: web::Data<Service>) -> Result<HttpResponse, Refusal> {
    let payment = post.members.take_string("payment_intent")?;
    let amount = post
        .members
        .take_optional_u64("amount", 1..=AMOUNT_MINOR_UNITS_MAX)?;
    post.members.finish()?;
    let reply = service
        .refund(&post.provider, &payment, amount, &post.once, created)
        .await?;
    Ok(sent(reply))
}

async fn read(
    ProviderKey(provider, _): ProviderKey<PaymentsRead>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let refund = service.refund_record(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view(&refund)))
}

async fn list(
    ProviderKey(provider, _): ProviderKey<PaymentsRead>,
    request: HttpRequest,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let mut query = QueryMembers::of(&request)?;
    let (payment, limit, after) = (
        query.take("payment_intent"),
        query.take_limit()?,
        query.take("starting_after"),
    );
    query.finish()?;
    let payment =
        payment.ok_or_else(|| invalid("payment_intent", "must be there: refunds are listed by payment"))?;
    let found = service
        .refunds_of(&provider, &payment, after.as_deref(), limit)
        .await?;
    Ok(HttpResponse::Ok().json(page(&found, view)))
}

fn created(refund: &payment::Refund) -> Reply {
    json_reply(201, &view(refund))
}

/// What is shown of a refund.
pub(super) fn view(refund: &payment::Refund) -> Value {
    let mut shown = json!({
        "id": refund.id(),
        "payment_intent": refund.payment(),
        "amount": refund.amount().minor_units(),
        "currency": refund.amount().currency().as_str(),
        "status": refund.status(),
        "created_at": seconds(refund.created_at_ms()),
    });
    if let Some(code) = refund.decline_code() {
        shown["decline_code"] = json!(code);
    }
    shown
}
