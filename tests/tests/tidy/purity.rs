//! The core takes time, randomness, files and processes as arguments: it asks nobody. What touches a face opens no
//! connection.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::{code_only, lines_with_word, words};
use crate::imports::imports;
use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// What the code of some rooms must not say.
struct Silence {
    /// Path beginnings of the rooms.
    rooms: &'static [&'static str],
    /// Files of theirs that may.
    but_for: &'static [&'static str],
    /// Parts of a line, or of a path that is imported.
    phrases: &'static [&'static str],
    /// Identifiers.
    names: &'static [&'static str],
    rule: &'static str,
}

const SILENCES: &[Silence] = &[
    Silence {
        rooms: &["protocol/src/", "relying-party/ceremony/src/"],
        but_for: &[],
        phrases: &[
            "SystemTime::now",
            "Instant::now",
            "std::fs",
            "std::net",
            "std::thread",
            "std::process",
            "std::env",
            "std::io::std",
            "getrandom::",
            "OsRng",
            "async fn",
            ".await",
            "println!",
            "eprintln!",
        ],
        names: &[],
        rule: "the core is sans-IO",
    },
    Silence {
        rooms: &["models/src/", "authenticator/src/", "authenticator/face/src/"],
        but_for: &[],
        phrases: &["std::net", "os::unix::net"],
        names: &[
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "UnixDatagram",
        ],
        rule: "what touches a face opens no connection",
    },
    Silence {
        rooms: &["authenticator/face/src/"],
        but_for: &[],
        phrases: &["std::thread"],
        names: &["SystemTime", "Instant"],
        rule: "the face room has no clock and no threads",
    },
    Silence {
        rooms: &["authenticator/face/src/"],
        but_for: &["authenticator/face/src/engine.rs"],
        phrases: &["std::fs"],
        names: &[],
        rule: "the face room reads the weights and no other file",
    },
];

/// Rooms that may start a process: weights run the registry's client, tests run programs.
const STARTS_PROCESSES: &[&str] = &["models/weights/", "tests/"];

/// Rooms in which `unsafe` is allowed at all.
const UNSAFE_ROOMS: &[&str] = &[
    "models/src/kernels",
    "models/weights/src/",
    "authenticator/locked/src/",
    "authenticator/ffi/src/",
];

/// Unit tests lie in a `tests` file or folder beside what they test.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

impl Silence {
    fn covers(&self, path: &str) -> bool {
        self.rooms.iter().any(|room| path.starts_with(room))
            && !self.but_for.contains(&path)
            && !is_test(path)
    }

    /// What is said in `file` that must not be, with its line: in the code itself, or by an import, whose groups are
    /// opened and whose new names do not count. An import of all of `std`, or of all of a part of it, hides what it
    /// brings, and is refused for that.
    fn broken_by(&self, file: &SourceFile) -> BTreeSet<(usize, String)> {
        let (imported, code) = imports(&code_only(file.text()));
        let lines = code.lines().enumerate().map(|(index, line)| (index + 1, line));
        let paths = imported.iter().map(|import| (import.line, import.path.as_str()));
        let mut said = BTreeSet::new();
        for (number, text) in lines.chain(paths) {
            let phrases = self.phrases.iter().filter(|phrase| text.contains(**phrase));
            let names = self
                .names
                .iter()
                .filter(|name| words(text).any(|(_, word)| word == **name));
            said.extend(phrases.chain(names).map(|what| (number, (*what).to_owned())));
        }
        let hiding = imported
            .iter()
            .filter(|i| i.root() == "std" && i.opened().is_some() || i.path == "std");
        said.extend(hiding.map(|import| (import.line, import.path.clone())));
        said
    }
}

fn check_silence(files: &[SourceFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        // Of several rules that one import breaks, the first is told.
        let mut said = BTreeMap::new();
        for silence in SILENCES.iter().filter(|silence| silence.covers(&file.path)) {
            for broken in silence.broken_by(file) {
                said.entry(broken).or_insert(silence.rule);
            }
        }
        wrong.extend(
            said.iter()
                .map(|((line, what), rule)| format!("{}:{line}: {what}: {rule}", file.path)),
        );
    }
    wrong
}

/// `std::process::Command`, also when it is imported among others or with everything beside it.
fn check_processes(files: &[SourceFile]) -> Vec<String> {
    let elsewhere =
        |path: &str| !STARTS_PROCESSES.iter().any(|room| path.starts_with(room)) && !is_test(path);
    let starts = |text: &str| text.contains("process::") && words(text).any(|(_, word)| word == "Command");
    let mut wrong = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() && elsewhere(&file.path))
    {
        let (imported, code) = imports(&code_only(file.text()));
        let lines = code.lines().enumerate().filter(|(_, line)| starts(line));
        let brings = imported
            .iter()
            .filter(|i| starts(&i.path) || i.opened().is_some_and(|module| module.ends_with("process")));
        let found: BTreeSet<usize> = lines
            .map(|(index, _)| index + 1)
            .chain(brings.map(|import| import.line))
            .collect();
        wrong.extend(
            found
                .iter()
                .map(|line| format!("{}:{line}: only smile-weights starts a process", file.path)),
        );
    }
    wrong
}

