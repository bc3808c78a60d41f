//! Rules that another one usually states first: what remains of each when that other one has been passed. A row that
//! changed between two steps, a caller that hands in what is not its own, an assertion that would be skipped.

use smile_ceremony::{
    error::CeremonyError,
    identifier::{TenantId, UserId},
    limits::PAYMENT_LIFETIME_MS,
    metadata::MetadataSet,
    payment::{CaptureMethod, CurrencyCode, Money, Payee, PaymentIntent, PaymentRequest, Settlement},
    policy::StepUpPolicy,
    record::{AuthenticationSession, Credential, CredentialStatus, EnrolmentSession, TakenCeremony},
    signature::{SignatureRule, VerifyingKey},
    transition::{Outcome, Transition},
    uaf::{authentication, registration},
};
use smile_protocol::{
    hash::HashAlgorithm,
    registry::AttestationType,
    uaf::{assertion::signed_data::TransactionContentHash, identity::KeyId, policy::MatchCriteria},
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey, RegistrationForge},
    certificates::{NOW_MS, Recipe, test_key},
    world::{ATTESTED, FACET, SURROGATE, World, attestation_of, person, statement, tenant},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// A world in which alice has registered [`device`].
fn world() -> World {
    let mut world = World::new();
    world.register("alice", &device(), |_| ()).expect("sound");
    world
}

fn stranger() -> TenantId {
    TenantId::parse("stranger").expect("a sound name")
}

/// The same bytes for whoever draws: two records under one identifier.
fn same(bytes: &mut [u8]) {
    bytes.fill(0x11);
}

fn answer(request: &smile_protocol::uaf::authentication::AuthenticationRequest) -> AuthenticationForge {
    AuthenticationForge::answering(request, &device(), FACET)
}

fn registration_answer(
    request: &smile_protocol::uaf::registration::RegistrationRequest,
) -> RegistrationForge {
    RegistrationForge::answering(request, &device(), FACET, attestation_of(&device()))
}

/// Takes the challenge that a login's answer names.
fn take(world: &mut World, message: &str) -> (authentication::Received, TakenCeremony) {
    let received = authentication::Received::decode(&world.rp, message).expect("well-formed");
    let pending = world.rows.ceremonies[received.ceremony_id()].clone();
    let presented = received.present(&world.rp.server_key, &pending).expect("ours");
    let take = Transition::Take {
        presented,
        now_ms: world.now_ms,
    };
    match world.commit(take) {
        Ok(Outcome::Taken(taken)) => (received, taken),
        other => panic!("not taken: {other:?}"),
    }
}

// Sessions and payments: begun, taken and finished under the record as it is then.

#[test]
fn nothing_begins_under_a_session_that_is_over() {
    let mut world = world();
    let enrolment = world.enrolment_session("alice");
    let login = world.authentication_session("alice");
    let payment = world.payment("alice");
    let keys = world.credentials();
    let own = StepUpPolicy::any_of(&keys).expect("her keys");
    let begin = |world: &World, now_ms: u64| {
        let mut rng = world.rng();
        [
            registration::begin(&world.rp, &enrolment, &keys, now_ms, &mut rng).err(),
            authentication::begin_login(&world.rp, &login, &keys, now_ms, &mut rng).err(),
            authentication::begin_step_up(&world.rp, &login, &own, &keys, now_ms, &mut rng).err(),
            authentication::begin_transaction(&world.rp, &login, "Agree", &keys, now_ms, &mut rng).err(),
            authentication::begin_payment(&world.rp, &payment, &keys, now_ms, &mut rng).err(),
        ]
    };
    assert_eq!(begin(&world, world.now_ms), [const { None }; 5]);
    let late = world.now_ms + 24 * 60 * 60 * 1000;
    let refused = [
        Some(CeremonyError::SessionExpired),
        Some(CeremonyError::SessionExpired),
        Some(CeremonyError::SessionExpired),
        Some(CeremonyError::SessionExpired),
        Some(CeremonyError::PaymentExpired),
    ];
    assert_eq!(begin(&world, late), refused);
}

#[test]
fn a_challenge_is_not_issued_for_a_session_that_was_used_meanwhile() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let keys = world.credentials();
    let begin = |world: &World| {
        authentication::begin_login(&world.rp, &session, &keys, world.now_ms, &mut world.rng())
            .expect("open")
            .ceremony
    };
    let (first, second) = (begin(&world), begin(&world));
    assert!(world.commit(Transition::Begin(first)).is_ok());
    let request = world.begin_login(&session).expect("open");
    assert!(world.finish_authentication(&answer(&request).message()).is_ok());
    let late = world.commit(Transition::Begin(second));
    assert_eq!(late.err(), Some(CeremonyError::SessionCompleted));
}

