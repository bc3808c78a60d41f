#![allow(clippy::unwrap_used)]

use std::fs;

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::uaf::assertion::info::{
    AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo,
};
use smile_protocol::uaf::assertion::krd::KeyRegistrationData;
use smile_protocol::uaf::assertion::signed_data::{SignedData, TransactionContentHash};
use smile_protocol::uaf::identity::{Aaid, AppId, KeyId, Username};

use super::{COUNTERS, KEYS, SoftwareKeyStore, counter_name, key_name};
use crate::commands::get_info::{PUBLIC_KEY_FORMAT, SIGNATURE_ALGORITHM};
use crate::error::AuthenticatorError as Error;
use crate::keys::{AccessToken, FreshKey, KeyStore, MAX_KEYS, UnlockedKey};
use crate::rehearsal::{
    Rehearsal, challenge_hash, enrolment, verified_by, verified_for, verified_to_register,
};

const AAID: Aaid = Aaid::new(0xFFFF, 0x5302);

fn token(byte: u8) -> AccessToken {
    token_of("https://shop.example", byte)
}

fn token_of(app_id: &str, byte: u8) -> AccessToken {
    AccessToken::new(AppId::new(app_id).unwrap(), zeroize::Zeroizing::new([byte; 32]))
}

fn alice() -> Username {
    Username::new("alice").unwrap()
}

fn krd(fresh: &FreshKey) -> KeyRegistrationData {
    KeyRegistrationData {
        aaid: AAID,
        assertion_info: RegistrationAssertionInfo {
            authenticator_version: 1,
            signature_algorithm: SIGNATURE_ALGORITHM,
            public_key_format: PUBLIC_KEY_FORMAT,
        },
        final_challenge_hash: fresh.final_challenge_hash(),
        key_id: fresh.key_id().clone(),
        counters: fresh.counters(),
        public_key: fresh.public_key().to_vec(),
        extensions: Vec::new(),
    }
}

fn signed_data(unlocked: &UnlockedKey) -> SignedData {
    SignedData {
        aaid: AAID,
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: 1,
            authentication_mode: unlocked.authentication_mode(),
            signature_algorithm: SIGNATURE_ALGORITHM,
        },
        authenticator_nonce: vec![5; 32],
        final_challenge_hash: unlocked.final_challenge_hash(),
        transaction_content_hash: unlocked.transaction_hash(),
        key_id: unlocked.key_id.clone(),
        sign_counter: unlocked.sign_counter(),
        extensions: Vec::new(),
    }
}

/// A store with one key; its identifier and public key.
fn with_key(rehearsal: &Rehearsal) -> (SoftwareKeyStore, KeyId, Vec<u8>) {
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let fresh = store
        .generate(verified_to_register(1), &token(1), &alice())
        .unwrap();
    let (key_id, public_key) = (fresh.key_id().clone(), fresh.public_key().to_vec());
    (store, key_id, public_key)
}

fn verifies(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(public_key).unwrap();
    key.verify(message, &Signature::from_slice(signature).unwrap())
        .is_ok()
}

#[test]
fn a_registration_is_signed_by_the_fresh_key_itself() {
    let rehearsal = Rehearsal::new();
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let fresh = store
        .generate(verified_to_register(1), &token(1), &alice())
        .unwrap();
    assert_eq!(fresh.key_id().as_bytes().len(), 32);
    assert_eq!((fresh.public_key().len(), fresh.public_key()[0]), (65, 4));
    assert_eq!(
        (fresh.counters().sign_counter, fresh.counters().reg_counter),
        (0, 1)
    );
    let (krd, public_key) = (krd(&fresh), fresh.public_key().to_vec());
    let signature = store.sign_registration(fresh, &krd).unwrap();
    assert_eq!(signature.len(), 64);
    assert!(verifies(&public_key, &krd.encode().unwrap(), &signature));
}

#[test]
fn each_registration_has_its_own_key_and_the_next_registration_counter() {
    let rehearsal = Rehearsal::new();
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let one = store
        .generate(verified_to_register(1), &token(1), &alice())
        .unwrap();
    let two = store
        .generate(verified_to_register(1), &token(1), &alice())
        .unwrap();
    assert_ne!(one.key_id(), two.key_id());
    assert_ne!(one.public_key(), two.public_key());
    assert_eq!((one.counters().reg_counter, two.counters().reg_counter), (1, 2));
    assert_eq!(store.key_ids().unwrap().len(), 2);
}

