//! `/v1/users/{user}/consents` and `/v1/consents/{id}/withdraw`, and the member `consent` of an enrolment.

use super::{json_reply, seconds, warnings};
use crate::http::guard::ProviderKey;
use crate::http::post::{BarePost, sent};
use crate::http::scope::{UsersRead, UsersWrite};
use crate::members::Members;
use crate::service::{Refusal, Reply, Service};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::record::{Consent, ConsentVersion, Credential, GivenConsent, LanguageTag, TextSha256};

/// The last second that has milliseconds.
const SECONDS_MAX: u64 = u64::MAX / 1000;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/v1/users/{user}/consents").route(web::get().to(list)))
        .service(web::resource("/v1/consents/{id}/withdraw").route(web::post().to(withdraw)));
}

/// The consent that a request names; that it was given a short while ago is for the service to see.
///
/// # Errors
/// `member_missing`, `member_invalid`, `member_unknown`, each by its path, such as `consent.language`.
pub(super) fn given(members: &mut Members) -> Result<GivenConsent, Refusal> {
    let mut consent = members.take_object("consent")?;
    let (version, language, text_sha256, agreed_at) = (
        consent.take_string("version")?,
        consent.take_string("language")?,
        consent.take_string("text_sha256")?,
        consent.take_u64("agreed_at", 0..=SECONDS_MAX)?,
    );
    let invalid = |name: &str, rule: &dyn std::fmt::Display| consent.invalid(name, &rule.to_string());
    let given = GivenConsent {
        version: ConsentVersion::parse(&version).map_err(|rule| invalid("version", &rule))?,
        language: LanguageTag::parse(&language).map_err(|rule| invalid("language", &rule))?,
        text_sha256: TextSha256::from_hex(&text_sha256).map_err(|rule| invalid("text_sha256", &rule))?,
        agreed_at_ms: agreed_at * 1000,
    };
    consent.finish()?;
    Ok(given)
}

async fn list(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let consents = service.consents_of(&provider, &user).await?;
    let data: Vec<Value> = consents.iter().map(view).collect();
    Ok(HttpResponse::Ok().json(json!({"data": data})))
}

async fn withdraw(
    BarePost(post): BarePost<UsersWrite>,
    id: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let reply = service.withdraw_consent(&post.provider, &id, &post.once, withdrawn);
    Ok(sent(reply.await?))
}

fn withdrawn(consent: &Consent, deleted: &[Credential], message: Option<&str>, active_left: usize) -> Reply {
    let mut shown = view(consent);
    let ids: Vec<_> = deleted.iter().map(|credential| &credential.id).collect();
    shown["credentials"] = json!(ids);
    shown["uaf_request"] = json!(message);
    shown["active"] = json!(active_left);
    shown["warnings"] = json!(warnings(active_left));
    json_reply(200, &shown)
}

/// What is shown of a consent.
pub(super) fn view(consent: &Consent) -> Value {
    json!({
        "id": consent.id(),
        "user": consent.user(),
        "purpose": consent.purpose(),
        "enrolment_session": consent.session(),
        "version": consent.version(),
        "language": consent.language(),
        "text_sha256": consent.text_sha256().to_string(),
        "agreed_at": seconds(consent.agreed_at_ms()),
        "recorded_at": seconds(consent.recorded_at_ms()),
        "withdrawn_at": consent.withdrawn_at_ms().map(seconds),
        "status": if consent.withdrawn_at_ms().is_some() { "withdrawn" } else { "given" },
    })
}
