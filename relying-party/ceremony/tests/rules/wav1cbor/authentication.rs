//! An authentication (UAF §3.5.7.5, WebAuthn §7.2), and why it is never a payment.

use smile_ceremony::{
    error::CeremonyError,
    policy::StepUpPolicy,
    record::{Credential, CredentialStatus},
    transition::Outcome,
    uaf::{authentication, wav1cbor::Wav1CborRule},
};
use smile_protocol::{metadata::MetadataStatement, registry::AttestationType, uaf::identity::KeyId};

use super::forge::*;
use crate::{
    authenticator::{AuthenticationForge, DeviceKey},
    certificates::test_key,
    foreign_key::ForeignKey,
    world::{FACET, SURROGATE, World, statement},
};

/// A world in which alice has the passkey number 10.
fn registered() -> (World, Passkey) {
    let (mut world, passkey) = (plain_world(), Passkey::es256(10));
    register(&mut world, &passkey, |_| ()).expect("sound");
    (world, passkey)
}

/// The flaw is refused for this reason and moves nothing; the same message without it is accepted.
fn refused(error: impl Into<CeremonyError>, flaw: impl FnOnce(&mut Authentication)) {
    let error = error.into();
    let (mut world, passkey) = registered();
    let before = world.credentials();
    assert_eq!(log_in(&mut world, &passkey, flaw).err(), Some(error.clone()));
    assert_eq!(world.credentials(), before, "{error}");
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok(), "{error}");
    assert_eq!(world.credentials()[0].sign_counter, 2, "{error}");
}

#[test]
fn the_data_are_for_us_and_of_a_user_who_was_verified() {
    refused(Wav1CborRule::RpIdHashMismatch, |forge| {
        forge.data.rp_id = "evil.example"
    });
    refused(Wav1CborRule::UserNotPresent, |forge| forge.data.flags &= !UP);
    refused(Wav1CborRule::UserNotVerified, |forge| forge.data.flags &= !UV);
}

#[test]
fn the_counter_grows() {
    for stale in [0, 1] {
        refused(Wav1CborRule::CounterNotGreater, |forge| {
            forge.data.counter = stale
        });
    }
    // Who never counts goes on so.
    let (mut world, mut passkey) = (plain_world(), Passkey::es256(10));
    passkey.counter = 0;
    register(&mut world, &passkey, |_| ()).expect("sound");
    let zero = |forge: &mut Authentication| forge.data.counter = 0;
    assert!(log_in(&mut world, &passkey, zero).is_ok());
    assert!(log_in(&mut world, &passkey, zero).is_ok());
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
    assert_eq!(
        log_in(&mut world, &passkey, zero).err(),
        Some(Wav1CborRule::CounterNotGreater.into())
    );
}

#[test]
fn the_signature_is_the_registered_keys_over_what_was_sent() {
    let wrong = Wav1CborRule::SignatureInvalid;
    refused(wrong, |forge| forge.key = ForeignKey::P256(test_key(11)));
    refused(wrong, |forge| forge.flaws.signature = |bytes| flip(bytes));
    refused(wrong, |forge| forge.flaws.signed_over = Some("e30".to_owned()));
    // One bit of the data: the counter goes from 2 to 3.
    refused(wrong, |forge| forge.flaws.data = |bytes| bytes[36] ^= 1);
    // WebAuthn §6.5.5: DER, though the statement says RAW.
    refused(wrong, |forge| {
        forge.flaws.signature = raw;
    });
}

