//! Every command, and each exit code.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use serde_json::Value;
use smile_quickstart::story::provider;
use smile_tests::world::ANNA;

use crate::stage::{AgentHome, Stage};

#[test]
fn wrong_arguments_a_wrong_file_and_a_server_that_is_not_there_have_exit_codes_of_their_own() {
    let Some(agent) = AgentHome::new() else { return };
    let folder = agent.folder.path().join("nobody");
    std::fs::create_dir(&folder).expect("a folder can be made");
    let pay = |server: &str| {
        agent.look(
            &folder,
            &["pay", "--server", server, "--client-secret", "x"],
            "y\n",
        )
    };
    // What clap refuses, and what only this program can know.
    agent
        .run(&["pay", "--server", "http://127.0.0.1:1"], "")
        .must_be(2, None);
    agent.run(&["serve", "--allow-origin", "*"], "").must_be(2, None);
    agent
        .run(&["serve", "--allow-origin", "null"], "")
        .must_be(2, None);
    pay("https://shop.example/path").must_be(2, Some("usage"));
    pay("http://shop.example").must_be(2, Some("usage"));
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let nobody = format!("http://{}", silent.local_addr().expect("an address"));
    drop(silent);
    pay(&nobody).must_be(6, Some("network"));
    let config = agent.folder.path().join("agent.toml");
    std::fs::write(&config, "allowed_origins = [\"*\"]").expect("a file can be written");
    let config = config.display().to_string();
    agent
        .run(&["list", "--config", &config], "")
        .must_be(5, Some("config_invalid"));
    agent.run(&["weights", "verify"], "").must_be(5, Some("weights"));
    agent.run(&["enrol", "--camera", "v4l:0"], "").must_be(2, None);
    agent
        .look(&folder, &["enrol"], "n\n")
        .must_be(3, Some("cancelled"));
    // A folder is no file that can be read.
    let folder_as_file = folder.display().to_string();
    agent
        .run(&["list", "--config", &folder_as_file], "")
        .must_be(1, Some("file"));
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    agent
        .look(&folder, &["serve", "--port", &port], "")
        .must_be(1, Some("listen"));
    // The folder holds no picture.
    agent.look(&folder, &["enrol"], "y\n").must_be(3, Some("camera"));
    agent
        .run(&["metadata", "--aaid", "ABCD#0001"], "")
        .must_be(5, Some("home_unusable"));
}

#[test]
fn documents_need_no_home() {
    let Some(agent) = AgentHome::new() else { return };
    for (arguments, part) in [
        (&["completions", "bash"][..], "complete -F"),
        (&["man"], ".TH smile-agent"),
        (&["--help"], "Exit status: 0 done"),
    ] {
        let output = agent.command(arguments).output().expect("the agent runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && text.contains(part),
            "{arguments:?}: {text}"
        );
    }
}

#[test]
fn a_statement_is_printed_in_both_forms_and_for_a_vendors_model() {
    let Some(agent) = AgentHome::new() else { return };
    let aaid = "ABCD#0001";
    let uaf = agent.run(&["metadata", "--aaid", aaid], "").must_be(0, None);
    assert_eq!(uaf.lines[0]["aaid"], aaid);
    let fido2 = agent
        .run(&["metadata", "--aaid", aaid, "--format", "fido2"], "")
        .must_be(0, None);
    assert_eq!(fido2.lines[0]["schema"], 3);
    assert_eq!(
        fido2.lines[0]["attestationRootCertificates"],
        uaf.lines[0]["attestationRootCertificates"]
    );
}

#[test]
fn a_running_agent_holds_its_home_and_answers_for_it_until_it_is_killed() {
    let Some(agent) = AgentHome::new() else { return };
    let (yunet, _) = smile_tests::test_data::network_weights().expect("they were there");
    let weights = yunet
        .parent()
        .expect("weights lie in a folder")
        .display()
        .to_string();
    let arguments = ["serve", "--port", "0", "--weights", &weights];
    let mut serving = agent.command(&arguments).spawn().expect("the agent starts");
    let mut lines = BufReader::new(serving.stdout.take().expect("its output is a pipe")).lines();
    let first: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(first["event"], "listening");
    let held = agent.run(&["list"], "").must_be(0, None);
    assert!(held.errors.contains("no keys"), "{}", held.errors);
    let weights_of_its_own = ["enrol", "--weights", &weights];
    agent.run(&weights_of_its_own, "").must_be(2, Some("usage"));
    let doctor = agent.run(&["doctor"], "");
    let check = |name: &str| {
        doctor
            .lines
            .iter()
            .find(|line| line["check"] == name)
            .expect("a check")
    };
    assert_eq!(check("authenticator")["ok"], true);
    // The weights are elsewhere, and the doctor looks in the home.
    assert_eq!(check("weights")["ok"], false);
    assert_eq!(
        (
            doctor.code,
            doctor.lines.last().expect("a line")["error"]["code"].as_str()
        ),
        (5, Some("doctor"))
    );
    // Killed without a word, it leaves its socket behind, which is in nobody's way.
    serving.kill().expect("it runs");
    serving.wait().expect("it ends");
    agent.run(&["list"], "").must_be(0, None);
}

#[test]
fn keys_are_listed_shown_and_removed_and_the_face_with_its_consent() {
    let Some(mut stage) = Stage::new() else { return };
    stage.enrol().must_be(0, None);
    let listed = stage.agent.run(&["list"], "").must_be(0, None);
    assert_eq!(
        (listed.lines.len(), listed.lines[0]["username"].as_str()),
        (1, Some(ANNA))
    );
    let key = listed.lines[0]["key_id"]
        .as_str()
        .expect("an identifier")
        .to_owned();
    assert_eq!(
        stage.agent.run(&["show", &key[..8]], "").must_be(0, None).lines,
        listed.lines
    );
    let shown = stage.agent.run(&["show"], "").must_be(0, None);
    assert_eq!(
        (
            shown.lines[0]["enrolled"].as_bool(),
            shown.lines[0]["keys"].as_u64()
        ),
        (Some(true), Some(1))
    );
    assert_eq!(shown.lines[0]["consent"]["language"], "en");
    stage.agent.run(&["show", "!"], "").must_be(2, Some("usage"));
    stage
        .agent
        .run(&["remove", &key], "n\n")
        .must_be(3, Some("cancelled"));
    stage.agent.run(&["remove", &key], "y\n").must_be(0, None);
    assert_eq!(
        stage.agent.run(&["list"], "").must_be(0, None).lines,
        Vec::<Value>::new()
    );
    // A payment finds no key any more.
    let payment = provider::create_payment(&mut stage.provider, ANNA).expect("a payment");
    stage
        .pay(&payment.client_secret, &stage.pay, "y\n")
        .must_be(3, Some("no_suitable_authenticator"));
    stage
        .agent
        .look(&stage.enrol, &["enrol"], "y\n")
        .must_be(3, Some("already_enrolled"));
    stage
        .agent
        .look(&stage.enrol, &["renew", "--yes"], "y\n")
        .must_be(0, None);
    stage
        .agent
        .run(&["remove", "--face", "--yes"], "")
        .must_be(0, None);
    let shown = stage.agent.run(&["show"], "").must_be(0, None);
    assert_eq!(
        (shown.lines[0]["enrolled"].as_bool(), &shown.lines[0]["consent"]),
        (Some(false), &Value::Null)
    );
}
