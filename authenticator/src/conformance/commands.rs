//! Authenticator commands, TLV in and TLV out (Commands §4, §6).

mod access;
mod form;
pub(super) mod tokens;
mod values;

use std::fmt::Display;

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;
use smile_protocol::uaf::command::{
    AuthenticatorCommand, Command, CommandResponse, CommandStatus, CommandStatusCode,
};
use smile_protocol::uaf::identity::KeyId;

use super::{APP, Device, Refusal, Row, because, check};
use crate::authenticator::Presence;
use crate::commands::process;
use crate::rehearsal::{NoCamera, challenge_hash};

const ACCESS: [u8; 32] = [3; 32];

/// A command in pieces, so that each can be broken.
#[derive(Clone)]
pub(super) struct Wire {
    tag: u16,
    pub(super) elements: Vec<(u16, Vec<u8>)>,
    /// Behind the command's end.
    behind: Vec<u8>,
    /// Bytes that are missing at the end.
    missing: usize,
    /// The key that it is about.
    key: Option<KeyId>,
}

impl Wire {
    fn new(command: Command, elements: Vec<(u16, Vec<u8>)>, key: Option<KeyId>) -> Self {
        Self {
            tag: command.tag(),
            elements,
            behind: Vec::new(),
            missing: 0,
            key,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let writer = self
            .elements
            .iter()
            .fold(TlvWriter::default(), |writer, (tag, value)| {
                writer.put(*tag, value).unwrap()
            });
        let mut bytes = writer.wrap(self.tag).unwrap();
        bytes.extend_from_slice(&self.behind);
        bytes.truncate(bytes.len() - self.missing);
        bytes
    }

    fn place(&self, tag: u16) -> usize {
        self.elements.iter().position(|(found, _)| *found == tag).unwrap()
    }

    pub(super) fn set(&mut self, tag: u16, value: impl Into<Vec<u8>>) {
        let place = self.place(tag);
        self.elements[place].1 = value.into();
    }

    fn push(&mut self, tag: u16, value: impl Into<Vec<u8>>) {
        self.elements.push((tag, value.into()));
    }

    /// The name of the file of the command's key, and of its counter.
    fn files(&self) -> [String; 2] {
        Device::key_files(self.key.as_ref().unwrap())
    }
}

/// Sends a command; Err with the status, if it is not OK, and with the reason. Of an element that breaks a rule the
/// reason keeps the tag and leaves the offset out, which differs with what stands before it.
pub(super) fn send(device: &mut Device, wire: &Wire) -> Result<(), Refusal<CommandStatusCode>> {
    let mut presence = Presence {
        camera: &mut NoCamera,
        display: &mut device.screen,
    };
    let mut reason = String::new();
    let mut note = |cause: &dyn Display| reason = without_offset(&cause.to_string());
    let answer = process(
        &mut device.authenticator,
        &wire.encode(),
        &mut presence,
        &mut note,
    );
    let kind = [
        Command::GetInfo,
        Command::Register,
        Command::Sign,
        Command::Deregister,
        Command::OpenSettings,
    ]
    .into_iter()
    .find(|kind| kind.response_tag().to_le_bytes() == answer[..2]);
    let Some(kind) = kind else {
        // A command that does not exist is answered under its own tag: tag, length, and a status element.
        let code = u16::from_le_bytes([answer[8], answer[9]]);
        return Err(because(CommandStatusCode::from_code(code).unwrap(), reason));
    };
    match CommandResponse::decode(&answer, kind).unwrap().result {
        Ok(_) => Ok(()),
        Err(CommandStatus::Listed(status)) => Err(because(status, reason)),
        Err(CommandStatus::Unlisted(code)) => panic!("0x{code:04X} is no status"),
    }
}

fn without_offset(reason: &str) -> String {
    match reason.split_once(" at offset ") {
        Some((tag, rest)) => format!("{tag}{}", rest.trim_start_matches(|it: char| it.is_ascii_digit())),
        None => reason.to_owned(),
    }
}

fn hash(byte: u8) -> Vec<u8> {
    challenge_hash(byte).0.as_bytes().to_vec()
}

fn registering(_: &mut Device) -> Wire {
    let elements = vec![
        (tags::AUTHENTICATOR_INDEX, vec![0]),
        (tags::APPID, APP.into()),
        (tags::FINAL_CHALLENGE_HASH, hash(1)),
        (tags::USERNAME, b"alice".to_vec()),
        (tags::ATTESTATION_TYPE, vec![0x07, 0x3E]),
        (tags::KEYHANDLE_ACCESS_TOKEN, ACCESS.to_vec()),
    ];
    Wire::new(Command::Register, elements, None)
}

/// A key that came by a command.
fn key(device: &mut Device) -> KeyId {
    let wire = registering(device);
    send(device, &wire).unwrap();
    device.authenticator.list().unwrap().pop().unwrap().key_id
}

pub(super) fn signing(device: &mut Device) -> Wire {
    let key = key(device);
    let elements = vec![
        (tags::AUTHENTICATOR_INDEX, vec![0]),
        (tags::APPID, APP.into()),
        (tags::FINAL_CHALLENGE_HASH, hash(2)),
        (tags::KEYHANDLE_ACCESS_TOKEN, ACCESS.to_vec()),
        (tags::KEYHANDLE, key.as_bytes().to_vec()),
    ];
    Wire::new(Command::Sign, elements, Some(key))
}

fn paying(device: &mut Device) -> Wire {
    let mut wire = signing(device);
    wire.elements
        .insert(3, (tags::TRANSACTION_CONTENT, b"Pay 1 EUR".to_vec()));
    wire
}

fn deregistering(device: &mut Device) -> Wire {
    let key = key(device);
    let elements = vec![
        (tags::AUTHENTICATOR_INDEX, vec![0]),
        (tags::APPID, APP.into()),
        (tags::KEYID, key.as_bytes().to_vec()),
        (tags::KEYHANDLE_ACCESS_TOKEN, ACCESS.to_vec()),
    ];
    Wire::new(Command::Deregister, elements, Some(key))
}

fn asking(_: &mut Device) -> Wire {
    Wire::new(Command::GetInfo, Vec::new(), None)
}

type Rows = Vec<Row<Wire, Refusal<CommandStatusCode>>>;

pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    form::rows(&mut rows);
    values::rows(&mut rows);
    access::rows(&mut rows);
    for row in &mut rows {
        row.name.insert_str(0, "command ");
    }
    rows
}

#[test]
fn every_flawed_command_is_refused_and_its_twin_served() {
    check(&rows(), send);
}

#[test]
fn the_sound_commands_are_those_that_the_protocol_writes() {
    let mut device = Device::new();
    for sound in [registering, signing, paying, deregistering, asking] {
        let bytes = sound(&mut device).encode();
        assert_eq!(
            AuthenticatorCommand::decode(&bytes).unwrap().encode().unwrap(),
            bytes
        );
    }
}
