//! Several authenticators in one response, UAF §3.1.12 and §3.2: the criteria of one accepted set are all met, each by
//! an authenticator of its own.

use smile_ceremony::{
    error::CeremonyError as E, policy::StepUpPolicy, record::Credential, transition::Outcome,
};
use smile_protocol::uaf::{
    authentication::{AuthenticationRequest, AuthenticatorSignAssertion},
    identity::Aaid,
    policy::{MatchCriteria, Policy},
    registration::{AuthenticatorRegistrationAssertion, RegistrationRequest},
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey, RegistrationForge},
    certificates::test_key,
    world::{ATTESTED, FACET, SURROGATE, World, attestation_of},
};

fn attested() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

fn surrogate() -> DeviceKey {
    DeviceKey::new(SURROGATE, 2)
}

/// A world that wants a key of each of two models at once.
fn world() -> World {
    let mut world = World::new();
    world.rp.accepted = vec![vec![
        MatchCriteria::for_aaid(ATTESTED),
        MatchCriteria::for_aaid(SURROGATE),
    ]];
    world
}

fn registration(
    request: &RegistrationRequest,
    device: &DeviceKey,
    flaw: impl FnOnce(&mut RegistrationForge),
) -> AuthenticatorRegistrationAssertion {
    let mut forge = RegistrationForge::answering(request, device, FACET, attestation_of(device));
    flaw(&mut forge);
    forge.assertion()
}

/// A registration in which the first device of `make`'s answers comes first.
fn register(
    make: impl FnOnce(&RegistrationRequest) -> Vec<AuthenticatorRegistrationAssertion>,
) -> Result<usize, E> {
    let mut world = world();
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("open");
    let mut forge = RegistrationForge::answering(&request, &attested(), FACET, attestation_of(&attested()));
    forge.others = make(&request);
    let outcome = world.finish_registration(&forge.message());
    let stored = outcome.as_ref().map_or(0, Vec::len);
    assert_eq!(world.rows.credentials.len(), stored);
    outcome.map(|credentials| credentials.len())
}

#[test]
fn both_of_two_register_together() {
    let other = |request: &RegistrationRequest| vec![registration(request, &surrogate(), |_| ())];
    assert_eq!(register(other), Ok(2));
}

#[test]
fn one_of_two_registers_nothing() {
    assert_eq!(register(|_| Vec::new()), Err(E::PolicyNotSatisfied));
}

#[test]
fn the_same_model_twice_is_not_both() {
    let second = DeviceKey::new(ATTESTED, 3);
    let twice = |request: &RegistrationRequest| vec![registration(request, &second, |_| ())];
    assert_eq!(register(twice), Err(E::PolicyNotSatisfied));
    let same_key = |request: &RegistrationRequest| vec![registration(request, &attested(), |_| ())];
    assert_eq!(register(same_key), Err(E::PolicyNotSatisfied));
}

#[test]
fn a_third_beside_the_two_registers_nothing() {
    let third = DeviceKey::new(SURROGATE, 3);
    let extra = |request: &RegistrationRequest| {
        vec![
            registration(request, &surrogate(), |_| ()),
            registration(request, &third, |_| ()),
        ]
    };
    assert_eq!(register(extra), Err(E::AssertionsNotAskedFor));
}

#[test]
fn a_flawed_one_of_two_registers_nothing_and_is_the_reason() {
    let flawed = |request: &RegistrationRequest| {
        vec![registration(request, &surrogate(), |forge| {
            forge.krd.assertion_info.authenticator_version = 1;
        })]
    };
    assert_eq!(register(flawed), Err(E::AuthenticatorVersionTooOld));
    // A flawed third one is skipped.
    let beside = |request: &RegistrationRequest| {
        vec![
            registration(request, &surrogate(), |_| ()),
            registration(request, &DeviceKey::new(SURROGATE, 3), |forge| {
                forge.krd.assertion_info.authenticator_version = 1;
            }),
        ]
    };
    assert_eq!(register(beside), Ok(2));
}

// Authentication.

/// A world in which alice has a key of each model, and their records in the order of `devices`.
fn enrolled(devices: &[DeviceKey]) -> (World, Vec<Credential>) {
    let mut world = World::new();
    let mut keys = Vec::new();
    for device in devices {
        keys.extend(world.register("alice", device, |_| ()).expect("sound"));
    }
    (world, keys)
}

fn assertion(
    request: &AuthenticationRequest,
    device: &DeviceKey,
    flaw: impl FnOnce(&mut AuthenticationForge),
) -> AuthenticatorSignAssertion {
    let mut forge = AuthenticationForge::answering(request, device, FACET);
    flaw(&mut forge);
    forge.assertion()
}

