//! HTTP/1.1 and WebSocket by hand: a browser writes `Origin` and `Host` itself, and here both must be able to lie. Every
//! byte in both directions can be kept.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// Bytes of one side's connections, both directions.
pub type Record = Arc<Mutex<Vec<u8>>>;

/// What came back.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable code of a refusal.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// One request on a connection of its own. `headers` are written as they are; `Host` is not added.
pub fn call(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    record: &Record,
) -> Reply {
    let mut stream = TcpStream::connect(address).expect("the agent listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout");
    let mut request = format!(
        "{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let request = [request.as_bytes(), body].concat();
    keep(record, &request);
    // An agent that has refused may close before it has read a body that is too long.
    drop(stream.write_all(&request));
    let mut answer = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{line}: {error}"),
        }
    }
    keep(record, &answer);
    let end = find(&answer, b"\r\n\r\n").unwrap_or_else(|| panic!("{line}: no answer"));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Reply {
        status: status.expect("a status line"),
        head,
        body: answer[end + 4..].to_vec(),
    }
}

fn keep(record: &Record, bytes: &[u8]) {
    record.lock().unwrap().extend_from_slice(bytes);
}

pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// A WebSocket's client side.
pub struct Socket {
    stream: TcpStream,
    unread: Vec<u8>,
    record: Record,
}

/// What an upgrade came to.
pub enum Upgraded {
    Open(Socket),
    Refused(u16),
}

impl Upgraded {
    pub fn open(self) -> Socket {
        match self {
            Self::Open(socket) => socket,
            Self::Refused(status) => panic!("refused with {status}"),
        }
    }

    pub fn refusal(self) -> u16 {
        match self {
            Self::Open(_) => panic!("it was opened"),
            Self::Refused(status) => status,
        }
    }
}

impl Socket {
    pub fn connect(address: SocketAddr, path: &str, headers: &[(&str, &str)], record: &Record) -> Upgraded {
        let mut stream = TcpStream::connect(address).expect("the agent listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a timeout");
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        keep(record, request.as_bytes());
        stream.write_all(request.as_bytes()).expect("the agent reads");
        let mut socket = Self {
            stream,
            unread: Vec::new(),
            record: Arc::clone(record),
        };
        let end = loop {
            if let Some(end) = find(&socket.unread, b"\r\n\r\n") {
                break end;
            }
            assert!(socket.read_more(), "{path}: no answer");
        };
        let head = String::from_utf8_lossy(&socket.unread[..end]).into_owned();
        socket.unread.drain(..end + 4);
        let status: u16 = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        if status == 101 {
            Upgraded::Open(socket)
        } else {
            Upgraded::Refused(status)
        }
    }

    /// False at the end.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                keep(&self.record, &buffer[..count]);
                self.unread.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends one frame, masked with zeros (RFC 6455 §5.3 asks for a mask, not for a good one).
    fn send(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length).expect("below 126")),
            length @ 126..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).expect("below 65536").to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend_from_slice(payload);
        keep(&self.record, &frame);
        // One that was closed says so when it is read.
        drop(self.stream.write_all(&frame));
    }

    pub fn say(&mut self, message: &Value) {
        self.send(1, message.to_string().as_bytes());
    }

    pub fn show(&mut self, picture: &[u8]) {
        self.send(2, picture);
    }

    /// The next message; `None` when the agent has closed.
    pub fn hear(&mut self) -> Option<Value> {
        loop {
            if let Some((opcode, payload)) = self.take_frame() {
                match opcode {
                    1 => return Some(serde_json::from_slice(&payload).expect("the agent speaks JSON")),
                    8 => return None,
                    _ => {}
                }
            } else if !self.read_more() {
                return None;
            }
        }
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (length, start) = match *self.unread.get(1)? {
            short @ 0..126 => (usize::from(short), 2),
            126 => (
                usize::from(u16::from_be_bytes(self.unread.get(2..4)?.try_into().ok()?)),
                4,
            ),
            _ => panic!("the agent says nothing that long"),
        };
        let payload = self.unread.get(start..start + length)?.to_vec();
        let opcode = self.unread[0] & 15;
        self.unread.drain(..start + length);
        Some((opcode, payload))
    }
}
