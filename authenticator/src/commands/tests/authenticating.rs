//! Sign (Commands §6.3.4).

use smile_protocol::hash::HashValue;
use smile_protocol::uaf::assertion::info::AuthenticationMode;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::command::{AccountKeyHandle, Appended, CommandExtension};

use super::*;
use crate::commands::get_info::HASH;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

const PAY: &str = "Pay 1 EUR";

/// A device with one key answers the command without the flaw, and with it ends with `status`, asks
/// nobody, and counts nothing.
fn refuses_unasked(status: CommandStatusCode, flaw: impl FnOnce(&mut SignCommand)) {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let mut command = payment(std::slice::from_ref(&key), PAY);
    flaw(&mut command);
    assert_eq!(device.sign(command).unwrap_err(), status);
    assert!(device.rehearsal.take_diary().is_empty(), "nobody was asked");
    assert_eq!(device.counter(&key), Some(0));
    device.assertion(payment(&[key], PAY)).unwrap();
}

#[test]
fn parameters_that_parse_and_are_wrong_are_invalid() {
    let invalid = CommandStatusCode::ParamsInvalid;
    refuses_unasked(invalid, |command| command.authenticator_index = 1);
    refuses_unasked(invalid, |command| command.app_id = None);
    refuses_unasked(invalid, |command| {
        command.final_challenge_hash = FinalChallengeHash(HashValue::Sha512([1; 64]));
    });
    refuses_unasked(invalid, |command| {
        command.appended = vec![Appended::Extension(CommandExtension {
            id: "vendor".to_owned(),
            data: Vec::new(),
            critical: true,
        })];
    });
    // What can be shown is shown: a hash alone could stand for anything.
    refuses_unasked(invalid, |command| {
        let hash = TransactionContentHash::of(HASH, PAY.as_bytes());
        command.transaction = Some(TransactionInput::ContentHash(hash));
    });
}

#[test]
fn a_login_has_mode_1_and_an_empty_hash_and_a_payment_mode_2_and_its_hash() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let login = device.assertion(sign(std::slice::from_ref(&key))).unwrap();
    let data = login.signed_data;
    assert_eq!(
        data.assertion_info.authentication_mode,
        AuthenticationMode::UserVerified
    );
    assert_eq!(data.transaction_content_hash, None);
    assert_eq!(data.final_challenge_hash, challenge_hash(2));
    assert_eq!(device.rehearsal.take_diary(), ["face: Owner"]);
    let mut empty = sign(std::slice::from_ref(&key));
    empty.transaction = Some(TransactionInput::Content(Vec::new()));
    let data = device.assertion(empty).unwrap().signed_data;
    assert_eq!(data.transaction_content_hash, None, "no content, no transaction");
    device.rehearsal.take_diary();
    let paid = device.assertion(payment(&[key], PAY)).unwrap().signed_data;
    assert_eq!(
        paid.assertion_info.authentication_mode,
        AuthenticationMode::TransactionConfirmed
    );
    let hash = TransactionContentHash::of(HASH, PAY.as_bytes());
    assert_eq!(paid.transaction_content_hash, Some(hash));
    assert_eq!(
        device.rehearsal.take_diary(),
        [format!("shown: {PAY}"), "face: Owner".to_owned()]
    );
    assert_eq!(paid.sign_counter, 3);
}

#[test]
fn what_the_user_declines_or_cannot_read_is_not_signed() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    for (answer, status) in [
        (Confirmation::Cancelled, CommandStatusCode::UserCancelled),
        (Confirmation::TimedOut, CommandStatusCode::UserNotResponsive),
        (
            Confirmation::CannotDisplay,
            CommandStatusCode::CannotRenderTransactionContent,
        ),
    ] {
        device.screen.answer = answer;
        let refused = device.sign(payment(std::slice::from_ref(&key), PAY)).unwrap_err();
        assert_eq!(refused, status);
        assert_eq!(device.rehearsal.take_diary(), [format!("shown: {PAY}")]);
    }
    device.screen.answer = Confirmation::Confirmed;
    for content in [b"\x89PNG".to_vec(), vec![b'a'; 201], b"  ".to_vec()] {
        let mut command = sign(std::slice::from_ref(&key));
        command.transaction = Some(TransactionInput::Content(content));
        let refused = device.sign(command).unwrap_err();
        assert_eq!(refused, CommandStatusCode::CannotRenderTransactionContent);
        assert!(device.rehearsal.take_diary().is_empty(), "nothing was shown");
    }
    assert_eq!(device.counter(&key), Some(0));
    device.assertion(payment(&[key], PAY)).unwrap();
}

