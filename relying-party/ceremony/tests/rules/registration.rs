//! The rules of registration about assertions, UAF §3.4.6.5 step 4. Those about the message are in `envelope`.

use smile_ceremony::{error::CeremonyError, trust::TrustRule};
use smile_protocol::{
    error::ProtocolError,
    hash::HashAlgorithm,
    registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat},
    uaf::{
        challenge::FinalChallengeHash,
        identity::{Aaid, FacetId, KeyId},
        policy::MatchCriteria,
    },
};

use crate::{
    authenticator::{AttestWith, DeviceKey, RegistrationForge},
    certificates::{Recipe, test_key},
    world::{ATTESTED, FACET, ROOTLESS, SURROGATE, World, attestation_of, statement},
};

pub fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// The sound registration is accepted; with the flaw, in a world of its own, it breaks exactly `rule`, and
/// nothing is registered.
pub fn refused(rule: CeremonyError, flaw: impl FnOnce(&mut RegistrationForge)) {
    assert_eq!(
        World::new().register("alice", &device(), |_| ()).map(|c| c.len()),
        Ok(1)
    );
    let mut world = World::new();
    assert_eq!(world.register("alice", &device(), flaw), Err(rule));
    assert!(world.rows.credentials.is_empty());
}

/// The same for flaws of form, whose error names tag or member.
pub fn malformed(flaw: impl FnOnce(&mut RegistrationForge)) -> ProtocolError {
    assert_eq!(
        World::new().register("alice", &device(), |_| ()).map(|c| c.len()),
        Ok(1)
    );
    match World::new().register("alice", &device(), flaw) {
        Err(CeremonyError::Malformed(error)) => error,
        other => panic!("not malformed: {other:?}"),
    }
}

#[test]
fn what_is_stored_is_what_was_signed_and_what_metadata_says() {
    let mut world = World::new();
    let credential = world
        .register("alice", &device(), |_| ())
        .expect("sound")
        .swap_remove(0);
    assert_eq!((credential.user.as_str(), credential.aaid), ("alice", ATTESTED));
    assert_eq!(credential.key_id.as_bytes(), [1; 32]);
    assert_eq!(credential.public_key.original.as_slice(), device().point());
    assert_eq!(
        (credential.public_key.algorithm, credential.public_key.format),
        (1, 0x100)
    );
    assert_eq!(
        (credential.sign_counter, credential.authenticator_version),
        (1, 2)
    );
    assert_eq!(credential.attestation.attestation_type, 0x3E07);
    assert!(credential.attestation.trust_anchor_sha256.is_some());
    assert_eq!(world.credentials(), [credential]);
}

#[test]
fn surrogate_attestation_registers_without_a_trust_anchor() {
    let mut world = World::new();
    let credential = world
        .register("alice", &DeviceKey::new(SURROGATE, 1), |_| ())
        .expect("sound")
        .swap_remove(0);
    assert_eq!(credential.attestation.attestation_type, 0x3E08);
    assert_eq!(credential.attestation.trust_anchor_sha256, None);
}

// Step 4: the assertions.

#[test]
fn there_are_one_to_eight_assertions() {
    let others = |count: u8| {
        move |forge: &mut RegistrationForge| {
            // Each for a key of its own, so that only their number is at fault.
            let sound = forge.krd.key_id.clone();
            for number in 0..count {
                forge.krd.key_id = KeyId::new(vec![100 + number; 32]).expect("32 bytes");
                forge.others.push(forge.assertion());
            }
            forge.krd.key_id = sound;
        }
    };
    let register = |asked: usize, count: u8| {
        let mut world = asking_for(asked);
        world
            .register("alice", &device(), others(count - 1))
            .map(|credentials| credentials.len())
    };
    assert_eq!(register(8, 8), Ok(8));
    assert_eq!(register(8, 9), Err(CeremonyError::AssertionCount));
    refused(CeremonyError::AssertionCount, others(8));
}

/// A world whose policy wants this many face authenticators together.
fn asking_for(count: usize) -> World {
    let mut world = World::new();
    let face = world.rp.accepted[0][0].clone();
    world.rp.accepted = vec![vec![face; count]];
    world
}

