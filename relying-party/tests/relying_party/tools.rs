//! The subcommands of `smile-rp` beside the server: their exit status, their input, and the old flags.

use crate::program::{configured, smile_rp};
use crate::script::{Player, rng};
use crate::signer::METADATA;
use serde_json::{Value, json};
use smile_ceremony::identifier::{AttemptId, ProcessorName};
use smile_ceremony::payment::Settlement;
use smile_ceremony::transition::Transition;
use smile_relying_party::store::SledStore;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

/// A well-formed command: GetInfo.
const GET_INFO: &[u8] = &[0x01, 0x34, 0, 0];

fn run(arguments: &[&str]) -> Output {
    smile_rp().args(arguments).output().expect("the program starts")
}

fn status(arguments: &[&str]) -> Option<i32> {
    run(arguments).status.code()
}

/// Runs the program with `input` on its standard input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = smile_rp()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn file(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("written");
    path.display().to_string()
}

#[test]
fn inspect_says_by_its_exit_status_whether_a_rule_is_broken() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let sound = file(folder.path(), "sound", GET_INFO);
    let cut = file(folder.path(), "cut", &GET_INFO[..3]);
    assert_eq!(status(&["inspect", "uaf", &sound]), Some(0));
    assert_eq!(status(&["inspect", "uaf", &cut]), Some(3));
    let missing = folder.path().join("missing").display().to_string();
    let output = run(&["inspect", "uaf", &missing]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("missing"), "{said}");
    assert_eq!(status(&["inspect", "fido2", &sound]), Some(2));
    assert_eq!(status(&["inspect", "uaf"]), Some(2));
}

#[test]
fn inspect_reads_standard_input_and_prints_one_json_object() {
    let output = run_with(&["inspect", "uaf", "-", "--json"], b"01 34 00 00\n");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 1);
    let map: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(map["encoding"], "hexadecimal");
    assert_eq!(map["kind"], "authenticator command");
    assert_eq!(map["broken"], 0);
    assert_eq!(map["layers"][1]["entries"][0]["tag"], "0x3401");
    assert_eq!(map["layers"][1]["entries"][0]["name"], "UAFV1_GETINFO_CMD");
    assert_eq!(map["layers"][1]["inside"], 0);
}

#[test]
fn a_table_holds_no_control_characters_of_its_input() {
    let hostile = b"{\"op\":\"Reg\",\"\\u001b[2J\":\"\\u001b[2J\",\"\\u001b[2J\":1}";
    let output = run_with(&["inspect", "uaf", "-"], hostile);
    assert_eq!(output.status.code(), Some(3), "a member occurs twice");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("\\u{1b}[2J"), "{text}");
}

#[test]
fn metadata_is_written_again_and_a_bad_statement_is_refused_beside_good_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let good = file(folder.path(), "good.json", METADATA.as_bytes());
    let output = run(&["metadata", "--format", "uaf", &good, &good]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let written: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let original: Value = serde_json::from_str(METADATA).expect("JSON");
    assert_eq!(written, [original.clone(), original.clone()]);
    let output = run(&["metadata", "--format", "fido2", "--legal-header", "ours", &good]);
    assert_eq!(output.status.code(), Some(0));
    let version_3: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&version_3["schema"], &version_3["legalHeader"]),
        (&json!(3), &json!("ours"))
    );
    assert_eq!(
        version_3["authenticationAlgorithms"],
        json!(["secp256r1_ecdsa_sha256_raw"])
    );
    // And back: what version 3 says is what was said before.
    let named = file(folder.path(), "named.json", &output.stdout);
    let output = run(&["metadata", "--format", "uaf", &named]);
    let back: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(back, original);
    let unnamed = METADATA.replace("\"keyProtection\":1", "\"keyProtection\":32768");
    assert_ne!(unnamed, METADATA);
    let unnamed = file(folder.path(), "unnamed.json", unnamed.as_bytes());
    assert_eq!(
        status(&["metadata", "--format", "fido2", &unnamed]),
        Some(3),
        "no name for a flag"
    );
    let bad = METADATA.replace("\"aaid\"", "\"aaaid\"");
    let bad = file(folder.path(), "bad.json", bad.as_bytes());
    let output = run(&["metadata", "--format", "uaf", &bad, &good]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("bad.json: aaid: is required"), "{said}");
    assert_eq!(status(&["metadata", "--format", "uaf", "/nonexistent"]), Some(1));
    assert_eq!(status(&["metadata", &good]), Some(2));
}

