//! Attestation: packed with certificates, packed by the key itself, none (UAF §3.4.6.5, WebAuthn §8.2, §8.7).

use smile_ceremony::{error::CeremonyError, trust::TrustRule, uaf::wav1cbor::Wav1CborRule};
use smile_protocol::registry::{AttestationType as Type, AuthenticationAlgorithm as Algorithm};

use super::forge::*;
use crate::{
    certificates::{Recipe, test_key},
    foreign_key::ForeignKey,
    world::root,
};

const ES256: Algorithm = Algorithm::Secp256r1EcdsaSha256Raw;

/// How many keys a world with one such model registers when it is answered so.
fn with(
    types: &[Type],
    roots: &[Vec<u8>],
    flaw: impl FnOnce(&mut Registration),
) -> Result<usize, CeremonyError> {
    let mut world = world(&[model(ES256, types, roots.to_vec())]);
    let outcome = register(&mut world, &Passkey::es256(10), flaw);
    assert_eq!(world.rows.credentials.len(), usize::from(outcome.is_ok()));
    outcome.map(|registered| {
        let stored = registered[0].attestation.attestation_type;
        assert!(types.iter().any(|kind| kind.code() == stored), "{stored:#x}");
        registered.len()
    })
}

fn full(forge: &mut Registration) {
    forge.attest = packed_by(&leaf());
}

fn none(forge: &mut Registration) {
    forge.attest = None;
}

#[test]
fn metadata_lists_the_type() {
    let unlisted = Err(CeremonyError::AttestationTypeNotAccepted);
    assert_eq!(with(&[Type::BasicSurrogate], &[], full), unlisted);
    assert_eq!(with(&[Type::BasicSurrogate], &[], |_| ()), Ok(1));
    assert_eq!(with(&[Type::BasicFull], &[root()], |_| ()), unlisted);
    assert_eq!(with(&[Type::BasicFull], &[root()], full), Ok(1));
}

/// Nobody vouches for such a key, so it is the operator who has to want it, by a statement that says so.
#[test]
fn none_is_refused_unless_metadata_permits_it() {
    let unlisted = Err(CeremonyError::AttestationTypeNotAccepted);
    assert_eq!(with(&[Type::BasicSurrogate], &[], none), unlisted);
    assert_eq!(with(&[Type::None], &[], none), Ok(1));
    assert_eq!(with(&[Type::None], &[], |_| ()), unlisted);
}

#[test]
fn roots_are_needed_for_certificates_and_are_no_way_around_for_others() {
    let both = [Type::BasicSurrogate, Type::BasicFull];
    assert_eq!(
        with(&both, &[], full),
        Err(CeremonyError::AttestationRootsMissing)
    );
    assert_eq!(with(&both, &[root()], full), Ok(1));
    assert_eq!(
        with(&both, &[root()], |_| ()),
        Err(CeremonyError::SurrogateWithRoots)
    );
    assert_eq!(with(&both, &[], |_| ()), Ok(1));
    let any = [Type::BasicSurrogate, Type::BasicFull, Type::None];
    assert_eq!(
        with(&any, &[root()], none),
        Err(CeremonyError::SurrogateWithRoots)
    );
    assert_eq!(with(&any, &[], none), Ok(1));
}

#[test]
fn the_policy_s_preference_counts() {
    use smile_protocol::uaf::policy::MatchCriteria;
    let prefers = |types: &[Type], flaw: fn(&mut Registration)| {
        let mut world = world(&[model(ES256, &[Type::BasicSurrogate, Type::None], Vec::new())]);
        world.rp.accepted = vec![vec![MatchCriteria {
            authentication_algorithms: Some(vec![1]),
            assertion_schemes: Some(vec!["WAV1CBOR".to_owned()]),
            attestation_types: Some(types.iter().map(|kind| kind.code()).collect()),
            ..MatchCriteria::default()
        }]];
        register(&mut world, &Passkey::es256(10), flaw).map(|list| list.len())
    };
    let (own, nobody) = (Type::BasicSurrogate, Type::None);
    assert_eq!(
        prefers(&[own, nobody], none),
        Err(CeremonyError::AttestationNotPreferred)
    );
    assert_eq!(prefers(&[own, nobody], |_| ()), Ok(1));
    assert_eq!(prefers(&[own], none), Err(CeremonyError::PolicyNotSatisfied));
    assert_eq!(prefers(&[nobody], none), Ok(1));
}

#[test]
fn a_key_that_attests_itself_says_its_own_algorithm() {
    let other = |number: u16| {
        move |forge: &mut Registration| {
            forge.attest.as_mut().expect("packed").alg = number;
        }
    };
    let wrong = Err(Wav1CborRule::AttestationAlgorithm.into());
    // ES384, ES256K, and what is no algorithm of signatures.
    for number in [35, 47, 9, 65535] {
        assert_eq!(
            with(&[Type::BasicSurrogate], &[], other(number)),
            wrong,
            "{number}"
        );
    }
    assert_eq!(with(&[Type::BasicSurrogate], &[], other(7)), Ok(1));
}

#[test]
fn the_leaf_signs_with_the_algorithm_that_is_named() {
    let by = |number: u16| {
        move |forge: &mut Registration| {
            full(forge);
            forge.attest.as_mut().expect("packed").alg = number;
        }
    };
    let with = |number| with(&[Type::BasicFull], &[root()], by(number));
    assert_eq!(with(65535), Err(Wav1CborRule::AttestationAlgorithm.into()));
    // Known, and not one for the leaf's key.
    assert_eq!(with(257), Err(Wav1CborRule::AttestationSignatureInvalid.into()));
    assert_eq!(with(7), Ok(1));
}

#[test]
fn the_attestation_is_signed_by_the_leaf_over_what_was_sent() {
    let wrong = Err(Wav1CborRule::AttestationSignatureInvalid.into());
    let with = |flaw: fn(&mut Registration)| with(&[Type::BasicFull], &[root()], flaw);
    assert_eq!(
        with(|forge| {
            full(forge);
            forge.attest.as_mut().expect("packed").key = ForeignKey::P256(test_key(99));
        }),
        wrong
    );
    assert_eq!(
        with(|forge| {
            full(forge);
            forge.flaws.signature = |bytes| flip(bytes);
        }),
        wrong
    );
    // WebAuthn §6.5.5: ECDSA in DER, not R ‖ S, though metadata says RAW.
    assert_eq!(
        with(|forge| {
            full(forge);
            forge.flaws.signature = raw;
        }),
        wrong
    );
    assert_eq!(with(full), Ok(1));
}

#[test]
fn the_path_is_judged_as_every_other() {
    let path = |leaf: &Recipe, issuer: u8| {
        let mut packed = packed_by(leaf).expect("packed");
        packed.certificates = vec![leaf.sign(&test_key(issuer))];
        move |forge: &mut Registration| forge.attest = Some(packed)
    };
    let with = |leaf: &Recipe, issuer| with(&[Type::BasicFull], &[root()], path(leaf, issuer));
    assert!(matches!(
        with(&leaf(), 202),
        Err(CeremonyError::TrustPath(TrustRule::Signature(_)))
    ));
    let mut late = leaf();
    late.not_after_s = 1_720_000_000;
    assert_eq!(with(&late, 200), Err(TrustRule::Expired.into()));
    assert_eq!(with(&leaf(), 200), Ok(1));
}
