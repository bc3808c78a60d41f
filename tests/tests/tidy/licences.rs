//! Licences, from `cargo metadata` and `deny.toml`: what cargo-deny checks under `tests/run --full`, checked always.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::{Package, metadata};
use crate::sources::root_file;
use crate::{assert_caught, assert_none};

/// Whether the SPDX expression can be met with allowed licences alone. An `A/B` of older manifests means `A OR B`.
///
/// expression = term { "OR" term };  term = factor { "AND" factor };  factor = "(" expression ")" | id [ "WITH" id ]
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut tokens: Vec<&str> = spaced.split_whitespace().rev().collect();
    let met = met_by_any(&mut tokens, allowed)?;
    if tokens.is_empty() {
        Ok(met)
    } else {
        Err(format!("{expression}: what follows {tokens:?}?"))
    }
}

fn met_by_any(tokens: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let mut met = met_by_all(tokens, allowed)?;
    while tokens.pop_if(|token| *token == "OR").is_some() {
        met |= met_by_all(tokens, allowed)?;
    }
    Ok(met)
}

fn met_by_all(tokens: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let mut met = met_by_one(tokens, allowed)?;
    while tokens.pop_if(|token| *token == "AND").is_some() {
        met &= met_by_one(tokens, allowed)?;
    }
    Ok(met)
}

fn met_by_one(tokens: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Result<bool, String> {
    match tokens.pop() {
        Some("(") => {
            let met = met_by_any(tokens, allowed)?;
            tokens
                .pop_if(|token| *token == ")")
                .map(|_| met)
                .ok_or_else(|| "an open parenthesis".into())
        }
        None | Some(")" | "OR" | "AND" | "WITH") => Err("a licence is missing".into()),
        Some(licence) => {
            let Some(_) = tokens.pop_if(|token| *token == "WITH") else {
                return Ok(allowed.contains(licence));
            };
            let exception = tokens.pop().ok_or("an exception is missing")?;
            Ok(allowed.contains(&format!("{licence} WITH {exception}")))
        }
    }
}

fn check_licences(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let verdict = package
            .license
            .as_deref()
            .map(|expression| is_met(expression, allowed));
        match verdict {
            Some(Ok(true)) => {}
            Some(Ok(false)) => wrong.push(format!(
                "{}: {} is not allowed",
                package.name,
                package.license.as_deref().unwrap_or("")
            )),
            Some(Err(error)) => wrong.push(format!("{}: {error}", package.name)),
            None => wrong.push(format!("{} names no licence", package.name)),
        }
    }
    wrong
}

/// The allowed licences of `deny.toml`.
fn allowed_licences(deny: &str) -> BTreeSet<String> {
    let deny: toml::Table = deny.parse().expect("deny.toml is TOML");
    let listed = deny["licenses"]["allow"]
        .as_array()
        .expect("[licenses] allow is a list");
    listed
        .iter()
        .map(|licence| licence.as_str().expect("a licence is text").to_owned())
        .collect()
}

/// Licences under which nearly all crates are; NOTICE names every crate that asks for another.
const USUAL: [&str; 2] = ["MIT", "Apache-2.0"];

/// The licence names of an expression, an exception with its licence.
fn licence_names(expression: &str) -> BTreeSet<String> {
    let spaced = expression
        .replace(['(', ')', '/'], " ")
        .replace(" WITH ", "\u{a0}WITH\u{a0}");
    spaced
        .split(' ')
        .filter(|word| !word.is_empty() && *word != "AND" && *word != "OR")
        .map(|word| word.replace('\u{a0}', " "))
        .collect()
}

/// The fewest licences beside the usual ones with which the expression is met; of several such choices the first by
/// name. `None` for an expression that cannot be read.
fn others_needed(expression: &str) -> Option<BTreeSet<String>> {
    let usual = BTreeSet::from(USUAL.map(str::to_owned));
    let others: Vec<String> = licence_names(expression).difference(&usual).cloned().collect();
    assert!(
        others.len() < 16,
        "{expression}: too many licences to try them all"
    );
    let choice = |mask: u32| {
        others
            .iter()
            .enumerate()
            .filter(move |(bit, _)| mask >> bit & 1 == 1)
            .map(|(_, name)| name.clone())
    };
    let mut choices: Vec<BTreeSet<String>> = (0..1 << others.len())
        .map(|mask| choice(mask).collect())
        .collect();
    choices.sort_by_key(|choice| (choice.len(), choice.clone()));
    choices
        .into_iter()
        .find(|choice| is_met(expression, &(choice | &usual)) == Ok(true))
}

/// What NOTICE must list: names of packages by the licences that they need beside the usual ones, `ISC AND Zlib`.
fn unusual(packages: &[Package]) -> BTreeMap<String, BTreeSet<&str>> {
    let mut listed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        let needed = package
            .license
            .as_deref()
            .and_then(others_needed)
            .unwrap_or_default();
        if !needed.is_empty() {
            let names: Vec<String> = needed.into_iter().collect();
            listed
                .entry(names.join(" AND "))
                .or_default()
                .insert(&package.name);
        }
    }
    listed
}

/// The line above the list in NOTICE.
const LIST_BEGINS: &str = "Other terms than MIT or Apache-2.0 apply to:\n";

/// What NOTICE says as long as it is true: the licence that readers look for.
const NO_MOZILLA: &str = "MPL-2.0: no crate.";

/// The list as NOTICE has it: `  LICENCE: crate, crate`, and further lines of the same licence indented more.
fn listed_in(notice: &str) -> BTreeMap<String, BTreeSet<&str>> {
    let list = notice.split(LIST_BEGINS).nth(1).unwrap_or_default();
    let mut listed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut licence = String::new();
    for line in list.lines().take_while(|line| line.starts_with("  ")) {
        let mut crates = line;
        if let Some((name, rest)) = line.split_once(':') {
            (licence, crates) = (name.trim().to_owned(), rest);
        }
        let names = crates.split(',').map(str::trim).filter(|name| !name.is_empty());
        listed.entry(licence.clone()).or_default().extend(names);
    }
    listed
}

