//! `smile-agent enrol` and `smile-agent renew`: the face, and with a server its first key.

use serde_json::json;
use smile_protocol::uaf::identity::FacetId;

use super::Sight;
use super::hands::Hands;
use super::output::Output;
use crate::config::Settings;
use crate::control::RunningHome;
use crate::desk::Kind;
use crate::error::AgentError;
use crate::relying_party::RelyingParty;
use crate::terminal::Terminal;

/// Enrol a face, and with --server register a key for it
///
/// A face that is enrolled stays: then only the key is registered.
#[derive(clap::Args)]
pub struct EnrolArguments {
    #[command(flatten)]
    sight: Sight,
    /// The relying party's server: https, or http on loopback
    #[arg(long, requires = "session", value_name = "URL")]
    server: Option<String>,
    /// The one-time token of an enrolment session, from the provider; `-` reads it from standard input
    #[arg(long, requires = "server", value_name = "TOKEN")]
    session: Option<String>,
    /// As which facet to call [default: the server's origin]
    #[arg(long, requires = "server", value_name = "FACET")]
    facet: Option<String>,
    /// For development: a server on loopback that stands for an AppID whose list of facets lies elsewhere
    #[arg(long, value_name = "APPID=http://127.0.0.1:PORT")]
    app_id_server: Vec<String>,
}

/// Erase the face and every key, and enrol anew
///
/// The relying parties are not told: each needs a new registration.
#[derive(clap::Args)]
pub struct RenewArguments {
    #[command(flatten)]
    sight: Sight,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// The facet that a command calls as.
pub fn facet(named: Option<&str>, server: &RelyingParty) -> Result<FacetId, AgentError> {
    let text = named.unwrap_or(server.server().as_str());
    FacetId::new(text).map_err(|error| AgentError::Usage(format!("--facet: {error}")))
}

/// A secret that was given on the command line, or for `-` the next line of standard input: other users of the machine
/// can read what stands on a command line.
pub fn secret(given: &str, output: &Output) -> Result<String, AgentError> {
    match given {
        "-" => output
            .read("", &|| false)
            .ok_or_else(|| AgentError::Usage("the secret is missing on standard input".to_owned())),
        given => Ok(given.to_owned()),
    }
}

/// The settings with the mappings of a command line. Who stands for whom is the business of the agent that runs.
pub fn with_facet_lists(settings: &Settings, mappings: &[String]) -> Result<Settings, AgentError> {
    if !mappings.is_empty() && RunningHome::find(settings).is_some() {
        let rule = "--app-id-server belongs to the agent that runs: give it to `serve`, or stop the agent";
        return Err(AgentError::Usage(rule.to_owned()));
    }
    let mut settings = settings.clone();
    for mapping in mappings {
        let added = settings.facets.add(mapping);
        added.map_err(|error| AgentError::Usage(format!("--app-id-server {mapping}: {error}")))?;
    }
    Ok(settings)
}

/// `enrol`.
pub fn enrol(settings: &Settings, arguments: &EnrolArguments, output: &Output) -> Result<(), AgentError> {
    let settings = with_facet_lists(settings, &arguments.app_id_server)?;
    let server = arguments.server.as_deref();
    let server = server
        .map(|url| RelyingParty::at(url, &settings.trust))
        .transpose()?;
    let session = arguments.session.as_deref();
    let session = session.map(|given| secret(given, output)).transpose()?;
    let hands = Hands::of(&settings, &arguments.sight, output)?;
    match hands.enrol() {
        Ok(()) => output.line(
            "enrolled; the template is sealed on this device",
            &json!({"event": "enrolled"}),
        ),
        // Then only the key is registered.
        Err(error) if error.code() == "already_enrolled" && server.is_some() => {}
        Err(error) => return Err(error),
    }
    let (Some(server), Some(session)) = (server, session) else {
        return Ok(());
    };
    let token = ("enrolmentSession", session.as_str());
    let facet = facet(arguments.facet.as_deref(), &server)?;
    let request = server.request(token)?;
    let response = hands.answer(&facet, request, Kind::Register)?;
    let response =
        response.ok_or_else(|| AgentError::Usage("this session asks for no registration".into()))?;
    let bytes = response.len();
    server.respond(token, response)?;
    output.line(
        &format!("registered; {bytes} bytes left this device, none of them of a picture"),
        &json!({"event": "registered", "bytes_sent": bytes}),
    );
    Ok(())
}

/// `renew`.
pub fn renew(settings: &Settings, arguments: &RenewArguments, output: &Output) -> Result<(), AgentError> {
    Hands::of(settings, &arguments.sight, output)?.renew(arguments.yes)
}
