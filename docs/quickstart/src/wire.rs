//! Calls to the server, with the bytes of every body counted.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::QuickstartError;

/// A reply takes milliseconds on loopback; past this the server is stuck and waiting longer would hide it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Receipts and UAF messages are at most 64 KiB; anything longer is not ours.
const MAX_REPLY_BYTES: u64 = 1 << 20;

/// One party's line to the server: the buyer's device or the provider's back office, each counted apart.
pub struct Wire {
    agent: Agent,
    base: String,
    key: Option<String>,
    sent: u64,
}

/// What came back: the HTTP status and the body.
pub struct Reply {
    /// HTTP status code.
    pub status: u16,
    /// The headers that are text.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON. Errors: it is not JSON.
    pub fn json(&self) -> Result<Value, QuickstartError> {
        serde_json::from_slice(&self.body).map_err(|e| QuickstartError::Reply(format!("is not JSON: {e}")))
    }
}

impl Wire {
    /// A line to the server at `address`; `key` is the provider's secret key, which a device never has.
    pub fn new(address: SocketAddr, key: Option<String>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Where a redirect may lead is for the one who asked to judge.
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            // A proxy of the environment is for the world outside; what is on loopback, and the key, stay there.
            .proxy(None)
            .build()
            .new_agent();
        Self {
            agent,
            base: format!("http://{address}"),
            key,
            sent: 0,
        }
    }

    /// Bytes of request bodies sent on this line since it was made.
    pub fn bytes_sent(&self) -> u64 {
        self.sent
    }

    /// Sends `body` as `content_type`. Errors: the server cannot be reached or does not answer in ten seconds.
    pub fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Reply, QuickstartError> {
        self.send(path, content_type, body, None)
    }

    /// Sends JSON that takes effect once under `idempotency_key`, however often it is sent. Errors: as [`Wire::post`].
    pub fn post_once(
        &mut self,
        path: &str,
        body: &Value,
        idempotency_key: &str,
    ) -> Result<Reply, QuickstartError> {
        let body = body.to_string();
        self.send(path, "application/json", body.as_bytes(), Some(idempotency_key))
    }

    fn send(
        &mut self,
        path: &str,
        content_type: &str,
        body: &[u8],
        idempotency_key: Option<&str>,
    ) -> Result<Reply, QuickstartError> {
        let mut request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("Content-Type", content_type);
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let response = request
            .send(body)
            .map_err(|e| QuickstartError::Wire(path.into(), e.to_string()))?;
        self.sent += body.len() as u64;
        read(path, response)
    }

    /// Fetches `path`, with `header` where one is given. Errors: as [`Wire::post`].
    pub fn get(&mut self, path: &str, header: Option<(&str, &str)>) -> Result<Reply, QuickstartError> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = request
            .call()
            .map_err(|e| QuickstartError::Wire(path.into(), e.to_string()))?;
        read(path, response)
    }

    /// Sends a JSON object to a `/v1` path and takes the JSON answer, which must have the status `expected`.
    pub fn post_json(&mut self, path: &str, body: &Value, expected: u16) -> Result<Value, QuickstartError> {
        let reply = self.post(path, "application/json", body.to_string().as_bytes())?;
        if reply.status != expected {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            return Err(QuickstartError::Reply(format!(
                "to {path} is {} and not {expected}: {text}",
                reply.status
            )));
        }
        reply.json()
    }
}

fn read(path: &str, mut response: ureq::http::Response<ureq::Body>) -> Result<Reply, QuickstartError> {
    let status = response.status().as_u16();
    let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(text).collect();
    let body = response
        .body_mut()
        .with_config()
        .limit(MAX_REPLY_BYTES)
        .read_to_vec()
        .map_err(|e| QuickstartError::Wire(path.into(), e.to_string()))?;
    Ok(Reply {
        status,
        headers,
        body,
    })
}
