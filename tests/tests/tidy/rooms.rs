//! Rooms are small, and named for what they hold.

use crate::code::{attributes, code_only, words};
use crate::sources::{SourceFile, root_file, sources};
use crate::{assert_caught, assert_none};

/// The most lines of a file.
const FILE_LINES: usize = 600;

/// The most lines of a function; clippy counts them.
const FUNCTION_LINES: i64 = 70;

/// The lint that counts them, and the groups of lints that hold it: `warnings` is all that would only be told.
const FUNCTION_LINTS: &[&str] = &["too_many_lines", "pedantic", "warnings"];

/// Names under which anything could be kept.
const NAMELESS: &[&str] = &[
    "util", "utils", "common", "commons", "helper", "helpers", "type", "types", "misc", "stuff",
];

fn check_sizes(files: &[SourceFile]) -> Vec<String> {
    let is_code = |path: &str| {
        [".rs", ".py", ".sh", ".toml", ".md"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    files
        .iter()
        .filter(|file| is_code(&file.path))
        .map(|file| (&file.path, file.text().lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(path, lines)| format!("{path} has {lines} lines, more than {FILE_LINES}"))
        .collect()
}

fn check_names(files: &[SourceFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let parts = file.path.trim_end_matches(".rs").split('/');
        let nameless = parts.filter(|part| NAMELESS.contains(part));
        wrong.extend(nameless.map(|part| format!("{}: a module named {part} says nothing", file.path)));
        let inline = file
            .text()
            .lines()
            .filter_map(|line| line.trim().strip_suffix('{')?.trim().split("mod ").nth(1));
        let nameless = inline.filter(|name| NAMELESS.contains(&name.trim()));
        wrong.extend(nameless.map(|part| format!("{}: a module named {part} says nothing", file.path)));
    }
    wrong
}

/// `lib.rs` may hold documentation, attributes, `mod` and `use`.
fn check_lib(file: &SourceFile) -> Vec<String> {
    const BEGINNINGS: &[&str] = &[
        "//",
        "#![",
        "#[",
        "mod ",
        "use ",
        "pub mod ",
        "pub use ",
        "pub(crate) ",
    ];
    let mut wrong = Vec::new();
    let mut inside_use = false;
    for (index, line) in file.text().lines().map(str::trim).enumerate() {
        let begins = line.is_empty() || BEGINNINGS.iter().any(|beginning| line.starts_with(beginning));
        let visible = line.strip_prefix("pub(crate) ").unwrap_or(line);
        let misused =
            line.starts_with("pub(crate) ") && !visible.starts_with("mod ") && !visible.starts_with("use ");
        if !inside_use && (!begins || misused || (visible.contains("mod ") && line.ends_with('{'))) {
            wrong.push(format!(
                "{}:{}: only documentation, mod and use: {line}",
                file.path,
                index + 1
            ));
        }
        let opens = visible.starts_with("use ") || visible.starts_with("pub use ");
        inside_use = (inside_use || opens) && !line.ends_with(';');
    }
    wrong
}

/// Whether an attribute switches the lint off, alone or among others, over several lines or under a condition.
fn exempts_itself(code: &str) -> bool {
    attributes(code).into_iter().any(|attribute| {
        let named: Vec<&str> = attribute.lines().flat_map(words).map(|(_, word)| word).collect();
        ["allow", "expect"].iter().any(|level| named.contains(level))
            && FUNCTION_LINTS.iter().any(|lint| named.contains(lint))
    })
}

/// The lint that keeps functions small is on, with its limit, and nobody switches it off.
fn check_function_lint(manifest: &str, clippy: &str, files: &[SourceFile]) -> Vec<String> {
    let table = |text: &str| text.parse::<toml::Table>().expect("the file is TOML");
    let (manifest, clippy) = (table(manifest), table(clippy));
    let level = manifest["workspace"]
        .get("lints")
        .and_then(|lints| lints.get("clippy")?.get("too_many_lines"));
    let mut wrong = Vec::new();
    if level.and_then(|level| level.as_str()) != Some("warn") {
        wrong.push("Cargo.toml: [workspace.lints.clippy] too_many_lines = \"warn\" is missing".into());
    }
    if clippy
        .get("too-many-lines-threshold")
        .and_then(|limit| limit.as_integer())
        != Some(FUNCTION_LINES)
    {
        wrong.push(format!(
            "clippy.toml: too-many-lines-threshold = {FUNCTION_LINES} is missing"
        ));
    }
    let exempt = |file: &&SourceFile| file.is_rust() && exempts_itself(&code_only(file.text()));
    wrong.extend(
        files
            .iter()
            .filter(exempt)
            .map(|file| format!("{} exempts itself from the limit", file.path)),
    );
    let elsewhere = files
        .iter()
        .filter(|file| file.path != "clippy.toml" && file.path.ends_with("clippy.toml"));
    wrong.extend(elsewhere.map(|file| format!("{} would replace the limits of the root", file.path)));
    wrong
}

#[test]
fn files_have_at_most_600_lines() {
    assert_none(&check_sizes(sources()));
}

#[test]
fn functions_have_at_most_70_lines() {
    assert_none(&check_function_lint(
        &root_file("Cargo.toml"),
        &root_file("clippy.toml"),
        sources(),
    ));
}

#[test]
fn no_room_is_named_for_nothing() {
    assert_none(&check_names(sources()));
}

#[test]
fn lib_rs_is_documentation_and_modules() {
    let libs: Vec<&SourceFile> = sources()
        .iter()
        .filter(|file| file.path.ends_with("src/lib.rs"))
        .collect();
    assert!(libs.len() >= 10, "every crate has a lib.rs");
    assert_none(&libs.into_iter().flat_map(check_lib).collect::<Vec<_>>());
}

#[test]
fn a_long_file_and_an_empty_name_are_caught() {
    let long = SourceFile::example("a/src/b.rs", &"x\n".repeat(601));
    assert_caught(
        &check_sizes(&[long, SourceFile::example("a/src/c.rs", &"x\n".repeat(600))]),
        &["b.rs has 601"],
    );
    let files = [
        SourceFile::example("a/src/helpers.rs", ""),
        SourceFile::example("a/src/util/b.rs", ""),
        SourceFile::example("a/src/c.rs", "pub mod types {\n}\nmod typed {\n}"),
    ];
    assert_caught(
        &check_names(&files),
        &["named helpers", "named util", "named types"],
    );
}

#[test]
fn code_in_lib_rs_is_caught() {
    let good = "//! Docs.\n#![forbid(x)]\nmod a;\n#[cfg(test)]\nmod b;\npub(crate) mod c;\npub use a::{\n    D,\n    E,\n};\n";
    assert_none(&check_lib(&SourceFile::example("a/src/lib.rs", good)));
    let bad =
        "pub const A: u8 = 1;\npub fn b() {}\nmod c {\npub(crate) fn d() {}\npub use e::{\n F\n};\ng!();\n";
    assert_caught(
        &check_lib(&SourceFile::example("a/src/lib.rs", bad)),
        &["rs:1:", "rs:2:", "rs:3:", "rs:4:", "rs:8:"],
    );
}

#[test]
fn a_missing_function_limit_is_caught() {
    let good = "[workspace.lints.clippy]\ntoo_many_lines = \"warn\"";
    let exempt = SourceFile::example("a.rs", "#[allow(clippy::too_many_lines)]");
    let nested = SourceFile::example("a/clippy.toml", "");
    assert_none(&check_function_lint(good, "too-many-lines-threshold = 70", &[]));
    assert_caught(
        &check_function_lint(
            "[workspace.lints.clippy]",
            "too-many-lines-threshold = 71",
            &[exempt, nested],
        ),
        &[
            "Cargo.toml",
            "clippy.toml: too-many",
            "a.rs exempts",
            "a/clippy.toml would",
        ],
    );
}

#[test]
fn every_spelling_of_an_exemption_is_caught() {
    let check = |text: &str| {
        check_function_lint(
            "[workspace.lints.clippy]\ntoo_many_lines = \"warn\"",
            "too-many-lines-threshold = 70",
            &[SourceFile::example("a.rs", text)],
        )
    };
    for bad in [
        "#[allow(\n    clippy::too_many_lines,\n    reason = \"a table\"\n)]\nfn f() {}",
        "#[allow(dead_code, clippy::too_many_lines)]",
        "#![allow(clippy::pedantic)]",
        "#[expect(clippy::too_many_lines)]",
        "# [ allow ( clippy :: too_many_lines ) ]",
        "#[cfg_attr(test, allow(clippy::pedantic))]",
        "#![allow(warnings)]",
    ] {
        assert_caught(&check(bad), &["a.rs exempts itself"]);
    }
    for good in [
        "#[allow(dead_code)]\nfn f() {}\n#[warn(clippy::pedantic)]",
        "// #[allow(clippy::too_many_lines)]",
        "f(\"#[allow(clippy::too_many_lines)]\")",
        "#![deny(warnings)]\nlet allow = pedantic[0];",
    ] {
        assert_none(&check(good));
    }
}
