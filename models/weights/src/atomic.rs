//! Files that appear complete or not at all, and the lock that keeps two writers apart.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::digest::Sha256Digest;
use crate::error::{FileCheck, WeightsError};
use crate::home::Home;
use crate::progress::Progress;

/// Marks the folders in the home's `tmp/` that this crate made, and may therefore sweep.
const WORK_PREFIX: &str = "fetch-";

/// The right to write to a home's files. Dropped, or its process ended in any way, the next one may go on.
pub(crate) struct WriteLock<'a> {
    home: &'a Home,
    _file: File,
}

impl<'a> WriteLock<'a> {
    /// Waits for other writers, says so, and then sweeps what a killed one left in `tmp/`.
    pub(crate) fn take(home: &'a Home, progress: &dyn Progress) -> Result<Self, WeightsError> {
        home.create(home.path())?;
        let path = home.lock_file();
        let opened = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = opened.map_err(|e| WeightsError::io("opening", &path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note(&format!(
                    "another process is fetching into {}: waiting for it",
                    home.path().display()
                ));
                file.lock().map_err(|e| WeightsError::io("locking", &path, e))?;
            }
            Err(TryLockError::Error(e)) => return Err(WeightsError::io("locking", &path, e)),
        }
        let lock = Self { home, _file: file };
        lock.sweep();
        Ok(lock)
    }

    /// A fresh folder for work under way; it disappears when dropped.
    pub(crate) fn work_folder(&self) -> Result<TempDir, WeightsError> {
        let parent = self.home.temporary();
        self.home.create(&parent)?;
        let made = tempfile::Builder::new().prefix(WORK_PREFIX).tempdir_in(&parent);
        made.map_err(|e| WeightsError::io("creating a folder in", &parent, e))
    }

    /// Only folders with our prefix go. Nobody else is using them: we hold the lock. What cannot be removed stays, and
    /// costs nothing but space.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.home.temporary()) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(WORK_PREFIX) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Writes `bytes` to `path` by way of a work folder, where a half-written file is swept if we are killed.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), WeightsError> {
        let work = self.work_folder()?;
        let half = work.path().join("half");
        let mut file = File::create(&half).map_err(|e| WeightsError::io("creating", &half, e))?;
        write_all(&mut file, bytes, path)?;
        self.adopt(&half, path)
    }

    /// Moves a finished, checked file of a work folder to `path`, synced first.
    pub(crate) fn adopt(&self, from: &Path, path: &Path) -> Result<(), WeightsError> {
        let folder = parent(path);
        self.home.create(folder)?;
        let synced = File::open(from).and_then(|file| file.sync_all());
        synced.map_err(|e| WeightsError::io("syncing", from, e))?;
        fs::rename(from, path).map_err(|e| WeightsError::io("renaming to", path, e))?;
        sync_folder(folder)
    }

    /// Moves a file that is not what it should be out of the way, beside itself. It may be somebody's: it is not deleted.
    pub(crate) fn set_aside(&self, path: &Path, got: Sha256Digest) -> Result<PathBuf, WeightsError> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".refused-{}", &got.to_string()[..8]));
        let aside = PathBuf::from(name);
        fs::rename(path, &aside).map_err(|e| WeightsError::io("moving away", path, e))?;
        Ok(aside)
    }
}

/// Writes and syncs; a full disk shows in either.
pub(crate) fn write_all(file: &mut File, bytes: &[u8], path: &Path) -> Result<(), WeightsError> {
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|e| WeightsError::io("writing", path, e))
}

/// `Ok(None)`: it is the file. `Ok(Some)`: it is another one.
pub(crate) fn check_file(
    path: &Path,
    size: u64,
    sha256: Sha256Digest,
) -> Result<Option<FileCheck>, WeightsError> {
    let read = |e| WeightsError::io("reading", path, e);
    let got_size = fs::metadata(path).map_err(read)?.len();
    let got = Sha256Digest::of_file(path).map_err(read)?;
    if got_size == size && got == sha256 {
        return Ok(None);
    }
    Ok(Some(FileCheck {
        file: path.display().to_string(),
        expected_size: size,
        expected: sha256,
        got_size: Some(got_size),
        got,
    }))
}

/// The same for bytes in memory; `file` names them in the error.
pub(crate) fn check_bytes(
    bytes: &[u8],
    size: u64,
    sha256: Sha256Digest,
    file: &str,
) -> Result<(), WeightsError> {
    let (got_size, got) = (bytes.len() as u64, Sha256Digest::of(bytes));
    if got_size == size && got == sha256 {
        return Ok(());
    }
    let check = FileCheck {
        file: file.to_owned(),
        expected_size: size,
        expected: sha256,
        got_size: Some(got_size),
        got,
    };
    Err(WeightsError::WrongFile(Box::new(check)))
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .expect("every path written is a file name joined to a folder")
}

/// A rename is durable when its folder is. Systems that cannot sync a folder need not.
fn sync_folder(folder: &Path) -> Result<(), WeightsError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let synced = File::open(folder).and_then(|file| file.sync_all());
    synced.map_err(|e| WeightsError::io("syncing", folder, e))
}

#[cfg(test)]
mod tests;
