//! Consent comes first, to the shop's own words, and only its hash is kept.

use serde_json::{Value, json};
use smile_relying_party::clock::{Clock, SystemClock};

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
    assert_eq!(
        anna.get("/shop/me").json(),
        json!({"user": null, "keys": 0, "consent": null})
    );
    let first = enrolment(&anna)["user"].clone();
    assert_eq!(
        enrolment(&anna)["user"],
        first,
        "the same browser is the same buyer"
    );
    assert_ne!(enrolment(&bert)["user"], first);
    let me = anna.get("/shop/me").json();
    assert_eq!((&me["user"], &me["keys"]), (&first, &json!(0)));
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

#[test]
fn what_is_kept_of_a_consent_is_the_text_and_the_time_and_nothing_else() {
    let world = World::new();
    let browser = world.browser();
    let now = || SystemClock.now_ms() / 1_000;
    let ours = consent(&browser, "zh");
    let before = now();
    let answer = browser.post("/shop/enrolments", &json!({"consent": ours}));
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut kept = browser.get("/shop/me").json()["consent"].clone();
    let members = kept.as_object_mut().expect("a consent is kept");
    let agreed_at = members.remove("agreed_at").expect("with its time");
    let agreed_at = agreed_at.as_u64().expect("in seconds");
    assert!((before..=now()).contains(&agreed_at), "{before}: {agreed_at}");
    assert_eq!(kept, ours);
    // The page cannot name the time.
    let mut dated = consent(&browser, "en");
    dated["agreed_at"] = json!(1);
    let answer = browser.post("/shop/enrolments", &json!({"consent": dated}));
    assert_eq!(answer.code(), "body_malformed");
}

#[test]
fn the_shop_takes_so_many_enrolments_a_minute_and_orders_beside_them() {
    let world = World::new();
    let browser = world.browser();
    let ours = json!({"consent": consent(&browser, "en")});
    let wanted = json!({"item": "arc-2015", "quantity": 1});
    for (path, body) in [("/shop/enrolments", &ours), ("/shop/orders", &wanted)] {
        for count in 0..60 {
            assert_eq!(browser.post(path, body).status, 201, "{path}: {count}");
        }
        assert_eq!(browser.post(path, body).code(), "too_many_requests", "{path}");
    }
}
