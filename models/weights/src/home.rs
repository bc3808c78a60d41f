//! The folder in which Smile keeps what must outlive a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::WeightsError;

/// Smile's folder on this machine: `weights/` and `media/` for finished files, `archives/` for the packages they came
/// in, `tmp/` for work under way, and whatever else its programs keep (store, keys, reports).
///
/// It follows XDG's *data* folder and not its cache: one folder serves all of Smile, keys and templates included, and a
/// cache cleaner must not take them along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// `$SMILE_HOME`; else `$XDG_DATA_HOME/smile`; else `$HOME/.local/share/smile`. Nothing is created yet.
    /// An empty variable counts as unset; a relative `SMILE_HOME` is taken from the current folder, a relative
    /// `XDG_DATA_HOME` is ignored (XDG Base Directory Specification, "All paths must be absolute").
    ///
    /// # Errors
    /// [`WeightsError::NoHome`] when no variable helps; [`WeightsError::Io`] when the current folder is gone.
    pub fn resolve() -> Result<Self, WeightsError> {
        Self::resolve_from(|name| std::env::var_os(name))
    }

    fn resolve_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, WeightsError> {
        let folder = |name: &str| variable(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        if let Some(path) = folder("SMILE_HOME") {
            let absolute = std::path::absolute(&path).map_err(|e| WeightsError::io("finding", &path, e))?;
            return Ok(Self(absolute));
        }
        if let Some(path) = folder("XDG_DATA_HOME").filter(|p| p.is_absolute()) {
            return Ok(Self(path.join("smile")));
        }
        folder("HOME")
            .map(|path| Self(path.join(".local/share/smile")))
            .ok_or(WeightsError::NoHome)
    }

    /// A home at a place of the caller's choice.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where converted networks lie.
    #[must_use]
    pub fn weights(&self) -> PathBuf {
        self.0.join("weights")
    }

    /// Where sample media lie.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.0.join("media")
    }

    /// Where fetched packages are kept, so that a damaged file is made again without network.
    #[must_use]
    pub fn archives(&self) -> PathBuf {
        self.0.join("archives")
    }

    /// Work under way; on the same file system as the rest, so that finishing is a rename.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// Locked by whoever writes to this home's files.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.0.join("fetch.lock")
    }

    /// Makes the folder, and `inner` in it, if missing; the home itself for its owner alone, since keys will lie in it.
    pub(crate) fn create(&self, inner: &Path) -> Result<(), WeightsError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(inner)
            .map_err(|e| WeightsError::io("creating", inner, e))
    }
}

#[cfg(test)]
mod tests;
