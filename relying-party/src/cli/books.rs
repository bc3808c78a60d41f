//! `smile-rp books`: the double entries of a stopped server's store, audited.

use super::{EXIT_BROKEN, EXIT_CONFIG, streams};
use smile_relying_party::Config;
use smile_relying_party::config::Engine;
use smile_relying_party::store::{Books, SledStore, Store};
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
    match audit(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err((error, status)) => {
            eprintln!("smile-rp: {error}");
            status
        }
    }
}

fn audit(arguments: &Arguments) -> Result<(), (String, ExitCode)> {
    let refused = |error: String| (error, ExitCode::from(EXIT_CONFIG));
    let failed = |error: String| (error, ExitCode::FAILURE);
    let config = Config::load(&arguments.config).map_err(|error| refused(error.to_string()))?;
    let folder = match (config.data.engine, &config.data.folder) {
        (Engine::Sled, Some(folder)) => folder.join("store"),
        _ => {
            return Err(refused(
                "data.engine: only a store on disk has books to audit".to_owned(),
            ));
        }
    };
    if !folder.exists() {
        // Opening would make an empty one.
        return Err(failed(format!("there is no store in {}", folder.display())));
    }
    let store = SledStore::open(&folder).map_err(|error| failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    let rows = runtime
        .block_on(store.dump())
        .map_err(|error| failed(error.to_string()))?;
    let books = Books::audit(&rows).map_err(|error| (error.to_string(), ExitCode::from(EXIT_BROKEN)))?;
    let mut said = String::new();
    for ((currency, account), balance) in &books.accounts {
        said += &format!("{currency} {} {balance}\n", account.as_str());
    }
    said += &format!("{} entries, balanced\n", books.entries);
    streams::print(&said).map_err(|error| failed(error.to_string()))
}