#[test]
fn the_key_is_one_of_this_user_in_this_scheme() {
    refused(Wav1CborRule::CredentialUnknown, |forge| {
        forge.credential_id = vec![11; 32]
    });
    let with = |change: fn(&mut Credential)| {
        let (mut world, passkey) = registered();
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("begun");
        let key = world.rows.credentials.values_mut().next().expect("one key");
        change(key);
        let forge = Authentication::answering(&request, &passkey);
        world.verify_authentication(&forge.message()).map(drop)
    };
    let unknown = Err(Wav1CborRule::CredentialUnknown.into());
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|key| key.user = crate::world::person("mallory")), unknown);
    assert_eq!(with(|key| key.scheme = "UAFV1TLV".to_owned()), unknown);
    assert_eq!(
        with(|key| key.key_id = KeyId::new(vec![9; 32]).expect("32 bytes")),
        unknown
    );
    let stranger = |key: &mut Credential| {
        key.tenant = smile_ceremony::identifier::TenantId::parse("stranger").expect("a name");
    };
    assert_eq!(with(stranger), unknown);
    let inactive = Err(CeremonyError::CredentialNotActive);
    assert_eq!(with(|key| key.status = CredentialStatus::Suspended), inactive);
    // A record that was damaged is no fault of the signature.
    let damaged = Err(CeremonyError::PublicKeyInvalid);
    assert_eq!(with(|key| key.public_key.original.0.truncate(20)), damaged);
    assert_eq!(
        with(|key| *key.public_key.original.0.last_mut().expect("bytes") ^= 1),
        damaged
    );
    assert_eq!(with(|key| key.public_key.algorithm = 0x13), damaged);
    assert_eq!(with(|key| key.public_key.algorithm = 0xFFFF), damaged);
}

#[test]
fn metadata_still_knows_the_model_in_this_scheme_and_version() {
    let with = |models: &[MetadataStatement]| {
        let (mut world, passkey) = registered();
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("begun");
        world.rp.metadata = super::forge::world(models).rp.metadata;
        let forge = Authentication::answering(&request, &passkey);
        world.finish_authentication(&forge.message()).map(drop)
    };
    assert_eq!(with(&[plain_model()]), Ok(()));
    assert_eq!(with(&[]), Err(CeremonyError::AaidUnknown));
    let other = statement(PASSKEY, AttestationType::BasicSurrogate, Vec::new());
    assert_eq!(with(&[other]), Err(CeremonyError::AssertionSchemeMismatch));
    let newer = MetadataStatement {
        authenticator_version: 3,
        ..plain_model()
    };
    assert_eq!(with(&[newer]), Err(CeremonyError::AuthenticatorVersionTooOld));
}

#[test]
fn the_policy_of_the_request_is_met() {
    // Both keys are alice's, and the request asks for the first.
    let (mut world, passkey) = registered();
    let second = Passkey::es256(12);
    register(&mut world, &second, |_| ()).expect("sound");
    let first_only: Vec<_> = world
        .credentials()
        .into_iter()
        .filter(|key| key.key_id.as_bytes() == passkey.credential_id)
        .collect();
    let mut answered_by = |passkey: &Passkey| {
        let session = world.authentication_session("alice");
        let policy = StepUpPolicy::any_of(&first_only).expect("one key");
        let request = world.begin_step_up(&session, &policy).expect("begun");
        let forge = Authentication::answering(&request, passkey);
        world.finish_authentication(&forge.message()).map(drop)
    };
    assert_eq!(answered_by(&second), Err(CeremonyError::PolicyNotSatisfied));
    assert_eq!(answered_by(&passkey), Ok(()));
}

/// An assertion that the policy does not ask for is skipped, and one that it asks for beside it counts.
#[test]
fn what_the_policy_does_not_ask_for_is_skipped() {
    let (mut world, passkey) = registered();
    let second = Passkey::es256(12);
    register(&mut world, &second, |_| ()).expect("sound");
    let mut keys = world.credentials();
    keys.retain(|key| key.key_id.as_bytes() == passkey.credential_id);
    let session = world.authentication_session("alice");
    let policy = StepUpPolicy::any_of(&keys).expect("one key");
    let request = world.begin_step_up(&session, &policy).expect("begun");
    let message = |passkey: &Passkey| {
        let text = Authentication::answering(&request, passkey).message();
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    };
    let (mut both, other) = (message(&second), message(&passkey));
    let assertions = both[0]["assertions"].as_array_mut().expect("a list");
    assertions.push(other[0]["assertions"][0].clone());
    world
        .finish_authentication(&both.to_string())
        .expect("the second of them counts");
    let counters: Vec<_> = world
        .credentials()
        .iter()
        .map(|key| (key.key_id.as_bytes()[0], key.sign_counter))
        .collect();
    assert!(
        counters.contains(&(10, 2)) && counters.contains(&(12, 1)),
        "{counters:?}"
    );
}

