//! Rate limits by key, person and address: what is left is told, and what is too much is refused until the clock moves.

use crate::tenants::{OTHER_KEY, add_tenants, ask};
use crate::wire::{Answer, try_send};
use crate::world::{KEY, World, config, wait};
use serde_json::{Value, json};
use smile_relying_party::config::LimitsConfig;

/// Limits of which only one is tight.
fn limited(change: impl FnOnce(&mut LimitsConfig)) -> World {
    World::standing(|_, config| {
        add_tenants(config);
        change(&mut config.limits);
        assert!(config.lint().is_empty(), "{:?}", config.lint());
    })
}

fn list(world: &World, key: &str) -> Answer {
    ask(world, key, "GET", "/v1/payment_intents", &Value::Null)
}

fn number(answer: &Answer, header: &str) -> u64 {
    let value = answer
        .header(header)
        .unwrap_or_else(|| panic!("{header}: {answer:?}"));
    value.parse().expect("a number")
}

/// Limit, remaining, reset.
fn told(answer: &Answer) -> [u64; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(|header| number(answer, header))
}

fn must_be_limited(answer: &Answer, by: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (429, "rate_limited"),
        "{answer:?}"
    );
    assert_eq!(answer.json()["param"], by);
    assert_eq!(number(answer, "ratelimit-remaining"), 0);
    assert!(number(answer, "retry-after") >= 1);
}

#[test]
fn a_key_has_a_bucket_of_its_own_that_the_clock_refills() {
    let world = limited(|limits| (limits.per_key_per_s, limits.per_key_burst) = (2, 4));
    assert_eq!(told(&list(&world, KEY)), [4, 3, 1]);
    assert_eq!(told(&list(&world, KEY)), [4, 2, 1]);
    assert_eq!(told(&list(&world, KEY)), [4, 1, 2]);
    assert_eq!(told(&list(&world, KEY)), [4, 0, 2]);
    let refused = list(&world, KEY);
    must_be_limited(&refused, "key");
    assert_eq!(number(&refused, "retry-after"), 1);
    assert_eq!(refused.header("smile-version"), Some("2026-11-25"));
    assert_eq!(list(&world, OTHER_KEY).status, 200, "another key is not held up");
    let before = world.dump();
    must_be_limited(
        &world.post("/v1/enrolment_sessions", &json!({"user": "alice"})),
        "key",
    );
    assert_eq!(world.dump(), before, "what is refused does nothing");
    world.clock.advance_ms(1_000);
    assert_eq!(list(&world, KEY).status, 200);
    assert_eq!(list(&world, KEY).status, 200);
    must_be_limited(&list(&world, KEY), "key");
}

#[test]
fn a_key_that_is_rolled_gives_its_successor_a_full_bucket_of_its_own() {
    let world = limited(|limits| (limits.per_key_per_s, limits.per_key_burst) = (1, 3));
    let made = world
        .post("/v1/api_keys", &json!({"name": "till", "kind": "secret"}))
        .json();
    let key = made["key"].as_str().expect("a key");
    assert_eq!(told(&list(&world, key))[1], 2);
    assert_eq!(told(&list(&world, KEY))[1], 1);
}

#[test]
fn a_person_has_a_bucket_in_each_tenant() {
    let world = limited(|limits| (limits.per_user_per_s, limits.per_user_burst) = (1, 3));
    let session = |key: &str, user: &str| {
        ask(
            &world,
            key,
            "POST",
            "/v1/enrolment_sessions",
            &world.enrolment(user),
        )
    };
    let first = session(KEY, "alice");
    assert_eq!(
        (first.status, told(&first)),
        (201, [3, 2, 1]),
        "the tightest of three"
    );
    let payment = json!({"amount": 145, "currency": "EUR", "payee": "Post", "user": "alice"});
    assert_eq!(
        ask(&world, KEY, "POST", "/v1/payment_intents", &payment).status,
        201
    );
    assert_eq!(world.get("/v1/users/alice").status, 200);
    must_be_limited(&session(KEY, "alice"), "user");
    must_be_limited(
        &world.post("/v1/authentication_sessions", &json!({"user": "alice"})),
        "user",
    );
    must_be_limited(&ask(&world, KEY, "POST", "/v1/payment_intents", &payment), "user");
    must_be_limited(&world.get("/v1/users/alice"), "user");
    must_be_limited(&world.get("/v1/payment_intents?user=alice"), "user");
    let nobody = world.payment_with(&json!({"user": null}));
    let attach = |user: &str| world.post(&World::path(&nobody, ""), &json!({"user": user}));
    must_be_limited(&attach("alice"), "user");
    assert_eq!(session(KEY, "bob").status, 201);
    assert_eq!(session(OTHER_KEY, "alice").status, 201, "another tenant's alice");
    assert_eq!(list(&world, KEY).status, 200, "nobody is named");
    world.clock.advance_ms(1_000);
    assert_eq!(attach("alice").status, 200);
}

