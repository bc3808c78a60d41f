//! A running agent with a camera of its own, called by a shop's page on loopback; everything that the page sends and
//! gets is kept.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smile_quickstart::story::device::{fetch_request, send_response};
use smile_quickstart::story::provider;
use smile_quickstart::wire::Wire;
use smile_tests::world::ANNA;
use smile_tests::world::windows::Windows;

use crate::stage::Stage;

const SHOP: &str = "http://localhost:8787";
/// Without optimisation the networks take seconds for one picture.
const PATIENCE: Duration = Duration::from_secs(240);

/// `smile-agent serve`; killed when it is dropped.
struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
    /// All that the shop's page and the agent said to each other.
    record: Vec<u8>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has then noticed.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

impl Serving {
    fn start(stage: &Stage, answers: &str) -> Self {
        let camera = format!("images:{}", stage.pay.display());
        let weights = stage.agent.weights.display().to_string();
        let arguments = [
            "serve",
            "--port",
            "0",
            "--allow-origin",
            SHOP,
            "--camera",
            &camera,
            "--weights",
            &weights,
        ];
        let mut child = stage.agent.command(&arguments).spawn().expect("the agent starts");
        let mut input = child.stdin.take().expect("its input is a pipe");
        input.write_all(answers.as_bytes()).expect("it listens");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let listening = next(&mut lines);
        let url = listening["url"].as_str().expect("an address").to_owned();
        let address = url.trim_start_matches("http://").parse().expect("an address");
        Self {
            child,
            lines,
            address,
            record: Vec::new(),
        }
    }

    /// A request of the shop's page.
    fn ask(&mut self, line: &str, token: Option<&str>, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nOrigin: {SHOP}\r\n{}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            bearer.unwrap_or_default(),
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).expect("the agent listens");
        stream.write_all(request.as_bytes()).expect("the agent reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the agent answers");
        self.record.extend_from_slice(request.as_bytes());
        self.record.extend_from_slice(&answer);
        let text = String::from_utf8(answer).expect("JSON is UTF-8");
        let (_, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{line}: {error}: {text}"))
    }

    fn pair(&mut self) -> String {
        let begun = self.ask("POST /v1/pairings", None, None);
        let id = begun["id"].as_str().expect("an identifier").to_owned();
        let announced = next(&mut self.lines);
        let words = announced["text"].as_str().expect("words").to_owned();
        let code: String = words
            .split("the code is ")
            .nth(1)
            .expect("a code")
            .chars()
            .filter(char::is_ascii_digit)
            .take(6)
            .collect();
        let paired = self.ask(
            &format!("POST /v1/pairings/{id}"),
            None,
            Some(&json!({"code": code})),
        );
        paired["token"].as_str().expect("a token").to_owned()
    }

    fn answer(&mut self, token: &str, uaf_request: &str) -> Value {
        let opened = self.ask(
            "POST /v1/operations",
            Some(token),
            Some(&json!({"uaf_request": uaf_request})),
        );
        // No page has to be opened: the agent looks and asks itself.
        assert_eq!(
            (&opened["url"], &opened["status"]),
            (&Value::Null, &json!("waiting")),
            "{opened}"
        );
        let line = format!(
            "GET /v1/operations/{}",
            opened["id"].as_str().expect("an identifier")
        );
        let began = Instant::now();
        loop {
            let view = self.ask(&line, Some(token), None);
            if !matches!(view["status"].as_str(), Some("waiting" | "in_progress")) {
                return view;
            }
            assert!(began.elapsed() < PATIENCE, "{view}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = lines.next().expect("the agent says something").expect("in text");
    serde_json::from_str(&line).expect("that is JSON")
}

#[test]
fn a_shops_page_gets_a_payment_signed_and_never_a_byte_of_a_frame() {
    let Some(mut stage) = Stage::with_shop(SHOP) else {
        return;
    };
    let server = format!("http://{}", stage.tap.address());
    stage
        .enrol_with(&["--server", &server, "--facet", SHOP])
        .must_be(0, None);
    stage.tap.take();

    let mut serving = Serving::start(&stage, "n\ny\n");
    let token = serving.pair();
    let payment = provider::create_payment(&mut stage.provider, ANNA).expect("a payment");
    let secret = ("clientSecret", payment.client_secret.as_str());
    let mut page = Wire::new(stage.tap.address(), None);
    let request = fetch_request(&mut page, secret).expect("a request");
    let declined = serving.answer(&token, &request);
    assert_eq!(declined["error"], json!({"code": "cancelled", "uaf_code": 3}));
    let answered = serving.answer(&token, &request);
    let response = answered["uaf_response"]
        .as_str()
        .unwrap_or_else(|| panic!("{answered}"));
    let verdict = send_response(&mut page, response, secret).expect("an answer");
    assert_eq!(verdict.status_code, 1200, "{verdict:?}");
    let status = provider::status(&mut stage.provider, &payment).expect("a status");
    assert_eq!(status, "succeeded");

    // What the shop's page could read of the agent, and what the server was sent.
    let all = [&serving.record[..], &stage.tap.take()].concat();
    assert!(
        String::from_utf8_lossy(&all).contains("uaf_response"),
        "the record hears"
    );
    assert!(!all.windows(3).any(|bytes| bytes == [0xFF, 0xD8, 0xFF]), "a JPEG");
    let windows = Windows::of(&all);
    for picture in &stage.owner.pay {
        assert!(!windows.meet(picture.rgb()), "a frame");
    }
    let file = std::fs::read(stage.pay.join("000.png")).expect("it was written");
    assert!(!windows.meet(&file[64..]), "a frame as it was encoded");
}
