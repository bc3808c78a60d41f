//! Licences, from `cargo metadata` and `deny.toml`: what cargo-deny checks under `tests/run --full`, checked always.

use std::collections::BTreeSet;

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

/// Names of packages that can only be had under the Mozilla licence: NOTICE lists each.
fn mozilla(packages: &[Package]) -> BTreeSet<&str> {
    let without: BTreeSet<String> = packages
        .iter()
        .filter_map(|package| package.license.as_deref())
        .flat_map(|expression| expression.split(|c: char| c.is_whitespace() || "()/".contains(c)))
        .filter(|id| !id.starts_with("MPL"))
        .map(str::to_owned)
        .collect();
    let needs = |package: &&Package| {
        let expression = package.license.as_deref().unwrap_or_default();
        expression.contains("MPL") && !is_met(expression, &without).unwrap_or(false)
    };
    packages
        .iter()
        .filter(needs)
        .map(|package| package.name.as_str())
        .collect()
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
fn notice_names_every_mozilla_licensed_crate() {
    let notice = root_file("NOTICE");
    let missing = mozilla(&metadata().packages)
        .into_iter()
        .filter(|name| !notice.contains(*name));
    assert_none(
        &missing
            .map(|name| format!("NOTICE does not name {name} (MPL)"))
            .collect::<Vec<_>>(),
    );
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
fn a_mozilla_licence_without_a_choice_is_found() {
    let packages = [
        example("only", Some("MPL-2.0")),
        example("choice", Some("MPL-2.0 OR MIT")),
    ];
    assert_eq!(mozilla(&packages), BTreeSet::from(["only"]));
}