#[test]
fn a_verification_signs_only_the_registration_it_was_for() {
    let rehearsal = Rehearsal::new();
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let flaws: [fn(&mut KeyRegistrationData); 5] = [
        |krd| krd.final_challenge_hash = challenge_hash(2),
        |krd| krd.key_id = KeyId::new(vec![9; 32]).unwrap(),
        |krd| krd.public_key[64] ^= 1,
        |krd| krd.counters.sign_counter = 1,
        |krd| krd.counters.reg_counter += 1,
    ];
    for flaw in flaws {
        let fresh = store
            .generate(verified_to_register(1), &token(1), &alice())
            .unwrap();
        let mut krd = krd(&fresh);
        flaw(&mut krd);
        assert!(matches!(
            store.sign_registration(fresh, &krd),
            Err(Error::NotWhatWasVerified)
        ));
    }
    let fresh = store
        .generate(verified_to_register(1), &token(1), &alice())
        .unwrap();
    let krd = krd(&fresh);
    store.sign_registration(fresh, &krd).unwrap();
}

#[test]
fn a_verification_signs_only_the_authentication_it_was_for() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, public_key) = with_key(&rehearsal);
    let flaws: [fn(&mut SignedData); 6] = [
        |data| data.final_challenge_hash = challenge_hash(3),
        |data| data.key_id = KeyId::new(vec![9; 32]).unwrap(),
        |data| data.sign_counter += 1,
        |data| {
            data.transaction_content_hash =
                Some(TransactionContentHash::of(HashAlgorithm::Sha256, b"Pay 9 EUR"))
        },
        |data| data.transaction_content_hash = None,
        |data| data.assertion_info.authentication_mode = AuthenticationMode::UserVerified,
    ];
    for flaw in flaws {
        let verified = verified_for(2, Some("Pay 1 EUR"));
        let unlocked = store.unlock(verified, &token(1), &key_id).unwrap();
        let mut data = signed_data(&unlocked);
        flaw(&mut data);
        let refused = store.sign_authentication(unlocked, &data);
        assert!(matches!(refused, Err(Error::NotWhatWasVerified)));
    }
    let unlocked = store
        .unlock(verified_for(2, Some("Pay 1 EUR")), &token(1), &key_id)
        .unwrap();
    let data = signed_data(&unlocked);
    let signature = store.sign_authentication(unlocked, &data).unwrap();
    assert!(verifies(&public_key, &data.encode().unwrap(), &signature));
}

#[test]
fn the_counter_is_on_the_disk_before_any_signature() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    assert_eq!(store.counter(&key_id).unwrap(), Some(0));
    let unlocked = store.unlock(verified_for(2, None), &token(1), &key_id).unwrap();
    assert_eq!(unlocked.sign_counter(), 1);
    assert_eq!(store.counter(&key_id).unwrap(), Some(1));
    // The process dies here, without having signed: the number is spent.
    drop((unlocked, store));
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let unlocked = store.unlock(verified_for(3, None), &token(1), &key_id).unwrap();
    assert_eq!(unlocked.sign_counter(), 2);
}

#[test]
fn a_counter_at_its_end_signs_no_more() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let name = counter_name(&key_id);
    store.vault.write(&name, &(u32::MAX - 1).to_le_bytes()).unwrap();
    let last = store.unlock(verified_for(2, None), &token(1), &key_id).unwrap();
    assert_eq!(last.sign_counter(), u32::MAX);
    let refused = store.unlock(verified_for(2, None), &token(1), &key_id);
    assert!(matches!(refused, Err(Error::CounterExhausted)));
}

#[test]
fn a_key_opens_only_under_its_own_token() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let refused = store.unlock(verified_for(2, None), &token(2), &key_id);
    assert!(matches!(refused, Err(Error::KeyAccessDenied)));
    assert!(matches!(
        store.username(&token(2), &enrolment(1), &key_id),
        Err(Error::KeyAccessDenied)
    ));
    assert_eq!(
        store.counter(&key_id).unwrap(),
        Some(0),
        "a refused caller moves no counter"
    );
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
    assert_eq!(
        store.username(&token(1), &enrolment(1), &key_id).unwrap(),
        alice()
    );
}

