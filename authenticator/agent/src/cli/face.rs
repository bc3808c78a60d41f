//! `smile-agent enrol` and `smile-agent renew`: the face, and with a server its first key.

use serde_json::json;
use smile_authenticator::AuthenticatorError;
use smile_authenticator::room::InProcess;
use smile_protocol::uaf::identity::FacetId;

use super::Sight;
use super::answering::Capture;
use super::output::Output;
use crate::config::Settings;
use crate::consent::ConsentFile;
use crate::desk::Kind;
use crate::device::{Device, face_networks};
use crate::error::AgentError;
use crate::relying_party::RelyingParty;
use crate::session::display::TerminalDisplay;

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
    /// The one-time token of an enrolment session, from the provider
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

/// The settings with the mappings of a command line.
pub fn with_facet_lists(settings: &Settings, mappings: &[String]) -> Result<Settings, AgentError> {
    let mut settings = settings.clone();
    for mapping in mappings {
        let added = settings.facets.add(mapping);
        added.map_err(|error| AgentError::Usage(format!("--app-id-server {mapping}: {error}")))?;
    }
    Ok(settings)
}

/// A device that can look.
pub fn seeing<'a>(
    settings: &'a Settings,
    sight: &Sight,
    output: &'a Output,
) -> Result<Capture<'a>, AgentError> {
    let engine = face_networks(&settings.home, sight.weights.as_deref())?;
    let device = Device::open(settings, Box::new(InProcess::new(engine)))?;
    Capture::new(settings, device, sight.camera.clone(), output)
}

/// `enrol`.
pub fn enrol(settings: &Settings, arguments: &EnrolArguments, output: &Output) -> Result<(), AgentError> {
    let settings = with_facet_lists(settings, &arguments.app_id_server)?;
    let server = arguments.server.as_deref();
    let server = server
        .map(|url| RelyingParty::at(url, &settings.trust))
        .transpose()?;
    let capture = seeing(&settings, &arguments.sight, output)?;
    let is_enrolled = capture.device().status()?.enrolled;
    match (is_enrolled, &server) {
        (true, None) => return Err(AuthenticatorError::AlreadyEnrolled.into()),
        (true, Some(_)) => {}
        (false, _) => {
            capture.enrol()?;
            output.line(
                "enrolled; the template is sealed on this device",
                &json!({"event": "enrolled"}),
            );
        }
    }
    let (Some(server), Some(session)) = (server, &arguments.session) else {
        return Ok(());
    };
    let token = ("enrolmentSession", session.as_str());
    let facet = facet(arguments.facet.as_deref(), &server)?;
    let request = server.request(token)?;
    let response = capture.answer(facet, &request, Kind::Register)?;
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
    let capture = seeing(settings, &arguments.sight, output)?;
    let keys = capture.device().status()?.keys;
    let question =
        format!("This erases the face and {keys} keys; each relying party needs a new registration.");
    if !arguments.yes && !TerminalDisplay::new("smile-agent").agrees(&question) {
        return Err(AuthenticatorError::Cancelled.into());
    }
    capture.device().erase()?;
    ConsentFile(settings.consent_file()).forget()?;
    capture.enrol()?;
    output.line(
        "enrolled anew; register your keys again",
        &json!({"event": "renewed", "keys_erased": keys}),
    );
    Ok(())
}
