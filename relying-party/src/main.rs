//! `smile-rp`: the relying-party server as a program, and tools that look at UAF messages, at the books and at what is open.

mod cli;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The relying-party server that a payment provider runs
///
/// Without a tool: starts the server, checks its configuration or makes a key.
#[derive(Parser)]
#[command(
    name = "smile-rp",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    after_help = cli::EXIT_CODES
)]
struct Arguments {
    /// The configuration file; smile-rp.example.toml shows every key
    #[arg(long, value_name = "FILE", required_unless_present = "new_api_key")]
    config: Option<PathBuf>,
    /// Check the configuration and the metadata statements that it names, and exit
    #[arg(long, requires = "config")]
    check: bool,
    /// Make a key for a provider, print it and its entry for the configuration, and exit
    #[arg(long)]
    new_api_key: bool,
    /// What the new key opens
    #[arg(long, value_enum, default_value = "secret", requires = "new_api_key")]
    kind: cli::serve::Kind,
    /// Whether its tenant's money is real
    #[arg(long, value_enum, default_value = "test", requires = "new_api_key")]
    mode: cli::serve::KeyMode,
    #[command(subcommand)]
    tool: Option<Tool>,
}

/// What looks at messages, at the books or at what is open, instead of serving.
#[derive(Subcommand)]
enum Tool {
    Inspect(cli::inspect::Arguments),
    Vectors(cli::vectors::Arguments),
    Metadata(cli::metadata::Arguments),
    Books(cli::books::Arguments),
    Pending(cli::pending::PendingArguments),
    Settle(cli::pending::SettleArguments),
    Openapi(cli::openapi::Arguments),
    Errors(cli::errors::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.tool {
        Some(Tool::Inspect(arguments)) => cli::inspect::run(&arguments),
        Some(Tool::Vectors(arguments)) => cli::vectors::run(&arguments),
        Some(Tool::Books(arguments)) => cli::books::run(&arguments),
        Some(Tool::Pending(arguments)) => cli::pending::list(&arguments),
        Some(Tool::Settle(arguments)) => cli::pending::settle(&arguments),
        Some(Tool::Openapi(arguments)) => cli::openapi::run(&arguments),
        Some(Tool::Errors(arguments)) => cli::errors::run(&arguments),
        Some(Tool::Metadata(arguments)) => cli::metadata::run(&arguments),
        None if arguments.new_api_key => cli::serve::make_api_key(arguments.kind, arguments.mode),
        None => {
            let path = arguments.config.expect("clap asks for it");
            cli::serve::run(&path, arguments.check)
        }
    }
}
