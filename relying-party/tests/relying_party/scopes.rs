//! What a key may do: the scope of each endpoint, and what a key can hand on.

use crate::api_keys::{at, made, secret};
use crate::tenants::ask;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_ceremony::record::Scope;
use smile_relying_party::http::openapi;
use std::collections::BTreeSet;

/// Every endpoint that asks for a scope, with names of what does not exist.
#[rustfmt::skip]
const ENDPOINTS: [(&str, &str, Scope); 36] = [
    ("GET", "/v1/payment_intents", Scope::PaymentsRead),
    ("GET", "/v1/payment_intents/pi_00000000000000000000000000000000", Scope::PaymentsRead),
    ("GET", "/v1/payment_intents/pi_00000000000000000000000000000000/receipt", Scope::PaymentsRead),
    ("GET", "/v1/payment_intents/pi_00000000000000000000000000000000/picture", Scope::PaymentsRead),
    ("GET", "/v1/refunds?payment_intent=pi_00000000000000000000000000000000", Scope::PaymentsRead),
    ("GET", "/v1/refunds/re_1", Scope::PaymentsRead),
    ("POST", "/v1/payment_intents", Scope::PaymentsWrite),
    ("POST", "/v1/payment_intents/pi_1", Scope::PaymentsWrite),
    ("POST", "/v1/payment_intents/pi_1/confirm", Scope::PaymentsWrite),
    ("POST", "/v1/payment_intents/pi_1/cancel", Scope::PaymentsWrite),
    ("POST", "/v1/payment_intents/pi_1/capture", Scope::PaymentsWrite),
    ("POST", "/v1/test_helpers/payment_intents/pi_1/simulate", Scope::PaymentsWrite),
    ("POST", "/v1/refunds", Scope::RefundsWrite),
    ("GET", "/v1/enrolment_sessions/es_1", Scope::UsersRead),
    ("GET", "/v1/authentication_sessions/as_1", Scope::UsersRead),
    ("GET", "/v1/users/alice/credentials", Scope::UsersRead),
    ("GET", "/v1/users/alice", Scope::UsersRead),
    ("GET", "/v1/users/alice/consents", Scope::UsersRead),
    ("GET", "/v1/users/alice/export", Scope::UsersRead),
    ("GET", "/v1/credentials/cred_1", Scope::UsersRead),
    ("POST", "/v1/enrolment_sessions", Scope::UsersWrite),
    ("POST", "/v1/authentication_sessions", Scope::UsersWrite),
    ("POST", "/v1/users/alice/deregister", Scope::UsersWrite),
    ("POST", "/v1/credentials/cred_1/deregister", Scope::UsersWrite),
    ("POST", "/v1/credentials/cred_1", Scope::UsersWrite),
    ("POST", "/v1/credentials/cred_1/suspend", Scope::UsersWrite),
    ("POST", "/v1/credentials/cred_1/reinstate", Scope::UsersWrite),
    ("POST", "/v1/credentials/cred_1/revoke", Scope::UsersWrite),
    ("POST", "/v1/users/alice/lost_device", Scope::UsersWrite),
    ("POST", "/v1/users/alice/erase", Scope::UsersWrite),
    ("DELETE", "/v1/users/alice", Scope::UsersWrite),
    ("POST", "/v1/consents/co_1/withdraw", Scope::UsersWrite),
    ("GET", "/v1/api_keys", Scope::KeysWrite),
    ("POST", "/v1/api_keys", Scope::KeysWrite),
    ("POST", "/v1/api_keys/ak_1/roll", Scope::KeysWrite),
    ("POST", "/v1/api_keys/ak_1/revoke", Scope::KeysWrite),
];

#[test]
fn every_endpoint_is_among_them_and_described_with_its_scope() {
    let document: Value = serde_json::from_str(openapi::text()).expect("JSON");
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().expect("an object") {
        for (method, operation) in item.as_object().expect("an object") {
            let ways = operation["security"].as_array().into_iter().flatten();
            let scopes = ways.filter_map(|way| way["restricted_key"][0].as_str());
            described.extend(scopes.map(|scope| format!("{} {path} {scope}", method.to_uppercase())));
        }
    }
    let tested = ENDPOINTS.map(|(method, path, scope)| {
        let path = path.split('?').next().expect("a first part").split('/');
        let named = path.map(|part| match part {
            "alice" => "{user}",
            id if id.contains("_1") || id.contains("_0") => "{id}",
            word => word,
        });
        let path = named.collect::<Vec<_>>().join("/");
        format!("{method} {path} {}", scope.as_str())
    });
    let (described, tested): (BTreeSet<_>, BTreeSet<_>) = (described.into_iter().collect(), tested.into());
    assert_eq!(described, tested);
}

