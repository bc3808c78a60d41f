//! The conditions of transitions: what two requests at once, a crash or a wrong tenant cannot do.

use smile_ceremony::{
    binary::Binary,
    error::CeremonyError,
    identifier::{CredentialId, PaymentId, TenantId},
    limits::{SESSION_KEPT_MS, SPENT_CEREMONY_KEPT_MS},
    payment::{PaymentEvent, PaymentIntent, PaymentStatus},
    record::SessionName,
    transition::{Outcome, Transition},
    uaf::registration,
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey, RegistrationForge},
    world::{ATTESTED, FACET, World, attestation_of, person, tenant},
};

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

fn world() -> World {
    let mut world = World::new();
    world
        .register("alice", &device(), |_| ())
        .expect("a sound registration");
    world
}

fn stranger() -> TenantId {
    TenantId::parse("stranger").expect("a sound name")
}

#[test]
fn an_identifier_is_used_once() {
    let mut world = world();
    let enrolment = world.enrolment_session("alice");
    let login = world.authentication_session("alice");
    let payment = world.payment("alice");
    let taken = Some(CeremonyError::IdentifierTaken);
    assert_eq!(
        world
            .commit(Transition::CreateEnrolmentSession(enrolment.clone()))
            .err(),
        taken
    );
    assert_eq!(
        world.commit(Transition::CreateAuthenticationSession(login)).err(),
        taken
    );
    assert_eq!(
        world.commit(Transition::CreatePayment(Box::new(payment))).err(),
        taken
    );
    let begun =
        registration::begin(&world.rp, &enrolment, &[], world.now_ms, &mut world.rng()).expect("open");
    assert!(world.commit(Transition::Begin(begun.ceremony.clone())).is_ok());
    assert_eq!(world.commit(Transition::Begin(begun.ceremony)).err(), taken);
}

#[test]
fn a_ceremony_begins_for_an_open_session_that_exists() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let begun = registration::begin(&world.rp, &session, &[], world.now_ms, &mut world.rng()).expect("open");
    let rows = std::mem::take(&mut world.rows);
    let unknown = world.commit(Transition::Begin(begun.ceremony.clone()));
    assert_eq!(unknown.err(), Some(CeremonyError::SessionUnknown));
    world.rows = rows;
    assert!(world.commit(Transition::Begin(begun.ceremony)).is_ok());
}

#[test]
fn two_answers_at_once_take_one_challenge_once() {
    let mut world = world();
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session).expect("open");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    // Both were presented before either was taken.
    let mut taken = 0;
    for _ in 0..16 {
        let received =
            smile_ceremony::uaf::authentication::Received::decode(&world.rp, &message).expect("sound");
        let mut pending = world.rows.ceremonies[received.ceremony_id()].clone();
        let presented = received.present(&world.rp.server_key, &pending).expect("ours");
        assert_eq!(presented.id(), received.ceremony_id());
        match world.commit(Transition::Take {
            presented,
            now_ms: world.now_ms,
        }) {
            Ok(Outcome::Taken(witness)) => {
                pending = witness.ceremony().clone();
                assert_eq!(pending.spent_at_ms(), Some(world.now_ms));
                taken += 1;
            }
            other => assert_eq!(other.err(), Some(CeremonyError::ChallengeSpent)),
        }
    }
    assert_eq!(taken, 1);
}

#[test]
fn two_verified_logins_with_one_counter_pass_once() {
    let mut world = world();
    let mut verified = Vec::new();
    for _ in 0..2 {
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        let message = AuthenticationForge::answering(&request, &device(), FACET).message();
        verified.push(world.verify_authentication(&message).expect("sound"));
    }
    let outcomes: Vec<_> = verified
        .into_iter()
        .map(|one| world.commit(one.into_transition()).map(drop))
        .collect();
    assert_eq!(outcomes, [Ok(()), Err(CeremonyError::CounterNotGreater)]);
}

