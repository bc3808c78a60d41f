//! What is kept, asked of a running agent.

use std::process::Command;

use serde_json::{Value, json};
use smile_agent::camera::CameraKind;
use smile_agent::pairing::WRONG_CODES_UNTIL_LOCKED;

use crate::running::{Running, server, with_key};
use crate::stage::{OTHER, SHOP, Stage, payment, registration};

#[test]
fn what_is_kept_is_told_by_the_agent_that_holds_the_home() {
    let (mut running, _) = with_key(CameraKind::Page);
    let listed = running.run(&["list"], "").must_be(0, None);
    assert_eq!(listed.lines.len(), 1);
    assert_eq!(listed.lines[0]["username"], "anna");
    let key = listed.lines[0]["key_id"].as_str().unwrap().to_owned();
    let shown = running.run(&["show", &key[..6]], "").must_be(0, None);
    assert_eq!(shown.lines, listed.lines);
    let shown = running.run(&["show"], "").must_be(0, None).lines;
    assert_eq!(
        (&shown[0]["enrolled"], &shown[0]["keys"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(shown[0]["consent"]["language"], "en");
    running.run(&["show", "!"], "").must_be(2, Some("usage"));
    let statement = running.run(&["metadata"], "").must_be(0, None).lines;
    let fido2 = running
        .run(&["metadata", "--format", "fido2"], "")
        .must_be(0, None)
        .lines;
    assert_eq!(fido2[0]["schema"], 3);
    let doctor = running.run(&["doctor"], "");
    let check = doctor
        .lines
        .iter()
        .find(|line| line["check"] == "authenticator")
        .unwrap();
    assert_eq!(check["ok"], true);
    let words = check["detail"].as_str().unwrap();
    assert!(
        words.contains(&running.stage.own_origin()) && words.contains("1 keys"),
        "{words}"
    );
    // Without its door the home is in use; without the agent it is opened as ever, and says the same.
    running.door = None;
    running.run(&["list"], "").must_be(5, Some("home_in_use"));
    let Stage { folder, running, .. } = running.stage;
    drop(running);
    let output = Command::new(env!("CARGO_BIN_EXE_smile-agent"))
        .args(["--json", "--home"])
        .arg(folder.path())
        .arg("metadata")
        .output()
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        statement[0]
    );
}

#[test]
fn a_removal_is_asked_about_on_the_commands_own_terminal() {
    let (running, _) = with_key(CameraKind::Page);
    let key = running.run(&["list"], "").lines[0]["key_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let declined = running
        .run(&["remove", &key], "n\n")
        .must_be(3, Some("cancelled"));
    assert!(
        declined.words.contains("This removes the key"),
        "{}",
        declined.words
    );
    // Nobody types: that is no yes.
    running.run(&["remove", &key], "").must_be(3, Some("cancelled"));
    assert_eq!(running.stage.running.agent.device.list().unwrap().len(), 1);
    let removed = running.run(&["remove", &key], "y\n").must_be(0, None);
    assert_eq!(removed.lines[0]["event"], "removed");
    assert!(running.stage.running.agent.device.list().unwrap().is_empty());
    running.run(&["remove", "--face", "--yes"], "").must_be(0, None);
    assert!(!running.stage.running.agent.device.status().unwrap().enrolled);
    assert_eq!(running.stage.running.agent.consent.read().unwrap(), None);
}

#[test]
fn pairings_are_listed_revoked_and_unlocked() {
    let (stage, token) = Stage::paired();
    let running = Running::of(stage);
    let listed = running.run(&["pairings", "list"], "").must_be(0, None);
    assert_eq!(listed.lines[0]["origin"], SHOP);
    let unlock = ["pairings", "unlock", OTHER];
    running.run(&unlock, "").must_be(2, Some("usage"));
    for wrong in 0..WRONG_CODES_UNTIL_LOCKED {
        if wrong.is_multiple_of(5) {
            running.stage.clock.advance(600_000);
        }
        let begun = running.stage.ask(OTHER, None, "POST /v1/pairings", None).json();
        let line = format!("POST /v1/pairings/{}", begun["id"].as_str().unwrap());
        let code = running.stage.code(OTHER);
        let other = if code == "000000" { "000001" } else { "000000" };
        let refused = running
            .stage
            .ask(OTHER, None, &line, Some(&json!({"code": other})));
        assert_eq!(refused.code(), "pairing_code_wrong");
    }
    let listed = running.run(&["pairings", "list"], "").must_be(0, None);
    assert_eq!(listed.lines[1], json!({"origin": OTHER, "locked": true}));
    assert_eq!(
        running.stage.ask(OTHER, None, "POST /v1/pairings", None).code(),
        "pairing_locked"
    );
    running.run(&unlock, "").must_be(0, None);
    running.stage.clock.advance(600_000);
    assert_eq!(
        running.stage.ask(OTHER, None, "POST /v1/pairings", None).status,
        201
    );
    running.run(&["pairings", "revoke", SHOP], "").must_be(0, None);
    running
        .run(&["pairings", "revoke", SHOP], "")
        .must_be(2, Some("usage"));
    assert_eq!(
        running.stage.open(&token, &registration()).code(),
        "token_refused"
    );
    assert!(
        running
            .run(&["pairings", "list"], "")
            .must_be(0, None)
            .lines
            .is_empty()
    );
}

#[test]
fn what_belongs_to_the_agent_is_not_said_by_a_command() {
    let (running, _) = with_key(CameraKind::Page);
    let server = server(&payment("Pay 1.00 EUR"), "Auth");
    let pay = ["pay", "--server", &server, "--client-secret", "s"];
    for more in [
        ["--camera", "images:."],
        ["--weights", "."],
        ["--app-id-server", "https://pay.example/=http://127.0.0.1:1"],
    ] {
        running
            .run(&[&pay[..], &more].concat(), "")
            .must_be(2, Some("usage"));
    }
    let other = ["list", "--aaid", "ABCD#0001"];
    running.run(&other, "").must_be(5, Some("home_unusable"));
    running.run(&["list", "--aaid", "FFFF#5301"], "").must_be(0, None);
}

#[test]
fn an_agent_that_is_at_something_else_says_so_at_once() {
    let (running, token) = with_key(CameraKind::Page);
    let (id, nonce) = running.stage.opened(&token, &payment("Pay 1.00 EUR"));
    let mut page = running.stage.page(&id, &nonce);
    assert_eq!(page.hear().unwrap()["type"], "asks");
    running.run(&["list"], "").must_be(3, Some("operation_busy"));
    let server = server(&payment("Pay 2.00 EUR"), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    running.run(&pay, "").must_be(3, Some("operation_busy"));
    let doctor = running.run(&["doctor"], "");
    let check = doctor
        .lines
        .iter()
        .find(|line| line["check"] == "authenticator")
        .unwrap();
    assert!(check["detail"].as_str().unwrap().contains("under way"), "{check}");
    page.say(&json!({"type": "confirm"}));
    assert_eq!(running.stage.go_through(&mut page)["type"], "done");
    running.run(&["list"], "").must_be(0, None);
}
