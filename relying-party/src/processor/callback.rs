//! A processor behind HTTP, on this machine: a sidecar of the provider's that speaks to whoever holds the money.
//!
//! Plain HTTP to a loopback address and nothing else. A TLS client would bring OpenSSL, ring or a second trust store into
//! this program; the sidecar holds the provider's TLS and credentials anyway.

use super::{Answering, CallbackSecret, Processor, Unanswered};
use crate::clock::Clock;
use serde::Deserialize;
use serde_json::json;
use smile_ceremony::payment::{DeclineCode, OrderReference, PendingCall, Settled};
use std::sync::Arc;
use std::time::Duration;

/// Most bytes of an answer.
const ANSWER_MAX: u64 = 16 * 1024;

/// Where and how patiently the sidecar is asked.
#[derive(Debug, Clone)]
pub struct Patience {
    /// How long one call may take.
    pub timeout: Duration,
    /// How many calls follow one that was not answered, before the attempt is left to the next sweep.
    pub retries: u32,
    /// How long to wait before the first of them; twice as long before each further one.
    pub backoff: Duration,
}

/// Asks a sidecar by signed POSTs.
pub struct HttpProcessor {
    agent: ureq::Agent,
    url: String,
    secret: Arc<CallbackSecret>,
    patience: Patience,
    clock: Arc<dyn Clock>,
}

/// What a sidecar answers with HTTP 200, signed as the calls are. Anything else counts as no answer.
#[derive(Deserialize)]
struct Answer {
    /// The attempt that was asked about.
    id: String,
    outcome: Outcome,
    decline_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Approved,
    Declined,
}

impl HttpProcessor {
    /// A processor that is asked at `url`.
    #[must_use]
    pub fn new(url: String, secret: CallbackSecret, patience: Patience, clock: Arc<dyn Clock>) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(patience.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build()
            .into();
        Self {
            agent,
            url,
            secret: Arc::new(secret),
            patience,
            clock,
        }
    }

    async fn ask(&self, kind: &'static str, call: &PendingCall) -> Result<Settled, Unanswered> {
        let body = body(kind, call);
        let mut pause = self.patience.backoff;
        let mut answer = self.call_once(call, body.clone()).await;
        for _ in 0..self.patience.retries {
            if answer.is_ok() {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            answer = self.call_once(call, body.clone()).await;
        }
        answer
    }

    async fn call_once(&self, call: &PendingCall, body: Vec<u8>) -> Result<Settled, Unanswered> {
        let (agent, url) = (self.agent.clone(), self.url.clone());
        let key = call.attempt.id.to_string();
        // Each call is signed anew: a sidecar may refuse old signatures.
        let signature = self.secret.sign(self.clock.now_ms() / 1000, &body);
        let (secret, clock) = (self.secret.clone(), self.clock.clone());
        // The client blocks, so it must not do so on a thread that serves others.
        let asked = tokio::task::spawn_blocking(move || {
            let (signature, answer) = post(&agent, &url, &key, &signature, &body)?;
            secret.verify(&signature, clock.now_ms() / 1000, &answer)?;
            settled(&key, &answer)
        });
        asked
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
            .map_err(Unanswered)
    }
}

/// Signature and body of what came with HTTP 200.
fn post(
    agent: &ureq::Agent,
    url: &str,
    key: &str,
    signature: &str,
    body: &[u8],
) -> Result<(String, Vec<u8>), String> {
    let sent = agent
        .post(url)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .header("smile-signature", signature)
        .send(body);
    let mut response = sent.map_err(|error| error.to_string())?;
    if response.status() != 200 {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let signature = response.headers().get("smile-signature");
    let signature = signature
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_owned();
    let answer = response
        .body_mut()
        .with_config()
        .limit(ANSWER_MAX)
        .read_to_vec()
        .map_err(|error| error.to_string())?;
    Ok((signature, answer))
}

/// What an authentic answer says about the attempt `key`.
fn settled(key: &str, answer: &[u8]) -> Result<Settled, String> {
    // Not the answer's own words: they end in the log.
    let answer: Answer =
        serde_json::from_slice(answer).map_err(|_| "its answer is not of the documented form".to_owned())?;
    if answer.id != key {
        return Err("its answer is about another attempt".to_owned());
    }
    Ok(match answer.outcome {
        Outcome::Approved => Settled::Approved,
        Outcome::Declined => {
            let code = answer.decline_code.as_deref().map(DeclineCode::from_processor);
            Settled::Declined(code.unwrap_or(DeclineCode::ProcessorDeclined))
        }
    })
}

fn body(kind: &str, call: &PendingCall) -> Vec<u8> {
    json!({
        "id": call.attempt.id,
        "type": kind,
        "tenant": call.tenant,
        "payment_intent": call.payment,
        "order": call.order.as_ref().map(OrderReference::as_str),
        "refund": call.refund,
        "amount": call.attempt.amount.minor_units(),
        "currency": call.attempt.amount.currency().as_str(),
    })
    .to_string()
    .into_bytes()
}

impl Processor for HttpProcessor {
    fn capture<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(self.ask("capture", call))
    }

    fn refund<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(self.ask("refund", call))
    }

    fn void<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(self.ask("void", call))
    }
}
