//! `smile-agent metadata`, `completions` and `man`: documents about this installation and this program.

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use clap_complete::Shell;
use smile_authenticator::Authenticator;
use smile_protocol::metadata::MetadataStatement;

use super::command_line;
use crate::config::Settings;
use crate::device::Device;
use crate::error::AgentError;

/// Print this installation's metadata statement
///
/// With Basic Full attestation it names the root that this installation made for itself.
#[derive(clap::Args)]
pub struct MetadataArguments {
    /// The form in which it is printed
    #[arg(long, value_enum, default_value = "uaf")]
    format: Format,
    /// With fido2: the vendor's words for `legalHeader`, which that form demands
    #[arg(long, default_value = "Not submitted to a metadata service.")]
    legal_header: String,
}

/// The forms of a statement.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As UAF 1.1 writes it (Metadata §4)
    Uaf,
    /// As version 3 writes it, which FIDO2 tools read
    Fido2,
}

/// Print a script that completes this program's arguments in a shell
#[derive(clap::Args)]
pub struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Print the manual page
#[derive(clap::Args)]
pub struct ManArguments {}

fn print(bytes: &[u8]) -> Result<(), AgentError> {
    let mut out = std::io::stdout().lock();
    let printed = out.write_all(bytes).and_then(|()| out.flush());
    printed.map_err(AgentError::file(std::path::Path::new("standard output")))
}

/// `metadata`.
pub fn metadata(settings: &Settings, arguments: &MetadataArguments) -> Result<(), AgentError> {
    let statement = statement(settings)?;
    let text = match arguments.format {
        Format::Uaf => statement.encode(),
        Format::Fido2 => statement
            .encode_v3(&arguments.legal_header)
            .map_err(|error| AgentError::Usage(error.to_string()))?,
    };
    print(format!("{text}\n").as_bytes())
}

/// Of a home that is there, which is only read, also while an agent or another command holds it. A new one is made first,
/// and one whose making was cut off is made an end of.
fn statement(settings: &Settings) -> Result<MetadataStatement, AgentError> {
    let config = settings.authenticator();
    if is_whole(&config.home).map_err(AgentError::file(&config.home))? {
        return Ok(Authenticator::statement_of(&config)?);
    }
    Ok(Device::open_without_face(settings)?.metadata_statement())
}

/// Whether anything was ever sealed in a home: its attestation is, before anything else. A home without one holds no key
/// of anybody's.
fn is_whole(home: &Path) -> std::io::Result<bool> {
    let entries = match std::fs::read_dir(home) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let is_sealed = entry.path().extension().is_some_and(|ending| ending == "sealed");
        if is_sealed || entry.file_type()?.is_dir() && is_whole(&entry.path())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `completions`.
pub fn completions(arguments: &CompletionsArguments) -> Result<(), AgentError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command_line(), "smile-agent", &mut script);
    print(&script)
}

/// `man`.
pub fn man() -> Result<(), AgentError> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command_line()).render(&mut page);
    rendered.map_err(AgentError::file(std::path::Path::new("standard output")))?;
    print(&page)
}
