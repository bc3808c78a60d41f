//! Two KiB of base64, as large as a template of 512 numbers, in every member of every endpoint: each is refused, and none of it
//! is kept. Where a message of the UAF transport may hold more, what it may hold of it is bounded.

use crate::signer::Signer;
use crate::world::{KEY, On, World};
use serde_json::{Value, json};

/// Base64 of 1.5 KiB; no part of it comes up by chance.
fn blob() -> String {
    "SmileFaceTemplateBlob+/9".chars().cycle().take(2048).collect()
}

/// What is looked for in the store.
const PART: &[u8] = b"SmileFaceTemplateBlob";

fn is_kept(world: &World) -> bool {
    let holds = |value: &[u8]| value.windows(PART.len()).any(|window| window == PART);
    world.dump().iter().any(|row| holds(&row.value))
}

/// Every POST of the API with a body that is accepted, to things that exist.
fn posts(world: &World) -> Vec<(String, Value)> {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let paid = world.payment("alice");
    world.sign(&paid, &mut signer);
    let authorised = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&authorised, &mut signer);
    let bare = world.payment_with(&json!({"user": null}));
    let unconfirmed = world.payment_with(&json!({"confirm": false}));
    let open = world.payment("alice");
    let key = world.get("/v1/users/alice/credentials").json()["data"][0]["id"].clone();
    let consent = world.get("/v1/users/alice/consents").json()["data"][0]["id"].clone();
    let of_key = |action: &str| format!("/v1/credentials/{}{action}", key.as_str().expect("an id"));
    let of_consent = format!("/v1/consents/{}/withdraw", consent.as_str().expect("an id"));
    let full = json!({
        "amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice", "order": "A-17",
        "description": "a note", "capture_method": "manual", "confirm": true, "expires_in_s": 900,
    });
    let api_key = world
        .post("/v1/api_keys", &json!({"name": "till", "kind": "secret"}))
        .json();
    let of_api_key =
        |action: &str| format!("/v1/api_keys/{}/{action}", api_key["id"].as_str().expect("an id"));
    let simulated = world.payment("alice");
    vec![
        ("/v1/enrolment_sessions".to_owned(), world.enrolment("alice")),
        ("/v1/authentication_sessions".to_owned(), json!({"user": "alice"})),
        ("/v1/payment_intents".to_owned(), full),
        (World::path(&bare, ""), json!({"user": "alice"})),
        (World::path(&unconfirmed, "/confirm"), json!({})),
        (World::path(&open, "/cancel"), json!({})),
        (World::path(&authorised, "/capture"), json!({"amount": 100})),
        (
            "/v1/refunds".to_owned(),
            json!({"payment_intent": paid["id"], "amount": 45}),
        ),
        (of_key(""), json!({"name": "blue phone"})),
        (of_key("/suspend"), json!({})),
        (of_key("/reinstate"), json!({})),
        (of_key("/revoke"), json!({})),
        (
            "/v1/users/alice/lost_device".to_owned(),
            json!({"credential": key}),
        ),
        ("/v1/users/alice/lost_device".to_owned(), json!({"all": true})),
        (
            "/v1/api_keys".to_owned(),
            json!({"name": "reports", "kind": "restricted", "scopes": ["payments:read"]}),
        ),
        (of_api_key("roll"), json!({"expires_in_s": 60})),
        (of_api_key("revoke"), json!({})),
        (
            World::path(&simulated, "/simulate").replace("/v1/", "/v1/test_helpers/"),
            json!({"outcome": "not_approved"}),
        ),
        (of_key("/deregister"), json!({})),
        (
            "/v1/users/alice/deregister".to_owned(),
            json!({"aaid": "FFFF#5399"}),
        ),
        ("/v1/users/alice/deregister".to_owned(), json!({"all": true})),
        (of_consent, json!({})),
        ("/v1/users/alice/erase".to_owned(), json!({})),
    ]
}

/// The body with the blob in place of each member, in turn, and in a member more, also of the objects in it.
fn smuggled(body: &Value) -> Vec<Value> {
    let Some(members) = body.as_object() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, value) in members {
        let mut carrier = body.clone();
        carrier[name] = json!(blob());
        all.push(carrier);
        let mut list = body.clone();
        list[name] = json!([blob()]);
        all.push(list);
        for inner in smuggled(value) {
            let mut carrier = body.clone();
            carrier[name] = inner;
            all.push(carrier);
        }
    }
    for (name, value) in [("picture", json!(blob())), (blob().as_str(), json!(1))] {
        let mut carrier = body.clone();
        carrier[name] = value;
        all.push(carrier);
    }
    all
}

