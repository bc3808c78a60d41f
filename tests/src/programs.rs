//! The workspace's own programs, as built beside the running test.

use std::path::PathBuf;

/// The path of a program of this workspace, for example `program("smile-rp")`.
///
/// Test binaries lie in `target/release/deps`, programs one folder above. `cargo test` alone does not build the
/// programs of other packages, so this asks for the build that `tests/run` does.
///
/// # Panics
/// If the program has not been built.
pub fn program(name: &str) -> PathBuf {
    let test_binary = std::env::current_exe().expect("a running test knows its own path");
    let profile_dir = test_binary
        .parent()
        .and_then(|deps| deps.parent())
        .expect("target/PROFILE/deps/TEST");
    let path = profile_dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build --release --workspace` first",
        path.display()
    );
    path
}
