//! `smile-rp books`: the double entries of a stopped server's store, audited.

use super::stopped::{self, Failure, StoppedStore};
use super::{EXIT_BROKEN, streams};
use smile_relying_party::store::{Books, Store};
use std::path::PathBuf;
use std::process::ExitCode;

/// Audit the books of a store: the accounts sum to zero, and what is booked is what the payments say
///
/// The server must be stopped. Prints one line for each currency and account: minor units debited less those credited.
/// Exit status: 0 the books are right, 3 they are not, 1 the store cannot be opened, 5 the configuration is not accepted.
#[derive(clap::Args)]
pub struct Arguments {
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Audits the books.
pub fn run(arguments: &Arguments) -> ExitCode {
    stopped::ended(audit(arguments))
}

fn audit(arguments: &Arguments) -> Result<(), Failure> {
    let stopped = StoppedStore::open(&arguments.config)?;
    let rows = stopped.wait(stopped.store.dump())?;
    let books = Books::audit(&rows).map_err(|error| (error.to_string(), ExitCode::from(EXIT_BROKEN)))?;
    let mut said = String::new();
    for ((currency, account), balance) in &books.accounts {
        said += &format!("{currency} {} {balance}\n", account.as_str());
    }
    said += &format!("{} entries, balanced\n", books.entries);
    streams::print(&said).map_err(stopped::failed)
}