#[test]
fn the_flags_of_the_server_are_as_they_were() {
    assert_eq!(status(&[]), Some(2), "a configuration is required");
    assert_eq!(status(&["--check"]), Some(2));
    assert_eq!(status(&["--config", "/nonexistent"]), Some(5));
    assert_eq!(status(&["--config", "/nonexistent", "--check"]), Some(5));
    assert_eq!(status(&["--new-api-key"]), Some(0));
    assert_eq!(
        status(&["--new-api-key", "inspect", "uaf", "-"]),
        Some(2),
        "a flag of the server with a tool"
    );
    let help = run(&["--help"]);
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    for part in [
        "--config",
        "--check",
        "--new-api-key",
        "inspect",
        "vectors",
        "metadata",
        "Exit status:",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn books_that_are_not_right_are_told_by_the_exit_status() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configured(folder.path(), "sled");
    let audit = || run(&["books", "--config", configuration.to_str().expect("text")]);
    assert_eq!(audit().status.code(), Some(1), "there is no store yet");
    assert!(!folder.path().join("data/store").exists(), "and none is made");
    let open = || SledStore::open(&folder.path().join("data/store")).expect("sled opens");
    std::fs::create_dir_all(folder.path().join("data")).expect("made");
    drop(open());
    let empty = audit();
    assert_eq!(String::from_utf8_lossy(&empty.stdout), "0 entries, balanced\n");
    // A payment that says it was captured, and nothing booked.
    let store = open();
    let mut player = Player::new(&store);
    let payment = player.new_payment(0, false, Settlement::Direct);
    let mut record = serde_json::to_value(&payment).expect("serialises");
    (record["status"], record["captured"]) = ("succeeded".into(), 145.into());
    let payment = serde_json::from_value(record).expect("a payment");
    player.commit(Transition::CreatePayment(Box::new(payment)));
    drop(store);
    let wrong = audit();
    assert_eq!(wrong.status.code(), Some(3), "{wrong:?}");
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("1.45 EUR went in, and nothing is booked"),
        "{wrong:?}"
    );
    let memory = configured(folder.path(), "memory");
    let refused = run(&["books", "--config", memory.to_str().expect("text")]);
    assert_eq!(refused.status.code(), Some(5));
}

/// A store with a capture that is open since each of these times; the names of the questions.
fn with_open_captures(folder: &Path, since: &[u64]) -> Vec<String> {
    std::fs::create_dir_all(folder.join("data")).expect("made");
    let store = SledStore::open(&folder.join("data/store")).expect("sled opens");
    let mut player = Player::new(&store);
    let name = ProcessorName::parse("sidecar").expect("a name");
    let mut ids = Vec::new();
    for since in since {
        let payment = player.new_payment(0, false, Settlement::Processor(name.clone()));
        let mut record = serde_json::to_value(&payment).expect("serialises");
        let attempt = AttemptId::generate(&mut rng(&mut player.drawn));
        record["status"] = "processing".into();
        record["attempt"] =
            json!({"id": attempt, "kind": "capture", "amount": record["amount"], "begun_at_ms": since});
        let payment = serde_json::from_value(record).expect("a payment");
        player.commit(Transition::CreatePayment(Box::new(payment)));
        ids.push(attempt.to_string());
    }
    ids
}

fn pending(configuration: &str) -> Vec<Value> {
    let output = run(&["pending", "--config", configuration]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn what_is_open_is_listed_the_oldest_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configured(folder.path(), "sled").display().to_string();
    let ids = with_open_captures(folder.path(), &[2_000, 1_000, 3_000]);
    let calls = pending(&configuration);
    let order: Vec<&str> = calls.iter().filter_map(|call| call["attempt"].as_str()).collect();
    assert_eq!(order, [&ids[1], &ids[0], &ids[2]]);
    assert_eq!(
        (
            &calls[0]["type"],
            &calls[0]["asked_since"],
            &calls[0]["processor"]
        ),
        (&json!("capture"), &json!(1), &json!("sidecar"))
    );
}

#[test]
fn what_is_open_is_settled_by_hand_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configured(folder.path(), "sled").display().to_string();
    let ids = with_open_captures(folder.path(), &[1_000, 2_000, 3_000]);
    let settle = |attempt: &str, arguments: &[&str]| {
        run(&[
            &[
                "settle",
                "--config",
                &configuration,
                "--attempt",
                attempt,
                "--outcome",
            ],
            arguments,
        ]
        .concat())
    };
    for (attempt, arguments, status, said) in [
        ("at_none", ["approved"].as_slice(), 3, "no such attempt"),
        (&ids[0], &["perhaps"], 2, "perhaps"),
        (&ids[0], &["declined", "--decline-code", "x"], 2, "--decline-code"),
        (
            &ids[0],
            &["approved", "--decline-code", "do_not_honour"],
            2,
            "--decline-code",
        ),
    ] {
        let refused = settle(attempt, arguments);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(status), "{arguments:?}");
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(pending(&configuration).len(), 3, "nothing changed");
    assert_eq!(settle(&ids[0], &["approved"]).status.code(), Some(0));
    let declined = ["declined", "--decline-code", "account_closed"];
    assert_eq!(settle(&ids[1], &declined).status.code(), Some(0));
    assert_eq!(settle(&ids[1], &declined).status.code(), Some(3), "once");
    assert_eq!(pending(&configuration).len(), 1);
    let audit = run(&["books", "--config", &configuration]);
    let text = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert_eq!(
        (audit.status.code(), text.contains("1 entries")),
        (Some(0), true),
        "{text}"
    );
}

#[test]
fn a_check_counts_the_statements() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configured(folder.path(), "memory");
    let checked = || {
        let path = configuration.to_str().expect("UTF-8");
        let output = run(&["--config", path, "--check"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = checked();
    assert!(
        said.ends_with(": accepted, with 1 metadata statement\n"),
        "{said}"
    );
    let second = METADATA.replace("FFFF#5399", "FFFF#FC01");
    std::fs::write(folder.path().join("metadata/second.json"), second).expect("written");
    let said = checked();
    assert!(
        said.ends_with(": accepted, with 2 metadata statements\n"),
        "{said}"
    );
}
