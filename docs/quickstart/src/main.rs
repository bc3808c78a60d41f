//! The README's first command. See the library's documentation for what it does.

use std::process::ExitCode;

use clap::Parser;
use smile_quickstart::arguments::{Arguments, Command};
use smile_quickstart::{metadata, story};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Metadata(wanted)) => metadata::print(wanted),
        None => story::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nsmile-quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}
