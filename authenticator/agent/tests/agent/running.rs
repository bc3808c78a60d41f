//! An agent that takes orders, and the commands that give them.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use smile_agent::camera::CameraKind;
use smile_agent::control::Door;

use crate::stage::{PICTURE, Stage, registration};

/// An agent that takes orders.
pub struct Running {
    pub door: Option<Door>,
    pub stage: Stage,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub lines: Vec<Value>,
    pub words: String,
}

impl Ended {
    pub fn must_be(self, code: i32, error: Option<&str>) -> Self {
        let last = self.lines.last().map(|line| line["error"]["code"].clone());
        let found = last.as_ref().and_then(Value::as_str);
        assert_eq!((self.code, found), (code, error), "{self:?}");
        self
    }
}

impl Running {
    pub fn of(stage: Stage) -> Self {
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

    pub fn run(&self, arguments: &[&str], typed: &str) -> Ended {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // A command that asks nothing may have gone.
        input.write_all(typed.as_bytes()).ok();
        drop(input);
        ended(child, Vec::new())
    }

    /// A command that prints a page; and the page's operation and nonce.
    pub fn start(&self, arguments: &[&str]) -> (Child, BufReader<ChildStdout>, String) {
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

pub fn ended(mut child: Child, before: Vec<u8>) -> Ended {
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

pub fn rest(child: Child, mut out: BufReader<ChildStdout>) -> Ended {
    let mut bytes = Vec::new();
    out.read_to_end(&mut bytes).unwrap();
    ended(child, bytes)
}

/// A server that answers every question for a request with this one, and every response with yes.
pub fn server(uaf_request: &str, op: &str) -> String {
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
pub fn with_key(camera: CameraKind) -> (Running, String) {
    let (stage, token) = Stage::paired_before(camera);
    let opened = stage.open(&token, &registration()).json();
    let url = opened["url"].as_str().expect("a page").to_owned();
    let (address, nonce) = url.split_once('#').unwrap();
    let id = address.rsplit('/').next().unwrap();
    assert_eq!(stage.go_through(&mut stage.page(id, nonce))["type"], "done");
    (Running::of(stage), token)
}

/// A clip of two pictures.
pub fn clip() -> (tempfile::TempDir, CameraKind) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mjpeg");
    std::fs::write(&path, [PICTURE, PICTURE].concat()).unwrap();
    (folder, CameraKind::File(path))
}

pub fn server_of_registration() -> String {
    server(&registration(), "Reg")
}
