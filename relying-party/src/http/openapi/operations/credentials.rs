//! `/v1/credentials/{id}` and what is done with it, `/v1/users/{user}/credentials` and `/v1/users/{user}/deregister`.

use super::CREDENTIALS as SUBJECT;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::{id, user};
use crate::http::openapi::schemas::{
    CHANGED_CREDENTIAL, CREDENTIAL, CREDENTIALS, DEREGISTER_USER, DEREGISTERED, DEREGISTERED_USER,
    NAME_CREDENTIAL, NOTHING,
};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

const KEY: &str = "cred_5b0c7d2e9f1a4c3b8d6e0f1a2b3c4d5e";

/// A message that takes keys from an authenticator.
pub const MESSAGE: &str =
    "[{\"header\":{\"upv\":{\"major\":1,\"minor\":1},\"op\":\"Dereg\"},\"authenticators\":[]}]";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let gone =
        json!({"id": KEY, "status": "deregistered", "uaf_request": MESSAGE, "active": 1, "warnings": []});
    let all_gone = json!({
        "user": "alice", "status": "deregistered", "credentials": [KEY], "uaf_request": MESSAGE, "active": 0,
        "warnings": ["last_credential"],
    });
    let mut operations = vec![
        Operation::get(
            "/v1/users/{user}/credentials",
            "listCredentials",
            "List the keys of a person",
        )
        .about(SUBJECT)
        .for_provider(Scope::UsersRead)
        .at("user", user())
        .answers(
            200,
            "The keys.",
            &CREDENTIALS,
            json!({"data": [shown("active")], "active": 1}),
        )
        .refuses(&[RefusalCode::MemberInvalid])
        .stored(),
        Operation::post(
            "/v1/credentials/{id}/deregister",
            "deregisterCredential",
            "Take a key away",
        )
        .says("Its record is deleted at once; the message erases the authenticator's half.")
        .about(SUBJECT)
        .for_provider(Scope::UsersWrite)
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
        .for_provider(Scope::UsersWrite)
        .at("user", user())
        .takes(&DEREGISTER_USER, json!({"aaid": "FFFF#5301"}))
        .answers(200, "What became of them.", &DEREGISTERED_USER, all_gone)
        .refuses(&[RefusalCode::StateConflict])
        .stored(),
    ];
    operations.extend(of_one());
    operations
}

/// What is read and changed of a key, short of deleting it.
fn of_one() -> [Operation; 5] {
    let path = "/v1/credentials/{id}";
    let known = |operation: Operation, scope| {
        let operation = operation.about(SUBJECT).for_provider(scope);
        operation
            .at("id", id("The key.", "cred"))
            .refuses(&[RefusalCode::ResourceMissing])
            .stored()
    };
    let moved = |path, name, summary, says, status| {
        let operation = Operation::post(path, name, summary)
            .says(says)
            .may_take(&NOTHING, json!({}));
        known(operation, Scope::UsersWrite).answers(200, "The key.", &CHANGED_CREDENTIAL, changed(status))
    };
    [
        known(
            Operation::get(path, "readCredential", "Read a key"),
            Scope::UsersRead,
        )
        .answers(200, "The key.", &CREDENTIAL, shown("active")),
        known(
            Operation::post(path, "nameCredential", "Name a key"),
            Scope::UsersWrite,
        )
        .takes(&NAME_CREDENTIAL, json!({"name": "blue phone"}))
        .answers(200, "The key.", &CHANGED_CREDENTIAL, changed("active")),
        moved(
            "/v1/credentials/{id}/suspend",
            "suspendCredential",
            "Suspend a key",
            "It signs nothing until it is reinstated.",
            "suspended",
        ),
        moved(
            "/v1/credentials/{id}/reinstate",
            "reinstateCredential",
            "Reinstate a key",
            "One that was suspended signs again.",
            "active",
        ),
        moved(
            "/v1/credentials/{id}/revoke",
            "revokeCredential",
            "Revoke a key",
            "It never signs again, and nobody can register it again. Its record stays.",
            "revoked",
        ),
    ]
}

fn changed(status: &str) -> Value {
    let mut key = shown(status);
    key["active"] = json!(1);
    key["warnings"] = json!([]);
    key
}

fn shown(status: &str) -> Value {
    json!({
        "id": KEY,
        "user": "alice",
        "scheme": "UAFV1TLV",
        "aaid": "FFFF#5301",
        "key_id": "ZmFrZSBrZXkgaWQgb2YgMzIgYnl0ZXMgaW4gYWxsLi4",
        "name": "blue phone",
        "status": status,
        "status_changed_at": null,
        "consent": "co_1a2b3c4d5e6f708192a3b4c5d6e7f809",
        "sign_counter": 3,
        "attestation": {"type": "basic_surrogate", "trust_anchor_sha256": null},
        "registered_at": 1_795_400_000_u64,
        "last_used_at": 1_795_464_402_u64,
    })
}
