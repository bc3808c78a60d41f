//! The files of the checkout as git sees them: tracked, or new and not ignored.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use smile_tests::test_data::workspace_root;

/// A file of the repository.
pub struct SourceFile {
    /// Path below the root, with `/`.
    pub path: String,
    /// Bytes on disk.
    pub size: u64,
    /// The text, or `None` for a file that is not UTF-8.
    pub text: Option<String>,
}

impl SourceFile {
    /// A made-up file for a checker's self-check.
    pub fn example(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            size: text.len() as u64,
            text: Some(text.into()),
        }
    }

    /// The text; empty for a file that is not UTF-8.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// All files of the repository. Each `Cargo.lock` is left out: it is written by cargo, and has a test module of its own.
pub fn sources() -> &'static [SourceFile] {
    static SOURCES: OnceLock<Vec<SourceFile>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        // The checkout may belong to another user than the one who tests it; listing it is harmless.
        let output = Command::new("git")
            .args([
                "-c",
                "safe.directory=*",
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(workspace_root())
            .output()
            .expect("git starts");
        assert!(
            output.status.success(),
            "git ls-files: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let listed = String::from_utf8(output.stdout).expect("paths are UTF-8");
        let paths = listed
            .split('\0')
            .filter(|path| !path.is_empty() && !path.ends_with("Cargo.lock"));
        paths.filter_map(|path| read(workspace_root(), path)).collect()
    })
}

/// `None` for a file that is listed but was deleted since.
fn read(root: &Path, path: &str) -> Option<SourceFile> {
    let bytes = std::fs::read(root.join(path)).ok()?;
    Some(SourceFile {
        path: path.into(),
        size: bytes.len() as u64,
        text: String::from_utf8(bytes).ok(),
    })
}

/// A file that must exist at the root.
pub fn root_file(path: &str) -> String {
    let full = workspace_root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{}: {error}", full.display()))
}

#[test]
fn the_repository_is_listed() {
    let paths: Vec<&str> = sources().iter().map(|file| file.path.as_str()).collect();
    assert!(
        paths.contains(&"Cargo.toml") && paths.contains(&"tests/tests/tidy/main.rs"),
        "{paths:?}"
    );
    assert!(
        !paths.iter().any(|path| path.starts_with("target/")),
        "ignored files are not the repository's"
    );
}
