//! What is kept, for its owner: keys, the face, the consent, the pages that were paired. The same for a command that holds
//! the home itself and for one that speaks to a running agent.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::asm::Registration;

use crate::consent::ConsentFile;
use crate::device::Device;
use crate::error::AgentError;
use crate::moment::moment;
use crate::pairing::Pairings;
use crate::terminal::{Terminal, agrees};

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

/// Every registered key, oldest first.
///
/// # Errors
/// The authenticator's.
pub fn list(device: &Device, terminal: &dyn Terminal) -> Result<(), AgentError> {
    let keys = device.list()?;
    if keys.is_empty() {
        terminal.say("no keys are registered");
    }
    for key in &keys {
        terminal.line(&as_text(key), &as_json(key));
    }
    Ok(())
}

/// The key whose identifier begins so.
///
/// # Errors
/// [`AgentError::Usage`] where that is none, or several.
pub fn show_key(device: &Device, beginning: &str, terminal: &dyn Terminal) -> Result<(), AgentError> {
    let key = find(device, beginning)?;
    terminal.line(&as_text(&key), &as_json(&key));
    Ok(())
}

/// What is enrolled, the consent to it, and how long a lockout lasts.
///
/// # Errors
/// The authenticator's; the disk's.
pub fn show(device: &Device, consent: &ConsentFile, terminal: &dyn Terminal) -> Result<(), AgentError> {
    let status = device.status()?;
    let consent = consent.read()?;
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
    terminal.line(&text, &value);
    Ok(())
}

/// What is to be removed.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The key whose identifier begins so.
    Key(String),
    /// The face, every key, and the consent.
    Face,
}

/// Removes it, after asking unless `yes`.
///
/// # Errors
/// The user said no; as [`show_key`]; the authenticator's; the disk's.
pub fn remove(
    device: &Device,
    consent: &ConsentFile,
    removal: &Removal,
    yes: bool,
    terminal: &dyn Terminal,
) -> Result<(), AgentError> {
    let key = match removal {
        Removal::Key(beginning) => Some(find(device, beginning)?),
        Removal::Face => None,
    };
    let question = match &key {
        Some(key) => format!("This removes the key {}", as_text(key)),
        None => format!(
            "This erases the face and {} keys, for good.",
            device.status()?.keys
        ),
    };
    if !yes && !agrees(terminal, &question, &|| false) {
        return Err(AuthenticatorError::Cancelled.into());
    }
    match &key {
        Some(key) => {
            device.remove(key)?;
            let value = json!({"event": "removed", "key_id": key.key_id.to_string()});
            terminal.line("removed", &value);
        }
        None => {
            device.erase()?;
            consent.forget()?;
            terminal.line("erased", &json!({"event": "erased"}));
        }
    }
    Ok(())
}

/// What is asked about the pages that were paired.
#[derive(clap::Subcommand, Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum PairingsAction {
    /// Every page that was paired, and those that are locked
    List,
    /// Forget a page's token: it has to be paired again
    Revoke {
        /// The page's exact origin
        origin: String,
    },
    /// Let a page try again that showed too many wrong codes
    Unlock {
        /// The page's exact origin
        origin: String,
    },
}

/// Lists, revokes or unlocks.
///
/// # Errors
/// [`AgentError::Usage`] where there is no such pairing, or no lock; the disk's.
pub fn pairings(
    pairings: &mut Pairings,
    action: &PairingsAction,
    terminal: &dyn Terminal,
) -> Result<(), AgentError> {
    match action {
        PairingsAction::List => {
            let locked = pairings.locked();
            if pairings.paired().is_empty() && locked.is_empty() {
                terminal.say("no page is paired");
            }
            for paired in pairings.paired() {
                let text = format!("{}  paired {}", paired.origin, moment(paired.paired_at_ms));
                let value = json!({"origin": paired.origin, "paired_at_ms": paired.paired_at_ms});
                terminal.line(&text, &value);
            }
            for origin in locked {
                let text = format!("{origin}  locked after too many wrong codes");
                terminal.line(&text, &json!({"origin": origin, "locked": true}));
            }
        }
        PairingsAction::Revoke { origin } => {
            if !pairings.forget(origin)? {
                return Err(AgentError::Usage(format!("{origin} is not paired")));
            }
            let value = json!({"event": "revoked", "origin": origin});
            terminal.line(&format!("revoked: {origin}"), &value);
        }
        PairingsAction::Unlock { origin } => {
            if !pairings.unlock(origin) {
                return Err(AgentError::Usage(format!("{origin} is not locked")));
            }
            let value = json!({"event": "unlocked", "origin": origin});
            terminal.line(&format!("unlocked: {origin}"), &value);
        }
    }
    Ok(())
}
