//! Who may use whom. The drawing is in `docs/architecture.md`; here it is compared with what cargo sees.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::{Metadata, Package, metadata};
use crate::sources::root_file;
use crate::{assert_caught, assert_none};

/// Each room with the rooms that it links: exactly these, no fewer and no more.
const ARROWS: &[(&str, &[&str])] = &[
    ("smile-protocol", &[]),
    ("smile-models", &[]),
    ("smile-weights", &[]),
    ("smile-face", &["smile-models"]),
    ("smile-authenticator", &["smile-face", "smile-protocol"]),
    (
        "smile-agent",
        &[
            "smile-authenticator",
            "smile-face",
            "smile-models",
            "smile-protocol",
            "smile-weights",
        ],
    ),
    ("smile-lab", &["smile-face", "smile-models", "smile-weights"]),
    ("smile-ceremony", &["smile-protocol"]),
    ("smile-relying-party", &["smile-ceremony", "smile-protocol"]),
];

/// Rooms that may link everything, and that no room but they may link.
const ON_TOP: &[&str] = &["smile-quickstart", "smile-tests"];

/// Sides that never meet, whatever the kind of the dependency.
const NEVER: &[(&[&str], &[&str])] = &[
    (
        &[
            "smile-agent",
            "smile-authenticator",
            "smile-face",
            "smile-models",
            "smile-lab",
        ],
        &["smile-relying-party", "smile-ceremony"],
    ),
    (&["smile-models"], &["smile-protocol"]),
];

fn allowed(room: &str) -> Option<BTreeSet<&'static str>> {
    ARROWS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, uses)| uses.iter().copied().collect())
}

/// Own rooms that a room links; with `kind`, those behind dependencies of that kind.
fn uses<'a>(package: &'a Package, rooms: &BTreeSet<&str>, kind: Option<&str>) -> BTreeSet<&'a str> {
    let edges = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() == kind);
    edges
        .map(|dependency| dependency.name.as_str())
        // A room whose tests use the room itself, with a feature, points nowhere.
        .filter(|name| rooms.contains(name) && *name != package.name)
        .collect()
}

fn check_arrows(metadata: &Metadata) -> Vec<String> {
    let rooms: BTreeSet<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in metadata
        .members()
        .filter(|package| !ON_TOP.contains(&package.name.as_str()))
    {
        let name = package.name.as_str();
        let Some(drawn) = allowed(name) else {
            wrong.push(format!(
                "{name} is not drawn: add it to ARROWS and to docs/architecture.md"
            ));
            continue;
        };
        let linked: BTreeSet<&str> = &uses(package, &rooms, None) | &uses(package, &rooms, Some("build"));
        wrong.extend(
            linked
                .difference(&drawn)
                .map(|used| format!("{name} → {used} is not drawn")),
        );
        wrong.extend(
            drawn
                .difference(&linked)
                .map(|used| format!("{name} → {used} is drawn but not there")),
        );
        let in_tests = uses(package, &rooms, Some("dev"));
        let undrawn = in_tests.difference(&drawn);
        wrong.extend(undrawn.map(|used| format!("{name} → {used} is not drawn, not even for tests")));
    }
    wrong
}

/// Follows dependencies of every kind, through every room.
fn check_sides(metadata: &Metadata) -> Vec<String> {
    let rooms: BTreeSet<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    let direct: BTreeMap<&str, BTreeSet<&str>> = metadata
        .members()
        .map(|package| {
            let used = package
                .dependencies
                .iter()
                .map(|dependency| dependency.name.as_str());
            (
                package.name.as_str(),
                used.filter(|name| rooms.contains(name)).collect(),
            )
        })
        .collect();
    let reached = |from: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![from];
        while let Some(room) = open.pop() {
            open.extend(
                direct
                    .get(room)
                    .into_iter()
                    .flatten()
                    .filter(|next| seen.insert(next)),
            );
        }
        seen.into_iter().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let mut wrong = Vec::new();
    for (left, right) in NEVER {
        for (from, to) in left
            .iter()
            .flat_map(|l| right.iter().flat_map(move |r| [(*l, *r), (*r, *l)]))
        {
            if reached(from).contains(to) {
                wrong.push(format!("{from} reaches {to}"));
            }
        }
    }
    wrong
}

