//! Stopping, starting again, and the program `smile-rp` itself.

use crate::program::{Program, configured, smile_rp};
use crate::signer::Signer;
use crate::wire::{Answer, connect, receive, send};
use crate::world::{KEY, On, World, config, enrolment, wait};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smile_relying_party::store::{SledStore, Store, StoreError};
use smile_relying_party::{RunningServer, Server, SystemClock};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

#[test]
fn a_stopped_server_finishes_the_request_that_it_reads_and_takes_no_more() {
    let mut world = World::new(On::Sled);
    let server = world.server.take().expect("it runs");
    let address = server.addr;
    let body = enrolment("alice").to_string();
    let body = body.as_bytes();
    let head = format!(
        "POST /v1/enrolment_sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(200));
    let stopping = std::thread::spawn(move || server.stop());
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(body).expect("sent");
    let answer = receive(&mut stream);
    assert_eq!(answer.status, 201, "{answer:?}");
    stopping.join().expect("no panic").expect("a clean stop");
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

/// The number in the mark of a store.
fn marked(mark: &Path) -> u64 {
    let text = std::fs::read_to_string(mark).expect("a mark");
    let number = text.split(' ').nth(2).and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no number: {text}"))
}

#[test]
fn a_stopped_servers_store_is_closed_and_marked_whoever_else_holds_it() {
    let mut world = World::new(On::Sled);
    let commits = 3;
    for number in 0..commits {
        world.enrolment_token(&format!("user {number}"));
    }
    world
        .server
        .take()
        .expect("it runs")
        .stop()
        .expect("a clean stop");
    assert_eq!(marked(&world.store_folder().with_extension("mark")), commits);
    let refused = wait(world.store.dump());
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let again = SledStore::open(&world.store_folder()).expect("nobody holds it");
    let records = wait(again.dump()).expect("readable").len();
    assert_eq!(records, 6, "each session and its consent");
}

#[test]
fn a_program_told_to_stop_right_after_a_commit_marks_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let provider = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let path = configured(folder.path(), "sled");
    for commits in 1..=3 {
        let program = Program::start(&path);
        let body = enrolment("alice").to_string();
        let created = send(
            program.address,
            "POST",
            "/v1/enrolment_sessions",
            &provider,
            body.as_bytes(),
        );
        assert_eq!(created.status, 201);
        let (status, log) = program.end_by("TERM");
        assert!(status.success(), "{log}");
        assert_eq!(marked(&folder.path().join("data/store.mark")), commits, "{log}");
    }
}

/// Starts a server on the sled store in `folder`.
fn start(folder: &Path) -> RunningServer {
    Server::start(config(folder), SystemClock).expect("it starts")
}

#[test]
fn a_restarted_server_knows_its_keys_and_records_and_refuses_what_was_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let uaf = "content-type: application/fido+uaf\r\n";
    let provider = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let server = start(folder.path());
    let post = |address, path: &str, body: serde_json::Value| {
        let headers = if path.starts_with("/uaf") { uaf } else { &provider };
        send(address, "POST", path, headers, body.to_string().as_bytes()).json()
    };
    let session = post(server.addr, "/v1/enrolment_sessions", enrolment("alice"));
    let context = json!({"enrolmentSession": session["token"]}).to_string();
    let answer = post(server.addr, "/uaf/get", json!({"context": context}));
    let mut signer = Signer::number(1);
    let used = signer
        .register(answer["uafRequest"].as_str().expect("a request"))
        .message();
    assert_eq!(
        post(server.addr, "/uaf/respond", json!({"uafResponse": used}))["statusCode"],
        1200
    );
    let payment_body = json!({"amount": 145, "currency": "EUR", "payee": "Post", "user": "alice"});
    let payment = post(server.addr, "/v1/payment_intents", payment_body);
    let context = json!({"clientSecret": payment["client_secret"]}).to_string();
    let answer = post(server.addr, "/uaf/get", json!({"context": context}));
    let message = signer
        .authenticate(answer["uafRequest"].as_str().expect("a request"))
        .message();
    let keys = send(server.addr, "GET", "/v1/receipt_keys", "", b"").body;
    server.stop().expect("a clean stop");

    let server = start(folder.path());
    assert_eq!(send(server.addr, "GET", "/v1/receipt_keys", "", b"").body, keys);
    assert_eq!(
        post(server.addr, "/uaf/respond", json!({"uafResponse": used}))["statusCode"],
        1491
    );
    let verdict = post(server.addr, "/uaf/respond", json!({"uafResponse": message}));
    assert_eq!(
        verdict["statusCode"], 1200,
        "a challenge issued before the restart is answered after it"
    );
    server.stop().expect("a clean stop");

    let server = start(folder.path());
    assert_eq!(
        post(server.addr, "/uaf/respond", json!({"uafResponse": message}))["statusCode"],
        1491
    );
    let path = format!("/v1/payment_intents/{}", payment["id"].as_str().expect("an id"));
    assert_eq!(
        send(server.addr, "GET", &path, &provider, b"").json()["status"],
        "succeeded"
    );
    server.stop().expect("a clean stop");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = start(folder.path());
    let error = Server::start(config(folder.path()), SystemClock)
        .err()
        .expect("refused")
        .to_string();
    assert!(
        error.contains("store") && error.contains("another process has it open"),
        "{error}"
    );
    first.stop().expect("a clean stop");
    start(folder.path()).stop().expect("a clean stop");
}