#[test]
fn a_verification_for_one_application_uses_no_other_applications_keys() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let elsewhere = token_of("https://elsewhere.example", 1);
    let refused = store.unlock(verified_for(2, None), &elsewhere, &key_id);
    assert!(matches!(refused, Err(Error::NotWhatWasVerified)));
    let refused = store.generate(verified_to_register(2), &elsewhere, &alice());
    assert!(matches!(refused, Err(Error::NotWhatWasVerified)));
    assert_eq!(store.counter(&key_id).unwrap(), Some(0));
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
    assert!(
        store
            .generate(verified_to_register(2), &token(1), &alice())
            .is_ok()
    );
}

#[test]
fn a_key_opens_only_for_the_enrolment_it_was_made_by() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let refused = store.unlock(verified_by(2, 2, None), &token(1), &key_id);
    assert!(matches!(refused, Err(Error::KeyDisappeared)));
    assert!(store.unlock(verified_by(1, 2, None), &token(1), &key_id).is_ok());
}

#[test]
fn a_key_handle_is_wrapped_under_its_own_key_id_and_shows_nothing() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let other = KeyId::new(vec![9; 32]).unwrap();
    let file = |key_id: &KeyId| rehearsal.home().join(format!("{}.sealed", key_name(key_id)));
    let wrapped = fs::read(file(&key_id)).unwrap();
    // EnrolmentId, KHAccessToken, UAuth.priv, length, name; around it version, nonce and tag.
    assert_eq!(wrapped.len(), (1 + 24 + 16) + (32 + 32 + 32 + 2 + 5));
    assert!(!wrapped.windows(5).any(|window| window == b"alice"));
    assert!(!wrapped.windows(32).any(|window| window == [1; 32]));
    fs::write(file(&other), &wrapped).unwrap();
    fs::copy(
        rehearsal.home().join(format!("{}.sealed", counter_name(&key_id))),
        rehearsal.home().join(format!("{}.sealed", counter_name(&other))),
    )
    .unwrap();
    let refused = store.unlock(verified_for(2, None), &token(1), &other);
    assert!(matches!(refused, Err(Error::KeyDisappeared)));
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
}

#[test]
fn a_key_id_that_is_not_32_bytes_names_no_key() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    for length in [1, 31, 33, 2048] {
        let other = KeyId::new(vec![7; length]).unwrap();
        let refused = store.unlock(verified_for(2, None), &token(1), &other);
        assert!(matches!(refused, Err(Error::KeyDisappeared)), "{length}");
        assert!(!store.is_under(&token(1), &other).unwrap());
    }
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
}

#[test]
fn a_damaged_key_or_a_lost_counter_is_a_key_that_is_gone() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let key_file = rehearsal.home().join(format!("{}.sealed", key_name(&key_id)));
    let counter_file = rehearsal.home().join(format!("{}.sealed", counter_name(&key_id)));
    let (key, counter) = (fs::read(&key_file).unwrap(), fs::read(&counter_file).unwrap());
    let gone = |store: &mut SoftwareKeyStore| {
        let refused = store.unlock(verified_for(2, None), &token(1), &key_id);
        assert!(matches!(refused, Err(Error::KeyDisappeared)));
        let unnamed = store.username(&token(1), &enrolment(1), &key_id);
        assert!(matches!(unnamed, Err(Error::KeyDisappeared)));
    };
    fs::write(&key_file, b"damaged").unwrap();
    gone(&mut store);
    fs::remove_file(&key_file).unwrap();
    gone(&mut store);
    fs::write(&key_file, &key).unwrap();
    fs::write(&counter_file, b"damaged").unwrap();
    gone(&mut store);
    // Without its counter the key would start over at 1: it is not used.
    fs::remove_file(&counter_file).unwrap();
    gone(&mut store);
    fs::write(&counter_file, &counter).unwrap();
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
}

