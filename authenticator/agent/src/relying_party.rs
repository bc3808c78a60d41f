//! What a command says to a relying party: it fetches a UAF request, and sends the response (Transport §8).

use std::time::Duration;

use serde_json::json;
use smile_protocol::uaf::transport::{
    CONTENT_TYPE, GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse, UafStatusCode,
};
use ureq::Agent as HttpAgent;

use crate::error::AgentError;
use crate::origin::Origin;

const TIMEOUT: Duration = Duration::from_secs(10);
/// UAF messages are at most 64 KiB; an answer holds one, escaped.
const ANSWER_BYTES: u64 = 256 * 1024;

/// A one-time permission, as the server calls it, and its value.
pub type Token<'a> = (&'static str, &'a str);

/// One server.
pub struct RelyingParty {
    http: HttpAgent,
    server: Origin,
}

impl RelyingParty {
    /// The server at `url`, which has to be on loopback: this program has no TLS, and a token must not cross a network
    /// in the clear.
    ///
    /// # Errors
    /// [`AgentError::Usage`].
    pub fn at(url: &str) -> Result<Self, AgentError> {
        let server: Origin = url
            .trim_end_matches('/')
            .parse()
            .map_err(|error| AgentError::Usage(format!("--server {url}: {error}")))?;
        if !server.as_str().starts_with("http://") {
            let rule = "this program has no TLS yet: name a server, or the end of a tunnel, on loopback";
            return Err(AgentError::Usage(format!("--server {url}: {rule}")));
        }
        let http = HttpAgent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { http, server })
    }

    /// Where the server is.
    #[must_use]
    pub fn server(&self) -> &Origin {
        &self.server
    }

    /// The UAF request that `token` permits.
    ///
    /// # Errors
    /// [`AgentError::Network`], [`AgentError::Refused`].
    pub fn request(&self, token: Token<'_>) -> Result<String, AgentError> {
        let question = GetUafRequest {
            context: Some(context(token)),
            ..GetUafRequest::default()
        };
        let text = self.post("/uaf/get", &question.encode())?;
        let answer = ReturnUafRequest::decode(&text).map_err(|error| self.unreadable(&error.to_string()))?;
        match (answer.status_code, answer.uaf_request) {
            (UafStatusCode::Ok, Some(request)) => Ok(request),
            (status, _) => Err(AgentError::Refused {
                status: u64::from(status.code()),
                rule: description(&text),
            }),
        }
    }

    /// Sends a response, which has to be accepted.
    ///
    /// # Errors
    /// As [`RelyingParty::request`].
    pub fn respond(&self, token: Token<'_>, uaf_response: String) -> Result<(), AgentError> {
        let response = SendUafResponse {
            uaf_response,
            context: Some(context(token)),
        };
        let text = self.post("/uaf/respond", &response.encode())?;
        let answer = ServerResponse::decode(&text).map_err(|error| self.unreadable(&error.to_string()))?;
        if answer.status_code == UafStatusCode::Ok {
            return Ok(());
        }
        Err(AgentError::Refused {
            status: u64::from(answer.status_code.code()),
            rule: description(&text),
        })
    }

    fn post(&self, path: &str, body: &str) -> Result<String, AgentError> {
        let url = format!("{}{path}", self.server);
        let failed = |error: ureq::Error| AgentError::Network {
            url: url.clone(),
            reason: error.to_string(),
        };
        let request = self.http.post(&url).header("Content-Type", CONTENT_TYPE);
        let mut response = request.send(body).map_err(failed)?;
        let text = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_string();
        text.map_err(failed)
    }

    fn unreadable(&self, reason: &str) -> AgentError {
        AgentError::Network {
            url: self.server.to_string(),
            reason: format!("the answer is not UAF: {reason}"),
        }
    }
}

fn context((name, value): Token<'_>) -> String {
    json!({ name: value }).to_string()
}

/// The server's own words, without anything that could move a terminal's cursor.
fn description(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    let words = answer["description"].as_str().unwrap_or("no reason is given");
    words.chars().filter(|c| !c.is_control()).take(300).collect()
}
