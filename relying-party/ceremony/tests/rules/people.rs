//! Conditions of what is done about people: whose keys, whose consents, and what a commit may not miss.

use smile_ceremony::{
    binary::Binary,
    error::CeremonyError,
    identifier::{ConsentId, EnrolmentSessionId, TenantId},
    limits::PAYMENTS_ERASED_AT_ONCE,
    payment::PaymentStatus,
    record::{
        Consent, ConsentVersion, CredentialChange, CredentialName, CredentialStatus, EnrolmentSession,
        GivenConsent, LanguageTag, TextSha256,
    },
    transition::{LostKeys, Outcome, Transition},
};

use crate::{
    authenticator::DeviceKey,
    world::{ATTESTED, World, person, tenant},
};

fn world() -> World {
    let mut world = World::new();
    world
        .register("alice", &DeviceKey::new(ATTESTED, 1), |_| ())
        .expect("a sound registration");
    world
}

fn stranger() -> TenantId {
    TenantId::parse("stranger").expect("a sound name")
}

fn given(world: &World) -> GivenConsent {
    GivenConsent {
        version: ConsentVersion::parse("1").expect("a version"),
        language: LanguageTag::parse("en").expect("a language"),
        text_sha256: TextSha256::from_hex(&"00".repeat(32)).expect("a hash"),
        agreed_at_ms: world.now_ms,
    }
}

fn session(world: &World) -> EnrolmentSession {
    EnrolmentSession::create(tenant(), person("alice"), world.now_ms, &mut world.rng()).0
}

#[test]
fn a_consent_is_for_the_session_that_it_comes_with() {
    let mut world = world();
    let (mine, other) = (session(&world), session(&world));
    let consent = Consent::record(&mine, given(&world), world.now_ms);
    let swapped = Transition::EnrolWithConsent {
        session: other,
        consent: consent.clone(),
    };
    assert_eq!(world.commit(swapped).err(), Some(CeremonyError::ConsentUnknown));
    let create = || Transition::EnrolWithConsent {
        session: mine.clone(),
        consent: consent.clone(),
    };
    assert!(matches!(world.commit(create()), Ok(Outcome::Created)));
    assert_eq!(world.commit(create()).err(), Some(CeremonyError::IdentifierTaken));
}

#[test]
fn a_consent_is_given_shortly_before_it_is_recorded() {
    const DAY_MS: u64 = 86_400_000;
    const FIVE_MINUTES_MS: u64 = 300_000;
    let mut world = world();
    let mut enrol = |agreed_at_ms: u64| {
        let session = session(&world);
        let given = GivenConsent {
            agreed_at_ms,
            ..given(&world)
        };
        let consent = Consent::record(&session, given, world.now_ms);
        world
            .commit(Transition::EnrolWithConsent { session, consent })
            .map(drop)
    };
    let now_ms = crate::certificates::NOW_MS;
    for agreed_at_ms in [now_ms - DAY_MS, now_ms, now_ms + FIVE_MINUTES_MS] {
        assert_eq!(enrol(agreed_at_ms), Ok(()));
    }
    for agreed_at_ms in [0, now_ms - DAY_MS - 1, now_ms + FIVE_MINUTES_MS + 1, u64::MAX] {
        assert_eq!(enrol(agreed_at_ms), Err(CeremonyError::ConsentTimeOutOfRange));
    }
}

#[test]
fn what_a_consent_says_has_one_form() {
    for language in ["en", "zh-Hans", "de-CH-1901", "sgn-BE-FR"] {
        assert!(LanguageTag::parse(language).is_ok(), "{language}");
    }
    for language in [
        "",
        "e",
        "e1",
        "en-",
        "-en",
        "en_US",
        "en-ninechars",
        &"en-abc".repeat(7),
    ] {
        let refused = LanguageTag::parse(language);
        assert_eq!(refused, Err(CeremonyError::LanguageTagInvalid), "{language}");
    }
    assert!(ConsentVersion::parse(&"é".repeat(64)).is_ok());
    for version in ["", " 1", "1\t", &"1".repeat(65)] {
        let refused = ConsentVersion::parse(version);
        assert_eq!(refused, Err(CeremonyError::ConsentVersionInvalid), "{version}");
    }
    let digits = "0123456789abcdefABCDEF0123456789".repeat(2);
    let hash = TextSha256::from_hex(&digits).expect("64 digits");
    assert_eq!(hash.to_string(), digits.to_lowercase());
    for digits in [
        "",
        "0",
        &"0".repeat(63),
        &"0".repeat(65),
        &"g".repeat(64),
        &"é".repeat(32),
    ] {
        assert_eq!(TextSha256::from_hex(digits), Err(CeremonyError::TextHashInvalid));
    }
    assert_eq!(TextSha256::try_from(Binary::from(hash)), Ok(hash));
    // A record has room for 32 bytes, not for what somebody would like to keep there.
    for length in [0, 31, 33, 512] {
        let other = TextSha256::try_from(Binary(vec![1; length]));
        assert_eq!(other, Err(CeremonyError::TextHashInvalid), "{length}");
    }
    assert!(CredentialName::parse("Großmutters 📱").is_ok());
    for name in ["", " ", "a ", "a\u{7f}", &"a".repeat(65)] {
        let refused = CredentialName::parse(name);
        assert_eq!(refused, Err(CeremonyError::CredentialNameInvalid), "{name}");
    }
}

