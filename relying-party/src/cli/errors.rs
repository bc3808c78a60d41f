//! `smile-rp errors`: the page of all codes.

use super::streams;
use smile_relying_party::errors_page;
use std::process::ExitCode;

/// Print the page of all error codes, docs/errors.md
#[derive(clap::Args)]
pub struct Arguments {}

/// Prints the page.
pub fn run(_: &Arguments) -> ExitCode {
    match streams::print(&errors_page::text()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::FAILURE
        }
    }
}