/// An authentication with a key of each model at once; the first device's answer comes first.
fn authenticate(
    make: impl FnOnce(&AuthenticationRequest) -> Vec<AuthenticatorSignAssertion>,
) -> Result<usize, E> {
    let devices = [attested(), surrogate(), DeviceKey::new(SURROGATE, 3)];
    let (mut world, keys) = enrolled(&devices);
    let policy = StepUpPolicy::all_of(&keys[..2]).expect("two keys");
    let session = world.authentication_session("alice");
    let request = world.begin_step_up(&session, &policy).expect("open");
    assert_eq!(request.policy.accepted[0].len(), 2);
    let before = world.credentials();
    let mut forge = AuthenticationForge::answering(&request, &attested(), FACET);
    forge.others = make(&request);
    let outcome = world
        .finish_authentication(&forge.message())
        .map(|outcome| match outcome {
            Outcome::Authenticated(used) => used,
            other => panic!("not authenticated: {other:?}"),
        });
    let moved = world
        .credentials()
        .iter()
        .zip(&before)
        .filter(|(after, before)| after.sign_counter != before.sign_counter)
        .count();
    assert_eq!(moved, outcome.as_ref().map_or(0, Vec::len));
    outcome.map(|used| used.len())
}

#[test]
fn both_of_two_authenticate_together() {
    let other = |request: &AuthenticationRequest| vec![assertion(request, &surrogate(), |_| ())];
    assert_eq!(authenticate(other), Ok(2));
}

#[test]
fn one_of_two_authenticates_nobody() {
    assert_eq!(authenticate(|_| Vec::new()), Err(E::PolicyNotSatisfied));
}

#[test]
fn the_same_key_twice_is_not_two_authenticators() {
    let same = |request: &AuthenticationRequest| {
        vec![assertion(request, &attested(), |forge| {
            forge.data.sign_counter = 9
        })]
    };
    assert_eq!(authenticate(same), Err(E::PolicyNotSatisfied));
    // Nor where both criteria would take it.
    let answer = |second: &DeviceKey| {
        let (mut world, keys) = enrolled(&[attested(), DeviceKey::new(ATTESTED, 4)]);
        let either = MatchCriteria {
            key_ids: Some(keys.iter().map(|key| key.key_id.clone()).collect()),
            ..MatchCriteria::for_aaid(ATTESTED)
        };
        let policy = Policy {
            accepted: vec![vec![either; 2]],
            disallowed: Vec::new(),
        };
        let policy = StepUpPolicy::try_from(policy).expect("each item names its keys");
        let session = world.authentication_session("alice");
        let request = world.begin_step_up(&session, &policy).expect("open");
        let mut forge = AuthenticationForge::answering(&request, &attested(), FACET);
        forge.others = vec![assertion(&request, second, |forge| forge.data.sign_counter = 9)];
        world.finish_authentication(&forge.message()).map(drop)
    };
    assert_eq!(answer(&attested()), Err(E::AssertionRepeated));
    assert_eq!(answer(&DeviceKey::new(ATTESTED, 4)), Ok(()));
}

#[test]
fn a_key_that_no_item_names_is_not_needed_and_not_taken() {
    let stranger = DeviceKey::new(SURROGATE, 3);
    let instead = |request: &AuthenticationRequest| vec![assertion(request, &stranger, |_| ())];
    assert_eq!(authenticate(instead), Err(E::PolicyNotSatisfied));
    // Beside the two it is skipped, as any assertion that the policy does not ask for; its counter stays.
    let beside = |request: &AuthenticationRequest| {
        vec![
            assertion(request, &surrogate(), |_| ()),
            assertion(request, &stranger, |_| ()),
        ]
    };
    assert_eq!(authenticate(beside), Ok(2));
}

#[test]
fn a_flawed_one_of_two_authenticates_nobody_and_is_the_reason() {
    let flawed = |request: &AuthenticationRequest| {
        vec![assertion(request, &surrogate(), |forge| forge.key = test_key(99))]
    };
    assert_eq!(authenticate(flawed), Err(E::SignatureInvalid));
}

#[test]
fn of_two_alternatives_the_smaller_is_enough() {
    let (mut world, keys) = enrolled(&[attested(), surrogate()]);
    let key = |key: &Credential| MatchCriteria::for_key(key.aaid, key.key_id.clone());
    let policy = Policy {
        accepted: vec![keys.iter().map(key).collect(), vec![key(&keys[0])]],
        disallowed: Vec::new(),
    };
    let policy = StepUpPolicy::try_from(policy).expect("each item names its key");
    let answer = |world: &mut World, device: &DeviceKey, others: &[DeviceKey]| {
        let session = world.authentication_session("alice");
        let request = world.begin_step_up(&session, &policy).expect("open");
        let mut forge = AuthenticationForge::answering(&request, device, FACET);
        forge.others = others
            .iter()
            .map(|other| assertion(&request, other, |_| ()))
            .collect();
        world.finish_authentication(&forge.message()).map(drop)
    };
    assert_eq!(answer(&mut world, &attested(), &[]), Ok(()));
    assert_eq!(answer(&mut world, &surrogate(), &[]), Err(E::PolicyNotSatisfied));
    let counted = DeviceKey {
        counter: 2,
        ..attested()
    };
    assert_eq!(answer(&mut world, &counted, &[surrogate()]), Ok(()));
    let models: Vec<Aaid> = keys.iter().map(|key| key.aaid).collect();
    assert_eq!(models, [ATTESTED, SURROGATE]);
}
