//! The socket at which a running agent is met: who is let in, of what version, and what a killed agent leaves.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use smile_agent::control::socket;

use crate::running::Running;
use crate::stage::Stage;

/// What the agent answers to this line.
fn told(running: &Running, line: &str) -> Option<Value> {
    let path = socket(&running.stage.folder.path().join("agent"));
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).ok()
}

#[test]
fn both_ends_have_to_be_of_one_version() {
    let running = Running::of(Stage::new());
    let version = env!("CARGO_PKG_VERSION");
    let opening = |version: &str, order: Value| json!({"version": version, "order": order}).to_string();
    let good = told(&running, &opening(version, json!("status"))).unwrap();
    assert!(good["done"].as_str().unwrap().contains("no face"), "{good}");
    let code = |line: &str| told(&running, line).unwrap()["failed"]["code"].clone();
    assert_eq!(code(&opening("0.0.0", json!("status"))), "version_differs");
    assert_eq!(code("hello"), "version_differs");
    assert_eq!(code(&opening(version, json!("reboot"))), "usage");
}

#[test]
fn a_socket_that_a_killed_agent_left_is_in_nobodys_way() {
    let stage = Stage::new();
    let folder = stage.folder.path().join("agent");
    drop(UnixListener::bind(socket(&folder)).unwrap());
    assert!(socket(&folder).exists());
    let mut running = Running::of(stage);
    running.run(&["list"], "").must_be(0, None);
    let mode = std::fs::metadata(socket(&folder)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    running.door = None;
    assert!(!socket(&folder).exists());
    // The same in the way of a command, where no agent runs.
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("agent");
    std::fs::create_dir(&folder).unwrap();
    drop(UnixListener::bind(socket(&folder)).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_smile-agent"));
    let status = command
        .arg("--home")
        .arg(home.path())
        .arg("list")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn an_agent_that_ends_while_a_command_waits_is_missed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("agent");
    std::fs::create_dir(&folder).unwrap();
    let listener = UnixListener::bind(socket(&folder)).unwrap();
    // Lets the order in, and says nothing.
    let ends = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let output = Command::new(env!("CARGO_BIN_EXE_smile-agent"))
        .args(["--json", "--home"])
        .arg(home.path())
        .arg("list")
        .output()
        .unwrap();
    ends.join().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), &said["error"]["code"]),
        (Some(1), &json!("agent_gone"))
    );
}

#[test]
fn a_process_of_another_user_is_not_let_in() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let running = Running::of(Stage::new());
    let home = running.stage.folder.path();
    if std::fs::metadata(home).unwrap().uid() != 0 {
        println!("skipped: only the superuser can be somebody else");
        return;
    }
    // Even where somebody has opened the folder and the socket to all.
    let folder = home.join("agent");
    for (path, mode) in [(home, 0o755), (&folder, 0o755), (&socket(&folder), 0o666)] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let program = home.join("smile-agent");
    std::fs::copy(env!("CARGO_BIN_EXE_smile-agent"), &program).unwrap();
    let list = |user: u32| {
        let mut command = Command::new(&program);
        command.args(["--json", "--home"]).arg(home).arg("list").uid(user);
        command.output().unwrap()
    };
    assert!(list(0).status.success());
    let said: Value = serde_json::from_slice(&list(65_534).stdout).unwrap();
    assert_eq!(said["error"]["code"], "agent_gone");
}
