//! The program's subcommands: the server itself, and tools that look at UAF messages, at the books and at what is open.

pub mod books;
pub mod errors;
pub mod inspect;
pub mod metadata;
pub mod openapi;
pub mod pending;
pub mod serve;
pub mod stopped;
pub mod streams;
pub mod vectors;

use clap::ValueEnum;

/// Exit status for a message that breaks a rule, and for books that are not right.
const EXIT_BROKEN: u8 = 3;

/// Exit status for arguments that do not fit together, as clap has it.
const EXIT_USAGE: u8 = 2;

/// Exit status for a configuration that was not accepted.
const EXIT_CONFIG: u8 = 5;

/// What `--help` says of the exit status.
pub const EXIT_CODES: &str = "Exit status: 0 done; 1 a file cannot be read, or the server failed; \
2 the arguments are wrong; 3 a message breaks a rule (inspect, metadata), the books are not right (books), or nothing like that is open (settle); 5 the configuration is not accepted.";

/// Whose messages a tool looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// FIDO UAF 1.0 and 1.1
    Uaf,
}
