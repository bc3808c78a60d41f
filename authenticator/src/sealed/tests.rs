#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{Sealing, Vault, hex, unhex};
use crate::error::AuthenticatorError as Error;

const AAID: &str = "FFFF#5301";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("keys").join("sealing.key")
    }

    fn open(&self) -> Result<Vault, Error> {
        Vault::open(&self.home(), &Sealing::KeyFile(self.key_file()), AAID)
    }

    fn open_with(&self, passphrase: &str) -> Result<Vault, Error> {
        Vault::open(
            &self.home(),
            &Sealing::Passphrase(Zeroizing::new(passphrase.to_owned())),
            AAID,
        )
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home().join(format!("{name}.sealed"))
    }
}

#[test]
fn what_is_sealed_opens_again_after_a_restart() {
    let place = Place::new();
    let vault = place.open().unwrap();
    assert!(vault.read("template").unwrap().is_none());
    vault.write("template", b"a face").unwrap();
    vault.write("keys/ab", b"").unwrap();
    drop(vault);
    let vault = place.open().unwrap();
    assert_eq!(vault.read("template").unwrap().unwrap().as_slice(), b"a face");
    assert_eq!(vault.read("keys/ab").unwrap().unwrap().as_slice(), b"");
    assert_eq!(vault.names("keys").unwrap(), ["keys/ab"]);
    assert!(vault.names("nothing").unwrap().is_empty());
}

#[test]
fn no_plain_byte_of_the_content_reaches_the_disk() {
    let place = Place::new();
    let content = b"this sentence must not be readable on the disk";
    place.open().unwrap().write("template", content).unwrap();
    let on_disk = fs::read(place.file("template")).unwrap();
    for window in content.windows(4) {
        assert!(!on_disk.windows(4).any(|found| found == window));
    }
}

#[test]
fn a_file_with_any_bit_changed_does_not_open() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("template", b"a face").unwrap();
    let sealed = fs::read(place.file("template")).unwrap();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        fs::write(place.file("template"), &altered).unwrap();
        assert!(
            matches!(vault.read("template"), Err(Error::Sealed { .. })),
            "byte {at}"
        );
    }
    for length in 0..sealed.len() {
        fs::write(place.file("template"), &sealed[..length]).unwrap();
        assert!(
            matches!(vault.read("template"), Err(Error::Sealed { .. })),
            "length {length}"
        );
    }
    fs::write(place.file("template"), &sealed).unwrap();
    assert_eq!(vault.read("template").unwrap().unwrap().as_slice(), b"a face");
}

#[test]
fn a_file_opens_only_under_its_own_name() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("counters/aa", b"7").unwrap();
    vault.write("counters/bb", b"9").unwrap();
    fs::copy(place.file("counters/aa"), place.file("counters/bb")).unwrap();
    assert!(matches!(vault.read("counters/bb"), Err(Error::Sealed { .. })));
    assert_eq!(vault.read("counters/aa").unwrap().unwrap().as_slice(), b"7");
}

#[test]
fn a_file_of_another_model_does_not_open_under_the_same_key() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("template", b"a face").unwrap();
    let other_home = place.folder.path().join("other");
    let sealing = Sealing::KeyFile(place.key_file());
    let other = Vault::open(&other_home, &sealing, "FFFF#5302").unwrap();
    other.write("template", b"another").unwrap();
    fs::copy(place.file("template"), other_home.join("template.sealed")).unwrap();
    assert!(matches!(other.read("template"), Err(Error::Sealed { .. })));
    assert_eq!(vault.read("template").unwrap().unwrap().as_slice(), b"a face");
}

