//! Commands that speak to a running agent: it does the work, and they lend their terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smile_agent::camera::CameraKind;
use smile_agent::control::{Door, socket};
use smile_agent::pairing::WRONG_CODES_UNTIL_LOCKED;

use crate::stage::{OTHER, PICTURE, SHOP, Stage, payment, registration};

/// An agent that takes orders.
struct Running {
    door: Option<Door>,
    stage: Stage,
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    lines: Vec<Value>,
    words: String,
}

impl Ended {
    fn must_be(self, code: i32, error: Option<&str>) -> Self {
        let last = self.lines.last().map(|line| line["error"]["code"].clone());
        let found = last.as_ref().and_then(Value::as_str);
        assert_eq!((self.code, found), (code, error), "{self:?}");
        self
    }
}

impl Running {
    fn of(stage: Stage) -> Self {
        let folder = stage.folder.path().join("agent");
        let agent = Arc::clone(&stage.running.agent);
        let door = Door::open(agent, &folder, stage.running.url()).unwrap();
        Self {
            door: Some(door),
            stage,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smile-agent"));
        command
            .args(["--json", "--home"])
            .arg(self.stage.folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], typed: &str) -> Ended {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // A command that asks nothing may have gone.
        input.write_all(typed.as_bytes()).ok();
        drop(input);
        ended(child, Vec::new())
    }

    /// A command that prints a page; and the page's operation and nonce.
    fn start(&self, arguments: &[&str]) -> (Child, BufReader<ChildStdout>, String) {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(said["event"], "open", "{said}");
        let url = said["url"].as_str().unwrap();
        let path = url.strip_prefix(&self.stage.own_origin());
        (child, out, path.unwrap().to_owned())
    }
}

fn ended(mut child: Child, before: Vec<u8>) -> Ended {
    let mut bytes = before;
    if let Some(mut out) = child.stdout.take() {
        out.read_to_end(&mut bytes).unwrap();
    }
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    let lines = String::from_utf8(bytes).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    Ended {
        code: child.wait().unwrap().code().unwrap_or(-1),
        lines: lines.collect(),
        words,
    }
}

fn rest(child: Child, mut out: BufReader<ChildStdout>) -> Ended {
    let mut bytes = Vec::new();
    out.read_to_end(&mut bytes).unwrap();
    ended(child, bytes)
}

/// A server that answers every question for a request with this one, and every response with yes.
fn server(uaf_request: &str, op: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let get = json!({"statusCode": 1200, "uafRequest": uaf_request, "op": op}).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = String::new();
            let mut buffer = [0; 8192];
            while !asked.contains("context") {
                let count = stream.read(&mut buffer).unwrap();
                asked.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
            let is_question = asked.starts_with("POST /uaf/get ");
            let body = if is_question {
                &get
            } else {
                "{\"statusCode\":1200}"
            };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    url
}

/// A registered key, by the shop's page.
fn with_key(camera: CameraKind) -> (Running, String) {
    let (stage, token) = Stage::paired_before(camera);
    let opened = stage.open(&token, &registration()).json();
    let url = opened["url"].as_str().expect("a page").to_owned();
    let (address, nonce) = url.split_once('#').unwrap();
    let id = address.rsplit('/').next().unwrap();
    assert_eq!(stage.go_through(&mut stage.page(id, nonce))["type"], "done");
    (Running::of(stage), token)
}

/// A clip of two pictures.
fn clip() -> (tempfile::TempDir, CameraKind) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mjpeg");
    std::fs::write(&path, [PICTURE, PICTURE].concat()).unwrap();
    (folder, CameraKind::File(path))
}

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
fn a_payment_is_made_on_the_page_of_the_agent_that_runs() {
    let (running, _) = with_key(CameraKind::Page);
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let (child, out, path) = running.start(&pay);
    let (id, nonce) = path
        .strip_prefix("/operations/")
        .unwrap()
        .split_once('#')
        .unwrap();
    let mut page = running.stage.page(id, nonce);
    assert_eq!(running.stage.go_through(&mut page)["type"], "done");
    let paid = rest(child, out).must_be(0, None);
    assert_eq!(paid.lines[0]["event"], "paid");
    // A server that asks for something else is not answered.
    let other = server_of_registration();
    let wrong = ["pay", "--server", &other, "--facet", SHOP, "--client-secret", "s"];
    running.run(&wrong, "").must_be(2, Some("usage"));
}

fn server_of_registration() -> String {
    server(&registration(), "Reg")
}

#[test]
fn a_command_that_is_ended_takes_its_request_back() {
    let (running, _) = with_key(CameraKind::Page);
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let (mut child, out, path) = running.start(&pay);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(out);
    let (id, _) = path
        .strip_prefix("/operations/")
        .unwrap()
        .split_once('#')
        .unwrap();
    let facet = SHOP.parse::<smile_agent::origin::Origin>().unwrap().facet_id();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let view = running.stage.running.agent.desk.watch(&facet, id).unwrap();
        let view = view.borrow().clone();
        if view["status"] == "refused" {
            assert_eq!(view["error"]["code"], "withdrawn");
            break;
        }
        assert!(Instant::now() < deadline, "{view}");
        std::thread::sleep(Duration::from_millis(20));
    }
    running.run(&["list"], "").must_be(0, None);
}