#[test]
fn a_second_process_on_the_same_store_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configured(folder.path(), "sled");
    let first = Program::start(&configuration);
    let second = smile_rp()
        .arg("--config")
        .arg(&configuration)
        .output()
        .expect("the program runs");
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert!(second.stdout.is_empty(), "it listens nowhere: {second:?}");
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        said.contains("another process has it open; one server runs on one store"),
        "{said}"
    );
    // The first one has not noticed.
    assert_eq!(send(first.address, "GET", "/readyz", "", b"").status, 200);
    let (status, _) = first.end_by("TERM");
    assert!(status.success(), "{status}");
    let third = Program::start(&configuration);
    assert_eq!(send(third.address, "GET", "/readyz", "", b"").status, 200);
}

#[test]
fn the_program_prints_its_address_and_ends_well_on_sigterm_and_sigint() {
    for (engine, signal) in [("sled", "TERM"), ("memory", "INT")] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = Program::start(&configured(folder.path(), engine));
        assert_eq!(send(program.address, "GET", "/readyz", "", b"").status, 200);
        let (status, log) = program.end_by(signal);
        assert!(status.success(), "{status}");
        assert!(log.contains("stopping") && log.contains("/readyz"), "{log}");
    }
}

#[test]
fn the_log_names_requests_and_no_keys_tokens_or_people() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(&configured(folder.path(), "memory"));
    let provider = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let body = enrolment("alice-in-wonderland").to_string();
    let session = send(
        program.address,
        "POST",
        "/v1/enrolment_sessions",
        &provider,
        body.as_bytes(),
    );
    let token = session.json()["token"].as_str().expect("a token").to_owned();
    let path = "/v1/users/alice-in-wonderland/credentials";
    assert_eq!(send(program.address, "GET", path, &provider, b"").status, 200);
    let context = json!({"enrolmentSession": token}).to_string();
    let get = json!({"op": "Reg", "context": context}).to_string();
    let uaf = "content-type: application/fido+uaf\r\n";
    assert_eq!(
        send(program.address, "POST", "/uaf/get", uaf, get.as_bytes()).json()["statusCode"],
        1200
    );
    let refused = get.replace("_secret_", "_secret_x");
    assert_eq!(
        send(program.address, "POST", "/uaf/get", uaf, refused.as_bytes()).json()["statusCode"],
        1401
    );
    // What a parser complains about is often what it read: a bare token in place of the object that holds it, or as
    // the name of a member.
    let bare = json!(token).to_string();
    let get = json!({"op": "Reg", "context": bare}).to_string();
    let verdict = send(program.address, "POST", "/uaf/get", uaf, get.as_bytes()).json();
    assert_eq!(verdict["statusCode"], 1400);
    let mut named = enrolment("bob");
    named[&token] = json!(1);
    let named = named.to_string();
    let twice = format!("{{\"{token}\":1,\"{token}\":1}}");
    for (flawed, code) in [
        (&bare, "body_malformed"),
        (&named, "member_unknown"),
        (&twice, "member_duplicate"),
    ] {
        let answer = send(
            program.address,
            "POST",
            "/v1/enrolment_sessions",
            &provider,
            flawed.as_bytes(),
        );
        assert_eq!(answer.code(), code);
    }
    let (_, secret) = token.split_once("_secret_").expect("two parts");
    // The identifier of an extension has at most 32 characters.
    let extension = &secret[..32];
    send_what_errors_quote(program.address, &token, &twice, extension);
    let (_, log) = program.end_by("TERM");
    for logged in [
        "body_malformed",
        "member_unknown",
        "member_duplicate",
        "line 1, column",
        "a member occurs twice in one object (line 1, column",
        "an extension is unknown",
    ] {
        assert!(log.contains(logged), "{logged}: {log}");
    }
    let id = session.header("x-request-id").expect("an id");
    assert!(
        log.contains(id) && log.contains("/v1/users/{user}/credentials") && log.contains("1401"),
        "{log}"
    );
    for private in [KEY, secret, extension, "alice-in-wonderland"] {
        assert!(!log.contains(private), "{private}: {log}");
    }
}