#[test]
fn a_file_of_another_home_does_not_open_though_model_and_key_file_are_the_same() {
    let place = Place::new();
    let one = place.open().unwrap();
    let other_home = place.folder.path().join("other");
    let other = Vault::open(&other_home, &Sealing::KeyFile(place.key_file()), AAID).unwrap();
    one.write("template", b"a face").unwrap();
    other.write("template", b"another face").unwrap();
    let (here, there) = (place.file("template"), other_home.join("template.sealed"));
    let (mine, yours) = (fs::read(&here).unwrap(), fs::read(&there).unwrap());
    fs::write(&here, &yours).unwrap();
    fs::write(&there, &mine).unwrap();
    assert!(matches!(one.read("template"), Err(Error::Sealed { .. })));
    assert!(matches!(other.read("template"), Err(Error::Sealed { .. })));
    fs::write(&here, mine).unwrap();
    assert_eq!(one.read("template").unwrap().unwrap().as_slice(), b"a face");
    // A header that claims to be the other home's does not open either.
    drop((one, other));
    let header = fs::read_to_string(place.home().join("sealing.json")).unwrap();
    let theirs = fs::read_to_string(other_home.join("sealing.json")).unwrap();
    let id = |text: &str| text.split("\"home\": \"").nth(1).unwrap()[..32].to_owned();
    assert_ne!(id(&header), id(&theirs));
    fs::write(
        place.home().join("sealing.json"),
        header.replace(&id(&header), &id(&theirs)),
    )
    .unwrap();
    assert!(matches!(place.open(), Err(Error::SealingKeyWrong)));
    fs::write(place.home().join("sealing.json"), header).unwrap();
    place.open().unwrap();
}

#[test]
fn a_home_opens_only_for_its_own_model() {
    let place = Place::new();
    drop(place.open().unwrap());
    let sealing = Sealing::KeyFile(place.key_file());
    let refused = Vault::open(&place.home(), &sealing, "FFFF#5302").err().unwrap();
    assert!(matches!(refused, Error::HomeOfAnotherAaid { found, .. } if found == AAID));
    place.open().unwrap();
}

#[test]
fn a_home_opens_for_one_at_a_time() {
    let place = Place::new();
    let first = place.open().unwrap();
    assert!(matches!(place.open(), Err(Error::HomeInUse { .. })));
    drop(first);
    place.open().unwrap();
}

#[test]
fn the_wrong_passphrase_is_refused_and_the_right_one_opens() {
    let place = Place::new();
    assert!(matches!(
        place.open_with("short"),
        Err(Error::PassphraseTooShort { minimum: 8 })
    ));
    place
        .open_with("correct horse")
        .unwrap()
        .write("template", b"a face")
        .unwrap();
    assert!(matches!(
        place.open_with("correct horsf"),
        Err(Error::SealingKeyWrong)
    ));
    let vault = place.open_with("correct horse").unwrap();
    assert_eq!(vault.read("template").unwrap().unwrap().as_slice(), b"a face");
}

#[test]
fn two_homes_with_one_passphrase_have_different_keys() {
    let (one, two) = (Place::new(), Place::new());
    let first = one.open_with("correct horse").unwrap();
    first.write("template", b"a face").unwrap();
    let second = two.open_with("correct horse").unwrap();
    fs::copy(one.file("template"), two.file("template")).unwrap();
    assert!(matches!(second.read("template"), Err(Error::Sealed { .. })));
    assert!(first.read("template").unwrap().is_some());
}

#[test]
fn a_home_is_opened_the_way_it_was_sealed() {
    let place = Place::new();
    drop(place.open().unwrap());
    let refused = place.open_with("correct horse").err().unwrap();
    assert!(matches!(
        refused,
        Error::SealingKind {
            sealed_with: "a key file"
        }
    ));
    place.open().unwrap();

    let place = Place::new();
    drop(place.open_with("correct horse").unwrap());
    let refused = place.open().err().unwrap();
    assert!(matches!(
        refused,
        Error::SealingKind {
            sealed_with: "a passphrase"
        }
    ));
    place.open_with("correct horse").unwrap();
}

#[test]
fn a_new_key_file_and_home_are_their_owners_alone() {
    let place = Place::new();
    drop(place.open().unwrap());
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(place.key_file()), 0o600);
    assert_eq!(mode(place.home()), 0o700);
    assert_eq!(mode(place.home().join("sealing.json")), 0o600);
    let key = fs::read(place.key_file()).unwrap();
    assert_eq!(key.len(), 32);
    assert_ne!(key, [0; 32]);
    // Nothing else was left beside it.
    assert_eq!(
        fs::read_dir(place.key_file().parent().unwrap()).unwrap().count(),
        1
    );
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let place = Place::new();
    drop(place.open().unwrap());
    for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
        fs::set_permissions(place.key_file(), fs::Permissions::from_mode(mode)).unwrap();
        let refused = place.open().err().unwrap();
        assert!(matches!(refused, Error::KeyFilePermissions { mode: found, .. } if found == mode));
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(place.key_file(), fs::Permissions::from_mode(mode)).unwrap();
        place.open().unwrap();
    }
}

