//! Deregistration requests, UAF §3.6.

use smile_ceremony::{
    error::CeremonyError,
    uaf::deregistration::{Deregistration, request},
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
