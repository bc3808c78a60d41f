//! Third parties are fenced: each may be used by the rooms, and in the folders, that are named here.

use std::collections::BTreeSet;

use crate::code::{code_only, words};
use crate::imports::imports;
use crate::metadata::{Metadata, metadata};
use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// A package, or with a `*` at its end a family of them, and the only crates that may name it as a dependency.
const CRATE_FENCES: &[(&str, &[&str])] = &[
    ("candle*", &["smile-models"]),
    ("gemm*", &["smile-models"]),
    ("sled", &["smile-relying-party"]),
    (
        "actix*",
        &["smile-agent", "smile-relying-party", "smile-quickstart"],
    ),
    ("aws-lc*", &["smile-ceremony"]),
    ("governor", &["smile-relying-party"]),
    ("rustls*", &["smile-agent"]),
    ("cosmic-text", &["smile-relying-party"]),
    ("icu_*", &["smile-ceremony"]),
    ("openh264*", &["smile-quickstart"]),
    ("re_mp4", &["smile-quickstart"]),
    ("psl*", &["smile-authenticator"]),
    ("rustix", &["smile-authenticator"]),
    ("utoipa*", &["smile-relying-party"]),
];

/// A path's first part and the only places (path beginnings) whose code may begin with it.
const FOLDER_FENCES: &[(&str, &[&str])] = &[
    ("candle_core", &["models/src/"]),
    ("gemm", &["models/src/kernels"]),
    (
        "sled",
        &[
            "relying-party/src/store",
            "relying-party/tests/relying_party/store_",
        ],
    ),
    (
        "actix_web",
        &[
            "relying-party/src/http",
            "relying-party/src/server.rs",
            "docs/quickstart/src/shop/",
            "authenticator/agent/src/http/",
        ],
    ),
    ("actix_ws", &["authenticator/agent/src/http/"]),
    (
        "aws_lc_rs",
        &[
            "relying-party/ceremony/src/signature",
            "relying-party/ceremony/tests/",
            // What is measured is the ratio to the raw verification.
            "tests/benches/src/",
        ],
    ),
    ("governor", &["relying-party/src/service/rate_limits.rs"]),
    (
        "rustls",
        &[
            "authenticator/agent/src/tls",
            "authenticator/agent/tests/agent/https",
        ],
    ),
    (
        "rustls_aws_lc_rs",
        &[
            "authenticator/agent/src/tls",
            "authenticator/agent/tests/agent/https",
        ],
    ),
    ("cosmic_text", &["relying-party/src/picture/"]),
    ("icu_normalizer", &["relying-party/ceremony/src/payment/name.rs"]),
    ("icu_properties", &["relying-party/ceremony/src/payment/name.rs"]),
    ("openh264", &["docs/quickstart/src/"]),
    ("re_mp4", &["docs/quickstart/src/"]),
    ("psl", &["authenticator/src/client/facets/"]),
    ("rustix", &["authenticator/src/clock.rs"]),
    ("utoipa", &["relying-party/src/http/openapi"]),
];

/// Packages that speak to a network. Nothing that touches a face may link one, by any detour.
pub const NETWORK: &[&str] = &[
    "actix-http",
    "actix-server",
    "actix-web",
    "async-std",
    "attohttpc",
    "awc",
    "curl",
    "curl-sys",
    "h2",
    "hyper",
    "isahc",
    "libp2p",
    "mio",
    "native-tls",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tungstenite",
    "ureq",
];

/// Rooms that see a face, and the protocol room that they share with the other side.
const WITHOUT_NETWORK: &[&str] = &[
    "smile-models",
    "smile-face",
    "smile-authenticator",
    "smile-protocol",
];

fn is_fenced(name: &str, fence: &str) -> bool {
    fence
        .strip_suffix('*')
        .map_or(name == fence, |family| name.starts_with(family))
}

fn check_crates(metadata: &Metadata) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in metadata.members() {
        for dependency in &package.dependencies {
            let fence = CRATE_FENCES
                .iter()
                .find(|(fence, _)| is_fenced(&dependency.name, fence));
            if fence.is_some_and(|(_, rooms)| !rooms.contains(&package.name.as_str())) {
                wrong.push(format!(
                    "{} depends on {}, which is fenced",
                    package.name, dependency.name
                ));
            }
        }
    }
    wrong
}

fn check_folders(files: &[SourceFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let (imported, code) = imports(&code_only(file.text()));
        for (fence, places) in FOLDER_FENCES {
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            let lines = code.lines().enumerate();
            let named = lines
                .filter(|(_, line)| begins_path(line, fence))
                .map(|(index, _)| index + 1);
            let brought = imported
                .iter()
                .filter(|import| import.root() == *fence)
                .map(|import| import.line);
            let found: BTreeSet<usize> = named.chain(brought).collect();
            wrong.extend(
                found
                    .iter()
                    .map(|line| format!("{}:{line}: {fence} is fenced", file.path)),
            );
        }
    }
    wrong
}