/// A key of the other scheme does not answer for a model that now says it is of this one.
#[test]
fn a_key_of_the_other_scheme_needs_a_statement_of_its_scheme() {
    let tlv = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let with = |model: MetadataStatement| {
        let (mut world, device) = (
            super::forge::world(std::slice::from_ref(&tlv)),
            DeviceKey::new(SURROGATE, 1),
        );
        world.register("alice", &device, |_| ()).expect("sound");
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("begun");
        world.rp.metadata = super::forge::world(&[model]).rp.metadata;
        let message = AuthenticationForge::answering(&request, &device, FACET).message();
        world.finish_authentication(&message).map(drop)
    };
    let other = MetadataStatement {
        aaid: SURROGATE,
        ..plain_model()
    };
    assert_eq!(with(other), Err(CeremonyError::AssertionSchemeMismatch));
    assert_eq!(with(tlv.clone()), Ok(()));
}

#[test]
fn both_schemes_stand_beside_each_other() {
    let tlv = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let mut world = super::forge::world(&[plain_model(), tlv]);
    let (passkey, device) = (Passkey::es256(10), DeviceKey::new(SURROGATE, 1));
    register(&mut world, &passkey, |_| ()).expect("sound");
    world.register("alice", &device, |_| ()).expect("sound");
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
    assert!(world.log_in("alice", &device, |_| ()).is_ok());
}

/// Nothing in such an assertion says what was displayed.
#[test]
fn a_payment_is_never_signed_in_this_scheme() {
    let blind = CeremonyError::from(Wav1CborRule::TransactionNotShown);
    // Who has no other key is told why.
    let (mut world, passkey) = registered();
    let payment = world.payment("alice");
    assert_eq!(world.begin_payment(&payment).err(), Some(blind.clone()));

    // Who has another one is asked for that one only, and cannot answer with this one.
    let tlv = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let mut world = super::forge::world(&[plain_model(), tlv]);
    let device = DeviceKey::new(SURROGATE, 1);
    register(&mut world, &passkey, |_| ()).expect("sound");
    world.register("alice", &device, |_| ()).expect("sound");
    let payment = world.payment("alice");
    let request = world.begin_payment(&payment).expect("the other key shows text");
    let asked: Vec<_> = request.policy.accepted.iter().flatten().collect();
    assert!(
        asked.iter().all(|one| one.aaid == Some(vec![SURROGATE])),
        "{asked:?}"
    );
    let forged = Authentication::answering(&request, &passkey).message();
    assert_eq!(world.finish_authentication(&forged).err(), Some(blind.clone()));

    let request = world.begin_payment(&payment).expect("begun again");
    let sound = AuthenticationForge::answering(&request, &device, FACET).message();
    assert!(matches!(
        world.finish_authentication(&sound),
        Ok(Outcome::Authorised(_))
    ));

    // The same for a text that is no payment.
    let (mut world, passkey) = registered();
    let session = world.authentication_session("alice");
    let keys = world.credentials();
    let begin = |world: &World, keys: &[Credential]| {
        authentication::begin_transaction(&world.rp, &session, "Hi", keys, world.now_ms, &mut world.rng())
            .err()
    };
    assert_eq!(begin(&world, &keys), Some(blind));
    assert_eq!(begin(&world, &[]), Some(CeremonyError::NoUsableCredential));
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
}
