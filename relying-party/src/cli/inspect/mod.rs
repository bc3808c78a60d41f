//! `smile-rp inspect`: what every byte of a message is, what it says, and which rule it breaks.

mod table;

use super::{EXIT_BROKEN, Protocol, streams};
use smile_protocol::trace::trace;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what every byte of a message is, what it says, and which rule it breaks
///
/// Takes UAF messages, transport envelopes, ASM requests and responses, authenticator commands and responses,
/// assertions, final challenge parameters, trusted facet lists and metadata statements, as JSON, base64url,
/// hexadecimal digits or bytes; of the scheme WAV1CBOR (experimental) too. Exit status: 0 no rule is broken, 3 one is, 1 the file cannot be read.
#[derive(clap::Args)]
pub struct Arguments {
    /// Whose message it is
    protocol: Protocol,
    /// The file; - for standard input
    file: PathBuf,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

/// Prints the map of a file.
pub fn run(arguments: &Arguments) -> ExitCode {
    let Protocol::Uaf = arguments.protocol;
    let outcome = streams::read(&arguments.file).and_then(|input| {
        let map = trace(&input);
        let text = if arguments.json {
            format!("{}\n", map.as_json())
        } else {
            table::of(&map)
        };
        streams::print(&text)?;
        Ok(map.broken().next().is_some())
    });
    match outcome {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(EXIT_BROKEN),
        Err(error) => {
            eprintln!("smile-rp: {}: {error}", arguments.file.display());
            ExitCode::FAILURE
        }
    }
}
