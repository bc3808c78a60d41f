//! The agent's own pages: how they are protected, and the enrolment.

use serde_json::json;

use crate::stage::{PICTURE, Stage};
use crate::wire::Socket;

const PAGES: [&str; 4] = ["/", "/pairings", "/enrol", "/operations/op_x"];

#[test]
fn every_page_forbids_frames_inline_code_and_everything_from_elsewhere() {
    let stage = Stage::new();
    for page in PAGES {
        let reply = stage.ask_own(&format!("GET {page}"), &[], b"");
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some("text/html; charset=utf-8")),
            "{page}"
        );
        let policy = reply.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "script-src 'self'",
        ] {
            assert!(policy.contains(rule), "{page}: {rule}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
            "{page}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{page}");
        }
        let text = reply.text();
        // In the language of its words.
        assert!(text.contains("<title data-t=\"title_"), "{page}");
        assert!(
            !text.contains("<script>") && !text.contains(" style=") && !text.contains(" onclick"),
            "{page}"
        );
        // What a page is made of is there.
        for part in text.split('"').filter(|part| part.starts_with("/parts/")) {
            let reply = stage.ask_own(&format!("GET {part}"), &[], b"");
            assert_eq!(reply.status, 200, "{page}: {part}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        }
    }
}

/// The nonce that the enrolment page asks for.
fn ticket(stage: &Stage) -> String {
    let own = stage.own_origin();
    let ticket = stage
        .ask_own("POST /enrol/ticket", &[("Origin", &own)], b"")
        .json();
    ticket["nonce"].as_str().unwrap().to_owned()
}

fn consent(stage: &Stage, language: &str) -> String {
    let text = stage
        .ask_own(&format!("GET /consent/{language}"), &[], b"")
        .json();
    text["sha256"].as_str().unwrap().to_owned()
}

fn enrolment(stage: &Stage, nonce: &str, consent: &str) -> Socket {
    let mut page = stage.own_socket("/enrol/socket").open();
    page.say(&json!({"type": "open", "nonce": nonce, "consent": consent}));
    page
}

#[test]
fn a_face_is_enrolled_after_the_consent_and_not_before() {
    let stage = Stage::new();
    let ended = |code: &str| Some(json!({"type": "ended", "code": code}));
    let agreed = consent(&stage, "zh");
    assert_eq!(
        enrolment(&stage, &ticket(&stage), "00").hear(),
        ended("consent_refused")
    );
    let mut silent = stage.own_socket("/enrol/socket").open();
    silent.say(&json!({"type": "open", "nonce": ticket(&stage)}));
    assert_eq!(silent.hear(), ended("consent_refused"));
    assert_eq!(enrolment(&stage, "guess", &agreed).hear(), ended("nonce_refused"));
    assert_eq!(stage.running.agent.consent.read().unwrap(), None);

    let nonce = ticket(&stage);
    let mut page = enrolment(&stage, &nonce, &agreed);
    assert_eq!(page.hear().unwrap()["type"], "camera");
    // A second page waits its turn, also with a nonce of its own.
    assert_eq!(
        enrolment(&stage, &ticket(&stage), &agreed).hear(),
        ended("operation_busy")
    );
    page.show(PICTURE);
    assert_eq!(stage.go_through(&mut page), json!({"type": "enrolled"}));
    let kept = stage.running.agent.consent.read().unwrap().unwrap();
    assert_eq!((kept.language.as_str(), kept.text_sha256), ("zh", agreed.clone()));
    assert!(stage.running.agent.device.status().unwrap().enrolled);

    assert_eq!(
        enrolment(&stage, &nonce, &agreed).hear(),
        ended("already_enrolled")
    );
}

#[test]
fn no_page_of_others_uses_up_the_nonces_of_the_enrolment_and_none_stands_in_an_address() {
    let stage = Stage::new();
    let nonce = ticket(&stage);
    let visit = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ];
    for _ in 0..20 {
        // A link leads to the page, and does nothing; a script of another page gets no nonce.
        let page = stage.ask_own("GET /enrol", &visit, b"");
        assert_eq!((page.status, page.text().contains(&nonce)), (200, false));
        let origin = [("Origin", crate::stage::SHOP)];
        let refused = stage.ask_own("POST /enrol/ticket", &origin, b"");
        assert_eq!(refused.code(), "origin_refused");
    }
    assert_eq!(
        stage.ask_own("GET /enrol/ticket", &[], b"").code(),
        "method_not_allowed"
    );
    // In the address it opens nothing.
    let agreed = consent(&stage, "en");
    let mut in_query = stage.own_socket(&format!("/enrol/socket?nonce={nonce}")).open();
    in_query.say(&json!({"type": "open", "nonce": "", "consent": agreed}));
    assert_eq!(in_query.hear().unwrap()["code"], "nonce_refused");
    let mut page = enrolment(&stage, &nonce, &agreed);
    assert_eq!(stage.go_through(&mut page), json!({"type": "enrolled"}));
}

#[test]
fn an_enrolment_that_is_cancelled_leaves_no_face() {
    let stage = Stage::new();
    let mut page = enrolment(&stage, &ticket(&stage), &consent(&stage, "en"));
    assert_eq!(page.hear().unwrap()["type"], "camera");
    page.show(PICTURE);
    page.hear().unwrap();
    page.say(&json!({"type": "cancel"}));
    let last = std::iter::from_fn(|| page.hear()).last().unwrap();
    assert_eq!(last, json!({"type": "refused", "code": "cancelled"}));
    assert!(!stage.running.agent.device.status().unwrap().enrolled);
    // The next page may begin.
    let mut page = enrolment(&stage, &ticket(&stage), &consent(&stage, "en"));
    assert_eq!(stage.go_through(&mut page), json!({"type": "enrolled"}));
}

#[test]
fn the_status_says_whether_a_face_is_enrolled_and_nothing_of_it() {
    let stage = Stage::new();
    let status = stage.ask_own("GET /status", &[], b"").json();
    assert_eq!((&status["enrolled"], &status["keys"]), (&json!(false), &json!(0)));
    assert_eq!(status["allowed_origins"].as_array().unwrap().len(), 2);
}
