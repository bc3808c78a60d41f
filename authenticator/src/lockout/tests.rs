#![allow(clippy::unwrap_used)]

use super::{
    FAILURES_OF_A_LOST_RECORD, FAILURES_PER_ROUND, FIRST_LOCKOUT_MS, LONGEST_LOCKOUT_MS, Lockout, wait_after,
};
use crate::error::AuthenticatorError;
use crate::rehearsal::{NEW_YEAR_MS, Rehearsal};

/// The lockout of a home in which a face is enrolled.
fn open(rehearsal: &Rehearsal) -> Lockout {
    let vault = rehearsal.vault();
    if !rehearsal.home().join("template.sealed").exists() {
        let new = Lockout::open(vault.clone(), rehearsal.clock.clone(), false).unwrap();
        new.prepare().unwrap();
        vault.write("template", b"a face").unwrap();
    }
    Lockout::open(vault, rehearsal.clock.clone(), true).unwrap()
}

fn fail(lockout: &Lockout, times: u32) {
    for _ in 0..times {
        lockout.begin().unwrap().failed().unwrap();
    }
}

fn refused_for(lockout: &Lockout) -> Option<u64> {
    match lockout.begin() {
        Err(AuthenticatorError::LockedOut { retry_after_ms }) => Some(retry_after_ms),
        Err(error) => panic!("{error}"),
        Ok(attempt) => {
            attempt.not_judged().unwrap();
            None
        }
    }
}

#[test]
fn five_failures_in_a_row_lock_for_thirty_seconds() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 4);
    assert_eq!(refused_for(&lockout), None);
    fail(&lockout, 1);
    assert_eq!(refused_for(&lockout), Some(30_000));
    rehearsal.clock.advance(29_999);
    assert_eq!(refused_for(&lockout), Some(1));
    rehearsal.clock.advance(1);
    assert_eq!(refused_for(&lockout), None);
}

#[test]
fn each_further_round_doubles_the_wait_up_to_a_day() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    let mut expected = FIRST_LOCKOUT_MS;
    for _ in 0..14 {
        fail(&lockout, 5);
        assert_eq!(refused_for(&lockout), Some(expected));
        rehearsal.clock.advance(expected);
        expected = (expected * 2).min(LONGEST_LOCKOUT_MS);
    }
    assert_eq!(expected, LONGEST_LOCKOUT_MS);
    // 2^32 - 1 is a multiple of five, and its doublings overflow nothing.
    assert_eq!(wait_after(u32::MAX), LONGEST_LOCKOUT_MS);
}

#[test]
fn a_match_forgives_what_came_before() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 4);
    lockout.begin().unwrap().matched().unwrap();
    fail(&lockout, 4);
    assert_eq!(refused_for(&lockout), None);
    fail(&lockout, 1);
    assert_eq!(refused_for(&lockout), Some(30_000));
}

#[test]
fn the_wait_survives_a_restart() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 5);
    drop(lockout);
    let lockout = open(&rehearsal);
    assert_eq!(refused_for(&lockout), Some(30_000));
}

#[test]
fn an_attempt_cut_short_counts_as_a_failure() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    for _ in 0..5 {
        // The process dies while the camera is open: nobody settles the attempt.
        drop(lockout.begin().unwrap());
    }
    drop(lockout);
    assert_eq!(refused_for(&open(&rehearsal)), Some(30_000));
}

#[test]
fn an_attempt_that_judged_no_face_counts_for_nothing() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 4);
    for _ in 0..20 {
        lockout.begin().unwrap().not_judged().unwrap();
    }
    fail(&lockout, 1);
    assert_eq!(refused_for(&lockout), Some(30_000));
}

#[test]
fn the_wait_begins_when_the_attempt_ends() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 4);
    let fifth = lockout.begin().unwrap();
    rehearsal.clock.advance(15_000);
    fifth.failed().unwrap();
    assert_eq!(refused_for(&lockout), Some(30_000));
}

#[test]
fn setting_the_clock_neither_ends_nor_prolongs_a_wait_of_this_process() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 5);
    rehearsal.clock.advance(10_000);
    assert_eq!(refused_for(&lockout), Some(20_000));
    let year = 365 * 24 * 60 * 60 * 1000;
    for set_to in [NEW_YEAR_MS + year, NEW_YEAR_MS - year] {
        rehearsal.clock.set(set_to);
        assert_eq!(refused_for(&lockout), Some(20_000));
    }
    rehearsal.clock.advance(20_000);
    assert_eq!(refused_for(&lockout), None);
}

#[test]
fn after_a_restart_a_clock_put_back_starts_the_wait_again() {
    let rehearsal = Rehearsal::new();
    let lockout = open(&rehearsal);
    fail(&lockout, 5);
    rehearsal.clock.advance(10_000);
    drop(lockout);
    assert_eq!(refused_for(&open(&rehearsal)), Some(20_000));
    rehearsal.clock.set(NEW_YEAR_MS - 365 * 24 * 60 * 60 * 1000);
    let lockout = open(&rehearsal);
    assert_eq!(refused_for(&lockout), Some(30_000));
    rehearsal.clock.advance(29_999);
    drop(lockout);
    assert_eq!(refused_for(&open(&rehearsal)), Some(1));
}

#[test]
fn a_record_that_is_gone_or_damaged_while_a_face_is_enrolled_means_the_longest_wait() {
    let record = |rehearsal: &Rehearsal| rehearsal.home().join("lockout.sealed");
    let spoilings: [fn(&std::path::Path); 2] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, b"damaged").unwrap(),
    ];
    for (spoil, restart) in spoilings.into_iter().flat_map(|s| [(s, true), (s, false)]) {
        let rehearsal = Rehearsal::new();
        let mut lockout = open(&rehearsal);
        fail(&lockout, 5);
        spoil(&record(&rehearsal));
        if restart {
            drop(lockout);
            lockout = open(&rehearsal);
        }
        assert_eq!(refused_for(&lockout), Some(LONGEST_LOCKOUT_MS));
        drop(lockout);
        let lockout = open(&rehearsal);
        assert_eq!(refused_for(&lockout), Some(LONGEST_LOCKOUT_MS));
        // There is a way back, and what was lost is not forgiven.
        rehearsal.clock.advance(LONGEST_LOCKOUT_MS);
        assert_eq!(refused_for(&lockout), None);
        fail(&lockout, 5);
        assert_eq!(refused_for(&lockout), Some(LONGEST_LOCKOUT_MS));
    }
    assert_eq!(wait_after(FAILURES_OF_A_LOST_RECORD), LONGEST_LOCKOUT_MS);
    assert!(wait_after(FAILURES_OF_A_LOST_RECORD - FAILURES_PER_ROUND) < LONGEST_LOCKOUT_MS);
}

#[test]
fn a_home_without_a_face_needs_no_record_and_a_record_survives_the_next_enrolment() {
    let rehearsal = Rehearsal::new();
    let lockout = Lockout::open(rehearsal.vault(), rehearsal.clock.clone(), false).unwrap();
    assert_eq!(lockout.remaining_ms(false).unwrap(), 0);
    lockout.prepare().unwrap();
    fail(&lockout, 5);
    lockout.prepare().unwrap();
    assert_eq!(refused_for(&lockout), Some(30_000));
}
