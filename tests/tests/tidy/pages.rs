//! What is written for readers is true: short, linked, and the tests that it names exist.

use std::collections::BTreeSet;

use smile_tests::test_data::workspace_root;

use crate::code::{code_only, words};
use crate::sources::{SourceFile, root_file, sources};
use crate::{assert_caught, assert_none};

/// The most lines of the README: what a stranger reads before deciding.
const README_LINES: usize = 120;

/// The two commands that the README must give.
const COMMANDS: &[&str] = &["cargo run --release", "tests/run"];

fn check_readme(text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let mut wrong = Vec::new();
    if lines > README_LINES {
        wrong.push(format!("README.md has {lines} lines, more than {README_LINES}"));
    }
    let given = |command: &&&str| {
        text.lines()
            .any(|line| line.trim() == **command || line.trim().starts_with(&format!("{command} ")))
    };
    wrong.extend(
        COMMANDS
            .iter()
            .filter(|c| !given(c))
            .map(|c| format!("README.md does not give `{c}` on a line")),
    );
    wrong
}

/// Targets of `[text](target)` that are files of the repository: (line, path as written).
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        line.split("](").skip(1).filter_map(move |rest| {
            let target = rest.split(')').next()?.split('#').next()?.trim();
            (!target.is_empty() && !target.contains("://")).then_some((index + 1, target))
        })
    })
}

/// The path that a link leads to, from the root.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn check_links(pages: &[&SourceFile], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        let dead = links(page.text()).filter(|(_, target)| !exists(&resolve(&page.path, target)));
        wrong.extend(dead.map(|(line, target)| format!("{}:{line}: {target} does not exist", page.path)));
    }
    wrong
}

/// Every page below `docs` is reached from the book's summary.
fn check_summary(pages: &[&SourceFile]) -> Vec<String> {
    let Some(summary) = pages.iter().find(|page| page.path == "docs/SUMMARY.md") else {
        return vec!["docs/SUMMARY.md is missing".into()];
    };
    let listed: BTreeSet<String> = links(summary.text())
        .map(|(_, target)| resolve(&summary.path, target))
        .collect();
    pages
        .iter()
        .filter(|page| {
            page.path.starts_with("docs/") && page.path != summary.path && !listed.contains(&page.path)
        })
        .map(|page| format!("{} is not in docs/SUMMARY.md", page.path))
        .collect()
}

/// Names in backticks that read like a test's: snake case of four words or more.
fn named_tests(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &&str| {
        let legal = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        legal && name.split('_').filter(|word| !word.is_empty()).count() >= 4
    };
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(|name| name.rsplit("::").next().unwrap_or(name))
        .filter(is_name)
}

fn check_named_tests(pages: &[&SourceFile], tests: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        let missing = named_tests(page.text()).filter(|name| !tests.contains(*name));
        wrong.extend(
            missing.map(|name| format!("{} names the test `{name}`, which does not exist", page.path)),
        );
    }
    wrong
}

/// Names of all functions of Rust files and of Python tests, and of Rust modules: a page may name a whole subject.
fn functions_and_modules(files: &[SourceFile]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() || file.path.ends_with(".py"))
    {
        let code = if file.is_rust() {
            code_only(file.text())
        } else {
            file.text().to_owned()
        };
        for line in code.lines() {
            let line: Vec<&str> = words(line).map(|(_, word)| word).collect();
            let defined = line
                .windows(2)
                .filter(|pair| ["fn", "def", "mod"].contains(&pair[0]));
            names.extend(defined.map(|pair| pair[1].to_owned()));
        }
    }
    names
}

fn pages() -> Vec<&'static SourceFile> {
    sources()
        .iter()
        .filter(|file| file.path.ends_with(".md"))
        .collect()
}

#[test]
fn readme_is_short_and_gives_both_commands() {
    assert_none(&check_readme(&root_file("README.md")));
}

#[test]
fn every_link_leads_somewhere() {
    assert_none(&check_links(&pages(), |path| {
        workspace_root().join(path).exists()
    }));
}

#[test]
fn every_page_is_in_the_book() {
    assert_none(&check_summary(&pages()));
}

#[test]
fn every_test_that_a_page_names_exists() {
    assert_none(&check_named_tests(&pages(), &functions_and_modules(sources())));
}

#[test]
fn a_long_readme_without_commands_is_caught() {
    assert_none(&check_readme(
        "# A\n```sh\ncargo run --release   # run\ntests/run\n```\n",
    ));
    let bad = format!(
        "Never run `cargo run --release`.\n    tests/running\n{}",
        "\n".repeat(119)
    );
    assert_caught(
        &check_readme(&bad),
        &["121 lines", "does not give `cargo", "does not give `tests"],
    );
}

#[test]
fn a_dead_link_an_unlisted_page_and_a_missing_test_are_caught() {
    let summary = SourceFile::example(
        "docs/SUMMARY.md",
        "- [A](a.md)\n- [B](decisions/b.md#why)\n- [Web](https://x.y/z)",
    );
    let linked = SourceFile::example(
        "docs/decisions/b.md",
        "[up](../a.md), [out](../../README.md), [here](#x)",
    );
    let unlisted = SourceFile::example(
        "docs/c.md",
        "see `arrows::a_photo_of_the_face_passes` and `a_photo_is`, `x`",
    );
    let pages = [&summary, &linked, &unlisted];
    let there = ["docs/a.md", "docs/decisions/b.md"];
    assert_caught(
        &check_links(&pages, |path| there.contains(&path)),
        &["docs/decisions/b.md:1: ../../README.md"],
    );
    assert_caught(&check_summary(&pages), &["docs/c.md is not in"]);
    assert_caught(&check_summary(&pages[1..]), &["docs/SUMMARY.md is missing"]);
    let known = functions_and_modules(&[SourceFile::example(
        "a.rs",
        "pub fn b() {}\nasync fn c_d(x: u8) {}\nmod e;",
    )]);
    assert_eq!(known, ["b", "c_d", "e"].map(str::to_owned).into());
    assert_caught(
        &check_named_tests(&pages, &known),
        &["names the test `a_photo_of_the_face_passes`"],
    );
}
