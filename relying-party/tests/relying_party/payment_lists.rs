//! `GET /v1/payment_intents`: newest first, in pages that join without a gap, filtered.

use crate::signer::Signer;
use crate::world::{On, World};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().expect("a list");
    let id = |payment: &Value| payment["id"].as_str().expect("an id").to_owned();
    data.iter().map(id).collect()
}

fn list(world: &World, query: &str) -> Value {
    let answer = world.get(&format!("/v1/payment_intents{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn pages_join_to_the_whole_list_from_new_to_old() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut made = Vec::new();
        for number in 0..12 {
            let user = if number % 3 == 0 { "bob" } else { "alice" };
            made.push(ids(&json!({"data": [world.payment(user)]})).remove(0));
            world.clock.advance_ms(2);
        }
        made.reverse();
        let first = list(&world, "");
        assert_eq!(
            (ids(&first), &first["has_more"]),
            (made[..10].to_vec(), &json!(true))
        );
        assert!(
            first["data"][0].get("client_secret").is_none(),
            "a secret is shown once"
        );
        let (mut joined, mut query) = (Vec::new(), "?limit=5".to_owned());
        loop {
            let page = list(&world, &query);
            joined.extend(ids(&page));
            if page["has_more"] == json!(false) {
                break;
            }
            query = format!("?limit=5&starting_after={}", joined.last().expect("some"));
        }
        assert_eq!(joined, made);
        assert_eq!(ids(&list(&world, "?limit=100")), made);
        let exact = list(&world, "?limit=12");
        assert_eq!(
            exact["has_more"],
            json!(false),
            "no more is promised than there is"
        );
        assert_eq!(ids(&list(&world, "?user=bob")).len(), 4);
        assert_eq!(ids(&list(&world, "?user=carol")).len(), 0);
        let other = world.beside("others");
        assert_eq!(
            list(&other, "?limit=100"),
            json!({"data": [], "has_more": false}),
            "another tenant"
        );
    }
}

#[test]
fn a_list_of_a_state_is_as_of_now() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let (late, paid, open) = (
            world.payment_with(&json!({"expires_in_s": 60})),
            world.payment("alice"),
            world.payment("alice"),
        );
        world.sign(&paid, &mut signer);
        let of = |status: &str| ids(&list(&world, &format!("?status={status}")));
        assert_eq!(of("requires_action").len(), 2);
        assert_eq!(of("succeeded"), [paid["id"].as_str().expect("an id")]);
        world.clock.advance_ms(60_000);
        assert_eq!(of("requires_action"), [open["id"].as_str().expect("an id")]);
        assert_eq!(of("expired"), [late["id"].as_str().expect("an id")]);
        let both = list(&world, "?status=expired&user=alice");
        assert_eq!(ids(&both).len(), 1);
        assert_eq!(of("canceled").len(), 0);
    }
}

#[test]
pub fn each_bad_part_of_a_query_is_named() {
    let world = World::new(On::Memory);
    let payment = world.payment("alice");
    let foreign = world.beside("others").payment("alice");
    let foreign = format!("?starting_after={}", foreign["id"].as_str().expect("an id"));
    for (query, code, param) in [
        ("?limit=0", "query_invalid", "limit"),
        ("?limit=101", "query_invalid", "limit"),
        ("?limit=ten", "query_invalid", "limit"),
        ("?limit=1&limit=2", "query_invalid", "limit"),
        ("?status=paid", "query_invalid", "status"),
        ("?starting_after=pi_1", "query_invalid", "starting_after"),
        (&foreign, "query_invalid", "starting_after"),
        ("?page=2", "query_invalid", "page"),
        ("?user=", "member_invalid", "user"),
    ] {
        let answer = world.get(&format!("/v1/payment_intents{query}"));
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{query}");
        assert_eq!(answer.json()["param"], param, "{query}");
    }
    let after = format!("?starting_after={}", payment["id"].as_str().expect("an id"));
    assert_eq!(list(&world, &after), json!({"data": [], "has_more": false}));
}
