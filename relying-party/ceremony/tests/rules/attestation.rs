//! The rules about attestation types beyond Basic Full and Basic Surrogate, UAF §3.4.6.5.

use smile_ceremony::{error::CeremonyError, metadata::MetadataSet, trust::TrustRule};
use smile_protocol::{
    registry::AttestationType,
    uaf::{assertion::registration::Attestation, policy::MatchCriteria},
};

use crate::{
    authenticator::{AttestWith, DeviceKey, RegistrationForge},
    certificates::{Recipe, test_key},
    world::{ATTESTED, World, root, statement},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// A world whose one model lists these attestation types, and a root.
fn world(types: &[AttestationType]) -> World {
    let mut statement = statement(ATTESTED, AttestationType::BasicFull, vec![root()]);
    statement.attestation_types = types.to_vec();
    World::knowing(&[statement.encode()])
}

fn chain(issuer: u8) -> Vec<Vec<u8>> {
    vec![Recipe::leaf("test leaf", "test root", test_key(201)).sign(&test_key(issuer))]
}

fn by_ca(forge: &mut RegistrationForge) {
    forge.attest = AttestWith::AttCa {
        key: test_key(201),
        certificates: chain(200),
    };
}

#[test]
fn a_privacy_ca_is_judged_by_its_path_and_stored_by_its_name() {
    let both = [AttestationType::AttCa, AttestationType::BasicFull];
    let mut world = world(&both);
    let registered = world.register("alice", &device(), by_ca).expect("sound");
    assert_eq!(registered[0].attestation.attestation_type, 0x3E0A);
    assert!(registered[0].attestation.trust_anchor_sha256.is_some());
    assert!(world.log_in("alice", &device(), |_| ()).is_ok());
}

#[test]
fn a_privacy_ca_is_refused_by_path_signature_or_metadata() {
    let register = |types: &[AttestationType], flaw: fn(&mut RegistrationForge)| {
        let mut world = world(types);
        let outcome = world.register("alice", &device(), flaw);
        assert_eq!(world.rows.credentials.len(), usize::from(outcome.is_ok()));
        outcome.map(|credentials| credentials.len())
    };
    let only = [AttestationType::AttCa];
    assert_eq!(register(&only, by_ca), Ok(1));
    let strange_issuer = register(&only, |forge| {
        forge.attest = AttestWith::AttCa {
            key: test_key(201),
            certificates: chain(202),
        };
    });
    assert!(matches!(
        strange_issuer,
        Err(CeremonyError::TrustPath(TrustRule::Signature(_)))
    ));
    let strange_key = register(&only, |forge| {
        forge.attest = AttestWith::AttCa {
            key: test_key(99),
            certificates: chain(200),
        };
    });
    assert_eq!(strange_key, Err(CeremonyError::AttestationSignatureInvalid));
    let not_listed = register(&[AttestationType::BasicFull], by_ca);
    assert_eq!(not_listed, Err(CeremonyError::AttestationTypeNotAccepted));
}

#[test]
fn a_privacy_ca_needs_roots_in_metadata() {
    let read = |roots: Vec<Vec<u8>>| {
        let only = statement(ATTESTED, AttestationType::AttCa, roots).encode();
        MetadataSet::from_json([only.as_str()]).map(|set| set.aaids().count())
    };
    let unusable = read(Vec::new()).expect_err("nobody can verify it").to_string();
    assert!(unusable.contains("attestationTypes"), "{unusable}");
    assert_eq!(read(vec![root()]).ok(), Some(1));
    let mut statement = statement(ATTESTED, AttestationType::AttCa, Vec::new());
    statement.attestation_types.push(AttestationType::BasicSurrogate);
    let mut rootless = World::knowing(&[statement.encode()]);
    let refused = rootless.register("alice", &device(), by_ca);
    assert_eq!(refused, Err(CeremonyError::AttestationRootsMissing));
    assert!(
        world(&[AttestationType::AttCa])
            .register("alice", &device(), by_ca)
            .is_ok()
    );
}

#[test]
fn types_that_nobody_verifies_here_are_refused_by_name_though_metadata_lists_them() {
    let all = AttestationType::ALL;
    let value = vec![1; 20];
    let unverified = [
        Attestation::Ecdaa {
            signature: vec![1; 64],
        },
        Attestation::None { value: Vec::new() },
        Attestation::AnonCa { value },
    ];
    for attestation in unverified {
        let kind = attestation.kind();
        let mut world = world(all);
        let refused = world.register("alice", &device(), |forge| {
            forge.attest = AttestWith::As(attestation);
        });
        assert_eq!(refused, Err(CeremonyError::AttestationNotSupported { kind }));
        let words = refused.expect_err("refused").to_string();
        assert!(words.contains(kind.name()), "{words}");
        assert!(world.rows.credentials.is_empty());
        assert!(world.register("alice", &device(), |_| ()).is_ok());
    }
}

#[test]
fn the_attestation_is_the_one_that_the_policy_prefers() {
    let (full, ca) = (AttestationType::BasicFull, AttestationType::AttCa);
    let register = |preference: &[AttestationType], flaw: fn(&mut RegistrationForge)| {
        let mut world = world(&[full, ca, AttestationType::Ecdaa]);
        world.rp.accepted[0][0].attestation_types = Some(preference.iter().map(|kind| kind.code()).collect());
        world
            .register("alice", &device(), flaw)
            .map(|credentials| credentials.len())
    };
    let not_preferred = Err(CeremonyError::AttestationNotPreferred);
    assert_eq!(register(&[full, ca], |_| ()), Ok(1));
    assert_eq!(register(&[full, ca], by_ca), not_preferred);
    assert_eq!(register(&[ca, full], by_ca), Ok(1));
    assert_eq!(register(&[ca, full], |_| ()), not_preferred);
    // What this server cannot verify does not stand in the way of what it can.
    assert_eq!(register(&[AttestationType::Ecdaa, full], |_| ()), Ok(1));
    // A policy that does not ask for the type at all.
    assert_eq!(register(&[ca], |_| ()), Err(CeremonyError::PolicyNotSatisfied));
    // Another accepted item without a preference takes either.
    let mut either = world(&[full, ca]);
    let mut picky = MatchCriteria {
        attestation_types: Some(vec![ca.code()]),
        ..either.rp.accepted[0][0].clone()
    };
    picky.authenticator_version = Some(1);
    either.rp.accepted.insert(0, vec![picky]);
    assert!(either.register("alice", &device(), |_| ()).is_ok());
}
