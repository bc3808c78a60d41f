//! `/v1/enrolment_sessions` and `/v1/authentication_sessions`.

use super::seconds;
use crate::http::body::JsonBody;
use crate::http::guard::ProviderKey;
use crate::service::{Refusal, Service};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::SessionStatus;
use smile_ceremony::secret::ClientSecret;

/// What is shown of a session: the two kinds have the same accessors and are two types.
macro_rules! view {
    ($session:expr) => {
        view(
            $session.id().as_str(),
            $session.user().as_str(),
            $session.state(),
            $session.expires_at_ms(),
        )
    };
}

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/enrolment_sessions").route(web::post().to(create_enrolment)))
        .service(web::resource("/v1/enrolment_sessions/{id}").route(web::get().to(read_enrolment)))
        .service(web::resource("/v1/authentication_sessions").route(web::post().to(create_authentication)))
        .service(web::resource("/v1/authentication_sessions/{id}").route(web::get().to(read_authentication)));
}

async fn create_enrolment(
    ProviderKey(provider): ProviderKey,
    body: JsonBody,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let user = only_user(body)?;
    let (session, token) = service.create_enrolment_session(&provider, &user).await?;
    Ok(created(view!(session), &token))
}

async fn read_enrolment(
    ProviderKey(provider): ProviderKey,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let session = service.enrolment_session(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view!(session)))
}

async fn create_authentication(
    ProviderKey(provider): ProviderKey,
    body: JsonBody,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let user = only_user(body)?;
    let (session, token) = service.create_authentication_session(&provider, &user).await?;
    Ok(created(view!(session), &token))
}

async fn read_authentication(
    ProviderKey(provider): ProviderKey,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let session = service.authentication_session(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view!(session)))
}

/// The one answer that shows the token.
fn created(mut shown: Value, token: &ClientSecret) -> HttpResponse {
    shown["token"] = json!(token.reveal());
    HttpResponse::Created().json(shown)
}

fn only_user(JsonBody(mut members): JsonBody) -> Result<String, Refusal> {
    let user = members.take_string("user")?;
    members.finish()?;
    Ok(user)
}

fn view(id: &str, user: &str, state: &SessionStatus, expires_at_ms: u64) -> Value {
    let mut shown = json!({"id": id, "user": user, "expires_at": seconds(expires_at_ms)});
    match state {
        SessionStatus::Completed {
            credentials,
            completed_at_ms,
        } => {
            shown["status"] = json!("completed");
            shown["credentials"] = json!(credentials);
            shown["completed_at"] = json!(seconds(*completed_at_ms));
        }
        _ => shown["status"] = json!("open"),
    }
    shown
}
