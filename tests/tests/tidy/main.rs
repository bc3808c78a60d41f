//! The rules of the house as tests: what a reviewer would otherwise have to remember.
//!
//! Each module holds one kind of rule. A checker is a pure function from what it reads to a list of violations, and
//! each is shown a small bad example that it must catch: a rule that cannot fail proves nothing.

mod arrows;
mod code;
mod committed;
mod dependencies;
mod fences;
mod imports;
mod licences;
mod lock;
mod marks;
mod metadata;
mod pages;
mod purity;
mod rooms;
mod sources;

/// Fails with every violation on a line of its own.
#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Fails unless exactly the expected violations were found, each recognised by a part of its text.
#[track_caller]
fn assert_caught(violations: &[String], expected: &[&str]) {
    assert_eq!(violations.len(), expected.len(), "{violations:#?}");
    for part in expected {
        assert!(
            violations.iter().any(|violation| violation.contains(part)),
            "no {part:?} in {violations:#?}"
        );
    }
}
