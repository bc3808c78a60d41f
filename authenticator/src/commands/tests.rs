//! The authenticator behind its TLV, as an ASM of another maker sees it.
#![allow(clippy::unwrap_used)]

mod access;
mod authenticating;
mod deregistering;
mod personas;
mod registering;
mod tokens;
mod verification_index;

use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::command::{
    AuthenticatorCommand, CommandOutcome, CommandResponse, CommandStatus, CommandStatusCode,
    DeregisterCommand, KeyHandleAccessToken, OpenSettingsCommand, RegisterCommand, RegisterOutput,
    SignCommand, SignOutput, TransactionInput, UserVerifyToken,
};
use smile_protocol::uaf::identity::{AppId, KeyId, Username};

use crate::authenticator::Authenticator;
use crate::rehearsal::{NoCamera, Rehearsal, Screen, challenge_hash};

const APP: &str = "https://shop.example";

/// A home with an enrolled face, and the screen before it.
struct Device {
    rehearsal: Rehearsal,
    authenticator: Authenticator,
    screen: Screen,
}

impl Device {
    fn new() -> Self {
        Self::at(Rehearsal::new())
    }

    fn at(rehearsal: Rehearsal) -> Self {
        let authenticator = rehearsal.enrolled();
        rehearsal.take_diary();
        let screen = rehearsal.screen();
        Self {
            rehearsal,
            authenticator,
            screen,
        }
    }

    fn send_bytes(&mut self, command: &[u8]) -> Vec<u8> {
        self.authenticator
            .process_command(command, &mut NoCamera, &mut self.screen)
    }

    fn send(&mut self, command: &AuthenticatorCommand) -> Result<CommandOutcome, CommandStatusCode> {
        let answer = self.send_bytes(&command.encode().unwrap());
        let response = CommandResponse::decode(&answer, command.kind()).unwrap();
        response.result.map_err(|status| match status {
            CommandStatus::Listed(status) => status,
            CommandStatus::Unlisted(code) => panic!("0x{code:04X} is no status"),
        })
    }

