//! Manifests: each version is written once, each dependency is used, each crate lives under the same lints.

use std::collections::BTreeSet;

use smile_tests::test_data::workspace_root;

use crate::code::{code_only, words};
use crate::metadata::metadata;
use crate::sources::{SourceFile, root_file, sources};
use crate::{assert_caught, assert_none};

/// Dependencies that no line of code names: (crate, dependency, what it is there for).
const UNNAMED: &[(&str, &str, &str)] = &[];

/// The three tables of a manifest with whether they are for tests only.
const TABLES: &[(&str, bool)] = &[
    ("dependencies", false),
    ("dev-dependencies", true),
    ("build-dependencies", false),
];

/// (folder below the root with a `/` at its end, manifest) of each crate.
fn members() -> Vec<(String, toml::Table)> {
    let manifests = metadata().members().map(|package| {
        let folder = package
            .manifest_path
            .parent()
            .expect("a manifest lies in a folder");
        let below = folder
            .strip_prefix(workspace_root())
            .expect("members lie below the root");
        let text = std::fs::read_to_string(&package.manifest_path).expect("cargo has just read it");
        (
            format!("{}/", below.display()),
            text.parse().expect("cargo has just parsed it"),
        )
    });
    manifests.collect()
}

/// The dependencies of a table, for every system and for some (`[target.'cfg(…)'.dependencies]`).
fn dependencies<'a>(
    manifest: &'a toml::Table,
    table: &str,
) -> impl Iterator<Item = (&'a String, &'a toml::Value)> {
    let for_some = manifest.get("target").and_then(|targets| targets.as_table());
    let for_some = for_some
        .into_iter()
        .flat_map(|targets| targets.values())
        .filter_map(move |target| target.get(table));
    manifest
        .get(table)
        .into_iter()
        .chain(for_some)
        .filter_map(|table| table.as_table())
        .flatten()
}

fn check_manifest(manifest: &toml::Table) -> Vec<String> {
    let name = manifest["package"]["name"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    for (dependency, value) in TABLES.iter().flat_map(|(table, _)| dependencies(manifest, table)) {
        if value.get("workspace").and_then(|value| value.as_bool()) != Some(true) {
            wrong.push(format!("{name}: {dependency} is not pinned in the root manifest"));
        }
    }
    if manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace")?.as_bool())
        != Some(true)
    {
        wrong.push(format!("{name} does not live under the workspace's lints"));
    }
    wrong
}

/// Dependencies of the root manifest that no crate takes.
fn check_pins(root: &toml::Table, members: &[toml::Table]) -> Vec<String> {
    let taken: BTreeSet<&String> = members
        .iter()
        .flat_map(|manifest| TABLES.iter().flat_map(|(table, _)| dependencies(manifest, table)))
        .map(|(name, _)| name)
        .collect();
    let pins = root["workspace"]["dependencies"]
        .as_table()
        .expect("the root pins dependencies");
    let idle = pins
        .keys()
        .filter(|name| !taken.contains(name) && !name.starts_with("smile-"));
    idle.map(|name| format!("{name} is pinned but nobody uses it"))
        .collect()
}

/// Dependencies of a crate that its code never names: normal ones in `src`, those for tests anywhere.
fn check_use(folder: &str, manifest: &toml::Table, files: &[SourceFile], nested: &[&str]) -> Vec<String> {
    let name = manifest["package"]["name"].as_str().unwrap_or_default();
    let ours = |file: &&SourceFile| {
        let inner = nested
            .iter()
            .any(|inner| inner.len() > folder.len() && file.path.starts_with(inner));
        file.is_rust() && file.path.starts_with(folder) && !inner
    };
    let mut shipped = BTreeSet::new();
    let mut anywhere = BTreeSet::new();
    for file in files.iter().filter(ours) {
        let code = code_only(file.text());
        let named: Vec<String> = code
            .lines()
            .flat_map(words)
            .map(|(_, word)| word.to_owned())
            .collect();
        if file.path[folder.len()..].starts_with("src/") {
            shipped.extend(named.iter().cloned());
        }
        anywhere.extend(named);
    }
    // A library of tests alone has its whole use in its tests.
    let for_tests_only = name == "smile-tests";
    let mut wrong = Vec::new();
    for (table, in_tests) in TABLES {
        let named = if *in_tests || for_tests_only {
            &anywhere
        } else {
            &shipped
        };
        let idle = dependencies(manifest, table).filter(|(dependency, _)| {
            let excused = UNNAMED
                .iter()
                .any(|(room, unnamed, _)| *room == name && unnamed == dependency);
            !excused && !named.contains(&dependency.replace('-', "_"))
        });
        wrong.extend(idle.map(|(dependency, _)| format!("{name} never uses {dependency}")));
    }
    wrong
}

#[test]
fn versions_are_written_once_and_lints_are_shared() {
    assert_none(
        &members()
            .iter()
            .flat_map(|(_, manifest)| check_manifest(manifest))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_of_ours_can_be_published() {
    let publishable = metadata()
        .members()
        .filter(|package| package.publish.as_deref() != Some(&[]));
    assert_none(
        &publishable
            .map(|package| format!("{} could be published", package.name))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_pinned_dependency_is_used() {
    let root = root_file("Cargo.toml").parse().expect("cargo has just parsed it");
    let manifests: Vec<toml::Table> = members().into_iter().map(|(_, manifest)| manifest).collect();
    assert_none(&check_pins(&root, &manifests));
}

#[test]
fn every_dependency_is_named_in_its_crate() {
    let members = members();
    let folders: Vec<&str> = members.iter().map(|(folder, _)| folder.as_str()).collect();
    let wrong: Vec<String> = members
        .iter()
        .flat_map(|(folder, manifest)| check_use(folder, manifest, sources(), &folders))
        .collect();
    assert_none(&wrong);
}

#[test]
fn a_bad_manifest_is_caught() {
    let manifest: toml::Table = "[package]\nname = \"smile-a\"\n[dependencies]\nserde = \"1\"\nhex.workspace = true\n\
        base-64.workspace = true\nsha2.workspace = true\n[dev-dependencies]\ntoml.workspace = true\nzip.workspace = true\n\
        [target.'cfg(unix)'.dependencies]\nnix = \"1\"\nrustix.workspace = true"
        .parse()
        .expect("the example is TOML");
    assert_caught(
        &check_manifest(&manifest),
        &["serde is not pinned", "nix is not pinned", "lints"],
    );
    let files = [
        SourceFile::example(
            "a/src/lib.rs",
            "use serde::X;\nuse base_64::Y;\nuse nix::Z;\n// sha2",
        ),
        SourceFile::example("a/tests/b.rs", "use toml::X;\nuse hex::Y;"),
        SourceFile::example("a/inner/src/lib.rs", "use sha2::X;\nuse zip::Y;"),
    ];
    let wrong = check_use("a/", &manifest, &files, &["a/", "a/inner/"]);
    assert_caught(
        &wrong,
        &[
            "never uses hex",
            "never uses sha2",
            "never uses rustix",
            "never uses zip",
        ],
    );
    let root: toml::Table = "[workspace.dependencies]\nhex = \"1\"\nring = \"1\"\nrustix = \"1\""
        .parse()
        .expect("the example is TOML");
    assert_caught(&check_pins(&root, &[manifest]), &["ring is pinned"]);
}
