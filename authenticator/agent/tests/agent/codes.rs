//! `docs/agent.md` lists every code, and nothing that the agent does not have; and a test raises each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use smile_agent::AgentError;
use smile_agent::refusal::RefusalCode;

use crate::words::ENDINGS;

const PAGE: &str = include_str!("../../../../docs/agent.md");

/// What stands on the page between two phrases.
fn between(from: &str, to: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(from).unwrap_or_else(|| panic!("{from:?}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to:?}")).0
}

/// What stands in backticks and looks like a code.
fn codes(text: &str) -> Vec<&str> {
    let is_code = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| is_code(word)).collect()
}

/// Code and status of each row; a row may list several of each, and for the agent's own pages it names no status.
fn rows() -> BTreeMap<&'static str, Option<u16>> {
    let table = between("| code | status | |", "How an operation ends");
    let mut rows = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let statuses: Vec<Option<u16>> = cells[1].split(", ").map(|cell| cell.parse().ok()).collect();
        let listed = codes(cells[0]);
        for (index, code) in listed.iter().enumerate() {
            let status = match statuses.as_slice() {
                [one] => *one,
                each => each[index],
            };
            assert!(rows.insert(*code, status).is_none(), "listed twice: {code}");
        }
        assert!(statuses.len() == 1 || statuses.len() == listed.len(), "{line}");
    }
    rows
}

#[test]
fn the_page_and_the_agent_have_the_same_refusals() {
    let mut listed = rows();
    for code in RefusalCode::ALL {
        let status = listed.remove(code.as_str());
        let status = status.unwrap_or_else(|| panic!("{} is not listed", code.as_str()));
        assert!(
            status.is_none_or(|status| status == code.http_status()),
            "{}",
            code.as_str()
        );
    }
    assert!(
        listed.is_empty(),
        "codes that the agent does not have: {listed:?}"
    );
}

#[test]
fn the_page_and_the_agent_have_the_same_ends_of_operations() {
    let listed: BTreeSet<&str> = codes(between("How an operation ends without a response", "None says"))
        .into_iter()
        // A command that the page recommends there.
        .filter(|code| *code != "renew")
        .collect();
    let known: BTreeSet<&str> = ENDINGS.iter().copied().collect();
    assert_eq!(listed, known);
}

#[test]
fn the_page_and_the_agent_have_the_same_failures_of_commands() {
    let listed: BTreeSet<&str> = codes(between("A command that fails prints", "### A running agent"))
        .into_iter()
        .collect();
    let mut known: BTreeSet<&str> = AgentError::CODES.iter().copied().collect();
    known.extend(["already_enrolled", "expired"]);
    assert_eq!(listed, known);
}

/// Every Rust file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The text of every test of the agent, but for those that only list codes.
fn tests() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "../../tests/tests/agent"] {
        files(&here.join(folder), &mut found);
    }
    let mut text = String::new();
    for path in found {
        let whole = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_test = !path.starts_with(here.join("src")) || name == "tests.rs";
        match whole.split_once("\nmod tests {") {
            _ if matches!(name, "words.rs" | "codes.rs") => {}
            Some((_, tests)) if !is_test => text.push_str(tests),
            _ if is_test => text.push_str(&whole),
            _ => {}
        }
    }
    text
}

#[test]
fn a_test_raises_every_code() {
    let tests = tests();
    let all = RefusalCode::ALL.iter().map(|code| code.as_str());
    let all = all
        .chain(ENDINGS.iter().copied())
        .chain(AgentError::CODES.iter().copied());
    let missing: BTreeSet<&str> = all
        .filter(|code| !tests.contains(&format!("\"{code}\"")))
        // In the code's own tests refusals are named by their variant.
        .filter(|code| {
            let variant = RefusalCode::ALL.iter().find(|known| known.as_str() == *code);
            variant.is_none_or(|variant| !tests.contains(&format!("RefusalCode::{variant:?}")))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
