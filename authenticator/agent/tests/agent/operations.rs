//! Operations from the request to the response, and everything that ends them otherwise.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use smile_agent::desk::OPERATION_LIFETIME_MS;
use smile_protocol::uaf::authentication::AuthenticationResponse;
use smile_protocol::uaf::registration::RegistrationResponse;

use crate::stage::{OTHER, PICTURE, SHOP, Stage, deregistration, payment, registration};
use crate::wire::Socket;

const TEXT: &str = "Pay 20.00 EUR to\n\"Stamp Shop Hannover\"";

/// Registers a key.
fn with_key() -> (Stage, String) {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    let ended = stage.go_through(&mut stage.page(&id, &nonce));
    assert_eq!(ended["type"], "done", "{ended}");
    (stage, token)
}

#[test]
fn a_key_is_registered_a_payment_is_signed_and_the_key_removed() {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    assert_eq!(stage.read(&token, &id), json!({"id": id, "status": "waiting"}));
    let mut page = stage.page(&id, &nonce);
    let asked = page.hear().unwrap();
    assert_eq!(
        asked,
        json!({"type": "asks", "kind": "register", "caller": SHOP, "username": "anna", "text": null, "picture": null, "camera": "page"})
    );
    assert_eq!(
        stage.read(&token, &id),
        json!({"id": id, "status": "in_progress"})
    );
    page.say(&json!({"type": "confirm"}));
    let ended = stage.go_through(&mut page);
    let read = stage.read(&token, &id);
    assert_eq!(
        (&read["status"], &read["uaf_response"]),
        (&json!("done"), &ended["uaf_response"])
    );
    let response = RegistrationResponse::decode(ended["uaf_response"].as_str().unwrap()).unwrap();
    // What the agent saw is what was signed.
    assert_eq!(response.fc_params.decode().unwrap().facet_id.as_str(), SHOP);
    assert_eq!(page.hear(), None, "the page's line ends with the operation");

    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    let mut page = stage.page(&id, &nonce);
    let asked = page.hear().unwrap();
    assert_eq!((&asked["kind"], &asked["text"]), (&json!("pay"), &json!(TEXT)));
    page.say(&json!({"type": "confirm"}));
    let ended = stage.go_through(&mut page);
    let response = AuthenticationResponse::decode(ended["uaf_response"].as_str().unwrap()).unwrap();
    let signed = response.assertions[0].decode_assertion().unwrap().signed_data;
    let shown = smile_protocol::uaf::authentication::Transaction::text_plain(TEXT).unwrap();
    let hash = shown
        .content_hash(smile_protocol::hash::HashAlgorithm::Sha256)
        .unwrap();
    // The text that was shown is the one that was signed.
    assert_eq!(signed.transaction_content_hash, Some(hash));

    let (id, nonce) = stage.opened(&token, &deregistration());
    let mut page = stage.page(&id, &nonce);
    assert_eq!(page.hear().unwrap()["kind"], "remove");
    page.say(&json!({"type": "confirm"}));
    assert_eq!(
        stage.go_through(&mut page),
        json!({"type": "done", "uaf_response": null})
    );
    assert_eq!(
        stage.read(&token, &id),
        json!({"id": id, "status": "done", "uaf_response": null})
    );
    assert_eq!(stage.running.agent.device.list().unwrap(), []);
}

#[test]
fn no_camera_opens_before_the_text_was_agreed_to() {
    let (stage, token) = with_key();
    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    let mut page = stage.page(&id, &nonce);
    // Pictures that nobody asked for change nothing.
    page.show(PICTURE);
    assert_eq!(page.hear().unwrap()["type"], "asks");
    page.say(&json!({"type": "cancel"}));
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "cancelled"})
    );
    assert_eq!(page.hear(), None);
    let read = stage.read(&token, &id);
    assert_eq!(read["error"], json!({"code": "cancelled", "uaf_code": 3}));
}

#[test]
fn a_second_operation_waits_until_the_first_is_over() {
    let (stage, token) = Stage::paired();
    let (forgotten, _) = stage.opened(&token, &registration());
    // Nobody has begun: the same page may ask anew.
    let (begun, nonce) = stage.opened(&token, &registration());
    assert_eq!(stage.read(&token, &forgotten)["error"]["code"], "withdrawn");
    let mut page = stage.page(&begun, &nonce);
    page.hear().unwrap();
    let busy = stage.open(&token, &registration());
    assert_eq!((busy.status, busy.code().as_str()), (409, "operation_busy"));
    page.say(&json!({"type": "cancel"}));
    page.hear().unwrap();
    let (id, _) = stage.opened(&token, &registration());
    let others = stage.pair(OTHER);
    let body = json!({"uaf_request": registration()});
    assert_eq!(
        stage
            .ask(OTHER, Some(&others), "POST /v1/operations", Some(&body))
            .code(),
        "operation_busy"
    );
    // Somebody else's operation does not exist.
    let line = format!("/v1/operations/{id}");
    for method in ["GET", "DELETE"] {
        let reply = stage.ask(OTHER, Some(&others), &format!("{method} {line}"), None);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (404, "operation_unknown"),
            "{method}"
        );
    }
    assert_eq!(
        stage
            .ask(SHOP, Some(&token), &format!("DELETE {line}"), None)
            .status,
        204
    );
    assert_eq!(stage.read(&token, &id)["error"]["code"], "withdrawn");
    stage.opened(&token, &registration());
}

