//! Deregistration requests, UAF §3.6.

use smile_ceremony::{
    error::CeremonyError,
    record::Credential,
    uaf::deregistration::{Deregistration, request, request_for, request_that_fits},
};
use smile_protocol::uaf::{
    deregistration::{DeregisterAuthenticator, DeregistrationRequest},
    header::{Operation, Upv},
    message::{UafRequest, decode_request},
};

use crate::{
    authenticator::DeviceKey,
    world::{APP_ID, ATTESTED, SURROGATE, World},
};

fn decoded(message: &str) -> DeregistrationRequest {
    match decode_request(message).expect("our own message").swap_remove(0) {
        UafRequest::Deregistration(request) => request,
        other => panic!("not a deregistration: {other:?}"),
    }
}

#[test]
fn keys_are_named_by_model_and_key_id() {
    let mut world = World::new();
    world
        .register("alice", &DeviceKey::new(ATTESTED, 1), |_| ())
        .expect("sound");
    world
        .register("alice", &DeviceKey::new(SURROGATE, 2), |_| ())
        .expect("sound");
    let credentials = world.credentials();
    let message = decoded(&request(&world.rp, Deregistration::Keys(&credentials)).expect("two keys"));
    assert_eq!(
        (message.header.op, message.header.upv),
        (Operation::Dereg, Upv::V1_1)
    );
    assert_eq!(message.header.app_id.as_ref().map(|id| id.as_str()), Some(APP_ID));
    assert_eq!(message.authenticators.len(), 2);
    for credential in &credentials {
        let entry = DeregisterAuthenticator::key(credential.aaid, credential.key_id.clone());
        assert!(message.authenticators.contains(&entry));
    }
}

#[test]
fn a_model_and_everything_have_their_own_forms() {
    let world = World::new();
    let model = decoded(&request(&world.rp, Deregistration::Model(ATTESTED)).expect("a model"));
    assert_eq!(model.authenticators, [DeregisterAuthenticator::model(ATTESTED)]);
    let everything = decoded(&request(&world.rp, Deregistration::Everything).expect("everything"));
    assert_eq!(everything.authenticators, [DeregisterAuthenticator::EVERYTHING]);
    let nothing = request(&world.rp, Deregistration::Keys(&[]));
    assert!(matches!(nothing, Err(CeremonyError::Malformed(_))));
}

#[test]
fn version_1_0_names_each_key_where_1_1_names_all() {
    let mut world = World::new();
    for device in [
        DeviceKey::new(ATTESTED, 1),
        DeviceKey::new(ATTESTED, 2),
        DeviceKey::new(SURROGATE, 3),
    ] {
        world.register("alice", &device, |_| ()).expect("sound");
    }
    world.rp.versions = vec![Upv::V1_1, Upv::V1_0];
    let deleted = world.credentials();
    let entries = |world: &World, what: Deregistration<'_>, deleted: &[Credential]| {
        let message = request_for(&world.rp, what, deleted).expect("something to delete");
        let requests = decode_request(&message).expect("our own message");
        let by_version = |request: UafRequest| match request {
            UafRequest::Deregistration(request) => (request.header.upv, request.authenticators),
            other => panic!("not a deregistration: {other:?}"),
        };
        requests.into_iter().map(by_version).collect::<Vec<_>>()
    };
    let keys = |wanted: &dyn Fn(&Credential) -> bool| -> Vec<_> {
        let one = |key: &Credential| DeregisterAuthenticator::key(key.aaid, key.key_id.clone());
        deleted.iter().filter(|key| wanted(key)).map(one).collect()
    };
    let everything = entries(&world, Deregistration::Everything, &deleted);
    let all = vec![DeregisterAuthenticator::EVERYTHING];
    assert_eq!(
        everything,
        [(Upv::V1_1, all.clone()), (Upv::V1_0, keys(&|_| true))]
    );
    let model = entries(&world, Deregistration::Model(ATTESTED), &deleted);
    let named = keys(&|key| key.aaid == ATTESTED);
    assert_eq!(named.len(), 2);
    let all_of_model = vec![DeregisterAuthenticator::model(ATTESTED)];
    assert_eq!(model, [(Upv::V1_1, all_of_model), (Upv::V1_0, named)]);
    let listed = entries(&world, Deregistration::Keys(&deleted), &[]);
    assert_eq!(
        listed,
        [(Upv::V1_1, keys(&|_| true)), (Upv::V1_0, keys(&|_| true))]
    );
    // Without a key to name, version 1.0 has nothing to say.
    assert_eq!(
        entries(&world, Deregistration::Everything, &[]),
        [(Upv::V1_1, all)]
    );
    world.rp.versions = vec![Upv::V1_0];
    let nothing = request(&world.rp, Deregistration::Everything);
    assert!(matches!(nothing, Err(CeremonyError::Malformed(_))));
}

#[test]
fn a_message_that_has_no_room_for_the_keys_is_left_out() {
    let mut world = World::new();
    world.rp.versions = vec![Upv::V1_1, Upv::V1_0];
    world
        .register("alice", &DeviceKey::new(ATTESTED, 1), |_| ())
        .expect("sound");
    let one = world.credentials().swap_remove(0);
    let keys = |count: usize| vec![one.clone(); count];
    let versions = |what: Deregistration<'_>, deleted: &[Credential]| {
        let message = request_that_fits(&world.rp, what, deleted)?;
        assert!(message.len() <= 24 * 1024);
        let requests = decode_request(&message).expect("our own message");
        let version = |request: &UafRequest| match request {
            UafRequest::Deregistration(request) => request.header.upv,
            other => panic!("not a deregistration: {other:?}"),
        };
        Some(requests.iter().map(version).collect::<Vec<_>>())
    };
    let listed = |count: usize| versions(Deregistration::Keys(&keys(count)), &[]);
    assert_eq!(listed(100), Some(vec![Upv::V1_1, Upv::V1_0]));
    assert_eq!(listed(200), Some(vec![Upv::V1_1]));
    assert_eq!(listed(1000), None);
    assert_eq!(listed(0), None, "nothing to say");
    let many = keys(1000);
    for what in [Deregistration::Everything, Deregistration::Model(ATTESTED)] {
        assert_eq!(versions(what, &many), Some(vec![Upv::V1_1]), "{what:?}");
    }
}
