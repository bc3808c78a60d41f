//! What never becomes a message: content types, sizes, broken JSON. Each with the same request unbroken.

use crate::signer::Signer;
use crate::wire::{connect, receive};
use crate::world::{KEY, On, World};
use serde_json::json;
use std::io::Write;
use std::net::Shutdown;

const UAF: &str = "content-type: application/fido+uaf; charset=utf-8\r\n";

/// A GetUAFRequest that is answered with 1200.
fn good_request(world: &World) -> String {
    let context = json!({"enrolmentSession": world.enrolment_token("alice")}).to_string();
    json!({"op": "Reg", "context": context}).to_string()
}

#[test]
fn a_uaf_message_with_another_content_type_is_refused_with_415() {
    let world = World::new(On::Memory);
    let body = good_request(&world);
    let before = world.dump();
    for headers in [
        "content-type: application/json\r\n",
        "content-type: text/plain\r\n",
        "",
    ] {
        let answer = world.raw("POST", "/uaf/get", headers, body.as_bytes());
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "content_type_unsupported"),
            "{headers}"
        );
        assert!(
            answer.json()["detail"]
                .as_str()
                .expect("a rule")
                .contains("application/fido+uaf")
        );
        assert_eq!(world.raw("POST", "/uaf/respond", headers, b"{}").status, 415);
    }
    assert_eq!(world.dump(), before);
    assert_eq!(world.uaf("/uaf/get", &body)["statusCode"], 1200);
}

#[test]
fn a_body_beyond_64_kib_is_refused_with_413() {
    let world = World::new(On::Memory);
    let good = good_request(&world);
    let padded = |length: usize| {
        let padding = " ".repeat(length - good.len());
        format!("{good}{padding}").into_bytes()
    };
    let before = world.dump();
    for length in [64 * 1024 + 1, 1024 * 1024, 3 * 1024 * 1024] {
        let answer = world.raw("POST", "/uaf/get", UAF, &padded(length));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (413, "body_too_large"),
            "{length} bytes"
        );
        assert!(
            answer.json()["detail"]
                .as_str()
                .expect("a rule")
                .contains("65536")
        );
    }
    assert_eq!(world.dump(), before);
    let answer = world.raw("POST", "/uaf/get", UAF, &padded(64 * 1024));
    assert_eq!(answer.json()["statusCode"], 1200);
}

#[test]
pub fn a_v1_body_beyond_16_kib_is_refused_with_413() {
    let world = World::new(On::Memory);
    let headers = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let padded = |length: usize| {
        let mut body = world.enrolment("alice").to_string().into_bytes();
        body.resize(length, b' ');
        body
    };
    let answer = world.raw("POST", "/v1/enrolment_sessions", &headers, &padded(16 * 1024 + 1));
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let answer = world.raw("POST", "/v1/enrolment_sessions", &headers, &padded(1024 * 1024));
    assert_eq!(answer.status, 413);
    assert!(world.dump().is_empty());
    let answer = world.raw("POST", "/v1/enrolment_sessions", &headers, &padded(16 * 1024));
    assert_eq!(answer.status, 201);
}

