//! `/v1/credentials/{id}` and what is done with it, `/v1/users/{user}/credentials` and `/v1/users/{user}/deregister`.

use super::{json_reply, seconds, warnings};
use crate::http::guard::ProviderKey;
use crate::http::post::{BarePost, Post, sent};
use crate::http::scope::{UsersRead, UsersWrite};
use crate::members::{Members, invalid};
use crate::service::{Refusal, RefusalCode, Reply, Service, UserKeys};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::{Credential, CredentialChange, CredentialName};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/users/{user}/credentials").route(web::get().to(list)))
        .service(web::resource("/v1/users/{user}/deregister").route(web::post().to(deregister_user)))
        .service(
            web::resource("/v1/credentials/{id}")
                .route(web::get().to(read))
                .route(web::post().to(name)),
        )
        .service(web::resource("/v1/credentials/{id}/suspend").route(web::post().to(suspend)))
        .service(web::resource("/v1/credentials/{id}/reinstate").route(web::post().to(reinstate)))
        .service(web::resource("/v1/credentials/{id}/revoke").route(web::post().to(revoke)))
        .service(web::resource("/v1/credentials/{id}/deregister").route(web::post().to(deregister)));
}

async fn list(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let credentials = service.credentials_of(&provider, &user).await?;
    let data: Vec<Value> = credentials.iter().map(view).collect();
    let active = credentials.iter().filter(|key| key.is_active()).count();
    Ok(HttpResponse::Ok().json(json!({"data": data, "active": active})))
}

async fn read(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let credential = service.credential(&provider, &id).await?;
    Ok(HttpResponse::Ok().json(view(&credential)))
}

async fn name(
    mut post: Post<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let text = post.members.take_string("name")?;
    let name =
        CredentialName::parse(&text).map_err(|rule| post.members.invalid("name", &rule.to_string()))?;
    changed(post, &id, &service, CredentialChange::Name(name)).await
}

async fn suspend(
    BarePost(post): BarePost<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    changed(post, &id, &service, CredentialChange::Suspend).await
}

async fn reinstate(
    BarePost(post): BarePost<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    changed(post, &id, &service, CredentialChange::Reinstate).await
}

async fn revoke(
    BarePost(post): BarePost<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    changed(post, &id, &service, CredentialChange::Revoke).await
}

async fn changed(
    post: Post<UsersWrite>,
    id: &str,
    service: &Service,
    change: CredentialChange,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let reply = service.change_credential(
        &post.provider,
        id,
        change,
        &post.once,
        |credential, active_left| {
            let mut shown = view(credential);
            shown["active"] = json!(active_left);
            shown["warnings"] = json!(warnings(active_left));
            json_reply(200, &shown)
        },
    );
    Ok(sent(reply.await?))
}

async fn deregister(
    BarePost(post): BarePost<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let reply = service.deregister(&post.provider, &id, &post.once, deregistered);
    Ok(sent(reply.await?))
}

fn deregistered(credential: &Credential, message: Option<&str>, active_left: usize) -> Reply {
    json_reply(
        200,
        &json!({
            "id": credential.id,
            "status": "deregistered",
            "uaf_request": message,
            "active": active_left,
            "warnings": warnings(active_left),
        }),
    )
}

async fn deregister_user(
    post: Post<UsersWrite>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let which = wanted(post.members)?;
    let reply = service.deregister_user(&post.provider, &user, which, &post.once, all_deregistered);
    Ok(sent(reply.await?))
}

fn all_deregistered(user: &str, deleted: &[Credential], message: Option<&str>, active_left: usize) -> Reply {
    let ids: Vec<_> = deleted.iter().map(|credential| &credential.id).collect();
    let shown = json!({
        "user": user,
        "status": "deregistered",
        "credentials": ids,
        "uaf_request": message,
        "active": active_left,
        "warnings": warnings(active_left),
    });
    json_reply(200, &shown)
}

/// Exactly one of `aaid` and `all`.
fn wanted(mut members: Members) -> Result<UserKeys, Refusal> {
    let (aaid, all) = (
        members.take_optional_string("aaid")?,
        members.take_optional_bool("all")?,
    );
    members.finish()?;
    match (aaid, all) {
        (Some(aaid), None) => match aaid.parse() {
            Ok(aaid) => Ok(UserKeys::OfModel(aaid)),
            Err(_) => Err(invalid("aaid", "must be an AAID such as FFFF#5301")),
        },
        (None, Some(true)) => Ok(UserKeys::All),
        (_, Some(_)) => Err(invalid("all", "must be true, and stand without aaid")),
        (None, None) => {
            let rule = "either aaid must be there, or all";
            Err(Refusal::new(RefusalCode::MemberMissing, rule).at("aaid"))
        }
    }
}

/// What is shown of a key.
pub(super) fn view(credential: &Credential) -> Value {
    let attestation = &credential.attestation;
    json!({
        "id": credential.id,
        "user": credential.user,
        "scheme": credential.scheme,
        "aaid": credential.aaid,
        "key_id": credential.key_id,
        "name": credential.name,
        "status": credential.status,
        "status_changed_at": credential.status_changed_at_ms.map(seconds),
        "consent": credential.consent,
        "sign_counter": credential.sign_counter,
        "attestation": {
            "type": attestation_name(attestation.attestation_type),
            "trust_anchor_sha256": attestation.trust_anchor_sha256,
        },
        "registered_at": seconds(credential.registered_at_ms),
        "last_used_at": credential.last_used_at_ms.map(seconds),
    })
}

/// The name of an attestation type (UAF registry) that can be verified.
fn attestation_name(code: u16) -> &'static str {
    match code {
        0x3E07 => "basic_full",
        0x3E0A => "attca",
        _ => "basic_surrogate",
    }
}