#[test]
fn deleting_takes_the_token_and_erases_key_and_counter() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let key_file = rehearsal.home().join(format!("{}.sealed", key_name(&key_id)));
    let counter_file = rehearsal.home().join(format!("{}.sealed", counter_name(&key_id)));
    let witness = rehearsal.home().join("witness");
    fs::hard_link(&key_file, &witness).unwrap();
    // The wrong token gets the answer that an unknown key gets.
    let unknown = KeyId::new(vec![9; 32]).unwrap();
    assert!(!store.is_under(&token(2), &key_id).unwrap());
    assert!(!store.is_under(&token(1), &unknown).unwrap());
    assert!(store.is_under(&token(1), &key_id).unwrap());
    assert!(key_file.exists() && counter_file.exists());
    store.discard(&unknown).unwrap();
    assert!(key_file.exists() && counter_file.exists());
    store.discard(&key_id).unwrap();
    assert!(!store.is_under(&token(1), &key_id).unwrap());
    assert!(!key_file.exists() && !counter_file.exists());
    assert!(fs::read(&witness).unwrap().iter().all(|byte| *byte == 0));
    assert_eq!(store.counter(&key_id).unwrap(), None);
    let refused = store.unlock(verified_for(2, None), &token(1), &key_id);
    assert!(matches!(refused, Err(Error::KeyDisappeared)));
}

#[test]
fn a_key_that_cannot_be_written_leaves_no_counter() {
    let rehearsal = Rehearsal::new();
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let folder = rehearsal.home().join(KEYS);
    // A name that leads nowhere: nothing is listed in it, and nothing can be written there.
    std::os::unix::fs::symlink(rehearsal.home().join("nowhere"), &folder).unwrap();
    let refused = store.generate(verified_to_register(1), &token(1), &alice());
    assert!(matches!(refused, Err(Error::Io { .. })));
    assert!(store.vault.names(COUNTERS).unwrap().is_empty());
    fs::remove_file(&folder).unwrap();
    assert!(
        store
            .generate(verified_to_register(1), &token(1), &alice())
            .is_ok()
    );
    assert_eq!(store.vault.names(COUNTERS).unwrap().len(), 1);
}

#[test]
fn counters_of_keys_that_are_gone_are_swept_and_others_kept() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    store.vault.write("counters/aa", &7u32.to_le_bytes()).unwrap();
    store.discard_counters_without_key().unwrap();
    assert_eq!(store.vault.names(COUNTERS).unwrap(), [counter_name(&key_id)]);
    assert_eq!(store.counter(&key_id).unwrap(), Some(0));
}

#[test]
fn a_home_takes_only_so_many_keys() {
    let rehearsal = Rehearsal::new();
    let (mut store, _, _) = with_key(&rehearsal);
    let folder = rehearsal.home().join(KEYS);
    for number in 0..MAX_KEYS - 2 {
        fs::write(folder.join(format!("{number:08x}.sealed")), b"").unwrap();
    }
    // One below the limit there is room for one more, and then there is not.
    let last = store.generate(verified_to_register(1), &token(1), &alice());
    assert!(last.is_ok());
    let refused = store.generate(verified_to_register(1), &token(1), &alice());
    assert!(matches!(refused, Err(Error::TooManyKeys { limit: MAX_KEYS })));
}

#[test]
fn a_name_of_128_wide_characters_fits() {
    let rehearsal = Rehearsal::new();
    let mut store = SoftwareKeyStore::new(rehearsal.vault());
    let name = Username::new("𝔸".repeat(128)).unwrap();
    let fresh = store.generate(verified_to_register(1), &token(1), &name).unwrap();
    assert_eq!(
        store.username(&token(1), &enrolment(1), fresh.key_id()).unwrap(),
        name
    );
}

#[test]
fn a_verification_for_one_command_is_none_for_the_other() {
    let rehearsal = Rehearsal::new();
    let (mut store, key_id, _) = with_key(&rehearsal);
    let refused = store.generate(verified_for(2, None), &token(1), &alice());
    assert!(matches!(refused, Err(Error::NotWhatWasVerified)));
    let refused = store.unlock(verified_to_register(2), &token(1), &key_id);
    assert!(matches!(refused, Err(Error::NotWhatWasVerified)));
    assert_eq!(store.key_ids().unwrap().len(), 1, "nothing was made");
    assert_eq!(store.counter(&key_id).unwrap(), Some(0), "nothing was counted");
    assert!(
        store
            .generate(verified_to_register(2), &token(1), &alice())
            .is_ok()
    );
    assert!(store.unlock(verified_for(2, None), &token(1), &key_id).is_ok());
}