/// The drawing as the page has it: lines `room → other, other` (or `∅`) in the block that begins with ```` ```arrows ````.
fn drawn_arrows(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let block = page
        .split("```arrows\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap_or_default();
    let full = |room: &str| format!("smile-{}", room.trim());
    block
        .lines()
        .filter_map(|line| line.split_once('→'))
        .filter(|(_, uses)| !uses.contains("everything"))
        .map(|(room, uses)| {
            (
                full(room),
                uses.split(',')
                    .filter(|used| used.trim() != "∅")
                    .map(full)
                    .collect(),
            )
        })
        .collect()
}

fn check_drawing(page: &str) -> Vec<String> {
    let table: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(room, uses)| (room.to_string(), uses.iter().map(ToString::to_string).collect()))
        .collect();
    let drawn = drawn_arrows(page);
    let rooms: BTreeSet<&String> = table.keys().chain(drawn.keys()).collect();
    rooms
        .into_iter()
        .filter(|room| table.get(*room) != drawn.get(*room))
        .map(|room| {
            format!(
                "docs/architecture.md draws {room} as {:?}, it is {:?}",
                drawn.get(room),
                table.get(room)
            )
        })
        .collect()
}

#[test]
fn rooms_use_each_other_only_as_drawn() {
    assert_none(&check_arrows(metadata()));
}

#[test]
fn the_two_sides_never_meet() {
    assert_none(&check_sides(metadata()));
}

#[test]
fn the_architecture_page_draws_these_arrows() {
    assert_none(&check_drawing(&root_file("docs/architecture.md")));
}

/// A room with its dependencies as (name, kind).
type ExampleRoom<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

/// A workspace of made-up manifests.
fn example(rooms: &[ExampleRoom<'_>]) -> Metadata {
    let packages: Vec<serde_json::Value> = rooms
        .iter()
        .map(|(name, uses)| {
            let dependencies: Vec<serde_json::Value> = uses
                .iter()
                .map(|(used, kind)| serde_json::json!({"name": used, "kind": kind, "features": []}))
                .collect();
            serde_json::json!({"id": name, "name": name, "version": "0.1.0", "license": null, "publish": [],
                "manifest_path": "Cargo.toml", "dependencies": dependencies, "features": {}, "targets": []})
        })
        .collect();
    let members: Vec<&str> = rooms.iter().map(|(name, _)| *name).collect();
    let text =
        serde_json::json!({"packages": packages, "workspace_members": members, "resolve": {"nodes": []}});
    serde_json::from_value(text).expect("the example has the shape of cargo's answer")
}

#[test]
fn an_arrow_that_is_not_drawn_is_caught() {
    let workspace = example(&[
        ("smile-protocol", &[("serde", None)]),
        ("smile-models", &[("smile-protocol", Some("dev"))]),
        ("smile-weights", &[("smile-protocol", Some("build"))]),
        ("smile-face", &[("smile-models", None), ("smile-tests", None)]),
        ("smile-ceremony", &[]),
        ("smile-attic", &[]),
        ("smile-tests", &[("smile-protocol", None), ("smile-models", None)]),
    ]);
    assert_caught(
        &check_arrows(&workspace),
        &[
            "smile-models → smile-protocol is not drawn, not even for tests",
            "smile-weights → smile-protocol is not drawn",
            "smile-face → smile-tests is not drawn",
            "smile-ceremony → smile-protocol is drawn but not there",
            "smile-attic is not drawn",
        ],
    );
}

#[test]
fn sides_that_meet_by_a_detour_are_caught() {
    let workspace = example(&[
        ("smile-face", &[("smile-models", None)]),
        ("smile-models", &[("smile-weights", Some("dev"))]),
        ("smile-weights", &[("smile-ceremony", None)]),
        ("smile-ceremony", &[]),
    ]);
    assert_caught(
        &check_sides(&workspace),
        &["smile-face reaches smile-ceremony", "smile-models reaches"],
    );
}

#[test]
fn a_drawing_that_is_not_true_is_caught() {
    let page = "```arrows\nprotocol → ∅\nmodels → protocol\nweights → ∅\nface → models\n\
        authenticator → face, protocol\nagent → authenticator, face, models, protocol, weights\n\
        lab → face, models, weights\nceremony → protocol\n\
        relying-party → ceremony, protocol\nattic → ∅\nquickstart, tests → everything\n```\n";
    assert_caught(&check_drawing(page), &["draws smile-models", "draws smile-attic"]);
}
