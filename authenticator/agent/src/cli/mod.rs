//! Commands, what they print, and exit codes.

mod doctor;
mod documents;
mod face;
mod hands;
mod keys;
mod output;
mod pairings;
mod pay;
mod serve;
mod weights;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use smile_protocol::uaf::identity::Aaid;
use smile_weights::Home;

use crate::camera::CameraKind;
use crate::config::Settings;
use crate::error::AgentError;
use output::Output;

/// What `--help` says of the exit status.
const EXIT_CODES: &str = "Exit status: 0 done; 1 the disk or the machine failed; 2 the arguments are wrong; 3 rejected by the user, \
the authenticator or the server; 4 locked after too many faces that did not match; 5 configuration, home or weights are not as \
they must be; 6 no answer from the network, or none that can be trusted.";

/// A face-verifying FIDO UAF authenticator on this machine
///
/// There is no liveness check yet: a photo of the enrolled person would pass.
#[derive(Parser)]
#[command(name = "smile-agent", version, after_help = EXIT_CODES)]
struct Arguments {
    /// Smile's folder on this machine [default: $SMILE_HOME, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The configuration file [default: agent/agent.toml in the home, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which model this installation is, VVVV#MMMM; a home belongs to one model for good
    #[arg(long, global = true)]
    aaid: Option<Aaid>,
    /// An authority (PEM) that vouches for servers beside those of this machine; again and again
    #[arg(long, global = true, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// Print one JSON object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Enrol(face::EnrolArguments),
    List(keys::ListArguments),
    Show(keys::ShowArguments),
    Renew(face::RenewArguments),
    Remove(keys::RemoveArguments),
    Pay(pay::Arguments),
    Pairings(pairings::Arguments),
    Doctor(doctor::Arguments),
    Weights(weights::Arguments),
    Metadata(documents::MetadataArguments),
    Completions(documents::CompletionsArguments),
    Man(documents::ManArguments),
}

/// Where the pictures come from.
#[derive(clap::Args)]
struct Sight {
    /// `page` (the browser's camera, on the agent's own page), `images:FOLDER` (JPEG and PNG) or `file:CLIP` (YUV4MPEG2, or
    /// JPEGs one behind the other) [default: page]
    #[arg(long, value_name = "CAMERA")]
    camera: Option<CameraKind>,
    /// A folder that already holds the weights of the face networks; what is missing there is not fetched
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output { json: arguments.json };
    match dispatch(arguments, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failed(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(arguments: Arguments, output: &Output) -> Result<(), AgentError> {
    // These two need no home, and must work where there is none.
    match &arguments.command {
        Command::Completions(wanted) => return documents::completions(wanted),
        Command::Man(_) => return documents::man(),
        _ => {}
    }
    let home = match arguments.home {
        Some(folder) => Home::at(std::path::absolute(&folder).map_err(AgentError::file(&folder))?),
        None => Home::resolve()?,
    };
    let mut settings = Settings::load(home, arguments.config.as_deref())?;
    settings.aaid = arguments.aaid.or(settings.aaid);
    for file in &arguments.ca {
        let added = settings.trust.add(file);
        added.map_err(|error| AgentError::Usage(format!("--ca: {error}")))?;
    }
    match arguments.command {
        Command::Serve(wanted) => serve::run(settings, wanted, output),
        Command::Enrol(wanted) => face::enrol(&settings, &wanted, output),
        Command::List(_) => keys::list(&settings, output),
        Command::Show(wanted) => keys::show(&settings, wanted, output),
        Command::Renew(wanted) => face::renew(&settings, &wanted, output),
        Command::Remove(wanted) => keys::remove(&settings, wanted, output),
        Command::Pay(wanted) => pay::run(&settings, &wanted, output),
        Command::Pairings(wanted) => pairings::run(&settings, wanted, output),
        Command::Doctor(_) => doctor::run(&settings, output),
        Command::Weights(wanted) => weights::run(&settings, &wanted, output),
        Command::Metadata(wanted) => documents::metadata(&settings, &wanted),
        Command::Completions(_) | Command::Man(_) => unreachable!("answered above"),
    }
}

/// The whole command line, for documents about it.
fn command_line() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_holds_together() {
        super::command_line().debug_assert();
    }
}
