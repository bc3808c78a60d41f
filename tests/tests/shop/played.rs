//! A server that a test plays, for answers that the real one never gives.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use serde_json::json;

/// What it says where a test does not care: of every payment that it succeeded.
pub fn told() -> Vec<u8> {
    let told = json!({"token": "t", "id": "pi_1", "status": "succeeded", "transaction_text": "Pay 1.45 EUR"});
    told.to_string().into_bytes()
}

/// Answers each request with what `answer` says to its path and head, and hangs up where that is `None`.
pub fn played(mut answer: impl FnMut(&str, &str) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).expect("a line of the head") <= 2 {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                head.push_str(&line);
            }
            stream.read_exact(&mut vec![0; length]).expect("a body");
            let path = head.split(' ').nth(1).expect("a path").to_owned();
            let Some(body) = answer(&path, &head) else {
                continue;
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let stream = stream.get_mut();
            stream.write_all(head.as_bytes()).expect("sent");
            stream.write_all(&body).expect("sent");
        }
    });
    address
}
