//! The hosted page: its address, its files and their fence, what a client secret may do on it, and the way back.

use crate::program::{Program, configured};
use crate::signer::{FACET, Signer};
use crate::wire::{Answer, send, try_send};
use crate::world::{KEY, On, World};
use serde_json::{Value, json};
use smile_relying_party::config::Profile;
use std::path::PathBuf;

const ORIGIN: &str = "https://pay.example";

fn world() -> World {
    World::configured(|_, config| {
        config.server.public_url = Some(ORIGIN.to_owned());
        config.server.agent_url = "http://127.0.0.1:9788".to_owned();
    })
}

fn secret_of(payment: &Value) -> &str {
    payment["client_secret"].as_str().expect("a secret")
}

/// A payer's request.
fn as_payer(world: &World, method: &str, path: &str, secret: &str, body: &[u8]) -> Answer {
    let json = if body.is_empty() {
        ""
    } else {
        "content-type: application/json\r\n"
    };
    world.raw(
        method,
        path,
        &format!("smile-client-secret: {secret}\r\n{json}"),
        body,
    )
}

fn decline(world: &World, payment: &Value) -> Answer {
    as_payer(
        world,
        "POST",
        &World::path(payment, "/decline"),
        secret_of(payment),
        b"",
    )
}

#[test]
fn the_page_of_a_payment_is_named_and_only_the_creation_tells_the_secret() {
    let world = world();
    let created = world.payment("alice");
    let page = format!("{ORIGIN}/pay/{}", created["id"].as_str().expect("an id"));
    let with_secret = format!("{page}#{}", secret_of(&created));
    assert_eq!(
        created["next_action"],
        json!({"type": "uaf_transaction_confirmation", "url": with_secret})
    );
    let read = world.get(&World::path(&created, "")).json();
    assert_eq!(read["next_action"]["url"], json!(page));
    let listed = world.get("/v1/payment_intents").json();
    assert_eq!(listed["data"][0]["next_action"]["url"], json!(page));
    // Whoever has nothing to approve has no page, and a server without pages names none.
    let bare = world.payment_with(&json!({"user": null}));
    assert_eq!(bare.get("next_action"), None);
    let plain = World::new(On::Memory).payment("alice");
    assert_eq!(
        plain["next_action"],
        json!({"type": "uaf_transaction_confirmation"})
    );
}

#[test]
fn the_answer_with_the_secret_is_replayed_as_it_was() {
    let world = world();
    let body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice"});
    let first = world.post_once("/v1/payment_intents", &body, "order-17");
    let again = world.post_once("/v1/payment_intents", &body, "order-17");
    assert_eq!((first.status, &first.body), (201, &again.body));
    let url = again.json()["next_action"]["url"]
        .as_str()
        .expect("a page")
        .to_owned();
    assert!(url.ends_with(&format!("#{}", secret_of(&first.json()))), "{url}");
}

#[test]
fn the_return_url_is_kept_shown_and_not_signed() {
    let world = world();
    let url = "https://shop.example/done?order=A-17";
    let payment = world.payment_with(&json!({"return_url": url}));
    assert_eq!(payment["return_url"], url);
    assert_eq!(world.get(&World::path(&payment, "")).json()["return_url"], url);
    let text = payment["transaction_text"].as_str().expect("a text");
    assert!(!text.contains("shop.example"), "{text}");
    assert_eq!(world.payment("alice")["return_url"], Value::Null);
}

#[test]
fn each_flaw_of_a_return_url_is_refused_by_name() {
    let world = world();
    let long = format!("https://shop.example/{}", "x".repeat(492));
    for flawed in [
        "https://shop.example/#done",
        "https://me@shop.example/",
        "http://shop.example/",
        "http://localhost:8787/",
        "javascript:alert(1)",
        "/done",
        "",
        long.as_str(),
    ] {
        let body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice", "return_url": flawed});
        let refused = world.post("/v1/payment_intents", &body);
        assert_eq!(refused.status, 400, "{flawed}");
        assert_eq!(
            (refused.code().as_str(), &refused.json()["param"]),
            ("member_invalid", &json!("return_url")),
            "{flawed}"
        );
    }
    world.payment_with(&json!({"return_url": "https://shop.example/"}));
    let development = World::configured(|_, config| config.server.profile = Profile::Development);
    development.payment_with(&json!({"return_url": "http://localhost:8787/"}));
}