/// Has `/uaf` refuse the object `twice`, which has a member twice, and the name of an `extension`: each is told to the
/// client, which sent it.
fn send_what_errors_quote(address: SocketAddr, token: &str, twice: &str, extension: &str) {
    let post = |path: &str, body: &str| {
        let uaf = "content-type: application/fido+uaf\r\n";
        send(address, "POST", path, uaf, body.as_bytes()).json()
    };
    assert_eq!(post("/uaf/get", twice)["statusCode"], 1498);
    let context = json!({"enrolmentSession": token}).to_string();
    let answer = post("/uaf/get", &json!({"context": context}).to_string());
    let request = answer["uafRequest"].as_str().expect("a request");
    let sound = Signer::number(1).register(request).message();
    let sound = serde_json::from_str(&sound).expect("a message is JSON");
    for (flawed, quoted) in flawed_responses(&sound, twice, extension) {
        let verdict = post("/uaf/respond", &json!({"uafResponse": flawed}).to_string());
        assert_eq!(verdict["statusCode"], 1498, "{verdict}");
        let description = verdict["description"].as_str().expect("a rule");
        assert!(description.contains(quoted), "{description}");
    }
}

/// Responses with what an error quotes of each: `twice` as the message, `extension` in its header, and, last because
/// that spends the challenge, `twice` as its `fcParams`.
fn flawed_responses<'t>(sound: &Value, twice: &'t str, extension: &'t str) -> [(String, &'t str); 3] {
    let mut unknown = sound.clone();
    unknown[0]["header"]["exts"] = json!([{"id": extension, "data": "", "fail_if_unknown": true}]);
    let mut params = sound.clone();
    params[0]["fcParams"] = json!(URL_SAFE_NO_PAD.encode(twice));
    let member = twice.split('"').nth(1).expect("it has a member");
    [
        (format!("[{twice}]"), &member[..32]),
        (unknown.to_string(), extension),
        (params.to_string(), &member[..32]),
    ]
}

