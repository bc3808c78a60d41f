//! Files that are either wholly the old version or wholly the new one, also after a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The largest file that is read back whole. The biggest thing kept is a template of a few
/// embeddings (tens of KiB); more is damage or an attack on memory.
pub(crate) const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// The ending of files that are still being written. What carries it after a crash was never named.
const UNFINISHED: &str = "unfinished";

/// The ending of files that are being erased. What carries it after a crash is still to be overwritten.
const ERASED: &str = "erased";

/// Writes `bytes` under `path` so that a crash at any moment leaves the old file or the new one.
///
/// The order is: a new file beside it, its contents to the disk, the rename, the folder to the disk.
/// When this returns Ok, a power cut does not take the new contents away.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = write_unfinished(path, bytes)?;
    fs::rename(&unfinished, path)?;
    sync_folder_of(path)
}

/// Like [`replace`], and afterwards writes zeros over what the old file held (see [`erase`] for what
/// that can promise).
pub(crate) fn replace_overwriting_old(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    replace(path, bytes)?;
    match old {
        Some(file) => overwrite(file),
        None => Ok(()),
    }
}

/// Writes `bytes` under `path` if nothing is there yet; `AlreadyExists` if something is.
///
/// A hard link gives the finished file its name: unlike a rename it never replaces, so of two
/// processes that create the same key file, one wins and the other learns it.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = write_unfinished(path, bytes)?;
    let linked = fs::hard_link(&unfinished, path);
    // Only the name goes: its bytes are the new file's now. Whoever saw the new file may have swept it.
    remove_if_there(&unfinished)?;
    linked?;
    sync_folder_of(path)
}

/// Reads a whole file; `None` if there is none; an error above [`MAX_FILE_BYTES`].
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is larger than anything kept here",
        ));
    }
    Ok(Some(bytes))
}

/// Overwrites the file's bytes with zeros, to the disk, and removes it. Ok(false) if there was none.
///
/// The name goes first, so that a crash never leaves zeros where a sealed file should be; the sweep at the
/// next start ([`finish`]) does the rest.
///
/// What a filesystem can promise: on a plain one that writes in place, the old blocks are gone. Copy
/// on write (btrfs, ZFS), snapshots, backups and the spare blocks of flash may keep them. What is
/// left there is ciphertext, and worth as much as the sealing key is to whoever finds it.
pub(crate) fn erase(path: &Path) -> io::Result<bool> {
    let erased = with_ending(path, ERASED);
    match fs::rename(path, &erased) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    }
    sync_folder_of(path)?;
    finish_erasing(&erased)?;
    Ok(true)
}

/// Creates a folder (and those above it) that only its owner may enter, durably. One that exists stays as
/// it is.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        private_folder(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // A file in a folder is only on the disk once the folder's own name is.
        Ok(()) => sync_folder_of(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes a folder away from everybody but its owner, where it was open to others.
#[cfg(unix)]
pub(crate) fn close_to_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(folder)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o700);
        fs::set_permissions(folder, permissions)?;
    }
    Ok(())
}

/// Where there are no such modes there is nothing to take away.
#[cfg(not(unix))]
pub(crate) fn close_to_others(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Finishes in `folder` and the folders in it what a crash cut short: what was half-written loses its name,
/// what was half-erased is overwritten first.
pub(crate) fn finish(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let ends_in = |ending: &str| path.extension().is_some_and(|found| found == ending);
        if entry.file_type()?.is_dir() {
            finish(&path)?;
        } else if ends_in(UNFINISHED) {
            // Never overwritten: after a crash in `create` the finished file has the same bytes on the disk.
            fs::remove_file(&path)?;
        } else if ends_in(ERASED) {
            finish_erasing(&path)?;
        }
    }
    Ok(())
}

/// Removes what crashes in [`create`] left beside the existing file `path`: second names of it, or of what
/// another process wanted to be it.
pub(crate) fn remove_unfinished_beside(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        let found = entry.file_name();
        let process = found
            .to_str()
            .and_then(|found| found.strip_prefix(name)?.strip_prefix('.'))
            .and_then(|rest| rest.strip_suffix(UNFINISHED)?.strip_suffix('.'));
        if process.is_some_and(|id| id.parse::<u32>().is_ok()) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

fn finish_erasing(erased: &Path) -> io::Result<()> {
    overwrite(OpenOptions::new().read(true).write(true).open(erased)?)?;
    fs::remove_file(erased)?;
    sync_folder_of(erased)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    PathBuf::from(name)
}

fn write_unfinished(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let unfinished = with_ending(path, &format!("{}.{UNFINISHED}", std::process::id()));
    remove_if_there(&unfinished)?;
    let mut options = OpenOptions::new();
    // Never through a file or link that somebody else put there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(unfinished),
        Err(error) => {
            // The write's own error is the one worth telling; a leftover is swept at the next start.
            let _ = fs::remove_file(&unfinished);
            Err(error)
        }
    }
}

fn overwrite(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len().min(MAX_FILE_BYTES);
    file.seek(SeekFrom::Start(0))?;
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

/// A name is only on the disk once the folder that holds it is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
