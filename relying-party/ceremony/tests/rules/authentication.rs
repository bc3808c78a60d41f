//! The rules of authentication and transaction confirmation, UAF §3.5.7.5.

use smile_ceremony::{
    error::CeremonyError,
    payment::PaymentStatus,
    record::CredentialStatus,
    transition::{Outcome, Transition},
};
use smile_protocol::{
    error::ProtocolError,
    hash::HashAlgorithm,
    registry::AuthenticationAlgorithm,
    uaf::{
        assertion::{info::AuthenticationMode, signed_data::TransactionContentHash},
        challenge::FinalChallengeHash,
        header::Upv,
        identity::{Aaid, AppId, Challenge, FacetId, KeyId},
    },
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey, RegistrationForge},
    certificates::test_key,
    world::{ATTESTED, FACET, ROOTLESS, SURROGATE, World, attestation_of, not_trusted, tenant},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// A world in which alice has registered [`device`].
fn world() -> World {
    let mut world = World::new();
    world
        .register("alice", &device(), |_| ())
        .expect("a sound registration");
    world
}

/// The sound login is accepted; with the flaw, in a world of its own, it breaks exactly `rule`, and the
/// credential is as before.
fn refused(rule: CeremonyError, flaw: impl FnOnce(&mut AuthenticationForge)) {
    assert!(world().log_in("alice", &device(), |_| ()).is_ok());
    let mut world = world();
    let before = world.credentials();
    assert_eq!(world.log_in("alice", &device(), flaw).err(), Some(rule));
    assert_eq!(world.credentials(), before);
}

/// The same for a payment, which stays unauthorised.
fn payment_refused(rule: CeremonyError, flaw: impl FnOnce(&mut AuthenticationForge)) {
    assert_eq!(
        world()
            .pay("alice", &device(), |_| ())
            .map(|payment| payment.status()),
        Ok(PaymentStatus::Succeeded)
    );
    let mut world = world();
    let before = world.credentials();
    assert_eq!(world.pay("alice", &device(), flaw).err(), Some(rule));
    assert_eq!(world.credentials(), before);
    assert!(
        world
            .rows
            .payments
            .values()
            .all(|payment| payment.status() == PaymentStatus::RequiresAction)
    );
    assert!(
        world
            .rows
            .payments
            .values()
            .all(|payment| payment.authorisation().is_none())
    );
}

fn malformed(flaw: impl FnOnce(&mut AuthenticationForge)) -> ProtocolError {
    assert!(world().log_in("alice", &device(), |_| ()).is_ok());
    match world().log_in("alice", &device(), flaw) {
        Err(CeremonyError::Malformed(error)) => error,
        other => panic!("not malformed: {other:?}"),
    }
}

#[test]
fn a_login_moves_the_counter_and_completes_its_session() {
    let mut world = world();
    let Ok(Outcome::Authenticated(used)) = world.log_in("alice", &device(), |_| ()) else {
        panic!("a sound login")
    };
    assert_eq!(
        (used[0].sign_counter, used[0].last_used_at_ms),
        (2, Some(world.now_ms))
    );
    assert_eq!(world.credentials(), used);
}

#[test]
fn a_payment_keeps_the_evidence_of_its_authorisation() {
    let mut world = world();
    let payment = world.pay("alice", &device(), |_| ()).expect("a sound payment");
    let evidence = payment.authorisation().expect("authorised");
    assert_eq!(evidence.aaid, ATTESTED);
    assert_eq!(evidence.sign_counter, 2);
    let text = payment.transaction_text();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes());
    assert_eq!(evidence.transaction_content_hash.as_slice(), &hash[..]);
    // The record alone is enough to verify the signature again.
    let assertion = smile_protocol::uaf::assertion::authentication::AuthenticationAssertion::decode(
        evidence.assertion.as_slice(),
    )
    .expect("kept as it came");
    let key = smile_ceremony::signature::VerifyingKey::p256(&device().point()).expect("on the curve");
    let algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw;
    let verdict = smile_ceremony::signature::verify_assertion(
        algorithm,
        &key,
        &assertion.signed_bytes,
        &assertion.signature,
    );
    assert!(verdict.is_ok());
}