#[test]
fn of_two_verified_logins_the_older_version_does_not_follow_the_newer() {
    let mut world = world();
    let registered = world.credentials()[0].authenticator_version;
    let mut verified = Vec::new();
    for (version, counter) in [(registered + 1, 2), (registered, 3), (registered + 1, 3)] {
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session).expect("open");
        let mut forge = AuthenticationForge::answering(&request, &device(), FACET);
        forge.data.assertion_info.authenticator_version = version;
        forge.data.sign_counter = counter;
        verified.push(world.verify_authentication(&forge.message()).expect("sound"));
    }
    let outcomes: Vec<_> = verified
        .into_iter()
        .map(|one| world.commit(one.into_transition()).map(drop))
        .collect();
    let refused = Err(CeremonyError::AuthenticatorVersionWentBack);
    assert_eq!(outcomes, [Ok(()), refused, Ok(())]);
    assert_eq!(world.credentials()[0].authenticator_version, registered + 1);
}

#[test]
fn two_verified_answers_authorise_a_payment_once() {
    let mut world = world();
    let payment = world.payment("alice");
    let mut verified = Vec::new();
    for counter in [2, 3] {
        let request = world.begin_payment(&payment).expect("signable");
        let mut forge = AuthenticationForge::answering(&request, &device(), FACET);
        forge.data.sign_counter = counter;
        verified.push(world.verify_authentication(&forge.message()).expect("sound"));
    }
    let outcomes: Vec<_> = verified
        .into_iter()
        .map(|one| world.commit(one.into_transition()).map(drop))
        .collect();
    let refused = CeremonyError::PaymentTransition {
        from: PaymentStatus::Succeeded,
        to: PaymentStatus::Processing,
    };
    assert_eq!(outcomes, [Ok(()), Err(refused)]);
    // The second one changed nothing: neither the evidence nor the counter.
    assert_eq!(world.credentials()[0].sign_counter, 2);
    assert_eq!(
        world.rows.payments[payment.id()]
            .authorisation()
            .expect("authorised")
            .sign_counter,
        2
    );
}

#[test]
fn a_payment_canceled_during_its_signature_is_not_authorised() {
    let mut world = world();
    let payment = world.payment("alice");
    let request = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    let verified = world.verify_authentication(&message).expect("sound");
    let cancel = Transition::MovePayment {
        tenant: tenant(),
        payment: payment.id().clone(),
        event: PaymentEvent::Cancel,
        now_ms: world.now_ms,
    };
    assert!(matches!(world.commit(cancel), Ok(Outcome::PaymentMoved(_))));
    let refused = CeremonyError::PaymentTransition {
        from: PaymentStatus::Canceled,
        to: PaymentStatus::Processing,
    };
    assert_eq!(world.commit(verified.into_transition()).err(), Some(refused));
}

#[test]
fn a_payment_that_expired_between_verifying_and_committing_is_not_authorised() {
    let mut world = world();
    let answer = |world: &mut World, payment: &PaymentIntent| {
        let request = world.begin_payment(payment).expect("signable");
        let message = AuthenticationForge::answering(&request, &device(), FACET).message();
        // Taken in the payment's last millisecond; whoever stamps the commit does so later.
        let received =
            smile_ceremony::uaf::authentication::Received::decode(&world.rp, &message).expect("sound");
        let pending = world.rows.ceremonies[received.ceremony_id()].clone();
        let presented = received.present(&world.rp.server_key, &pending).expect("ours");
        let take = Transition::Take {
            presented,
            now_ms: world.now_ms,
        };
        let Ok(Outcome::Taken(taken)) = world.commit(take) else {
            panic!("in time")
        };
        (received, taken)
    };
    let payment = world.payment("alice");
    world.now_ms = payment.expires_at_ms() - 1;
    let credentials = world.credentials();
    let (received, taken) = answer(&mut world, &payment);
    let late = received
        .finish(&world.rp, taken, &credentials, payment.expires_at_ms())
        .expect("a sound signature");
    assert_eq!(
        world.commit(late.into_transition()).err(),
        Some(CeremonyError::PaymentExpired)
    );
    assert_eq!(world.credentials(), credentials);
    let (received, taken) = answer(&mut world, &payment);
    let in_time = received
        .finish(&world.rp, taken, &credentials, payment.expires_at_ms() - 1)
        .expect("a sound signature");
    assert!(world.commit(in_time.into_transition()).is_ok());
}

