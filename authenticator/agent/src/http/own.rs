//! What the agent's own pages ask with their scripts.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::shop::decode;
use crate::agent::Agent;
use crate::consent::ConsentText;
use crate::refusal::{Refusal, RefusalCode};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/status").route(web::get().to(status)))
        .service(web::resource("/operations/drop").route(web::post().to(drop_waiting)))
        .service(web::resource("/enrol/ticket").route(web::post().to(ticket)))
        .service(web::resource("/pairings/unlock").route(web::post().to(unlock)))
        .service(web::resource("/pairings/list").route(web::get().to(pairings)))
        .service(web::resource("/pairings/forget").route(web::post().to(forget)))
        .service(web::resource("/consent/{language}").route(web::get().to(consent)));
}

async fn status(agent: web::Data<Agent>) -> Result<HttpResponse, Refusal> {
    let failed = |error: smile_authenticator::AuthenticatorError| {
        Refusal::new(RefusalCode::Internal, error.to_string())
    };
    let now = agent.device.status_now().map_err(failed)?;
    let origins: Vec<&str> = agent
        .allowed
        .all()
        .iter()
        .map(crate::origin::Origin::as_str)
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let waiting = agent.desk.waiting();
    Ok(HttpResponse::Ok().json(match now {
        None => json!({"busy": true, "waiting": waiting, "version": version, "allowed_origins": origins}),
        Some(status) => json!({
            "busy": false,
            "waiting": waiting,
            "version": version,
            "allowed_origins": origins,
            "aaid": status.aaid.to_string(),
            "enrolled": status.enrolled,
            "keys": status.keys,
            "locked_for_ms": status.locked_for_ms,
        }),
    }))
}

async fn drop_waiting(agent: web::Data<Agent>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"dropped": agent.desk.drop_waiting()}))
}

/// The nonce of one enrolment. By POST, which only the agent's own pages may: a GET could be made by a link of anybody's.
async fn ticket(agent: web::Data<Agent>) -> Result<HttpResponse, Refusal> {
    let nonce = agent.enrolment.ticket()?;
    Ok(HttpResponse::Ok().json(json!({"nonce": nonce})))
}

async fn pairings(agent: web::Data<Agent>) -> HttpResponse {
    let now_ms = agent.clock.elapsed_ms();
    let mut pairings = agent.pairings();
    let paired: Vec<_> = pairings
        .paired()
        .iter()
        .map(|paired| json!({"origin": paired.origin, "paired_at_ms": paired.paired_at_ms}))
        .collect();
    HttpResponse::Ok()
        .json(json!({"pending": pairings.shown(now_ms), "paired": paired, "locked": pairings.locked()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    origin: String,
}

async fn forget(
    agent: web::Data<Agent>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refusal> {
    let Named { origin } = decode(&request, &body)?;
    let forgotten = agent.pairings().forget(&origin);
    let was_there = forgotten.map_err(|error| Refusal::new(RefusalCode::Internal, error.to_string()))?;
    Ok(HttpResponse::Ok().json(json!({"forgotten": was_there})))
}

async fn unlock(
    agent: web::Data<Agent>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Refusal> {
    let Named { origin } = decode(&request, &body)?;
    let was_there = agent.pairings().unlock(&origin);
    Ok(HttpResponse::Ok().json(json!({"unlocked": was_there})))
}

async fn consent(language: web::Path<String>) -> HttpResponse {
    let text = ConsentText::in_language(&language);
    HttpResponse::Ok().json(json!({
        "language": text.language, "text": text.text, "sha256": text.sha256(),
    }))
}
