//! What a command says to a relying party: it fetches a UAF request, and sends the response (Transport §8).

use std::time::Duration;

use serde_json::json;
use smile_protocol::uaf::transport::{
    CONTENT_TYPE, GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse, UafStatusCode,
};
use ureq::Agent as HttpAgent;

use crate::error::AgentError;
use crate::origin::Origin;
use crate::tls::{self, Trust};

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
    /// The server at `url`: https, or http on loopback, because a token must not cross a network in the clear.
    ///
    /// # Errors
    /// [`AgentError::Usage`].
    pub fn at(url: &str, trust: &Trust) -> Result<Self, AgentError> {
        let server: Origin = url
            .trim_end_matches('/')
            .parse()
            .map_err(|error| AgentError::Usage(format!("--server {url}: {error}")))?;
        let http = tls::http_client(trust, TIMEOUT);
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
        let failed = |error: ureq::Error| match tls::cause(&error) {
            Some(cause) => AgentError::Tls {
                url: url.clone(),
                cause: cause.clone(),
            },
            None => AgentError::Network {
                url: url.clone(),
                reason: error.to_string(),
            },
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::RelyingParty;
    use crate::error::AgentError;
    use crate::tls::Trust;

    const TOKEN: (&str, &str) = ("clientSecret", "secret");

    /// A server that gives this answer once.
    fn answering(head: &str, body: &str) -> RelyingParty {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut buffer = [0; 4096];
            // The context is the last member that is sent.
            while !String::from_utf8_lossy(&asked).contains("clientSecret") {
                let count = stream.read(&mut buffer).unwrap();
                asked.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        });
        RelyingParty::at(&url, &Trust::default()).unwrap()
    }

    #[test]
    fn a_request_is_taken_and_a_refusal_named_with_its_status_and_rule() {
        let good = answering("200 OK", "{\"statusCode\":1200,\"uafRequest\":\"[]\"}");
        assert_eq!(good.request(TOKEN).unwrap(), "[]");
        let body = "{\"statusCode\":1401,\"description\":\"the secret\\u001b[2J is unknown\"}";
        let refused = answering("200 OK", body).request(TOKEN).unwrap_err();
        // What could move a terminal's cursor is left out.
        assert!(
            matches!(&refused, AgentError::Refused { status: 1401, rule } if rule == "the secret[2J is unknown")
        );
        assert_eq!((refused.code(), refused.exit_code()), ("server_refused", 3));
        let refused = answering("200 OK", "{\"statusCode\":1498}").respond(TOKEN, "[]".to_owned());
        assert!(matches!(refused, Err(AgentError::Refused { status: 1498, .. })));
        answering("200 OK", "{\"statusCode\":1200}")
            .respond(TOKEN, "[]".to_owned())
            .unwrap();
    }

    #[test]
    fn what_is_not_uaf_or_leads_elsewhere_is_no_answer() {
        for (head, body) in [
            ("200 OK", "hello"),
            ("302 Found\r\nLocation: http://127.0.0.1:1/uaf/get", ""),
            ("502 Bad Gateway", "<html>"),
        ] {
            let error = answering(head, body).request(TOKEN).unwrap_err();
            assert_eq!((error.code(), error.exit_code()), ("network", 6), "{head}");
        }
    }

    #[test]
    fn a_server_is_spoken_to_over_tls_or_on_loopback() {
        for good in [
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "https://shop.example",
            "https://localhost:8443",
        ] {
            RelyingParty::at(good, &Trust::default()).unwrap();
        }
        for bad in [
            "http://shop.example",
            "https://shop.example/path",
            "https://user@shop.example",
            "localhost:8080",
            "",
        ] {
            assert!(
                matches!(
                    RelyingParty::at(bad, &Trust::default()),
                    Err(AgentError::Usage(_))
                ),
                "{bad}"
            );
        }
    }
}
