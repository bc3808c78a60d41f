//! `smile-agent`: see the library's documentation for what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    smile_agent::cli::run()
}
