//! What becomes of a store whose first start was killed, or whose file was damaged while no server ran.

use crate::chance::{self, Chance};
use crate::client::Client;
use crate::controls::register;
use crate::server::{Site, copy_files};
use smile_tests::signer::Signer;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Users registered one after another, each acknowledged before the next began.
const USERS: u32 = 200;

/// What a server makes of a damaged store.
#[derive(Debug)]
enum Outcome {
    /// It does not start.
    Refused(String),
    /// It starts, and the first so many users are there, and no others.
    Prefix(u32),
    /// It starts, and a user is missing whose successors are there.
    Hole(Vec<u32>),
    /// It starts, and cannot read.
    Unreadable(String),
}

fn name(number: u32) -> String {
    format!("user-{number}")
}

/// A site whose store holds the users, with a copy of it under `copy` and the mark that was set when the first so
/// many of them were registered.
fn filled(marked: u32, restarted: bool) -> Site {
    let site = Site::new("sled");
    let server = site.start();
    let mut client = Client::new(server.address);
    let mut register_all = |numbers: std::ops::Range<u32>| {
        for number in numbers {
            register(&mut client, &name(number), &Signer::number(number));
        }
    };
    register_all(0..marked);
    let mark = settled(&site.mark());
    register_all(marked..USERS);
    server.kill();
    if restarted {
        // From the second start on sled reads the beginning of its log no more: it has a snapshot.
        site.start().kill();
    }
    copy_files(&site.store(), &site.beside("copy"));
    fs::write(site.beside("mark"), mark).expect("it can be written");
    site
}

/// The mark when it no longer follows: the server owes it a quarter of a second after the last commit.
fn settled(mark: &Path) -> Vec<u8> {
    let mut found = fs::read(mark).expect("the mark");
    loop {
        std::thread::sleep(Duration::from_millis(1500));
        let again = fs::read(mark).expect("the mark");
        if again == found {
            return found;
        }
        found = again;
    }
}

/// Starts a server on a copy of the store that was changed.
fn after(site: &Site, damage: Damage) -> Outcome {
    // The damage before may have been that it is gone.
    fs::remove_dir_all(site.store()).ok();
    copy_files(&site.beside("copy"), &site.store());
    fs::copy(site.beside("mark"), site.mark()).expect("a file can be copied");
    damage(&site.store());
    let server = match site.try_start() {
        Ok(server) => server,
        Err((status, said)) => {
            assert_eq!(status.code(), Some(1), "it ended with {status}: {said}");
            return Outcome::Refused(said);
        }
    };
    let mut client = Client::new(server.address);
    let mut found = Vec::new();
    for number in 0..USERS {
        match client.credentials(&name(number)) {
            Err(failure) => return Outcome::Unreadable(format!("{failure:?}")),
            Ok(credentials) => {
                let own = Signer::number(number).key_id();
                if credentials.iter().any(|(key_id, _)| *key_id == own) {
                    found.push(number);
                }
            }
        }
    }
    let count = u32::try_from(found.len()).expect("few users");
    if found.iter().copied().eq(0..count) {
        Outcome::Prefix(count)
    } else {
        Outcome::Hole(found)
    }
}

/// What damages a store, given its folder.
type Damage = Box<dyn FnOnce(&Path)>;

/// Changes the data file.
fn to_file(change: impl FnOnce(&mut Vec<u8>) + 'static) -> Damage {
    Box::new(|store| {
        let file = store.join("db");
        let mut bytes = fs::read(&file).expect("sled's one data file");
        change(&mut bytes);
        fs::write(&file, bytes).expect("it can be written");
    })
}