#[test]
fn a_key_file_of_another_length_or_content_is_refused() {
    let place = Place::new();
    drop(place.open().unwrap());
    let key = fs::read(place.key_file()).unwrap();
    for wrong in [&key[..31], &[key.as_slice(), b"x"].concat(), b""] {
        fs::write(place.key_file(), wrong).unwrap();
        assert!(matches!(place.open(), Err(Error::KeyFileLength { .. })));
    }
    fs::write(place.key_file(), [1; 32]).unwrap();
    assert!(matches!(place.open(), Err(Error::SealingKeyWrong)));
    fs::write(place.key_file(), &key).unwrap();
    place.open().unwrap();
}

#[test]
fn a_key_of_zeros_is_no_key() {
    let place = Place::new();
    fs::create_dir_all(place.key_file().parent().unwrap()).unwrap();
    let with_key = |key: [u8; 32]| {
        fs::write(place.key_file(), key).unwrap();
        fs::set_permissions(place.key_file(), fs::Permissions::from_mode(0o600)).unwrap();
        place.open()
    };
    assert!(matches!(with_key([0; 32]), Err(Error::KeyFileZeroed { .. })));
    let mut nearly = [0; 32];
    nearly[31] = 1;
    drop(with_key(nearly).unwrap());
    // Nor does it turn into one later.
    assert!(matches!(with_key([0; 32]), Err(Error::KeyFileZeroed { .. })));
}

/// What a crash between the two steps of creating a key file leaves: two names of one file.
#[test]
fn a_second_name_of_the_key_is_removed_and_the_key_stays() {
    // The key beside the home, where only its own leftovers are ours, and inside it, where all are.
    for inside in [false, true] {
        let place = Place::new();
        let key_file = if inside {
            place.home().join("sealing.key")
        } else {
            place.key_file()
        };
        let open = || Vault::open(&place.home(), &Sealing::KeyFile(key_file.clone()), AAID);
        open().unwrap().write("template", b"a face").unwrap();
        let key = fs::read(&key_file).unwrap();
        let leftover = key_file.with_file_name("sealing.key.4711.unfinished");
        fs::hard_link(&key_file, &leftover).unwrap();
        let others = key_file.with_file_name("another.key.4711.unfinished");
        fs::write(&others, b"of another file").unwrap();
        let vault = open().unwrap();
        assert_eq!(fs::read(&key_file).unwrap(), key);
        assert!(!leftover.exists());
        assert_eq!(others.exists(), !inside);
        assert_eq!(vault.read("template").unwrap().unwrap().as_slice(), b"a face");
    }
}

#[test]
fn a_home_that_others_may_enter_is_closed_to_them() {
    let place = Place::new();
    drop(place.open().unwrap());
    let mode = || fs::metadata(place.home()).unwrap().permissions().mode() & 0o7777;
    for open in [0o755, 0o770, 0o701] {
        fs::set_permissions(place.home(), fs::Permissions::from_mode(open)).unwrap();
        place.open().unwrap();
        assert_eq!(mode(), 0o700);
    }
}

#[test]
fn a_lost_key_file_is_not_replaced_by_a_new_one() {
    let place = Place::new();
    drop(place.open().unwrap());
    let key = fs::read(place.key_file()).unwrap();
    fs::remove_file(place.key_file()).unwrap();
    assert!(matches!(place.open(), Err(Error::KeyFileMissing { .. })));
    assert!(!place.key_file().exists());
    fs::write(place.key_file(), key).unwrap();
    fs::set_permissions(place.key_file(), fs::Permissions::from_mode(0o600)).unwrap();
    place.open().unwrap();
}

