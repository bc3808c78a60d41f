//! `/v1/users/{user}/credentials`, `/v1/users/{user}/deregister` and `/v1/credentials/{id}/deregister`.

use super::CREDENTIALS as SUBJECT;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::{id, user};
use crate::http::openapi::schemas::{CREDENTIALS, DEREGISTER_USER, DEREGISTERED, DEREGISTERED_USER, NOTHING};
use crate::service::RefusalCode;
use serde_json::{Value, json};

const KEY: &str = "cred_5b0c7d2e9f1a4c3b8d6e0f1a2b3c4d5e";
const MESSAGE: &str =
    "[{\"header\":{\"upv\":{\"major\":1,\"minor\":1},\"op\":\"Dereg\"},\"authenticators\":[]}]";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let gone = json!({"id": KEY, "status": "deregistered", "uaf_request": MESSAGE});
    let all_gone =
        json!({"user": "alice", "status": "deregistered", "credentials": [KEY], "uaf_request": MESSAGE});
    vec![
        Operation::get(
            "/v1/users/{user}/credentials",
            "listCredentials",
            "List the keys of a person",
        )
        .about(SUBJECT)
        .for_provider()
        .at("user", user())
        .answers(200, "The keys.", &CREDENTIALS, json!({"data": [shown()]}))
        .refuses(&[RefusalCode::MemberInvalid])
        .stored(),
        Operation::post(
            "/v1/credentials/{id}/deregister",
            "deregisterCredential",
            "Take a key away",
        )
        .says("Its record is deleted at once; the message erases the authenticator's half.")
        .about(SUBJECT)
        .for_provider()
        .at("id", id("The key.", "cred"))
        .may_take(&NOTHING, json!({}))
        .answers(200, "What became of it.", &DEREGISTERED, gone)
        .refuses(&[RefusalCode::ResourceMissing, RefusalCode::StateConflict])
        .stored(),
        Operation::post(
            "/v1/users/{user}/deregister",
            "deregisterUser",
            "Take several keys of a person away",
        )
        .says("All of them together, or none.")
        .about(SUBJECT)
        .for_provider()
        .at("user", user())
        .takes(&DEREGISTER_USER, json!({"aaid": "FFFF#5301"}))
        .answers(200, "What became of them.", &DEREGISTERED_USER, all_gone)
        .refuses(&[RefusalCode::StateConflict])
        .stored(),
    ]
}

fn shown() -> Value {
    json!({
        "id": KEY,
        "user": "alice",
        "scheme": "UAFV1TLV",
        "aaid": "FFFF#5301",
        "key_id": "ZmFrZSBrZXkgaWQgb2YgMzIgYnl0ZXMgaW4gYWxsLi4",
        "status": "active",
        "sign_counter": 3,
        "attestation": {"type": "basic_surrogate", "trust_anchor_sha256": null},
        "registered_at": 1_795_400_000_u64,
        "last_used_at": 1_795_464_402_u64,
    })
}