#[test]
fn before_a_camera_of_the_agents_own_the_command_asks_and_the_agent_looks() {
    let (_folder, camera) = clip();
    let running = Running::of(Stage::with_camera(camera));
    let register = server_of_registration();
    let enrol = ["enrol", "--server", &register, "--facet", SHOP, "--session", "t"];
    running.run(&enrol, "n\n").must_be(3, Some("cancelled"));
    let enrolled = running.run(&enrol, "y\n").must_be(0, None);
    let events: Vec<_> = enrolled.lines.iter().map(|line| line["event"].as_str()).collect();
    assert_eq!(events, [Some("enrolled"), Some("registered")]);
    running
        .run(&["enrol"], "y\n")
        .must_be(3, Some("already_enrolled"));
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let declined = running.run(&pay, "n\n").must_be(3, Some("cancelled"));
    assert!(
        declined.words.contains("  | Pay 1.00 EUR to \"A\""),
        "{}",
        declined.words
    );
    let paid = running.run(&pay, "y\n").must_be(0, None);
    assert_eq!(paid.lines[0]["event"], "paid");
    // Guidance is told to who stands there.
    assert!(paid.words.contains("closer"), "{}", paid.words);
    running.stage.clock.advance(366 * 24 * 60 * 60 * 1000);
    running.run(&pay, "y\n").must_be(3, Some("consent_ended"));
    let renewed = running.run(&["renew", "--yes"], "y\n").must_be(0, None);
    assert_eq!(renewed.lines[0]["event"], "renewed");
    running
        .run(&pay, "y\n")
        .must_be(3, Some("no_suitable_authenticator"));
}

#[test]
fn a_face_is_enrolled_on_the_page_whatever_became_of_an_earlier_try() {
    let running = Running::of(Stage::new());
    let stage = &running.stage;
    let enrol = |agree: bool| {
        let (child, out, path) = running.start(&["enrol"]);
        assert_eq!(path, "/enrol");
        let own = stage.own_origin();
        let ticket = stage.ask_own("POST /enrol/ticket", &[("Origin", &own)], b"");
        let ticket = ticket.json()["nonce"].clone();
        let consent = stage.ask_own("GET /consent/en", &[], b"").json()["sha256"].clone();
        let mut page = stage.own_socket("/enrol/socket").open();
        page.say(&json!({"type": "open", "nonce": ticket, "consent": consent}));
        if agree {
            assert_eq!(stage.go_through(&mut page), json!({"type": "enrolled"}));
        } else {
            page.say(&json!({"type": "cancel"}));
        }
        rest(child, out)
    };
    enrol(false).must_be(3, Some("not_enrolled"));
    let enrolled = enrol(true).must_be(0, None);
    assert_eq!(enrolled.lines[0]["event"], "enrolled");
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
