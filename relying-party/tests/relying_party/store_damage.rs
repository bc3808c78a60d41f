//! One record that does not decode is one record's fault.

use crate::world::{On, World, wait};
use sled::Db;
use std::path::Path;
use std::time::{Duration, Instant};

/// As the store opens it, once the one before has let go of its lock.
fn open(folder: &Path) -> Db {
    let started = Instant::now();
    loop {
        let opened = sled::Config::new()
            .path(folder)
            .segment_size(8 * 1024 * 1024)
            .open();
        match opened {
            Ok(database) => return database,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(5), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Makes the record undecodable that an index by expiry names first; its identifier begins at `id_at` of the index's key.
fn damage_oldest(database: &Db, index: u8, table: u8, id_at: usize) {
    let oldest = database.scan_prefix([index]).keys().next().expect("one record");
    let mut key = vec![table];
    key.extend_from_slice(&oldest.expect("readable")[id_at..]);
    let before = database.insert(key, b"\x09from another time");
    assert!(before.expect("written").is_some(), "a record was there");
}

#[test]
fn a_record_that_does_not_decode_stops_neither_readiness_nor_the_sweep() {
    let world = World::new(On::Sled);
    for _ in 0..3 {
        world.registration_request("alice");
        world.clock.advance_ms(10);
    }
    let world = world.after(|folder| {
        let database = open(folder);
        // As `store/sled/keys.rs` lays them out: ceremonies, and sessions of enrolment.
        damage_oldest(&database, b'x', b'c', 9);
        damage_oldest(&database, b's', b'e', 10);
        database.flush().expect("written");
    });
    let ready = || world.raw("GET", "/readyz", "", b"").status;
    assert_eq!(ready(), 200);
    world.clock.advance_ms(2 * 24 * 60 * 60 * 1000);
    let swept = || wait(world.service.forget_what_is_old()).expect("the store answers");
    assert_eq!(swept(), 4, "two challenges and two sessions are sound");
    assert_eq!(
        world.dump().len(),
        3,
        "what does not decode is left for who restores it, and the consent of the session among it"
    );
    world.registration_request("alice");
    world.clock.advance_ms(2 * 24 * 60 * 60 * 1000);
    assert_eq!(swept(), 2, "nor does it stop the next sweep");
    assert_eq!(ready(), 200);
}
