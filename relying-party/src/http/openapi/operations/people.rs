//! `/v1/users/{user}` and `/v1/consents/{id}`.

use super::PEOPLE as SUBJECT;
use super::credentials::MESSAGE;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::{id, user};
use crate::http::openapi::schemas::{
    CONSENTS, ERASED, EXPORT, LOSE_DEVICE, LOST_DEVICE, NOTHING, PERSON, WITHDRAWN_CONSENT,
};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

const KEY: &str = "cred_5b0c7d2e9f1a4c3b8d6e0f1a2b3c4d5e";
const SESSION: &str = "es_9d5e3c01f2a84b6d8e7f90a1b2c3d4e5";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let mut operations = vec![read(), consents(), export()];
    operations.extend([withdraw(), lose_device()]);
    operations.extend(erase());
    operations
}

fn of_person(operation: Operation, scope: Scope) -> Operation {
    let operation = operation.about(SUBJECT).for_provider(scope).at("user", user());
    operation.refuses(&[RefusalCode::MemberInvalid]).stored()
}

fn read() -> Operation {
    let person = json!({
        "user": "alice", "credentials": 2, "active": 2, "consents": 2, "sessions": 3, "payments": 3,
    });
    let operation = Operation::get("/v1/users/{user}", "readPerson", "How much is kept of a person");
    of_person(operation, Scope::UsersRead)
        .says("A person of whom nothing is kept and one whom nobody knows look the same.")
        .answers(200, "How much.", &PERSON, person)
}

fn consents() -> Operation {
    let operation = Operation::get(
        "/v1/users/{user}/consents",
        "listConsents",
        "List what a person agreed to",
    );
    of_person(operation, Scope::UsersRead).answers(
        200,
        "The consents.",
        &CONSENTS,
        json!({"data": [consent("given")]}),
    )
}

fn export() -> Operation {
    let export = json!({
        "user": "alice",
        "exported_at": 1_795_464_314_u64,
        "credentials": [],
        "consents": [consent("given")],
        "enrolment_sessions": [
            {"id": SESSION, "user": "alice", "status": "open", "expires_at": 1_795_465_214_u64},
        ],
        "authentication_sessions": [],
        "challenges": [{
            "id": "ce_0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "purpose": {"enrolment": SESSION},
            "issued_at": 1_795_464_314_u64,
            "expires_at": 1_795_464_614_u64,
            "spent_at": null,
        }],
        "payments": [],
        "refunds": [],
    });
    let operation = Operation::get(
        "/v1/users/{user}/export",
        "exportPerson",
        "Everything that is kept of a person",
    );
    of_person(operation, Scope::UsersRead)
        .says("With the evidence of registrations and signatures, and without secrets.")
        .answers(200, "Everything.", &EXPORT, export)
}

fn withdraw() -> Operation {
    let mut withdrawn = consent("withdrawn");
    withdrawn["credentials"] = json!([KEY]);
    withdrawn["uaf_request"] = json!(MESSAGE);
    withdrawn["active"] = json!(0);
    withdrawn["warnings"] = json!(["last_credential"]);
    Operation::post(
        "/v1/consents/{id}/withdraw",
        "withdrawConsent",
        "Record that a consent was taken back",
    )
    .says("The keys that were registered under it are deleted, and its session ends.")
    .about(SUBJECT)
    .for_provider(Scope::UsersWrite)
    .at("id", id("The consent.", "co"))
    .may_take(&NOTHING, json!({}))
    .answers(
        200,
        "The consent, and what went with it.",
        &WITHDRAWN_CONSENT,
        withdrawn,
    )
    .refuses(&[RefusalCode::ResourceMissing])
    .stored()
}

fn lose_device() -> Operation {
    let lost = json!({
        "user": "alice",
        "revoked": [KEY],
        "sessions_canceled": ["as_9d5e3c01f2a84b6d8e7f90a1b2c3d4e5"],
        "challenges_ended": 1,
        "active": 1,
        "warnings": [],
        "next_steps": ["review_credentials", "deregister_when_found"],
        "uaf_request": MESSAGE,
    });
    let operation = Operation::post(
        "/v1/users/{user}/lost_device",
        "loseDevice",
        "Record that a device was lost",
    );
    of_person(operation, Scope::UsersWrite)
        .says("Its keys are revoked, and every open session and challenge of the person ends.")
        .takes(&LOSE_DEVICE, json!({"credential": KEY}))
        .answers(200, "What ended.", &LOST_DEVICE, lost)
        .refuses(&[RefusalCode::ResourceMissing])
}

/// By either method.
fn erase() -> [Operation; 2] {
    let erased = json!({
        "user": "alice",
        "status": "erased",
        "credentials": [KEY],
        "consents": 1,
        "sessions": 1,
        "challenges": 0,
        "payments_without_user": 3,
        "uaf_request": MESSAGE,
    });
    let post = Operation::post("/v1/users/{user}/erase", "erasePerson", "Erase a person");
    let post = of_person(post, Scope::UsersWrite).may_take(&NOTHING, json!({}));
    let delete = Operation::delete("/v1/users/{user}", "deletePerson", "Erase a person, by DELETE");
    let delete = of_person(delete, Scope::UsersWrite);
    [post, delete].map(|operation| {
        operation
            .says("Payments stay, and name nobody any more.")
            .answers(200, "What was erased.", &ERASED, erased.clone())
    })
}

fn consent(status: &str) -> Value {
    let withdrawn_at = (status == "withdrawn").then_some(1_795_464_402_u64);
    json!({
        "id": "co_1a2b3c4d5e6f708192a3b4c5d6e7f809",
        "user": "alice",
        "purpose": "enrolment",
        "enrolment_session": SESSION,
        "version": "2026-11",
        "language": "en",
        "text_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "agreed_at": 1_795_464_300_u64,
        "recorded_at": 1_795_464_314_u64,
        "withdrawn_at": withdrawn_at,
        "status": status,
    })
}
