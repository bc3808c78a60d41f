//! Authenticator commands, TLV in and TLV out (Commands §4, §6).

mod access;
pub(super) mod tokens;
mod values;

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;
use smile_protocol::uaf::command::{
    AuthenticatorCommand, Command, CommandResponse, CommandStatus, CommandStatusCode,
};
use smile_protocol::uaf::identity::KeyId;

use super::{APP, Device, Row, check, row};
use crate::rehearsal::{NoCamera, challenge_hash};

const ACCESS: [u8; 32] = [3; 32];
/// No table lists it, and 0x2000 says that it is critical.
const UNKNOWN_CRITICAL: u16 = 0x2777;

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

pub(super) fn send(device: &mut Device, wire: &Wire) -> Result<(), CommandStatusCode> {
    let answer = device
        .authenticator
        .process_command(&wire.encode(), &mut NoCamera, &mut device.screen);
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
        return Err(CommandStatusCode::from_code(code).unwrap());
    };
    match CommandResponse::decode(&answer, kind).unwrap().result {
        Ok(_) => Ok(()),
        Err(CommandStatus::Listed(status)) => Err(status),
        Err(CommandStatus::Unlisted(code)) => panic!("0x{code:04X} is no status"),
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

type Rows = Vec<Row<Wire, CommandStatusCode>>;

/// A command: its name, its section, its sound form, and its elements with a length that is too much for each.
type Table = (
    &'static str,
    &'static str,
    fn(&mut Device) -> Wire,
    &'static [(&'static str, u16, usize)],
);

const TABLES: [Table; 3] = [
    (
        "register",
        "Commands §6.2.1",
        registering,
        &[
            ("index", tags::AUTHENTICATOR_INDEX, 2),
            ("appID", tags::APPID, 513),
            ("final challenge hash", tags::FINAL_CHALLENGE_HASH, 33),
            ("username", tags::USERNAME, 129),
            ("attestation type", tags::ATTESTATION_TYPE, 3),
            ("access token", tags::KEYHANDLE_ACCESS_TOKEN, 33),
        ],
    ),
    (
        "sign",
        "Commands §6.3.1",
        signing,
        &[
            ("index", tags::AUTHENTICATOR_INDEX, 2),
            ("appID", tags::APPID, 513),
            ("final challenge hash", tags::FINAL_CHALLENGE_HASH, 33),
            ("access token", tags::KEYHANDLE_ACCESS_TOKEN, 33),
        ],
    ),
    (
        "deregister",
        "Commands §6.4.1",
        deregistering,
        &[
            ("index", tags::AUTHENTICATOR_INDEX, 2),
            ("appID", tags::APPID, 513),
            ("access token", tags::KEYHANDLE_ACCESS_TOKEN, 33),
        ],
    ),
];

/// What every command refuses of every element, and of its frame.
fn form(rows: &mut Rows) {
    let invalid = CommandStatusCode::ParamsInvalid;
    for (command, section, sound, elements) in TABLES {
        let mut add = |what: &str, flaw: Box<dyn Fn(&mut Wire)>| {
            rows.push(row(
                format!("{command}: {what}"),
                section,
                sound,
                move |_, wire| flaw(wire),
                invalid,
            ));
        };
        for &(name, tag, too_long) in elements {
            add(
                &format!("{name} missing"),
                Box::new(move |wire| drop(wire.elements.remove(wire.place(tag)))),
            );
            add(&format!("{name} empty"), Box::new(move |wire| wire.set(tag, [])));
            add(
                &format!("{name} too long"),
                Box::new(move |wire| wire.set(tag, vec![b'a'; too_long])),
            );
            add(
                &format!("{name} twice"),
                Box::new(move |wire| {
                    let place = wire.place(tag);
                    wire.elements.insert(place, wire.elements[place].clone());
                }),
            );
        }
        add(
            "another index",
            Box::new(|wire| wire.set(tags::AUTHENTICATOR_INDEX, [1])),
        );
        add("elements out of order", Box::new(|wire| wire.elements.swap(0, 1)));
        add(
            "unknown critical element",
            Box::new(|wire| wire.push(UNKNOWN_CRITICAL, [])),
        );
        add(
            "unknown critical extension",
            Box::new(|wire| wire.push(tags::EXTENSION_CRITICAL, extension("x"))),
        );
        add(
            "extension without a name",
            Box::new(|wire| wire.push(tags::EXTENSION, extension(""))),
        );
        add(
            "extension with too long a name",
            Box::new(|wire| wire.push(tags::EXTENSION, extension(&"x".repeat(33)))),
        );
        add("a byte missing", Box::new(|wire| wire.missing = 1));
        add("a byte too many", Box::new(|wire| wire.behind = vec![0]));
    }
}

fn extension(id: &str) -> Vec<u8> {
    let writer = TlvWriter::default()
        .put(tags::EXTENSION_ID, id.as_bytes())
        .unwrap();
    writer.put(tags::EXTENSION_DATA, &[]).unwrap().into_bytes()
}
pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    form(&mut rows);
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