fn check_unsafe(files: &[SourceFile]) -> Vec<String> {
    let outside = |path: &str| !UNSAFE_ROOMS.iter().any(|room| path.starts_with(room));
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && outside(&file.path)) {
        let code = code_only(file.text());
        for (index, line) in code.lines().enumerate() {
            let switch = ["allow(unsafe_code)", "expect(unsafe_code)"]
                .into_iter()
                .find(|switch| line.contains(switch));
            wrong.extend(
                switch.map(|switch| format!("{}:{}: {switch}: not in this room", file.path, index + 1)),
            );
        }
        let lines = lines_with_word(&code, "unsafe");
        wrong.extend(
            lines.map(|line| format!("{}:{line}: the keyword that only four rooms may use", file.path)),
        );
    }
    wrong
}

#[test]
fn the_core_is_sans_io_and_a_face_meets_no_socket() {
    for silence in SILENCES {
        let covered = sources().iter().filter(|file| silence.covers(&file.path)).count();
        assert!(covered >= 5, "{} files to hold to: {}", covered, silence.rule);
    }
    assert_none(&check_silence(sources()));
}

#[test]
fn only_weights_starts_a_process() {
    assert_none(&check_processes(sources()));
}

#[test]
fn only_four_rooms_may_be_unsafe() {
    assert_none(&check_unsafe(sources()));
}

#[test]
fn a_clock_a_process_and_a_keyword_are_caught() {
    let keyword = concat!("un", "safe");
    let files = [
        SourceFile::example(
            "protocol/src/a.rs",
            "let now = std::time::SystemTime::now();\n// Instant::now",
        ),
        SourceFile::example("protocol/src/a/tests.rs", "std::fs::read(path)"),
        SourceFile::example("relying-party/src/b.rs", "std::process::Command::new(name)"),
        SourceFile::example(
            "relying-party/src/main.rs",
            "use std::process::{Child, Command};\nenum Command {}",
        ),
        SourceFile::example("models/weights/src/c.rs", "std::process::Command::new(name)"),
        SourceFile::example(
            "authenticator/src/d.rs",
            &format!("{keyword} {{ f() }}\nlet {keyword}ly = 1;"),
        ),
        SourceFile::example("models/src/kernels/e.rs", &format!("{keyword} {{ f() }}")),
    ];
    assert_caught(&check_silence(&files), &["a.rs:1: SystemTime::now"]);
    assert_caught(&check_processes(&files), &["b.rs:1", "main.rs:1"]);
    assert_caught(&check_unsafe(&files), &["d.rs:1"]);
}

#[test]
fn what_hides_in_a_group_or_a_glob_is_caught() {
    let caught = |path: &str, text: &str, expected: &[&str]| {
        let expected: Vec<String> = expected
            .iter()
            .map(|what| format!("{path}:1: {what}: "))
            .collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        assert_caught(&check_silence(&[SourceFile::example(path, text)]), &expected);
    };
    let core = "relying-party/ceremony/src/a.rs";
    caught(core, "use std::{fs, env};", &["std::fs", "std::env"]);
    caught(
        core,
        "use std::{\n    fmt,\n    process::{self, Child},\n};",
        &["std::process"],
    );
    caught(core, "use std::process::*;", &["std::process", "std::process::*"]);
    caught(core, "use std::{io::{Read, stdin as i}};", &["std::io::std"]);
    caught(core, "use std as s;", &["std"]);
    for room in [
        "models/src/a.rs",
        "authenticator/src/a.rs",
        "authenticator/face/src/a.rs",
    ] {
        caught(
            room,
            "let s = std::net::TcpStream::connect(a);",
            &["std::net", "TcpStream"],
        );
        caught(room, "use std::{fmt, net};", &["std::net"]);
        caught(room, "use std::{os::unix::net as n};", &["os::unix::net"]);
        caught(room, "use std::os::unix::*;", &["std::os::unix::*"]);
        caught(room, "use std::*;", &["std::*"]);
        for name in SILENCES[1].names {
            caught(room, &format!("fn f(s: x::{name}) {{}}"), &[name]);
        }
        assert_none(&check_silence(&[SourceFile::example(
            room,
            "use std::{fmt, io::Read};\nuse super::*;\n// TcpStream\nlet a = \"std::net\";",
        )]));
    }
    let face = "authenticator/face/src/a.rs";
    for (text, what) in [
        ("let t = std::time::SystemTime::now();", "SystemTime"),
        ("use std::time::{Duration, Instant as I};", "Instant"),
        ("use std::{sync::Arc, thread};", "std::thread"),
        ("use std::{fs::File, sync::Arc};", "std::fs"),
    ] {
        caught(face, text, &[what]);
        // The weights are read in one place; the rest of the device may have a clock, files and threads.
        let elsewhere = ["authenticator/src/a.rs", "models/src/a.rs"];
        let exempt = elsewhere
            .into_iter()
            .chain((what == "std::fs").then_some("authenticator/face/src/engine.rs"));
        assert_none(&check_silence(
            &exempt
                .map(|path| SourceFile::example(path, text))
                .collect::<Vec<_>>(),
        ));
    }
}

#[test]
fn a_process_behind_a_glob_or_another_name_is_caught() {
    for bad in [
        "use std::process::*;",
        "use std::process::Command as C;",
        "use std::{\n    fmt,\n    process::{Child, Command},\n};",
    ] {
        assert_caught(
            &check_processes(&[SourceFile::example("relying-party/src/b.rs", bad)]),
            &["b.rs:1"],
        );
    }
    assert_none(&check_processes(&[SourceFile::example(
        "relying-party/src/b.rs",
        "use std::process::{ExitCode, id};\nenum Command {}",
    )]));
}