#[test]
fn whoever_drains_a_persons_bucket_keeps_no_device_of_theirs_from_being_revoked() {
    let world = limited(|limits| (limits.per_user_per_s, limits.per_user_burst) = (1, 1));
    let drained = || must_be_limited(&world.get("/v1/users/alice"), "user");
    assert_eq!(world.get("/v1/users/alice").status, 200);
    drained();
    for list in ["credentials", "consents"] {
        let answer = world.get(&format!("/v1/users/alice/{list}"));
        assert_eq!((answer.status, told(&answer)[0] > 1), (200, true), "{list}");
    }
    for action in ["lost_device", "deregister"] {
        let answer = world.post(&format!("/v1/users/alice/{action}"), &json!({"all": true}));
        assert_eq!((answer.status, told(&answer)[0] > 1), (200, true), "{action}");
    }
    assert_eq!(world.post("/v1/users/alice/erase", &json!({})).status, 200);
    drained();
}

#[test]
fn a_persons_app_is_counted_too() {
    let world = limited(|limits| (limits.per_user_per_s, limits.per_user_burst) = (1, 2));
    let context = json!({"enrolmentSession": world.enrolment_token("alice")});
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
    let headers = "content-type: application/fido+uaf; charset=utf-8\r\n";
    let body = json!({"op": "Reg", "context": context.to_string()}).to_string();
    must_be_limited(&world.raw("POST", "/uaf/get", headers, body.as_bytes()), "user");
    world.clock.advance_ms(1_000);
    assert_eq!(world.uaf_get("Reg", &context)["statusCode"], 1200);
}

#[test]
pub fn whoever_tries_keys_is_stopped_by_their_address() {
    let world = limited(|limits| (limits.per_address_per_s, limits.per_address_burst) = (1, 3));
    for _ in 0..3 {
        assert_eq!(list(&world, "sk_test_guess").code(), "api_key_invalid");
    }
    must_be_limited(&list(&world, "sk_test_guess"), "address");
    must_be_limited(&list(&world, KEY), "address");
    let uaf = "content-type: application/fido+uaf; charset=utf-8\r\n";
    must_be_limited(
        &world.raw("POST", "/uaf/respond", uaf, &[b'x'; 70_000]),
        "address",
    );
    for free in ["/healthz", "/dashboard/", "/tenants/stamps/facets"] {
        let answer = world.raw("GET", free, "", b"");
        assert_eq!(
            (answer.status, answer.header("ratelimit-limit")),
            (200, None),
            "{free}"
        );
    }
    world.clock.advance_ms(3_000);
    let unknown = world.raw("GET", "/v1/nothing", "", b"");
    assert_eq!(
        (unknown.code().as_str(), told(&unknown)),
        ("endpoint_unknown", [3, 2, 1])
    );
    let facets = world.raw("GET", "/uaf/facets", "", b"");
    assert_eq!((facets.status, told(&facets)), (200, [3, 1, 2]));
}

#[test]
fn a_path_that_is_escaped_without_need_is_counted_and_dated_like_the_plain_one() {
    let world = limited(|limits| (limits.per_address_per_s, limits.per_address_burst) = (1, 4));
    let get = |path: &str, headers: &str| {
        let headers = format!("authorization: Bearer {KEY}\r\n{headers}");
        try_send(world.address(), "GET", path, &headers, b"").expect("an answer")
    };
    let mut left = 4;
    for path in [
        "/v1/payment_intents",
        "/v%31/payment_intents",
        "/uaf/facets",
        "/%75af/facets",
    ] {
        let answer = get(path, "");
        left -= 1;
        assert_eq!((answer.status, told(&answer)[1]), (200, left), "{path}");
    }
    for path in [
        "/v1/payment_intents",
        "/v%31/payment_intents",
        "/%761%2Fpayment_intents",
        "/%75af/facets",
    ] {
        let answer = get(path, "");
        // What stays escaped leads nowhere.
        if path.contains("%2F") {
            assert_eq!(answer.status, 404, "{path}");
        } else {
            must_be_limited(&answer, "address");
        }
    }
    world.clock.advance_ms(4_000);
    for path in ["/v1/payment_intents", "/%761/payment_intents"] {
        assert_eq!(
            get(path, "").header("smile-version"),
            Some("2026-11-25"),
            "{path}"
        );
        let old = get(path, "smile-version: 2000-01-01\r\n");
        assert_eq!(
            (old.status, old.code().as_str()),
            (400, "version_unknown"),
            "{path}"
        );
    }
}

