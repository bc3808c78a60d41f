//! The command that runs all tests is tested itself, where a mistake in it would let something pass unseen.

use std::path::Path;
use std::process::{Command, Output};

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

/// Writes a program by way of another process: a handle of ours that a child inherits would keep the file busy.
fn program(path: &Path, text: &str) {
    let write = "printf %s \"$1\" > \"$0\" && chmod +x \"$0\"";
    let written = Command::new("sh")
        .args(["-c", write])
        .arg(path)
        .arg(text)
        .status();
    assert!(written.expect("sh starts").success());
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

/// `tests/offline` with a kernel that answers `unshare` so.
fn offline(unshare: &str, command: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    program(&folder.path().join("unshare"), unshare);
    let path = std::env::var("PATH").expect("there is a PATH");
    Command::new(workspace_root().join("tests/offline"))
        .args(command)
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .output()
        .expect("the script starts")
}

#[test]
fn without_a_network_namespace_nothing_runs_and_the_skip_is_said() {
    let refused = offline("#!/bin/sh\nexit 1\n", &["echo", "it ran"]);
    assert_eq!(refused.status.code(), Some(77));
    assert_eq!(
        String::from_utf8_lossy(&refused.stdout),
        "skipped: offline: this machine allows no network namespace\n"
    );
    for option in ["-n", "-rn"] {
        // Grants `true` its namespace, and shows what else would run in one.
        let granting = format!(
            "#!/bin/sh\n[ \"$1\" = {option} ] || exit 1\nshift\n[ \"$1\" = true ] || echo \"inside: $*\"\n"
        );
        let granted = offline(&granting, &["echo", "it ran"]);
        let said = String::from_utf8_lossy(&granted.stdout).into_owned();
        assert_eq!(granted.status.code(), Some(0));
        assert!(
            said.starts_with("offline: in a ") && said.contains("network namespace of its own"),
            "{said}"
        );
        assert!(
            said.contains("inside: ") && said.contains("--inside echo it ran"),
            "{said}"
        );
    }
}

#[test]
fn a_second_run_that_cannot_be_cut_off_is_a_skip_and_fails_in_ci() {
    let checkout = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(checkout.path().join("tests")).expect("a folder can be made");
    let stage = "work=$PWD time_limit_s=60; check offline run_quickstart again; echo \"sums: $passed $failed $skipped\"";
    let sums = |answer: &str, environment: &[(&str, &str)]| {
        program(
            &checkout.path().join("tests/offline"),
            &format!("#!/bin/sh\n{answer}\n"),
        );
        let said = shell(checkout.path(), stage, environment);
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(sums("echo 'skipped: none'; exit 77", &[]), "sums: 0 0 1");
    assert_eq!(
        sums("echo 'skipped: none'; exit 77", &[("CI", "true")]),
        "sums: 0 1 0"
    );
    assert_eq!(sums("echo 'the program failed'; exit 1", &[]), "sums: 0 1 0");
    assert_eq!(sums("echo 'offline: in a namespace'; exit 0", &[]), "sums: 1 0 0");
}
