//! Erasing what the server no longer knows.

use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::identity::Aaid;

use super::*;

const OTHER_FACET: &str = "https://other.example";

fn deregister(
    rehearsal: &Rehearsal,
    authenticator: &mut Authenticator,
    entries: Vec<DeregisterAuthenticator>,
) {
    let request = DeregistrationRequest {
        header: header(Operation::Dereg),
        authenticators: entries,
    };
    let answer = process(rehearsal, authenticator, &request.encode().unwrap()).unwrap();
    assert!(answer.is_none(), "a deregistration has no response message");
}

/// Two keys at the shop and one elsewhere.
fn three_keys(rehearsal: &Rehearsal) -> (Authenticator, Vec<KeyId>) {
    let mut authenticator = rehearsal.enrolled();
    register(rehearsal, &mut authenticator);
    register(rehearsal, &mut authenticator);
    let mut elsewhere = registration(&authenticator);
    elsewhere.header.app_id = None;
    let fetcher = Box::new(Served(Err(FetchError::Unavailable)));
    UafClient::new(&mut authenticator, FacetId::new(OTHER_FACET).unwrap(), fetcher)
        .process(
            &elsewhere.encode().unwrap(),
            &mut NoCamera,
            &mut rehearsal.screen(),
        )
        .unwrap();
    let keys = authenticator
        .list()
        .unwrap()
        .into_iter()
        .map(|row| row.key_id)
        .collect();
    (authenticator, keys)
}

fn left(authenticator: &Authenticator) -> Vec<KeyId> {
    authenticator
        .list()
        .unwrap()
        .into_iter()
        .map(|row| row.key_id)
        .collect()
}

#[test]
fn one_key_is_erased_with_its_counter_and_no_other() {
    let rehearsal = Rehearsal::new();
    let (mut authenticator, keys) = three_keys(&rehearsal);
    let aaid = authenticator.aaid();
    rehearsal.take_diary();
    deregister(
        &rehearsal,
        &mut authenticator,
        vec![DeregisterAuthenticator::key(aaid, keys[0].clone())],
    );
    assert_eq!(left(&authenticator), keys[1..]);
    assert!(rehearsal.take_diary().is_empty(), "nobody is asked for a face");
    assert_eq!(authenticator.keys.counter(&keys[0]).unwrap(), None);
    assert_eq!(authenticator.keys.counter(&keys[1]).unwrap(), Some(0));
    let files = |folder: &str| std::fs::read_dir(rehearsal.home().join(folder)).unwrap().count();
    assert_eq!((files("keys"), files("counters")), (2, 2));
    // What was erased does not sign; what was not, does.
    let mut request = authentication(&authenticator);
    request.policy = only_key(&authenticator, &keys[0]);
    let refused = authenticate(&rehearsal, &mut authenticator, &request);
    assert!(matches!(
        refused,
        Err(AuthenticatorError::NoSuitableAuthenticator)
    ));
    request.policy = only_key(&authenticator, &keys[1]);
    authenticate(&rehearsal, &mut authenticator, &request).unwrap();
}

#[test]
fn all_keys_of_the_model_or_of_the_application_are_those_of_the_asking_application() {
    for whole in [true, false] {
        let rehearsal = Rehearsal::new();
        let (mut authenticator, keys) = three_keys(&rehearsal);
        let entry = if whole {
            DeregisterAuthenticator::EVERYTHING
        } else {
            DeregisterAuthenticator::model(authenticator.aaid())
        };
        deregister(&rehearsal, &mut authenticator, vec![entry]);
        assert_eq!(left(&authenticator), keys[2..]);
    }
}

#[test]
fn the_answer_does_not_tell_whether_a_key_existed() {
    let rehearsal = Rehearsal::new();
    let (mut authenticator, keys) = three_keys(&rehearsal);
    let aaid = authenticator.aaid();
    for entry in [
        DeregisterAuthenticator::key(aaid, KeyId::new(vec![9; 32]).unwrap()),
        // A key of another application is, to this one, no key.
        DeregisterAuthenticator::key(aaid, keys[2].clone()),
        DeregisterAuthenticator::key(Aaid::new(1, 1), keys[0].clone()),
        DeregisterAuthenticator::model(Aaid::new(1, 1)),
    ] {
        deregister(&rehearsal, &mut authenticator, vec![entry]);
        assert_eq!(left(&authenticator), keys);
    }
    let entry = DeregisterAuthenticator::key(aaid, keys[0].clone());
    deregister(&rehearsal, &mut authenticator, vec![entry]);
    assert_eq!(left(&authenticator), keys[1..]);
}

#[test]
fn erasing_the_authenticator_leaves_no_key_behind() {
    let rehearsal = Rehearsal::new();
    let (mut authenticator, keys) = three_keys(&rehearsal);
    authenticator.erase().unwrap();
    assert!(left(&authenticator).is_empty());
    assert!(authenticator.keys.key_ids().unwrap().is_empty());
    for key in &keys {
        assert_eq!(authenticator.keys.counter(key).unwrap(), None);
    }
}

#[test]
fn a_key_that_a_crash_left_without_its_row_is_swept_at_the_next_start() {
    let rehearsal = Rehearsal::new();
    let (authenticator, keys) = three_keys(&rehearsal);
    // The crash came after the key was written and before its row was.
    authenticator.vault.erase("registrations").unwrap();
    assert_eq!(authenticator.keys.key_ids().unwrap().len(), keys.len());
    drop(authenticator);
    assert!(rehearsal.open().keys.key_ids().unwrap().is_empty());
}

#[test]
fn a_persona_erases_its_own_keys_and_no_others() {
    let rehearsal = Rehearsal::new();
    let (mut authenticator, keys) = three_keys(&rehearsal);
    let own = std::mem::replace(&mut authenticator.persona, "guest".to_owned());
    register(&rehearsal, &mut authenticator);
    assert_eq!(left(&authenticator).len(), 4);
    deregister(
        &rehearsal,
        &mut authenticator,
        vec![DeregisterAuthenticator::EVERYTHING],
    );
    assert_eq!(left(&authenticator), keys);
    drop(authenticator);
    // The next start sweeps keys without a row: the owner's still have theirs.
    let mut authenticator = rehearsal.open();
    assert_eq!(authenticator.persona, own);
    assert_eq!(left(&authenticator), keys);
    let mut request = authentication(&authenticator);
    request.policy = only_key(&authenticator, &keys[0]);
    authenticate(&rehearsal, &mut authenticator, &request).unwrap();
}