#[test]
fn with_the_format_json_each_line_of_the_log_is_an_object() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = configured(folder.path(), "sled");
    let text = std::fs::read_to_string(&path).expect("read");
    let text = text.replace("format = \"text\"", "format = \"json\"");
    std::fs::write(&path, text.replace("level = \"info\"", "level = \"debug\"")).expect("written");
    let program = Program::start(&path);
    let provider = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
    let post =
        |path: &str, headers: &str, body: &str| send(program.address, "POST", path, headers, body.as_bytes());
    let created = post(
        "/v1/enrolment_sessions",
        &provider,
        &enrolment("al\"ice\n").to_string(),
    );
    assert_eq!(created.code(), "member_invalid");
    let created = post(
        "/v1/enrolment_sessions",
        &provider,
        &enrolment("alice").to_string(),
    );
    assert_eq!(created.status, 201);
    let unreadable = post(
        "/uaf/respond",
        "content-type: application/fido+uaf\r\n",
        "\"\n\u{1b}",
    );
    assert_eq!(unreadable.json()["statusCode"], 1498);
    let (status, log) = program.end_by("TERM");
    assert!(status.success(), "{status}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        for member in ["timestamp", "level", "fields", "target"] {
            assert!(line.get(member).is_some(), "{member}: {line}");
        }
    }
    let of = |id: &str, message: &str| {
        let is_it = |line: &&Value| line["span"]["id"] == id && line["fields"]["message"] == message;
        lines.iter().find(is_it).map(|line| &line["fields"])
    };
    let id = |answer: &Answer| answer.header("x-request-id").expect("an id").to_owned();
    assert_eq!(of(&id(&created), "answered").expect("a line")["status"], 201);
    assert_eq!(
        of(&id(&unreadable), "refused").expect("a line")["uaf_status"],
        1498
    );
    assert!(lines.iter().any(|line| line["fields"]["message"] == "stopping"));
}

#[test]
fn the_program_refuses_a_bad_configuration_by_the_name_of_its_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = configured(folder.path(), "memory");
    let check = || {
        smile_rp()
            .arg("--check")
            .arg("--config")
            .arg(&path)
            .output()
            .expect("the program runs")
    };
    assert!(check().status.success());
    let text = std::fs::read_to_string(&path)
        .expect("read")
        .replace("workers = 2", "workers = 0");
    std::fs::write(&path, text).expect("written");
    let refused = check();
    assert_eq!(refused.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("server.workers"));
}

#[test]
fn a_new_api_key_matches_the_entry_printed_with_it() {
    let output = smile_rp()
        .arg("--new-api-key")
        .output()
        .expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let key = text.lines().next().expect("a key");
    assert!(
        key.starts_with("sk_test_") && key.len() == "sk_test_".len() + 43,
        "{key}"
    );
    assert!(text.contains(&smile_relying_party::api_key::ApiKeyHash::of(key).to_hex()));
}

#[test]
fn a_new_api_key_is_of_the_kind_and_mode_that_are_asked_for() {
    let printed = |arguments: &[&str]| {
        let output = smile_rp().args(arguments).output().expect("the program runs");
        (
            output.status.code(),
            String::from_utf8(output.stdout).expect("text"),
        )
    };
    for (kind, mode, begins) in [
        ("secret", "live", "sk_live_"),
        ("restricted", "test", "rk_test_"),
        ("publishable", "live", "pk_live_"),
    ] {
        let (status, text) = printed(&["--new-api-key", "--kind", kind, "--mode", mode]);
        assert_eq!(status, Some(0));
        let (key, entry) = text.split_once("\n\n").expect("a key and its entry");
        assert!(key.starts_with(begins) && key.len() == begins.len() + 43, "{key}");
        // The entry is accepted as it is printed, in place of the example's.
        let example = include_str!("../../smile-rp.example.toml");
        let (before, rest) = example.split_once("[[api_keys]]").expect("the example has one");
        let (_, after) = rest.split_once("\n[limits]").expect("what follows");
        let configuration = format!("{before}{entry}\n[limits]{after}");
        let config = smile_relying_party::Config::from_toml(&configuration).expect("accepted");
        assert_eq!(config.api_keys[0].kind.as_str(), kind);
    }
    assert_eq!(printed(&["--new-api-key", "--kind", "master"]).0, Some(2));
}
