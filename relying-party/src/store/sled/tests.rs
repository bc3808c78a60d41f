//! A store is refused that lacks what its mark speaks of, and opens when the mark says no more than it holds.

use super::{SledStore, mark, recover, unless_it_panics};
use crate::store::{Store, StoreError};
use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::record::EnrolmentSession;
use smile_ceremony::transition::{Outcome, Transition};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A data folder, and in it a store.
struct Place {
    data: TempDir,
}

impl Place {
    fn new() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        Self { data }
    }

    fn store(&self) -> PathBuf {
        self.data.path().join("store")
    }

    fn mark(&self) -> PathBuf {
        self.data.path().join("store.mark")
    }

    fn marked(&self) -> Option<u64> {
        mark::read(&self.mark()).expect("a sound mark")
    }

    fn open(&self) -> SledStore {
        SledStore::open(&self.store()).expect("the store opens")
    }

    /// Why the store does not open; always naming its folder.
    fn refused(&self) -> String {
        let said = SledStore::open(&self.store()).err().expect("refused").to_string();
        assert!(said.contains(&self.store().display().to_string()), "{said}");
        said
    }

    /// As [`Self::refused`], naming the mark too.
    fn refused_by_its_mark(&self) -> String {
        let said = self.refused();
        assert!(said.contains(&self.mark().display().to_string()), "{said}");
        said
    }

    /// Opens, makes a session of each number, and closes.
    fn create(&self, numbers: impl IntoIterator<Item = u8>) {
        let store = self.open();
        numbers.into_iter().for_each(|number| create(&store, number));
    }
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(answer)
}

fn create(store: &SledStore, number: u8) {
    let (tenant, user) = (TenantId::parse("stamps"), UserId::parse("alice"));
    let mut rng = |buffer: &mut [u8]| buffer.fill(number);
    let session = EnrolmentSession::create(tenant.expect("a tenant"), user.expect("a user"), 0, &mut rng).0;
    let answer = wait(store.commit(Transition::CreateEnrolmentSession(session)));
    assert!(matches!(answer, Ok(Outcome::Created)), "{answer:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a file can be copied")),
        }
    }
}

#[test]
fn a_store_that_is_missing_or_empty_is_refused_until_its_mark_is_moved_away() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("missing", |store| fs::remove_dir_all(store).expect("removed")),
        ("missing", |store| {
            fs::remove_dir_all(store).expect("removed");
            fs::create_dir(store).expect("made");
        }),
        ("empty", |store| {
            // Without the snapshots, by which sled itself would notice.
            fs::remove_dir_all(store).expect("removed");
            fs::create_dir(store).expect("made");
            fs::write(store.join("db"), "").expect("emptied");
        }),
        ("empty", |store| {
            fs::remove_dir_all(store).expect("removed");
            drop(
                ::sled::Config::new()
                    .path(store)
                    .segment_size(super::SEGMENT_BYTES)
                    .open(),
            );
        }),
    ];
    for (how, damage) in damages {
        let place = Place::new();
        place.create([1, 2]);
        place.create([]);
        damage(&place.store());
        for _ in 0..2 {
            let said = place.refused_by_its_mark();
            assert!(said.contains(how) && said.contains("held 2 commits"), "{said}");
        }
        fs::rename(place.mark(), place.data.path().join("moved")).expect("moved");
        place.create([1]);
        assert_eq!(place.marked(), Some(1));
    }
}

#[test]
fn a_store_set_back_is_refused_and_the_missing_commits_are_counted() {
    let place = Place::new();
    place.create([1, 2]);
    copy(&place.store(), &place.data.path().join("copy"));
    let mark_of_copy = fs::read(place.mark()).expect("a mark");
    place.create([3, 4, 5]);
    assert_eq!(place.marked(), Some(5));
    fs::remove_dir_all(place.store()).expect("removed");
    copy(&place.data.path().join("copy"), &place.store());
    let said = place.refused_by_its_mark();
    assert!(said.contains("commits are missing, 3 of 5"), "{said}");
    assert_eq!(place.marked(), Some(5), "a refusal leaves the mark as it is");
    // The mark that the copy was taken with: the store opens, and goes on counting from there.
    fs::write(place.mark(), mark_of_copy).expect("written");
    place.create([3]);
    assert_eq!(place.marked(), Some(3));
}

#[test]
fn a_mark_that_is_behind_or_half_written_or_not_there_bars_no_store() {
    let place = Place::new();
    place.create([1]);
    let old = fs::read(place.mark()).expect("a mark");
    place.create([2]);
    // Killed between the sync and the mark, and while the next mark was written beside it.
    fs::write(place.mark(), &old).expect("written");
    fs::write(place.data.path().join("store.new"), &old[..7]).expect("written");
    place.create([]);
    assert_eq!(place.marked(), Some(2), "caught up when opened");
    // Killed before the first mark; or a store from before there were marks.
    fs::remove_file(place.mark()).expect("removed");
    place.create([3]);
    assert_eq!(place.marked(), Some(3));
}

#[test]
fn a_damaged_mark_is_refused() {
    let place = Place::new();
    place.create([1, 2]);
    let sound = fs::read(place.mark()).expect("a mark");
    for at in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(place.mark(), damaged).expect("written");
        let said = place.refused_by_its_mark();
        assert!(said.contains("mark"), "{said}");
        fs::write(place.mark(), &sound[..at]).expect("written");
        place.refused_by_its_mark();
    }
    fs::write(place.mark(), &sound).expect("written");
    place.create([]);
}

#[test]
fn a_mark_follows_its_commits_while_the_store_is_open() {
    let place = Place::new();
    let store = place.open();
    assert_eq!(place.marked(), Some(0), "made with the store");
    let began = Instant::now();
    for number in 1..=20 {
        create(&store, number);
    }
    let at_once = place.marked();
    if began.elapsed() < mark::MARK_EVERY {
        assert_eq!(at_once, Some(0), "no acknowledgement waits for its mark");
    }
    while place.marked() != Some(20) {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", place.marked());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_closed_store_is_marked_and_takes_no_more_and_lets_go_of_its_folder() {
    let place = Place::new();
    let store = place.open();
    create(&store, 1);
    create(&store, 2);
    store.close();
    assert_eq!(place.marked(), Some(2));
    let refused = wait(store.dump());
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let again = place.open();
    assert_eq!(wait(again.dump()).expect("readable").len(), 2);
    store.close();
    create(&again, 3);
}

#[test]
fn what_panics_while_a_store_is_opened_becomes_a_refusal() {
    let damaged = |at: usize| {
        unless_it_panics(|| match at {
            0 => Ok(7),
            at => panic!("page {at} is not there"),
        })
    };
    let said = damaged(1).expect_err("refused");
    assert!(said.contains("page 1 is not there"), "{said}");
    assert_eq!(damaged(0), Ok(7));
    let refusal = StoreError::Open {
        path: "data/store".into(),
        reason: said,
    };
    assert!(refusal.to_string().contains("data/store"), "{refusal}");
}

#[test]
fn the_file_that_is_synced_is_the_one_that_sled_writes() {
    let place = Place::new();
    place.create([1]);
    let (disk, commits) = recover(&place.store()).expect("a sound store");
    let file = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let synced = file(disk.data_file.metadata().expect("an open file"));
    let at = |name: &str| file(fs::metadata(place.store().join(name)).expect("a file"));
    assert_eq!(synced, at("db"));
    assert_ne!(synced, at("conf"), "sled's other file");
    assert_eq!(commits, 1);
}