#[test]
fn an_endpoint_asks_for_its_scope() {
    let world = World::new(On::Memory);
    let page = include_str!("../../../docs/api.md");
    for scope in Scope::ALL {
        assert!(ENDPOINTS.iter().any(|(.., needs)| *needs == scope), "{scope:?}");
        let row = format!("| `{}` |", scope.as_str());
        assert!(page.contains(&row), "{scope:?} is documented");
        let body = json!({"name": scope.as_str(), "kind": "restricted", "scopes": [scope.as_str()]});
        let (_, key) = made(&world, &body);
        assert!(key.starts_with("rk_test_"));
        for (method, path, needs) in ENDPOINTS {
            let answer = ask(&world, &key, method, path, &Value::Null);
            if needs == scope {
                assert_ne!(answer.status, 403, "{method} {path} under {scope:?}");
                continue;
            }
            assert_eq!(answer.status, 403, "{method} {path} under {scope:?}");
            assert_eq!(answer.code(), "scope_missing", "{method} {path}");
            let words = answer.json()["detail"].to_string();
            assert!(words.contains(needs.as_str()), "{words}");
        }
    }
}

#[test]
pub fn nobody_gives_away_what_they_do_not_have() {
    let world = World::new(On::Memory);
    let (shown, _) = secret(&world);
    let scopes = json!(["keys:write", "payments:read"]);
    let (_, key) = made(
        &world,
        &json!({"name": "keeper", "kind": "restricted", "scopes": scopes}),
    );
    let ask = |path: &str, body: &Value| ask(&world, &key, "POST", path, body);
    let secret = ask("/v1/api_keys", &json!({"name": "more", "kind": "secret"}));
    assert_eq!((secret.status, secret.code().as_str()), (403, "scope_missing"));
    let more = json!({"name": "more", "kind": "restricted", "scopes": ["refunds:write"]});
    assert!(
        ask("/v1/api_keys", &more).json()["detail"]
            .as_str()
            .expect("words")
            .contains("refunds:write")
    );
    let rolled = ask(&at(&shown, "roll"), &json!({"expires_in_s": 0}));
    assert_eq!(
        rolled.code(),
        "scope_missing",
        "its successor would be in their hands"
    );
    let less = json!({"name": "less", "kind": "restricted", "scopes": ["payments:read"]});
    let less = ask("/v1/api_keys", &less);
    assert_eq!(less.status, 201);
    assert_eq!(
        ask(&at(&less.json(), "roll"), &json!({"expires_in_s": 0})).status,
        201
    );
    assert_eq!(
        ask("/v1/api_keys", &json!({"name": "page", "kind": "publishable"})).status,
        201
    );
    assert_eq!(
        ask(&at(&shown, "revoke"), &json!({})).status,
        200,
        "to take one away needs no more"
    );
}

#[test]
pub fn a_publishable_key_opens_nothing_by_itself() {
    let world = World::new(On::Memory);
    let (_, key) = made(&world, &json!({"name": "page", "kind": "publishable"}));
    assert!(key.starts_with("pk_test_"));
    let payment = world.payment("alice");
    let path = World::path(&payment, "");
    for (method, path) in [
        ("GET", "/v1/payment_intents"),
        ("POST", "/v1/payment_intents"),
        ("POST", "/v1/enrolment_sessions"),
        ("GET", path.as_str()),
    ] {
        let answer = ask(&world, &key, method, path, &json!({}));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "api_key_publishable"),
            "{path}"
        );
    }
    let with = |secret: &str| {
        let headers = format!("authorization: Bearer {key}\r\nsmile-client-secret: {secret}\r\n");
        world.raw("GET", &path, &headers, b"")
    };
    assert_eq!(with("pi_wrong").code(), "client_secret_invalid");
    let secret = payment["client_secret"].as_str().expect("a secret");
    assert_eq!(with(secret).json()["id"], payment["id"]);
    let unknown = format!("authorization: Bearer {key}x\r\nsmile-client-secret: {secret}\r\n");
    assert_eq!(world.raw("GET", &path, &unknown, b"").code(), "api_key_invalid");
}
