//! `/v1`: keys, members, secrets; each bad request with its code, its parameter and an unchanged state.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{KEY, On, World};
use serde_json::{Value, json};

fn refused(answer: &Answer, status: u16, code: &str, param: Option<&str>) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{answer:?}"
    );
    let problem = answer.json();
    assert_eq!(problem.get("param").and_then(Value::as_str), param, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:smile:problem:{code}"));
    assert_eq!(problem["doc_url"], format!("docs/errors.md#{code}"));
    assert!(problem["detail"].as_str().is_some_and(|rule| !rule.is_empty()));
    assert_eq!(answer.header("x-request-id"), problem["request_id"].as_str());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
pub fn every_provider_endpoint_wants_a_secret_key() {
    let world = World::new(On::Memory);
    let endpoints = [
        ("POST", "/v1/enrolment_sessions"),
        ("GET", "/v1/enrolment_sessions/es_x"),
        ("POST", "/v1/authentication_sessions"),
        ("GET", "/v1/authentication_sessions/as_x"),
        ("POST", "/v1/payment_intents"),
        ("GET", "/v1/payment_intents"),
        ("GET", "/v1/payment_intents/pi_x"),
        ("POST", "/v1/payment_intents/pi_x"),
        ("POST", "/v1/payment_intents/pi_x/confirm"),
        ("POST", "/v1/payment_intents/pi_x/cancel"),
        ("POST", "/v1/payment_intents/pi_x/capture"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/refunds"),
        ("GET", "/v1/refunds/re_x"),
        ("GET", "/v1/payment_intents/pi_x/receipt"),
        ("GET", "/v1/users/alice/credentials"),
        ("POST", "/v1/credentials/cred_x/deregister"),
        ("POST", "/v1/users/alice/deregister"),
        ("GET", "/v1/credentials/cred_x"),
        ("POST", "/v1/credentials/cred_x"),
        ("POST", "/v1/credentials/cred_x/suspend"),
        ("POST", "/v1/credentials/cred_x/reinstate"),
        ("POST", "/v1/credentials/cred_x/revoke"),
        ("POST", "/v1/users/alice/lost_device"),
        ("GET", "/v1/users/alice"),
        ("DELETE", "/v1/users/alice"),
        ("GET", "/v1/users/alice/export"),
        ("POST", "/v1/users/alice/erase"),
        ("GET", "/v1/users/alice/consents"),
        ("POST", "/v1/consents/co_x/withdraw"),
    ];
    let json_type = "content-type: application/json\r\n";
    for (method, path) in endpoints {
        let body = br#"{"user":"alice"}"#;
        let answer = world.raw(method, path, json_type, body);
        refused(&answer, 401, "api_key_missing", Some("authorization"));
        for wrong in ["Bearer sk_test_wrong", "Bearer ", &format!("Bearer {KEY}x")] {
            let answer = world.raw(
                method,
                path,
                &format!("{json_type}authorization: {wrong}\r\n"),
                body,
            );
            assert_eq!(answer.status, 401, "{method} {path} {wrong:?}");
        }
        let basic = world.raw(
            method,
            path,
            &format!("{json_type}authorization: Basic {KEY}\r\n"),
            body,
        );
        refused(&basic, 401, "api_key_missing", Some("authorization"));
    }
    assert!(world.dump().is_empty());
    assert_eq!(
        world
            .post("/v1/enrolment_sessions", &world.enrolment("alice"))
            .status,
        201
    );
}

#[test]
fn a_user_name_alone_registers_nothing() {
    let world = World::new(On::Memory);
    let verdict = world.uaf_get("Reg", &json!({"username": "alice", "user": "alice"}));
    assert_eq!(verdict["statusCode"], 1400);
    assert!(world.dump().is_empty());
    let context = json!({"enrolmentSession": world.enrolment_token("alice")});
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
}

#[test]
pub fn each_bad_member_of_a_payment_is_named() {
    let world = World::new(On::Memory);
    let good = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice", "description": "a stamp"});
    let cases = [
        ("amount", json!(0), "member_invalid"),
        ("amount", json!(-145), "member_invalid"),
        ("amount", json!(1.45), "member_invalid"),
        ("amount", json!("145"), "member_invalid"),
        ("amount", json!(1_000_000_000_000_u64), "member_invalid"),
        ("amount", json!(u64::MAX), "member_invalid"),
        ("amount", Value::Null, "member_missing"),
        ("currency", json!("eur"), "member_invalid"),
        ("currency", json!("EURO"), "member_invalid"),
        ("currency", json!("XAU"), "member_invalid"),
        ("currency", json!(978), "member_invalid"),
        ("payee", json!(""), "member_invalid"),
        ("payee", json!("Deutsche\nPost"), "member_invalid"),
        ("payee", json!("Pöst"), "member_invalid"),
        ("payee", json!("Post\" (ref 0)"), "member_invalid"),
        ("payee", json!("x".repeat(101)), "member_invalid"),
        ("user", json!(""), "member_invalid"),
        ("user", json!(" alice"), "member_invalid"),
        ("user", json!("al\u{0}ice"), "member_invalid"),
        ("user", json!("x".repeat(129)), "member_invalid"),
        ("user", json!(7), "member_invalid"),
        ("description", json!("x".repeat(501)), "member_invalid"),
        ("description", json!(7), "member_invalid"),
        ("tip", json!(1), "member_unknown"),
    ];
    for (member, value, code) in cases {
        let mut body = good.clone();
        body[member] = value;
        let answer = world.post("/v1/payment_intents", &body);
        refused(&answer, 400, code, Some(member));
        if (member, code) == ("amount", "member_invalid") {
            let range = "must be a whole number from 1 to 999999999999";
            assert_eq!(answer.json()["detail"], range);
        }
    }
    assert!(world.dump().is_empty());
    assert_eq!(world.post("/v1/payment_intents", &good).status, 201);
    for most in [1, 999_999_999_999_u64] {
        let mut body = good.clone();
        body["amount"] = json!(most);
        assert_eq!(world.post("/v1/payment_intents", &body).status, 201, "{most}");
    }
    let mut body = good.clone();
    body["description"] = Value::Null;
    let created = world.post("/v1/payment_intents", &body);
    assert_eq!(created.status, 201, "null is the same as leaving it out");
    assert_eq!(created.json()["description"], Value::Null);
}

#[test]
fn each_bad_member_of_a_payments_terms_is_named() {
    let world = World::new(On::Memory);
    let good = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice"});
    let cases = [
        ("order", json!(""), "member_invalid"),
        ("order", json!("A\n17"), "member_invalid"),
        ("order", json!("Ä17"), "member_invalid"),
        ("order", json!("17\" until 2099"), "member_invalid"),
        ("order", json!("x".repeat(41)), "member_invalid"),
        ("capture_method", json!("later"), "member_invalid"),
        ("capture_method", json!(true), "member_invalid"),
        ("confirm", json!("yes"), "member_invalid"),
        ("expires_in_s", json!(59), "member_invalid"),
        ("expires_in_s", json!(86_401), "member_invalid"),
        ("expires_in_s", json!(u64::MAX), "member_invalid"),
        ("expires_in_s", json!(90.5), "member_invalid"),
    ];
    for (member, value, code) in cases {
        let mut body = good.clone();
        body[member] = value;
        refused(&world.post("/v1/payment_intents", &body), 400, code, Some(member));
    }
    // Nobody is there who could confirm, and a text that is too long for an authenticator.
    let nobody = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "confirm": true});
    refused(
        &world.post("/v1/payment_intents", &nobody),
        400,
        "member_invalid",
        Some("confirm"),
    );
    let mut long = good.clone();
    (long["payee"], long["order"]) = (json!("W".repeat(100)), json!("x".repeat(40)));
    refused(
        &world.post("/v1/payment_intents", &long),
        400,
        "member_invalid",
        Some("order"),
    );
    assert!(world.dump().is_empty());
    assert_eq!(world.post("/v1/payment_intents", &good).status, 201);
}

