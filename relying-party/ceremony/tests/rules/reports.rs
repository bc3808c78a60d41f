//! What a metadata service reports of a model, UAF §3.4.6.1, §3.5.7.1 and Metadata Service §3.1.2.

use smile_ceremony::{error::CeremonyError, metadata::MetadataSet, payment::PaymentStatus};
use smile_protocol::{
    metadata::{AuthenticatorStatus as Status, MetadataEntry, StatusReport},
    registry::AttestationType,
    uaf::identity::Aaid,
};

use crate::{
    authenticator::{AttestWith, DeviceKey, RegistrationForge},
    certificates::{NOW_MS, Recipe, test_key},
    world::{ATTESTED, SURROGATE, World, root, statement},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

fn report(status: Status) -> StatusReport {
    StatusReport {
        status,
        effective_date: None,
        certificate: None,
        url: None,
    }
}

/// The set of [`ATTESTED`] with these reports, and [`SURROGATE`] without any.
fn metadata(reports: &[StatusReport]) -> MetadataSet {
    let attested = MetadataEntry {
        status_reports: reports.to_vec(),
        ..MetadataEntry::from(statement(ATTESTED, AttestationType::BasicFull, vec![root()]))
    };
    let other = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    let texts = [attested.encode(), other.encode()];
    MetadataSet::from_json(texts.iter().map(String::as_str)).expect("sound")
}

fn compromised(status: Status) -> CeremonyError {
    CeremonyError::AuthenticatorCompromised { status }
}

const BAD: [Status; 5] = [
    Status::Revoked,
    Status::UserVerificationBypass,
    Status::AttestationKeyCompromise,
    Status::UserKeyRemoteCompromise,
    Status::UserKeyPhysicalCompromise,
];

#[test]
fn a_compromised_model_does_not_register_and_is_disallowed() {
    for status in BAD {
        let mut world = World::new();
        world.rp.metadata = metadata(&[report(Status::FidoCertified), report(status.clone())]);
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("open");
        let disallowed: Vec<_> = request
            .policy
            .disallowed
            .iter()
            .filter_map(|criterion| criterion.aaid.clone())
            .collect();
        assert_eq!(disallowed, [vec![ATTESTED]]);
        let refused = world.register("alice", &device(), |_| ());
        assert_eq!(refused, Err(compromised(status.clone())));
        let words = compromised(status.clone()).to_string();
        assert!(words.contains(status.name()), "{words}");
        assert!(world.rows.credentials.is_empty());
        // Another model still does, and without the report this one does too.
        let other = DeviceKey::new(SURROGATE, 2);
        assert!(world.register("alice", &other, |_| ()).is_ok());
        world.rp.metadata = metadata(&[report(Status::FidoCertified)]);
        assert!(world.register("alice", &device(), |_| ()).is_ok());
    }
}

#[test]
fn a_key_of_a_compromised_model_signs_nothing() {
    for status in BAD {
        let mut world = World::new();
        world.register("alice", &device(), |_| ()).expect("sound");
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        let before = world.credentials();
        let sound = world.rp.metadata.clone();
        world.rp.metadata = metadata(&[report(status.clone())]);
        // An answer to a request that was made before the report came.
        let forge =
            crate::authenticator::AuthenticationForge::answering(&request, &device(), crate::world::FACET);
        let late = world.finish_authentication(&forge.message());
        assert_eq!(late.err(), Some(compromised(status.clone())));
        // And no request is made any more.
        let login = world.log_in("alice", &device(), |_| ());
        assert_eq!(login.err(), Some(compromised(status.clone())));
        let paid = world.pay("alice", &device(), |_| ());
        assert_eq!(paid.err(), Some(compromised(status)));
        assert_eq!(world.credentials(), before);
        world.rp.metadata = sound;
        let paid = world
            .pay("alice", &device(), |_| ())
            .map(|payment| payment.status());
        assert_eq!(paid, Ok(PaymentStatus::Succeeded));
    }
}

#[test]
fn the_users_other_keys_still_answer_and_the_bad_model_is_disallowed() {
    let mut world = World::new();
    world.register("alice", &device(), |_| ()).expect("sound");
    let other = DeviceKey::new(SURROGATE, 2);
    world.register("alice", &other, |_| ()).expect("sound");
    world.rp.metadata = metadata(&[report(Status::Revoked)]);
    let session = world.authentication_session("alice");
    let policy = world.begin_login(&session).expect("one key is left").policy;
    let named: Vec<Vec<Aaid>> = policy
        .accepted
        .iter()
        .flatten()
        .filter_map(|criterion| criterion.aaid.clone())
        .collect();
    assert_eq!(named, [vec![SURROGATE]]);
    assert_eq!(policy.disallowed.len(), 1);
    assert_eq!(policy.disallowed[0].aaid, Some(vec![ATTESTED]));
    assert!(world.log_in("alice", &other, |_| ()).is_ok());
    let refused = world.log_in("alice", &device(), |_| ());
    assert_eq!(refused.err(), Some(compromised(Status::Revoked)));
}

#[test]
fn other_statuses_refuse_nothing() {
    let mut harmless: Vec<_> = Status::LISTED
        .iter()
        .filter(|status| !status.is_compromise())
        .cloned()
        .map(report)
        .collect();
    harmless.push(report(Status::Unknown("SOMETHING_NEW".to_owned())));
    let mut world = World::new();
    world.rp.metadata = metadata(&harmless);
    assert!(world.register("alice", &device(), |_| ()).is_ok());
    assert!(world.log_in("alice", &device(), |_| ()).is_ok());
    let unknown: Vec<_> = world.rp.metadata.unknown_statuses().collect();
    assert_eq!(unknown, [(ATTESTED, "SOMETHING_NEW")]);
    // An update does not lift what was reported before it.
    let reports = [report(Status::Revoked), report(Status::UpdateAvailable)];
    world.rp.metadata = metadata(&reports);
    let refused = world.log_in("alice", &device(), |_| ());
    assert_eq!(refused.err(), Some(compromised(Status::Revoked)));
}

#[test]
fn a_report_counts_from_its_date_on() {
    let dated = |date: &str| StatusReport {
        effective_date: Some(date.parse().expect("a day")),
        ..report(Status::Revoked)
    };
    // NOW_MS lies on 2025-06-15.
    let register = |date: &str, now_ms: u64| {
        let mut world = World::new();
        world.now_ms = now_ms;
        world.rp.metadata = metadata(&[dated(date)]);
        world
            .register("alice", &device(), |_| ())
            .map(|credentials| credentials.len())
    };
    let refused = Err(compromised(Status::Revoked));
    assert_eq!(register("2025-06-15", NOW_MS), refused);
    assert_eq!(register("2025-06-16", NOW_MS), Ok(1));
    let day_ms = 24 * 60 * 60 * 1000;
    assert_eq!(register("2025-06-16", NOW_MS + day_ms), refused);
}

// A leaked attestation key, named by its certificate.

fn leaf(number: u8) -> Vec<u8> {
    Recipe::leaf("test leaf", "test root", test_key(number)).sign(&test_key(200))
}

fn attested_by(number: u8) -> impl Fn(&mut RegistrationForge) {
    move |forge| {
        forge.attest = AttestWith::BasicFull {
            key: test_key(number),
            certificates: vec![leaf(number)],
        };
    }
}

fn leaked(certificate: Vec<u8>) -> StatusReport {
    StatusReport {
        certificate: Some(certificate),
        ..report(Status::AttestationKeyCompromise)
    }
}

#[test]
fn a_leaked_attestation_key_refuses_its_own_paths_only() {
    let register = |certificate: Vec<u8>, by: u8| {
        let mut world = World::new();
        world.rp.metadata = metadata(&[leaked(certificate)]);
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("open");
        assert!(request.policy.disallowed.is_empty(), "the model is not at fault");
        world
            .register("alice", &device(), attested_by(by))
            .map(|credentials| credentials.len())
    };
    let refused = Err(compromised(Status::AttestationKeyCompromise));
    assert_eq!(register(leaf(201), 201), refused);
    assert_eq!(register(leaf(201), 203), Ok(1));
    // The report names a certificate, and means its key: another certificate for it is no way around.
    let another = Recipe::leaf("another name", "test root", test_key(201)).sign(&test_key(200));
    assert_ne!(another, leaf(201));
    assert_eq!(register(another.clone(), 201), refused);
    assert_eq!(register(another, 203), Ok(1));
    // The root itself, which no path repeats.
    assert_eq!(register(root(), 203), refused);
}

#[test]
fn a_leaked_root_refuses_the_paths_that_end_at_it_only() {
    let other = Recipe::authority("other root", "other root", test_key(204)).sign(&test_key(204));
    let register = |certificate: Vec<u8>| {
        let mut world = World::new();
        let entry = MetadataEntry {
            status_reports: vec![leaked(certificate)],
            ..MetadataEntry::from(statement(
                ATTESTED,
                AttestationType::BasicFull,
                vec![root(), other.clone()],
            ))
        };
        world.rp.metadata = MetadataSet::from_json([entry.encode().as_str()]).expect("sound");
        world
            .register("alice", &device(), attested_by(203))
            .map(|credentials| credentials.len())
    };
    // Another certificate for the root's key: only the list of roots knows that it is the anchor's.
    let renewed = Recipe::authority("test root", "renewed", test_key(200)).sign(&test_key(200));
    assert_ne!(renewed, root());
    assert_eq!(
        register(renewed),
        Err(compromised(Status::AttestationKeyCompromise))
    );
    assert_eq!(register(other.clone()), Ok(1));
}

#[test]
fn a_key_that_a_leaked_key_attested_signs_nothing() {
    let mut world = World::new();
    let (first, second) = (device(), DeviceKey::new(ATTESTED, 2));
    world.register("alice", &first, attested_by(201)).expect("sound");
    world.register("alice", &second, attested_by(203)).expect("sound");
    assert!(world.log_in("alice", &first, |_| ()).is_ok());
    let refused = Some(compromised(Status::AttestationKeyCompromise));
    world.rp.metadata = metadata(&[leaked(leaf(201))]);
    let counted = DeviceKey { counter: 2, ..first };
    assert_eq!(world.log_in("alice", &counted, |_| ()).err(), refused);
    assert!(world.log_in("alice", &second, |_| ()).is_ok());
    world.rp.metadata = metadata(&[leaked(root())]);
    let counted = DeviceKey { counter: 2, ..second };
    assert_eq!(world.log_in("alice", &counted, |_| ()).err(), refused);
    world.rp.metadata = metadata(&[]);
    assert!(world.log_in("alice", &counted, |_| ()).is_ok());
}

/// Behind the attestation an extension `x` with an element 0x0999 that nobody here knows.
fn with_an_unknown_element(mut assertion: Vec<u8>) -> Vec<u8> {
    let inside = [0x13, 0x2E, 1, 0, b'x', 0x14, 0x2E, 0, 0, 0x99, 0x09, 1, 0, 7];
    assertion.extend([0x12, 0x3E, 14, 0]);
    assertion.extend(inside);
    let length = u16::try_from(assertion.len() - 4).expect("short");
    assertion[2..4].copy_from_slice(&length.to_le_bytes());
    assertion
}

/// The assertion of a registration is kept, and read again when a report names a certificate.
#[test]
fn evidence_with_an_unknown_element_in_an_extension_is_read_again() {
    let mut world = World::new();
    let registered = world.register("alice", &device(), |forge| {
        attested_by(203)(forge);
        forge.envelope.rewrite = with_an_unknown_element;
    });
    let evidence = &registered.expect("nothing critical")[0].attestation.assertion;
    assert!(evidence.as_slice().ends_with(&[0x99, 0x09, 1, 0, 7]));
    world.rp.metadata = metadata(&[leaked(leaf(201))]);
    assert!(world.log_in("alice", &device(), |_| ()).is_ok());
    world.rp.metadata = metadata(&[leaked(leaf(203))]);
    let counted = DeviceKey {
        counter: 2,
        ..device()
    };
    let refused = world.log_in("alice", &counted, |_| ());
    assert_eq!(refused.err(), Some(compromised(Status::AttestationKeyCompromise)));
}
