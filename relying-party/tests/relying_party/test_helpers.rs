//! Outcomes that are simulated, in test mode, and never a success.

use crate::signer::Signer;
use crate::tenants::{LIVE_KEY, OTHER_KEY, ask, world};
use crate::wire::Answer;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_ceremony::payment::DeclineCode;

const PAGE: &str = include_str!("../../../docs/testing.md");

fn path(payment: &Value) -> String {
    format!(
        "/v1/test_helpers/payment_intents/{}/simulate",
        payment["id"].as_str().expect("an id")
    )
}

fn simulate(world: &World, payment: &Value, outcome: &str) -> Answer {
    world.post(&path(payment), &json!({"outcome": outcome}))
}

/// The outcomes in the page's table: outcome, status, decline code.
fn documented() -> Vec<[String; 3]> {
    let table = PAGE.split("| `outcome` |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned());
        std::array::from_fn(|_| cells.next().expect("three cells"))
    })
    .collect()
}

#[test]
fn every_outcome_of_the_page_ends_a_payment_as_it_says() {
    let world = World::new(On::Memory);
    let documented = documented();
    assert_eq!(documented.len(), DeclineCode::ALL.len() + 1);
    for code in DeclineCode::ALL {
        assert!(
            documented.iter().any(|[outcome, ..]| outcome == code.as_str()),
            "{code:?}"
        );
    }
    for [outcome, status, code] in &documented {
        let payment = world.payment("alice");
        let answer = simulate(&world, &payment, outcome);
        assert_eq!(answer.status, 200, "{answer:?}");
        let shown = answer.json();
        assert_eq!(shown["status"], json!(status), "{outcome}");
        let expected = if code == "none" { Value::Null } else { json!(code) };
        assert_eq!(
            shown.get("decline_code").unwrap_or(&Value::Null),
            &expected,
            "{outcome}"
        );
        assert_eq!(world.get(&World::path(&payment, "")).json(), shown, "{outcome}");
        assert_eq!(
            simulate(&world, &payment, outcome).code(),
            "state_conflict",
            "it is over"
        );
        let context = json!({"clientSecret": payment["client_secret"]});
        assert_ne!(
            world.uaf_get("Auth", &context)["statusCode"],
            1200,
            "and nobody can sign it"
        );
    }
}

#[test]
fn there_is_no_simulated_success() {
    let world = World::new(On::Memory);
    for outcome in [
        "succeeded",
        "approved",
        "requires_capture",
        "",
        "Expired",
        "not approved",
    ] {
        let payment = world.payment("alice");
        let answer = simulate(&world, &payment, outcome);
        assert_eq!(
            (answer.code().as_str(), &answer.json()["param"]),
            ("member_invalid", &json!("outcome"))
        );
        assert_eq!(world.payment_status(&payment), "requires_action");
    }
    let payment = world.payment("alice");
    assert_eq!(world.post(&path(&payment), &json!({})).code(), "member_missing");
    assert_eq!(simulate(&world, &payment, "not_approved").status, 200);
}

#[test]
fn what_a_payer_does_needs_a_payer_who_is_asked() {
    let world = World::new(On::Memory);
    for outcome in ["not_approved", "declined_by_payer"] {
        let waiting = world.payment_with(&json!({"confirm": false}));
        assert_eq!(simulate(&world, &waiting, outcome).code(), "state_conflict");
        world.post(&World::path(&waiting, "/confirm"), &json!({}));
        assert_eq!(
            simulate(&world, &waiting, outcome).json()["decline_code"],
            outcome
        );
    }
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let held = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&held, &mut signer);
    assert_eq!(
        simulate(&world, &held, "not_approved").code(),
        "state_conflict",
        "it was approved"
    );
    assert_eq!(simulate(&world, &held, "expired").code(), "state_conflict");
    assert_eq!(
        simulate(&world, &held, "insufficient_funds").json()["status"],
        "failed"
    );
}

#[test]
pub fn a_tenant_in_live_mode_simulates_nothing() {
    let world = world();
    let body = json!({"amount": 145, "currency": "EUR", "payee": "Post", "user": "alice"});
    let outcome = json!({"outcome": "not_approved"});
    let live = ask(&world, LIVE_KEY, "POST", "/v1/payment_intents", &body).json();
    let refused = ask(&world, LIVE_KEY, "POST", &path(&live), &outcome);
    assert_eq!((refused.status, refused.code().as_str()), (403, "live_mode"));
    let at = World::path(&live, "");
    assert_eq!(
        ask(&world, LIVE_KEY, "GET", &at, &Value::Null).json()["status"],
        "requires_action"
    );
    let foreign = ask(&world, OTHER_KEY, "POST", &path(&live), &outcome);
    assert_eq!(
        foreign.code(),
        "resource_missing",
        "nor does another tenant for it"
    );
    let test = ask(&world, OTHER_KEY, "POST", "/v1/payment_intents", &body).json();
    assert_eq!(ask(&world, OTHER_KEY, "POST", &path(&test), &outcome).status, 200);
}

#[test]
fn a_simulation_takes_effect_once() {
    let world = World::new(On::Sled);
    let payment = world.payment("alice");
    let ask = || world.post_once(&path(&payment), &json!({"outcome": "expired"}), "k");
    let (first, second) = (ask(), ask());
    assert_eq!((first.status, &first.body), (200, &second.body));
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
}