#[test]
fn a_header_that_asks_for_endless_work_is_refused() {
    let place = Place::new();
    drop(place.open_with("correct horse").unwrap());
    let path = place.home().join("sealing.json");
    let header = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("\"memory_kib\": 65536", "\"memory_kib\": 4294967295"),
        ("\"passes\": 3", "\"passes\": 4294967295"),
        ("\"passes\": 3", "\"passes\": 0"),
        ("\"version\": 1", "\"version\": 2"),
        ("\"version\": 1", "\"version\": 1, \"unknown\": 1"),
    ] {
        assert!(header.contains(from), "{from}");
        fs::write(&path, header.replace(from, to)).unwrap();
        assert!(
            matches!(place.open_with("correct horse"), Err(Error::Sealed { .. })),
            "{to}"
        );
    }
    fs::write(&path, header).unwrap();
    place.open_with("correct horse").unwrap();
}

#[test]
fn what_a_crash_left_half_written_is_swept_and_the_old_version_stands() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("counters/aa", b"7").unwrap();
    drop(vault);
    let unfinished = place.home().join("counters/aa.sealed.4711.unfinished");
    fs::write(&unfinished, b"half a fi").unwrap();
    let vault = place.open().unwrap();
    assert!(!unfinished.exists());
    assert_eq!(vault.read("counters/aa").unwrap().unwrap().as_slice(), b"7");
}

#[test]
fn what_a_crash_left_half_erased_has_lost_its_name_and_is_overwritten_at_the_next_start() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("keys/aa", b"a key").unwrap();
    drop(vault);
    let witness = place.folder.path().join("witness");
    fs::hard_link(place.file("keys/aa"), &witness).unwrap();
    let erased = place.home().join("keys/aa.sealed.erased");
    fs::rename(place.file("keys/aa"), &erased).unwrap();
    let vault = place.open().unwrap();
    assert!(vault.read("keys/aa").unwrap().is_none() && vault.names("keys").unwrap().is_empty());
    assert!(!erased.exists());
    assert!(fs::read(&witness).unwrap().iter().all(|byte| *byte == 0));
}

/// The name goes before the bytes: whatever stops the overwriting, nothing damaged stands under the name.
#[test]
fn an_erasure_that_fails_midway_leaves_no_damaged_file_behind() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("counters/aa", b"7").unwrap();
    fs::remove_file(place.file("counters/aa")).unwrap();
    // A folder can be renamed, but not overwritten.
    fs::create_dir(place.file("counters/aa")).unwrap();
    assert!(matches!(vault.erase("counters/aa"), Err(Error::Io { .. })));
    assert!(vault.read("counters/aa").unwrap().is_none());
}

#[test]
fn erasing_overwrites_the_bytes_and_removes_the_name() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("template", b"a face").unwrap();
    // A second name for the same blocks shows what became of them.
    let witness = place.folder.path().join("witness");
    fs::hard_link(place.file("template"), &witness).unwrap();
    let length = fs::read(&witness).unwrap().len();
    assert!(vault.erase("template").unwrap());
    assert!(!place.file("template").exists());
    assert_eq!(fs::read(&witness).unwrap(), vec![0; length]);
    assert!(!vault.erase("template").unwrap());
}

#[test]
fn replacing_a_template_overwrites_the_old_one() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write_over("template", b"a face").unwrap();
    let witness = place.folder.path().join("witness");
    fs::hard_link(place.file("template"), &witness).unwrap();
    vault.write_over("template", b"another face").unwrap();
    assert!(fs::read(&witness).unwrap().iter().all(|byte| *byte == 0));
    assert_eq!(
        vault.read("template").unwrap().unwrap().as_slice(),
        b"another face"
    );
}

#[test]
fn a_file_too_large_to_be_ours_is_refused_unread() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.write("template", b"a face").unwrap();
    let file = fs::File::options()
        .write(true)
        .open(place.file("template"))
        .unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(matches!(vault.read("template"), Err(Error::Io { .. })));
}

#[test]
fn hexadecimal_goes_both_ways_and_takes_nothing_else() {
    assert_eq!(unhex(&hex(&[0, 0x9f, 0xff])).unwrap(), [0, 0x9f, 0xff]);
    for wrong in ["0", "0g", "+1", "é", "0 "] {
        assert!(unhex(wrong).is_none(), "{wrong}");
    }
}