#[test]
fn keys_and_consents_of_another_tenant_are_unknown() {
    let mut world = world();
    let key = world.credentials()[0].clone();
    let session = session(&world);
    let consent = Consent::record(&session, given(&world), world.now_ms);
    let id = consent.id().clone();
    world
        .commit(Transition::EnrolWithConsent { session, consent })
        .expect("sound");
    let now_ms = world.now_ms;
    let change = |tenant| Transition::ChangeCredential {
        tenant,
        credential: key.id.clone(),
        change: CredentialChange::Suspend,
        now_ms,
    };
    let lose = |tenant, user: &str| Transition::LoseDevice {
        tenant,
        user: person(user),
        keys: LostKeys::One(key.id.clone()),
        now_ms,
    };
    let withdraw = |tenant| Transition::WithdrawConsent {
        tenant,
        consent: id.clone(),
        now_ms,
    };
    let unknown = Some(CeremonyError::CredentialUnknown);
    assert_eq!(world.commit(change(stranger())).err(), unknown);
    assert_eq!(world.commit(lose(stranger(), "alice")).err(), unknown);
    assert_eq!(world.commit(lose(tenant(), "bob")).err(), unknown, "not bob's");
    let refused = world.commit(withdraw(stranger())).err();
    assert_eq!(refused, Some(CeremonyError::ConsentUnknown));
    let erase = Transition::Erase {
        tenant: stranger(),
        user: person("alice"),
        now_ms,
    };
    assert!(matches!(world.commit(erase), Ok(Outcome::Erased(erased)) if erased.credentials.is_empty()));
    assert_eq!(world.credentials().len(), 1);
    assert!(world.commit(change(tenant())).is_ok());
    assert!(world.commit(lose(tenant(), "alice")).is_ok());
    assert!(world.commit(withdraw(tenant())).is_ok());
    assert_eq!(world.credentials()[0].status, CredentialStatus::Revoked);
}

#[test]
fn a_key_remembers_the_consent_of_its_session_and_none_that_there_was_not() {
    let world = world();
    assert_eq!(world.credentials()[0].consent, None, "the session had none");
    let session = EnrolmentSessionId::from_bytes([1; 16]);
    assert_eq!(ConsentId::of_session(&session), ConsentId::of_session(&session));
    let other = EnrolmentSessionId::from_bytes([2; 16]);
    assert_ne!(ConsentId::of_session(&session), ConsentId::of_session(&other));
}

#[test]
fn a_loss_counts_the_keys_that_are_left() {
    let mut world = world();
    world
        .register("alice", &DeviceKey::new(ATTESTED, 2), |_| ())
        .expect("a sound registration");
    let first = world.credentials()[0].id.clone();
    let now_ms = world.now_ms;
    let mut lose = |keys| match world.commit(Transition::LoseDevice {
        tenant: tenant(),
        user: person("alice"),
        keys,
        now_ms,
    }) {
        Ok(Outcome::DeviceLost(lost)) => (lost.revoked.len(), lost.active_left),
        other => panic!("{other:?}"),
    };
    assert_eq!(lose(LostKeys::One(first.clone())), (1, 1));
    assert_eq!(lose(LostKeys::One(first)), (0, 1), "it was revoked before");
    assert_eq!(lose(LostKeys::All), (1, 0));
}

#[test]
fn more_payments_than_a_commit_may_rewrite_go_before_the_person() {
    let mut world = world();
    for _ in 0..=PAYMENTS_ERASED_AT_ONCE {
        world.payment("alice");
    }
    let late = world.payment("alice");
    world.now_ms = late.expires_at_ms();
    let now_ms = world.now_ms;
    let erase = || Transition::Erase {
        tenant: tenant(),
        user: person("alice"),
        now_ms,
    };
    assert_eq!(
        world.commit(erase()).err(),
        Some(CeremonyError::ErasureUnfinished)
    );
    assert_eq!(world.credentials().len(), 1, "nothing changes");
    let some = Transition::ErasePayments {
        tenant: tenant(),
        user: person("alice"),
        now_ms,
    };
    let erased = world.commit(some).expect("no condition");
    assert!(matches!(erased, Outcome::PaymentsErased(count) if count == PAYMENTS_ERASED_AT_ONCE));
    let erased = world.commit(erase()).expect("few are left");
    assert!(matches!(erased, Outcome::Erased(erased) if erased.payments == 2));
    assert!(world.rows.payments.values().all(|payment| {
        payment.user().is_none() && payment.is_user_erased() && payment.status() == PaymentStatus::Expired
    }));
    assert!(world.credentials().is_empty() && world.rows.ceremonies.is_empty());
}

#[test]
fn a_user_has_at_most_thirty_two_keys_that_are_not_revoked() {
    let mut world = World::new();
    let register = |world: &mut World, number: u8| {
        let key = DeviceKey::new(ATTESTED, number);
        world.register("alice", &key, |_| ()).map(drop)
    };
    for number in 1..=32 {
        assert_eq!(register(&mut world, number), Ok(()), "{number}");
    }
    let full = Err(CeremonyError::CredentialsExhausted);
    assert_eq!(register(&mut world, 33), full);
    let id = world.credentials()[0].id.clone();
    let mut change = |change| {
        let now_ms = world.now_ms;
        let tenant = tenant();
        let credential = id.clone();
        let change = Transition::ChangeCredential {
            tenant,
            credential,
            change,
            now_ms,
        };
        world.commit(change).expect("allowed");
        register(&mut world, 33)
    };
    // It may be reinstated.
    assert_eq!(change(CredentialChange::Suspend), full);
    assert_eq!(change(CredentialChange::Revoke), Ok(()));
    assert_eq!(register(&mut world, 34), full);
    world
        .register("bob", &DeviceKey::new(ATTESTED, 35), |_| ())
        .expect("another user");
}
