//! Pairing over HTTP: who sees the code, and what a token opens.

use serde_json::json;
use smile_agent::pairing::PAIRING_LIFETIME_MS;

use crate::stage::{OTHER, SHOP, Stage, registration};

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[test]
fn the_code_is_shown_by_the_agent_and_never_to_the_page_that_asks() {
    let stage = Stage::new();
    let begun = stage.ask(SHOP, None, "POST /v1/pairings", None);
    assert_eq!(begun.status, 201);
    let code = stage.code(SHOP);
    assert!(!begun.text().contains(&code));
    let announced = stage.announced.lock().unwrap().join("\n");
    assert!(announced.contains(SHOP) && announced.contains(&format!("{} {}", &code[..3], &code[3..])));
    let expires_at = begun.json()["expires_at"].as_u64().unwrap();
    assert_eq!(expires_at, 1_767_225_600 + 1 + 120);
    assert_eq!(
        stage.ask(SHOP, None, "GET /.well-known/smile-agent", None).json()["paired"],
        false
    );
}

#[test]
fn an_operation_needs_a_token_and_that_of_the_own_origin() {
    let (stage, token) = Stage::paired();
    let others = stage.pair(OTHER);
    let body = json!({"uaf_request": registration()});
    for bad in [None, Some(""), Some("sat_guess"), Some(others.as_str())] {
        let reply = stage.ask(SHOP, bad, "POST /v1/operations", Some(&body));
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "token_refused"),
            "{bad:?}"
        );
    }
    assert_eq!(
        stage
            .ask(OTHER, Some(&token), "POST /v1/operations", Some(&body))
            .code(),
        "token_refused"
    );
    assert_eq!(stage.open(&token, &registration()).status, 201);
    // A page that was paired anew has a new token, and the old one is worth nothing.
    let again = stage.pair(SHOP);
    assert_eq!(
        stage
            .ask(SHOP, Some(&token), "GET /v1/operations/op_x", None)
            .code(),
        "token_refused"
    );
    assert_eq!(
        stage
            .ask(SHOP, Some(&again), "GET /v1/operations/op_x", None)
            .code(),
        "operation_unknown"
    );
    assert_eq!(
        stage.ask(SHOP, None, "GET /.well-known/smile-agent", None).json()["paired"],
        true
    );
}

#[test]
fn five_wrong_codes_kill_a_pairing() {
    let stage = Stage::new();
    let begun = stage.ask(SHOP, None, "POST /v1/pairings", None).json();
    let line = format!("POST /v1/pairings/{}", begun["id"].as_str().unwrap());
    let code = stage.code(SHOP);
    let try_code = |code: &str| stage.ask(SHOP, None, &line, Some(&json!({"code": code})));
    for _ in 0..5 {
        let reply = try_code(&wrong(&code));
        assert_eq!((reply.status, reply.code().as_str()), (403, "pairing_code_wrong"));
    }
    let reply = try_code(&code);
    assert_eq!((reply.status, reply.code().as_str()), (410, "pairing_ended"));
    stage.pair(SHOP);
}

#[test]
fn a_pairing_that_is_too_old_or_somebody_elses_or_none_is_refused() {
    let stage = Stage::new();
    let begin = || {
        stage.ask(SHOP, None, "POST /v1/pairings", None).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let id = begin();
    let body = json!({"code": stage.code(SHOP)});
    let line = format!("POST /v1/pairings/{id}");
    assert_eq!(
        stage.ask(OTHER, None, &line, Some(&body)).code(),
        "pairing_unknown"
    );
    assert_eq!(
        stage
            .ask(SHOP, None, "POST /v1/pairings/pair_x", Some(&body))
            .code(),
        "pairing_unknown"
    );
    stage.clock.advance(PAIRING_LIFETIME_MS);
    let late = stage.ask(SHOP, None, &line, Some(&body));
    assert_eq!((late.status, late.code().as_str()), (410, "pairing_expired"));
    let id = begin();
    let body = json!({"code": stage.code(SHOP)});
    stage.clock.advance(PAIRING_LIFETIME_MS - 1);
    assert_eq!(
        stage
            .ask(SHOP, None, &format!("POST /v1/pairings/{id}"), Some(&body))
            .status,
        200
    );
}

#[test]
fn the_sixth_pairing_in_ten_minutes_waits() {
    let stage = Stage::new();
    for _ in 0..5 {
        assert_eq!(stage.ask(SHOP, None, "POST /v1/pairings", None).status, 201);
    }
    assert_eq!(
        stage.ask(SHOP, None, "POST /v1/pairings", None).code(),
        "too_many_requests"
    );
    assert_eq!(stage.ask(OTHER, None, "POST /v1/pairings", None).status, 201);
}

#[test]
fn a_locked_page_is_shown_to_the_user_who_unlocks_it_on_the_agents_own_page() {
    let stage = Stage::new();
    let begin = || stage.ask(SHOP, None, "POST /v1/pairings", None);
    for _ in 0..3 {
        let id = begin().json()["id"].as_str().unwrap().to_owned();
        let right: u32 = stage.code(SHOP).parse().unwrap();
        let wrong = json!({"code": format!("{:06}", (right + 1) % 1_000_000)});
        for _ in 0..5 {
            stage.ask(SHOP, None, &format!("POST /v1/pairings/{id}"), Some(&wrong));
        }
    }
    let locked = begin();
    assert_eq!((locked.status, locked.code().as_str()), (403, "pairing_locked"));
    let list = || stage.ask_own("GET /pairings/list", &[], b"").json()["locked"].clone();
    assert_eq!(list(), json!([SHOP]));
    let body = json!({"origin": SHOP}).to_string();
    let unlock = |origin: &str| {
        let headers = [("Origin", origin), ("Content-Type", "application/json")];
        stage.ask_own("POST /pairings/unlock", &headers, body.as_bytes())
    };
    assert_eq!(unlock(SHOP).code(), "origin_refused");
    assert_eq!(unlock(&stage.own_origin()).json(), json!({"unlocked": true}));
    assert_eq!(list(), json!([]));
    stage.pair(SHOP);
}

#[test]
fn a_disk_that_fails_is_said_to_be_inside_the_agent_and_nothing_was_given_out() {
    let stage = Stage::new();
    let begun = stage.ask(SHOP, None, "POST /v1/pairings", None).json();
    let line = format!("POST /v1/pairings/{}", begun["id"].as_str().unwrap());
    let code = json!({"code": stage.code(SHOP)});
    // Where the new list is written before it takes the old one's place.
    let in_the_way = stage.folder.path().join("agent/pairings.new");
    std::fs::create_dir(&in_the_way).unwrap();
    let failed = stage.ask(SHOP, None, &line, Some(&code));
    assert_eq!((failed.status, failed.code().as_str()), (500, "internal"));
    assert!(!failed.text().contains("sat_"));
    std::fs::remove_dir(&in_the_way).unwrap();
    // The code was used up; another pairing is as ever.
    let again = stage.ask(SHOP, None, &line, Some(&code));
    assert_eq!(again.code(), "pairing_unknown");
    stage.pair(SHOP);
}
