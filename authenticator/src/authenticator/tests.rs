#![allow(clippy::unwrap_used)]

use std::fs;

use smile_face::Guidance;

use super::{AttestationMode, Authenticator};
use crate::error::AuthenticatorError as Error;
use crate::rehearsal::{NoCamera, Rehearsal, Visitor};

fn enrol(authenticator: &mut Authenticator) -> Result<Vec<Guidance>, Error> {
    let mut heard = Vec::new();
    authenticator.enrol(&mut NoCamera, &mut |guidance| heard.push(guidance))?;
    Ok(heard)
}

#[test]
fn an_enrolled_face_survives_a_restart() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.open();
    assert!(!authenticator.status().unwrap().enrolled);
    assert_eq!(enrol(&mut authenticator).unwrap(), [Guidance::TooDark]);
    drop(authenticator);
    let status = rehearsal.open().status().unwrap();
    assert!(status.enrolled);
    assert_eq!((status.keys, status.locked_for_ms), (0, 0));
    assert_eq!(status.aaid.to_string(), "FFFF#5301");
}

#[test]
fn a_failed_enrolment_keeps_nothing() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.open();
    rehearsal.before_the_camera(Visitor::Nobody);
    assert!(matches!(enrol(&mut authenticator), Err(Error::Enrolment(_))));
    assert!(!authenticator.status().unwrap().enrolled);
    rehearsal.before_the_camera(Visitor::Owner);
    enrol(&mut authenticator).unwrap();
}

#[test]
fn a_second_face_needs_the_first_one_erased() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    rehearsal.take_diary();
    assert!(matches!(enrol(&mut authenticator), Err(Error::AlreadyEnrolled)));
    assert!(rehearsal.take_diary().is_empty(), "the camera did not open");
    authenticator.erase().unwrap();
    enrol(&mut authenticator).unwrap();
}

#[test]
fn erasing_leaves_no_template_and_no_key() {
    let rehearsal = Rehearsal::new();
    let authenticator = rehearsal.enrolled();
    drop(authenticator);
    let template = rehearsal.home().join("template.sealed");
    let witness = rehearsal.home().join("witness");
    fs::hard_link(&template, &witness).unwrap();
    let mut authenticator = rehearsal.open();
    let root = authenticator.metadata_statement().attestation_root_certificates;
    authenticator.erase().unwrap();
    assert!(!template.exists());
    assert!(fs::read(&witness).unwrap().iter().all(|byte| *byte == 0));
    assert!(!authenticator.status().unwrap().enrolled);
    authenticator.erase().unwrap();
    drop(authenticator);
    let reopened = rehearsal.open();
    assert_eq!(reopened.metadata_statement().attestation_root_certificates, root);
}

#[test]
fn a_counter_that_a_crash_left_behind_goes_at_the_next_start_and_with_an_erasure() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let leave = |authenticator: &Authenticator| {
        let counter = 7u32.to_le_bytes();
        authenticator.vault.write("counters/aa", &counter).unwrap();
    };
    let left = |authenticator: &Authenticator| authenticator.vault.exists("counters/aa");
    leave(&authenticator);
    authenticator.erase().unwrap();
    assert!(!left(&authenticator));
    leave(&authenticator);
    drop(authenticator);
    assert!(!left(&rehearsal.open()));
    // Where nobody knows which keys are orphans, a counter without a key is one all the same.
    let authenticator = rehearsal.open();
    leave(&authenticator);
    authenticator.vault.write("registrations", b"\x80").unwrap();
    drop(authenticator);
    zero(&rehearsal.home().join("registrations.sealed"));
    assert!(!left(&rehearsal.open()));
}

#[test]
fn a_damaged_template_is_told_not_forgotten() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let template = rehearsal.home().join("template.sealed");
    let good = fs::read(&template).unwrap();
    fs::write(&template, &good[..good.len() - 1]).unwrap();
    assert!(matches!(authenticator.status(), Err(Error::Sealed { .. })));
    // Treating damage as "nobody enrolled" would let another face in.
    assert!(matches!(enrol(&mut authenticator), Err(Error::Sealed { .. })));
    fs::write(&template, &good).unwrap();
    assert!(authenticator.status().unwrap().enrolled);
}

