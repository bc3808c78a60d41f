//! Small files that must survive a power cut or not exist at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a 0600 file of exactly `N` secret bytes, or makes it from `generate` and waits until it is on disk.
///
/// # Errors
/// The file is readable by others, has another length, or cannot be read or written.
pub fn read_or_create<const N: usize>(
    path: &Path,
    generate: impl FnOnce() -> Zeroizing<[u8; N]>,
) -> io::Result<Zeroizing<[u8; N]>> {
    match fs::read(path).map(Zeroizing::new) {
        Ok(bytes) => {
            let mode = fs::metadata(path)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(refused(path, "others may read it; set its mode to 0600"));
            }
            <[u8; N]>::try_from(bytes.as_slice())
                .map(Zeroizing::new)
                .map_err(|_| refused(path, "it does not have the length of a key"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = generate();
            write_new(path, &*bytes)?;
            Ok(bytes)
        }
        Err(error) => Err(error),
    }
}

/// Writes beside the target, syncs, renames and syncs the folder: a crash leaves the whole file or none.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Writes a 0600 file beside the target, syncs it and renames it: a crash leaves the file before or the one after,
/// each whole; which of them is on disk is certain only after [`sync_folder`].
///
/// # Errors
/// The file cannot be written, synced or renamed.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Makes a folder that only its owner can open, and those above it, unless they are there already. What was made is
/// on disk when this returns: a file synced inside a folder whose name is lost would be lost with it.
///
/// # Errors
/// A folder cannot be made or synced.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for made in missing {
        sync_folder(match made.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        })?;
    }
    Ok(())
}

/// Waits until the names in `folder` are on disk.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{create_private_folder, read_or_create};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use zeroize::Zeroizing;

    #[test]
    fn a_key_file_is_private_and_stays_the_same() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("some.key");
        let first: Zeroizing<[u8; 32]> = read_or_create(&path, || Zeroizing::new([7u8; 32])).expect("made");
        assert_eq!(
            fs::metadata(&path).expect("it is there").permissions().mode() & 0o777,
            0o600
        );
        let second = read_or_create(&path, || Zeroizing::new([8u8; 32])).expect("read");
        assert_eq!(first, second);
    }

    #[test]
    fn a_folder_and_those_above_it_are_private() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let below = folder.path().join("data/store");
        for _ in 0..2 {
            create_private_folder(&below).expect("made, or there");
        }
        for path in [&below, &folder.path().join("data")] {
            let mode = fs::metadata(path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", path.display());
        }
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("some.key");
        read_or_create(&path, || Zeroizing::new([7u8; 32])).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode set");
        let error = read_or_create(&path, || Zeroizing::new([7u8; 32])).expect_err("refused");
        assert!(error.to_string().contains("0600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode set");
        read_or_create(&path, || Zeroizing::new([7u8; 32])).expect("read again");
    }

    #[test]
    fn a_key_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("some.key");
        read_or_create(&path, || Zeroizing::new([7u8; 16])).expect("made");
        assert!(read_or_create(&path, || Zeroizing::new([7u8; 32])).is_err());
        assert!(read_or_create(&path, || Zeroizing::new([7u8; 16])).is_ok());
    }
}