#[test]
fn the_payer_says_no_once_and_again() {
    let world = world();
    let payment = world.payment_with(&json!({"return_url": "https://shop.example/"}));
    let declined = decline(&world, &payment);
    assert_eq!(declined.status, 200, "{declined:?}");
    let shown = declined.json();
    assert_eq!(
        (&shown["status"], &shown["decline_code"]),
        (&json!("failed"), &json!("declined_by_payer"))
    );
    assert_eq!(shown.get("next_action"), None);
    assert_eq!(shown.get("client_secret"), None);
    assert_eq!(decline(&world, &payment).body, declined.body, "answered alike");
    assert_eq!(
        world.get(&World::path(&payment, "")).json(),
        shown,
        "the provider sees it"
    );
    let refused = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
    assert_eq!(refused["statusCode"], 1403, "nobody signs it any more: {refused}");
}

#[test]
fn a_no_after_the_signature_or_the_end_changes_nothing() {
    let world = world();
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let paid = world.payment("alice");
    world.sign(&paid, &mut signer);
    let manual = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&manual, &mut signer);
    let canceled = world.payment("alice");
    world.post(&World::path(&canceled, "/cancel"), &json!({}));
    for (payment, status) in [
        (&paid, "succeeded"),
        (&manual, "requires_capture"),
        (&canceled, "canceled"),
    ] {
        assert_eq!(decline(&world, payment).code(), "state_conflict", "{status}");
        assert_eq!(world.payment_status(payment), status);
    }
    let late = world.payment_with(&json!({"expires_in_s": 60}));
    world.clock.advance_ms(60_000);
    assert_eq!(decline(&world, &late).code(), "state_conflict");
    assert_eq!(world.payment_status(&late), "expired");
    assert_eq!(
        decline(&world, &world.payment("alice")).status,
        200,
        "one that waits"
    );
}

#[test]
fn a_challenge_that_was_out_when_the_payer_said_no_authorises_nothing() {
    let world = world();
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let answer = signer.authenticate(&world.payment_request(&payment)).message();
    decline(&world, &payment);
    let verdict = world.respond(&answer);
    assert_eq!(verdict["statusCode"], 1403, "{verdict}");
    assert_eq!(world.payment_status(&payment), "failed");
}

#[test]
fn only_the_payments_own_secret_says_no_and_the_body_says_nothing() {
    let world = world();
    let (payment, other) = (world.payment("alice"), world.payment("alice"));
    let path = World::path(&payment, "/decline");
    let missing = world.raw("POST", &path, "", b"");
    assert_eq!(missing.code(), "client_secret_invalid");
    assert_eq!(missing.json()["param"], "smile-client-secret");
    let key = format!("authorization: Bearer {KEY}\r\n");
    assert_eq!(
        world.raw("POST", &path, &key, b"").code(),
        "client_secret_invalid"
    );
    for secret in [secret_of(&other), "pi_1_secret_2", "x"] {
        assert_eq!(
            as_payer(&world, "POST", &path, secret, b"").code(),
            "client_secret_invalid"
        );
    }
    let sent = |body: &[u8]| as_payer(&world, "POST", &path, secret_of(&payment), body);
    assert_eq!(sent(b"{\"why\":1}").code(), "member_unknown");
    assert_eq!(sent(b"[]").code(), "body_malformed");
    let headers = format!(
        "smile-client-secret: {}\r\ncontent-type: text/plain\r\n",
        secret_of(&payment)
    );
    assert_eq!(
        world.raw("POST", &path, &headers, b"{}").code(),
        "content_type_unsupported"
    );
    assert_eq!(world.payment_status(&payment), "requires_action");
    assert_eq!(sent(b"{}").status, 200);
}

