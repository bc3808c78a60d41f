//! Register (Commands §6.2.4).

use smile_protocol::hash::HashValue;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::command::{Appended, CommandExtension};

use super::*;
use crate::rehearsal::Visitor;

/// The command without the flaw is served, and with it ends with `status` and leaves no key.
fn refuses(status: CommandStatusCode, flaw: impl FnOnce(&mut RegisterCommand)) {
    let mut device = Device::new();
    let mut command = register();
    flaw(&mut command);
    assert_ne!(command, register());
    assert_eq!(device.register(command).unwrap_err(), status);
    assert!(device.rehearsal.take_diary().is_empty(), "nobody was asked");
    assert_eq!(device.authenticator.status().unwrap().keys, 0);
    device.register(register()).unwrap();
}

#[test]
fn parameters_that_parse_and_are_wrong_are_invalid() {
    let invalid = CommandStatusCode::ParamsInvalid;
    refuses(invalid, |command| command.authenticator_index = 1);
    refuses(invalid, |command| command.app_id = None);
    refuses(invalid, |command| {
        command.final_challenge_hash = FinalChallengeHash(HashValue::Sha384([1; 48]));
    });
    refuses(invalid, |command| {
        command.appended = vec![Appended::Extension(CommandExtension {
            id: "vendor".to_owned(),
            data: Vec::new(),
            critical: true,
        })];
    });
}

#[test]
fn an_attestation_that_is_not_made_here_is_not_supported() {
    let unsupported = CommandStatusCode::AttestationNotSupported;
    for code in [0x3E08, 0x3E09, 0x7777] {
        refuses(unsupported, |command| command.attestation_type = code);
    }
}

#[test]
fn what_may_be_ignored_is() {
    let mut device = Device::new();
    let command = RegisterCommand {
        appended: vec![
            Appended::Extension(CommandExtension::request("vendor")),
            Appended::Unknown {
                tag: 0x0777,
                value: vec![1],
            },
        ],
        ..register()
    };
    let assertion = device.register(command).unwrap();
    assert!(assertion.krd.extensions.is_empty());
}

#[test]
fn nobody_registers_without_the_enrolled_face() {
    let mut device = Device::new();
    for (visitor, status) in [
        (Visitor::Stranger, CommandStatusCode::AccessDenied),
        (Visitor::Nobody, CommandStatusCode::UserNotResponsive),
        (Visitor::BrokenCamera, CommandStatusCode::ErrUnknown),
    ] {
        device.rehearsal.before_the_camera(visitor);
        assert_eq!(device.register(register()).unwrap_err(), status);
    }
    device.rehearsal.before_the_camera(Visitor::Stranger);
    for _ in 0..4 {
        device.register(register()).unwrap_err();
    }
    device.rehearsal.before_the_camera(Visitor::Owner);
    let locked = device.register(register()).unwrap_err();
    assert_eq!(locked, CommandStatusCode::UserLockout);
    assert_eq!(device.authenticator.status().unwrap().keys, 0);
    device.rehearsal.clock.advance(30_000);
    device.register(register()).unwrap();
}

#[test]
fn where_nobody_is_enrolled_nobody_registers() {
    let mut device = Device::new();
    device.authenticator.erase().unwrap();
    let refused = device.register(register()).unwrap_err();
    assert_eq!(refused, CommandStatusCode::UserNotEnrolled);
    device.authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    device.register(register()).unwrap();
}

#[test]
fn each_register_makes_a_key_of_its_own() {
    let mut device = Device::new();
    let (one, two) = (
        device.register(register()).unwrap().krd,
        device.register(register()).unwrap().krd,
    );
    assert_ne!(one.key_id, two.key_id);
    assert_ne!(one.public_key, two.public_key);
    assert_eq!((one.counters.reg_counter, two.counters.reg_counter), (1, 2));
    assert_eq!(one.final_challenge_hash, challenge_hash(1));
}

#[test]
fn a_key_that_came_by_a_command_survives_a_restart_and_is_the_owner_s_to_see() {
    let mut device = Device::new();
    let key_id = device.key_of("alice");
    let Device {
        rehearsal,
        authenticator,
        screen,
    } = device;
    drop(authenticator);
    let authenticator = rehearsal.open();
    let rows = authenticator.list().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].app_id.as_str(), rows[0].username.as_str()),
        (APP, "alice")
    );
    let mut device = Device {
        rehearsal,
        authenticator,
        screen,
    };
    device.assertion(sign(&[key_id])).unwrap();
}
