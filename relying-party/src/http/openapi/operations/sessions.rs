//! `/v1/enrolment_sessions` and `/v1/authentication_sessions`.

use super::SESSIONS;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::id;
use crate::http::openapi::schemas::{CREATED_SESSION, NEW_ENROLMENT, NEW_SESSION, SESSION};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let enrolment = json!({
        "user": "alice",
        "consent": {
            "version": "2026-11",
            "language": "en",
            "text_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "agreed_at": 1_795_464_300_u64,
        },
    });
    vec![
        Operation::post(
            "/v1/enrolment_sessions",
            "createEnrolmentSession",
            "Let a person register a key",
        )
        .says("The token registers one key, once, within 15 minutes.")
        .about(SESSIONS)
        .for_provider(Scope::UsersWrite)
        .takes(&NEW_ENROLMENT, enrolment)
        .answers(
            201,
            "The session, with its token.",
            &CREATED_SESSION,
            created("es"),
        )
        .stored(),
        Operation::get(
            "/v1/enrolment_sessions/{id}",
            "readEnrolmentSession",
            "Read an enrolment session",
        )
        .about(SESSIONS)
        .for_provider(Scope::UsersRead)
        .at("id", id("The session.", "es"))
        .answers(200, "The session.", &SESSION, completed("es"))
        .refuses(&[RefusalCode::ResourceMissing])
        .stored(),
        Operation::post(
            "/v1/authentication_sessions",
            "createAuthenticationSession",
            "Ask a person for a login",
        )
        .says("The person is who they say once the status is `completed`. The token works for 5 minutes.")
        .about(SESSIONS)
        .for_provider(Scope::UsersWrite)
        .takes(&NEW_SESSION, json!({"user": "alice"}))
        .answers(
            201,
            "The session, with its token.",
            &CREATED_SESSION,
            created("as"),
        )
        .stored(),
        Operation::get(
            "/v1/authentication_sessions/{id}",
            "readAuthenticationSession",
            "Read an authentication session",
        )
        .about(SESSIONS)
        .for_provider(Scope::UsersRead)
        .at("id", id("The session.", "as"))
        .answers(200, "The session.", &SESSION, completed("as"))
        .refuses(&[RefusalCode::ResourceMissing])
        .stored(),
    ]
}

fn created(prefix: &str) -> Value {
    let id = format!("{prefix}_9d5e3c01f2a84b6d8e7f90a1b2c3d4e5");
    let token = format!("{id}_secret_Kx3mV0s8Qd1yT6uWn4ZcR7aLpEoBhGfJiN2tX5vY9kM");
    json!({"id": id, "user": "alice", "status": "open", "expires_at": 1_795_465_214_u64, "token": token})
}

fn completed(prefix: &str) -> Value {
    json!({
        "id": format!("{prefix}_9d5e3c01f2a84b6d8e7f90a1b2c3d4e5"),
        "user": "alice",
        "status": "completed",
        "expires_at": 1_795_465_214_u64,
        "completed_at": 1_795_464_402_u64,
        "credentials": ["cred_5b0c7d2e9f1a4c3b8d6e0f1a2b3c4d5e"],
    })
}
