//! What a browser would send, by hand, so that a test can send what none would.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The media type of FIDO messages.
pub const FIDO: &str = "application/fido+uaf; charset=utf-8";

/// An answer of the shop.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The `code` of a refusal, after its status was compared with the list.
    pub fn code(&self) -> String {
        let code = self.json()["code"]
            .as_str()
            .expect("a refusal has a code")
            .to_owned();
        let listed = smile_quickstart::shop::ShopRefusalCode::ALL
            .iter()
            .find(|listed| listed.as_str() == code);
        assert_eq!(
            listed.map(|listed| listed.http_status()),
            Some(self.status),
            "{self:?}"
        );
        code
    }
}

/// One browser: it keeps the shop's cookie.
pub struct Browser {
    address: SocketAddr,
    host: String,
    cookie: RefCell<Option<String>>,
}

impl Browser {
    /// A browser that has never been there.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            host: format!("localhost:{}", address.port()),
            cookie: RefCell::default(),
        }
    }

    /// A request with these headers, each ending in `\r\n`, and without the browser's own.
    pub fn raw(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(self.address).expect("the shop listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        stream.write_all(head.as_bytes()).expect("sent");
        // A body that is too large is not read to its end: what counts is the answer.
        stream.write_all(body).ok();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        read(&bytes)
    }

    /// A request as the shop's page sends it.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let cookie = self
            .cookie
            .borrow()
            .as_ref()
            .map(|cookie| format!("cookie: {cookie}\r\n"));
        let headers = format!(
            "host: {host}\r\norigin: http://{host}\r\ncontent-type: {kind}\r\n{}",
            cookie.unwrap_or_default(),
            host = self.host,
        );
        let answer = self.raw(method, path, &headers, body);
        if let Some(set) = answer.header("set-cookie") {
            let pair = set.split(';').next().expect("a split has a first part");
            self.cookie.replace(Some(pair.to_owned()));
        }
        answer
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "application/json", b"")
    }

    /// A POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().as_bytes())
    }

    /// The shop's own name and origin.
    pub fn host(&self) -> &str {
        &self.host
    }
}

fn read(bytes: &[u8]) -> Answer {
    let split = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8(bytes[..split].to_vec()).expect("a head is text");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        status: status.expect("an answer has a status"),
        head,
        body: bytes[split + 4..].to_vec(),
    }
}