#[test]
fn a_payment_that_expired_during_its_signature_is_not_authorised() {
    let mut world = world();
    let payment = world.payment("alice");
    world.now_ms = payment.expires_at_ms() - 1;
    let request = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    world.now_ms += 1;
    assert_eq!(
        world.finish_authentication(&message).err(),
        Some(CeremonyError::ChallengeExpired)
    );
    assert_eq!(world.begin_payment(&payment), Err(CeremonyError::PaymentExpired));
}

#[test]
fn a_key_deregistered_during_its_signature_authorises_nothing() {
    let mut world = world();
    let payment = world.payment("alice");
    let request = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    let verified = world.verify_authentication(&message).expect("sound");
    let credentials: Vec<CredentialId> = world.credentials().into_iter().map(|one| one.id).collect();
    let deregister = Transition::Deregister {
        tenant: tenant(),
        credentials,
    };
    assert!(
        matches!(world.commit(deregister), Ok(Outcome::Deregistered { deleted, .. }) if deleted.len() == 1)
    );
    assert_eq!(
        world.commit(verified.into_transition()).err(),
        Some(CeremonyError::KeyIdUnknown)
    );
    assert_eq!(
        world.rows.payments[payment.id()].status(),
        PaymentStatus::RequiresAction
    );
}

#[test]
fn a_key_replaced_during_its_signature_authorises_nothing() {
    let mut world = world();
    let payment = world.payment("alice");
    let request = world.begin_payment(&payment).expect("signable");
    let message = AuthenticationForge::answering(&request, &device(), FACET).message();
    let verified = world.verify_authentication(&message).expect("sound");
    let other = Binary::from(DeviceKey::new(ATTESTED, 2).point());
    world
        .rows
        .credentials
        .values_mut()
        .for_each(|row| row.public_key.original = other.clone());
    assert_eq!(
        world.commit(verified.into_transition()).err(),
        Some(CeremonyError::KeyIdUnknown)
    );
}

#[test]
fn only_the_tenant_moves_its_payments_and_deletes_its_keys() {
    let mut world = world();
    let payment = world.payment("alice").id().clone();
    let now_ms = world.now_ms;
    let cancel = |tenant, payment: &PaymentId| Transition::MovePayment {
        tenant,
        payment: payment.clone(),
        event: PaymentEvent::Cancel,
        now_ms,
    };
    assert_eq!(
        world.commit(cancel(stranger(), &payment)).err(),
        Some(CeremonyError::PaymentUnknown)
    );
    assert!(world.commit(cancel(tenant(), &payment)).is_ok());
    let credentials: Vec<CredentialId> = world.credentials().into_iter().map(|one| one.id).collect();
    let deregister = |tenant| Transition::Deregister {
        tenant,
        credentials: credentials.clone(),
    };
    assert_eq!(
        world.commit(deregister(stranger())).err(),
        Some(CeremonyError::CredentialUnknown)
    );
    assert!(world.commit(deregister(tenant())).is_ok());
    assert_eq!(
        world.commit(deregister(tenant())).err(),
        Some(CeremonyError::CredentialUnknown)
    );
}

#[test]
fn a_session_registers_its_own_user_only() {
    let mut world = World::new();
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session).expect("open");
    let message =
        RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device())).message();
    // The session's row turned into another user's: the ceremony remembers whom it was for.
    let (mallorys, _) = smile_ceremony::record::EnrolmentSession::create(
        tenant(),
        person("mallory"),
        world.now_ms,
        &mut world.rng(),
    );
    let alices = world
        .rows
        .enrolment_sessions
        .insert(session.id().clone(), mallorys)
        .expect("was there");
    assert_eq!(
        world.finish_registration(&message),
        Err(CeremonyError::SessionUnknown)
    );
    world
        .rows
        .enrolment_sessions
        .insert(session.id().clone(), alices.clone());
    let request = world.begin_registration(&alices).expect("open");
    let message =
        RegistrationForge::answering(&request, &device(), FACET, attestation_of(&device())).message();
    assert!(world.finish_registration(&message).is_ok());
}

