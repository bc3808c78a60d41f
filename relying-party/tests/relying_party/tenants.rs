//! Several tenants on one server: what is one's can neither be used nor seen by another.

use crate::signer::{FACET, Signer};
use crate::wire::Answer;
use crate::world::{APP_ID, KEY, World, own, wait};
use serde_json::{Value, json};
use smile_relying_party::Config;
use smile_relying_party::api_key::ApiKeyHash;
use smile_relying_party::config::TenantConfig;

/// The key of the second tenant.
pub const OTHER_KEY: &str = "sk_test_of_the_parcels";

/// The key of the third, whose money is real.
pub const LIVE_KEY: &str = "sk_live_of_the_bank";

const OTHER_APP: &str = "https://parcels.example/uaf/facets";

fn tenant(text: &str) -> TenantConfig {
    toml::from_str(text).expect("a tenant")
}

/// Two more tenants.
pub fn add_tenants(config: &mut Config) {
    config.tenants = vec![
        tenant(&format!(
            "name = \"parcels\"\nmode = \"test\"\napp_id = \"{OTHER_APP}\"\nfacets = [\"https://parcels.example\"]\n\
             [[api_keys]]\nname = \"parcels\"\nsha256 = \"{}\"",
            ApiKeyHash::of(OTHER_KEY).to_hex()
        )),
        tenant(&format!(
            "name = \"bank\"\nmode = \"live\"\napp_id = \"{APP_ID}\"\nfacets = [\"{FACET}\"]\n\
             [[api_keys]]\nname = \"bank\"\nsha256 = \"{}\"",
            ApiKeyHash::of(LIVE_KEY).to_hex()
        )),
    ];
    assert!(config.lint().is_empty(), "{:?}", config.lint());
}

/// A server with three tenants.
pub fn world() -> World {
    World::configured(|_, config| add_tenants(config))
}

/// A request under a key.
pub fn ask(world: &World, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let headers = format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n");
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    world.raw(method, path, &headers, &body)
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// What alice has at the first tenant.
struct Things {
    payment: Value,
    refund: String,
    enrolment: String,
    login: String,
    credential: String,
    api_key: String,
}

fn things(world: &World) -> Things {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    world.sign(&payment, &mut signer);
    let made = |path: &str, body: Value| {
        let answer = world.post(path, &body);
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
        text(&answer.json()["id"])
    };
    let credentials = world.get("/v1/users/alice/credentials").json();
    Things {
        refund: made(
            "/v1/refunds",
            json!({"payment_intent": payment["id"], "amount": 1}),
        ),
        enrolment: made("/v1/enrolment_sessions", world.enrolment("alice")),
        login: made("/v1/authentication_sessions", json!({"user": "alice"})),
        api_key: made("/v1/api_keys", json!({"name": "till", "kind": "secret"})),
        credential: text(&credentials["data"][0]["id"]),
        payment,
    }
}

#[test]
fn nothing_of_a_tenant_is_found_under_another_tenants_key() {
    let world = world();
    let things = things(&world);
    let Things {
        payment,
        refund,
        enrolment,
        login,
        credential,
        api_key,
    } = &things;
    let id = text(&payment["id"]);
    let at = |action: &str| World::path(payment, action);
    let none = Value::Null;
    // Those that change nothing, or the last of its kind, stand behind: the right key must still be accepted.
    let endpoints = [
        ("GET", at(""), none.clone()),
        ("GET", at("/receipt"), none.clone()),
        ("GET", format!("/v1/refunds/{refund}"), none.clone()),
        ("GET", format!("/v1/refunds?payment_intent={id}"), none.clone()),
        (
            "POST",
            "/v1/refunds".to_owned(),
            json!({"payment_intent": id, "amount": 1}),
        ),
        ("GET", format!("/v1/enrolment_sessions/{enrolment}"), none.clone()),
        (
            "GET",
            format!("/v1/authentication_sessions/{login}"),
            none.clone(),
        ),
        (
            "POST",
            format!("/v1/api_keys/{api_key}/roll"),
            json!({"expires_in_s": 60}),
        ),
        ("POST", format!("/v1/api_keys/{api_key}/revoke"), none.clone()),
        (
            "POST",
            format!("/v1/credentials/{credential}/deregister"),
            none.clone(),
        ),
    ];
    for (method, path, body) in &endpoints {
        let before = world.dump();
        for foreign in [OTHER_KEY, LIVE_KEY] {
            let answer = ask(&world, foreign, method, path, body);
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "resource_missing"),
                "{method} {path}"
            );
        }
        assert_eq!(world.dump(), before, "{method} {path}");
        let answer = ask(&world, KEY, method, path, body);
        assert!(matches!(answer.status, 200 | 201), "{method} {path}: {answer:?}");
    }
    // What a payment may still do is told to its tenant, and to nobody else.
    for action in ["", "/confirm", "/cancel", "/capture"] {
        let body = if action.is_empty() {
            json!({"user": "alice"})
        } else {
            none.clone()
        };
        let foreign = ask(&world, OTHER_KEY, "POST", &at(action), &body);
        assert_eq!(foreign.code(), "resource_missing", "{action}");
        assert_eq!(
            ask(&world, KEY, "POST", &at(action), &body).code(),
            "state_conflict",
            "{action}"
        );
    }
}