// The outer checks, which are those of registration.

#[test]
fn the_outer_rules_hold_for_authentication_too() {
    refused(CeremonyError::VersionUnsupported, |forge| {
        forge.envelope.header.upv = Upv::V1_0
    });
    refused(CeremonyError::ServerDataMalformed, |forge| {
        forge.envelope.header.server_data = None
    });
    refused(CeremonyError::HeaderAppIdMismatch, |forge| {
        forge.envelope.header.app_id = None
    });
    refused(CeremonyError::AppIdMismatch, |forge| {
        forge.envelope.fc.app_id = AppId::new("https://evil.example/").expect("short");
    });
    refused(not_trusted("https://evil.example"), |forge| {
        forge.envelope.fc.facet_id = FacetId::new("https://evil.example").expect("short");
    });
    refused(CeremonyError::ChallengeMismatch, |forge| {
        forge.envelope.fc.challenge = Challenge::new(vec![9; 32]).expect("32 bytes");
    });
    refused(CeremonyError::AssertionSchemeMismatch, |forge| {
        forge.envelope.scheme = "APCV1CBOR".to_owned()
    });
    malformed(|forge| forge.envelope.rewrite_message = |text| text.replace("\"Auth\"", "\"Reg\""));
    malformed(|forge| forge.envelope.rewrite = |bytes| [bytes, vec![0]].concat());
}

#[test]
fn an_answer_is_accepted_once() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session).expect("open");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    assert!(world.finish_authentication(&message).is_ok());
    assert_eq!(
        world.finish_authentication(&message).err(),
        Some(CeremonyError::ChallengeSpent)
    );
}

#[test]
fn a_registration_challenge_authenticates_nobody() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let login = world.begin_login(&session).expect("open");
    let enrolment = world.enrolment_session("alice");
    let registration = world.begin_registration(&enrolment).expect("open");
    let mut forge = AuthenticationForge::answering(&login, &device(), FACET);
    forge.envelope.header.server_data = registration.header.server_data.clone();
    forge.envelope.fc.challenge = registration.challenge.clone();
    let refused = world.finish_authentication(&forge.message());
    assert_eq!(refused.err(), Some(CeremonyError::ChallengeForOtherOperation));

    // Nor does a login challenge register a key.
    let other = DeviceKey::new(ATTESTED, 2);
    let mut forge = RegistrationForge::answering(&registration, &other, FACET, attestation_of(&other));
    forge.envelope.header.server_data = login.header.server_data.clone();
    forge.envelope.fc.challenge = login.challenge.clone();
    let refused = world.finish_registration(&forge.message());
    assert_eq!(refused.err(), Some(CeremonyError::ChallengeForOtherOperation));

    // Neither mistake spent a challenge.
    let login = AuthenticationForge::answering(&login, &device(), FACET).message();
    assert!(world.finish_authentication(&login).is_ok());
    let registration = RegistrationForge::answering(&registration, &other, FACET, attestation_of(&other));
    assert!(world.finish_registration(&registration.message()).is_ok());
}

// The key.

#[test]
fn the_aaid_has_metadata() {
    refused(CeremonyError::AaidUnknown, |forge| {
        forge.data.aaid = Aaid::new(0xFFFF, 1)
    });
}

