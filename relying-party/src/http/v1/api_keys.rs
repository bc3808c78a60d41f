//! `/v1/api_keys`.

use super::query::QueryMembers;
use super::{json_reply, seconds};
use crate::http::guard::ProviderKey;
use crate::http::post::{BarePost, Post, sent};
use crate::http::scope::KeysWrite;
use crate::service::{NewApiKey, OVERLAP_MAX_S, Refusal, Reply, Service, ShownApiKey};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/v1/api_keys")
                .route(web::post().to(create))
                .route(web::get().to(list)),
        )
        .service(web::resource("/v1/api_keys/{id}/roll").route(web::post().to(roll)))
        .service(web::resource("/v1/api_keys/{id}/revoke").route(web::post().to(revoke)));
}

async fn create(mut post: Post<KeysWrite>, service: web::Data<Service>) -> Result<HttpResponse, Refusal> {
    let new = NewApiKey {
        name: post.members.take_string("name")?,
        kind: post.members.take_string("kind")?,
        scopes: post.members.take_optional_strings("scopes")?,
    };
    post.members.finish()?;
    let service = service.into_inner();
    let created = service.create_api_key(post.provider, new, post.once, created);
    Ok(sent(created.await?))
}

async fn roll(
    mut post: Post<KeysWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let overlap_s = post.members.take_u64("expires_in_s", 0..=OVERLAP_MAX_S)?;
    post.members.finish()?;
    let service = service.into_inner();
    let rolled = service.roll_api_key(post.provider, &id, overlap_s, post.once, rolled);
    Ok(sent(rolled.await?))
}

async fn revoke(
    BarePost(post): BarePost<KeysWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let service = service.into_inner();
    let revoked = service.revoke_api_key(post.provider, &id, post.once, revoked);
    Ok(sent(revoked.await?))
}

async fn list(
    ProviderKey(provider, _): ProviderKey<KeysWrite>,
    request: HttpRequest,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let mut query = QueryMembers::of(&request)?;
    let (after, limit) = (query.take("starting_after"), query.take_limit()?);
    query.finish()?;
    let found = service.api_keys(&provider, after.as_deref(), limit, view)?;
    Ok(HttpResponse::Ok().json(json!({"data": found.data, "has_more": found.has_more})))
}

fn created(key: &ShownApiKey<'_>, text: &str) -> Reply {
    let mut shown = view(key);
    shown["key"] = json!(text);
    json_reply(201, &shown)
}

/// The successor with its text, and what becomes of the old key.
fn rolled(old: &ShownApiKey<'_>, new: &ShownApiKey<'_>, text: &str) -> Reply {
    let mut shown = view(new);
    shown["key"] = json!(text);
    shown["replaces"] = view(old);
    json_reply(201, &shown)
}

fn revoked(key: &ShownApiKey<'_>) -> Reply {
    json_reply(200, &view(key))
}

fn view(key: &ShownApiKey<'_>) -> Value {
    let record = key.record;
    let scopes: Vec<&str> = record
        .scopes()
        .iter()
        .map(|scope| Scope::as_str(*scope))
        .collect();
    let mut shown = json!({
        "id": record.id(),
        "name": record.name(),
        "kind": record.kind().as_str(),
        "mode": key.mode.as_str(),
        "scopes": scopes,
        "source": if key.is_configured { "configuration" } else { "api" },
        "status": status(key),
        "expires_at": record.expires_at_ms().map(seconds),
        "revoked_at": record.revoked_at_ms().map(seconds),
        "rolled_to": record.rolled_to(),
    });
    if !key.is_configured {
        shown["created_at"] = json!(seconds(record.created_at_ms()));
    }
    shown
}

fn status(key: &ShownApiKey<'_>) -> &'static str {
    match (key.is_over, key.record.revoked_at_ms(), key.record.rolled_to()) {
        (_, Some(_), _) => "revoked",
        (true, None, _) => "expired",
        (false, None, Some(_)) => "rolled",
        (false, None, None) => "active",
    }
}
