//! FIDO's server test API: the walk-through of docs/conformance-run.md, each refusal, and the fences around it.

mod races;

use crate::signer::{FACET, METADATA, Registration, Signer};
use crate::wire::{Answer, send};
use crate::world::{KEY, wait};
use serde_json::{Value, json};
use smile_protocol::base64url;
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_relying_party::config::{ChannelBinding, Profile};
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::service::Service;
use smile_relying_party::store::{MemoryStore, Row, Store, Table};
use smile_relying_party::{Config, RunningServer, Server, SystemClock};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const PAGE: &str = include_str!("../../../docs/conformance-run.md");

const JSON: &str = "application/json";

/// A server with the page's configuration.
struct TestServer {
    server: RunningServer,
    store: Arc<dyn Store>,
    _folder: TempDir,
}

/// The text of each fenced block of the page in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let fenced = PAGE.split(opening.as_str()).skip(1);
    fenced
        .map(|rest| rest.split("```").next().expect("a block has an end"))
        .collect()
}

/// The page's configuration with folders and AppID of the tests, changed.
fn config(folder: &Path, change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::from_toml(blocks("toml")[0]).expect("the page's configuration is right");
    config.server.listen = "127.0.0.1:0".parse().expect("an address");
    crate::world::own(&mut config).facets.push(FACET.to_owned());
    config.uaf.metadata_folder = folder.join("metadata");
    config.conformance.metadata_folder = Some(folder.join("conformance-metadata"));
    for (part, text) in [
        ("metadata", METADATA.to_owned()),
        ("conformance-metadata", METADATA.replace("FFFF#5399", "FFFF#FC01")),
    ] {
        std::fs::create_dir_all(folder.join(part)).expect("made");
        std::fs::write(folder.join(part).join("statement.json"), text).expect("written");
    }
    change(&mut config);
    config
}

impl TestServer {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(MemoryStore::new()), change)
    }

    fn on(store: Arc<dyn Store>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = config(folder.path(), change);
        let service = Service::with_store(
            &config,
            store.clone(),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        );
        let service = Arc::new(service.expect("the service opens"));
        Self {
            server: Server::serve(config.server, service).expect("the server starts"),
            store,
            _folder: folder,
        }
    }

    fn post(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let headers = format!("content-type: {content_type}\r\n");
        send(self.server.addr, "POST", path, &headers, body.as_bytes())
    }

    /// The verdict under HTTP 200.
    fn verdict(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, JSON, &body.to_string());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)));
        answer.json()
    }

    fn get(&self, op: &str, context: &Value) -> Value {
        self.verdict("/get", &json!({"op": op, "context": context.to_string()}))
    }

    /// The message that `/get` gives.
    fn request(&self, op: &str, context: &Value) -> String {
        let answer = self.get(op, context);
        assert_eq!(answer["statusCode"], 1200, "{answer}");
        answer["uafRequest"].as_str().expect("a request").to_owned()
    }

    fn respond(&self, message: &str, user: &str) -> Value {
        let context = json!({"username": user}).to_string();
        self.verdict("/respond", &json!({"uafResponse": message, "context": context}))
    }

    fn register(&self, signer: &Signer, user: &str) {
        let request = self.request("Reg", &json!({"username": user}));
        let verdict = self.respond(&signer.register(&request).message(), user);
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    }

    fn dump(&self) -> Vec<Row> {
        wait(self.store.dump()).expect("the store can be dumped")
    }

    fn credentials(&self) -> usize {
        self.dump()
            .iter()
            .filter(|row| row.table == Table::Credentials)
            .count()
    }
}

/// A curl command of the page: path, content type, body.
fn call(command: &str) -> (String, String, Value) {
    let between = |from: &str, to: &str| {
        let rest = command
            .split(from)
            .nth(1)
            .unwrap_or_else(|| panic!("{from} in {command}"));
        rest.split(to).next().expect("split gives one").to_owned()
    };
    let body = between("-d '", "'\n");
    let body = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
    (between("$URL", " "), between("-H 'Content-Type: ", "'"), body)
}

