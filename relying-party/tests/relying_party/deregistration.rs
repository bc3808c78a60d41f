//! Deregistration over the API: one key, the keys of a model, all keys of a user.

use crate::signer::{AAID, Signer};
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_protocol::uaf::deregistration::DeregisterAuthenticator as Entry;
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::message::{UafRequest, decode_request};

const PATH: &str = "/v1/users/alice/deregister";

/// The entries of the message in an answer, by version.
fn entries(answer: &Value) -> Vec<(Upv, Vec<Entry>)> {
    let message = answer["uaf_request"].as_str().expect("a message");
    let requests = decode_request(message).expect("the server's own message");
    let by_version = |request| match request {
        UafRequest::Deregistration(request) => (request.header.upv, request.authenticators),
        other => panic!("not a deregistration: {other:?}"),
    };
    requests.into_iter().map(by_version).collect()
}

/// The entries in version 1.1, and in version 1.0.
fn both(answer: &Value) -> (Vec<Entry>, Vec<Entry>) {
    match entries(answer).as_slice() {
        [(Upv::V1_1, all), (Upv::V1_0, each)] => (all.clone(), each.clone()),
        other => panic!("not 1.1, then 1.0: {other:?}"),
    }
}

/// Alice with two keys, bob with one.
fn world(on: On) -> World {
    let world = World::new(on);
    world.register("alice", &Signer::number(1));
    world.register("alice", &Signer::number(2));
    world.register("bob", &Signer::number(3));
    world
}

fn keys_of(world: &World, user: &str) -> usize {
    let listed = world.get(&format!("/v1/users/{user}/credentials")).json();
    listed["data"].as_array().expect("a list").len()
}

fn named(numbers: &[u32]) -> Vec<Entry> {
    let one = |number: &u32| Entry::key(AAID, Signer::number(*number).key_id);
    let mut keys: Vec<_> = numbers.iter().map(one).collect();
    keys.sort_by(|a, b| a.key_id.cmp(&b.key_id));
    keys
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| a.key_id.cmp(&b.key_id));
    entries
}

#[test]
fn one_key_is_named_in_both_versions() {
    let world = world(On::Memory);
    let listed = world.get("/v1/users/bob/credentials").json();
    let id = listed["data"][0]["id"].as_str().expect("an id").to_owned();
    let answer = world
        .post(&format!("/v1/credentials/{id}/deregister"), &json!({}))
        .json();
    assert_eq!(
        entries(&answer),
        [(Upv::V1_1, named(&[3])), (Upv::V1_0, named(&[3]))]
    );
    assert_eq!((keys_of(&world, "alice"), keys_of(&world, "bob")), (2, 0));
}

#[test]
fn all_keys_of_a_user_go_at_once_and_version_1_1_erases_the_application() {
    for on in [On::Memory, On::Sled] {
        let world = world(on);
        let answer = world.post(PATH, &json!({"all": true}));
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        assert_eq!(
            (&answer["user"], &answer["status"]),
            (&json!("alice"), &json!("deregistered"))
        );
        assert_eq!(answer["credentials"].as_array().map(Vec::len), Some(2));
        let (all, each) = both(&answer);
        assert_eq!(all, [Entry::EVERYTHING]);
        assert_eq!(sorted(each), named(&[1, 2]));
        assert_eq!((keys_of(&world, "alice"), keys_of(&world, "bob")), (0, 1));
    }
}

#[test]
fn the_keys_of_a_model_go_at_once() {
    let world = world(On::Memory);
    let other = world.post(PATH, &json!({"aaid": "FFFF#0001"})).json();
    assert_eq!(other["credentials"], json!([]));
    assert_eq!(keys_of(&world, "alice"), 2);
    // Without a record there is nothing that version 1.0 could name.
    let unknown = "FFFF#0001".parse().expect("an AAID");
    assert_eq!(entries(&other), [(Upv::V1_1, vec![Entry::model(unknown)])]);
    let answer = world.post(PATH, &json!({"aaid": "ffff#5399"})).json();
    let (all, each) = both(&answer);
    assert_eq!(all, [Entry::model(AAID)]);
    assert_eq!(sorted(each), named(&[1, 2]));
    assert_eq!((keys_of(&world, "alice"), keys_of(&world, "bob")), (0, 1));
    // Again: there is nothing to delete, and a device may still be told.
    let again = world.post(PATH, &json!({"aaid": "FFFF#5399"}));
    assert_eq!((again.status, &again.json()["credentials"]), (200, &json!([])));
}

#[test]
fn challenges_in_flight_die_with_the_keys() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let request = world.payment_request(&payment);
    let message = signer.authenticate(&request).message();
    world.post(PATH, &json!({"all": true}));
    assert_eq!(world.respond(&message)["statusCode"], 1481);
    assert_eq!(world.payment_status(&payment), "requires_action");
    // With the same key registered again, the same steps pay.
    world.register("alice", &signer);
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
}

#[test]
fn each_bad_member_is_named_and_deletes_nothing() {
    let world = world(On::Memory);
    let cases = [
        (json!({}), "member_missing", "aaid"),
        (json!({"aaid": null, "all": null}), "member_missing", "aaid"),
        (json!({"aaid": "FFFF5399"}), "member_invalid", "aaid"),
        (json!({"aaid": ""}), "member_invalid", "aaid"),
        (json!({"aaid": 1}), "member_invalid", "aaid"),
        (json!({"all": false}), "member_invalid", "all"),
        (json!({"all": 1}), "member_invalid", "all"),
        (json!({"all": true, "aaid": "FFFF#5399"}), "member_invalid", "all"),
        (json!({"all": true, "user": "bob"}), "member_unknown", "user"),
    ];
    for (body, code, param) in cases {
        let answer = world.post(PATH, &body);
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
        assert_eq!(answer.json()["param"], param, "{body}");
    }
    let nobody = world.post("/v1/users/%20/deregister", &json!({"all": true}));
    assert_eq!((nobody.status, nobody.code().as_str()), (400, "member_invalid"));
    assert_eq!((keys_of(&world, "alice"), keys_of(&world, "bob")), (2, 1));
    assert_eq!(world.post(PATH, &json!({"all": true})).status, 200);
}
