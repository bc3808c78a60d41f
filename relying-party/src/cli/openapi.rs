//! `smile-rp openapi`: the description of the interface.

use super::streams;
use smile_relying_party::http::openapi;
use std::process::ExitCode;

/// Print the OpenAPI description of the server's interface, as GET /openapi.json serves it
#[derive(clap::Args)]
pub struct Arguments {}

/// Prints the description.
pub fn run(_: &Arguments) -> ExitCode {
    match streams::print(openapi::text()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::FAILURE
        }
    }
}
