//! The user verification index (Registry §4.1).

use sha2::{Digest, Sha256};
use smile_protocol::uaf::assertion::extension::AssertionExtension;
use smile_protocol::uaf::command::{Appended, CommandExtension, USER_VERIFICATION_INDEX};

use super::*;
use crate::enrolment;

fn asked() -> Vec<Appended> {
    vec![Appended::Extension(CommandExtension::request(
        USER_VERIFICATION_INDEX,
    ))]
}

fn index_of(extensions: &[AssertionExtension]) -> Vec<u8> {
    let [extension] = extensions else {
        panic!("{extensions:?}")
    };
    assert_eq!(extension.id, "fido.uaf.uvi");
    // The TLV of Registry §4.1: 04 01, length 32, the value.
    assert_eq!(extension.data[..4], [0x04, 0x01, 0x20, 0x00]);
    extension.data[4..].to_vec()
}

fn register_asking(device: &mut Device) -> (KeyId, Vec<u8>) {
    let command = RegisterCommand {
        appended: asked(),
        ..register()
    };
    let krd = device.register(command).unwrap().krd;
    let index = index_of(&krd.extensions);
    (krd.key_id, index)
}

#[test]
fn it_is_sent_signed_when_asked_for_and_only_then() {
    let mut device = Device::new();
    assert!(device.register(register()).unwrap().krd.extensions.is_empty());
    let (key, index) = register_asking(&mut device);
    let quiet = device.assertion(sign(std::slice::from_ref(&key))).unwrap();
    assert!(quiet.signed_data.extensions.is_empty());
    let command = SignCommand {
        appended: asked(),
        ..sign(&[key])
    };
    let assertion = device.assertion(command).unwrap();
    assert_eq!(index_of(&assertion.signed_data.extensions), index);
    // It is within what the key signs.
    assert!(assertion.signed_bytes.windows(32).any(|window| window == index));
    assert!(assertion.unsigned_extensions.is_empty());
}

#[test]
fn critical_or_not_it_is_understood() {
    let mut device = Device::new();
    let command = RegisterCommand {
        appended: vec![Appended::Extension(CommandExtension {
            critical: true,
            ..CommandExtension::request(USER_VERIFICATION_INDEX)
        })],
        ..register()
    };
    index_of(&device.register(command).unwrap().krd.extensions);
}

#[test]
fn a_command_that_signs_nothing_refuses_a_critical_one() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let asking = |critical| {
        AuthenticatorCommand::Deregister(DeregisterCommand {
            authenticator_index: 0,
            app_id: app(),
            key_id: Some(key.clone()),
            key_handle_access_token: access(),
            appended: vec![Appended::Extension(CommandExtension {
                critical,
                ..CommandExtension::request(USER_VERIFICATION_INDEX)
            })],
        })
    };
    let refused = device.send(&asking(true));
    assert_eq!(refused, Err(CommandStatusCode::ParamsInvalid));
    assert_eq!(device.authenticator.status().unwrap().keys, 1);
    device.send(&asking(false)).unwrap();
    assert_eq!(device.authenticator.status().unwrap().keys, 0);
}

#[test]
fn it_is_the_registry_s_formula_of_the_enrolment_and_says_nothing_of_it() {
    let mut device = Device::new();
    let (key, index) = register_asking(&mut device);
    let (enrolment, _) = enrolment::load(&device.authenticator.vault).unwrap();
    let raw = [enrolment.as_bytes().as_slice(), b"owner"].concat();
    let expected = Sha256::digest([key.as_bytes(), &Sha256::digest(&raw)].concat());
    assert_eq!(index, expected.as_slice());
    let command = RegisterCommand {
        appended: asked(),
        ..register()
    };
    let assertion = device.register(command).unwrap().encode().unwrap();
    for hidden in [&raw[..32], Sha256::digest(&raw).as_slice()] {
        assert!(!assertion.windows(32).any(|window| window == hidden));
    }
}

#[test]
fn no_two_keys_and_no_two_enrolments_share_one() {
    let mut device = Device::new();
    let (_, one) = register_asking(&mut device);
    let (_, two) = register_asking(&mut device);
    assert_ne!(one, two);
    let (before, _) = enrolment::load(&device.authenticator.vault).unwrap();
    device.authenticator.erase().unwrap();
    device.authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    let (after, _) = enrolment::load(&device.authenticator.vault).unwrap();
    let key = KeyId::new(vec![9; 32]).unwrap();
    let of = |enrolment, persona: &str| {
        crate::commands::verification::user_verification_index(persona, enrolment, &key).unwrap()
    };
    assert_ne!(of(&before, "owner"), of(&after, "owner"));
    assert_ne!(of(&after, "owner"), of(&after, "guest"));
}
