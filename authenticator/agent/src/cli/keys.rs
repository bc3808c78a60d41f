//! `smile-agent list`, `show` and `remove`.

use super::output::Output;
use crate::config::Settings;
use crate::consent::ConsentFile;
use crate::control::{Order, RunningHome};
use crate::device::Device;
use crate::error::AgentError;
use crate::kept::{self, Removal};

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

/// `list`.
pub fn list(settings: &Settings, output: &Output) -> Result<(), AgentError> {
    if let Some(running) = RunningHome::find(settings) {
        return running.order(Order::List, output).map(drop);
    }
    kept::list(&Device::open_without_face(settings)?, output)
}

/// `show`.
pub fn show(settings: &Settings, arguments: ShowArguments, output: &Output) -> Result<(), AgentError> {
    if let Some(running) = RunningHome::find(settings) {
        let order = Order::Show { key: arguments.key };
        return running.order(order, output).map(drop);
    }
    let device = Device::open_without_face(settings)?;
    match &arguments.key {
        Some(key) => kept::show_key(&device, key, output),
        None => kept::show(&device, &ConsentFile(settings.consent_file()), output),
    }
}

/// `remove`.
pub fn remove(settings: &Settings, arguments: RemoveArguments, output: &Output) -> Result<(), AgentError> {
    let yes = arguments.yes;
    // Without a key it is --face: the arguments see to that.
    let removal = arguments.key.map_or(Removal::Face, Removal::Key);
    if let Some(running) = RunningHome::find(settings) {
        return running.order(Order::Remove { removal, yes }, output).map(drop);
    }
    let device = Device::open_without_face(settings)?;
    let consent = ConsentFile(settings.consent_file());
    kept::remove(&device, &consent, &removal, yes, output)
}
