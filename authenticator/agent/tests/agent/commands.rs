//! Commands whose camera is a page: they print its address, serve it, and end as it ends. They load the real networks,
//! so they need the weights; what a face comes to is tested elsewhere.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use smile_agent::config::Settings;
use smile_agent::device::Device;
use smile_weights::Home;

use crate::stage::payment;
use crate::wire::{Record, Socket, call};

/// A running command and the page that it printed.
struct Running {
    child: Child,
    url: String,
}

/// `None`, said aloud, without `$SMILE_WEIGHTS_DIR`.
fn start(home: &Path, arguments: &[&str]) -> Option<Running> {
    let Ok(weights) = std::env::var("SMILE_WEIGHTS_DIR") else {
        println!("skipped: no $SMILE_WEIGHTS_DIR");
        return None;
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_smile-agent"))
        .args(["--json", "--home"])
        .arg(home)
        .args(arguments)
        .args(["--weights", &weights])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["event"], "open", "{said}");
    let url = said["url"].as_str().unwrap().to_owned();
    Some(Running { child, url })
}

impl Running {
    fn address(&self) -> SocketAddr {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    }

    fn socket(&self, path: &str) -> Socket {
        let host = self.address().to_string();
        let origin = format!("http://{host}");
        let headers = [("Host", host.as_str()), ("Origin", origin.as_str())];
        Socket::connect(self.address(), path, &headers, &Record::default()).open()
    }

    /// The exit code and the error's code.
    fn ended(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        let said: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
        (
            code,
            said["error"]["code"].as_str().unwrap_or_default().to_owned(),
        )
    }
}

#[test]
fn enrol_prints_its_page_and_ends_when_the_page_is_cancelled() {
    let home = tempfile::tempdir().unwrap();
    let Some(running) = start(home.path(), &["enrol"]) else {
        return;
    };
    let get = |path: &str| {
        let host = running.address().to_string();
        call(
            running.address(),
            &format!("GET {path}"),
            &[("Host", &host)],
            b"",
            &Record::default(),
        )
    };
    let host = running.address().to_string();
    let own = format!("http://{host}");
    let headers = [("Host", host.as_str()), ("Origin", own.as_str())];
    let ticket = call(
        running.address(),
        "POST /enrol/ticket",
        &headers,
        b"",
        &Record::default(),
    );
    let ticket = ticket.json()["nonce"].clone();
    let consent = get("/consent/en").json()["sha256"].clone();
    // No page of a shop may call a command's agent.
    let shop = [("Host", host.as_str()), ("Origin", crate::stage::SHOP)];
    let refused = call(
        running.address(),
        "GET /.well-known/smile-agent",
        &shop,
        b"",
        &Record::default(),
    );
    assert_eq!(refused.code(), "origin_refused");
    let mut page = running.socket("/enrol/socket");
    page.say(&json!({"type": "open", "nonce": ticket, "consent": consent}));
    assert_eq!(page.hear().unwrap()["type"], "camera");
    page.say(&json!({"type": "cancel"}));
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "cancelled"})
    );
    assert_eq!(running.ended(), (3, "not_enrolled".to_owned()));
}

/// Answers one `POST /uaf/get` with a request.
fn one_request() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&asked).contains("clientSecret") {
            let count = stream.read(&mut buffer).unwrap();
            asked.extend_from_slice(&buffer[..count]);
        }
        let body = json!({"statusCode": 1200, "uafRequest": payment("Pay 1.00 EUR to \"A\""), "op": "Auth"});
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/fido+uaf\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    });
    format!("http://{address}")
}

#[test]
fn pay_prints_its_page_and_ends_as_the_page_ends() {
    let home = tempfile::tempdir().unwrap();
    let server = one_request();
    let Some(running) = start(
        home.path(),
        &["pay", "--server", &server, "--client-secret", "secret"],
    ) else {
        return;
    };
    let (path, nonce) = running.url.split_once('#').unwrap();
    let path = path
        .strip_prefix(&format!("http://{}", running.address()))
        .unwrap()
        .to_owned();
    let mut page = running.socket(&format!("{path}/socket"));
    page.say(&json!({"type": "open", "nonce": nonce}));
    // The facet is the server's origin, which the AppID of another host does not list.
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "refused", "code": "untrusted_facet_id"})
    );
    assert_eq!(running.ended(), (3, "untrusted_facet_id".to_owned()));
}

#[test]
fn a_statement_is_read_from_a_home_that_is_held_and_of_a_new_home_after_making_it() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smile-agent"));
        let command = command
            .args(["--json", "--home"])
            .arg(home.path())
            .args(arguments);
        let output = command.output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), said)
    };
    let (code, new) = run(&["metadata"]);
    assert_eq!(code, 0, "{new}");
    assert_eq!(new["attestationRootCertificates"].as_array().unwrap().len(), 1);
    let settings = Settings::at(Home::at(home.path()));
    let held = Device::open_without_face(&settings).unwrap();
    assert_eq!(run(&["list"]).1["error"]["code"], "home_in_use");
    assert_eq!(run(&["metadata"]), (0, new.clone()));
    drop(held);
    assert_eq!(run(&["list"]).0, 0);
    let (code, other) = run(&["metadata", "--aaid", "ABCD#0001"]);
    assert_eq!((code, &other["error"]["code"]), (5, &json!("home_unusable")));
}

#[test]
fn a_home_whose_making_was_cut_off_is_made_an_end_of_and_one_with_keys_never() {
    let home = tempfile::tempdir().unwrap();
    let device = home.path().join("agent/device");
    let metadata = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smile-agent"));
        let command = command.args(["--json", "--home"]).arg(home.path());
        let output = command.arg("metadata").output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), said)
    };
    // Cut off before the header was written.
    std::fs::create_dir_all(&device).unwrap();
    let (code, first) = metadata();
    assert_eq!(code, 0, "{first}");
    assert!(device.join("sealing.json").is_file());
    assert_eq!(metadata(), (0, first));
    // Cut off behind it.
    let sealed = |folder: &Path| {
        let entries = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let sealed = entries.filter(|path| path.extension().is_some_and(|ending| ending == "sealed"));
        sealed.collect::<Vec<_>>()
    };
    let found = sealed(&device);
    assert!(!found.is_empty());
    for file in found {
        std::fs::remove_file(file).unwrap();
    }
    let (code, again) = metadata();
    assert_eq!(
        (
            code,
            again["attestationRootCertificates"].as_array().unwrap().len()
        ),
        (0, 1)
    );
    // A home without its attestation in which something else lies is not touched.
    let attestation = device.join("attestation.sealed");
    assert!(attestation.is_file());
    std::fs::copy(&attestation, device.join("key.sealed")).unwrap();
    std::fs::remove_file(&attestation).unwrap();
    let (code, refused) = metadata();
    assert_eq!((code, &refused["error"]["code"]), (5, &json!("home_unusable")));
    assert!(!attestation.exists());
}
