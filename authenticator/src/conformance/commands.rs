//! Authenticator commands, TLV in and TLV out (Commands §4, §6).

pub(super) mod tokens;

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;
use smile_protocol::uaf::command::{
    AuthenticatorCommand, Command, CommandResponse, CommandStatus, CommandStatusCode,
};
use smile_protocol::uaf::identity::KeyId;

use super::{APP, Device, Row, check, row};
use crate::rehearsal::{NoCamera, Visitor, challenge_hash};
use crate::transaction::Confirmation;

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

/// What is refused of values that have their form.
fn values(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let invalid = Status::ParamsInvalid;
    rows.push(row(
        "get info: not empty",
        "Commands §6.1.2",
        asking,
        |_, wire| wire.push(tags::AUTHENTICATOR_INDEX, [0]),
        invalid,
    ));
    rows.push(row(
        "a command that does not exist",
        "Commands §4.1",
        asking,
        |_, wire| wire.tag = 0x3405,
        Status::CmdNotSupported,
    ));
    for (name, code) in [
        ("surrogate", [0x08, 0x3E]),
        ("ECDAA", [0x09, 0x3E]),
        ("unlisted", [0x77, 0x77]),
    ] {
        rows.push(row(
            format!("register: {name} attestation"),
            "Commands §6.2.4",
            registering,
            move |_, wire| wire.set(tags::ATTESTATION_TYPE, code),
            Status::AttestationNotSupported,
        ));
    }
    for (name, sound) in [
        ("register", registering as fn(&mut Device) -> Wire),
        ("sign", signing),
    ] {
        rows.push(row(
            format!("{name}: a hash of another function"),
            "Commands §6.2.4, §6.3.4",
            sound,
            |_, wire| wire.set(tags::FINAL_CHALLENGE_HASH, [1; 48]),
            invalid,
        ));
    }
}

/// What is shown, and to whom.
fn transactions(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let invalid = Status::ParamsInvalid;
    rows.push(row(
        "sign: a transaction's hash alone",
        "Commands §6.3.1",
        signing,
        |_, wire| {
            wire.elements
                .insert(3, (tags::TRANSACTION_CONTENT_HASH, vec![1; 32]))
        },
        invalid,
    ));
    rows.push(row(
        "sign: a transaction and its hash",
        "Commands §6.3.1",
        paying,
        |_, wire| {
            wire.elements
                .insert(4, (tags::TRANSACTION_CONTENT_HASH, vec![1; 32]))
        },
        invalid,
    ));
    for (name, content) in [
        ("a picture", b"\x89PNG".to_vec()),
        ("201 characters", vec![b'a'; 201]),
        ("a control character", b"a\x07".to_vec()),
    ] {
        rows.push(row(
            format!("sign: {name} to show"),
            "Commands §6.3.4",
            paying,
            move |_, wire| wire.set(tags::TRANSACTION_CONTENT, content.clone()),
            Status::CannotRenderTransactionContent,
        ));
    }
    for (name, answer, status) in [
        ("declined", Confirmation::Cancelled, Status::UserCancelled),
        ("not answered", Confirmation::TimedOut, Status::UserNotResponsive),
        (
            "not shown",
            Confirmation::CannotDisplay,
            Status::CannotRenderTransactionContent,
        ),
    ] {
        rows.push(
            row(
                format!("sign: a transaction {name}"),
                "Commands §6.3.4",
                paying,
                move |device, _| device.screen.answer = answer,
                status,
            )
            .after_the_face(),
        );
    }
    rows.push(row(
        "sign: a transaction without a display",
        "Commands §6.3.4",
        signing,
        |device, wire| {
            // The sound form is a login, which needs none.
            device.authenticator.transaction_display = false;
            wire.elements
                .insert(3, (tags::TRANSACTION_CONTENT, b"Pay 1 EUR".to_vec()));
        },
        Status::AccessDenied,
    ));
}

fn key_handles(rows: &mut Rows) {
    let invalid = CommandStatusCode::ParamsInvalid;
    rows.push(row(
        "sign: 256 key handles",
        "Commands §6.3.1",
        signing,
        |_, wire| {
            let (tag, handle) = wire.elements.pop().unwrap();
            wire.elements.extend((0..256).map(|_| (tag, handle.clone())));
        },
        invalid,
    ));
    rows.push(row(
        "sign: key handle empty",
        "Commands §6.3.1",
        signing,
        |_, wire| wire.set(tags::KEYHANDLE, []),
        invalid,
    ));
    rows.push(row(
        "sign: key handle too long",
        "Commands §6.3.1",
        signing,
        |_, wire| wire.set(tags::KEYHANDLE, vec![1; 2049]),
        invalid,
    ));
}

