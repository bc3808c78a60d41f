//! The README's first command. See the library's documentation for what it does.

use std::process::ExitCode;

use clap::Parser;
use smile_quickstart::{arguments::Arguments, story};

fn main() -> ExitCode {
    match story::run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nsmile-quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}