#[test]
fn no_member_of_no_endpoint_takes_a_template() {
    let world = World::new(On::Memory);
    let posts = posts(&world);
    let mut refused = 0;
    for (path, body) in &posts {
        for carrier in smuggled(body) {
            let before = world.dump();
            let answer = world.post(path, &carrier);
            assert!(
                (400..500).contains(&answer.status) && answer.json()["param"].is_string(),
                "{path}: {answer:?}"
            );
            assert_eq!(world.dump(), before, "{path}");
            let told = String::from_utf8_lossy(&answer.body).len();
            assert!(told < 1024, "{path}: the answer repeats at most a part of it");
            refused += 1;
        }
    }
    assert!(refused > 80, "{refused}");
    // Each body as it was is accepted: it was the blob that was refused.
    for (path, body) in &posts {
        let answer = world.post(path, body);
        assert!(
            (200..300).contains(&answer.status) || answer.status == 404,
            "{path}: {answer:?}"
        );
    }
    assert!(!is_kept(&world));
}

#[test]
fn every_route_that_takes_a_body_is_tried() {
    let tried: Vec<String> = posts(&World::new(On::Memory))
        .into_iter()
        .map(|(path, _)| pattern(&path))
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/v1");
    let mut routes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let text = std::fs::read_to_string(path).expect("it can be read");
        let flat: String = text.split_whitespace().collect();
        for resource in flat.split("web::resource(\"").skip(1) {
            let route = resource.split('"').next().expect("a first part");
            let until = resource.split("web::resource").next().expect("a first part");
            // Declining takes a client secret and no member: `hosted_page` tries bodies with it.
            if until.contains("web::post()") && !route.ends_with("/decline") {
                routes.push(route.replace("{user}", "{id}"));
            }
        }
    }
    assert!(routes.len() >= 17, "{routes:?}");
    for route in routes {
        assert!(tried.contains(&route), "{route}: {tried:?}");
    }
}

/// The path with `{id}` for what is in it.
fn pattern(path: &str) -> String {
    let is_id =
        |part: &str| part == "alice" || part.split_once('_').is_some_and(|(_, rest)| rest.len() == 32);
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if is_id(part) { "{id}" } else { part })
        .collect();
    parts.join("/")
}

#[test]
fn no_path_query_or_header_takes_a_template() {
    let world = World::new(On::Memory);
    world.register("alice", &Signer::number(1));
    let escaped: String = blob().replace('+', "%2B").replace('/', "%2F");
    for path in [
        format!("/v1/users/{escaped}"),
        format!("/v1/users/{escaped}/credentials"),
        format!("/v1/users/{escaped}/consents"),
        format!("/v1/users/{escaped}/export"),
        format!("/v1/credentials/{escaped}"),
        format!("/v1/payment_intents/{escaped}"),
        format!("/v1/payment_intents?user={escaped}"),
        format!("/v1/payment_intents?starting_after={escaped}"),
        format!("/v1/payment_intents?picture={escaped}"),
        format!("/v1/refunds?payment_intent={escaped}"),
    ] {
        let answer = world.get(&path);
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    for path in ["erase", "deregister", "lost_device"] {
        let answer = world.post(&format!("/v1/users/{escaped}/{path}"), &json!({"all": true}));
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    let once = world.post_once("/v1/authentication_sessions", &json!({"user": "alice"}), &blob());
    assert_eq!(once.code(), "idempotency_key_invalid");
    let key = format!("authorization: Bearer {}\r\n", blob());
    assert_eq!(
        world.raw("GET", "/v1/users/alice", &key, b"").code(),
        "api_key_invalid"
    );
    let id = format!("authorization: Bearer {KEY}\r\nx-request-id: {}\r\n", blob());
    let answer = world.raw("GET", "/v1/users/alice", &id, b"");
    let told = answer.header("x-request-id").expect("an id");
    assert!(told.len() <= 64, "the server's own: {told}");
    assert!(!is_kept(&world));
}

#[test]
fn what_an_app_writes_beside_its_token_is_kept_nowhere() {
    let world = World::new(On::Memory);
    let context = json!({"enrolmentSession": world.enrolment_token("alice"), "picture": blob()});
    let request = world.request("Reg", &context);
    assert!(!is_kept(&world), "an additional member of the context is ignored");
    // An answer with the blob beside the message is judged by the message alone.
    let message = Signer::number(1).register(&request).message();
    let body = json!({"uafResponse": message, "picture": blob()}).to_string();
    assert_eq!(world.uaf("/uaf/respond", &body)["statusCode"], 1200);
    assert!(!is_kept(&world));
}
