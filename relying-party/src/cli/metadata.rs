//! `smile-rp metadata`: metadata statements in one form or the other.

use super::{EXIT_BROKEN, streams};
use clap::ValueEnum;
use smile_protocol::metadata::MetadataStatement;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Print metadata statements, one line of JSON each
///
/// Exit status: 0 each was printed, 3 one breaks a rule (the others are printed), 1 a file cannot be read.
#[derive(clap::Args)]
pub struct Arguments {
    /// The form in which they are printed
    #[arg(long, value_enum)]
    format: Format,
    /// With fido2: the vendor's words for `legalHeader`, which that form demands
    #[arg(long, default_value = "Not submitted to a metadata service.")]
    legal_header: String,
    /// The statements; - for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// The forms of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As UAF 1.1 writes them (Metadata §4): registry values are numbers
    Uaf,
    /// As version 3 writes them, which FIDO2 tools and metadata services read: registry values are names
    Fido2,
}

/// Prints the statements.
pub fn run(arguments: &Arguments) -> ExitCode {
    let mut exit = ExitCode::SUCCESS;
    for path in &arguments.files {
        if let Err((error, status)) = convert(path, arguments) {
            eprintln!("smile-rp: {}: {error}", path.display());
            exit = status;
        }
    }
    exit
}

fn convert(path: &Path, arguments: &Arguments) -> Result<(), (String, ExitCode)> {
    let unreadable = |error: std::io::Error| (error.to_string(), ExitCode::FAILURE);
    let refused = |error: String| (streams::plain(&error), ExitCode::from(EXIT_BROKEN));
    let bytes = streams::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| refused("is not UTF-8".to_owned()))?;
    let statement = MetadataStatement::decode(&text).map_err(|error| refused(error.to_string()))?;
    let written = match arguments.format {
        Format::Uaf => statement.encode(),
        Format::Fido2 => statement
            .encode_v3(&arguments.legal_header)
            .map_err(|error| refused(error.to_string()))?,
    };
    streams::print(&format!("{written}\n")).map_err(unreadable)
}
