//! The face is no credential: the keys are, there is one for each registration, and each can be revoked.

use smile_authenticator::{AttestationMode, AuthenticatorError};
use smile_protocol::base64url;
use smile_quickstart::story::provider;
use smile_tests::world::device::Device;
use smile_tests::world::emitted;
use smile_tests::world::forging::changed;
use smile_tests::world::{ANNA, World};

/// The provider revokes every key of the user; the messages that tell the device.
fn deregister_all(world: &mut World) -> Vec<String> {
    let keys = provider::credentials(&mut world.provider, ANNA).expect("the provider may list keys");
    let revoke =
        |id: &String| provider::deregister(&mut world.provider, id).expect("the provider may revoke a key");
    keys.iter().map(revoke).collect()
}

#[test]
fn a_deregistered_key_is_refused_with_1481_and_a_new_key_of_the_same_face_is_not() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    world.buy(0, ANNA, owner);
    // The strongest case: the challenge was issued while the key was good.
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    let messages = deregister_all(&mut world);
    assert_eq!(messages.len(), 1);
    let response = world
        .answer(0, &request, owner)
        .expect("the device does not know yet");
    world.must_refuse(&response, token, 1481, "TAG_KEYID");
    assert_eq!(world.status(&payment), "requires_action");

    world.register(0, ANNA, owner);
    world.pay(0, &payment, owner);
}

#[test]
fn the_device_erases_its_half_of_a_deregistered_key() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let keys_on_disk =
        |world: &World| std::fs::read_dir(world.devices[0].home().join("keys")).map_or(0, Iterator::count);
    assert_eq!(keys_on_disk(&world), 1);
    let server = world.tap.address();
    for message in deregister_all(&mut world) {
        let answered = world.devices[0]
            .answer(server, &message, owner)
            .expect("the device obeys its app's server");
        assert!(answered.is_none(), "a deregistration has no response");
    }
    assert_eq!(
        world.devices[0]
            .authenticator()
            .list()
            .expect("the list can be read"),
        []
    );
    assert_eq!(keys_on_disk(&world), 0);
}

#[test]
fn erasing_and_enrolling_the_same_face_again_makes_new_keys() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let first = emitted::registration(&world.register(0, ANNA, owner)).krd;
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    world.devices[0]
        .authenticator()
        .erase()
        .expect("the owner may erase");
    let refusal = world.answer(0, &request, owner);
    assert!(
        matches!(refusal, Err(AuthenticatorError::NoSuitableAuthenticator)),
        "{refusal:?}"
    );

    world.devices[0].enrol(owner).expect("the same face enrols again");
    let refusal = world.answer(0, &request, owner);
    assert!(
        matches!(refusal, Err(AuthenticatorError::NoSuitableAuthenticator)),
        "the face alone: {refusal:?}"
    );
    let second = emitted::registration(&world.register(0, ANNA, owner)).krd;
    assert_ne!(first.key_id, second.key_id);
    assert_ne!(first.public_key, second.public_key);
    world.pay(0, &payment, owner);
}

#[test]
fn whoever_has_the_face_and_a_copy_of_the_old_device_cannot_pay_after_revocation() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let old_key = emitted::registration(&world.register(0, ANNA, owner)).krd.key_id;
    let copy = world.aside("stolen");
    world.devices[0].copy_to(&copy);
    let thiefs = Device::open(&copy, AttestationMode::BasicFull).expect("the weights are there");
    let mut thiefs = thiefs.expect("a copy opens, with the key file that was copied along");
    deregister_all(&mut world);
    world.devices[0]
        .authenticator()
        .erase()
        .expect("the owner may erase");
    world.devices[0].enrol(owner).expect("the same face enrols again");
    world.register(0, ANNA, owner);

    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    // The request names the new key; the thief writes the stolen one into it.
    let old_key = base64url::encode(old_key.as_bytes());
    let forged = changed(&request, |object| {
        object["policy"]["accepted"][0][0]["keyIDs"] = serde_json::json!([old_key]);
    });
    let server = world.tap.address();
    let response = thiefs
        .answer(server, &forged, owner)
        .expect("the stolen key signs for the stolen face");
    let response = response.expect("an authentication has a response");
    world.must_refuse(&response, token, 1481, "TAG_KEYID");
    assert_eq!(world.status(&payment), "requires_action");
    world.pay(0, &payment, owner);
}