/// Ways to damage a store, as one would find it after a bad disk or a copy that stopped half-way.
fn damages(chance: &mut Chance) -> Vec<(String, Damage)> {
    let remove = |store: &Path| fs::remove_dir_all(store).expect("it can be removed");
    let mut damages: Vec<(String, Damage)> = vec![
        ("folder removed".to_owned(), Box::new(remove)),
        ("emptied".to_owned(), to_file(Vec::clear)),
        ("filled with zeros".to_owned(), to_file(|bytes| bytes.fill(0))),
        (
            "its last byte cut off".to_owned(),
            to_file(|bytes| bytes.truncate(bytes.len() - 1)),
        ),
    ];
    let at_random = (0..8).map(|_| chance.below(1000)).collect::<Vec<_>>();
    for permille in [200, 500, 800].into_iter().chain(at_random) {
        let place = move |bytes: &[u8]| bytes.len() / 1000 * usize::try_from(permille).expect("small");
        let cut = move |bytes: &mut Vec<u8>| bytes.truncate(place(bytes));
        let flip = move |bytes: &mut Vec<u8>| {
            let at = place(bytes);
            bytes[at] ^= 1;
        };
        let blank = move |bytes: &mut Vec<u8>| {
            let at = place(bytes);
            let end = bytes.len().min(at + 4096);
            bytes[at..end].fill(0);
        };
        damages.push((format!("cut to {permille} ‰"), to_file(cut)));
        damages.push((format!("one bit turned at {permille} ‰"), to_file(flip)));
        damages.push((format!("4 KiB blanked at {permille} ‰"), to_file(blank)));
    }
    damages
}

/// Damages a store whose mark was set after the first so many users: it is refused by name, or shows an earlier state
/// as a whole, and none before the mark.
///
/// sled alone does not do that: it reads its log up to the first record that is not sound and drops what lies behind
/// it without a word, with acknowledged payments. A killed process cannot cause that, a damaged disk can.
fn none_comes_back_from_before_its_mark(marked: u32, restarted: bool) {
    let seed = chance::seed();
    println!("SMILE_SEED={seed}");
    let site = filled(marked, restarted);
    match after(&site, Box::new(|_| ())) {
        Outcome::Prefix(USERS) => {}
        other => panic!("a sound store: {other:?}"),
    }
    let folder = site.store().display().to_string();
    let (mut refused, mut set_back, mut whole) = (0, 0, 0);
    for (damage, change) in damages(&mut Chance::seeded(seed)) {
        let outcome = after(&site, change);
        println!("data file {damage}: {outcome:?}");
        match outcome {
            Outcome::Refused(said) => {
                assert!(said.contains(&folder), "{damage}: which store? {said}");
                refused += 1;
            }
            Outcome::Prefix(USERS) => whole += 1,
            Outcome::Prefix(found) => {
                assert!(
                    found >= marked,
                    "{damage}: set back to {found} users without a word"
                );
                set_back += 1;
            }
            Outcome::Hole(found) => panic!("{damage}: users are missing between {found:?}"),
            Outcome::Unreadable(why) => panic!("{damage}: started, and cannot read: {why}"),
        }
    }
    println!(
        "mark at {marked} of {USERS} users: {refused} damaged stores refused, {set_back} set back to the mark or \
         later, {whole} with everything there"
    );
    assert!(refused > 0, "no damage was noticed");
}

/// The mark has caught up: nothing may be missing without a word.
#[test]
fn a_damaged_store_is_refused_or_whole() {
    none_comes_back_from_before_its_mark(USERS, false);
    none_comes_back_from_before_its_mark(USERS, true);
}

/// What is newer than the mark may be lost without a word, and nothing else. In use that is what was acknowledged in
/// the last quarter of a second before a kill.
#[test]
fn a_damaged_store_loses_at_most_what_is_newer_than_its_mark() {
    none_comes_back_from_before_its_mark(USERS / 2, false);
}

/// Kills around the moment at which the mark is written: before, while and after. The store opens every time.
#[test]
fn a_kill_around_the_mark_bars_no_store() {
    let site = Site::new("sled");
    for round in 0..12 {
        let server = site.start();
        register(
            &mut Client::new(server.address),
            &name(round),
            &Signer::number(round),
        );
        // The mark is due 250 ms after the first of the commits, which took some milliseconds.
        std::thread::sleep(Duration::from_millis(225 + 3 * u64::from(round)));
        server.kill();
    }
    let server = site.start();
    let mut client = Client::new(server.address);
    for round in 0..12 {
        let found = client.credentials(&name(round)).expect("an answer");
        assert_eq!(found.len(), 1, "{}", name(round));
    }
}

/// A folder is usable whenever the very first start was killed.
#[test]
fn a_first_start_that_was_killed_can_be_repeated() {
    for tenth_ms in (0..300).step_by(15) {
        let site = Site::new("sled");
        site.start_and_kill(Duration::from_micros(tenth_ms * 100));
        let server = site.start();
        register(&mut Client::new(server.address), "alice", &Signer::number(1));
    }
}
