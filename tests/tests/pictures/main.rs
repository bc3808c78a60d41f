//! A payment to a name that is not ASCII, the whole line: drawn by the server, sent, shown and signed by our own
//! authenticator, verified, captured, and on the receipt. The face is played; all else is what ships.
//!
//! What the picture shows is looked at by eyes that nobody here wrote: Python's zlib.

mod device;

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::transaction::PICTURE;
use smile_quickstart::stage::{RunFolder, configure};
use smile_quickstart::story::device::{Token, fetch_request, send_response};
use smile_quickstart::story::provider;
use smile_quickstart::wire::Wire;
use smile_relying_party::api_key::new_api_key;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::picture::STANDARD;
use smile_relying_party::{Config, RunningServer, Server, SystemClock};
use smile_tests::foreign::{receipt_payload, run_script};
use smile_tests::skips::skip;
use smile_tests::test_data::workspace_root;
use tempfile::TempDir;

use device::{Device, Shown};

const FONTS: [&str; 2] = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
];

/// A server with fonts, and a device whose key is registered for anna.
struct Line {
    server: RunningServer,
    provider: Wire,
    phone: Wire,
    device: Device,
    _folder: TempDir,
}

impl Line {
    /// `None`, said aloud, where there are no fonts.
    fn new() -> Option<Self> {
        let fonts = FONTS.map(PathBuf::from);
        if !fonts.iter().all(|font| font.exists()) {
            skip("no font: install fonts-dejavu-core and fonts-wqy-microhei");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let device = Device::new(&folder.path().join("device"));
        let key = new_api_key(&SystemEntropy);
        let run = RunFolder::create(folder.path()).expect("a folder for the server can be made");
        let statements = [device.metadata_statement()];
        let path = configure(&run, &key, 0, &statements).expect("a configuration can be written");
        let mut config = Config::load(&path).expect("the quickstart's configuration is right");
        config.pictures.fonts = fonts.to_vec();
        let server = Server::start(config, SystemClock).expect("the server starts");
        let (provider, phone) = (Wire::new(server.addr, Some(key)), Wire::new(server.addr, None));
        let mut line = Self {
            server,
            provider,
            phone,
            device,
            _folder: folder,
        };
        let token = provider::enrolment_token(&mut line.provider, "anna").expect("permitted");
        let (verdict, _) = line.answered(("enrolmentSession", &token)).expect("it registers");
        assert_eq!(verdict, 1200);
        Some(line)
    }

    fn create(&mut self, payee: &str, order: &str) -> Value {
        let body = json!({"amount": 145, "currency": "EUR", "payee": payee, "order": order, "user": "anna"});
        self.provider
            .post_json("/v1/payment_intents", &body, 201)
            .unwrap_or_else(|error| panic!("{payee}: {error}"))
    }

    fn get(&mut self, payment: &Value, what: &str) -> Vec<u8> {
        let id = payment["id"].as_str().expect("an id");
        let reply = self
            .provider
            .get(&format!("/v1/payment_intents/{id}{what}"), None);
        let reply = reply.expect("the server answers");
        assert_eq!(reply.status, 200, "{what}");
        reply.body
    }

    fn status(&mut self, payment: &Value) -> String {
        let read: Value = serde_json::from_slice(&self.get(payment, "")).expect("JSON");
        read["status"].as_str().expect("a status").to_owned()
    }

    /// What the server says to the device's answer for this token, and what the device showed.
    fn answered(&mut self, token: Token<'_>) -> Result<(u64, Vec<Shown>), AuthenticatorError> {
        let request = fetch_request(&mut self.phone, token).expect("the server gives a request");
        self.answered_to(&request, token)
    }

    fn answered_to(
        &mut self,
        request: &str,
        token: Token<'_>,
    ) -> Result<(u64, Vec<Shown>), AuthenticatorError> {
        let response = self.device.answer(self.server.addr, request)?;
        let verdict = send_response(&mut self.phone, &response, token).expect("the server answers");
        Ok((verdict.status_code, self.device.take_shown()))
    }
}

fn secret(payment: &Value) -> String {
    payment["client_secret"].as_str().expect("a secret").to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_two_sides_mean_the_same_picture() {
    assert_eq!(STANDARD, PICTURE);
}

#[test]
fn a_name_that_is_not_ascii_is_paid_from_creation_to_receipt() {
    let Some(mut line) = Line::new() else { return };
    for (payee, order) in [
        ("德国邮政", "A-17"),
        ("株式会社 山田", "注文 17"),
        ("البريد السعودي", "A-17"),
        ("Почта России", "№ 17"),
    ] {
        let payment = line.create(payee, order);
        let picture = line.get(&payment, "/picture");
        let said = &payment["transaction_picture"];
        assert_eq!(said["sha256"], hex(&Sha256::digest(&picture)));
        let secret = secret(&payment);
        let (verdict, shown) = line.answered(("clientSecret", &secret)).expect("it signs");
        assert_eq!(verdict, 1200, "{payee}");
        // What the buyer saw is, byte for byte, what the provider was told.
        assert_eq!(shown, [Shown::Picture(picture.clone())]);
        assert_eq!(line.status(&payment), "succeeded");
        let receipt = line.get(&payment, "/receipt");
        assert!(receipt.windows(picture.len()).any(|part| part == picture));
        let keys = line
            .provider
            .get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set")))
            .expect("answered")
            .body;
        if let Some(payload) = receipt_payload(&keys, &receipt) {
            let payload = payload.expect("a foreign verifier accepts it");
            let evidence = &payload["authorisation"];
            assert_eq!(evidence["transaction_picture"], hex(&picture));
            assert_eq!(
                evidence["transaction_content_hash"],
                hex(&Sha256::digest(&picture))
            );
            assert_eq!(evidence["pictured_text"], payment["transaction_text"]);
        }
    }
    // A name that is ASCII goes as text, to the same device.
    let payment = line.create("Deutsche Post", "A-17");
    let secret = secret(&payment);
    let (verdict, shown) = line.answered(("clientSecret", &secret)).expect("it signs");
    let text = payment["transaction_text"].as_str().expect("a text").to_owned();
    assert_eq!((verdict, shown), (1200, vec![Shown::Text(text)]));
}

#[test]
fn a_picture_that_was_exchanged_on_the_way_is_signed_and_refused() {
    let Some(mut line) = Line::new() else { return };
    let (payment, dearer) = (line.create("德国邮政", "A-17"), line.create("德国铁路", "A-17"));
    let (own, other) = (line.get(&payment, "/picture"), line.get(&dearer, "/picture"));
    let secret = secret(&payment);
    let token = ("clientSecret", secret.as_str());
    let request = fetch_request(&mut line.phone, token).expect("the server gives a request");
    let encoded = |png: &[u8]| URL_SAFE_NO_PAD.encode(png);
    let exchanged = request.replace(&encoded(&own), &encoded(&other));
    assert_ne!(exchanged, request);
    let (verdict, shown) = line
        .answered_to(&exchanged, token)
        .expect("the buyer agrees to what is shown");
    assert_eq!((verdict, shown), (1498, vec![Shown::Picture(other)]));
    assert_eq!(line.status(&payment), "requires_action");
    assert_eq!(line.answered(token).expect("it signs").0, 1200);
}

#[test]
fn a_buyer_who_does_not_agree_to_a_picture_signs_nothing() {
    let Some(mut line) = Line::new() else { return };
    let payment = line.create("德国邮政", "A-17");
    let secret = secret(&payment);
    line.device.agrees = false;
    let refused = line.answered(("clientSecret", &secret));
    assert!(matches!(refused, Err(AuthenticatorError::Cancelled)));
    assert_eq!(line.status(&payment), "requires_action");
    line.device.agrees = true;
    assert_eq!(
        line.answered(("clientSecret", &secret)).expect("it signs").0,
        1200
    );
}

#[test]
fn a_foreign_eye_reads_the_picture_and_sees_all_of_it_inside_the_edges() {
    let Some(mut line) = Line::new() else { return };
    let script = workspace_root().join("tests/foreign/picture.py");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for payee in ["德国邮政", "דואר ישראל", &"郵".repeat(60)] {
        let payment = line.create(payee, "A-17");
        let picture = line.get(&payment, "/picture");
        let file = folder.path().join("picture.png");
        std::fs::write(&file, &picture).expect("written");
        let Some(output) = run_script(&script, &[&file]) else {
            return;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let said = &payment["transaction_picture"];
        for member in ["width", "height", "sha256"] {
            assert_eq!(seen[member], said[member], "{member}");
        }
        assert_eq!((&seen["bitDepth"], &seen["colorType"]), (&json!(4), &json!(0)));
        assert_eq!((&seen["darkest"], &seen["lightest"]), (&json!(0), &json!(255)));
        let names = seen["chunks"].as_array().expect("a list");
        assert!(
            names
                .iter()
                .all(|name| matches!(name.as_str(), Some("IHDR" | "IDAT" | "IEND")))
        );
        let at = |member: &str| seen[member].as_u64().expect("a number");
        assert!(at("left") >= 8 && at("right") <= 631, "{seen}");
        assert!(at("inkedRows") > 120, "{seen}");
        // The same file with one byte changed is none.
        let mut damaged = picture.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        std::fs::write(&file, &damaged).expect("written");
        let output = run_script(&script, &[&file]).expect("it ran before");
        assert!(!output.status.success());
    }
}
