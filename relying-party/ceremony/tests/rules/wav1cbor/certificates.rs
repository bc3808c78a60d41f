//! The leaf of a packed attestation (WebAuthn §8.2.1), and what metadata reports of it.

use smile_ceremony::{
    error::CeremonyError,
    trust::{TrustPolicy, TrustRule, verify_packed_path},
};
use smile_protocol::{
    metadata::{AuthenticatorStatus, MetadataEntry, StatusReport},
    registry::{AttestationType, AuthenticationAlgorithm},
    uaf::policy::MatchCriteria,
    webauthn::aaguid::Aaguid,
};

use super::forge::*;
use crate::{
    certificates::{
        ExtensionRecipe, NOW_MS, Recipe, basic_constraints, names_aaguid, names_aaid, test_key, tlv,
    },
    world::{World, root},
};

/// The verdict on a leaf, by itself and in a registration.
fn verdict(leaf: &Recipe) -> Result<(), TrustRule> {
    let path = [leaf.sign(&test_key(200))];
    let names = (PASSKEY, Aaguid(AAGUID));
    let alone = verify_packed_path(&path, &[root()], names, TrustPolicy::default(), NOW_MS).map(drop);
    let registered = register(&mut world(&[rooted_model()]), &Passkey::es256(10), |forge| {
        forge.attest = packed_by(leaf);
    });
    assert_eq!(registered.map(drop), alone.map_err(CeremonyError::from));
    alone
}

fn with_extension(replaced: ExtensionRecipe) -> Recipe {
    let mut leaf = leaf();
    leaf.extensions.retain(|(id, ..)| *id != replaced.0);
    leaf.extensions.push(replaced);
    leaf
}

#[test]
fn a_packed_leaf_is_of_version_3() {
    let mut old = leaf();
    (old.version, old.extensions) = (0, Vec::new());
    assert_eq!(verdict(&old), Err(TrustRule::PackedVersion));
    assert_eq!(verdict(&leaf()), Ok(()));
}

#[test]
fn a_packed_leaf_has_its_subject() {
    for subject in [
        "passkey leaf",
        "O=Example,OU=Authenticator Attestation,CN=leaf",
        "C=SWE,O=Example,OU=Authenticator Attestation,CN=leaf",
        "C=SE,OU=Authenticator Attestation,CN=leaf",
        "C=SE,O=,OU=Authenticator Attestation,CN=leaf",
        "C=SE,O=Example,CN=leaf",
        "C=SE,O=Example,OU=authenticator attestation,CN=leaf",
        "C=SE,O=Example,OU=Authenticator Attestation",
    ] {
        let mut leaf = leaf();
        leaf.subject = subject;
        assert_eq!(verdict(&leaf), Err(TrustRule::PackedSubject), "{subject}");
    }
    assert_eq!(verdict(&leaf()), Ok(()));
}

#[test]
fn a_packed_leaf_says_that_it_is_no_ca() {
    let ca = with_extension(basic_constraints(true, None));
    assert_eq!(verdict(&ca), Err(TrustRule::PackedCa));
    let mut silent = leaf();
    silent
        .extensions
        .retain(|(id, ..)| *id != crate::certificates::BASIC_CONSTRAINTS);
    assert_eq!(verdict(&silent), Err(TrustRule::PackedCa));
    assert_eq!(verdict(&leaf()), Ok(()));
}

