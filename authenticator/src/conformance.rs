//! The device's half of the conformance suite: facets, ASM requests and authenticator commands, a row for each rule.
//!
//! A row is a message that breaks one rule and is otherwise right. It has to be refused with exactly the row's status
//! or error; nothing in the home may change by it, but the record of failed attempts where the face was asked for
//! before the rule could be judged; and nobody may be asked for anything before the rules that need nobody. Then the
//! flaw is taken back, and the same message has to be accepted in the same home.
//!
//! The server's half is in `relying-party/tests/conformance`.
#![allow(clippy::unwrap_used)]

mod asm;
mod commands;
mod facets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use smile_protocol::uaf::command::CommandStatusCode;
use smile_protocol::uaf::identity::{AppId, KeyId};

use crate::asm::CallerId;
use crate::authenticator::{Authenticator, Presence};
use crate::client::facets::FacetCache;
use crate::rehearsal::{NoCamera, Rehearsal, Screen, Visitor};

/// An AppID that is a place of a list too.
const APP: &str = "https://shop.example/uaf/facets";

/// Rows without which the suite says nothing.
const ROWS_AT_LEAST: usize = 80;

/// What a refused message may lead to before it is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Nothing is shown, and no camera opens.
    Nobody,
    /// The face is asked for: the rule is about what only its owner may learn, or about the face.
    TheFace,
}

/// A rule: what breaks it, and what comes of that.
struct Row<M, E> {
    name: String,
    /// Where the specification states the rule.
    section: &'static str,
    /// The message without the flaw, and what has to be there for it.
    sound: fn(&mut Device) -> M,
    flaw: Flaw<M>,
    expected: E,
    asks: Asks,
}

type Flaw<M> = Box<dyn Fn(&mut Device, &mut M)>;

fn row<M, E>(
    name: impl Into<String>,
    section: &'static str,
    sound: fn(&mut Device) -> M,
    flaw: impl Fn(&mut Device, &mut M) + 'static,
    expected: E,
) -> Row<M, E> {
    Row {
        name: name.into(),
        section,
        sound,
        flaw: Box::new(flaw),
        expected,
        asks: Asks::Nobody,
    }
}

impl<M, E> Row<M, E> {
    fn after_the_face(self) -> Self {
        Self {
            asks: Asks::TheFace,
            ..self
        }
    }
}

/// A home with an enrolled face, and the screen before it.
struct Device {
    rehearsal: Rehearsal,
    authenticator: Authenticator,
    screen: Screen,
}

/// Every file of a home.
type Files = BTreeMap<PathBuf, Vec<u8>>;

impl Device {
    fn new() -> Self {
        let rehearsal = Rehearsal::new();
        let authenticator = rehearsal.enrolled();
        let screen = rehearsal.screen();
        Self {
            rehearsal,
            authenticator,
            screen,
        }
    }

    fn files(&self) -> Files {
        fn walk(folder: &Path, files: &mut Files) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    files.insert(path, bytes);
                }
            }
        }
        let mut files = Files::new();
        walk(&self.rehearsal.home(), &mut files);
        files
    }

    /// Takes back what a flaw did to the device.
    fn put_back(&mut self, files: &Files) {
        for path in self.files().keys().filter(|path| !files.contains_key(*path)) {
            std::fs::remove_file(path).unwrap();
        }
        for (path, bytes) in files {
            if std::fs::read(path).ok().as_ref() != Some(bytes) {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
        }
        self.authenticator.persona = "owner".to_owned();
        self.authenticator.transaction_display = true;
        self.authenticator.facet_lists = FacetCache::default();
        self.rehearsal.before_the_camera(Visitor::Owner);
        self.screen = self.rehearsal.screen();
    }

    /// The file of a sealed record.
    fn file(&self, name: &str) -> PathBuf {
        self.rehearsal.home().join(format!("{name}.sealed"))
    }

    fn key_files(key_id: &KeyId) -> [String; 2] {
        ["keys", "counters"].map(|folder| format!("{folder}/{}", crate::sealed::hex(key_id.as_bytes())))
    }

    /// Registers a key of `caller` at [`APP`].
    fn key_of(&mut self, caller: &CallerId) -> KeyId {
        let request = smile_protocol::uaf::asm::RegisterIn {
            app_id: AppId::new(APP).unwrap(),
            username: smile_protocol::uaf::identity::Username::new("alice").unwrap(),
            final_challenge: smile_protocol::uaf::challenge::FcParams::from_transmitted("e30").unwrap(),
            attestation_type: smile_protocol::registry::AttestationType::BasicFull,
        };
        let mut presence = Presence {
            camera: &mut NoCamera,
            display: &mut self.screen,
        };
        let made = crate::asm::register(&mut self.authenticator, caller, request, false, &mut presence);
        made.unwrap().krd.key_id
    }
}