/// Whose keys.
fn access(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let denied = Status::AccessDenied;
    for (name, sound) in [
        ("sign", signing as fn(&mut Device) -> Wire),
        ("deregister", deregistering),
    ] {
        let mut add = |what: &str, flaw: fn(&mut Device, &mut Wire)| {
            let refused = row(format!("{name}: {what}"), "Commands §8", sound, flaw, denied);
            rows.push(if name == "sign" {
                refused.after_the_face()
            } else {
                refused
            });
        };
        add("another access token", |_, wire| {
            wire.set(tags::KEYHANDLE_ACCESS_TOKEN, [4; 32])
        });
        add("a part of the access token", |_, wire| {
            wire.set(tags::KEYHANDLE_ACCESS_TOKEN, [3; 31])
        });
        add("another AppID", |_, wire| {
            wire.set(tags::APPID, "https://other.example")
        });
        add("another persona", |device, _| {
            device.authenticator.persona = "guest".to_owned()
        });
    }
    rows.push(row(
        "deregister: another key",
        "Commands §6.4.4",
        deregistering,
        |_, wire| wire.set(tags::KEYID, [9; 32]),
        denied,
    ));
    rows.push(row(
        "deregister: key missing",
        "Commands §6.4.1",
        deregistering,
        |_, wire| drop(wire.elements.remove(2)),
        Status::ParamsInvalid,
    ));
    rows.push(row(
        "deregister: key too long",
        "Commands §6.4.1",
        deregistering,
        |_, wire| wire.set(tags::KEYID, vec![9; 2049]),
        Status::ParamsInvalid,
    ));
}

/// Keys that Sign does not find, or finds no more.
fn keys_gone(rows: &mut Rows) {
    let gone = CommandStatusCode::KeyDisappearedPermanently;
    let mut signing_gone = |what: &str, flaw: fn(&mut Device, &mut Wire)| {
        rows.push(row(format!("sign: {what}"), "Commands §6.3.4", signing, flaw, gone).after_the_face());
    };
    signing_gone("another key handle", |_, wire| wire.set(tags::KEYHANDLE, [9; 32]));
    signing_gone("a part of the key handle", |_, wire| {
        let part = wire.key.as_ref().unwrap().as_bytes()[..31].to_vec();
        wire.set(tags::KEYHANDLE, part);
    });
    signing_gone("no key handle", |_, wire| drop(wire.elements.pop()));
    signing_gone("a damaged key", |device, wire| {
        std::fs::write(device.file(&wire.files()[0]), b"x").unwrap()
    });
    signing_gone("a key erased", |device, wire| {
        std::fs::remove_file(device.file(&wire.files()[0])).unwrap()
    });
    signing_gone("another key under its name", |device, wire| {
        let (stolen, other) = (device.file(&wire.files()[0]), key(device));
        std::fs::copy(device.file(&Device::key_files(&other)[0]), stolen).unwrap();
    });
    signing_gone("a counter erased", |device, wire| {
        std::fs::remove_file(device.file(&wire.files()[1])).unwrap()
    });
    signing_gone("a damaged counter", |device, wire| {
        std::fs::write(device.file(&wire.files()[1]), b"x").unwrap()
    });
    signing_gone("a key of an earlier enrolment", |device, _| {
        std::fs::remove_file(device.file("template")).unwrap();
        crate::enrolment::store(&device.authenticator.vault, &crate::rehearsal::template()).unwrap();
    });
}

fn counters(rows: &mut Rows) {
    use CommandStatusCode as Status;
    rows.push(
        row(
            "sign: a counter at its end",
            "Commands §6.3.4",
            signing,
            |device, wire| {
                device
                    .authenticator
                    .vault
                    .write(&wire.files()[1], &u32::MAX.to_le_bytes())
                    .unwrap();
            },
            Status::InsufficientResources,
        )
        .after_the_face(),
    );
    rows.push(
        row(
            "register: the counter of registrations at its end",
            "Commands §6.2.4",
            registering,
            |device, _| {
                device
                    .authenticator
                    .vault
                    .write("registration-counter", &u32::MAX.to_le_bytes())
                    .unwrap();
            },
            Status::InsufficientResources,
        )
        .after_the_face(),
    );
}

fn faces(rows: &mut Rows) {
    use CommandStatusCode as Status;
    for (name, sound) in [
        ("register", registering as fn(&mut Device) -> Wire),
        ("sign", signing),
        ("pay", paying),
    ] {
        for (visitor, status) in [
            (Visitor::Stranger, Status::AccessDenied),
            (Visitor::StrangerWithAnotherTemplate, Status::AccessDenied),
            (Visitor::Nobody, Status::UserNotResponsive),
            (Visitor::BrokenCamera, Status::ErrUnknown),
            (Visitor::OwnerBeforeANewModel, Status::UserNotEnrolled),
        ] {
            rows.push(
                row(
                    format!("{name}: {visitor:?}"),
                    "Commands §6.2.4, §6.3.4",
                    sound,
                    move |device, _| device.rehearsal.before_the_camera(visitor),
                    status,
                )
                .after_the_face(),
            );
        }
        rows.push(row(
            format!("{name}: nobody enrolled"),
            "Commands §6.2.4, §6.3.4",
            sound,
            |device, _| std::fs::remove_file(device.file("template")).unwrap(),
            Status::UserNotEnrolled,
        ));
    }
}

pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    form(&mut rows);
    values(&mut rows);
    transactions(&mut rows);
    key_handles(&mut rows);
    access(&mut rows);
    keys_gone(&mut rows);
    counters(&mut rows);
    faces(&mut rows);
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