#[test]
fn the_walk_through_of_the_page_works() {
    let world = TestServer::new();
    let mut signer = Signer::number(1);
    let commands: Vec<_> = blocks("sh")
        .into_iter()
        .filter(|block| block.starts_with("curl"))
        .collect();
    let answers = blocks("json");
    assert_eq!(commands.len(), answers.len(), "each command has its answer");
    assert!(commands.len() >= 11, "{}", commands.len());
    let (mut request, mut response) = (String::new(), String::new());
    for (command, answer) in commands.iter().zip(answers) {
        let (path, content_type, mut body) = call(command);
        if path == "/respond" {
            if !request.is_empty() {
                response = answered(&mut signer, &std::mem::take(&mut request));
            }
            body["uafResponse"] = json!(response);
        }
        let found = world.post(&path, &content_type, &body.to_string());
        assert_eq!(
            found.header("content-type"),
            Some(content_type.as_str()),
            "{command}"
        );
        let mut found = found.json();
        if let Some(message) = found["uafRequest"].as_str() {
            request = message.to_owned();
            found["uafRequest"] = json!("…");
        }
        if let Some(lifetime_ms) = found["lifetimeMillis"].as_u64() {
            // It began to run when the session was made, perhaps a moment earlier.
            assert!((290_000..=300_000).contains(&lifetime_ms), "{lifetime_ms}");
            found["lifetimeMillis"] = json!(300_000);
        }
        let expected: Value = serde_json::from_str(answer).expect("the page's answers are JSON");
        assert_eq!(found, expected, "{command}");
    }
    assert_eq!(world.credentials(), 0, "it ends with nothing registered");
}

/// What the signer answers to a request of either kind.
fn answered(signer: &mut Signer, request: &str) -> String {
    match &decode_request(request).expect("well-formed")[0] {
        UafRequest::Registration(_) => signer.register(request).message(),
        _ => signer.authenticate(request).message(),
    }
}

#[test]
fn the_transaction_is_the_one_of_the_context_and_must_be_confirmed() {
    let world = TestServer::new();
    let mut signer = Signer::number(1);
    world.register(&signer, "alice");
    let text = "Transfer 1000$ to Bob?";
    let context = json!({"username": "alice", "transaction": text});
    let request = world.request("Auth", &context);
    let requests = decode_request(&request).expect("well-formed");
    assert_eq!(requests.len(), 2, "one for UAF 1.1 and one for 1.0");
    for request in requests {
        let UafRequest::Authentication(request) = request else {
            panic!("an authentication request")
        };
        let shown = request.transaction[0].text().expect("base64url");
        assert_eq!((shown.as_deref(), request.transaction.len()), (Some(text), 1));
    }
    let plain = world.request("Auth", &json!({"username": "alice"}));
    let skipped = signer.authenticate(&request).with(|answer| {
        answer.signed_data = signer.clone().authenticate(&plain).signed_data;
    });
    let verdict = world.respond(&skipped.message(), "alice");
    assert_eq!(verdict["statusCode"], 1498, "{verdict}");
    let again = world.request("Auth", &context);
    let verdict = world.respond(&signer.authenticate(&again).message(), "alice");
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    for text in ["x".repeat(201), "\u{e9}".to_owned(), String::new()] {
        let refused = world.get("Auth", &json!({"username": "alice", "transaction": text}));
        assert_eq!(refused["statusCode"], 1498, "{refused}");
    }
}

/// The entries of a deregistration request, each as (aaid, keyID).
fn entries(message: &str) -> Vec<(String, String)> {
    let message: Value = serde_json::from_str(message).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let entries = message[0]["authenticators"].as_array().expect("a list");
    entries
        .iter()
        .map(|entry| (text(&entry["aaid"]), text(&entry["keyID"])))
        .collect()
}

#[test]
fn each_form_of_deregistration_deletes_the_users_records_and_no_others() {
    let (one, two, theirs) = (Signer::number(1), Signer::number(2), Signer::number(3));
    let model = "FFFF#5399".to_owned();
    let forms = [
        (json!({"username": "alice"}), None),
        (
            json!({"username": "alice", "deregisterAAID": "ffff#5399"}),
            Some(vec![(model.clone(), String::new())]),
        ),
        (
            json!({"username": "alice", "deregisterAll": true}),
            Some(vec![(String::new(), String::new())]),
        ),
    ];
    for (context, expected) in forms {
        let world = TestServer::new();
        world.register(&one, "alice");
        world.register(&two, "alice");
        world.register(&theirs, "bob");
        let mut found = entries(&world.request("Dereg", &context));
        found.sort();
        let keys = || {
            let mut keys = [&one, &two].map(|signer| (model.clone(), signer.key_id.to_string()));
            keys.sort();
            keys.to_vec()
        };
        assert_eq!(found, expected.unwrap_or_else(keys), "{context}");
        assert_eq!(world.credentials(), 1, "{context}: bob's key stays");
        let refused = world.get("Auth", &json!({"username": "alice"}));
        assert_eq!(refused["statusCode"], 1404, "{refused}");
        world.request("Auth", &json!({"username": "bob"}));
        world.register(&one, "alice");
    }
}

