//! `smile-agent list`, `show` and `remove`.

use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::asm::Registration;

use super::output::{Output, moment};
use crate::config::Settings;
use crate::consent::ConsentFile;
use crate::device::Device;
use crate::error::AgentError;
use crate::session::display::TerminalDisplay;

/// List the registered keys, oldest first
#[derive(clap::Args)]
pub struct ListArguments {}

/// Show one key, or without one what is enrolled and how long a lockout lasts
#[derive(clap::Args)]
pub struct ShowArguments {
    /// The key's identifier, or as much of its beginning as is unique
    key: Option<String>,
}

/// Remove one key, or with --face the face and every key
///
/// The relying party is not told: revoke the credential there too.
#[derive(clap::Args)]
pub struct RemoveArguments {
    /// The key's identifier, or as much of its beginning as is unique
    #[arg(required_unless_present = "face", conflicts_with = "face")]
    key: Option<String>,
    /// The face, every key, and the consent
    #[arg(long)]
    face: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

fn as_json(key: &Registration) -> Value {
    json!({
        "key_id": key.key_id.to_string(),
        "app_id": key.app_id.as_str(),
        "username": key.username.as_str(),
        "registered_at_ms": key.registered_at_ms,
    })
}

/// Names come from servers: what could move a terminal's cursor is shown as its number.
fn as_text(key: &Registration) -> String {
    format!(
        "{}  {}  {}  {}",
        &key.key_id.to_string(),
        moment(key.registered_at_ms),
        key.username.as_str().escape_debug(),
        key.app_id.as_str().escape_debug(),
    )
}

fn find(device: &Device, beginning: &str) -> Result<Registration, AgentError> {
    let keys = device.list()?;
    let mut fitting = keys
        .into_iter()
        .filter(|key| key.key_id.to_string().starts_with(beginning));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(AgentError::Usage(format!("no key begins with {beginning:?}"))),
        (Some(_), Some(_)) => Err(AgentError::Usage(format!(
            "several keys begin with {beginning:?}"
        ))),
    }
}

/// `list`.
pub fn list(settings: &Settings, output: &Output) -> Result<(), AgentError> {
    let keys = Device::open_without_face(settings)?.list()?;
    if keys.is_empty() && !output.json {
        eprintln!("no keys are registered");
    }
    for key in &keys {
        output.line(&as_text(key), &as_json(key));
    }
    Ok(())
}

/// `show`.
pub fn show(settings: &Settings, arguments: &ShowArguments, output: &Output) -> Result<(), AgentError> {
    let device = Device::open_without_face(settings)?;
    if let Some(beginning) = &arguments.key {
        let key = find(&device, beginning)?;
        output.line(&as_text(&key), &as_json(&key));
        return Ok(());
    }
    let status = device.status()?;
    let consent = ConsentFile(settings.consent_file()).read()?;
    let text = format!(
        "model {}; {}; {} keys; {}; {}",
        status.aaid,
        if status.enrolled {
            "a face is enrolled"
        } else {
            "no face is enrolled"
        },
        status.keys,
        match status.locked_for_ms {
            0 => "not locked".to_owned(),
            ms => format!("locked for {} s", ms.div_ceil(1000)),
        },
        match &consent {
            Some(consent) => format!("consent of {}", moment(consent.given_at_ms)),
            None => "no consent is kept".to_owned(),
        },
    );
    let value = json!({
        "aaid": status.aaid.to_string(), "enrolled": status.enrolled, "keys": status.keys,
        "locked_for_ms": status.locked_for_ms, "consent": consent,
    });
    output.line(&text, &value);
    Ok(())
}

/// `remove`.
pub fn remove(settings: &Settings, arguments: &RemoveArguments, output: &Output) -> Result<(), AgentError> {
    let device = Device::open_without_face(settings)?;
    let key = arguments
        .key
        .as_deref()
        .map(|beginning| find(&device, beginning))
        .transpose()?;
    let question = match &key {
        Some(key) => format!("This removes the key {}", as_text(key)),
        None => format!(
            "This erases the face and {} keys, for good.",
            device.status()?.keys
        ),
    };
    if !arguments.yes && !TerminalDisplay::new("smile-agent").agrees(&question) {
        return Err(AuthenticatorError::Cancelled.into());
    }
    match &key {
        Some(key) => {
            device.remove(key)?;
            output.line(
                "removed",
                &json!({"event": "removed", "key_id": key.key_id.to_string()}),
            );
        }
        None => {
            device.erase()?;
            ConsentFile(settings.consent_file()).forget()?;
            output.line("erased", &json!({"event": "erased"}));
        }
    }
    Ok(())
}