#[test]
fn lists_hold_what_is_the_tenants_own() {
    let world = world();
    let things = things(&world);
    let lists = [
        "/v1/payment_intents",
        "/v1/users/alice/credentials",
        "/v1/api_keys",
    ];
    for (path, foreign_rows) in lists.into_iter().zip([0, 0, 1]) {
        let of = |key| ask(&world, key, "GET", path, &Value::Null).json()["data"].clone();
        let (mine, foreign) = (of(KEY), of(OTHER_KEY));
        assert!(mine.as_array().expect("a list").len() > foreign_rows, "{path}");
        assert_eq!(
            foreign.as_array().expect("a list").len(),
            foreign_rows,
            "{path}: {foreign}"
        );
    }
    let names = ask(&world, OTHER_KEY, "GET", "/v1/api_keys", &Value::Null).json();
    assert_eq!(names["data"][0]["name"], "parcels");
    for (path, id) in [
        ("/v1/payment_intents", text(&things.payment["id"])),
        ("/v1/api_keys", things.api_key),
    ] {
        let path = format!("{path}?starting_after={id}");
        assert_eq!(
            ask(&world, OTHER_KEY, "GET", &path, &Value::Null).code(),
            "query_invalid"
        );
        assert_eq!(ask(&world, KEY, "GET", &path, &Value::Null).status, 200);
    }
    let all = json!({"all": true});
    let foreign = ask(&world, OTHER_KEY, "POST", "/v1/users/alice/deregister", &all);
    assert_eq!(foreign.json()["credentials"], json!([]), "another tenant's alice");
    let mine = ask(&world, KEY, "POST", "/v1/users/alice/deregister", &all);
    assert_eq!(mine.json()["credentials"].as_array().expect("a list").len(), 1);
}

#[test]
fn an_idempotency_key_is_its_tenants() {
    let world = world();
    let post = |key: &str| {
        let headers = format!(
            "authorization: Bearer {key}\r\ncontent-type: application/json\r\nidempotency-key: one\r\n"
        );
        let body = world.enrolment("alice").to_string();
        world.raw("POST", "/v1/enrolment_sessions", &headers, body.as_bytes())
    };
    let (mine, foreign) = (post(KEY), post(OTHER_KEY));
    assert_ne!(mine.json()["id"], foreign.json()["id"]);
    assert_eq!(post(KEY).body, mine.body);
    assert_eq!(post(OTHER_KEY).body, foreign.body);
}

#[test]
fn a_ceremony_is_judged_by_the_rules_of_the_tenant_that_its_token_leads_to() {
    let world = world();
    let signer = Signer::number(1);
    let mine = world.request(
        "Reg",
        &json!({"enrolmentSession": world.enrolment_token("alice")}),
    );
    let session = ask(
        &world,
        OTHER_KEY,
        "POST",
        "/v1/enrolment_sessions",
        &world.enrolment("alice"),
    );
    let theirs = world.request("Reg", &json!({"enrolmentSession": session.json()["token"]}));
    assert!(mine.contains(APP_ID) && !mine.contains(OTHER_APP), "{mine}");
    assert!(theirs.contains(OTHER_APP) && !theirs.contains(APP_ID), "{theirs}");
    // The signer speaks for the shop's facet, which is none of the parcels'.
    let refused = world.respond(&signer.register(&theirs).message());
    assert_eq!(refused["statusCode"], 1498, "{refused}");
    let words = refused["description"].as_str().expect("words");
    assert!(
        words.contains("tenants[0].facets") && words.contains("https://parcels.example"),
        "{words}"
    );
    assert_eq!(
        world.respond(&signer.register(&mine).message())["statusCode"],
        1200
    );
    // Their answer with my challenge's serverData is none of either.
    let fresh = world.request("Reg", &json!({"enrolmentSession": world.enrolment_token("bob")}));
    let token = json!({"enrolmentSession": session.json()["token"]}).to_string();
    let message = Signer::number(2).register(&fresh).message();
    let crossed = json!({"uafResponse": message, "context": token});
    assert_eq!(
        world.uaf("/uaf/respond", &crossed.to_string())["statusCode"],
        1403
    );
    assert_eq!(world.respond(&message)["statusCode"], 1200);
}

#[test]
fn a_client_secret_reads_its_own_tenants_payment_only() {
    let world = world();
    let publishable = |key: &str| {
        let body = json!({"name": "page", "kind": "publishable"});
        text(&ask(&world, key, "POST", "/v1/api_keys", &body).json()["key"])
    };
    let payment = world.payment("alice");
    let read = |key: &str| {
        let headers = format!(
            "authorization: Bearer {key}\r\nsmile-client-secret: {}\r\n",
            text(&payment["client_secret"])
        );
        world.raw("GET", &World::path(&payment, ""), &headers, b"")
    };
    assert_eq!(read(&publishable(OTHER_KEY)).code(), "client_secret_invalid");
    assert_eq!(read(&publishable(KEY)).status, 200);
}