#[test]
fn another_models_keys_stay() {
    let world = TestServer::new();
    world.register(&Signer::number(1), "alice");
    let other = json!({"username": "alice", "deregisterAAID": "FFFF#FC01"});
    let message = world.request("Dereg", &other);
    assert_eq!(entries(&message), [("FFFF#FC01".to_owned(), String::new())]);
    assert_eq!(world.credentials(), 1);
}

/// Operation (none where empty), context (none where empty), status code, and what the description names.
const BROKEN_CONTEXTS: [(&str, &str, u64, &str); 15] = [
    ("Reg", "", 1400, "context"),
    ("Reg", "alice", 1400, "context"),
    ("Reg", "{}", 1400, "username"),
    ("Reg", r#"{"username":7}"#, 1400, "username"),
    ("Reg", r#"{"username":""}"#, 1400, "username"),
    ("Reg", r#"{"username":" alice"}"#, 1400, "username"),
    ("Reg", r#"{"username":"a","username":"b"}"#, 1400, "twice"),
    ("", r#"{"username":"alice"}"#, 1400, "op"),
    ("reg", r#"{"username":"alice"}"#, 1498, "op"),
    (
        "Auth",
        r#"{"username":"alice","transaction":7}"#,
        1400,
        "transaction",
    ),
    ("Auth", r#"{"username":"carol"}"#, 1404, "no active key"),
    (
        "Dereg",
        r#"{"username":"alice","deregisterAAID":"FFFF5399"}"#,
        1400,
        "deregisterAAID",
    ),
    (
        "Dereg",
        r#"{"username":"alice","deregisterAAID":"FFFF#0001"}"#,
        1480,
        "AAID",
    ),
    (
        "Dereg",
        r#"{"username":"alice","deregisterAll":"yes"}"#,
        1400,
        "deregisterAll",
    ),
    (
        "Dereg",
        r#"{"username":"alice","deregisterAll":true,"deregisterAAID":"FFFF#5399"}"#,
        1400,
        "exclude",
    ),
];

#[test]
fn a_context_that_breaks_a_rule_is_refused_and_changes_nothing() {
    let world = TestServer::new();
    world.register(&Signer::number(1), "alice");
    let before = world.dump();
    for (op, context, code, rule) in BROKEN_CONTEXTS {
        let mut body = json!({});
        for (name, value) in [("op", op), ("context", context)] {
            if !value.is_empty() {
                body[name] = json!(value);
            }
        }
        let refused = world.verdict("/get", &body);
        assert_eq!(refused["statusCode"], code, "{body}: {refused}");
        let description = refused["description"].as_str().expect("a rule");
        assert!(description.contains(rule), "{body}: {description}");
        assert!(refused["uafRequest"].is_null());
    }
    for body in ["", "[]", "{\"op\":\"Reg\",\"op\":\"Reg\"}"] {
        let refused = world.post("/get", JSON, body).json();
        assert_eq!(refused["statusCode"], 1498, "{body:?}: {refused}");
    }
    assert_eq!(world.dump(), before);
    for op in ["Reg", "Auth"] {
        world.request(
            op,
            &json!({"username": "alice", "deregisterAll": false, "unknown": 7}),
        );
    }
    world.request("Dereg", &json!({"username": "alice", "deregisterAll": false}));
}

#[test]
fn a_response_for_another_user_spends_nothing() {
    let world = TestServer::new();
    let signer = Signer::number(1);
    let message = signer
        .register(&world.request("Reg", &json!({"username": "alice"})))
        .message();
    let before = world.dump();
    let refused = world.respond(&message, "bob");
    assert_eq!(refused["statusCode"], 1403, "{refused}");
    let broken = world.verdict("/respond", &json!({"uafResponse": message, "context": "alice"}));
    assert_eq!(broken["statusCode"], 1400, "{broken}");
    assert_eq!(world.dump(), before);
    let bare = world.verdict("/respond", &json!({"uafResponse": message}));
    assert_eq!(bare["statusCode"], 1200, "{bare}");
}

#[test]
fn only_json_and_uaf_are_read() {
    let world = TestServer::new();
    let body = json!({"op": "Reg", "context": r#"{"username":"alice"}"#}).to_string();
    for content_type in [JSON, "application/json; charset=utf-8", "application/fido+uaf"] {
        let answer = world.post("/get", content_type, &body);
        assert_eq!((answer.status, &answer.json()["statusCode"]), (200, &json!(1200)));
    }
    for content_type in ["text/plain", "application/fido+uaf; charset=latin1"] {
        for path in ["/get", "/respond"] {
            let refused = world.post(path, content_type, &body);
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (415, "content_type_unsupported")
            );
        }
    }
    let large = world.post("/get", JSON, &(body.clone() + &" ".repeat(70_000)));
    assert_eq!((large.status, large.code().as_str()), (413, "body_too_large"));
}

#[test]
fn facets_and_models_of_the_test_tool_count_only_while_the_api_is_on() {
    let tool = "ios:bundle-id:org.fidoalliance.mobile.conformancetools";
    let published = |world: &TestServer| {
        let list = send(world.server.addr, "GET", "/uaf/facets", "", b"");
        String::from_utf8(list.body).expect("text")
    };
    let on = TestServer::new();
    assert!(published(&on).contains(tool) && published(&on).contains(FACET));
    let policy = on.request("Reg", &json!({"username": "alice"}));
    assert!(
        policy.contains("FFFF#FC01") && policy.contains("FFFF#5399"),
        "{policy}"
    );

    let off = TestServer::with(|config| config.conformance.enabled = false);
    assert!(!published(&off).contains(tool) && published(&off).contains(FACET));
    let session = send(
        off.server.addr,
        "POST",
        "/v1/enrolment_sessions",
        "authorization: Bearer sk_test_example\r\ncontent-type: application/json\r\n",
        crate::world::enrolment("alice").to_string().as_bytes(),
    );
    let context = json!({"enrolmentSession": session.json()["token"]}).to_string();
    let body = json!({"op": "Reg", "context": context}).to_string();
    let request = off.post("/uaf/get", "application/fido+uaf", &body).json();
    let policy = request["uafRequest"].as_str().expect("a request");
    assert!(
        !policy.contains("FFFF#FC01") && policy.contains("FFFF#5399"),
        "{policy}"
    );
}

#[test]
fn without_its_switch_or_in_production_the_routes_do_not_exist() {
    let body = json!({"op": "Reg", "context": r#"{"username":"alice"}"#}).to_string();
    let on = TestServer::new();
    assert_eq!(on.post("/get", JSON, &body).json()["statusCode"], 1200);
    let fences: [fn(&mut Config); 2] = [
        |config| config.conformance.enabled = false,
        // The lint refuses this one; here nobody asked the lint.
        |config| config.server.profile = Profile::Production,
    ];
    for fence in fences {
        let off = TestServer::with(fence);
        for path in ["/get", "/respond"] {
            let answer = off.post(path, JSON, &body);
            assert_eq!((answer.status, answer.code().as_str()), (404, "endpoint_unknown"));
            let keyed = format!("authorization: Bearer {KEY}\r\ncontent-type: {JSON}\r\n");
            let answer = send(off.server.addr, "POST", path, &keyed, body.as_bytes());
            assert_eq!(answer.status, 404);
        }
        assert!(off.dump().is_empty());
    }
}

#[test]
fn the_program_refuses_the_api_in_production_and_names_both_keys() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = crate::program::configured(folder.path(), "memory");
    let text = std::fs::read_to_string(&path)
        .expect("written")
        .replace("enabled = false", "enabled = true");
    std::fs::write(&path, text).expect("written");
    let refused = crate::program::smile_rp()
        .arg("--config")
        .arg(&path)
        .output()
        .expect("it runs");
    assert_eq!(refused.status.code(), Some(5));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("conformance.enabled") && said.contains("server.profile"),
        "{said}"
    );
}

#[test]
fn the_connection_is_judged_as_under_uaf() {
    const HEADER: &str = "x-tls-unique";
    let world = TestServer::with(|config| {
        config.uaf.channel_binding.mode = ChannelBinding::Required;
        config.uaf.channel_binding.tls_unique_header = Some(HEADER.to_owned());
    });
    let told = base64url::encode(b"this connection");
    let verdict = |header: &str| {
        let request = world.request("Reg", &json!({"username": "alice"}));
        let bind = |registration: &mut Registration| {
            registration.params.channel_binding.tls_unique = Some(told.clone())
        };
        let message = Signer::number(1).register(&request).with(bind).message();
        let body = json!({"uafResponse": message}).to_string();
        let headers = format!("content-type: {JSON}\r\n{header}");
        let answer = send(world.server.addr, "POST", "/respond", &headers, body.as_bytes());
        answer.json()["statusCode"].as_u64()
    };
    let another = base64url::encode(b"another connection");
    assert_eq!(verdict(""), Some(1490), "nothing is known of the connection");
    assert_eq!(verdict(&format!("{HEADER}: {another}\r\n")), Some(1490));
    assert_eq!(world.credentials(), 0);
    assert_eq!(verdict(&format!("{HEADER}: {told}\r\n")), Some(1200));
    assert_eq!(world.credentials(), 1);
}
