//! The scheme is off unless somebody switches it on.

use smile_ceremony::{error::CeremonyError, uaf::wav1cbor::Wav1CborRule};
use smile_protocol::{
    registry::AttestationType,
    uaf::{identity::Aaid, policy::MatchCriteria},
};

use super::forge::*;
use crate::{
    authenticator::DeviceKey,
    world::{SURROGATE, World, statement},
};

fn off() -> CeremonyError {
    Wav1CborRule::Off.into()
}

#[test]
fn the_default_is_off_and_the_reason_names_the_setting() {
    assert!(!World::new().rp.wav1cbor);
    let words = off().to_string();
    assert!(
        words.contains("experimental") && words.contains("uaf.experimental_wav1cbor"),
        "{words}"
    );
}

/// Every reason says that it is about something experimental.
#[test]
fn every_rule_says_experimental_and_has_a_code() {
    for rule in Wav1CborRule::ALL {
        assert!(rule.to_string().contains("experimental"), "{rule}");
        let code = CeremonyError::from(rule).status().code();
        assert!((1480..=1498).contains(&code), "{rule}: {code}");
    }
    let code = |rule: Wav1CborRule| rule.status().code();
    assert_eq!(code(Wav1CborRule::Off), 1498);
    assert_eq!(code(Wav1CborRule::TransactionNotShown), 1492);
    assert_eq!(code(Wav1CborRule::AaguidUnknown), 1480);
    assert_eq!(code(Wav1CborRule::CredentialUnknown), 1481);
    assert_eq!(code(Wav1CborRule::RpIdHashMismatch), 1498);
    assert_eq!(code(Wav1CborRule::UserNotVerified), 1492);
    assert_eq!(code(Wav1CborRule::CredentialIdLength), 1494);
    assert_eq!(code(Wav1CborRule::KeyAlgorithmMismatch), 1495);
    assert_eq!(code(Wav1CborRule::AttestationAlgorithm), 1496);
    assert_eq!(code(Wav1CborRule::SignatureInvalid), 1498);
}

#[test]
fn a_registration_neither_offers_nor_takes_the_scheme_where_it_is_off() {
    let tlv = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let mut world = world(&[plain_model(), tlv]);
    let passkey = Passkey::es256(10);
    let answer = |world: &mut World, offered: &[Aaid]| {
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("begun");
        let asked: Vec<_> = request.policy.accepted.iter().flatten().cloned().collect();
        let expected: Vec<_> = offered
            .iter()
            .map(|aaid| MatchCriteria::for_aaid(*aaid))
            .collect();
        assert_eq!(asked, expected);
        world.finish_registration(&Registration::answering(&request, &passkey).message())
    };
    world.rp.wav1cbor = false;
    assert_eq!(answer(&mut world, &[SURROGATE]), Err(off()));
    assert!(world.rows.credentials.is_empty());
    assert!(
        world
            .register("alice", &DeviceKey::new(SURROGATE, 1), |_| ())
            .is_ok()
    );
    world.rp.wav1cbor = true;
    assert_eq!(
        answer(&mut world, &[PASSKEY, SURROGATE]).map(|list| list.len()),
        Ok(1)
    );
}

#[test]
fn where_nothing_else_is_accepted_the_request_says_why_there_is_none() {
    let mut world = plain_world();
    let session = world.enrolment_session("alice");
    world.rp.wav1cbor = false;
    assert_eq!(world.begin_registration(&session).err(), Some(off()));
    world.rp.wav1cbor = true;
    assert_eq!(world.begin_registration(&session).err(), None);
}

/// What is left of an operator's policy: a criterion that could be met by the scheme alone takes its set along.
#[test]
fn criteria_lose_what_is_off() {
    let tlv = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let mut world = world(&[plain_model(), tlv]);
    world.rp.wav1cbor = false;
    let by_scheme = |names: &[&str]| MatchCriteria {
        authentication_algorithms: Some(vec![1]),
        assertion_schemes: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..MatchCriteria::default()
    };
    let by_aaid = |aaids: &[Aaid]| MatchCriteria {
        aaid: Some(aaids.to_vec()),
        ..MatchCriteria::default()
    };
    let other = Aaid::new(1, 1);
    world.rp.accepted = vec![
        vec![by_scheme(&["WAV1CBOR"])],
        vec![by_scheme(&["WAV1CBOR", "UAFV1TLV"])],
        vec![by_aaid(&[PASSKEY])],
        vec![by_aaid(&[PASSKEY, SURROGATE])],
        vec![by_aaid(&[other]), by_aaid(&[PASSKEY])],
        vec![by_aaid(&[other]), by_scheme(&["UAFV1TLV"])],
    ];
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("begun");
    let left = vec![
        vec![by_scheme(&["UAFV1TLV"])],
        vec![by_aaid(&[SURROGATE])],
        vec![by_aaid(&[other]), by_scheme(&["UAFV1TLV"])],
    ];
    assert_eq!(request.policy.accepted, left);
}

#[test]
fn keys_of_the_scheme_rest_while_it_is_off() {
    let (mut world, passkey) = (plain_world(), Passkey::es256(10));
    register(&mut world, &passkey, |_| ()).expect("sound");
    let session = world.authentication_session("alice");
    let before = world.begin_login(&session).expect("on");
    world.rp.wav1cbor = false;
    assert_eq!(world.begin_login(&session).err(), Some(off()));
    let payment = world.payment("alice");
    assert_eq!(world.begin_payment(&payment).err(), Some(off()));
    // A request of before is not answered either.
    let answered = world.finish_authentication(&Authentication::answering(&before, &passkey).message());
    assert_eq!(answered.err(), Some(off()));
    world.rp.wav1cbor = true;
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
}
