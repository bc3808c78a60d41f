//! The buyer's device: it fetches a UAF request, lets the authenticator answer it, and sends the answer back.

use std::net::SocketAddr;

use serde_json::{Value, json};
use smile_authenticator::client::facets::{FacetFetcher, FetchError, FetchedFacets};
use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
use smile_authenticator::{Authenticator, AuthenticatorError, UafClient};
use smile_models::Image;
use smile_protocol::uaf::identity::FacetId;
use smile_protocol::uaf::transport::CONTENT_TYPE;

use crate::QuickstartError;
use crate::camera::LoopCamera;
use crate::stage::{APP_ID, FACET_ID};
use crate::wire::Wire;

/// What the server said to a response: its UAF status code and the rule it names.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// UAF Transport §3.1: 1200 is good, anything else is not.
    pub status_code: u64,
    /// The rule that was broken, where one was.
    pub description: String,
}

/// Which one-time token lets the device speak: the member's name and its value.
pub type Token<'a> = (&'static str, &'a str);

/// `POST /uaf/get`: the UAF request that `token` permits. Errors: the server gives none.
pub fn fetch_request(wire: &mut Wire, token: Token<'_>) -> Result<String, QuickstartError> {
    match ask(wire, token)? {
        (1200, Some(message)) => Ok(message),
        (code, _) => Err(QuickstartError::Reply(format!(
            "to /uaf/get is {code} and not 1200"
        ))),
    }
}

/// `POST /uaf/get`: status code and message, whatever they are.
pub fn ask(wire: &mut Wire, token: Token<'_>) -> Result<(u64, Option<String>), QuickstartError> {
    let body = json!({"context": json!({token.0: token.1}).to_string()}).to_string();
    let reply = wire.post("/uaf/get", CONTENT_TYPE, body.as_bytes())?.json()?;
    Ok((
        status_code(&reply)?,
        reply["uafRequest"].as_str().map(str::to_owned),
    ))
}

/// `POST /uaf/respond`: what the server says to `response`.
pub fn send_response(wire: &mut Wire, response: &str, token: Token<'_>) -> Result<Verdict, QuickstartError> {
    let body = json!({"uafResponse": response, "context": json!({token.0: token.1}).to_string()}).to_string();
    let reply = wire.post("/uaf/respond", CONTENT_TYPE, body.as_bytes())?.json()?;
    let description = reply["description"].as_str().unwrap_or_default().to_owned();
    Ok(Verdict {
        status_code: status_code(&reply)?,
        description,
    })
}

fn status_code(reply: &Value) -> Result<u64, QuickstartError> {
    reply["statusCode"]
        .as_u64()
        .ok_or_else(|| QuickstartError::Reply("has no statusCode".into()))
}

/// Lets the authenticator answer a UAF message while `face` is before the camera. Returns the response, or `None`
/// where there is none (deregistration).
pub fn answer(
    authenticator: &mut Authenticator,
    server: SocketAddr,
    message: &str,
    face: &[Image],
    screen: &mut Screen,
) -> Result<Option<String>, AuthenticatorError> {
    let facet = FacetId::new(FACET_ID)?;
    let fetcher = Box::new(LoopbackFacets::of(server));
    UafClient::new(authenticator, facet, fetcher).process(message, &mut LoopCamera::new(face), screen)
}

/// Shows the payment's text on the terminal and keeps what it showed. The buyer of this story always agrees.
#[derive(Default)]
pub struct Screen {
    /// The last text shown.
    pub shown: Option<String>,
}

impl TransactionDisplay for Screen {
    fn confirm(&mut self, text: &str) -> Confirmation {
        println!("    ┌─ shown before the camera opens ─");
        for line in text.lines() {
            println!("    │ {line}");
        }
        println!("    └─");
        self.shown = Some(text.to_owned());
        Confirmation::Confirmed
    }
}

/// The AppID's host stands for this run's server on loopback; its TLS would end at the provider's proxy.
pub struct LoopbackFacets {
    wire: Wire,
}

impl LoopbackFacets {
    /// Fetches from the server at `server`.
    pub fn of(server: SocketAddr) -> Self {
        Self {
            wire: Wire::new(server, None),
        }
    }
}

impl FacetFetcher for LoopbackFacets {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        if url != APP_ID {
            return Err(FetchError::Unavailable);
        }
        let reply = self
            .wire
            .get("/uaf/facets", None)
            .map_err(|_| FetchError::Unavailable)?;
        Ok(FetchedFacets {
            status: reply.status,
            headers: reply.headers,
            body: reply.body,
        })
    }
}
