//! `/v1/api_keys`.

use super::API_KEYS as SUBJECT;
use super::payments::limit;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::id;
use crate::http::openapi::schemas::{
    API_KEY, API_KEYS, CREATED_API_KEY, NEW_API_KEY, NOTHING, ROLL_API_KEY, ROLLED_API_KEY,
};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

const KEY: &str = "ak_6f02c1d3e4b5a6978877665544332211";
const SUCCESSOR: &str = "ak_0a1b2c3d4e5f60718293a4b5c6d7e8f9";
const TEXT: &str = "rk_test_9QdKx3mV0s8Qd1yT6uWn4ZcR7aLpEoBhGfJiN2tX5vY";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let new = json!({"name": "reports", "kind": "restricted", "scopes": ["payments:read"]});
    let mut created = shown(KEY, "active");
    created["key"] = json!(TEXT);
    let mut revoked = shown(KEY, "revoked");
    revoked["revoked_at"] = json!(1_795_464_400_u64);
    let known = |operation: Operation| {
        let operation = operation.about(SUBJECT).for_provider(Scope::KeysWrite);
        operation
            .at("id", id("The key.", "ak"))
            .refuses(&[RefusalCode::ResourceMissing])
            .stored()
    };
    vec![
        Operation::post("/v1/api_keys", "createApiKey", "Make a key")
            .says("It gives away no scope that it does not have itself. A tenant has at most 100 keys that work.")
            .about(SUBJECT)
            .for_provider(Scope::KeysWrite)
            .takes(&NEW_API_KEY, new)
            .answers(201, "The key, with its text.", &CREATED_API_KEY, created)
            .stored(),
        Operation::get("/v1/api_keys", "listApiKeys", "List the keys")
            .says("Newest first, those of the configuration too.")
            .about(SUBJECT)
            .for_provider(Scope::KeysWrite)
            .may_ask("starting_after", id("The last key of the page before.", "ak"))
            .may_ask("limit", limit())
            .answers(
                200,
                "A part of the list.",
                &API_KEYS,
                json!({"data": [shown(KEY, "active")], "has_more": false}),
            ),
        known(Operation::post("/v1/api_keys/{id}/roll", "rollApiKey", "Give a key a successor"))
            .says("Of the same name, kind and scopes; both work for a while.")
            .takes(&ROLL_API_KEY, json!({"expires_in_s": 86_400}))
            .answers(201, "The successor, with its text.", &ROLLED_API_KEY, rolled()),
        known(Operation::post("/v1/api_keys/{id}/revoke", "revokeApiKey", "Take a key away"))
            .says("At once.")
            .may_take(&NOTHING, json!({}))
            .answers(200, "The key.", &API_KEY, revoked),
    ]
}

fn rolled() -> Value {
    let mut old = shown(KEY, "rolled");
    old["expires_at"] = json!(1_795_550_714_u64);
    old["rolled_to"] = json!(SUCCESSOR);
    let mut new = shown(SUCCESSOR, "active");
    new["key"] = json!(TEXT);
    new["replaces"] = old;
    new
}

fn shown(id: &str, status: &str) -> Value {
    json!({
        "id": id,
        "name": "reports",
        "kind": "restricted",
        "mode": "test",
        "scopes": ["payments:read"],
        "source": "api",
        "status": status,
        "created_at": 1_795_464_314_u64,
        "expires_at": null,
        "revoked_at": null,
        "rolled_to": null,
    })
}
