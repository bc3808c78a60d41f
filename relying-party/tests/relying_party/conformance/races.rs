//! Two deregistrations of one user at once: each is answered as if the other had come earlier or later.

use std::sync::Barrier;

use smile_ceremony::identifier::{CredentialId, TenantId, UserId};
use smile_ceremony::transition::Transition;

use super::*;
use crate::faulty_store::FaultyStore;

/// How many ask at once.
const POSTS: usize = 16;

fn forms() -> [Value; 3] {
    [
        json!({"username": "alice"}),
        json!({"username": "alice", "deregisterAAID": "FFFF#5399"}),
        json!({"username": "alice", "deregisterAll": true}),
    ]
}

#[test]
fn sixteen_deregistrations_at_once_delete_each_key_once() {
    for context in forms() {
        let names_keys = context.as_object().map(serde_json::Map::len) == Some(1);
        let world = TestServer::new();
        for number in 1..=4 {
            world.register(&Signer::number(number), "alice");
        }
        let start = Barrier::new(POSTS);
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let ask = || {
                start.wait();
                world.get("Dereg", &context)
            };
            let threads: Vec<_> = (0..POSTS).map(|_| scope.spawn(ask)).collect();
            let answers = threads.into_iter().map(|thread| thread.join().expect("no panic"));
            answers.collect()
        });
        assert_eq!(world.credentials(), 0, "{context}");
        let served = answers
            .iter()
            .filter(|answer| answer["statusCode"] == 1200)
            .count();
        // A message for a model or for everything is there for whoever asks; keys are named to one only.
        assert_eq!(
            served,
            if names_keys { 1 } else { POSTS },
            "{context}: {answers:?}"
        );
        for late in answers.iter().filter(|answer| answer["statusCode"] != 1200) {
            assert_eq!(late["statusCode"], 1404, "{late}");
            let rule = late["description"].as_str().expect("a rule");
            assert!(rule.contains("no registered key"), "{rule}");
        }
    }
}

/// Alice's keys of the first `keys` signers, and a server on a store in which somebody else deregisters so many of them,
/// one each time after they were read.
fn raced(keys: u32, deleted: usize) -> TestServer {
    let store = Arc::new(FaultyStore::default());
    let world = TestServer::on(store.clone(), |_| ());
    for number in 1..=keys {
        world.register(&Signer::number(number), "alice");
    }
    let tenant =
        TenantId::parse(&crate::world::own(&mut config(world._folder.path(), |_| ())).tenant).expect("sound");
    let alice = UserId::parse("alice").expect("sound");
    let ids: Vec<CredentialId> = wait(store.credentials_of(tenant.clone(), alice))
        .expect("can be read")
        .into_iter()
        .map(|key| key.id)
        .collect();
    assert_eq!(u32::try_from(ids.len()), Ok(keys));
    for id in ids.into_iter().take(deleted) {
        let (other, tenant) = (store.clone(), tenant.clone());
        let credentials = vec![id];
        let delete = move || wait(other.commit(Transition::Deregister { tenant, credentials })).map(drop);
        // In a thread of its own: the server's runs a runtime already.
        store.after_reading_keys(move || {
            let deleted = std::thread::spawn(delete).join().expect("no panic");
            deleted.expect("it is there");
        });
    }
    world
}

#[test]
fn a_key_that_goes_between_reading_and_deleting_is_no_reason_to_refuse() {
    for context in forms() {
        let world = raced(2, 1);
        let message = world.request("Dereg", &context);
        assert_eq!(entries(&message).len(), 1, "{context}: {message}");
        assert_eq!(world.credentials(), 0, "{context}");
    }
    // The last key goes: then there was none.
    for (context, expected) in forms().into_iter().zip([1404, 1200, 1200]) {
        let world = raced(1, 1);
        let answer = world.get("Dereg", &context);
        assert_eq!(answer["statusCode"], expected, "{context}: {answer}");
        assert_eq!(world.credentials(), 0, "{context}");
    }
}

#[test]
fn keys_that_change_each_time_are_given_up_after_three_readings() {
    for context in forms() {
        let answer = raced(4, 2).get("Dereg", &context);
        assert_eq!(answer["statusCode"], 1200, "two changes: {context}: {answer}");
        let world = raced(4, 3);
        let answer = world.get("Dereg", &context);
        assert_eq!(answer["statusCode"], 1500, "{context}: {answer}");
        assert!(answer.to_string().contains("try again"), "{answer}");
        assert_eq!(world.credentials(), 1, "{context}");
    }
}