#[test]
fn an_old_ceremony_is_forgotten_and_a_young_one_kept() {
    let mut world = world();
    let id = world.rows.ceremonies.keys().next().expect("one ceremony").clone();
    let expires_at_ms = world.rows.ceremonies[&id].expires_at_ms();
    let forget = |now_ms| Transition::Forget {
        ceremony: id.clone(),
        now_ms,
    };
    let kept = world.commit(forget(expires_at_ms + SPENT_CEREMONY_KEPT_MS - 1));
    assert_eq!(kept.err(), Some(CeremonyError::CeremonyKept));
    assert!(
        world
            .commit(forget(expires_at_ms + SPENT_CEREMONY_KEPT_MS))
            .is_ok()
    );
    assert_eq!(
        world.commit(forget(u64::MAX)).err(),
        Some(CeremonyError::ChallengeUnknown)
    );
}

#[test]
fn an_old_session_is_forgotten_and_a_young_one_kept() {
    let mut world = World::new();
    let enrolment = world.enrolment_session("alice");
    let login = world.authentication_session("alice");
    let payment = world.payment("alice");
    let names = [
        (
            SessionName::Enrolment(enrolment.id().clone()),
            enrolment.expires_at_ms(),
        ),
        (
            SessionName::Authentication(login.id().clone()),
            login.expires_at_ms(),
        ),
    ];
    for (session, expires_at_ms) in names {
        let mut forget = |now_ms| {
            let session = session.clone();
            world
                .commit(Transition::ForgetSession { session, now_ms })
                .map(drop)
        };
        let kept = forget(expires_at_ms + SESSION_KEPT_MS - 1);
        assert_eq!(kept, Err(CeremonyError::SessionKept));
        assert_eq!(forget(expires_at_ms + SESSION_KEPT_MS), Ok(()));
        assert_eq!(forget(u64::MAX), Err(CeremonyError::SessionUnknown));
    }
    assert!(world.rows.enrolment_sessions.is_empty() && world.rows.authentication_sessions.is_empty());
    assert!(world.rows.payments.contains_key(payment.id()));
}

#[test]
fn a_session_or_payment_has_sixteen_challenges() {
    let mut world = world();
    let exhausted = Err(CeremonyError::ChallengesExhausted);
    let session = world.enrolment_session("bob");
    let tries = |begin: &mut dyn FnMut() -> Result<(), CeremonyError>| {
        for _ in 0..16 {
            assert_eq!(begin(), Ok(()));
        }
        assert_eq!(begin(), exhausted);
    };
    tries(&mut || world.begin_registration(&session).map(drop));
    let ceremonies = world.rows.ceremonies.len();
    assert_eq!(world.begin_registration(&session).map(drop), exhausted);
    assert_eq!(world.rows.ceremonies.len(), ceremonies);
    let login = world.authentication_session("alice");
    tries(&mut || world.begin_login(&login).map(drop));
    let payment = world.payment("alice");
    tries(&mut || world.begin_payment(&payment).map(drop));
    // Another session or payment has its own sixteen.
    let fresh = world.payment("alice");
    assert!(world.begin_payment(&fresh).is_ok());
}

#[test]
fn records_survive_json() {
    let mut world = world();
    let payment = world.pay("alice", &device(), |_| ()).expect("sound");
    fn round<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(row: &T) {
        let text = serde_json::to_string(row).expect("serialises");
        assert_eq!(serde_json::from_str::<T>(&text).expect("deserialises"), *row);
    }
    round(&payment);
    world.rows.credentials.values().for_each(round);
    world.rows.ceremonies.values().for_each(round);
    world.rows.enrolment_sessions.values().for_each(round);
    let session = world.authentication_session("alice");
    round(&session);
}