/// What is wrong with the device, if anything is.
fn verdict<M, E: PartialEq + Debug>(
    device: &mut Device,
    row: &Row<M, E>,
    send: fn(&mut Device, &M) -> Result<(), E>,
) -> Result<(), String> {
    // A list that an earlier row's twin had kept.
    device.authenticator.facet_lists = FacetCache::default();
    let mut message = (row.sound)(device);
    let sound = device.files();
    (row.flaw)(device, &mut message);
    let before = device.files();
    device.rehearsal.take_diary();
    let outcome = send(device, &message);
    let asked = device.rehearsal.take_diary();
    let (mut before, mut after) = (before, device.files());
    if row.asks == Asks::TheFace {
        let attempts = device.file("lockout");
        before.remove(&attempts);
        after.remove(&attempts);
    }
    let is_other = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed: Vec<_> = paths.into_iter().filter(is_other).collect();
    device.put_back(&sound);
    if outcome.as_ref().err() != Some(&row.expected) {
        return Err(format!("wanted {:?}, was answered {outcome:?}", row.expected));
    }
    if !changed.is_empty() {
        return Err(format!("the refusal changed the home: {changed:?}"));
    }
    if asked.is_empty() != (row.asks == Asks::Nobody) {
        return Err(format!("asked {asked:?}"));
    }
    let message = (row.sound)(device);
    send(device, &message).map_err(|error| format!("without the flaw it is refused too: {error:?}"))
}

/// Checks a table against one home.
fn check<M, E: PartialEq + Debug>(rows: &[Row<M, E>], send: fn(&mut Device, &M) -> Result<(), E>) {
    let mut device = Device::new();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let error = verdict(&mut device, row, send).err()?;
            Some(format!("{} ({}): {error}", row.name, row.section))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_rows_are_many_and_no_two_are_one() {
    fn names<M, E>(rows: Vec<Row<M, E>>) -> Vec<String> {
        rows.into_iter().map(|row| row.name).collect()
    }
    let tables = [
        names(facets::rows()),
        names(asm::rows()),
        names(commands::rows()),
        names(commands::tokens::rows()),
    ];
    let all: Vec<&String> = tables.iter().flatten().collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "two rows of one name");
    assert!(distinct.len() >= ROWS_AT_LEAST, "{} rows", distinct.len());
    let lengths = tables.each_ref().map(Vec::len);
    println!(
        "{} rows: facets, ASM, commands, tokens {lengths:?}",
        distinct.len()
    );
}

#[test]
fn a_row_that_breaks_nothing_is_found_out() {
    let mut device = Device::new();
    let idle = row(
        "idle",
        "",
        commands::signing,
        |_, _| (),
        CommandStatusCode::ParamsInvalid,
    );
    let error = verdict(&mut device, &idle, commands::send).unwrap_err();
    assert!(error.contains("was answered Ok"), "{error}");
    let wasteful = Row {
        asks: Asks::Nobody,
        ..row(
            "wasteful",
            "",
            commands::signing,
            |device: &mut Device, _: &mut commands::Wire| {
                device.rehearsal.before_the_camera(Visitor::Stranger)
            },
            CommandStatusCode::AccessDenied,
        )
    };
    let error = verdict(&mut device, &wasteful, commands::send).unwrap_err();
    assert!(error.contains("changed the home"), "{error}");
}