#[test]
fn one_session_registers_no_more_keys_than_the_policy_asks_for() {
    let second = |forge: &mut RegistrationForge| {
        let sound = forge.krd.key_id.clone();
        forge.krd.key_id = KeyId::new(vec![100; 32]).expect("32 bytes");
        forge.others.push(forge.assertion());
        forge.krd.key_id = sound;
    };
    refused(CeremonyError::AssertionsNotAskedFor, second);
    assert_eq!(
        asking_for(2)
            .register("alice", &device(), second)
            .map(|c| c.len()),
        Ok(2)
    );
    // Either one or two will do: what counts is that some accepted set is met exactly.
    let mut either = asking_for(2);
    either.rp.accepted.push(vec![either.rp.accepted[0][0].clone()]);
    assert_eq!(
        either.register("alice", &device(), second).map(|c| c.len()),
        Ok(2)
    );
}

#[test]
fn a_bad_assertion_is_skipped_and_a_good_one_registers() {
    let mut world = World::new();
    let registered = world.register("alice", &device(), |forge| {
        forge.krd.key_id = KeyId::new(vec![2; 31]).expect("31 bytes");
        forge.others.push(forge.assertion());
        forge.krd.key_id = device().key_id;
    });
    assert_eq!(registered.map(|credentials| credentials.len()), Ok(1));
}

#[test]
fn one_unknown_critical_element_refuses_the_whole_message() {
    // A critical extension after the attestation, in one of two assertions.
    let critical = |bytes: Vec<u8>| {
        append(
            bytes,
            &[0x11, 0x3E, 9, 0, 0x13, 0x2E, 1, 0, b'x', 0x14, 0x2E, 0, 0],
        )
    };
    malformed(|forge| {
        forge.envelope.rewrite = critical;
        forge.others.push(forge.assertion());
        forge.envelope.rewrite = |bytes| bytes;
    });
}

/// Appends elements to the outermost element of an assertion, and corrects its length.
fn append(mut bytes: Vec<u8>, elements: &[u8]) -> Vec<u8> {
    bytes.extend_from_slice(elements);
    let length = u16::try_from(bytes.len() - 4).expect("short").to_le_bytes();
    bytes[2..4].copy_from_slice(&length);
    bytes
}

#[test]
fn nothing_follows_the_assertion() {
    malformed(|forge| forge.envelope.rewrite = |bytes| [bytes, vec![0]].concat());
}

#[test]
fn a_public_key_outside_the_signed_data_is_refused() {
    // A second TAG_PUB_KEY, unsigned, at the end: some servers let it replace the attested one.
    malformed(|forge| {
        forge.envelope.rewrite = |bytes| {
            let foreign = DeviceKey::new(ATTESTED, 66).point();
            append(bytes, &[&[0x0C, 0x2E, 65, 0], foreign.as_slice()].concat())
        };
    });
}

#[test]
fn each_element_occurs_once() {
    malformed(|forge| {
        forge.envelope.rewrite = |bytes| {
            let krd_length = usize::from(u16::from_le_bytes([bytes[6], bytes[7]]));
            let krd = bytes[4..8 + krd_length].to_vec();
            append(bytes, &krd)
        };
    });
}

#[test]
fn the_assertion_scheme_is_the_one_in_metadata() {
    refused(CeremonyError::AssertionSchemeMismatch, |forge| {
        forge.envelope.scheme = "APCV1CBOR".to_owned()
    });
}

#[test]
fn the_aaid_has_metadata() {
    refused(CeremonyError::AaidUnknown, |forge| {
        forge.krd.aaid = Aaid::new(0xFFFF, 0x0001)
    });
}

#[test]
fn the_attestation_type_is_one_in_metadata() {
    refused(CeremonyError::AttestationTypeNotAccepted, |forge| {
        forge.attest = AttestWith::BasicSurrogate { key: device().key };
    });
    // Direct anonymous attestation has a reason of its own, whatever metadata says.
    let kind = AttestationType::Ecdaa;
    refused(CeremonyError::AttestationNotSupported { kind }, |forge| {
        forge.attest = AttestWith::Ecdaa
    });
}

