//! What every command refuses of its elements and of its frame (Commands §4, §6.2.1, §6.3.1, §6.4.1).

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;
use smile_protocol::uaf::command::{Command, CommandStatusCode};

use super::super::{Device, because, row};
use super::{Rows, Wire, deregistering, registering, signing};

/// No table lists it, and 0x2000 says that it is critical.
const UNKNOWN_CRITICAL: u16 = 0x2777;

pub(super) fn rows(rows: &mut Rows) {
    elements(rows);
    frame(rows);
}

/// An element: its name, its tag, and the fewest and the most bytes that it may have.
type Element = (&'static str, u16, usize, usize);

/// A command: its name, its section, its sound form, how many bytes that has, and its elements.
struct Table {
    command: Command,
    name: &'static str,
    section: &'static str,
    sound: fn(&mut Device) -> Wire,
    bytes: usize,
    elements: &'static [Element],
}

const INDEX: Element = ("index", tags::AUTHENTICATOR_INDEX, 1, 1);
const APP_ID: Element = ("appID", tags::APPID, 1, 512);
const HASH: Element = ("final challenge hash", tags::FINAL_CHALLENGE_HASH, 32, 64);
const TOKEN: Element = ("access token", tags::KEYHANDLE_ACCESS_TOKEN, 1, 32);

const TABLES: [Table; 3] = [
    Table {
        command: Command::Register,
        name: "register",
        section: "Commands §6.2.1",
        sound: registering,
        bytes: 131,
        elements: &[
            INDEX,
            APP_ID,
            HASH,
            ("username", tags::USERNAME, 1, 128),
            ("attestation type", tags::ATTESTATION_TYPE, 2, 2),
            TOKEN,
        ],
    },
    Table {
        command: Command::Sign,
        name: "sign",
        section: "Commands §6.3.1",
        sound: signing,
        bytes: 152,
        elements: &[INDEX, APP_ID, HASH, TOKEN],
    },
    Table {
        command: Command::Deregister,
        name: "deregister",
        section: "Commands §6.4.1",
        sound: deregistering,
        bytes: 116,
        elements: &[INDEX, APP_ID, TOKEN],
    },
];

/// What every command refuses of every element.
fn elements(rows: &mut Rows) {
    for table in TABLES {
        for &(name, tag, fewest, most) in table.elements {
            let mut add = |what: &str, reason: String, flaw: Box<dyn Fn(&mut Wire)>| {
                rows.push(row(
                    format!("{}: {name} {what}", table.name),
                    table.section,
                    table.sound,
                    move |_, wire| flaw(wire),
                    because(CommandStatusCode::ParamsInvalid, reason),
                ));
            };
            let length =
                |bytes| format!("tag 0x{tag:04X}: value has {bytes} bytes, allowed is {fewest} to {most}");
            let missing = match tag {
                // To the tables it is optional; this authenticator needs it (0x0020 of AuthenticatorType).
                tags::APPID => "command: the AppID is missing".to_owned(),
                _ => format!("tag 0x{tag:04X}: is missing"),
            };
            let (bytes, too_long) = match tag {
                tags::FINAL_CHALLENGE_HASH => (
                    33,
                    format!("tag 0x{tag:04X}: has a length between those of hashes: 32, 48 or 64 bytes"),
                ),
                _ => (most + 1, length(most + 1)),
            };
            add(
                "missing",
                missing,
                Box::new(move |wire| drop(wire.elements.remove(wire.place(tag)))),
            );
            add("empty", length(0), Box::new(move |wire| wire.set(tag, [])));
            add(
                "too long",
                too_long,
                Box::new(move |wire| wire.set(tag, vec![b'a'; bytes])),
            );
            add(
                "twice",
                format!("tag 0x{tag:04X}: occurs twice"),
                Box::new(move |wire| {
                    let place = wire.place(tag);
                    wire.elements.insert(place, wire.elements[place].clone());
                }),
            );
        }
    }
}

type FrameFlaw = (&'static str, &'static str, fn(&mut Wire));

const FRAME: [FrameFlaw; 7] = [
    (
        "another index",
        "command: there is no authenticator with this index",
        |wire| wire.set(tags::AUTHENTICATOR_INDEX, [1]),
    ),
    (
        "elements out of order",
        "tag 0x280D: stands out of the order that the elements of a command have to keep",
        |wire| wire.elements.swap(0, 1),
    ),
    (
        "unknown critical element",
        "tag 0x2777: critical, and not defined at this place",
        |wire| wire.push(UNKNOWN_CRITICAL, []),
    ),
    (
        "unknown critical extension",
        "command: it has a critical extension that is not known here",
        |wire| wire.push(tags::EXTENSION_CRITICAL, extension("x")),
    ),
    (
        "extension without a name",
        "tag 0x2E13: value has 0 bytes, allowed is 1 to 128",
        |wire| wire.push(tags::EXTENSION, extension("")),
    ),
    (
        "extension with too long a name",
        "tag 0x2E13: value has 33 bytes, allowed is 1 to 32",
        |wire| wire.push(tags::EXTENSION, extension(&"x".repeat(33))),
    ),
    (
        "a byte too many",
        "tag 0x0000: 1 bytes follow the outermost structure",
        |wire| wire.behind = vec![0],
    ),
];

/// What every command refuses of its frame.
fn frame(rows: &mut Rows) {
    let invalid = CommandStatusCode::ParamsInvalid;
    for table in TABLES {
        let (name, bytes) = (table.name, table.bytes);
        for (what, reason, flaw) in FRAME {
            rows.push(row(
                format!("{name}: {what}"),
                table.section,
                table.sound,
                move |_, wire| flaw(wire),
                because(invalid, reason),
            ));
        }
        let (tag, left) = (table.command.tag(), bytes - 1);
        let reason = format!("tag 0x{tag:04X}: truncated, {bytes} bytes needed, {left} left");
        rows.push(row(
            format!("{name}: a byte missing"),
            table.section,
            table.sound,
            |_, wire| wire.missing = 1,
            because(invalid, reason),
        ));
    }
}

fn extension(id: &str) -> Vec<u8> {
    let writer = TlvWriter::default()
        .put(tags::EXTENSION_ID, id.as_bytes())
        .unwrap();
    writer.put(tags::EXTENSION_DATA, &[]).unwrap().into_bytes()
}
