//! `smile-agent pairings`.

use super::output::Output;
use crate::config::Settings;
use crate::control::{Order, RunningHome};
use crate::device::Device;
use crate::error::AgentError;
use crate::kept::{self, PairingsAction};
use crate::pairing::Pairings;

/// List, revoke or unlock the web pages that were paired
///
/// New ones are paired by the page itself, while `serve` runs.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: PairingsAction,
}

/// `pairings`.
pub fn run(settings: &Settings, arguments: Arguments, output: &Output) -> Result<(), AgentError> {
    if let Some(running) = RunningHome::find(settings) {
        return running.order(Order::Pairings(arguments.action), output).map(drop);
    }
    // Held while the file is changed, so that no agent starts with what it was.
    let _held = Device::open_without_face(settings)?;
    let mut pairings = Pairings::open(settings.pairings_file())?;
    kept::pairings(&mut pairings, &arguments.action, output)
}