#[test]
fn the_key_is_one_of_this_user() {
    refused(CeremonyError::KeyIdUnknown, |forge| {
        forge.data.key_id = KeyId::new(vec![9; 32]).expect("32 bytes")
    });
    // The same KeyID under another model is another key.
    refused(CeremonyError::KeyIdUnknown, |forge| forge.data.aaid = SURROGATE);
    // Another user's key, with its own sound signature, does not log alice in.
    let mut world = world();
    let bobs = DeviceKey::new(ATTESTED, 2);
    world.register("bob", &bobs, |_| ()).expect("sound");
    assert_eq!(
        world.log_in("alice", &bobs, |_| ()).err(),
        Some(CeremonyError::KeyIdUnknown)
    );
    assert!(world.log_in("bob", &bobs, |_| ()).is_ok());
    assert!(world.log_in("alice", &device(), |_| ()).is_ok());
}

#[test]
fn a_key_of_the_user_that_was_not_asked_for_is_refused() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session).expect("open");
    // Registered after the request was made.
    let later = DeviceKey::new(ATTESTED, 2);
    world.register("alice", &later, |_| ()).expect("sound");
    let message = AuthenticationForge::answering(&request, &later, FACET).message();
    assert_eq!(
        world.finish_authentication(&message).err(),
        Some(CeremonyError::PolicyNotSatisfied)
    );
    assert!(world.log_in("alice", &later, |_| ()).is_ok());
}

#[test]
fn a_suspended_or_revoked_key_does_not_sign_in() {
    for status in [CredentialStatus::Suspended, CredentialStatus::Revoked] {
        let mut world = world();
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        world
            .rows
            .credentials
            .values_mut()
            .for_each(|credential| credential.status = status);
        let message = AuthenticationForge::answering(&request, &device(), FACET).message();
        assert_eq!(
            world.finish_authentication(&message).err(),
            Some(CeremonyError::CredentialNotActive)
        );
        assert_eq!(
            world.begin_login(&session),
            Err(CeremonyError::NoUsableCredential)
        );
    }
    assert!(world().log_in("alice", &device(), |_| ()).is_ok());
}

#[test]
fn a_user_without_keys_gets_no_request() {
    let mut world = world();
    let session = world.authentication_session("bob");
    assert_eq!(
        world.begin_login(&session),
        Err(CeremonyError::NoUsableCredential)
    );
    let session = world.authentication_session("alice");
    assert!(world.begin_login(&session).is_ok());
}

// The signed data.

#[test]
fn the_authenticator_is_not_older_than_metadata_nor_than_it_was() {
    refused(CeremonyError::AuthenticatorVersionTooOld, |forge| {
        forge.data.assertion_info.authenticator_version = 1;
    });
    let mut world = world();
    let version = |version| {
        move |forge: &mut AuthenticationForge| forge.data.assertion_info.authenticator_version = version
    };
    assert!(world.log_in("alice", &device(), version(4)).is_ok());
    let later = DeviceKey {
        counter: 2,
        ..device()
    };
    let back = world.log_in("alice", &later, version(3));
    assert_eq!(back.err(), Some(CeremonyError::AuthenticatorVersionWentBack));
    assert!(world.log_in("alice", &later, version(4)).is_ok());
}

#[test]
fn the_algorithm_is_the_registered_one() {
    refused(CeremonyError::SignatureAlgorithmMismatch, |forge| {
        forge.data.assertion_info.signature_algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Der;
    });
}

#[test]
fn the_counter_grows() {
    refused(CeremonyError::CounterNotGreater, |forge| {
        forge.data.sign_counter = 1
    });
    refused(CeremonyError::CounterNotGreater, |forge| {
        forge.data.sign_counter = 0
    });
    let mut world = world();
    assert!(
        world
            .log_in("alice", &device(), |forge| forge.data.sign_counter = 900)
            .is_ok()
    );
    let lower = world.log_in("alice", &device(), |forge| forge.data.sign_counter = 899);
    assert_eq!(lower.err(), Some(CeremonyError::CounterNotGreater));
    assert!(
        world
            .log_in("alice", &device(), |forge| forge.data.sign_counter = 901)
            .is_ok()
    );
}

