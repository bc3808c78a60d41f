use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{WriteLock, write_all};
use crate::error::WeightsError;
use crate::home::Home;
use crate::progress::Silent;

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_says_so_and_what_to_do() {
    // /dev/full is a device on which every write meets a full disk.
    let mut full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let error = write_all(&mut full, b"weights", Path::new("weights/net")).expect_err("full");
    assert!(matches!(error, WeightsError::DiskFull { .. }), "{error}");
    assert!(
        error.to_string().contains("weights/net") && error.to_string().contains("SMILE_HOME"),
        "{error}"
    );

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("net");
    write_all(&mut File::create(&path).expect("writable"), b"weights", &path).expect("not full");
}

#[test]
fn other_troubles_of_the_file_system_keep_the_systems_words() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let error = WeightsError::io("writing", Path::new("weights/net"), denied);
    let text = error.to_string();
    assert!(
        text.contains("writing weights/net") && text.contains("denied") && text.contains("SMILE_HOME"),
        "{text}"
    );
    let full = WeightsError::io(
        "writing",
        Path::new("weights/net"),
        io::ErrorKind::QuotaExceeded.into(),
    );
    assert!(matches!(full, WeightsError::DiskFull { .. }), "{full}");
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let in_the_way = folder.path().join("file");
    fs::write(&in_the_way, b"").expect("writable");
    let inside = Home::at(in_the_way.join("home"));
    let error = WriteLock::take(&inside, &Silent)
        .err()
        .expect("a file is no folder");
    assert!(error.to_string().contains("creating"), "{error}");
    assert!(WriteLock::take(&Home::at(folder.path().join("home")), &Silent).is_ok());
}

#[test]
fn only_our_own_work_folders_are_swept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Home::at(folder.path());
    for name in ["fetch-old", "somebody's"] {
        fs::create_dir_all(home.temporary().join(name)).expect("writable");
    }
    let _lock = WriteLock::take(&home, &Silent).expect("free");
    assert!(!home.temporary().join("fetch-old").exists());
    assert!(home.temporary().join("somebody's").exists());
}

#[test]
#[cfg(unix)]
fn a_new_home_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Home::at(folder.path().join("home"));
    let _lock = WriteLock::take(&home, &Silent).expect("free");
    let mode = fs::metadata(home.path()).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
