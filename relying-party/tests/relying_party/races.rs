//! One response presented many times at once: it counts once, whatever it answers and wherever the records are.

use crate::signer::Signer;
use crate::world::{On, World};
use serde_json::{Value, json};
use std::sync::Barrier;

/// How many post it.
const POSTS: usize = 16;

/// The verdicts on `message`, posted by all at once.
fn post_at_once(world: &World, message: &str) -> Vec<Value> {
    let start = Barrier::new(POSTS);
    std::thread::scope(|scope| {
        let post = || {
            start.wait();
            world.respond(message)
        };
        let threads: Vec<_> = (0..POSTS).map(|_| scope.spawn(post)).collect();
        let verdicts = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        verdicts.collect()
    })
}

/// Exactly one post is accepted; each other one is told that the challenge was used.
fn counts_once(world: &World, on: On, message: &str) {
    let verdicts = post_at_once(world, message);
    let with = |code: u16| {
        verdicts
            .iter()
            .filter(move |verdict| verdict["statusCode"] == code)
    };
    assert_eq!(with(1200).count(), 1, "{on:?}: {verdicts:?}");
    assert_eq!(with(1491).count(), POSTS - 1, "{on:?}: {verdicts:?}");
    for refused in with(1491) {
        let rule = refused["description"].as_str().expect("a rule");
        assert!(rule.contains("already used"), "{on:?}: {rule}");
    }
    assert_eq!(
        world.respond(message)["statusCode"],
        1491,
        "{on:?}: nor once more later"
    );
}

#[test]
fn sixteen_posts_of_one_registration_register_one_key() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let message = Signer::number(1)
            .register(&world.registration_request("alice"))
            .message();
        counts_once(&world, on, &message);
        let listed = world.get("/v1/users/alice/credentials").json();
        assert_eq!(
            listed["data"].as_array().map(Vec::len),
            Some(1),
            "{on:?}: {listed}"
        );
    }
}

#[test]
fn sixteen_posts_of_one_login_complete_one_session() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let session = world
            .post("/v1/authentication_sessions", &json!({"user": "alice"}))
            .json();
        let context = json!({"authenticationSession": session["token"]});
        let message = signer.authenticate(&world.request("Auth", &context)).message();
        counts_once(&world, on, &message);
        let path = format!(
            "/v1/authentication_sessions/{}",
            session["id"].as_str().expect("an id")
        );
        let done = world.get(&path).json();
        assert_eq!(done["status"], "completed", "{on:?}");
        assert_eq!(done["credentials"].as_array().map(Vec::len), Some(1), "{on:?}");
    }
}

#[test]
fn sixteen_posts_of_one_payment_authorise_it_once() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let payment = world.payment("alice");
        let message = signer.authenticate(&world.payment_request(&payment)).message();
        counts_once(&world, on, &message);
        assert_eq!(world.payment_status(&payment), "succeeded", "{on:?}");
    }
}

#[test]
fn sixteen_posts_of_a_flawed_response_are_accepted_never_and_judged_once() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let signer = Signer::number(1);
        let request = world.registration_request("alice");
        // The signature of another key: well-formed, and wrong.
        let forged = signer
            .register(&request)
            .with(|answer| answer.signs = Signer::number(2))
            .message();
        let verdicts = post_at_once(&world, &forged);
        let used = verdicts
            .iter()
            .filter(|verdict| verdict["statusCode"] == 1491)
            .count();
        assert_eq!(used, POSTS - 1, "{on:?}: {verdicts:?}");
        assert!(
            verdicts.iter().all(|verdict| verdict["statusCode"] != 1200),
            "{verdicts:?}"
        );
        let sound = signer.register(&request).message();
        assert_eq!(
            world.respond(&sound)["statusCode"],
            1491,
            "{on:?}: the challenge is spent"
        );
    }
}
