//! Access control for commands (Commands §8, Table 1, first-factor bound authenticator): each command with
//! all that it needs, and without each of these.

use super::*;
use crate::rehearsal::Visitor;

/// What a caller may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Credential {
    UserVerify,
    KhAccessToken,
    KeyHandleList,
    KeyId,
}
use Credential::{KeyHandleList, KeyId as TheKeyId, KhAccessToken, UserVerify};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Row {
    GetInfo,
    OpenSettings,
    Register,
    Sign,
    Deregister,
}

const TABLE: [(Row, &[Credential]); 5] = [
    (Row::GetInfo, &[]),
    (Row::OpenSettings, &[]),
    (Row::Register, &[UserVerify]),
    (Row::Sign, &[UserVerify, KhAccessToken, KeyHandleList]),
    (Row::Deregister, &[KhAccessToken, TheKeyId]),
];

const EVERYTHING: [Credential; 4] = [UserVerify, KhAccessToken, KeyHandleList, TheKeyId];

/// A device with a registered key, asked by a caller who has `held` and nothing else.
fn ask(row: Row, held: &[Credential]) -> (Device, Result<CommandOutcome, CommandStatusCode>) {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let has = |credential| held.contains(&credential);
    let token = if has(KhAccessToken) {
        access()
    } else {
        foreign_access()
    };
    let guess = KeyId::new(vec![9; 32]).unwrap();
    let command = match row {
        Row::GetInfo => AuthenticatorCommand::GetInfo,
        Row::OpenSettings => AuthenticatorCommand::OpenSettings(OpenSettingsCommand {
            authenticator_index: 0,
            appended: Vec::new(),
        }),
        Row::Register => AuthenticatorCommand::Register(RegisterCommand {
            key_handle_access_token: token,
            ..register()
        }),
        Row::Sign => {
            let keys = if has(KeyHandleList) { vec![key] } else { Vec::new() };
            AuthenticatorCommand::Sign(SignCommand {
                key_handle_access_token: token,
                ..sign(&keys)
            })
        }
        Row::Deregister => AuthenticatorCommand::Deregister(DeregisterCommand {
            authenticator_index: 0,
            app_id: app(),
            key_id: Some(if has(TheKeyId) { key } else { guess }),
            key_handle_access_token: token,
            appended: Vec::new(),
        }),
    };
    device.rehearsal.before_the_camera(if has(UserVerify) {
        Visitor::Owner
    } else {
        Visitor::Stranger
    });
    let answer = device.send(&command);
    (device, answer)
}

/// OpenSettings exists nowhere here, so "let in" is that it gets as far as saying so.
fn let_in(answer: &Result<CommandOutcome, CommandStatusCode>) -> bool {
    !matches!(
        answer,
        Err(CommandStatusCode::AccessDenied | CommandStatusCode::KeyDisappearedPermanently)
    )
}

#[test]
fn each_command_needs_exactly_what_the_table_says() {
    for (row, needed) in TABLE {
        let (_, answer) = ask(row, needed);
        assert!(let_in(&answer), "{row:?}: {answer:?}");
        assert_eq!(answer.is_ok(), row != Row::OpenSettings, "{row:?}");
        for missing in needed {
            // Everything but the one, so that nothing else stands in for it.
            let held: Vec<_> = EVERYTHING.into_iter().filter(|held| held != missing).collect();
            let (device, answer) = ask(row, &held);
            assert!(!let_in(&answer), "{row:?} without {missing:?}: {answer:?}");
            let keys = device.authenticator.list().unwrap();
            assert_eq!(keys.len(), 1, "{row:?} without {missing:?}");
            assert_eq!(device.counter(&keys[0].key_id), Some(0));
        }
    }
}
