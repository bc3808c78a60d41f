//! Step-up authentication, UAF §3.5.7.1: each accepted item names AAID and KeyID of a key of this account.

use smile_ceremony::{
    error::CeremonyError as E,
    policy::StepUpPolicy,
    record::{Credential, CredentialStatus},
};
use smile_protocol::uaf::policy::{MatchCriteria, Policy};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey},
    world::{ATTESTED, FACET, SURROGATE, World},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// Alice with two keys, and bob with one.
fn world() -> (World, Vec<Credential>) {
    let mut world = World::new();
    let mut register = |user: &str, device: &DeviceKey| {
        let registered = world.register(user, device, |_| ());
        registered.expect("sound").swap_remove(0)
    };
    let keys = vec![
        register("alice", &device()),
        register("alice", &DeviceKey::new(SURROGATE, 2)),
        register("bob", &DeviceKey::new(ATTESTED, 3)),
    ];
    (world, keys)
}

fn policy(accepted: Vec<Vec<MatchCriteria>>) -> Result<StepUpPolicy, E> {
    StepUpPolicy::try_from(Policy {
        accepted,
        disallowed: Vec::new(),
    })
}

#[test]
fn a_policy_that_does_not_name_its_keys_is_none_for_step_up() {
    let (_, keys) = world();
    let named = MatchCriteria::for_key(keys[0].aaid, keys[0].key_id.clone());
    assert!(policy(vec![vec![named.clone()]]).is_ok());
    let refused = Err(E::StepUpWithoutKeys);
    let without_keys = MatchCriteria::for_aaid(ATTESTED);
    assert_eq!(policy(vec![vec![without_keys.clone()]]), refused);
    let without_model = MatchCriteria {
        key_ids: named.key_ids.clone(),
        authentication_algorithms: Some(vec![1]),
        assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
        ..MatchCriteria::default()
    };
    assert_eq!(policy(vec![vec![without_model]]), refused);
    let with_empty_lists = MatchCriteria {
        key_ids: Some(Vec::new()),
        ..MatchCriteria::for_aaid(ATTESTED)
    };
    assert_eq!(policy(vec![vec![with_empty_lists]]), refused);
    // One such item among others, in the same set or in another one.
    assert_eq!(policy(vec![vec![named.clone(), without_keys.clone()]]), refused);
    assert_eq!(policy(vec![vec![named], vec![without_keys]]), refused);
    assert_eq!(policy(vec![]), refused);
    assert_eq!(policy(vec![vec![]]), refused);
    assert_eq!(StepUpPolicy::any_of(&[]), refused);
    assert_eq!(StepUpPolicy::all_of(&[]), refused);
}

#[test]
fn a_step_up_request_names_the_users_keys_and_takes_no_other() {
    let (mut world, keys) = world();
    let only = StepUpPolicy::any_of(&keys[..1]).expect("one key");
    let session = world.authentication_session("alice");
    let request = world.begin_step_up(&session, &only).expect("open");
    for criterion in request.policy.accepted.iter().flatten() {
        assert_eq!(criterion.aaid, Some(vec![ATTESTED]));
        assert_eq!(criterion.key_ids, Some(vec![keys[0].key_id.clone()]));
    }
    let answer = |world: &mut World, device: &DeviceKey| {
        let request = world.begin_step_up(&session, &only).expect("open");
        let forge = AuthenticationForge::answering(&request, device, FACET);
        world.finish_authentication(&forge.message()).map(drop)
    };
    let other = answer(&mut world, &DeviceKey::new(SURROGATE, 2));
    assert_eq!(other, Err(E::PolicyNotSatisfied));
    let bobs = answer(&mut world, &DeviceKey::new(ATTESTED, 3));
    assert_eq!(bobs, Err(E::KeyIdUnknown));
    assert_eq!(answer(&mut world, &device()), Ok(()));
}

#[test]
fn a_step_up_request_is_not_made_for_keys_that_are_not_the_users() {
    let (mut world, keys) = world();
    let session = world.authentication_session("alice");
    let both = StepUpPolicy::any_of(&keys[..2]).expect("two keys");
    assert!(world.begin_step_up(&session, &both).is_ok());
    let with_bobs = StepUpPolicy::any_of(&keys).expect("three keys");
    assert_eq!(world.begin_step_up(&session, &with_bobs), Err(E::KeyIdUnknown));
    // The same KeyID under another model is another key.
    let other_model = MatchCriteria::for_key(SURROGATE, keys[0].key_id.clone());
    let other_model = policy(vec![vec![other_model]]).expect("names a key");
    assert_eq!(world.begin_step_up(&session, &other_model), Err(E::KeyIdUnknown));
    for row in world.rows.credentials.values_mut() {
        if row.id == keys[1].id {
            row.status = CredentialStatus::Suspended;
        }
    }
    assert_eq!(world.begin_step_up(&session, &both), Err(E::KeyIdUnknown));
    let first = StepUpPolicy::any_of(&keys[..1]).expect("one key");
    assert!(world.begin_step_up(&session, &first).is_ok());
    world.now_ms += 5 * 60 * 1000;
    assert_eq!(world.begin_step_up(&session, &first), Err(E::SessionExpired));
}
