//! What clients ask: the provider's back office and the buyer's device, over HTTP.

use crate::server::KEY;
use serde_json::{Value, json};
use smile_quickstart::QuickstartError;
use smile_quickstart::story::provider;
use smile_quickstart::wire::{Reply, Wire};
use std::net::SocketAddr;

/// Content type of UAF messages.
const UAF: &str = "application/fido+uaf; charset=utf-8";

/// Why there is no answer of the wished kind.
#[derive(Debug)]
pub enum Failure {
    /// No whole answer came: what the request did is not known.
    Cut(String),
    /// The server refused.
    Refused(Verdict),
}

/// What the server said to a UAF message or under `/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// UAF status code, or the HTTP status under `/v1`.
    pub code: u64,
    /// The rule that was broken.
    pub rule: String,
}

impl Verdict {
    /// Whether the message was accepted.
    pub fn accepted(&self) -> bool {
        self.code == 1200
    }

    /// Whether the message was refused because its challenge was presented before.
    pub fn already_used(&self) -> bool {
        self.code == 1491 && self.rule.contains("already used")
    }
}

/// A payment as its provider knows it.
#[derive(Debug, Clone)]
pub struct Created {
    /// `pi_…`
    pub id: String,
    /// What the device asks for a challenge with.
    pub secret: String,
}

/// What a challenge is asked with.
#[derive(Debug, Clone)]
pub enum Token {
    /// Of an enrolment session.
    Enrolment(String),
    /// The client secret of a payment.
    Payment(String),
}

/// Both lines to one server.
pub struct Client {
    provider: Wire,
    device: Wire,
}

impl Client {
    /// Lines to the server at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            provider: Wire::new(address, Some(KEY.to_owned())),
            device: Wire::new(address, None),
        }
    }

    /// A one-time enrolment session for `user`; its token.
    pub fn open_enrolment(&mut self, user: &str) -> Result<Token, Failure> {
        let wanted = json!({"user": user, "consent": provider::consent()});
        let session = self.create("/v1/enrolment_sessions", &wanted)?;
        Ok(Token::Enrolment(text(&session, "token")))
    }

    /// A payment of `user`, waiting for a signature.
    pub fn create_payment(&mut self, user: &str, amount: u64) -> Result<Created, Failure> {
        let wanted = json!({"amount": amount, "currency": "EUR", "payee": "Stamp Shop", "user": user});
        let payment = self.create("/v1/payment_intents", &wanted)?;
        Ok(Created {
            id: text(&payment, "id"),
            secret: text(&payment, "client_secret"),
        })
    }

    /// A UAF request message with a fresh challenge.
    pub fn challenge(&mut self, token: &Token) -> Result<String, Failure> {
        let context = match token {
            Token::Enrolment(token) => json!({"enrolmentSession": token}),
            Token::Payment(secret) => json!({"clientSecret": secret}),
        };
        let answer = self.uaf("/uaf/get", &json!({"context": context.to_string()}))?;
        let verdict = verdict(&answer);
        if verdict.accepted() {
            Ok(text(&answer, "uafRequest"))
        } else {
            Err(Failure::Refused(verdict))
        }
    }

    /// The verdict on a UAF response message.
    pub fn respond(&mut self, message: &str) -> Result<Verdict, Failure> {
        let answer = self.uaf("/uaf/respond", &json!({"uafResponse": message}))?;
        Ok(verdict(&answer))
    }

    /// KeyID and signature counter of each of the user's credentials.
    pub fn credentials(&mut self, user: &str) -> Result<Vec<(String, u64)>, Failure> {
        let answer = self.read(&format!("/v1/users/{user}/credentials"))?;
        let listed = answer["data"].as_array().expect("a list of credentials");
        let one = |shown: &Value| {
            (
                text(shown, "key_id"),
                shown["sign_counter"].as_u64().expect("a counter"),
            )
        };
        Ok(listed.iter().map(one).collect())
    }

    /// The state of a payment, or `unknown` where the server knows no such payment.
    pub fn status(&mut self, payment: &str) -> Result<String, Failure> {
        match self.read(&format!("/v1/payment_intents/{payment}")) {
            Err(Failure::Refused(verdict)) if verdict.code == 404 => Ok("unknown".to_owned()),
            answer => Ok(text(&answer?, "status")),
        }
    }

    /// The receipt of a payment (COSE_Sign1).
    pub fn receipt(&mut self, payment: &str) -> Result<Vec<u8>, Failure> {
        let reply = self
            .provider
            .get(&format!("/v1/payment_intents/{payment}/receipt"), None);
        Ok(expect_status(reply, 200)?.body)
    }

    /// The keys that receipts are verified with (COSE_KeySet), as anybody can have them.
    pub fn receipt_keys(&mut self) -> Result<Vec<u8>, Failure> {
        let accept = Some(("Accept", "application/cose-key-set"));
        Ok(expect_status(self.device.get("/v1/receipt_keys", accept), 200)?.body)
    }

    fn create(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let reply = self
            .provider
            .post(path, "application/json", body.to_string().as_bytes());
        json_of(&expect_status(reply, 201)?)
    }

    fn read(&mut self, path: &str) -> Result<Value, Failure> {
        json_of(&expect_status(self.provider.get(path, None), 200)?)
    }

    fn uaf(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let reply = self.device.post(path, UAF, body.to_string().as_bytes());
        json_of(&expect_status(reply, 200)?)
    }
}

fn expect_status(reply: Result<Reply, QuickstartError>, status: u16) -> Result<Reply, Failure> {
    let reply = reply.map_err(|error| Failure::Cut(error.to_string()))?;
    if reply.status == status {
        return Ok(reply);
    }
    Err(Failure::Refused(Verdict {
        code: reply.status.into(),
        rule: String::from_utf8_lossy(&reply.body).into_owned(),
    }))
}

fn json_of(reply: &Reply) -> Result<Value, Failure> {
    reply.json().map_err(|error| Failure::Cut(error.to_string()))
}

fn verdict(answer: &Value) -> Verdict {
    Verdict {
        code: answer["statusCode"]
            .as_u64()
            .expect("UAF answers have a status code"),
        rule: answer["description"].as_str().unwrap_or_default().to_owned(),
    }
}

fn text(object: &Value, member: &str) -> String {
    let found = object[member].as_str();
    found
        .unwrap_or_else(|| panic!("no {member} in {object}"))
        .to_owned()
}