/// Whether a path of the line begins with the crate's name: `sled::open`, `::sled::Db`, `extern crate sled`, but not
/// `store::sled::Engine`, which is a module of ours. What `use` brings in is looked at apart.
fn begins_path(line: &str, name: &str) -> bool {
    words(line).any(|(before, word)| {
        let after = &line[before.len() + word.len()..];
        let rooted = before
            .strip_suffix("::")
            .is_none_or(|start| !start.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        let linked = before.trim_end().ends_with("extern crate");
        word == name && rooted && (after.starts_with("::") || linked)
    })
}

fn check_network<'a>(room: &str, linked: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let network: BTreeSet<&str> = NETWORK.iter().copied().collect();
    linked
        .into_iter()
        .filter(|name| network.contains(name))
        .map(|name| format!("{room} links {name}"))
        .collect()
}

/// Features that open a gate for tests: those whose name begins with `danger`, and the server's `conformance`.
fn opens_a_gate(feature: &str) -> bool {
    feature.starts_with("danger") || feature == "conformance"
}

/// A dependency that ships must not switch on a feature that opens a gate, nor may a feature that is on by default.
fn check_danger(metadata: &Metadata) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in metadata.members() {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        {
            let danger = dependency.features.iter().filter(|feature| opens_a_gate(feature));
            wrong.extend(
                danger.map(|feature| format!("{} ships {}/{feature}", package.name, dependency.name)),
            );
        }
        for (feature, enables) in package
            .features
            .iter()
            .filter(|(feature, _)| !opens_a_gate(feature))
        {
            let danger = enables
                .iter()
                .filter(|enabled| enabled.split('/').any(opens_a_gate));
            wrong.extend(
                danger.map(|enabled| format!("{}: feature {feature} enables {enabled}", package.name)),
            );
        }
    }
    wrong
}

#[test]
fn third_parties_are_used_only_by_their_rooms() {
    assert_none(&check_crates(metadata()));
}

#[test]
fn third_parties_are_named_only_in_their_folders() {
    assert_none(&check_folders(sources()));
}

#[test]
fn nothing_that_touches_a_face_links_a_network() {
    let wrong: Vec<String> = WITHOUT_NETWORK
        .iter()
        .flat_map(|room| check_network(room, metadata().linked_by(room)))
        .collect();
    assert_none(&wrong);
}

#[test]
fn a_dangerous_feature_is_never_shipped() {
    assert_none(&check_danger(metadata()));
    let face = metadata()
        .members()
        .find(|package| package.name == "smile-face")
        .expect("the room exists");
    assert!(
        face.features.contains_key("danger-forged-match"),
        "the feature this test guards has another name now"
    );
    let server = metadata()
        .members()
        .find(|package| package.name == "smile-relying-party")
        .expect("the room exists");
    assert!(
        server.features.contains_key("conformance"),
        "the feature this test guards has another name now"
    );
}

#[test]
fn a_third_party_outside_its_folder_is_caught() {
    let example = |text| [SourceFile::example("relying-party/src/service/pay.rs", text)];
    for bad in [
        "use sled;",
        "let db = sled::open(path);",
        "use sled::Db;",
        "fn f(d: &::sled::Db) {}",
        "use {sled::Db};",
        "use ::sled as db;",
        "use {std::fmt, ::sled as db};",
        "pub(crate) use sled::{\n    Db,\n    IVec,\n};",
        "extern crate sled as db;",
    ] {
        assert_caught(&check_folders(&example(bad)), &["pay.rs:1: sled is fenced"]);
    }
    for good in [
        "use crate::store::sled::Engine;",
        "use crate::store::{memory, sled as engine};",
        "// sled::open",
        "mod sled;",
        "f(\"sled::x\")",
        "let sled = 1;",
    ] {
        assert_none(&check_folders(&example(good)));
    }
    assert_none(&check_folders(&[SourceFile::example(
        "relying-party/src/store/sled/open.rs",
        "use sled::Db;",
    )]));
}

#[test]
fn a_network_behind_a_detour_is_caught() {
    assert_caught(
        &check_network("smile-face", metadata().linked_by("smile-relying-party")),
        &[
            "actix-http",
            "actix-server",
            "actix-web",
            "mio",
            "socket2",
            "tokio",
            "ureq",
        ],
    );
}

#[test]
fn a_fenced_dependency_and_a_shipped_danger_are_caught() {
    let dependency = |name: &str, kind: Option<&str>, features: &[&str]| serde_json::json!({"name": name, "kind": kind, "features": features});
    let workspace: Metadata = serde_json::from_value(serde_json::json!({
        "packages": [{"id": "a", "name": "smile-a", "version": "0.1.0", "license": null, "publish": [],
            "manifest_path": "Cargo.toml", "targets": [],
            "features": {"default": ["smile-face/danger-forged-match"], "danger-x": ["smile-face/danger-forged-match"]},
            "dependencies": [dependency("candle-nn", Some("dev"), &[]), dependency("sledge", None, &[]),
                dependency("smile-face", None, &["danger-forged-match"]),
                dependency("smile-relying-party", None, &["conformance"]),
                dependency("smile-face", Some("dev"), &["danger-forged-match"])]}],
        "workspace_members": ["a"], "resolve": {"nodes": []}
    }))
    .expect("the example has the shape of cargo's answer");
    assert_caught(&check_crates(&workspace), &["smile-a depends on candle-nn"]);
    assert_caught(
        &check_danger(&workspace),
        &[
            "smile-a ships smile-face/danger-forged-match",
            "smile-a ships smile-relying-party/conformance",
            "feature default enables",
        ],
    );
}
