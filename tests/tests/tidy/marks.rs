//! Nothing is left half-said: no marks of unfinished work, no traces of the machine it was written on.

use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// Marks of unfinished work, matched without regard to case; written in two halves so that this file is clean.
const UNFINISHED: &[&str] = &[
    concat!("to", "do!"),
    concat!("to", "do:"),
    concat!("to", "do("),
    concat!("unimple", "mented!"),
    concat!("d", "bg!"),
    concat!("fix", "me"),
    concat!("place", "holder"),
    concat!("for ", "now"),
    concat!("not yet ", "implemented"),
    concat!("lorem ", "ipsum"),
];

/// Marks that are words only in capitals.
const UNFINISHED_CAPITALS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("X", "XX"),
    concat!("HA", "CK"),
    concat!("TB", "D"),
];

/// Folders of one machine, and hosts of registries: a mirror or another machine must do as well.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
    concat!("/ho", "me/"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("//crates", ".io"),
    concat!("crates.io", "-index"),
    concat!("pypi", ".org"),
    concat!("python", "hosted"),
    concat!("npmjs", "."),
    concat!("deb.debian", ".org"),
];

fn check(files: &[SourceFile], marks: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        for (index, line) in file.text().lines().enumerate() {
            wrong.extend(marks(line).map(|mark| format!("{}:{}: {mark}", file.path, index + 1)));
        }
    }
    wrong
}

fn unfinished(line: &str) -> Option<String> {
    let lower = line.to_lowercase();
    let mark = UNFINISHED.iter().find(|mark| lower.contains(**mark));
    let is_word = |mark: &&&str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == **mark)
    };
    mark.or_else(|| UNFINISHED_CAPITALS.iter().find(is_word))
        .map(|mark| format!("{mark} marks unfinished work"))
}

fn of_one_machine(line: &str) -> Option<String> {
    MACHINE
        .iter()
        .find(|mark| line.contains(**mark))
        .map(|mark| format!("{mark} is of one machine or registry"))
}

#[test]
fn nothing_is_marked_as_unfinished() {
    assert_none(&check(sources(), unfinished));
}

#[test]
fn nothing_names_one_machine_or_registry_host() {
    assert_none(&check(sources(), of_one_machine));
}

#[test]
fn every_mark_is_caught() {
    for mark in UNFINISHED.iter().chain(UNFINISHED_CAPITALS) {
        let bad = SourceFile::example("a.rs", &format!("fine\nlet a = 1; // {mark} b"));
        assert_caught(&check(&[bad], unfinished), &["a.rs:2"]);
    }
    for mark in MACHINE {
        assert_caught(
            &check(
                &[SourceFile::example("a.md", &format!("see {mark}b"))],
                of_one_machine,
            ),
            &["a.md:1"],
        );
    }
    for good in [
        "the method todo_list",
        "let taxxxy = 1",
        "shack",
        "therefore nowhere",
        "network/",
        "root",
    ] {
        assert_none(&check(&[SourceFile::example("a.rs", good)], |line| {
            unfinished(line).or(of_one_machine(line))
        }));
    }
}