#[test]
fn an_operation_expires_whether_or_not_somebody_has_begun() {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    stage.clock.advance(OPERATION_LIFETIME_MS);
    assert_eq!(stage.read(&token, &id), json!({"id": id, "status": "expired"}));
    let mut late = stage.page(&id, &nonce);
    assert_eq!(
        late.hear().unwrap(),
        json!({"type": "ended", "code": "operation_over"})
    );
    let (id, nonce) = stage.opened(&token, &registration());
    let mut page = stage.page(&id, &nonce);
    page.hear().unwrap();
    stage.clock.advance(OPERATION_LIFETIME_MS);
    assert_eq!(stage.read(&token, &id)["status"], "expired");
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "expired"})
    );
    assert_eq!(page.hear(), None);
    // What comes too late is not handed out.
    assert_eq!(stage.read(&token, &id)["status"], "expired");
    let (id, nonce) = stage.opened(&token, &registration());
    stage.clock.advance(OPERATION_LIFETIME_MS - 1);
    assert_eq!(stage.go_through(&mut stage.page(&id, &nonce))["type"], "done");
}

#[test]
fn a_page_with_another_nonce_or_of_no_operation_or_a_second_page_is_refused() {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    let ended = |code: &str| json!({"type": "ended", "code": code});
    assert_eq!(stage.page(&id, "guess").hear().unwrap(), ended("nonce_refused"));
    assert_eq!(
        stage.page("op_x", &nonce).hear().unwrap(),
        ended("operation_unknown")
    );
    let mut silent = stage.own_socket(&format!("/operations/{id}/socket")).open();
    silent.say(&json!({"type": "confirm"}));
    assert_eq!(silent.hear().unwrap(), ended("message_refused"));
    assert_eq!(
        stage.read(&token, &id)["status"],
        "waiting",
        "none of them has begun it"
    );
    let mut page = stage.page(&id, &nonce);
    page.hear().unwrap();
    assert_eq!(stage.page(&id, &nonce).hear().unwrap(), ended("operation_busy"));
    page.say(&json!({"type": "confirm"}));
    assert_eq!(stage.go_through(&mut page)["type"], "done");
}

#[test]
fn a_page_that_goes_away_cancels() {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    let mut page = stage.page(&id, &nonce);
    page.hear().unwrap();
    drop(page);
    let mut events = events(&stage, &token, &id);
    let last = std::iter::from_fn(|| events.hear()).last().unwrap();
    assert_eq!(last["error"]["code"], "cancelled");
}

#[test]
fn another_face_is_refused_after_three_tries_and_nobody_learns_how_close_it_was() {
    let (stage, token) = with_key();
    stage.stranger.store(true, Ordering::SeqCst);
    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    let mut page = stage.page(&id, &nonce);
    for _ in 0..2 {
        let ended = stage.go_through(&mut page);
        assert_eq!(ended, json!({"type": "try_again", "code": "not_confirmed"}));
        page.say(&json!({"type": "again"}));
    }
    assert_eq!(
        stage.go_through(&mut page),
        json!({"type": "refused", "code": "not_confirmed"})
    );
    assert_eq!(
        stage.read(&token, &id),
        json!({"id": id, "status": "refused", "error": {"code": "not_confirmed", "uaf_code": 12}})
    );
    // Two more failures lock the authenticator, and then nothing is asked at all.
    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    let mut page = stage.page(&id, &nonce);
    stage.go_through(&mut page);
    page.say(&json!({"type": "again"}));
    stage.go_through(&mut page);
    page.say(&json!({"type": "again"}));
    assert_eq!(
        stage.go_through(&mut page),
        json!({"type": "refused", "code": "lockout_temporary"})
    );
    assert_eq!(
        stage.read(&token, &id)["error"],
        json!({"code": "lockout_temporary", "uaf_code": 16})
    );
}

