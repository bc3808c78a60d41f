//! `/healthz`: the process answers. `/readyz`: the store does too.

use crate::service::{Refusal, Service};
use actix_web::{HttpResponse, web};
use serde_json::json;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/healthz").route(web::get().to(healthz)))
        .service(web::resource("/readyz").route(web::get().to(readyz)));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

async fn readyz(service: web::Data<Service>) -> Result<HttpResponse, Refusal> {
    service.must_be_ready().await?;
    Ok(HttpResponse::Ok().json(json!({"status": "ready"})))
}
