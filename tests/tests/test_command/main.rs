//! The command that runs all tests is tested itself, where a mistake in it would let something pass unseen.

use std::path::Path;
use std::process::Command;

use smile_tests::test_data::workspace_root;

/// Runs a script of the shell after it has read `tests/stages.sh`, in `folder`, as `tests/run` does.
fn shell(folder: &Path, script: &str, environment: &[(&str, &str)]) -> String {
    let stages = workspace_root().join("tests/stages.sh");
    let script = format!("set -euo pipefail\n. \"{}\"\n{script}", stages.display());
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).current_dir(folder);
    for variable in ["SMILE_SHARED", "SMILE_HOME", "CI"] {
        command.env_remove(variable);
    }
    let output = command
        .envs(environment.iter().copied())
        .output()
        .expect("bash starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_relative_folder_is_meant_where_the_command_was_given() {
    let given = tempfile::tempdir().expect("a temporary folder");
    let checkout = tempfile::tempdir().expect("another");
    std::fs::create_dir(given.path().join("data")).expect("a folder can be made");
    let given = given.path().display().to_string();
    let find =
        "find_test_data \"$GIVEN\"; echo \"$SMILE_SHARED\"; bash -c 'echo \"exported: $SMILE_SHARED\"'";
    let said = |named: &str| {
        shell(
            checkout.path(),
            find,
            &[("SMILE_SHARED", named), ("GIVEN", &given)],
        )
    };
    for named in ["data", &format!("{given}/data")] {
        assert_eq!(
            said(named),
            format!("test data: {given}/data\n{given}/data\nexported: {given}/data\n")
        );
    }
    // A folder that is not there is named in full, and nothing else is taken in its place.
    let missing = said("no-data");
    assert!(
        missing.starts_with(&format!(
            "test data: none ($SMILE_SHARED names {given}/no-data, which is no folder)"
        )),
        "{missing}"
    );
    assert!(
        missing.ends_with(&format!("exported: {given}/no-data\n")),
        "{missing}"
    );
    let home = |home: &str| {
        shell(
            checkout.path(),
            &format!("absolute '{home}' \"$GIVEN\""),
            &[("GIVEN", &given)],
        )
    };
    assert_eq!(home("some home"), format!("{given}/some home\n"));
    assert_eq!(home("/some/home"), "/some/home\n");
}

#[test]
fn without_a_name_the_folder_beside_the_checkout_is_sought_and_said() {
    let above = tempfile::tempdir().expect("a temporary folder");
    let checkout = above.path().join("checkout");
    std::fs::create_dir(&checkout).expect("a folder can be made");
    let beside = above.path().join("shared").display().to_string();
    assert_eq!(
        shell(&checkout, "find_test_data /anywhere", &[]),
        format!("test data: none (no $SMILE_SHARED, and no folder {beside}): what needs it is skipped\n")
    );
    std::fs::create_dir(&beside).expect("a folder can be made");
    assert_eq!(
        shell(&checkout, "find_test_data /anywhere", &[]),
        format!("test data: {beside}\n")
    );
}
