//! API keys: of which kind and mode, what they may do, and how they come to their end.

use crate::tenants::{LIVE_KEY, OTHER_KEY, ask, world};
use crate::world::{KEY, On, World};
use serde_json::{Value, json};
use smile_ceremony::record::Scope;
use smile_relying_party::api_key::ApiKeyHash;
use smile_relying_party::config::ApiKeyConfig;
use smile_relying_party::store::Table;

const WEEK_S: u64 = 7 * 24 * 60 * 60;

fn get(world: &World, key: &str, path: &str) -> (u16, String) {
    let answer = ask(world, key, "GET", path, &Value::Null);
    let code = if answer.status == 200 {
        String::new()
    } else {
        answer.code()
    };
    (answer.status, code)
}

fn works(world: &World, key: &str) -> bool {
    match get(world, key, "/v1/payment_intents") {
        (200, _) => true,
        (401, _) => false,
        other => panic!("{other:?}"),
    }
}

/// A new key of the first tenant: its answer, and its text.
pub fn made(world: &World, body: &Value) -> (Value, String) {
    let answer = world.post("/v1/api_keys", body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let shown = answer.json();
    let text = shown["key"].as_str().expect("its text").to_owned();
    (shown, text)
}

pub fn secret(world: &World) -> (Value, String) {
    made(world, &json!({"name": "till", "kind": "secret"}))
}

pub fn at(key: &Value, action: &str) -> String {
    format!("/v1/api_keys/{}/{action}", key["id"].as_str().expect("an id"))
}

#[test]
fn a_key_that_was_made_works_like_a_configured_one_also_after_a_restart() {
    let world = World::new(On::Sled);
    let (shown, key) = secret(&world);
    assert!(
        key.starts_with("sk_test_") && key.len() == 8 + 43,
        "{}",
        key.len()
    );
    assert_eq!(
        shown["scopes"].as_array().expect("a list").len(),
        Scope::ALL.len()
    );
    assert_eq!(
        (&shown["status"], &shown["mode"]),
        (&json!("active"), &json!("test"))
    );
    assert!(works(&world, &key));
    let rows = world.dump();
    let rows: Vec<_> = rows.iter().filter(|row| row.table == Table::ApiKeys).collect();
    assert_eq!(rows.len(), 1);
    let held = String::from_utf8_lossy(&rows[0].value).into_owned();
    assert!(!held.contains(&key[8..]), "the store holds no text");
    assert!(
        !world
            .get("/v1/api_keys")
            .body
            .windows(43)
            .any(|part| part == &key.as_bytes()[8..])
    );
    let world = world.after(|_| {});
    assert!(works(&world, &key), "after a restart");
    let revoked = world.post(&at(&shown, "revoke"), &json!({}));
    assert_eq!(
        (revoked.status, &revoked.json()["status"]),
        (200, &json!("revoked"))
    );
    let world = world.after(|_| {});
    assert!(!works(&world, &key), "and it stays revoked");
    assert!(works(&world, KEY));
}

#[test]
fn the_list_names_every_key_and_shows_none() {
    let world = World::new(On::Memory);
    let (first, _) = secret(&world);
    world.clock.advance_ms(2_000);
    let limited = json!({"name": "reports", "kind": "restricted", "scopes": ["payments:read"]});
    let (second, _) = made(&world, &limited);
    let list = world.get("/v1/api_keys").json();
    let named: Vec<_> = list["data"].as_array().expect("a list").iter().collect();
    let names: Vec<_> = named
        .iter()
        .map(|key| key["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["reports", "till", "tests"]);
    assert_eq!((&named[0]["id"], &named[1]["id"]), (&second["id"], &first["id"]));
    assert_eq!(named[0]["scopes"], json!(["payments:read"]));
    assert_eq!(named[2]["source"], "configuration");
    assert!(named.iter().all(|key| key.get("key").is_none()), "{list}");
    let page = world.get("/v1/api_keys?limit=1").json();
    assert_eq!(
        (&page["data"][0]["id"], &page["has_more"]),
        (&second["id"], &json!(true))
    );
    let next = format!(
        "/v1/api_keys?limit=2&starting_after={}",
        second["id"].as_str().expect("an id")
    );
    let page = world.get(&next).json();
    assert_eq!(
        (&page["data"][0]["id"], &page["has_more"]),
        (&first["id"], &json!(false))
    );
    assert_eq!(
        world.get("/v1/api_keys?starting_after=ak_1").code(),
        "query_invalid"
    );
    let configured = json!({"id": named[2]["id"]});
    for (action, body) in [("roll", json!({"expires_in_s": 1})), ("revoke", json!({}))] {
        let refused = world.post(&at(&configured, action), &body);
        assert_eq!(refused.code(), "state_conflict", "{action}");
    }
    assert!(works(&world, KEY));
}

#[test]
pub fn a_rolled_key_works_beside_its_successor_and_then_no_more() {
    let world = World::new(On::Memory);
    let (shown, old) = secret(&world);
    let rolled = world.post(&at(&shown, "roll"), &json!({"expires_in_s": 3600}));
    assert_eq!(rolled.status, 201);
    let rolled = rolled.json();
    let new = rolled["key"].as_str().expect("its text").to_owned();
    assert_eq!(rolled["replaces"]["id"], shown["id"]);
    assert_eq!(rolled["replaces"]["rolled_to"], rolled["id"]);
    assert_eq!(rolled["replaces"]["status"], "rolled");
    world.clock.advance_ms(3_590_000);
    assert!(works(&world, &old) && works(&world, &new));
    world.clock.advance_ms(10_000);
    let (status, code) = get(&world, &old, "/v1/payment_intents");
    assert_eq!((status, code.as_str()), (401, "api_key_expired"));
    assert!(works(&world, &new));
    assert_eq!(
        world
            .post(&at(&shown, "roll"), &json!({"expires_in_s": 0}))
            .code(),
        "state_conflict"
    );
    // Without an overlap it is over at once.
    let again = world.post(&at(&rolled, "roll"), &json!({"expires_in_s": 0}));
    assert_eq!(
        (again.status, &again.json()["replaces"]["status"]),
        (201, &json!("expired"))
    );
    assert_eq!(get(&world, &new, "/v1/payment_intents").1, "api_key_expired");
    assert_eq!(
        world
            .post(&at(&again.json(), "roll"), &json!({"expires_in_s": WEEK_S + 1}))
            .code(),
        "member_invalid"
    );
    assert_eq!(
        world
            .post(&at(&again.json(), "roll"), &json!({"expires_in_s": WEEK_S}))
            .status,
        201
    );
}

#[test]
fn a_revoked_key_is_refused_at_once_and_revoked_once() {
    let world = World::new(On::Memory);
    let (shown, key) = secret(&world);
    assert!(works(&world, &key));
    let (_, itself) = (world.post(&at(&shown, "revoke"), &json!({})), &key);
    let answer = ask(&world, itself, "GET", "/v1/payment_intents", &Value::Null);
    assert_eq!(answer.code(), "api_key_invalid");
    assert!(
        answer.json()["detail"]
            .as_str()
            .expect("words")
            .contains("revoked")
    );
    assert_eq!(
        world.post(&at(&shown, "revoke"), &json!({})).code(),
        "state_conflict"
    );
    let unknown = json!({"id": "ak_00000000000000000000000000000000"});
    for missing in [unknown, json!({"id": "nonsense"})] {
        assert_eq!(
            world.post(&at(&missing, "revoke"), &json!({})).code(),
            "resource_missing"
        );
    }
}

#[test]
fn the_same_key_is_answered_again_under_its_idempotency_key() {
    let world = World::new(On::Sled);
    let body = json!({"name": "till", "kind": "secret"});
    let once = world.post_once("/v1/api_keys", &body, "k");
    let twice = world.post_once("/v1/api_keys", &body, "k");
    assert_eq!(once.body, twice.body);
    assert_eq!(twice.header("idempotent-replayed"), Some("true"));
    let (shown, key) = (
        once.json(),
        once.json()["key"].as_str().expect("a key").to_owned(),
    );
    let sealed = world.dump();
    let sealed = sealed.iter().filter(|row| row.table == Table::Idempotency);
    for row in sealed {
        assert!(
            !row.value.windows(43).any(|part| part == &key.as_bytes()[8..]),
            "it is sealed"
        );
    }
    let roll = json!({"expires_in_s": 60});
    let first = world.post_once(&at(&shown, "roll"), &roll, "r");
    let second = world.post_once(&at(&shown, "roll"), &roll, "r");
    assert_eq!((first.status, &first.body), (201, &second.body));
    assert!(works(&world, first.json()["key"].as_str().expect("a key")));
}

#[test]
fn the_prefix_of_a_key_must_be_that_of_its_kind_and_of_its_tenants_mode() {
    let of = |key: &str, kind: &str| ApiKeyConfig {
        name: key.to_owned(),
        sha256: ApiKeyHash::of(key).to_hex(),
        kind: serde_json::from_value(json!(kind)).expect("a kind"),
        scopes: if kind == "restricted" {
            vec!["payments:read".to_owned()]
        } else {
            Vec::new()
        },
    };
    let world = World::configured(|_, config| {
        config.api_keys.push(of("sk_live_x", "secret"));
        config.api_keys.push(of("rk_test_x", "secret"));
        config.api_keys.push(of("rk_test_y", "restricted"));
        config.api_keys.push(of("sk_test_y", "restricted"));
        config.api_keys.push(of("plain", "secret"));
        assert!(config.lint().is_empty());
    });
    for (key, accepted) in [
        (KEY, true),
        ("sk_live_x", false),
        ("rk_test_x", false),
        ("rk_test_y", true),
        ("sk_test_y", false),
        ("plain", false),
    ] {
        assert_eq!(works(&world, key), accepted, "{key}");
    }
    let world = self::world();
    assert!(works(&world, LIVE_KEY) && works(&world, OTHER_KEY));
    let live = ask(
        &world,
        LIVE_KEY,
        "POST",
        "/v1/api_keys",
        &json!({"name": "till", "kind": "secret"}),
    );
    assert!(
        live.json()["key"]
            .as_str()
            .expect("a key")
            .starts_with("sk_live_")
    );
    assert_eq!(live.json()["mode"], "live");
}

#[test]
fn a_key_is_asked_for_by_rule() {
    let world = World::new(On::Memory);
    for (body, code, param) in [
        (json!({"kind": "secret"}), "member_missing", "name"),
        (json!({"name": "", "kind": "secret"}), "member_invalid", "name"),
        (
            json!({"name": "a\nb", "kind": "secret"}),
            "member_invalid",
            "name",
        ),
        (
            json!({"name": "n".repeat(65), "kind": "secret"}),
            "member_invalid",
            "name",
        ),
        (json!({"name": "n"}), "member_missing", "kind"),
        (json!({"name": "n", "kind": "master"}), "member_invalid", "kind"),
        (
            json!({"name": "n", "kind": "restricted"}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "restricted", "scopes": []}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "restricted", "scopes": "payments:read"}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "restricted", "scopes": [1]}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "restricted", "scopes": ["payments"]}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "secret", "scopes": ["payments:read"]}),
            "member_invalid",
            "scopes",
        ),
        (
            json!({"name": "n", "kind": "secret", "colour": 1}),
            "member_unknown",
            "colour",
        ),
    ] {
        let answer = world.post("/v1/api_keys", &body);
        assert_eq!(
            (answer.code().as_str(), &answer.json()["param"]),
            (code, &json!(param)),
            "{body}"
        );
    }
    assert!(world.dump().is_empty());
    made(
        &world,
        &json!({"name": "n".repeat(64), "kind": "restricted", "scopes": ["payments:read"]}),
    );
}

#[test]
fn a_tenant_has_at_most_a_hundred_keys_that_work() {
    let world = World::new(On::Memory);
    let body = json!({"name": "till", "kind": "secret"});
    let first = world.post_once("/v1/api_keys", &body, "first");
    // With the configured one these are a hundred.
    for _ in 2..100 {
        secret(&world);
    }
    assert_eq!(world.post("/v1/api_keys", &body).code(), "state_conflict");
    assert_eq!(
        world.post_once("/v1/api_keys", &body, "more").code(),
        "state_conflict"
    );
    let again = world.post_once("/v1/api_keys", &body, "first");
    assert_eq!(again.body, first.body, "what was answered is answered again");
    let roll = |overlap_s: u64| world.post(&at(&first.json(), "roll"), &json!({"expires_in_s": overlap_s}));
    assert_eq!(roll(60).code(), "state_conflict", "both would work");
    let rolled = roll(0);
    assert_eq!(rolled.status, 201, "one in place of the other");
    assert_eq!(world.post("/v1/api_keys", &body).code(), "state_conflict");
    world.post(&at(&rolled.json(), "revoke"), &json!({}));
    assert_eq!(world.post_once("/v1/api_keys", &body, "more").status, 201);
}
