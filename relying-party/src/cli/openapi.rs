//! `smile-rp openapi`: the description of the interface.

use super::streams;
use smile_relying_party::http::openapi;
use std::process::ExitCode;

/// Print the OpenAPI description of the server's interface, as GET /openapi.json serves it
#[derive(clap::Args)]
pub struct Arguments {
    /// Print what clients of this version may rely on instead, a line each: docs/promises.txt
    #[arg(long)]
    promises: bool,
}

/// Prints the description.
pub fn run(arguments: &Arguments) -> ExitCode {
    let printed = if arguments.promises {
        streams::print(&openapi::promises::text())
    } else {
        streams::print(openapi::text())
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::FAILURE
        }
    }
}