#[test]
fn a_broken_envelope_is_refused_with_1498_and_its_rule() {
    let world = World::new(On::Memory);
    let good = good_request(&world);
    let before = world.dump();
    let duplicate = good.replacen('{', r#"{"op":"Reg","#, 1);
    let deep = format!("{{\"context\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let cases = [
        "",
        "{",
        "not JSON",
        "[]",
        "\u{feff}{}",
        r#"{"op":"reg"}"#,
        r#"{"op":7}"#,
        &good[..good.len() - 1],
        &format!("{good}{good}"),
        &duplicate,
        &deep,
    ];
    for body in cases {
        let shown: String = body.chars().take(60).collect();
        let verdict = world.uaf("/uaf/get", body);
        assert_eq!(verdict["statusCode"], 1498, "{shown}: {verdict}");
        assert!(
            verdict["description"]
                .as_str()
                .is_some_and(|rule| !rule.is_empty()),
            "{shown}"
        );
    }
    let verdict = world.uaf("/uaf/respond", "{}");
    assert_eq!(verdict["statusCode"], 1498);
    assert!(
        verdict["description"]
            .as_str()
            .expect("a rule")
            .contains("uafResponse"),
        "{verdict}"
    );
    assert_eq!(world.dump(), before);
    assert_eq!(world.uaf("/uaf/get", &good)["statusCode"], 1200);
}

#[test]
fn a_description_quotes_little_of_a_message_and_nothing_that_steers_a_terminal() {
    let world = World::new(On::Memory);
    let twice = |name: &str| {
        let name = json!(name).to_string();
        let verdict = world.uaf("/uaf/get", &format!("{{{name}:1,{name}:1}}"));
        assert_eq!(verdict["statusCode"], 1498, "{verdict}");
        verdict["description"].as_str().expect("a rule").to_owned()
    };
    assert!(twice("op").contains("`op`"));
    let long = twice(&"\u{1b}[2J\u{202e}".repeat(1_500));
    assert!(long.len() < 1_000, "{} bytes", long.len());
    assert!(long.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{long}");
    assert!(long.contains("line 1, column"), "{long}");
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_1498_wherever_they_stand() {
    let world = World::new(On::Memory);
    let good = good_request(&world);
    let before = world.dump();
    // In a member that is read, and in one that nobody reads.
    let in_context = good.replacen("_secret_", "_secret_\u{1}", 1);
    let ignored = good
        .replacen('{', r#"{"ignored":"\u{1}","#, 1)
        .replace("\\u{1}", "\u{1}");
    for path in ["/uaf/get", "/uaf/respond"] {
        for flawed in [&in_context, &ignored] {
            let mut bytes = flawed.clone().into_bytes();
            let at = bytes.iter().position(|byte| *byte == 1).expect("marked");
            bytes[at] = 0xFF;
            let verdict = world.raw("POST", path, UAF, &bytes).json();
            assert_eq!(verdict["statusCode"], 1498, "{verdict}");
            let rule = verdict["description"].as_str().expect("a rule");
            assert!(rule.contains(&format!("UTF-8 after byte {at} ")), "{rule}");
        }
    }
    assert_eq!(world.dump(), before);
    let harmless = good.replacen('{', r#"{"ignored":"\u00ff","#, 1);
    assert_eq!(world.uaf("/uaf/get", &harmless)["statusCode"], 1200);
}

#[test]
pub fn a_context_without_exactly_one_token_is_refused_with_1400() {
    let world = World::new(On::Memory);
    let token = world.enrolment_token("alice");
    let before = world.dump();
    let both = json!({"enrolmentSession": token, "clientSecret": "pi_x"}).to_string();
    let user_only = json!({"username": "alice"}).to_string();
    let mut requests = vec![json!({"op": "Reg"})];
    let array = json!([token, null, null]).to_string();
    let twice = format!("{{\"enrolmentSession\":\"{token}\",\"enrolmentSession\":\"{token}\"}}");
    let other_twice = format!("{{\"enrolmentSession\":\"{token}\",\"a\":1,\"a\":1}}");
    let number = json!({"enrolmentSession": 7}).to_string();
    for context in [
        "{}",
        "not JSON",
        &both,
        &user_only,
        &array,
        &twice,
        &other_twice,
        &number,
    ] {
        requests.push(json!({"op": "Reg", "context": context}));
    }
    for request in requests {
        let verdict = world.uaf("/uaf/get", &request.to_string());
        assert_eq!(verdict["statusCode"], 1400, "{request}");
        assert!(
            verdict["description"]
                .as_str()
                .expect("a rule")
                .starts_with("context: ")
        );
    }
    assert_eq!(world.dump(), before);
    assert_eq!(
        world.uaf_get("Reg", &json!({"enrolmentSession": token, "a": 1}))["statusCode"],
        1200
    );
}

#[test]
fn an_operation_that_the_token_does_not_permit_is_refused_with_1400() {
    let world = World::new(On::Memory);
    let context = json!({"enrolmentSession": world.enrolment_token("alice")});
    let before = world.dump();
    for op in ["Auth", "Dereg"] {
        let verdict = world.uaf_get(op, &context);
        assert_eq!(verdict["statusCode"], 1400, "{op}");
        assert!(
            verdict["description"]
                .as_str()
                .expect("a rule")
                .starts_with("op: ")
        );
    }
    assert_eq!(world.dump(), before);
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
}

#[test]
pub fn a_token_that_opens_nothing_is_refused_with_1401_whatever_is_wrong_with_it() {
    let world = World::new(On::Memory);
    let token = world.enrolment_token("alice");
    let (id, secret) = token.split_once("_secret_").expect("a token has two parts");
    let flipped = if secret.starts_with('A') { "B" } else { "A" };
    let wrong = [
        format!("{id}_secret_{flipped}{}", &secret[1..]),
        format!("{id}_secret_"),
        id.to_owned(),
        format!("es_{}_secret_{secret}", "0".repeat(32)),
        String::new(),
    ];
    let before = world.dump();
    let mut rules = std::collections::HashSet::new();
    for token in &wrong {
        let verdict = world.uaf_get("Reg", &json!({"enrolmentSession": token}));
        assert_eq!(verdict["statusCode"], 1401, "{token}");
        rules.insert(verdict.to_string());
    }
    assert_eq!(
        rules.len(),
        1,
        "a wrong secret and an unknown session look the same: {rules:?}"
    );
    assert_eq!(world.dump(), before);
    assert_eq!(
        world.uaf_get("Reg", &json!({"enrolmentSession": token}))["statusCode"],
        1200
    );
}

#[test]
fn an_enrolment_session_serves_once_and_only_in_time() {
    let world = World::new(On::Memory);
    let token = world.enrolment_token("alice");
    let context = json!({"enrolmentSession": token});
    let signer = Signer::number(1);
    let request = world.request("Reg", &context);
    assert_eq!(
        world.respond(&signer.register(&request).message())["statusCode"],
        1200
    );
    assert_eq!(
        world.uaf_get("Reg", &context)["statusCode"],
        1401,
        "a used session opens nothing"
    );

    let late = json!({"enrolmentSession": world.enrolment_token("alice")});
    assert_eq!(world.uaf_get("Reg", &late)["statusCode"], 1200);
    world
        .clock
        .advance_ms(smile_ceremony::limits::ENROLMENT_SESSION_LIFETIME_MS);
    assert_eq!(
        world.uaf_get("Reg", &late)["statusCode"],
        1401,
        "an old session opens nothing"
    );
}

#[test]
fn a_head_that_never_ends_is_refused_with_408() {
    let world = World::new(On::Memory);
    let address = world.server.as_ref().expect("it runs").addr;
    let mut stream = connect(address);
    stream
        .write_all(b"POST /uaf/get HTTP/1.1\r\nhost: x\r\n")
        .expect("sent");
    let answer = receive(&mut stream);
    assert_eq!(answer.status, 408);
    // As docs/errors.md says: nobody but the HTTP library saw it.
    assert_eq!((answer.header("x-request-id"), answer.body.len()), (None, 0));
}

#[test]
pub fn a_body_that_never_ends_is_refused_with_408() {
    let world = World::new(On::Memory);
    let body = good_request(&world);
    let address = world.server.as_ref().expect("it runs").addr;
    let head = format!(
        "POST /uaf/get HTTP/1.1\r\nhost: x\r\n{UAF}content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&body.as_bytes()[..10]).expect("sent");
    let answer = receive(&mut stream);
    assert_eq!((answer.status, answer.code().as_str()), (408, "request_timeout"));
    assert_eq!(world.uaf("/uaf/get", &body)["statusCode"], 1200);
}

#[test]
fn bytes_that_are_not_http_close_the_connection_and_leave_the_server_serving() {
    let world = World::new(On::Memory);
    let address = world.server.as_ref().expect("it runs").addr;
    let mut stream = connect(address);
    stream
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")
        .expect("sent");
    stream.shutdown(Shutdown::Write).expect("closed");
    let answer = receive(&mut stream);
    assert_eq!(answer.status, 400);
    assert_eq!((answer.header("x-request-id"), answer.body.len()), (None, 0));
    assert_eq!(world.raw("GET", "/healthz", "", b"").status, 200);
}

#[test]
pub fn an_unknown_endpoint_and_a_wrong_method_are_problems_with_a_request_id() {
    let world = World::new(On::Memory);
    let unknown = world.raw("GET", "/v1/nothing", "", b"");
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "endpoint_unknown")
    );
    let wrong = world.raw("GET", "/uaf/get", "", b"");
    assert_eq!((wrong.status, wrong.code().as_str()), (405, "method_not_allowed"));
    for answer in [unknown, wrong] {
        let id = answer.header("x-request-id").expect("an id").to_owned();
        assert_eq!(answer.json()["request_id"], id);
        // RFC 9562 §5.7: the version digit of a UUIDv7.
        assert_eq!(id.as_bytes()[14], b'7', "{id}");
    }
}

#[test]
fn a_client_cannot_choose_its_request_id() {
    let world = World::new(On::Memory);
    let answer = world.raw("GET", "/healthz", "x-request-id: forged\r\n", b"");
    let id = answer.header("x-request-id").expect("an id");
    assert_ne!(id, "forged");
    let next = world.raw("GET", "/healthz", "", b"");
    assert_ne!(next.header("x-request-id"), Some(id));
}

#[test]
fn the_facet_list_has_an_entry_for_each_version_and_its_own_media_type() {
    let world = World::new(On::Memory);
    let answer = world.raw("GET", "/uaf/facets", "", b"");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/fido.trusted-apps+json")
    );
    let list = answer.json();
    let versions: Vec<_> = list["trustedFacets"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|one| &one["version"])
        .collect();
    assert!(
        versions.contains(&&json!({"major": 1, "minor": 0}))
            && versions.contains(&&json!({"major": 1, "minor": 1}))
    );
    assert!(list.to_string().contains(crate::signer::FACET));
}

#[test]
fn health_and_readiness_answer_on_both_stores() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        assert_eq!(world.raw("GET", "/healthz", "", b"").status, 200);
        assert_eq!(world.raw("GET", "/readyz", "", b"").status, 200);
    }
}
