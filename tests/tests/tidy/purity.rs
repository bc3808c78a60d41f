//! The core takes time, randomness, files and processes as arguments: it asks nobody.

use crate::code::{code_only, words};
use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// Rooms without clock, randomness, files, sockets, threads, processes or async.
const PURE: &[&str] = &["protocol/src/", "relying-party/ceremony/src/"];

/// What such a room must not say.
const IMPURE: &[&str] = &[
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

/// Lines of non-test code in `rooms` that contain one of `phrases`.
fn check_phrases(
    files: &[SourceFile],
    within: impl Fn(&str) -> bool,
    phrases: &[&str],
    rule: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && within(&file.path)) {
        for (index, line) in code_only(file.text()).lines().enumerate() {
            let said = phrases.iter().find(|phrase| line.contains(**phrase));
            wrong.extend(said.map(|phrase| format!("{}:{}: {phrase}: {rule}", file.path, index + 1)));
        }
    }
    wrong
}

/// Unit tests lie in a `tests` file or folder beside what they test.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

fn check_purity(files: &[SourceFile]) -> Vec<String> {
    let pure = |path: &str| PURE.iter().any(|room| path.starts_with(room)) && !is_test(path);
    check_phrases(files, pure, IMPURE, "the core is sans-IO")
}

/// `std::process::Command`, also when it is imported among others.
fn check_processes(files: &[SourceFile]) -> Vec<String> {
    let elsewhere =
        |path: &str| !STARTS_PROCESSES.iter().any(|room| path.starts_with(room)) && !is_test(path);
    let mut wrong = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() && elsewhere(&file.path))
    {
        for (index, line) in code_only(file.text()).lines().enumerate() {
            if line.contains("process::") && words(line).any(|(_, word)| word == "Command") {
                wrong.push(format!(
                    "{}:{}: only smile-weights starts a process",
                    file.path,
                    index + 1
                ));
            }
        }
    }
    wrong
}

fn check_unsafe(files: &[SourceFile]) -> Vec<String> {
    let outside = |path: &str| !UNSAFE_ROOMS.iter().any(|room| path.starts_with(room));
    let mut wrong = check_phrases(
        files,
        outside,
        &["allow(unsafe_code)", "expect(unsafe_code)"],
        "not in this room",
    );
    for file in files.iter().filter(|file| file.is_rust() && outside(&file.path)) {
        let code = code_only(file.text());
        let lines = crate::code::lines_with_word(&code, "unsafe");
        wrong.extend(
            lines.map(|line| format!("{}:{line}: the keyword that only four rooms may use", file.path)),
        );
    }
    wrong
}

#[test]
fn the_core_is_sans_io() {
    assert_none(&check_purity(sources()));
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
    assert_caught(&check_purity(&files), &["a.rs:1: SystemTime::now"]);
    assert_caught(&check_processes(&files), &["b.rs:1", "main.rs:1"]);
    assert_caught(&check_unsafe(&files), &["d.rs:1"]);
}