#[test]
fn a_version_that_is_refused_is_counted() {
    let world = limited(|limits| (limits.per_address_per_s, limits.per_address_burst) = (1, 2));
    let read = |version: &str| {
        let headers = format!("authorization: Bearer {KEY}\r\nsmile-version: {version}\r\n");
        world.raw("GET", "/v1/payment_intents", &headers, b"")
    };
    let refused = read("2000-01-01");
    assert_eq!(
        (refused.code().as_str(), told(&refused)),
        ("version_unknown", [2, 1, 1])
    );
    assert_eq!(read("2026-11-25").status, 200);
    let limited = read("2000-01-01");
    must_be_limited(&limited, "address");
    assert_eq!(limited.header("smile-version"), Some("2026-11-25"));
}

#[test]
fn a_publishable_key_has_no_bucket_that_others_could_empty() {
    let world = limited(|limits| (limits.per_key_per_s, limits.per_key_burst) = (1, 4));
    let body = json!({"name": "page", "kind": "publishable"});
    let page = world.post("/v1/api_keys", &body).json()["key"].clone();
    let page = page.as_str().expect("its text");
    let payment = world.payment("alice");
    let secret = payment["client_secret"].as_str().expect("a secret");
    for _ in 0..6 {
        // Whoever read the page can send its key, and nothing else.
        assert_eq!(list(&world, page).code(), "api_key_publishable");
    }
    let headers = format!("authorization: Bearer {page}\r\nsmile-client-secret: {secret}\r\n");
    let shown = world.raw("GET", &World::path(&payment, ""), &headers, b"");
    assert_eq!(shown.status, 200, "{shown:?}");
    // The provider's own has one.
    assert_eq!([list(&world, KEY).status, list(&world, KEY).status], [200, 200]);
    must_be_limited(&list(&world, KEY), "key");
}

#[test]
fn a_proxy_tells_the_address_and_its_clients_cannot() {
    let world = limited(|limits| {
        (limits.per_address_per_s, limits.per_address_burst) = (1, 2);
        limits.address_header = Some("x-forwarded-for".to_owned());
    });
    let from = |told: &str| {
        let headers = format!("authorization: Bearer {KEY}\r\n{told}");
        world.raw("GET", "/v1/payment_intents", &headers, b"")
    };
    for told in [
        "x-forwarded-for: 192.0.2.1\r\n",
        "x-forwarded-for: 198.51.100.9, 192.0.2.1\r\n",
    ] {
        assert_eq!(from(told).status, 200, "{told}");
    }
    must_be_limited(&from("x-forwarded-for: 203.0.113.5, 192.0.2.1\r\n"), "address");
    must_be_limited(
        &from("x-forwarded-for: 203.0.113.5\r\nx-forwarded-for: 192.0.2.1:99\r\n"),
        "address",
    );
    assert_eq!(from("x-forwarded-for: 192.0.2.2\r\n").status, 200);
    // What is no address is not taken for one: then the connection's counts.
    assert_eq!(from("x-forwarded-for: unknown\r\n").status, 200);
    assert_eq!(from("").status, 200);
    must_be_limited(&from("x-forwarded-for: nonsense\r\n"), "address");
}

#[test]
fn a_sweep_forgets_nobody_who_is_held_up() {
    let world = limited(|limits| (limits.per_key_per_s, limits.per_key_burst) = (1, 1));
    assert_eq!(list(&world, KEY).status, 200);
    wait(world.service.forget_what_is_old()).expect("swept");
    must_be_limited(&list(&world, KEY), "key");
}

#[test]
fn what_is_wrong_with_a_limit_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let lints = |change: fn(&mut LimitsConfig)| {
        let mut config = config(folder.path());
        change(&mut config.limits);
        config
            .lint()
            .iter()
            .map(|lint| lint.key.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(lints(|_| {}), Vec::<String>::new());
    for (change, key) in [
        (
            (|limits| limits.per_key_per_s = 0) as fn(&mut LimitsConfig),
            "limits.per_key_per_s",
        ),
        (|limits| limits.per_key_burst = 0, "limits.per_key_burst"),
        (
            |limits| limits.per_user_per_s = 1_000_001,
            "limits.per_user_per_s",
        ),
        (|limits| limits.per_user_burst = 0, "limits.per_user_burst"),
        (|limits| limits.per_address_per_s = 0, "limits.per_address_per_s"),
        (|limits| limits.per_address_burst = 0, "limits.per_address_burst"),
        (
            |limits| limits.address_header = Some("X-Real-IP".to_owned()),
            "limits.address_header",
        ),
    ] {
        assert_eq!(lints(change), [key]);
    }
}