#[test]
fn an_authenticator_that_does_not_count_stays_at_0() {
    let mut world = World::new();
    let uncounted = DeviceKey {
        counter: 0,
        ..device()
    };
    world.register("alice", &uncounted, |_| ()).expect("sound");
    let sign_counter = |counter| move |forge: &mut AuthenticationForge| forge.data.sign_counter = counter;
    assert!(world.log_in("alice", &uncounted, sign_counter(0)).is_ok());
    assert!(world.log_in("alice", &uncounted, sign_counter(0)).is_ok());
    // Once it has counted, it does not stop.
    assert!(world.log_in("alice", &uncounted, sign_counter(1)).is_ok());
    let stopped = world.log_in("alice", &uncounted, sign_counter(0));
    assert_eq!(stopped.err(), Some(CeremonyError::CounterNotGreater));
}

#[test]
fn the_final_challenge_hash_is_over_the_transmitted_params() {
    refused(CeremonyError::FinalChallengeHashMismatch, |forge| {
        forge.envelope.hash = Some(FinalChallengeHash([1; 32].into()));
    });
}

#[test]
fn the_signature_is_the_registered_keys() {
    refused(CeremonyError::SignatureInvalid, |forge| forge.key = test_key(9));
    refused(CeremonyError::SignatureInvalid, |forge| {
        forge.envelope.rewrite = |mut bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            bytes
        };
    });
    // Signed data changed after signing: the nonce, which no other rule looks at.
    refused(CeremonyError::SignatureInvalid, |forge| {
        forge.envelope.rewrite = |mut bytes| {
            let nonce = bytes
                .windows(8)
                .position(|window| window == [7; 8])
                .expect("the nonce");
            bytes[nonce] ^= 1;
            bytes
        };
    });
}

// The transaction, with the gap of the specification closed.

#[test]
fn a_transaction_that_was_asked_for_is_confirmed() {
    payment_refused(CeremonyError::TransactionNotConfirmed, |forge| {
        forge.data.assertion_info.authentication_mode = AuthenticationMode::UserVerified;
        forge.data.transaction_content_hash = None;
    });
}

#[test]
fn the_confirmed_transaction_is_the_one_that_was_asked_for() {
    payment_refused(CeremonyError::TransactionHashMismatch, |forge| {
        let other = b"Pay 0.01 EUR to \"Deutsche Post\" (ref 00000000)";
        forge.data.transaction_content_hash = Some(TransactionContentHash::of(HashAlgorithm::Sha256, other));
    });
}

#[test]
fn no_transaction_is_confirmed_that_was_not_asked_for() {
    refused(CeremonyError::TransactionNotAsked, |forge| {
        forge.data.assertion_info.authentication_mode = AuthenticationMode::TransactionConfirmed;
        forge.data.transaction_content_hash =
            Some(TransactionContentHash::of(HashAlgorithm::Sha256, b"Pay 1.00 EUR"));
    });
}

#[test]
fn a_transaction_hash_needs_mode_2_and_mode_2_a_hash() {
    malformed(|forge| {
        forge.data.transaction_content_hash = Some(TransactionContentHash::of(HashAlgorithm::Sha256, b"x"))
    });
    malformed(|forge| {
        forge.data.assertion_info.authentication_mode = AuthenticationMode::TransactionConfirmed;
    });
}

#[test]
fn the_answer_to_one_payment_does_not_pay_another() {
    let mut world = world();
    let (first, second) = (world.payment("alice"), world.payment("alice"));
    let one = world.begin_payment(&first).expect("signable");
    let other = world.begin_payment(&second).expect("signable");
    // The device signed the first payment's text in answer to the second one's challenge.
    let mut forge = AuthenticationForge::answering(&other, &device(), FACET);
    forge.data.transaction_content_hash = Some(
        one.transaction[0]
            .content_hash(HashAlgorithm::Sha256)
            .expect("ours"),
    );
    let refused = world.finish_authentication(&forge.message());
    assert_eq!(refused.err(), Some(CeremonyError::TransactionHashMismatch));
    let message = AuthenticationForge::answering(&one, &device(), FACET).message();
    assert!(matches!(
        world.finish_authentication(&message),
        Ok(Outcome::Authorised(_))
    ));
}

