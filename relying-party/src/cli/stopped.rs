//! The store of a server that is stopped, for the tools that look into it.

use super::EXIT_CONFIG;
use smile_relying_party::Config;
use smile_relying_party::config::Engine;
use smile_relying_party::store::SledStore;
use std::path::Path;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// What to print on standard error, and how to end.
pub type Failure = (String, ExitCode);

/// An open store, and what waits for its answers.
pub struct StoppedStore {
    pub store: SledStore,
    runtime: Runtime,
}

impl StoppedStore {
    /// Opens the store that a configuration names; it must be there.
    ///
    /// # Errors
    /// The configuration is not accepted or keeps nothing on disk; there is no store; another process holds it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let refused = |error: String| (error, ExitCode::from(EXIT_CONFIG));
        let config = Config::load(path).map_err(|error| refused(error.to_string()))?;
        let folder = match (config.data.engine, &config.data.folder) {
            (Engine::Sled, Some(folder)) => folder.join("store"),
            _ => {
                return Err(refused(
                    "data.engine: only a store on disk can be looked into".to_owned(),
                ));
            }
        };
        if !folder.exists() {
            // Opening would make an empty one.
            return Err(failed(format!("there is no store in {}", folder.display())));
        }
        let store = SledStore::open(&folder).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(failed)?;
        Ok(Self { store, runtime })
    }

    /// Waits for an answer of the store.
    ///
    /// # Errors
    /// What the store says.
    pub fn wait<T, E: ToString>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
        self.runtime.block_on(answer).map_err(failed)
    }
}

/// A failure of the disk or the machine.
pub fn failed(error: impl ToString) -> Failure {
    (error.to_string(), ExitCode::FAILURE)
}

/// Says why, if it failed, and how to end.
pub fn ended(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((error, status)) => {
            eprintln!("smile-rp: {error}");
            status
        }
    }
}
