//! `/v1/refunds`: what was captured goes back, never more.

use crate::signer::Signer;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_relying_party::store::Books;

fn paid(world: &World, signer: &mut Signer) -> Value {
    let payment = world.payment("alice");
    world.sign(&payment, signer);
    payment
}

#[test]
fn refunds_are_made_read_and_listed() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let (payment, other) = (paid(&world, &mut signer), paid(&world, &mut signer));
        let refund = |body: Value| world.post("/v1/refunds", &body);
        let first = refund(json!({"payment_intent": payment["id"], "amount": 45}));
        assert_eq!(first.status, 201, "{first:?}");
        let first = first.json();
        assert_eq!(
            (&first["status"], &first["amount"]),
            (&json!("succeeded"), &json!(45))
        );
        assert_eq!(
            (&first["currency"], &first["payment_intent"]),
            (&json!("EUR"), &payment["id"])
        );
        let path = format!("/v1/refunds/{}", first["id"].as_str().expect("an id"));
        assert_eq!(world.get(&path).json(), first);
        world.clock.advance_ms(2);
        let rest = refund(json!({"payment_intent": payment["id"]})).json();
        assert_eq!(rest["amount"], 100);
        let again = refund(json!({"payment_intent": payment["id"]}));
        assert_eq!((again.status, again.code().as_str()), (422, "amount_too_large"));
        assert_eq!(again.json()["param"], "amount");
        let shown = world.get(&World::path(&payment, "")).json();
        assert_eq!(
            (&shown["amount_refunded"], &shown["status"]),
            (&json!(145), &json!("succeeded"))
        );
        let list = |query: &str| world.get(&format!("/v1/refunds{query}"));
        let of = |payment: &Value| format!("?payment_intent={}", payment["id"].as_str().expect("an id"));
        assert_eq!(
            list(&of(&payment)).json(),
            json!({"data": [rest, first], "has_more": false})
        );
        let page = list(&format!("{}&limit=1", of(&payment))).json();
        assert_eq!(page, json!({"data": [rest], "has_more": true}));
        let after = format!(
            "{}&starting_after={}",
            of(&payment),
            rest["id"].as_str().expect("an id")
        );
        assert_eq!(list(&after).json(), json!({"data": [first], "has_more": false}));
        assert_eq!(list(&of(&other)).json()["data"], json!([]));
        let foreign = format!(
            "{}&starting_after={}",
            of(&other),
            rest["id"].as_str().expect("an id")
        );
        assert_eq!(list(&foreign).code(), "query_invalid");
        assert_eq!(list("").code(), "query_invalid");
        assert_eq!(
            list(&of(&json!({"id": format!("pi_{}", "0".repeat(32))}))).code(),
            "resource_missing"
        );
        let books = Books::audit(&world.dump()).expect("the books are right");
        assert_eq!(books.entries, 4, "two captures, two refunds");
    }
}

#[test]
fn what_was_not_captured_is_not_refunded() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    let refund = |amount: Value| {
        let answer = world.post(
            "/v1/refunds",
            &json!({"payment_intent": payment["id"], "amount": amount}),
        );
        (
            answer.status,
            if answer.status == 201 {
                String::new()
            } else {
                answer.code()
            },
        )
    };
    assert_eq!(refund(Value::Null), (409, "state_conflict".to_owned()));
    world.sign(&payment, &mut signer);
    assert_eq!(refund(Value::Null), (409, "state_conflict".to_owned()));
    world.post(&World::path(&payment, "/capture"), &json!({"amount": 45}));
    assert_eq!(refund(json!(46)), (422, "amount_too_large".to_owned()));
    assert_eq!(refund(json!(0)), (400, "member_invalid".to_owned()));
    let other = world.beside("others");
    let foreign = other.post("/v1/refunds", &json!({"payment_intent": payment["id"]}));
    assert_eq!(
        (foreign.status, foreign.code().as_str()),
        (404, "resource_missing")
    );
    assert_eq!(refund(json!(45)), (201, String::new()));
}
