//! `/v1/test_helpers`: for tenants in test mode.

use crate::http::post::{Post, sent};
use crate::http::scope::PaymentsWrite;
use crate::service::{Refusal, Service};
use actix_web::{HttpResponse, web};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    let simulation = web::resource("/v1/test_helpers/payment_intents/{id}/simulate");
    config.service(simulation.route(web::post().to(simulate)));
}

async fn simulate(
    mut post: Post<PaymentsWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let outcome = post.members.take_string("outcome")?;
    post.members.finish()?;
    let ended = service.simulate(&post.provider, &id, &outcome, &post.once, super::payments::shown);
    Ok(sent(ended.await?))
}
