//! Several accounts at one application (ASM §3.7.4).

use super::*;

#[test]
fn the_user_chooses_among_distinct_names_once() {
    let mut device = Device::new();
    let keys = [device.key_of("alice"), device.key_of("bob")];
    device.screen.choice = Some(1);
    let data = device.authenticate(authenticate_in(&[])).unwrap().signed_data;
    assert_eq!(data.key_id, keys[1]);
    assert_eq!(
        device.rehearsal.take_diary(),
        ["face: Owner", "accounts: alice, bob"]
    );
    for no_choice in [None, Some(2)] {
        device.screen.choice = no_choice;
        let refused = device.authenticate(authenticate_in(&[])).unwrap_err();
        assert_eq!(refused, AsmStatusCode::UserCancelled);
        assert!(device.authenticator.pending.is_none(), "nothing is left to use");
    }
}

#[test]
fn of_equal_names_the_key_that_was_registered_last_signs() {
    let mut device = Device::new();
    let old = device.key_of("alice");
    let bob = device.key_of("bob");
    let new = device.key_of("alice");
    device.screen.choice = Some(0);
    let data = device.authenticate(authenticate_in(&[])).unwrap().signed_data;
    assert_eq!(data.key_id, new);
    assert_eq!(
        device.rehearsal.take_diary(),
        ["face: Owner", "accounts: alice, bob"]
    );
    // Where only one name is left nobody is asked.
    let data = device
        .authenticate(authenticate_in(&[old.clone(), new.clone()]))
        .unwrap();
    assert_eq!(data.signed_data.key_id, new);
    assert_eq!(device.rehearsal.take_diary(), ["face: Owner"]);
    // The older key still signs where it is the one that is asked for.
    for key in [old, bob] {
        let data = device
            .authenticate(authenticate_in(std::slice::from_ref(&key)))
            .unwrap();
        assert_eq!(data.signed_data.key_id, key);
    }
}

#[test]
fn a_choice_that_takes_too_long_signs_nothing() {
    let mut device = Device::new();
    let keys = [device.key_of("alice"), device.key_of("bob")];
    device.screen.choice = Some(1);
    device.screen.hesitates_ms = crate::user_verification::TOKEN_LIFETIME_MS;
    let refused = device.authenticate(authenticate_in(&[])).unwrap_err();
    assert_eq!(refused, AsmStatusCode::AccessDenied);
    device.screen.hesitates_ms -= 1;
    let data = device.authenticate(authenticate_in(&[])).unwrap().signed_data;
    assert_eq!((data.key_id, data.sign_counter), (keys[1].clone(), 1));
}
