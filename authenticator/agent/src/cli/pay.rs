//! `smile-agent pay`.

use std::time::Instant;

use serde_json::json;

use super::Sight;
use super::face::{facet, secret, with_facet_lists};
use super::hands::Hands;
use super::output::Output;
use crate::config::Settings;
use crate::desk::Kind;
use crate::error::AgentError;
use crate::relying_party::RelyingParty;
use crate::terminal::Terminal;

/// Approve a payment: the text is shown, you agree, the face is looked at, the signature is sent
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    sight: Sight,
    /// The relying party's server: https, or http on loopback
    #[arg(long, value_name = "URL")]
    server: String,
    /// The client secret of the payment, from the shop; `-` reads it from standard input
    #[arg(long, value_name = "SECRET")]
    client_secret: String,
    /// As which facet to call [default: the server's origin]
    #[arg(long, value_name = "FACET")]
    facet: Option<String>,
    /// For development: a server on loopback that stands for an AppID whose list of facets lies elsewhere
    #[arg(long, value_name = "APPID=http://127.0.0.1:PORT")]
    app_id_server: Vec<String>,
}

/// Fetches the request, lets the authenticator answer it, and sends the response.
pub fn run(settings: &Settings, arguments: &Arguments, output: &Output) -> Result<(), AgentError> {
    let settings = with_facet_lists(settings, &arguments.app_id_server)?;
    let server = RelyingParty::at(&arguments.server, &settings.trust)?;
    let facet = facet(arguments.facet.as_deref(), &server)?;
    let secret = secret(&arguments.client_secret, output)?;
    let hands = Hands::of(&settings, &arguments.sight, output)?;
    let token = ("clientSecret", secret.as_str());
    let request = server.request(token)?;
    let began = Instant::now();
    let response = hands.answer(&facet, request, Kind::Pay)?;
    let response = response.ok_or_else(|| AgentError::Usage("this secret asks for no payment".into()))?;
    let bytes = response.len();
    server.respond(token, response)?;
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    output.line(
        &format!("paid in {millis} ms; {bytes} bytes left this device, none of them of a picture"),
        &json!({"event": "paid", "millis": millis, "bytes_sent": bytes}),
    );
    Ok(())
}