// ---- the files -----------------------------------------------------------------------------------------------------

/// (address, path) of the page's files and of those that it shares.
fn files() -> Vec<(String, PathBuf)> {
    let web = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("web");
    let mut found = Vec::new();
    for folder in ["pay", "page"] {
        for entry in std::fs::read_dir(web.join(folder)).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let name = if name == "index.html" {
                format!("pi_{}", "0".repeat(32))
            } else {
                name
            };
            found.push((format!("/pay/{name}"), path));
        }
    }
    found
}

#[test]
fn every_file_of_the_page_is_served_under_its_fence() {
    let world = world();
    let files = files();
    assert!(files.len() >= 9, "{files:?}");
    for (address, path) in files {
        let answer = world.raw("GET", &address, "", b"");
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(
            answer.body,
            std::fs::read(&path).expect("it can be read"),
            "{address}"
        );
        assert_eq!(
            answer.header("content-security-policy"),
            Some(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                 connect-src 'self' http://127.0.0.1:9788 ws://127.0.0.1:9788; form-action 'none'; base-uri 'none'; \
                 frame-ancestors 'none'"
            ),
            "{address}"
        );
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{address}: {name}");
        }
    }
    let setting = world.raw("GET", "/pay/setting.json", "", b"");
    assert_eq!(setting.json(), json!({"agent_url": "http://127.0.0.1:9788"}));
}

#[test]
fn a_secret_in_an_address_whose_fragment_was_escaped_is_not_logged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = configured(folder.path(), "memory");
    let text = std::fs::read_to_string(&path).expect("read");
    let text = text.replace("[server]", &format!("[server]\npublic_url = \"{FACET}\""));
    std::fs::write(&path, text).expect("written");
    let program = Program::start(&path);
    let payment = format!("pi_{}", "0".repeat(32));
    let page = format!("/pay/{payment}");
    assert_eq!(send(program.address, "GET", &page, "", b"").status, 200);
    let leading = format!("{page}%23{payment}_secret_{}", "s".repeat(43));
    let refused = send(program.address, "GET", &leading, "", b"");
    assert_eq!(refused.code(), "endpoint_unknown");
    let escaped = format!("/%70ay/{payment}");
    let same = try_send(program.address, "GET", &escaped, "", b"").expect("an answer");
    assert_eq!(same.status, 200);
    let (_, log) = program.end_by("TERM");
    assert_eq!(
        log.matches("/pay/{id}").count(),
        4,
        "each request, and the refusal: {log}"
    );
    assert!(log.contains("endpoint_unknown"), "{log}");
    assert!(!log.contains("_secret_") && !log.contains(&payment), "{log}");
}

#[test]
fn there_are_no_pages_without_a_public_url_nor_for_what_is_no_payment() {
    let page = format!("/pay/pi_{}", "0".repeat(32));
    assert_eq!(world().raw("GET", &page, "", b"").status, 200);
    for unknown in ["/pay/pi_1", "/pay/else.js", "/pay/", "/pay"] {
        assert_eq!(
            world().raw("GET", unknown, "", b"").code(),
            "endpoint_unknown",
            "{unknown}"
        );
    }
    for path in [page.as_str(), "/pay/pay.js", "/pay/setting.json"] {
        assert_eq!(
            World::new(On::Memory).raw("GET", path, "", b"").code(),
            "endpoint_unknown",
            "{path}"
        );
    }
}

#[test]
fn the_client_is_served_to_pages_of_any_origin() {
    let world = World::new(On::Memory);
    let client = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("web/client");
    for (name, kind) in [("smile.js", "text/javascript"), ("smile.d.ts", "text/plain")] {
        let answer = world.raw("GET", &format!("/{name}"), "", b"");
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(
            answer.body,
            std::fs::read(client.join(name)).expect("it can be read")
        );
        assert_eq!(
            answer.header("content-type"),
            Some(format!("{kind}; charset=utf-8").as_str())
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("cross-origin")
        );
    }
}
