//! What cargo knows of the workspace: `cargo metadata`, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use smile_tests::test_data::workspace_root;

/// The answer of `cargo metadata`.
#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub workspace_members: BTreeSet<String>,
    pub resolve: Resolve,
}

/// A package of the workspace or of its lock.
#[derive(Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub license: Option<String>,
    pub manifest_path: PathBuf,
    pub dependencies: Vec<Dependency>,
    pub features: BTreeMap<String, Vec<String>>,
    pub targets: Vec<Target>,
    pub publish: Option<Vec<String>>,
}

/// A dependency as a manifest declares it; `kind` is `None` (normal), `dev` or `build`.
#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    pub kind: Option<String>,
    pub features: Vec<String>,
}

/// A library, program, test or build script.
#[derive(Deserialize)]
pub struct Target {
    pub kind: Vec<String>,
}

/// The resolved graph.
#[derive(Deserialize)]
pub struct Resolve {
    pub nodes: Vec<Node>,
}

/// A package with the packages that it uses.
#[derive(Deserialize)]
pub struct Node {
    pub id: String,
    pub deps: Vec<Edge>,
}

/// One use of a package by another, of one or more kinds.
#[derive(Deserialize)]
pub struct Edge {
    pub pkg: String,
    pub dep_kinds: Vec<EdgeKind>,
}

/// `kind` as in [`Dependency`].
#[derive(Deserialize)]
pub struct EdgeKind {
    pub kind: Option<String>,
}

impl Metadata {
    /// Our own crates.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The names of all packages that `root` links, directly or not; dev- and build-dependencies aside.
    pub fn linked_by(&self, root: &str) -> BTreeSet<&str> {
        let packages: BTreeMap<&str, &Package> = self.packages.iter().map(|p| (p.id.as_str(), p)).collect();
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
        let mut open: Vec<&str> = packages
            .values()
            .filter(|p| p.name == root)
            .map(|p| p.id.as_str())
            .collect();
        assert!(!open.is_empty(), "no package is named {root}");
        let mut reached = BTreeSet::new();
        while let Some(id) = open.pop() {
            for edge in &nodes[id].deps {
                let linked = edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
                if linked && reached.insert(edge.pkg.as_str()) {
                    open.push(&edge.pkg);
                }
            }
        }
        reached.into_iter().map(|id| packages[id].name.as_str()).collect()
    }
}

/// The workspace's metadata, all targets and platforms, with the lock as committed.
pub fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--locked"])
            .current_dir(workspace_root())
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints its documented JSON")
    })
}
