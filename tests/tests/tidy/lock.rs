//! What `Cargo.lock` may hold: one registry, checksums, and none of the banned crates.

use std::collections::{BTreeMap, BTreeSet};

use crate::fences::NETWORK;
use crate::metadata::{Metadata, metadata};
use crate::sources::root_file;
use crate::{assert_caught, assert_none};

/// Crates that must not come back, whoever pulls them in: a second cryptography library, a TLS stack of the
/// system, HTTP/2 for a server that needs none, or a licence that ours cannot live with.
const BANNED: &[&str] = &[
    "ring",
    "openssl",
    "openssl-sys",
    "native-tls",
    "h2",
    "actix-governor",
];

/// The locks of the workspaces of this repository: the product's, and those that `tests/run` does not build.
const LOCKS: [&str; 3] = ["Cargo.lock", "tests/benches/Cargo.lock", "tests/fuzz/Cargo.lock"];

fn locked(lock: &str) -> Vec<toml::Table> {
    let lock: toml::Table = lock.parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("Cargo.lock lists packages");
    packages
        .iter()
        .map(|package| package.as_table().expect("a package is a table").clone())
        .collect()
}

fn text<'a>(package: &'a toml::Table, member: &str) -> &'a str {
    package
        .get(member)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

fn check_bans(lock: &str, banned: &[&str]) -> Vec<String> {
    let packages = locked(lock);
    let names = packages.iter().map(|package| text(package, "name"));
    names
        .filter(|name| banned.contains(name))
        .map(|name| format!("{name} is banned"))
        .collect()
}

/// Every package is a member of the workspace or comes, with its checksum, from the one registry.
fn check_origins(lock: &str, members: &BTreeSet<&str>) -> Vec<String> {
    let packages = locked(lock);
    let registries: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "source"))
        .filter(|source| !source.is_empty())
        .collect();
    let mut wrong = Vec::new();
    if registries.len() > 1 {
        wrong.push(format!("packages come from {registries:?}"));
    }
    for package in &packages {
        let (name, source) = (text(package, "name"), text(package, "source"));
        if source.is_empty() && !members.contains(name) {
            wrong.push(format!("{name} comes from a path outside the workspace"));
        }
        if !source.is_empty() && (!source.starts_with("registry+") || text(package, "checksum").len() != 64) {
            wrong.push(format!("{name} comes from {source:?} without a checksum"));
        }
    }
    wrong
}

/// `deny.toml` bans the same crates.
fn check_deny(deny: &str) -> Vec<String> {
    let deny: toml::Table = deny.parse().expect("deny.toml is TOML");
    let listed = deny["bans"]["deny"].as_array().expect("[bans] deny is a list");
    let named: BTreeSet<&str> = listed
        .iter()
        .filter_map(|ban| ban.get("crate").and_then(|name| name.as_str()))
        .collect();
    let here: BTreeSet<&str> = BANNED.iter().copied().collect();
    named
        .symmetric_difference(&here)
        .map(|name| format!("{name} is banned in one place only"))
        .collect()
}

/// A build script runs with the builder's rights. Ours do not exist, and those of others link none of the crates that
/// speak to a network. That is all that is proved: one could still open a socket with `std` alone, or start a program
/// that downloads.
fn check_build_scripts(metadata: &Metadata) -> Vec<String> {
    let script = |kinds: &Vec<String>| kinds.iter().any(|kind| kind == "custom-build");
    let mut wrong: Vec<String> = metadata
        .members()
        .filter(|package| package.targets.iter().any(|target| script(&target.kind)))
        .map(|package| format!("{} has a build script", package.name))
        .collect();
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package.name.as_str()))
        .collect();
    for node in &metadata.resolve.nodes {
        let build = |edge: &&crate::metadata::Edge| {
            edge.dep_kinds
                .iter()
                .any(|kind| kind.kind.as_deref() == Some("build"))
        };
        for edge in node.deps.iter().filter(build) {
            let tool = names[edge.pkg.as_str()];
            let mut linked = metadata.linked_by(tool);
            linked.insert(tool);
            let network = linked.into_iter().filter(|name| NETWORK.contains(name));
            wrong.extend(
                network.map(|name| format!("the build script of {} links {name}", names[node.id.as_str()])),
            );
        }
    }
    wrong
}

#[test]
fn no_banned_crate_is_in_the_lock() {
    for lock in LOCKS {
        assert_none(&check_bans(&root_file(lock), BANNED));
    }
}

#[test]
fn deny_toml_bans_the_same_crates() {
    assert_none(&check_deny(&root_file("deny.toml")));
}

#[test]
fn every_package_comes_from_one_registry_with_its_checksum() {
    let members = metadata()
        .members()
        .map(|package| package.name.as_str())
        .chain(["smile-benches", "smile-fuzz"])
        .collect();
    for lock in LOCKS {
        assert_none(&check_origins(&root_file(lock), &members));
    }
}

#[test]
fn no_build_script_links_a_network_crate() {
    assert_none(&check_build_scripts(metadata()));
}

#[test]
fn a_bad_lock_is_caught() {
    let checksum = "0".repeat(64);
    let package =
        |name: &str, rest: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}\n");
    let good = package(
        "serde",
        &format!("source = \"registry+one\"\nchecksum = \"{checksum}\""),
    );
    let members = BTreeSet::from(["smile-a"]);
    assert_none(&check_origins(&(package("smile-a", "") + &good), &members));
    assert_none(&check_bans(&good, BANNED));
    let bad = good.clone()
        + &package("smile-b", "")
        + &package("ring", "source = \"git+somewhere\"")
        + &package("h2", "source = \"registry+one\"");
    assert_caught(
        &check_origins(&bad, &members),
        &["come from {", "smile-b comes", "ring comes", "h2 comes"],
    );
    assert_caught(&check_bans(&bad, BANNED), &["ring is", "h2 is"]);
    let listed: Vec<String> = BANNED[1..]
        .iter()
        .map(|name| format!("{{ crate = \"{name}\" }}"))
        .collect();
    assert_caught(
        &check_deny(&format!("[bans]\ndeny = [{}]", listed.join(","))),
        &["ring is banned in one"],
    );
}

#[test]
fn a_build_script_that_links_a_network_crate_is_caught() {
    let package = |name: &str, kinds: &[&str]| {
        serde_json::json!({"id": name, "name": name, "version": "1.0.0",
        "license": null, "manifest_path": "Cargo.toml", "dependencies": [], "features": {}, "publish": null,
        "targets": [{"kind": kinds}]})
    };
    let node = |id: &str, uses: &[(&str, Option<&str>)]| {
        let deps: Vec<serde_json::Value> = uses
            .iter()
            .map(|(pkg, kind)| serde_json::json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]}))
            .collect();
        serde_json::json!({"id": id, "deps": deps})
    };
    let workspace = serde_json::json!({
        "packages": [package("ours", &["custom-build"]), package("sys", &["lib"]), package("cc", &["lib"]),
            package("fetcher", &["lib"]), package("ureq", &["lib"])],
        "workspace_members": ["ours"],
        "resolve": {"nodes": [node("ours", &[("ureq", None)]), node("sys", &[("fetcher", Some("build")), ("cc", Some("build"))]),
            node("cc", &[]), node("fetcher", &[("ureq", None)]), node("ureq", &[])]}
    });
    let workspace: Metadata =
        serde_json::from_value(workspace).expect("the example has the shape of cargo's answer");
    assert_caught(
        &check_build_scripts(&workspace),
        &["ours has a build script", "build script of sys links ureq"],
    );
}
