//! The client's side of a WebSocket (RFC 6455) for short texts, as a page has one to the agent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::QuickstartError;

/// The agent answers at once, and a look takes less than a second; past this it is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// Texts, pings, and the end (RFC 6455 §5.2).
const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// An open one.
pub struct Socket {
    stream: TcpStream,
    unread: Vec<u8>,
}

fn failed(path: &str, what: impl ToString) -> QuickstartError {
    QuickstartError::Wire(path.to_owned(), what.to_string())
}

impl Socket {
    /// Opens the one at `path` for the page of `origin`.
    pub fn open(address: SocketAddr, path: &str, origin: &str) -> Result<Self, QuickstartError> {
        let fails = |error: std::io::Error| failed(path, error);
        let mut stream = TcpStream::connect(address).map_err(fails)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(fails)?;
        // What a page says is short, and must not wait for more.
        stream.set_nodelay(true).map_err(fails)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).map_err(fails)?;
        let mut socket = Self {
            stream,
            unread: Vec::new(),
        };
        let end = loop {
            let end = socket.unread.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end,
                None => socket.read_more(path)?,
            }
        };
        if !socket.unread.starts_with(b"HTTP/1.1 101 ") {
            return Err(failed(path, "no WebSocket was opened"));
        }
        socket.unread.drain(..end + 4);
        Ok(socket)
    }

    fn read_more(&mut self, path: &str) -> Result<(), QuickstartError> {
        let mut buffer = [0; 8192];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(failed(path, "the agent closed the line")),
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            Err(error) => Err(failed(path, error)),
        }
    }

    /// Says a JSON object of at most 125 bytes.
    pub fn say(&mut self, message: &Value) -> Result<(), QuickstartError> {
        let text = message.to_string();
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126);
        let length = length.ok_or_else(|| failed("socket", "a message is too long"))?;
        // Masked, as a client must, with zeros: there is no proxy on loopback that a mask would guard.
        let mut frame = vec![0x80 | TEXT, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        let sent = self.stream.write_all(&frame);
        sent.map_err(|error| failed("socket", error))
    }

    /// The next message that `is_wanted`.
    pub fn hear(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Result<Value, QuickstartError> {
        loop {
            let Some((opcode, payload)) = self.frame() else {
                self.read_more("socket")?;
                continue;
            };
            if opcode == CLOSE {
                return Err(failed("socket", "the agent ended it"));
            }
            if opcode == TEXT {
                let message = serde_json::from_slice(&payload);
                let message = message.map_err(|error| failed("socket", error))?;
                if is_wanted(&message) {
                    return Ok(message);
                }
            }
        }
    }

    /// A whole frame, if one has come. The agent's own are not masked, and shorter than 64 KiB.
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (length, start) = match *self.unread.get(1)? {
            short @ 0..126 => (usize::from(short), 2),
            _ => {
                let length = self.unread.get(2..4)?;
                (usize::from(u16::from_be_bytes([length[0], length[1]])), 4)
            }
        };
        let payload = self.unread.get(start..start + length)?.to_vec();
        let opcode = self.unread[0] & 15;
        self.unread.drain(..start + length);
        Some((opcode, payload))
    }
}