fn check_notice(notice: &str, packages: &[Package]) -> Vec<String> {
    let (needed, listed) = (unusual(packages), listed_in(notice));
    let licences: BTreeSet<&String> = needed.keys().chain(listed.keys()).collect();
    let written = |crates: &BTreeSet<&str>| crates.iter().copied().collect::<Vec<_>>().join(", ");
    let mut wrong: Vec<String> = licences
        .into_iter()
        .filter(|licence| needed.get(*licence) != listed.get(*licence))
        .map(|licence| match needed.get(licence) {
            Some(crates) => format!(
                "NOTICE, section 4: under {LIST_BEGINS:?} write `  {licence}: {}`",
                written(crates)
            ),
            None => format!("NOTICE, section 4: remove `{licence}`, which no crate of Cargo.lock needs"),
        })
        .collect();
    let mozilla = needed.keys().any(|licence| licence.contains("MPL"));
    if mozilla == notice.contains(NO_MOZILLA) {
        wrong.push(format!(
            "NOTICE, section 4: `{NO_MOZILLA}` stands there exactly when it is true"
        ));
    }
    wrong
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed_licences(&root_file("deny.toml"));
    assert_none(&check_licences(&metadata().packages, &allowed));
}

#[test]
fn every_allowed_licence_is_needed() {
    let allowed = allowed_licences(&root_file("deny.toml"));
    for licence in &allowed {
        let mut fewer = allowed.clone();
        fewer.remove(licence);
        let wrong = check_licences(&metadata().packages, &fewer);
        assert!(
            !wrong.is_empty(),
            "{licence} is allowed in deny.toml, but nothing needs it"
        );
    }
}

#[test]
fn notice_lists_every_crate_under_other_terms() {
    assert_none(&check_notice(&root_file("NOTICE"), &metadata().packages));
}

#[test]
fn licence_expressions_are_understood() {
    let allowed: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]
        .map(str::to_owned)
        .into();
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "GPL-3.0/MIT",
        "MIT AND ISC",
        "(GPL-3.0 OR MIT) AND (ISC)",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-3.0 AND X OR MIT",
    ] {
        assert_eq!(is_met(met, &allowed), Ok(true), "{met}");
    }
    for unmet in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "Apache-2.0",
        "MIT WITH LLVM-exception",
        "(MIT OR ISC) AND GPL-3.0",
    ] {
        assert_eq!(is_met(unmet, &allowed), Ok(false), "{unmet}");
    }
    for nonsense in ["", "MIT AND", "(MIT", "MIT)", "MIT ISC", "OR MIT"] {
        assert!(is_met(nonsense, &allowed).is_err(), "{nonsense}");
    }
}

fn example(name: &str, license: Option<&str>) -> Package {
    let package = serde_json::json!({"id": name, "name": name, "version": "1.0.0", "license": license,
        "manifest_path": "Cargo.toml", "dependencies": [], "features": {}, "targets": [], "publish": null});
    serde_json::from_value(package).expect("the example has the shape of cargo's answer")
}

#[test]
fn a_licence_that_is_not_allowed_is_caught() {
    let packages = [
        example("good", Some("MIT OR GPL-3.0")),
        example("copyleft", Some("GPL-3.0-or-later")),
        example("silent", None),
        example("garbled", Some("MIT or ISC")),
    ];
    let allowed = allowed_licences("[licenses]\nallow = [\"MIT\"]");
    assert_caught(
        &check_licences(&packages, &allowed),
        &["copyleft: GPL", "silent names no", "garbled: "],
    );
}

#[test]
fn a_crate_that_notice_does_not_list_rightly_is_caught() {
    let packages = [
        example("usual", Some("MIT OR Apache-2.0")),
        example("choice", Some("MPL-2.0 OR MIT")),
        example("both", Some("(MIT OR Apache-2.0) AND BSD-3-Clause")),
        example("least", Some("Zlib AND ISC OR BSD-3-Clause")),
        example(
            "two",
            Some("ISC AND (Apache-2.0 OR ISC) AND MIT AND BSD-3-Clause"),
        ),
        example("only", Some("MPL-2.0")),
        example("excepted", Some("Apache-2.0 WITH LLVM-exception")),
    ];
    let notice = |list: &str| format!("MPL-2.0: see below.\n\n{LIST_BEGINS}{list}\n5. More: words\n");
    let right = "  Apache-2.0 WITH LLVM-exception: excepted\n  BSD-3-Clause: both,\n    least\n  \
        BSD-3-Clause AND ISC: two\n  MPL-2.0: only\n";
    assert_none(&check_notice(&notice(right), &packages));
    for (found, put, caught) in [
        (",\n    least", "", "write `  BSD-3-Clause: both, least`"),
        ("two", "two, three", "write `  BSD-3-Clause AND ISC: two`"),
        ("  MPL-2.0: only\n", "", "write `  MPL-2.0: only`"),
        ("  MPL", "  Zlib: old\n  MPL", "remove `Zlib`"),
    ] {
        assert_caught(
            &check_notice(&notice(&right.replace(found, put)), &packages),
            &[caught],
        );
    }
    let untrue = format!("{NO_MOZILLA}\n{}", notice(right));
    assert_caught(
        &check_notice(&untrue, &packages),
        &["stands there exactly when it is true"],
    );
    assert_caught(
        &check_notice("", &packages[..1]),
        &["stands there exactly when it is true"],
    );
}
