//! A processor's sidecar: it takes callbacks, checks that each is signed, and moves money once for each key.

use serde_json::{Value, json};
use smile_relying_party::processor::CallbackSecret;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The secret that it shares with the server.
pub const SECRET: &str = "a secret of thirty-two characters";

/// How it behaves from now on.
#[derive(Debug, Clone)]
pub enum Mood {
    Approves,
    /// With this code, or none.
    Declines(Option<&'static str>),
    /// It moves the money, and its answer is lost.
    ApprovesAndHangsUp,
    /// HTTP 503, and no money moves.
    IsDown,
    /// It says something else under HTTP 200, and no money moves.
    Babbles,
    /// It approves in a way that proves nothing, and no money moves.
    Lies(Lie),
    /// It thinks for so long before it approves.
    Thinks(Duration),
}

/// What is wrong with an answer that somebody else could give.
#[derive(Debug, Clone, Copy)]
pub enum Lie {
    Unsigned,
    OtherSecret,
    OtherAttempt,
    NoAttempt,
    Old,
}

/// What it was asked, and what it did.
#[derive(Debug, Default)]
pub struct Seen {
    /// Key and body of every callback, in the order in which they came.
    pub calls: Vec<(String, Value)>,
    /// What each key moved.
    pub moved: BTreeMap<String, Value>,
}

/// A sidecar that listens until the test ends.
pub struct Sidecar {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    seen: Arc<Mutex<Seen>>,
}

impl Sidecar {
    pub fn new(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("bound");
        let (mood, seen) = (Arc::new(Mutex::new(mood)), Arc::new(Mutex::new(Seen::default())));
        let (its_mood, its_seen) = (mood.clone(), seen.clone());
        // It ends with the process: nothing waits for it.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mood, seen) = (its_mood.clone(), its_seen.clone());
                std::thread::spawn(move || serve(&stream, &mood, &seen));
            }
        });
        Self { address, mood, seen }
    }

    pub fn is(&self, mood: Mood) {
        *self.mood.lock().expect("no panic") = mood;
    }

    /// The keys of all callbacks so far.
    pub fn keys(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("no panic");
        seen.calls.iter().map(|(key, _)| key.clone()).collect()
    }

    /// The body of the last callback.
    pub fn last(&self) -> Value {
        let seen = self.seen.lock().expect("no panic");
        seen.calls.last().expect("it was called").1.clone()
    }

    /// Minor units that it moved in all, refunds taken off.
    pub fn moved(&self) -> i64 {
        let seen = self.seen.lock().expect("no panic");
        let amount = |body: &Value| body["amount"].as_i64().expect("an amount");
        let sign = |body: &Value| match body["type"].as_str() {
            Some("capture") => 1,
            Some("refund") => -1,
            _ => 0,
        };
        seen.moved.values().map(|body| sign(body) * amount(body)).sum()
    }
}

fn serve(mut stream: &TcpStream, mood: &Mutex<Mood>, seen: &Mutex<Seen>) {
    let Some((key, body, time)) = receive(stream) else {
        return;
    };
    let mood = mood.lock().expect("no panic").clone();
    {
        let mut seen = seen.lock().expect("no panic");
        seen.calls.push((key.clone(), body.clone()));
        if matches!(mood, Mood::Approves | Mood::ApprovesAndHangsUp | Mood::Thinks(_)) {
            let before = seen.moved.insert(key.clone(), body.clone());
            assert!(
                before.is_none_or(|before| before == body),
                "one key, one question"
            );
        }
    }
    let mut lie = None;
    let (status, mut answer) = match mood {
        Mood::Approves => (200, json!({"outcome": "approved"})),
        Mood::Declines(code) => (200, json!({"outcome": "declined", "decline_code": code})),
        Mood::Lies(one) => {
            lie = Some(one);
            (200, json!({"outcome": "approved"}))
        }
        Mood::ApprovesAndHangsUp => return,
        Mood::IsDown => (503, json!({})),
        Mood::Babbles => (200, json!({"outcome": "perhaps"})),
        Mood::Thinks(time) => {
            std::thread::sleep(time);
            (200, json!({"outcome": "approved"}))
        }
    };
    answer["id"] = json!(key);
    let (mut secret, mut time) = (SECRET, time);
    match lie {
        Some(Lie::OtherSecret) => secret = "another secret of just as many characters",
        Some(Lie::OtherAttempt) => answer["id"] = json!("at_00000000000000000000000000000000"),
        Some(Lie::NoAttempt) => answer["id"] = Value::Null,
        Some(Lie::Old) => time -= 3600,
        Some(Lie::Unsigned) | None => {}
    }
    let answer = answer.to_string();
    let secret = CallbackSecret::new(secret.as_bytes().to_vec()).expect("long enough");
    let signed = match lie {
        Some(Lie::Unsigned) => String::new(),
        _ => format!("smile-signature: {}\r\n", secret.sign(time, answer.as_bytes())),
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\nconnection: close\r\n{signed}content-length: {}\r\n\r\n",
        answer.len()
    );
    // A server that was killed does not listen any more.
    drop(stream.write_all(format!("{head}{answer}").as_bytes()));
}

/// Key, body and time of a callback that is signed as documented.
fn receive(stream: &TcpStream) -> Option<(String, Value, u64)> {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let signature = headers.get("smile-signature").expect("each callback is signed");
    let (time, _) = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(','))
        .expect("t= and v1=");
    let secret = CallbackSecret::new(SECRET.as_bytes().to_vec()).expect("long enough");
    let time = time.parse().expect("seconds");
    assert_eq!(*signature, secret.sign(time, &body));
    assert_eq!(
        headers.get("content-type").map(String::as_str),
        Some("application/json")
    );
    let body: Value = serde_json::from_slice(&body).expect("a body of JSON");
    let key = headers
        .get("idempotency-key")
        .expect("each callback has a key")
        .clone();
    assert_eq!(body["id"], key);
    Some((key, body, time))
}