#[test]
pub fn a_body_that_is_not_one_json_object_is_refused() {
    let world = World::new(On::Memory);
    let headers = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let post = |body: &[u8]| world.raw("POST", "/v1/enrolment_sessions", &headers, body);
    for body in [
        "",
        "alice",
        "[]",
        "\"alice\"",
        "{\"user\":\"alice\"",
        "{\"user\":\"\\ud800\"}",
    ] {
        refused(&post(body.as_bytes()), 400, "body_malformed", None);
    }
    refused(&post(b"{\"user\":\"\xff\"}"), 400, "body_malformed", None);
    refused(
        &post(br#"{"user":"alice","user":"bob"}"#),
        400,
        "member_duplicate",
        Some("user"),
    );
    let name = "x".repeat(1000);
    let twice = format!(r#"{{"{name}":1,"{name}":2}}"#);
    refused(
        &post(twice.as_bytes()),
        400,
        "member_duplicate",
        Some(&name[..64]),
    );
    let untyped = format!("authorization: Bearer {KEY}\r\n");
    let answer = world.raw("POST", "/v1/enrolment_sessions", &untyped, br#"{"user":"alice"}"#);
    refused(&answer, 415, "content_type_unsupported", Some("content-type"));
    assert!(world.dump().is_empty());
    let good = world.enrolment("alice").to_string();
    assert_eq!(post(good.as_bytes()).status, 201);
}

#[test]
pub fn a_client_secret_opens_its_own_payment_and_no_other_and_reads_it_for_an_hour_more() {
    let world = World::new(On::Memory);
    let (mine, other) = (world.payment("alice"), world.payment("alice"));
    let read = |payment: &Value, secret: &str| {
        let path = format!("/v1/payment_intents/{}", payment["id"].as_str().expect("an id"));
        world.raw("GET", &path, &format!("smile-client-secret: {secret}\r\n"), b"")
    };
    let secret = mine["client_secret"].as_str().expect("a secret");
    let answer = read(&mine, secret);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "requires_action");
    assert!(
        answer.json().get("client_secret").is_none(),
        "a secret is shown once"
    );
    let invalid =
        |answer: &Answer| refused(answer, 401, "client_secret_invalid", Some("smile-client-secret"));
    invalid(&read(&other, secret));
    invalid(&read(&mine, &format!("{secret}x")));
    invalid(&read(&mine, mine["id"].as_str().expect("an id")));
    invalid(&read(&json!({"id": format!("pi_{}", "0".repeat(32))}), secret));
    let bearer = format!("authorization: Bearer {secret}\r\n");
    refused(
        &world.raw("GET", "/v1/users/alice/credentials", &bearer, b""),
        401,
        "api_key_invalid",
        Some("authorization"),
    );
    world
        .clock
        .advance_ms(smile_ceremony::limits::PAYMENT_LIFETIME_MS);
    assert_eq!(read(&mine, secret).json()["status"], "expired");
    let begun = world.uaf_get("Auth", &json!({"clientSecret": secret}));
    assert_ne!(begun["statusCode"], 1200, "it reads, and does not act");
    world.clock.advance_ms(3_590_000);
    assert_eq!(read(&mine, secret).status, 200);
    world.clock.advance_ms(10_000);
    invalid(&read(&mine, secret));
}

#[test]
fn secrets_are_shown_once_and_stored_as_hashes() {
    let world = World::new(On::Memory);
    let token = world.enrolment_token("alice");
    let payment = world.payment("alice");
    let secret = payment["client_secret"].as_str().expect("a secret");
    let bytes: Vec<u8> = world.dump().into_iter().flat_map(|row| row.value).collect();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("alice"), "the search finds what is there");
    for whole in [token.as_str(), secret] {
        let (_, part) = whole.split_once("_secret_").expect("two parts");
        assert!(!holds(part));
    }
}

#[test]
pub fn what_is_not_there_is_404() {
    let world = World::new(On::Memory);
    let zeros = "0".repeat(32);
    for path in [
        format!("/v1/payment_intents/pi_{zeros}"),
        "/v1/payment_intents/nonsense".to_owned(),
        format!("/v1/payment_intents/pi_{zeros}/receipt"),
        format!("/v1/enrolment_sessions/es_{zeros}"),
        format!("/v1/authentication_sessions/as_{zeros}"),
        format!("/v1/refunds/re_{zeros}"),
        "/v1/refunds/nonsense".to_owned(),
    ] {
        refused(&world.get(&path), 404, "resource_missing", Some("id"));
    }
    let answer = world.post(&format!("/v1/credentials/cred_{zeros}/deregister"), &json!({}));
    refused(&answer, 404, "resource_missing", Some("id"));
}

#[test]
fn a_session_can_be_read_without_its_token() {
    let world = World::new(On::Memory);
    let created = world
        .post("/v1/enrolment_sessions", &world.enrolment("alice"))
        .json();
    let path = format!(
        "/v1/enrolment_sessions/{}",
        created["id"].as_str().expect("an id")
    );
    let read = world.get(&path).json();
    assert_eq!(read["status"], "open");
    assert_eq!(read["expires_at"], created["expires_at"]);
    assert!(read.get("token").is_none());
    let signer = Signer::number(1);
    let request = world.request("Reg", &json!({"enrolmentSession": created["token"]}));
    assert_eq!(
        world.respond(&signer.register(&request).message())["statusCode"],
        1200
    );
    assert_eq!(world.get(&path).json()["status"], "completed");
}

#[test]
fn user_names_with_any_script_survive_the_path() {
    let world = World::new(On::Sled);
    let (user, path) = (
        "ユーザー/1",
        "/v1/users/%E3%83%A6%E3%83%BC%E3%82%B6%E3%83%BC%2F1/credentials",
    );
    world.register(user, &Signer::number(1));
    let listed = world.get(path).json();
    assert_eq!(listed["data"][0]["user"], user);
    assert_eq!(listed["data"][0]["aaid"], "FFFF#5399");
    assert_eq!(listed["data"][0]["attestation"]["type"], "basic_surrogate");
}