#[test]
fn a_session_that_ended_while_its_answer_was_judged_serves_nothing() {
    let finish_login = |late: bool| {
        let mut world = world();
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        let (received, taken) = take(&mut world, &answer(&request).message());
        let now_ms = if late {
            session.expires_at_ms()
        } else {
            world.now_ms
        };
        let verified = received
            .finish(&world.rp, taken, &world.credentials(), now_ms)
            .expect("sound");
        world.commit(verified.into_transition()).err()
    };
    assert_eq!(finish_login(false), None);
    assert_eq!(finish_login(true), Some(CeremonyError::SessionExpired));
    let finish_registration = |late: bool| {
        let mut world = World::new();
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("open");
        let message = registration_answer(&request).message();
        let received = registration::Received::decode(&world.rp, &message).expect("well-formed");
        let pending = world.rows.ceremonies[received.ceremony_id()].clone();
        let presented = received.present(&world.rp.server_key, &pending).expect("ours");
        let taken = match world.commit(Transition::Take {
            presented,
            now_ms: world.now_ms,
        }) {
            Ok(Outcome::Taken(taken)) => taken,
            other => panic!("not taken: {other:?}"),
        };
        let now_ms = if late {
            session.expires_at_ms()
        } else {
            world.now_ms
        };
        let verified = received.finish(&world.rp, taken, now_ms).expect("sound");
        world.commit(verified.into_transition()).err()
    };
    assert_eq!(finish_registration(false), None);
    assert_eq!(finish_registration(true), Some(CeremonyError::SessionExpired));
}

#[test]
fn a_logins_challenge_is_for_the_tenant_and_user_of_its_session() {
    let session =
        |tenant, user: &str| AuthenticationSession::create(tenant, person(user), NOW_MS, &mut same).0;
    let begin = |now: AuthenticationSession| {
        let mut world = world();
        let (own, keys) = (session(tenant(), "alice"), world.credentials());
        let begun =
            authentication::begin_login(&world.rp, &own, &keys, NOW_MS, &mut world.rng()).expect("open");
        world.rows.authentication_sessions.insert(now.id().clone(), now);
        world.commit(Transition::Begin(begun.ceremony)).err()
    };
    assert_eq!(begin(session(tenant(), "alice")), None);
    assert_eq!(
        begin(session(stranger(), "alice")),
        Some(CeremonyError::SessionUnknown)
    );
    assert_eq!(
        begin(session(tenant(), "mallory")),
        Some(CeremonyError::SessionUnknown)
    );
}

#[test]
fn a_registrations_challenge_is_for_the_tenant_of_its_session() {
    let begin = |tenant_now: TenantId| {
        let mut world = World::new();
        let create = |tenant| EnrolmentSession::create(tenant, person("alice"), NOW_MS, &mut same).0;
        let session = create(tenant());
        let begun = registration::begin(&world.rp, &session, &[], NOW_MS, &mut world.rng()).expect("open");
        let now = create(tenant_now);
        world.rows.enrolment_sessions.insert(now.id().clone(), now);
        world.commit(Transition::Begin(begun.ceremony)).err()
    };
    assert_eq!(begin(tenant()), None);
    assert_eq!(begin(stranger()), Some(CeremonyError::SessionUnknown));
}

#[test]
fn a_payments_challenge_is_for_its_tenant_and_user() {
    let payment = |tenant: TenantId, user: Option<UserId>| {
        let request = PaymentRequest {
            tenant,
            user,
            amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("in range"),
            payee: Payee::parse("Deutsche Post").expect("printable"),
            description: None,
            capture_method: CaptureMethod::Automatic,
            order: None,
            confirm: true,
            lifetime_ms: PAYMENT_LIFETIME_MS,
            settlement: Settlement::Direct,
        };
        PaymentIntent::create(request, NOW_MS, &mut same)
            .expect("sound")
            .0
    };
    let begin = |replaced: PaymentIntent| {
        let mut world = world();
        let own = payment(tenant(), Some(person("alice")));
        let keys = world.credentials();
        let begun = authentication::begin_payment(&world.rp, &own, &keys, NOW_MS, &mut world.rng())
            .expect("signable");
        world.rows.payments.insert(replaced.id().clone(), replaced);
        world.commit(Transition::Begin(begun.ceremony)).err()
    };
    assert_eq!(begin(payment(tenant(), Some(person("alice")))), None);
    assert_eq!(
        begin(payment(stranger(), Some(person("alice")))),
        Some(CeremonyError::PaymentUnknown)
    );
    assert_eq!(
        begin(payment(tenant(), Some(person("mallory")))),
        Some(CeremonyError::PaymentUnknown)
    );
}