#[test]
fn the_authenticator_satisfies_the_policy() {
    let register = |criteria: Vec<Vec<MatchCriteria>>| {
        let mut world = World::new();
        world.rp.accepted = criteria;
        world
            .register("alice", &device(), |_| ())
            .map(|credentials| credentials.len())
    };
    assert_eq!(register(vec![vec![MatchCriteria::for_aaid(ATTESTED)]]), Ok(1));
    let other = register(vec![vec![MatchCriteria::for_aaid(SURROGATE)]]);
    assert_eq!(other, Err(CeremonyError::PolicyNotSatisfied));
    // Both together are asked for; one of them alone is not enough.
    let both = vec![vec![
        MatchCriteria::for_aaid(ATTESTED),
        MatchCriteria::for_aaid(SURROGATE),
    ]];
    assert_eq!(register(both), Err(CeremonyError::PolicyNotSatisfied));
}

#[test]
fn a_key_that_the_user_registered_is_disallowed() {
    let mut world = World::new();
    assert!(world.register("alice", &device(), |_| ()).is_ok());
    let again = world.register("alice", &device(), |_| ());
    assert_eq!(again, Err(CeremonyError::PolicyNotSatisfied));
    assert!(
        world
            .register("alice", &DeviceKey::new(ATTESTED, 2), |_| ())
            .is_ok()
    );
}

#[test]
fn a_key_that_another_user_registered_is_refused() {
    let mut world = World::new();
    assert!(world.register("alice", &device(), |_| ()).is_ok());
    let stolen = world.register("mallory", &device(), |_| ());
    assert_eq!(stolen, Err(CeremonyError::KeyAlreadyRegistered));
    assert!(
        world
            .register("mallory", &DeviceKey::new(ATTESTED, 2), |_| ())
            .is_ok()
    );
}

#[test]
fn one_response_does_not_register_a_key_twice() {
    let register = |second_key: u8| {
        let mut world = asking_for(2);
        world
            .register("alice", &device(), |forge| {
                let sound = forge.krd.key_id.clone();
                forge.krd.key_id = KeyId::new(vec![second_key; 32]).expect("32 bytes");
                forge.krd.counters.sign_counter = 9;
                forge.others.push(forge.assertion());
                forge.krd.counters.sign_counter = 1;
                forge.krd.key_id = sound;
            })
            .map(|credentials| credentials.len())
    };
    assert_eq!(register(2), Ok(2));
    assert_eq!(register(1), Err(CeremonyError::KeyAlreadyRegistered));
}

#[test]
fn the_final_challenge_hash_is_over_the_transmitted_params() {
    refused(CeremonyError::FinalChallengeHashMismatch, |forge| {
        forge.envelope.hash = Some(FinalChallengeHash([1; 32].into()));
    });
    // The hash of another facet's params, as a stolen assertion would carry.
    refused(CeremonyError::FinalChallengeHashMismatch, |forge| {
        let mut other = forge.envelope.fc.clone();
        other.facet_id = FacetId::new("https://evil.example").expect("short");
        forge.envelope.hash = Some(other.encode().expect("short").hash(HashAlgorithm::Sha256));
    });
}

#[test]
fn the_authenticator_is_not_older_than_metadata() {
    refused(CeremonyError::AuthenticatorVersionTooOld, |forge| {
        forge.krd.assertion_info.authenticator_version = 1;
    });
    let newer = |forge: &mut RegistrationForge| forge.krd.assertion_info.authenticator_version = 3;
    assert!(World::new().register("alice", &device(), newer).is_ok());
}

#[test]
fn the_algorithm_is_metadatas_and_not_the_messages() {
    refused(CeremonyError::SignatureAlgorithmMismatch, |forge| {
        forge.krd.assertion_info.signature_algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Der;
    });
}

#[test]
fn the_key_format_is_metadatas_and_not_the_messages() {
    refused(CeremonyError::PublicKeyFormatMismatch, |forge| {
        forge.krd.assertion_info.public_key_format = PublicKeyFormat::EccX962Der;
    });
}

#[test]
fn a_key_id_has_at_least_32_bytes() {
    refused(CeremonyError::KeyIdLength, |forge| {
        forge.krd.key_id = KeyId::new(vec![1; 31]).expect("31 bytes")
    });
}