#[test]
fn a_browser_without_a_camera_is_told_why_and_may_try_again() {
    let (stage, token) = with_key();
    for (reason, code) in [
        ("permission_denied", "permission_denied"),
        ("in_use", "in_use"),
        ("unplugged", "unplugged"),
    ] {
        let (id, nonce) = stage.opened(&token, &payment(TEXT));
        let mut page = stage.page(&id, &nonce);
        page.hear().unwrap();
        page.say(&json!({"type": "confirm"}));
        assert_eq!(page.hear().unwrap()["type"], "camera");
        page.say(&json!({"type": "camera_failed", "reason": reason}));
        assert_eq!(page.hear().unwrap(), json!({"type": "try_again", "code": code}));
        page.say(&json!({"type": "again"}));
        // The text that was agreed to is not asked about again.
        assert_eq!(stage.go_through(&mut page)["type"], "done");
    }
}

/// The shop's page listens.
fn events(stage: &Stage, token: &str, id: &str) -> Socket {
    let host = stage.host();
    let headers = [("Host", host.as_str()), ("Origin", SHOP)];
    let path = format!("/v1/operations/{id}/events");
    let mut events = Socket::connect(stage.address(), &path, &headers, &stage.shops).open();
    events.say(&json!({"token": token}));
    events
}

#[test]
fn a_page_that_listens_hears_each_change_and_needs_its_token() {
    let (stage, token) = Stage::paired();
    let (id, nonce) = stage.opened(&token, &registration());
    let mut heard = events(&stage, &token, &id);
    assert_eq!(heard.hear().unwrap()["status"], "waiting");
    let mut page = stage.page(&id, &nonce);
    assert_eq!(heard.hear().unwrap()["status"], "in_progress");
    stage.go_through(&mut page);
    let last = heard.hear().unwrap();
    assert_eq!(last["status"], "done");
    assert_eq!(heard.hear(), None);
    for (token, code) in [
        ("sat_guess", "token_refused"),
        (stage.pair(OTHER).as_str(), "token_refused"),
    ] {
        assert_eq!(
            events(&stage, token, &id).hear().unwrap(),
            json!({"error": {"code": code}})
        );
    }
    assert_eq!(
        events(&stage, &token, "op_x").hear().unwrap()["error"]["code"],
        "operation_unknown"
    );
}

#[test]
fn the_agent_refuses_what_the_page_of_another_app_asks() {
    let (stage, _) = with_key();
    let others = stage.pair(OTHER);
    let body = json!({"uaf_request": payment(TEXT)});
    let opened: Value = stage
        .ask(OTHER, Some(&others), "POST /v1/operations", Some(&body))
        .json();
    let url = opened["url"].as_str().unwrap();
    let (address, nonce) = url.split_once('#').unwrap();
    let id = address.rsplit('/').next().unwrap();
    let mut page = stage.page(id, nonce);
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "untrusted_facet_id"})
    );
    let read = stage
        .ask(OTHER, Some(&others), &format!("GET /v1/operations/{id}"), None)
        .json();
    assert_eq!(
        read["error"],
        json!({"code": "untrusted_facet_id", "uaf_code": 7})
    );
}

#[test]
fn nobody_is_looked_at_after_the_consent_has_ended() {
    let (stage, token) = with_key();
    stage.clock.advance(365 * 24 * 60 * 60 * 1000 - 1);
    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    assert_eq!(stage.go_through(&mut stage.page(&id, &nonce))["type"], "done");
    stage.clock.advance(1);
    let (id, nonce) = stage.opened(&token, &payment(TEXT));
    let mut page = stage.page(&id, &nonce);
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "consent_ended"})
    );
    assert_eq!(
        stage.read(&token, &id)["error"],
        json!({"code": "consent_ended", "uaf_code": 17})
    );
    // A key is removed without looking at anybody.
    let (id, nonce) = stage.opened(&token, &deregistration());
    assert_eq!(stage.go_through(&mut stage.page(&id, &nonce))["type"], "done");
}

#[test]
fn the_user_drops_a_request_that_waits_and_not_one_that_a_page_has_begun_with() {
    let (stage, token) = Stage::paired();
    let own = stage.own_origin();
    let drop = |origin: &str| stage.ask_own("POST /operations/drop", &[("Origin", origin)], b"");
    let waiting = || stage.ask_own("GET /status", &[], b"").json()["waiting"].clone();
    assert_eq!(
        (waiting(), drop(&own).json()),
        (Value::Null, json!({"dropped": false}))
    );
    let (id, _) = stage.opened(&token, &registration());
    assert_eq!(waiting(), SHOP);
    assert_eq!(drop(SHOP).code(), "origin_refused");
    assert_eq!(drop(&own).json(), json!({"dropped": true}));
    assert_eq!(stage.read(&token, &id)["error"]["code"], "cancelled");
    let (id, nonce) = stage.opened(&token, &registration());
    let mut page = stage.page(&id, &nonce);
    page.hear().unwrap();
    assert_eq!(
        (waiting(), drop(&own).json()),
        (Value::Null, json!({"dropped": false}))
    );
    page.say(&json!({"type": "confirm"}));
    assert_eq!(stage.go_through(&mut page)["type"], "done");
}