    fn register(&mut self, command: RegisterCommand) -> Result<RegistrationAssertion, CommandStatusCode> {
        match self.send(&AuthenticatorCommand::Register(command))? {
            CommandOutcome::Registered(RegisterOutput {
                assertion,
                key_handle,
            }) => {
                assert_eq!(key_handle, None, "keys stay inside");
                Ok(RegistrationAssertion::decode(&assertion).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    /// A key of `username` under [`access`].
    fn key_of(&mut self, username: &str) -> KeyId {
        let command = RegisterCommand {
            username: Username::new(username).unwrap(),
            ..register()
        };
        let assertion = self.register(command).unwrap();
        self.rehearsal.take_diary();
        assertion.krd.key_id
    }

    fn sign(&mut self, command: SignCommand) -> Result<SignOutput, CommandStatusCode> {
        match self.send(&AuthenticatorCommand::Sign(command))? {
            CommandOutcome::Signed(output) => Ok(output),
            other => panic!("{other:?}"),
        }
    }

    fn assertion(&mut self, command: SignCommand) -> Result<AuthenticationAssertion, CommandStatusCode> {
        match self.sign(command)? {
            SignOutput::Assertion(bytes) => Ok(AuthenticationAssertion::decode(&bytes).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn counter(&self, key_id: &KeyId) -> Option<u32> {
        self.authenticator.keys.counter(key_id).unwrap()
    }
}

fn app() -> Option<AppId> {
    Some(AppId::new(APP).unwrap())
}

fn access() -> KeyHandleAccessToken {
    KeyHandleAccessToken::new(vec![3; 32]).unwrap()
}

fn foreign_access() -> KeyHandleAccessToken {
    KeyHandleAccessToken::new(vec![4; 32]).unwrap()
}

fn register() -> RegisterCommand {
    RegisterCommand {
        authenticator_index: 0,
        app_id: app(),
        final_challenge_hash: challenge_hash(1),
        username: Username::new("alice").unwrap(),
        attestation_type: AttestationType::BasicFull.code(),
        key_handle_access_token: access(),
        user_verify_token: None,
        appended: Vec::new(),
    }
}

fn sign(keys: &[KeyId]) -> SignCommand {
    SignCommand {
        authenticator_index: 0,
        app_id: app(),
        final_challenge_hash: challenge_hash(2),
        transaction: None,
        key_handle_access_token: access(),
        user_verify_token: None,
        key_handles: keys.iter().map(|key| key.as_bytes().to_vec()).collect(),
        appended: Vec::new(),
    }
}

fn payment(keys: &[KeyId], text: &str) -> SignCommand {
    SignCommand {
        transaction: Some(TransactionInput::Content(text.as_bytes().to_vec())),
        ..sign(keys)
    }
}

fn deregister(key_id: Option<KeyId>) -> AuthenticatorCommand {
    AuthenticatorCommand::Deregister(DeregisterCommand {
        authenticator_index: 0,
        app_id: app(),
        key_id,
        key_handle_access_token: access(),
        appended: Vec::new(),
    })
}

#[test]
fn get_info_says_what_this_authenticator_is_and_whether_somebody_is_enrolled() {
    use smile_protocol::uaf::command::AuthenticatorType as Type;
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.open();
    let mut info = || {
        let command = AuthenticatorCommand::GetInfo;
        let answer =
            authenticator.process_command(&command.encode().unwrap(), &mut NoCamera, &mut rehearsal.screen());
        if !authenticator.status().unwrap().enrolled {
            authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
        }
        match CommandResponse::decode(&answer, command.kind()).unwrap().result {
            Ok(CommandOutcome::Info(mut list)) => {
                assert_eq!(list.len(), 1);
                list.remove(0)
            }
            other => panic!("{other:?}"),
        }
    };
    let (before, after) = (info(), info());
    assert!(!before.authenticator_type.contains(Type::USER_ENROLLED));
    assert!(after.authenticator_type.contains(Type::USER_ENROLLED));
    // Keys inside, AppID expected, tokens given; neither second factor nor roaming nor settings.
    assert_eq!(before.authenticator_type, Type(0x0004 | 0x0020 | 0x0080));
    assert_eq!((after.authenticator_index, after.max_key_handles), (0, 255));
    assert_eq!((after.tc_display, after.user_verification), (3, 0x10));
    assert_eq!(after.supported_extension_ids, ["fido.uaf.uvi"]);
}

#[test]
fn open_settings_is_not_supported() {
    let mut device = Device::new();
    let command = OpenSettingsCommand {
        authenticator_index: 0,
        appended: Vec::new(),
    };
    let refused = device.send(&AuthenticatorCommand::OpenSettings(command.clone()));
    assert_eq!(refused, Err(CommandStatusCode::CmdNotSupported));
    let elsewhere = OpenSettingsCommand {
        authenticator_index: 1,
        ..command
    };
    let refused = device.send(&AuthenticatorCommand::OpenSettings(elsewhere));
    assert_eq!(refused, Err(CommandStatusCode::ParamsInvalid));
}

#[test]
fn what_cannot_be_parsed_is_answered_under_its_own_tag() {
    let mut device = Device::new();
    let good = AuthenticatorCommand::Register(register()).encode().unwrap();
    let status = |answer: &[u8]| (answer[..2].to_vec(), answer[8..].to_vec());
    for (command, tag, code) in [
        (&good[..good.len() - 1], [0x02, 0x36], 0x08),
        (&[good.clone(), vec![0]].concat(), [0x02, 0x36], 0x08),
        (&[0x02, 0x34, 0, 0], [0x02, 0x36], 0x08),
        // A command of another specification is not supported rather than malformed.
        (&[0x05, 0x34, 0, 0], [0x05, 0x36], 0x06),
        (&[], [0x01, 0x36], 0x08),
        (b"POST / HTTP/1.1", [0x01, 0x36], 0x08),
    ] {
        let answer = device.send_bytes(command);
        assert_eq!(answer.len(), 10);
        assert_eq!(status(&answer), (tag.to_vec(), vec![code, 0]), "{command:?}");
    }
    assert!(device.rehearsal.take_diary().is_empty(), "nobody was asked");
    device.register(register()).unwrap();
}