// Challenges: the one that was taken is the one that is answered.

#[test]
fn a_taken_challenge_serves_only_the_answer_that_took_it() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let mine = answer(&world.begin_login(&session).expect("open")).message();
    let other = answer(&world.begin_login(&session).expect("open")).message();
    let (received, taken) = take(&mut world, &mine);
    let (other_received, _) = take(&mut world, &other);
    let crossed = other_received.accept_header(&world.rp, taken);
    assert_eq!(crossed.err(), Some(CeremonyError::ChallengeForOtherOperation));
    let session = world.authentication_session("alice");
    let again = answer(&world.begin_login(&session).expect("open")).message();
    let (own, taken) = take(&mut world, &again);
    assert!(own.accept_header(&world.rp, taken).is_ok());
    drop(received);
}

#[test]
fn a_logins_challenge_registers_nothing() {
    let accept = |crossed: bool| {
        let mut world = world();
        let session = world.authentication_session("alice");
        let login = world.begin_login(&session).expect("open");
        let enrolment = world.enrolment_session("alice");
        let enrolment = world.begin_registration(&enrolment).expect("open");
        let mut forge = registration_answer(&enrolment);
        if crossed {
            forge.envelope.header.server_data = login.header.server_data.clone();
            let received = registration::Received::decode(&world.rp, &forge.message()).expect("well-formed");
            let (_, taken) = take(&mut world, &answer(&login).message());
            return received.accept_header(&world.rp, taken).err();
        }
        world.finish_registration(&forge.message()).err()
    };
    // The key is registered already; what counts is that the challenge was accepted before that was found.
    assert_eq!(accept(false), Some(CeremonyError::PolicyNotSatisfied));
    assert_eq!(accept(true), Some(CeremonyError::ChallengeForOtherOperation));
}

// Credentials: what the caller hands in, and what became of the record since.

/// What finishing alice's login says where her key was changed before, and where it was changed after.
fn login_with(change: fn(&mut Credential)) -> (Option<CeremonyError>, Option<CeremonyError>) {
    let verify = |before: bool| {
        let mut world = world();
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        let (received, taken) = take(&mut world, &answer(&request).message());
        let mut keys = world.credentials();
        if before {
            keys.iter_mut().for_each(change);
        }
        let verified = received.finish(&world.rp, taken, &keys, world.now_ms)?;
        if !before {
            world.rows.credentials.values_mut().for_each(change);
        }
        world.commit(verified.into_transition()).map(drop)
    };
    (verify(true).err(), verify(false).err())
}

#[test]
fn a_key_is_looked_for_among_the_users_own_and_again_when_it_is_used() {
    let no_key = Some(CeremonyError::KeyIdUnknown);
    let inactive = Some(CeremonyError::CredentialNotActive);
    assert_eq!(login_with(|_| ()), (None, None));
    assert_eq!(
        login_with(|key| key.user = person("mallory")),
        (no_key.clone(), no_key.clone())
    );
    assert_eq!(
        login_with(|key| key.status = CredentialStatus::Suspended),
        (inactive.clone(), inactive)
    );
    let older = Some(CeremonyError::AuthenticatorVersionWentBack);
    assert_eq!(
        login_with(|key| key.authenticator_version = u16::MAX),
        (older.clone(), older)
    );
    // Its identifier holds the tenant, and the scheme is not looked at again.
    assert_eq!(login_with(|key| key.tenant = stranger()).0, no_key);
    assert_eq!(login_with(|key| key.scheme = "WAV1CBOR".to_owned()).0, no_key);
}

#[test]
fn only_the_tenants_own_keys_are_asked() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let mut keys = world.credentials();
    let begin = |world: &World, keys: &[Credential]| {
        authentication::begin_login(&world.rp, &session, keys, world.now_ms, &mut world.rng()).err()
    };
    assert_eq!(begin(&world, &keys), None);
    keys[0].tenant = stranger();
    assert_eq!(begin(&world, &keys), Some(CeremonyError::NoUsableCredential));
}

#[test]
fn counter_and_transaction_are_judged_before_anything_is_committed() {
    let verify = |flaw: fn(&mut AuthenticationForge)| {
        let mut world = world();
        let payment = world.payment("alice");
        let mut forge = answer(&world.begin_payment(&payment).expect("signable"));
        flaw(&mut forge);
        world.verify_authentication(&forge.message()).err()
    };
    assert_eq!(verify(|_| ()), None);
    assert_eq!(
        verify(|forge| forge.data.sign_counter = 1),
        Some(CeremonyError::CounterNotGreater)
    );
    let other_text = |forge: &mut AuthenticationForge| {
        forge.data.transaction_content_hash =
            Some(TransactionContentHash::of(HashAlgorithm::Sha256, b"Pay 9.45 EUR"));
    };
    assert_eq!(verify(other_text), Some(CeremonyError::TransactionHashMismatch));
}