#[test]
fn without_a_display_a_transaction_is_denied_and_a_login_is_not() {
    let mut device = Device::at(Rehearsal::new().without_transaction_display());
    let key = device.key_of("alice");
    let refused = device.sign(payment(std::slice::from_ref(&key), PAY)).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    assert!(device.rehearsal.take_diary().is_empty());
    device.assertion(sign(&[key])).unwrap();
}

#[test]
fn no_key_at_all_has_disappeared_and_another_caller_s_key_is_denied() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let unknown = KeyId::new(vec![9; 32]).unwrap();
    let disappeared = CommandStatusCode::KeyDisappearedPermanently;
    for keys in [vec![], vec![unknown.clone()], vec![KeyId::new(vec![9]).unwrap()]] {
        assert_eq!(device.sign(sign(&keys)).unwrap_err(), disappeared);
    }
    let mut foreign = sign(&[key.clone(), unknown.clone()]);
    foreign.key_handle_access_token = foreign_access();
    let refused = device.sign(foreign).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    let mut elsewhere = sign(std::slice::from_ref(&key));
    elsewhere.app_id = Some(AppId::new("https://other.example").unwrap());
    // The AppID is mixed into the token: another application's is another token.
    let refused = device.sign(elsewhere).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    assert_eq!(device.counter(&key), Some(0));
    device.assertion(sign(&[unknown, key])).unwrap();
}

#[test]
fn a_key_without_its_counter_is_gone() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let counters = device.rehearsal.home().join("counters");
    let aside = device.rehearsal.home().join("aside");
    std::fs::rename(&counters, &aside).unwrap();
    let refused = device.sign(sign(std::slice::from_ref(&key))).unwrap_err();
    assert_eq!(refused, CommandStatusCode::KeyDisappearedPermanently);
    std::fs::rename(&aside, &counters).unwrap();
    device.assertion(sign(&[key])).unwrap();
}

#[test]
fn several_keys_give_a_list_after_the_face_and_no_assertion() {
    let mut device = Device::new();
    let keys = [device.key_of("alice"), device.key_of("bob")];
    let named_twice = [keys[0].clone(), keys[1].clone(), keys[0].clone()];
    let account = |name: &str, key: &KeyId| AccountKeyHandle {
        username: Username::new(name).unwrap(),
        key_handle: key.as_bytes().to_vec(),
    };
    let expected = SignOutput::Accounts(vec![account("alice", &keys[0]), account("bob", &keys[1])]);
    assert_eq!(device.sign(sign(&named_twice)).unwrap(), expected);
    assert_eq!(device.rehearsal.take_diary(), ["face: Owner"]);
    assert_eq!(
        (device.counter(&keys[0]), device.counter(&keys[1])),
        (Some(0), Some(0))
    );
    // No name without the face.
    device.rehearsal.before_the_camera(Visitor::Stranger);
    let refused = device.sign(sign(&keys)).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    device.rehearsal.before_the_camera(Visitor::Owner);
    let data = device.assertion(sign(&keys[1..])).unwrap().signed_data;
    assert_eq!(data.key_id, keys[1]);
}

#[test]
fn a_key_of_another_caller_is_not_on_the_list() {
    let mut device = Device::new();
    let own = device.key_of("alice");
    let command = RegisterCommand {
        key_handle_access_token: foreign_access(),
        ..register()
    };
    let foreign = device.register(command).unwrap().krd.key_id;
    let data = device.assertion(sign(&[foreign, own.clone()])).unwrap();
    assert_eq!(data.signed_data.key_id, own);
}