#[test]
fn a_login_authorises_no_payment() {
    let mut world = world();
    let payment = world.payment("alice");
    let session = world.authentication_session("alice");
    let login = world.begin_login(&session).expect("open");
    let request = world.begin_payment(&payment).expect("signable");
    // A login's assertion, sent as the payment's answer: its challenge is another one.
    let mut forge = AuthenticationForge::answering(&login, &device(), FACET);
    forge.envelope.header.server_data = request.header.server_data.clone();
    assert_eq!(
        world.finish_authentication(&forge.message()).err(),
        Some(CeremonyError::ChallengeMismatch)
    );
    assert_eq!(
        world.rows.payments[payment.id()].status(),
        PaymentStatus::RequiresAction
    );
    let fresh = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&fresh, &device(), FACET).message();
    assert!(world.finish_authentication(&message).is_ok());
}

#[test]
fn a_key_whose_authenticator_shows_no_text_pays_nothing() {
    let mut world = world();
    let mut credential = world.credentials().swap_remove(0);
    let payment = world.payment("alice");
    assert!(world.begin_payment(&payment).is_ok());
    credential.aaid = ROOTLESS;
    world
        .rows
        .credentials
        .values_mut()
        .for_each(|row| *row = credential.clone());
    assert_eq!(
        world.begin_payment(&payment),
        Err(CeremonyError::NoUsableCredential)
    );
}

#[test]
fn one_of_two_assertions_is_enough_and_the_bad_one_is_named() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session).expect("open");
    let mut forge = AuthenticationForge::answering(&request, &device(), FACET);
    forge.key = test_key(9);
    let forged = forge.assertion();
    forge.key = device().key;
    forge.others.push(forged);
    let verified = world
        .verify_authentication(&forge.message())
        .expect("one sound assertion");
    let skipped: Vec<_> = verified
        .skipped()
        .iter()
        .map(|one| (one.index, one.error.clone()))
        .collect();
    assert_eq!(skipped, [(1, CeremonyError::SignatureInvalid)]);
}

#[test]
fn keys_that_nobody_asked_for_do_not_sign_in_and_keep_their_counters() {
    let mut world = world();
    let second = DeviceKey::new(ATTESTED, 2);
    world.register("alice", &second, |_| ()).expect("sound");
    let before = world.credentials();
    let with = |other: DeviceKey| {
        move |forge: &mut AuthenticationForge| {
            let (key, key_id) = (forge.key.clone(), forge.data.key_id.clone());
            (forge.key, forge.data.key_id) = (other.key, other.key_id);
            forge.others.push(forge.assertion());
            (forge.key, forge.data.key_id) = (key, key_id);
        }
    };
    let both = world.log_in("alice", &device(), with(second));
    assert_eq!(both.err(), Some(CeremonyError::AssertionsNotAskedFor));
    let twice = world.log_in("alice", &device(), with(device()));
    assert_eq!(twice.err(), Some(CeremonyError::AssertionsNotAskedFor));
    assert_eq!(world.credentials(), before);
    assert!(world.log_in("alice", &device(), |_| ()).is_ok());
}

#[test]
fn a_deregistered_key_signs_nothing_anymore() {
    let mut world = world();
    let payment = world.payment("alice");
    let request = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    let credentials = world
        .credentials()
        .into_iter()
        .map(|credential| credential.id)
        .collect();
    world
        .commit(Transition::Deregister {
            tenant: tenant(),
            credentials,
        })
        .expect("registered");
    assert_eq!(
        world.finish_authentication(&message).err(),
        Some(CeremonyError::KeyIdUnknown)
    );
    assert_eq!(
        world.begin_payment(&payment),
        Err(CeremonyError::NoUsableCredential)
    );
}