#[test]
fn a_packed_leaf_names_no_other_model() {
    assert_eq!(
        verdict(&with_extension(names_aaguid([0xA8; 16]))),
        Err(TrustRule::LeafAaguid)
    );
    let (id, critical, _) = names_aaguid(AAGUID);
    // Without the inner OCTET STRING, with another type, with a byte more.
    for value in [
        AAGUID.to_vec(),
        tlv(0x0c, &[&AAGUID]),
        tlv(0x04, &[&AAGUID, &[0]]),
    ] {
        assert_eq!(
            verdict(&with_extension((id, critical, value))),
            Err(TrustRule::LeafAaguid)
        );
    }
    // WebAuthn §8.2.1: it must not be critical.
    let critical = (id, true, tlv(0x04, &[&AAGUID]));
    assert_eq!(
        verdict(&with_extension(critical)),
        Err(TrustRule::CriticalExtensionUnknown)
    );
    // The AAID of UAF, where a leaf has it, is the statement's.
    assert_eq!(
        verdict(&with_extension(names_aaid("FFFF#5311"))),
        Err(TrustRule::LeafAaid)
    );
    assert_eq!(verdict(&with_extension(names_aaid("FFFF#5310"))), Ok(()));
    let mut silent = leaf();
    silent.extensions.retain(|(extension, ..)| *extension != id);
    assert_eq!(verdict(&silent), Ok(()));
    assert_eq!(verdict(&leaf()), Ok(()));
}

/// A world whose one model has these reports.
fn reported(reports: Vec<StatusReport>) -> World {
    let entry = MetadataEntry {
        status_reports: reports,
        ..MetadataEntry::from(rooted_model())
    };
    let mut world = World::knowing(&[entry.encode()]);
    world.rp.accepted = vec![vec![MatchCriteria::for_aaid(PASSKEY)]];
    world.rp.wav1cbor = true;
    world
}

fn report(status: AuthenticatorStatus, certificate: Option<Vec<u8>>) -> StatusReport {
    StatusReport {
        status,
        effective_date: None,
        certificate,
        url: None,
    }
}

fn full(forge: &mut Registration) {
    forge.attest = packed_by(&leaf());
}

#[test]
fn what_metadata_reports_counts_at_registration_and_later() {
    let passkey = Passkey::es256(10);
    let compromised = |status| CeremonyError::AuthenticatorCompromised { status };
    let leaked = AuthenticatorStatus::AttestationKeyCompromise;
    let of = |leaf: &Recipe| vec![report(leaked.clone(), Some(leaf.sign(&test_key(200))))];
    let mut other = leaf();
    other.key = test_key(203);

    let register = |reports| register(&mut reported(reports), &passkey, full).map(|list| list.len());
    let revoked = AuthenticatorStatus::Revoked;
    let refused = register(vec![report(revoked.clone(), None)]);
    assert_eq!(refused, Err(compromised(revoked.clone())));
    assert_eq!(register(of(&leaf())), Err(compromised(leaked.clone())));
    assert_eq!(register(of(&other)), Ok(1));

    // A report that comes after the registration.
    let log_in_after = |reports| {
        let mut world = reported(Vec::new());
        super::forge::register(&mut world, &passkey, full).expect("nothing is reported yet");
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("begun before");
        world.rp.metadata = reported(reports).rp.metadata;
        world
            .finish_authentication(&Authentication::answering(&request, &passkey).message())
            .map(drop)
    };
    assert_eq!(
        log_in_after(vec![report(revoked.clone(), None)]),
        Err(compromised(revoked))
    );
    assert_eq!(log_in_after(of(&leaf())), Err(compromised(leaked.clone())));
    assert_eq!(log_in_after(of(&other)), Ok(()));
}

/// A key that nobody attested is asked for no path.
#[test]
fn a_leaked_attestation_key_says_nothing_of_a_key_without_one() {
    let leaked = report(
        AuthenticatorStatus::AttestationKeyCompromise,
        Some(leaf().sign(&test_key(200))),
    );
    let algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw;
    let entry = MetadataEntry {
        status_reports: vec![leaked],
        ..MetadataEntry::from(model(algorithm, &[AttestationType::None], Vec::new()))
    };
    let mut world = World::knowing(&[entry.encode()]);
    world.rp.accepted = vec![vec![MatchCriteria::for_aaid(PASSKEY)]];
    world.rp.wav1cbor = true;
    let passkey = Passkey::es256(10);
    register(&mut world, &passkey, |forge| forge.attest = None).expect("sound");
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
}
