//! `/v1/users/{user}`: what is kept of a person, the loss of a device, export and erasure.

use super::sessions::view_of;
use super::{consents, credentials, json_reply, payments, refunds, seconds, warnings};
use crate::http::guard::ProviderKey;
use crate::http::post::{BarePost, Post, sent};
use crate::http::scope::{UsersRead, UsersWrite};
use crate::members::Members;
use crate::service::{PersonRecords, Refusal, RefusalCode, Reply, Service};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use smile_ceremony::identifier::CredentialId;
use smile_ceremony::payment::PaymentIntent;
use smile_ceremony::record::{Credential, PendingCeremony, SessionName};
use smile_ceremony::transition::{Erased, LostDevice, LostKeys};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/v1/users/{user}")
                .route(web::get().to(read))
                .route(web::delete().to(erase)),
        )
        .service(web::resource("/v1/users/{user}/lost_device").route(web::post().to(lose_device)))
        .service(web::resource("/v1/users/{user}/export").route(web::get().to(export)))
        .service(web::resource("/v1/users/{user}/erase").route(web::post().to(erase)));
}

async fn read(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let person = service.person(&provider, &user).await?;
    let active = person.credentials.iter().filter(|key| key.is_active()).count();
    Ok(HttpResponse::Ok().json(json!({
        "user": *user,
        "credentials": person.credentials.len(),
        "active": active,
        "consents": person.consents.len(),
        "sessions": person.enrolment_sessions.len() + person.authentication_sessions.len(),
        "payments": person.payments.len(),
    })))
}

async fn lose_device(
    post: Post<UsersWrite>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let keys = lost(post.members)?;
    let reply = service.lose_device(&post.provider, &user, keys, &post.once, lost_device);
    Ok(sent(reply.await?))
}

/// Exactly one of `credential` and `all`.
fn lost(mut members: Members) -> Result<LostKeys, Refusal> {
    let (credential, all) = (
        members.take_optional_string("credential")?,
        members.take_optional_bool("all")?,
    );
    let keys = match (credential, all) {
        (Some(id), None) => CredentialId::parse(&id).map(LostKeys::One).map_err(|_| {
            let rule = "must be the identifier of a credential, cred_ and 32 hexadecimal digits";
            members.invalid("credential", rule)
        })?,
        (None, Some(true)) => LostKeys::All,
        (_, Some(_)) => return Err(members.invalid("all", "must be true, and stand without credential")),
        (None, None) => {
            let rule = "either credential must be there, or all";
            return Err(Refusal::new(RefusalCode::MemberMissing, rule).at("credential"));
        }
    };
    members.finish()?;
    Ok(keys)
}

fn lost_device(user: &str, lost: &LostDevice, message: Option<&str>) -> Reply {
    let revoked: Vec<_> = lost.revoked.iter().map(|credential| &credential.id).collect();
    let sessions: Vec<_> = lost.sessions.iter().filter_map(session_id).collect();
    // What the provider does now, by its name in the documentation.
    let next = if lost.active_left == 0 {
        ["create_enrolment_session", "deregister_when_found"]
    } else {
        ["review_credentials", "deregister_when_found"]
    };
    json_reply(
        200,
        &json!({
            "user": user,
            "revoked": revoked,
            "sessions_canceled": sessions,
            "challenges_ended": lost.challenges,
            "active": lost.active_left,
            "warnings": warnings(lost.active_left),
            "next_steps": next,
            "uaf_request": message,
        }),
    )
}

fn session_id(name: &SessionName) -> Option<&str> {
    match name {
        SessionName::Enrolment(id) => Some(id.as_str()),
        SessionName::Authentication(id) => Some(id.as_str()),
        _ => None,
    }
}

async fn erase(
    BarePost(post): BarePost<UsersWrite>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    post.members.finish()?;
    let reply = service.erase(&post.provider, &user, &post.once, erased);
    Ok(sent(reply.await?))
}

fn erased(user: &str, erased: &Erased, message: Option<&str>) -> Reply {
    let ids: Vec<_> = erased
        .credentials
        .iter()
        .map(|credential| &credential.id)
        .collect();
    json_reply(
        200,
        &json!({
            "user": user,
            "status": "erased",
            "credentials": ids,
            "consents": erased.consents,
            "sessions": erased.sessions,
            "challenges": erased.challenges,
            "payments_without_user": erased.payments,
            "uaf_request": message,
        }),
    )
}

async fn export(
    ProviderKey(provider, _): ProviderKey<UsersRead>,
    user: web::Path<String>,
    service: web::Data<Service>,
) -> Result<HttpResponse, Refusal> {
    let records = service.person_records(&provider, &user).await?;
    Ok(HttpResponse::Ok().json(exported(&user, &records, seconds(service.clock().now_ms()))))
}

/// The document; `docs/data.md` says what is in it and why.
fn exported(user: &str, records: &PersonRecords, exported_at: u64) -> Value {
    let person = &records.person;
    let enrolments: Vec<_> = person
        .enrolment_sessions
        .iter()
        .map(|one| view_of!(one))
        .collect();
    let logins: Vec<_> = person
        .authentication_sessions
        .iter()
        .map(|one| view_of!(one))
        .collect();
    let all = |list: Vec<Value>| Value::Array(list);
    json!({
        "user": user,
        "exported_at": exported_at,
        "credentials": all(person.credentials.iter().map(credential_with_evidence).collect()),
        "consents": all(person.consents.iter().map(consents::view).collect()),
        "enrolment_sessions": enrolments,
        "authentication_sessions": logins,
        "challenges": all(person.challenges.iter().map(challenge).collect()),
        "payments": all(person.payments.iter().map(payment_with_evidence).collect()),
        "refunds": all(records.refunds.iter().map(refunds::view).collect()),
    })
}

fn credential_with_evidence(credential: &Credential) -> Value {
    let mut shown = credentials::view(credential);
    shown["public_key"] = json!(credential.public_key);
    shown["authenticator_version"] = json!(credential.authenticator_version);
    shown["tc_display_png_characteristics"] = json!(credential.tc_display_png_characteristics);
    shown["attestation"]["evidence"] = json!(credential.attestation);
    shown
}

fn payment_with_evidence(payment: &PaymentIntent) -> Value {
    let mut shown = payments::view(payment);
    if let Some(authorisation) = payment.authorisation() {
        shown["authorisation"]["evidence"] = json!(authorisation);
    }
    shown
}

fn challenge(ceremony: &PendingCeremony) -> Value {
    json!({
        "id": ceremony.id(),
        "purpose": ceremony.purpose(),
        "issued_at": seconds(ceremony.issued_at_ms()),
        "expires_at": seconds(ceremony.expires_at_ms()),
        "spent_at": ceremony.spent_at_ms().map(seconds),
    })
}