// Policy: an assertion that it does not accept is skipped, and takes no other one with it.

#[test]
fn a_registration_beside_the_policy_is_skipped() {
    let register = |world: &mut World, key_id: u8| {
        world
            .register("alice", &device(), |forge| {
                let sound = forge.krd.key_id.clone();
                forge.krd.key_id = KeyId::new(vec![key_id; 32]).expect("32 bytes");
                forge.others.push(forge.assertion());
                forge.krd.key_id = sound;
            })
            .map(|keys| keys.len())
    };
    // Another key of the model is one too many; one that alice registered before is not looked at.
    let mut fresh = World::new();
    assert_eq!(register(&mut fresh, 2), Err(CeremonyError::AssertionsNotAskedFor));
    let mut known = World::new();
    known
        .register("alice", &DeviceKey::new(ATTESTED, 2), |_| ())
        .expect("sound");
    assert_eq!(register(&mut known, 2), Ok(1));
}

#[test]
fn a_registration_of_a_model_that_is_not_accepted_is_skipped() {
    let other = DeviceKey::new(SURROGATE, 2);
    let register = |accepted: Vec<Vec<MatchCriteria>>| {
        let mut world = World::new();
        world.rp.accepted = accepted;
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session).expect("open");
        let mut forge = registration_answer(&request);
        let beside = RegistrationForge::answering(&request, &other, FACET, attestation_of(&other));
        forge.others.push(beside.assertion());
        world.finish_registration(&forge.message()).map(|keys| keys.len())
    };
    let model = |aaid| vec![MatchCriteria::for_aaid(aaid)];
    let both = vec![[model(ATTESTED), model(SURROGATE)].concat()];
    assert_eq!(register(both), Ok(2));
    assert_eq!(register(vec![model(ATTESTED)]), Ok(1));
}

#[test]
fn a_login_with_a_key_that_was_not_asked_beside_one_that_was_moves_one_counter() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session).expect("open");
    let newer = DeviceKey::new(ATTESTED, 2);
    world.register("alice", &newer, |_| ()).expect("sound");
    let mut forge = answer(&request);
    forge
        .others
        .push(AuthenticationForge::answering(&request, &newer, FACET).assertion());
    match world.finish_authentication(&forge.message()) {
        Ok(Outcome::Authenticated(used)) => assert_eq!(used.len(), 1),
        other => panic!("not authenticated: {other:?}"),
    }
}

// Keys and certificates, beyond what an assertion can carry.

#[test]
fn an_rsa_exponent_has_at_most_four_bytes() {
    let n = [0xff; 256];
    assert!(VerifyingKey::rsa(&n, &[0x7f, 0xff, 0xff, 0xff]).is_ok());
    assert_eq!(
        VerifyingKey::rsa(&n, &[1, 0, 0, 0, 1]),
        Err(SignatureRule::KeyInvalid)
    );
}

#[test]
fn a_certificates_key_is_of_a_kind_that_is_known() {
    use der::Decode as _;
    use p256::pkcs8::EncodePublicKey as _;
    use x509_cert::spki::SubjectPublicKeyInfoOwned;
    let der = test_key(1)
        .verifying_key()
        .to_public_key_der()
        .expect("a public key has DER");
    let read =
        |der: &[u8]| VerifyingKey::from_spki(&SubjectPublicKeyInfoOwned::from_der(der).expect("sound")).err();
    assert_eq!(read(der.as_bytes()), None);
    // id-ecPublicKey is 1.2.840.10045.2.1; the last arc stands behind its six bytes.
    let arc: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
    let at = der
        .as_bytes()
        .windows(7)
        .position(|window| window == arc)
        .expect("it names its kind");
    let mut other = der.as_bytes().to_vec();
    other[at + 6] = 2;
    assert_eq!(read(&other), Some(SignatureRule::AlgorithmUnsupported));
}

#[test]
fn a_root_has_at_most_8192_bytes() {
    let known = |padding: usize| {
        let mut root = Recipe::authority("test root", "test root", test_key(200));
        root.extensions.push(("1.2.3.4", false, vec![0; padding]));
        let root = root.sign(&test_key(200));
        let text = statement(ATTESTED, AttestationType::BasicFull, vec![root]).encode();
        MetadataSet::from_json([text.as_str()]).is_ok()
    };
    assert!(known(7_000));
    assert!(!known(9_000));
}