#[test]
fn a_token_of_a_tenant_that_the_server_does_not_have_opens_nothing() {
    let world = world();
    let session = ask(
        &world,
        OTHER_KEY,
        "POST",
        "/v1/enrolment_sessions",
        &world.enrolment("alice"),
    );
    let context = json!({"enrolmentSession": session.json()["token"]});
    let alone = world.again(|_, _| {});
    assert_eq!(alone.uaf_get("Reg", &context)["statusCode"], 1401);
    let request = world.request("Reg", &context);
    let answer = Signer::number(1).register(&request).message();
    assert_eq!(alone.respond(&answer)["statusCode"], 1491);
    // Its own server still knows both.
    assert_eq!(
        world.respond(&answer)["statusCode"],
        1498,
        "the facet is another's"
    );
}

#[test]
fn each_tenant_has_a_facet_list_of_its_own() {
    let world = world();
    let list = |path: &str| world.raw("GET", path, "", b"");
    let first = list("/uaf/facets");
    assert_eq!(list("/tenants/stamps/facets").body, first.body);
    assert!(String::from_utf8_lossy(&first.body).contains(FACET));
    let parcels = list("/tenants/parcels/facets");
    assert_eq!(
        parcels.header("content-type"),
        Some("application/fido.trusted-apps+json")
    );
    let shown = String::from_utf8_lossy(&parcels.body);
    assert!(
        shown.contains("https://parcels.example") && !shown.contains(FACET),
        "{shown}"
    );
    for unknown in ["/tenants/nobody/facets", "/tenants/No%20body/facets"] {
        let answer = list(unknown);
        assert_eq!(answer.code(), "resource_missing");
        assert_eq!(answer.json()["param"], "tenant");
    }
}

#[test]
fn a_tenant_needs_no_table_of_its_own_beside_the_list() {
    let world = World::configured(|_, config| {
        add_tenants(config);
        config.relying_party = None;
        config.api_keys.clear();
        assert!(config.lint().is_empty(), "{:?}", config.lint());
    });
    assert_eq!(world.get("/v1/payment_intents").code(), "api_key_invalid");
    assert_eq!(
        ask(&world, OTHER_KEY, "GET", "/v1/payment_intents", &Value::Null).status,
        200
    );
    let list = world.raw("GET", "/uaf/facets", "", b"");
    assert!(String::from_utf8_lossy(&list.body).contains("https://parcels.example"));
}

#[test]
fn every_tenants_open_payments_are_swept() {
    let world = world();
    let late =
        json!({"amount": 145, "currency": "EUR", "payee": "Post", "user": "alice", "expires_in_s": 60});
    let ids = [KEY, OTHER_KEY].map(|key| {
        let made = ask(&world, key, "POST", "/v1/payment_intents", &late);
        (key, text(&made.json()["id"]))
    });
    world.clock.advance_ms(61_000);
    assert_eq!(wait(world.service.expire_what_is_late()).expect("swept"), 2);
    for (key, id) in ids {
        let path = format!("/v1/payment_intents/{id}");
        assert_eq!(
            ask(&world, key, "GET", &path, &Value::Null).json()["status"],
            "expired"
        );
    }
}

#[test]
fn what_is_wrong_with_a_tenant_is_named_by_its_setting() {
    let lints = |change: fn(&mut Config)| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = crate::world::config(folder.path());
        add_tenants(&mut config);
        change(&mut config);
        config
            .lint()
            .iter()
            .map(|lint| lint.key.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(lints(|_| {}), Vec::<String>::new());
    let expect = |change: fn(&mut Config), key: &str| assert_eq!(lints(change), [key]);
    expect(
        |config| config.tenants[1].facets[0] = "shop.example".to_owned(),
        "tenants[1].facets[0]",
    );
    expect(|config| config.tenants[1].facets.clear(), "tenants[1].facets");
    expect(
        |config| config.tenants[0].app_id = "http://x".to_owned(),
        "tenants[0].app_id",
    );
    expect(
        |config| config.tenants[0].name = "Parcels".to_owned(),
        "tenants[0].name",
    );
    expect(
        |config| config.tenants[1].name = "stamps".to_owned(),
        "tenants[1].name",
    );
    expect(|config| own(config).tenant = "bank".to_owned(), "tenants[1].name");
    expect(|config| config.tenants[0].api_keys.clear(), "tenants[0].api_keys");
    expect(
        |config| config.tenants[1].api_keys[0].sha256 = config.api_keys[0].sha256.clone(),
        "tenants[1].api_keys[0].sha256",
    );
    expect(
        |config| config.tenants[0].api_keys[0].scopes = vec!["payments:read".to_owned()],
        "tenants[0].api_keys[0].scopes",
    );
    expect(|config| config.relying_party = None, "api_keys");
    expect(
        |config| {
            config.server.profile = smile_relying_party::config::Profile::Development;
            config.processor.kind = smile_relying_party::config::ProcessorKind::Test;
        },
        "tenants[1].mode",
    );
    let nobody = lints(|config| {
        config.relying_party = None;
        config.api_keys.clear();
        config.tenants.clear();
    });
    assert_eq!(nobody, ["relying_party"]);
}