#[test]
fn the_registration_counter_is_not_exceedingly_high() {
    refused(CeremonyError::RegCounterTooHigh, |forge| {
        forge.krd.counters.reg_counter = 10_001
    });
    let uncounted = |forge: &mut RegistrationForge| forge.krd.counters.reg_counter = 0;
    assert!(World::new().register("alice", &device(), uncounted).is_ok());
}

#[test]
fn the_public_key_is_on_its_curve() {
    refused(CeremonyError::PublicKeyInvalid, |forge| {
        forge.krd.public_key[64] ^= 1
    });
    refused(CeremonyError::PublicKeyInvalid, |forge| {
        forge.krd.public_key.truncate(64)
    });
}

#[test]
fn basic_full_needs_roots_in_metadata() {
    let rootless = DeviceKey::new(ROOTLESS, 1);
    assert!(World::new().register("alice", &device(), |_| ()).is_ok());
    let refused = World::new().register("alice", &rootless, |_| ());
    assert_eq!(refused, Err(CeremonyError::AttestationRootsMissing));
}

#[test]
fn surrogate_is_no_way_around_roots() {
    // Metadata that lists roots and both types: only Basic Full counts.
    let mut both = statement(ATTESTED, AttestationType::BasicFull, vec![crate::world::root()]);
    both.attestation_types.push(AttestationType::BasicSurrogate);
    let register = |flaw: fn(&mut RegistrationForge)| {
        let mut world = World::new();
        let text = both.encode();
        world.rp.metadata = smile_ceremony::metadata::MetadataSet::from_json([text.as_str()]).expect("sound");
        world
            .register("alice", &device(), flaw)
            .map(|credentials| credentials.len())
    };
    assert_eq!(register(|_| ()), Ok(1));
    let surrogate = |forge: &mut RegistrationForge| {
        forge.attest = AttestWith::BasicSurrogate { key: device().key };
    };
    assert_eq!(register(surrogate), Err(CeremonyError::SurrogateWithRoots));
}

#[test]
fn the_attestation_certificate_leads_to_a_root_in_metadata() {
    refused(CeremonyError::TrustPath(TrustRule::RootNotListed), |forge| {
        let stranger = Recipe::leaf("test leaf", "other root", test_key(201)).sign(&test_key(202));
        forge.attest = AttestWith::BasicFull {
            key: test_key(201),
            certificates: vec![stranger],
        };
    });
}

#[test]
fn the_attestation_signature_is_over_this_key() {
    refused(CeremonyError::AttestationSignatureInvalid, |forge| {
        let AttestWith::BasicFull { key, .. } = &mut forge.attest else {
            panic!("attested in full")
        };
        *key = test_key(99);
    });
    // Surrogate: the key that signs is the key that is registered.
    let surrogate = DeviceKey::new(SURROGATE, 1);
    assert!(World::new().register("alice", &surrogate, |_| ()).is_ok());
    let foreign = World::new().register("alice", &surrogate, |forge| {
        forge.attest = AttestWith::BasicSurrogate { key: test_key(2) };
    });
    assert_eq!(foreign, Err(CeremonyError::AttestationSignatureInvalid));
}

#[test]
fn an_enrolment_session_registers_once_and_in_time() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let first = world.begin_registration(&session).expect("open");
    let second = world.begin_registration(&session).expect("open");
    let answer = |request, number| {
        let device = DeviceKey::new(ATTESTED, number);
        RegistrationForge::answering(request, &device, FACET, attestation_of(&device)).message()
    };
    assert!(world.finish_registration(&answer(&first, 1)).is_ok());
    let again = world.finish_registration(&answer(&second, 2));
    assert_eq!(again, Err(CeremonyError::SessionCompleted));
    let used = world.rows.enrolment_session_record(&session);
    assert_eq!(
        world.begin_registration(&used),
        Err(CeremonyError::SessionCompleted)
    );

    let session = world.enrolment_session("bob");
    world.now_ms += 15 * 60 * 1000;
    assert_eq!(
        world.begin_registration(&session),
        Err(CeremonyError::SessionExpired)
    );
}
