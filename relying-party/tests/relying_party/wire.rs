//! HTTP by hand, so that a test can send what a well-behaved client would not.

use crate::documented;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer that nobody gave.
    pub fn example(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            head: format!("content-type: {content_type}"),
            body: body.as_bytes().to_vec(),
        }
    }

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

    /// The `code` of a problem document.
    pub fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        self.json()["code"]
            .as_str()
            .expect("a problem has a code")
            .to_owned()
    }
}

/// Sends one request on a connection of its own; `headers` end in `\r\n` each.
pub fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    let mut stream = connect(address);
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let answer = receive(&mut stream);
    documented::must_be(method, path, &answer);
    answer
}

/// As [`send`], of a server that may go away: `None` where no whole answer comes.
pub fn try_send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Answer> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..split].to_vec()).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = bytes[split + 4..].to_vec();
    let answer = Answer { status, head, body };
    let is_whole = answer.header("content-length")?.parse() == Ok(answer.body.len());
    is_whole.then_some(answer)
}

/// A connection that gives up after a while.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a timeout can be set");
    stream
}

/// Reads until the server closes the connection.
pub fn receive(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server answers");
    let split = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8(bytes[..split].to_vec()).expect("a head is text");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("an answer has a status");
    let answer = Answer {
        status,
        head,
        body: bytes[split + 4..].to_vec(),
    };
    let length = answer.header("content-length").map(str::parse::<usize>);
    assert_eq!(
        length,
        Some(Ok(answer.body.len())),
        "a whole answer: {}",
        answer.head
    );
    seen::note(&answer);
    answer
}

/// The codes in the answers that this thread got.
pub mod seen {
    use super::Answer;
    use serde_json::Value;
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    thread_local! {
        static CODES: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    }

    pub fn forget() {
        CODES.with_borrow_mut(BTreeSet::clear);
    }

    pub fn codes() -> BTreeSet<String> {
        CODES.with_borrow(Clone::clone)
    }

    /// Keeps the `code` of a problem document, and the `statusCode` of a UAF message.
    pub(super) fn note(answer: &Answer) {
        let kind = answer.header("content-type").unwrap_or("");
        let name = match kind.split(';').next() {
            Some("application/problem+json") => "code",
            Some("application/fido+uaf") => "statusCode",
            _ => return,
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body[name]
            .as_str()
            .map(str::to_owned)
            .or_else(|| body[name].as_u64().map(|n| n.to_string()));
        CODES.with_borrow_mut(|codes| codes.extend(code));
    }
}
