//! Consent comes first, to the shop's own words, and only its hash is kept.

use serde_json::{Value, json};

use crate::world::{World, consent, enrolment, order};

#[test]
fn a_consent_to_other_words_registers_nobody() {
    let world = World::new();
    let browser = world.browser();
    let ours = consent(&browser, "en");
    let change = |member: &str, value: Value| {
        let mut changed = ours.clone();
        changed[member] = value;
        browser
            .post("/shop/enrolments", &json!({"consent": changed}))
            .code()
    };
    assert_eq!(change("version", json!("2015-03")), "consent_refused");
    assert_eq!(
        change("language", json!("zh")),
        "consent_refused",
        "the hash is of the English text"
    );
    assert_eq!(change("text_hash", json!("00".repeat(32))), "consent_refused");
    assert_eq!(
        change("face", json!("a picture")),
        "body_malformed",
        "nothing else can be handed in"
    );
    let answer = browser.post("/shop/enrolments", &json!({"consent": ours}));
    assert_eq!(answer.status, 201, "{answer:?}");
    let chinese = world.browser();
    let answer = chinese.post("/shop/enrolments", &json!({"consent": consent(&chinese, "zh")}));
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[test]
fn nobody_orders_before_they_consented() {
    let world = World::new();
    let browser = world.browser();
    let wanted = json!({"item": "fair-1948", "quantity": 1});
    assert_eq!(browser.post("/shop/orders", &wanted).code(), "consent_missing");
    enrolment(&browser);
    assert_eq!(browser.post("/shop/orders", &wanted).status, 201);
}

#[test]
fn a_browser_is_one_buyer_under_a_name_that_the_shop_made_up() {
    let world = World::new();
    let (anna, bert) = (world.browser(), world.browser());
    assert_eq!(anna.get("/shop/me").json(), json!({"user": null, "keys": 0}));
    let first = enrolment(&anna)["user"].clone();
    assert_eq!(
        enrolment(&anna)["user"],
        first,
        "the same browser is the same buyer"
    );
    assert_ne!(enrolment(&bert)["user"], first);
    assert_eq!(anna.get("/shop/me").json(), json!({"user": first, "keys": 0}));
    order(&anna);
}

#[test]
fn the_cookie_is_for_this_site_and_not_for_scripts() {
    let world = World::new();
    let browser = world.browser();
    let answer = browser.post("/shop/enrolments", &json!({"consent": consent(&browser, "en")}));
    let cookie = answer.header("set-cookie").expect("a new browser gets one");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{cookie}");
    }
    let answer = browser.post("/shop/enrolments", &json!({"consent": consent(&browser, "en")}));
    assert_eq!(answer.header("set-cookie"), None, "a known one does not");
}
