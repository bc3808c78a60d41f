//! `[data]`: where records and the server's own keys live.

use super::lint::Lint;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The store engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Nothing survives the process: for tests and first steps.
    Memory,
    /// On disk; a commit is answered only after it was synced.
    Sled,
}

/// The data folder and its engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// `sled` or `memory`.
    pub engine: Engine,
    /// The folder for the store, `server.key` with its `server.check`, and `receipt.key` (made at the first start, mode 0600).
    /// Required for sled. With `memory` it may be left out: the keys then live as long as the process.
    #[serde(default)]
    pub folder: Option<PathBuf>,
}

impl DataConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        match &self.folder {
            None if self.engine == Engine::Sled => {
                lints.push(Lint::new("data.folder", "is required with the engine sled"));
            }
            Some(folder) if folder.as_os_str().is_empty() => {
                lints.push(Lint::new("data.folder", "must not be empty"));
            }
            _ => {}
        }
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        if let Some(folder) = &mut self.folder {
            *folder = base.join(&folder);
        }
    }
}
