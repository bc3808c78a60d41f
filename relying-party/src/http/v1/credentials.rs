//! `/v1/users/{user}/credentials` and `/v1/credentials/{id}/deregister`.

use super::seconds;
use crate::http::guard::ProviderKey;
use crate::service::{Refusal, Service};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::Credential;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/users/{user}/credentials").route(web::get().to(list)))
        .service(web::resource("/v1/credentials/{id}/deregister").route(web::post().to(deregister)));
}

async fn list(
    ProviderKey(provider): ProviderKey,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let credentials = service.credentials_of(&provider, &user).await?;
    let data: Vec<Value> = credentials.iter().map(view).collect();
    Ok(HttpResponse::Ok().json(json!({"data": data})))
}

async fn deregister(
    ProviderKey(provider): ProviderKey,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let (credential, message) = service.deregister(&provider, &id).await?;
    Ok(HttpResponse::Ok()
        .json(json!({"id": credential.id, "status": "deregistered", "uaf_request": message})))
}

fn view(credential: &Credential) -> Value {
    let attestation = &credential.attestation;
    json!({
        "id": credential.id,
        "user": credential.user,
        "scheme": credential.scheme,
        "aaid": credential.aaid,
        "key_id": credential.key_id,
        "status": credential.status,
        "sign_counter": credential.sign_counter,
        "attestation": {
            // 0x3E07 Basic Full, 0x3E08 Basic Surrogate (UAF registry).
            "type": if attestation.attestation_type == 0x3E07 { "basic_full" } else { "basic_surrogate" },
            "trust_anchor_sha256": attestation.trust_anchor_sha256,
        },
        "registered_at": seconds(credential.registered_at_ms),
        "last_used_at": credential.last_used_at_ms.map(seconds),
    })
}
