//! Sixteen at once: money moves once, on both stores.

use crate::signer::Signer;
use crate::wire::Answer;
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_relying_party::store::Books;
use std::sync::Barrier;

/// How many come at once.
const POSTS: usize = 16;

fn at_once(post: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let start = Barrier::new(POSTS);
    std::thread::scope(|scope| {
        let (start, post) = (&start, &post);
        let threads: Vec<_> = (0..POSTS)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    post(number)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    })
}

fn paid(world: &World, members: &Value) -> Value {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(members);
    world.sign(&payment, &mut signer);
    payment
}

fn counted(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[test]
fn sixteen_captures_capture_once() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let payment = paid(&world, &json!({"capture_method": "manual"}));
        let answers = at_once(|_| world.post(&World::path(&payment, "/capture"), &json!({})));
        assert_eq!(
            (counted(&answers, 200), counted(&answers, 409)),
            (1, POSTS - 1),
            "{on:?}: {answers:?}"
        );
        assert_eq!(Books::audit(&world.dump()).expect("right").entries, 1);
    }
}

#[test]
fn a_capture_and_a_cancellation_do_not_both_succeed() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let payment = paid(&world, &json!({"capture_method": "manual"}));
        let answers = at_once(|number| {
            let action = if number % 2 == 0 { "/capture" } else { "/cancel" };
            world.post(&World::path(&payment, action), &json!({}))
        });
        assert_eq!(
            (counted(&answers, 200), counted(&answers, 409)),
            (1, POSTS - 1),
            "{on:?}: {answers:?}"
        );
        Books::audit(&world.dump()).expect("right");
    }
}

#[test]
fn sixteen_refunds_give_back_what_was_captured_and_no_more() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let payment = paid(&world, &json!({}));
        // 145 is seven times 20 and 5: an eighth does not fit.
        let body = json!({"payment_intent": payment["id"], "amount": 20});
        let answers = at_once(|_| world.post("/v1/refunds", &body));
        assert_eq!(
            (counted(&answers, 201), counted(&answers, 422)),
            (7, POSTS - 7),
            "{on:?}: {answers:?}"
        );
        assert_eq!(
            world.get(&World::path(&payment, "")).json()["amount_refunded"],
            140
        );
        assert_eq!(Books::audit(&world.dump()).expect("right").entries, 8);
    }
}

#[test]
fn sixteen_posts_under_one_key_are_one() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let payment = paid(&world, &json!({}));
        let body = json!({"payment_intent": payment["id"], "amount": 20});
        let answers = at_once(|_| world.post_once("/v1/refunds", &body, "one refund"));
        let given: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!given.is_empty(), "{on:?}");
        assert!(
            given.iter().all(|answer| answer.body == given[0].body),
            "{on:?}: {given:?}"
        );
        let fresh = given
            .iter()
            .filter(|answer| answer.header("idempotent-replayed").is_none());
        assert_eq!(fresh.count(), 1, "{on:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (409, "idempotency_in_flight"),
                "{on:?}"
            );
        }
        assert_eq!(
            world.get(&World::path(&payment, "")).json()["amount_refunded"],
            20,
            "{on:?}"
        );
        let again = world.post_once("/v1/refunds", &body, "one refund");
        assert_eq!(again.body, given[0].body, "{on:?}");
    }
}
