//! The shop answers to its own name, changes nothing for another page, and fences its page in.

use serde_json::json;

use crate::world::{AGENT, World, consent};

#[test]
fn another_name_is_refused_and_the_address_in_numbers_leads_to_the_name() {
    let world = World::new();
    let browser = world.browser();
    let port = world.shop.addr.port();
    let get = |host: &str, path: &str| browser.raw("GET", path, &format!("host: {host}\r\n"), b"");
    assert_eq!(
        get(&format!("attacker.example:{port}"), "/shop/catalogue").code(),
        "host_refused"
    );
    assert_eq!(
        get(&format!("127.0.0.1:{port}"), "/shop/catalogue").code(),
        "host_refused"
    );
    assert_eq!(get(browser.host(), "/shop/catalogue").status, 200);
    let answer = get(&format!("127.0.0.1:{port}"), "/");
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, Some(world.shop.origin.as_str()))
    );
    assert_eq!(get(browser.host(), "/").status, 200);
}

#[test]
fn another_page_changes_nothing() {
    let world = World::new();
    let browser = world.browser();
    let body = json!({"consent": consent(&browser, "en")}).to_string();
    let post = |origin: &str| {
        let host = browser.host();
        let headers = format!("host: {host}\r\norigin: {origin}\r\ncontent-type: application/json\r\n");
        browser.raw("POST", "/shop/enrolments", &headers, body.as_bytes())
    };
    for foreign in ["http://attacker.example", "null", "https://localhost", ""] {
        assert_eq!(post(foreign).code(), "origin_refused", "{foreign:?}");
    }
    assert_eq!(post(&format!("http://{}", browser.host())).status, 201);
}

#[test]
fn every_file_of_the_page_is_served_under_a_policy_that_lets_it_reach_the_agent_only() {
    let world = World::new();
    let browser = world.browser();
    for address in crate::refusals::files() {
        let answer = browser.get(&address);
        assert_eq!(answer.status, 200, "{address}");
        let policy = answer.header("content-security-policy").expect("a policy");
        let connect = format!("connect-src 'self' {AGENT} ws://127.0.0.1:8788");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            connect.as_str(),
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|part| part == rule),
                "{address}: {rule} in {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{address}: {name}");
        }
    }
}

#[test]
fn what_may_not_be_kept_is_not_cached() {
    let world = World::new();
    let browser = world.browser();
    let answers = [
        browser.get("/shop/catalogue"),
        browser.get("/shop/me"),
        browser.post("/shop/enrolments", &json!({"consent": consent(&browser, "en")})),
        browser.post("/shop/orders", &json!({"item": "arc-2015", "quantity": 1})),
    ];
    for answer in answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
}

#[test]
fn an_answer_that_is_no_page_can_be_taken_for_none_and_is_for_the_shops_page_alone() {
    let world = World::new();
    let browser = world.browser();
    let host = format!("host: {}\r\n", browser.host());
    let answers = [
        browser.get("/shop/catalogue"),
        browser.post("/shop/enrolments", &json!({"consent": consent(&browser, "en")})),
        browser.send("POST", "/shop/inspect", "text/plain", b"no message"),
        browser.get("/shop/nothing"),
        browser.post("/shop/orders", &json!({})),
        browser.raw("GET", "/shop/catalogue", "host: attacker.example\r\n", b""),
        browser.raw("POST", "/shop/orders", &format!("{host}origin: null\r\n"), b"{}"),
    ];
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 201, 200, 404, 400, 421, 403]);
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}: {answer:?}");
        }
    }
}