#[test]
fn each_attestation_is_a_model_of_its_own() {
    let full = Rehearsal::with(AttestationMode::BasicFull).open();
    let surrogate = Rehearsal::with(AttestationMode::BasicSurrogate).open();
    assert_ne!(full.aaid(), surrogate.aaid());
    assert!(full.attestation.is_some() && surrogate.attestation.is_none());
}

#[test]
fn a_home_is_used_by_one_authenticator_at_a_time() {
    let rehearsal = Rehearsal::new();
    let first = rehearsal.open();
    assert!(matches!(rehearsal.try_open(), Err(Error::HomeInUse { .. })));
    drop(first);
    rehearsal.open();
}

/// What a bad disk does, and what a crash in the middle of an erasure did once.
fn zero(file: &std::path::Path) {
    let length = fs::read(file).unwrap().len();
    fs::write(file, vec![0; length]).unwrap();
}

#[test]
fn damaged_registrations_are_told_and_do_not_keep_anybody_from_erasing() {
    let rehearsal = Rehearsal::new();
    let authenticator = rehearsal.enrolled();
    authenticator
        .vault
        .write("keys/aa", b"a key that some row may name")
        .unwrap();
    authenticator.vault.write("registrations", b"\x80").unwrap();
    drop(authenticator);
    zero(&rehearsal.home().join("registrations.sealed"));
    let mut authenticator = rehearsal.open();
    assert!(matches!(authenticator.status(), Err(Error::Sealed { .. })));
    assert!(matches!(authenticator.list(), Err(Error::Sealed { .. })));
    assert_eq!(
        authenticator.keys.key_ids().unwrap().len(),
        1,
        "no key is taken for an orphan"
    );
    authenticator.erase().unwrap();
    assert!(authenticator.keys.key_ids().unwrap().is_empty());
    enrol(&mut authenticator).unwrap();
    assert_eq!(authenticator.status().unwrap().keys, 0);
}

#[test]
fn a_home_with_a_damaged_attestation_can_be_erased_and_then_gets_another() {
    let rehearsal = Rehearsal::new();
    let authenticator = rehearsal.enrolled();
    let root = authenticator.metadata_statement().attestation_root_certificates;
    drop(authenticator);
    let attestation = rehearsal.home().join("attestation.sealed");
    let sound = fs::read(&attestation).unwrap();
    zero(&attestation);
    assert!(matches!(rehearsal.try_open(), Err(Error::Sealed { .. })));
    Authenticator::erase_damaged(rehearsal.config()).unwrap();
    let mut authenticator = rehearsal.open();
    assert!(!authenticator.status().unwrap().enrolled);
    assert_ne!(
        authenticator.metadata_statement().attestation_root_certificates,
        root
    );
    enrol(&mut authenticator).unwrap();
    drop(authenticator);
    // A sound attestation is the installation's and stays.
    fs::remove_file(&attestation).unwrap();
    fs::write(&attestation, sound).unwrap();
    Authenticator::erase_damaged(rehearsal.config()).unwrap();
    let authenticator = rehearsal.open();
    assert!(!authenticator.status().unwrap().enrolled);
    assert_eq!(
        authenticator.metadata_statement().attestation_root_certificates,
        root
    );
}

#[test]
fn deleting_the_lockout_of_an_enrolled_home_locks_it() {
    let rehearsal = Rehearsal::new();
    let authenticator = rehearsal.enrolled();
    assert_eq!(authenticator.status().unwrap().locked_for_ms, 0);
    drop(authenticator);
    fs::remove_file(rehearsal.home().join("lockout.sealed")).unwrap();
    let locked_for_ms = rehearsal.open().status().unwrap().locked_for_ms;
    assert_eq!(locked_for_ms, crate::lockout::LONGEST_LOCKOUT_MS);
}
