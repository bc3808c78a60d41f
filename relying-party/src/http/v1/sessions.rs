//! `/v1/enrolment_sessions` and `/v1/authentication_sessions`.

use super::{consents, json_reply, seconds};
use crate::http::guard::ProviderKey;
use crate::http::post::{Post, sent};
use crate::http::scope::{UsersRead, UsersWrite};
use crate::members::Members;
use crate::service::{Refusal, Reply, Service};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::{AuthenticationSession, EnrolmentSession, SessionStatus};
use smile_ceremony::secret::ClientSecret;

/// What is shown of a session: the two kinds have the same accessors and are two types.
macro_rules! view {
    ($session:expr) => {
        $crate::http::v1::sessions::view(
            $session.id().as_str(),
            $session.user().as_str(),
            $session.state(),
            $session.expires_at_ms(),
        )
    };
}

pub(super) use view as view_of;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/enrolment_sessions").route(web::post().to(create_enrolment)))
        .service(web::resource("/v1/enrolment_sessions/{id}").route(web::get().to(read_enrolment)))
        .service(web::resource("/v1/authentication_sessions").route(web::post().to(create_authentication)))
        .service(web::resource("/v1/authentication_sessions/{id}").route(web::get().to(read_authentication)));
}

async fn create_enrolment(
    mut post: Post<UsersWrite>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let (user, given) = (
        post.members.take_string("user")?,
        consents::given(&mut post.members)?,
    );
    post.members.finish()?;
    let show = |session: &EnrolmentSession, token: &ClientSecret| created(view!(session), token);
    let created = service.create_enrolment_session(&post.provider, &user, given, &post.once, show);
    Ok(sent(created.await?))
}

async fn read_enrolment(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let session = service.enrolment_session(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view!(session)))
}

async fn create_authentication(
    post: Post<UsersWrite>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let user = only_user(post.members)?;
    let show = |session: &AuthenticationSession, token: &ClientSecret| created(view!(session), token);
    let created = service.create_authentication_session(&post.provider, &user, &post.once, show);
    Ok(sent(created.await?))
}

async fn read_authentication(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let session = service.authentication_session(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view!(session)))
}

/// The one answer that shows the token.
fn created(mut shown: Value, token: &ClientSecret) -> Reply {
    shown["token"] = json!(token.reveal());
    json_reply(201, &shown)
}

fn only_user(mut members: Members) -> Result<String, Refusal> {
    let user = members.take_string("user")?;
    members.finish()?;
    Ok(user)
}

/// What is shown of a session of either kind.
pub(super) fn view(id: &str, user: &str, state: &SessionStatus, expires_at_ms: u64) -> Value {
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
        SessionStatus::Canceled { canceled_at_ms } => {
            shown["status"] = json!("canceled");
            shown["canceled_at"] = json!(seconds(*canceled_at_ms));
        }
        _ => shown["status"] = json!("open"),
    }
    shown
}
