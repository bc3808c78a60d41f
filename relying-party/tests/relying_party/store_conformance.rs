//! Every transition, accepted and refused, on every engine: the outcomes are the ones written here, and the records
//! are the same in all engines, also after sled was closed and opened again.

use crate::script::{Player, Step};
use crate::world::wait;
use smile_ceremony::identifier::{EnrolmentSessionId, TenantId, UserId};
use smile_ceremony::limits::PAYMENT_LIFETIME_MS;
use smile_ceremony::payment::{
    CaptureMethod, CurrencyCode, Money, Payee, PaymentIntent, PaymentRequest, Settlement,
};
use smile_ceremony::record::EnrolmentSession;
use smile_ceremony::transition::{Outcome, Transition};
use smile_relying_party::store::{MemoryStore, ROW_BYTES_MAX, Row, SledStore, Store, StoreError};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// The database under a store, opened as the store opens it.
pub fn raw(folder: &Path) -> sled::Db {
    let config = sled::Config::new().path(folder).segment_size(8 * 1024 * 1024);
    // A store that was closed a moment ago may still hold its lock: sled lets go of it on a thread of its own.
    for _ in 0..100 {
        if let Ok(database) = config.open() {
            return database;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    config.open().expect("sled opens")
}

/// Plays a scenario of steps and expected outcomes (their beginnings, after `refused: ` where refused).
pub fn conforms(scenario: &[(Step, &str)]) {
    let memory = MemoryStore::new();
    let expected_rows = play(&memory, scenario);
    let folder = TempDir::new().expect("a temporary folder");
    let sled = SledStore::open(&folder.path().join("store")).expect("sled opens");
    assert_eq!(play(&sled, scenario), expected_rows);
    drop(sled);
    let reopened = SledStore::open(&folder.path().join("store")).expect("sled opens again");
    assert_eq!(wait(reopened.dump()).expect("dumped"), expected_rows);
}

fn play(store: &dyn Store, scenario: &[(Step, &str)]) -> Vec<Row> {
    let mut player = Player::new(store);
    for (step, expected) in scenario {
        let before = player.dump();
        player.play(step);
        let outcome = player.log.last().expect("a step is logged");
        assert!(
            outcome.starts_with(expected),
            "{step:?}: {outcome:?}, not {expected:?}"
        );
        if outcome.starts_with("refused") {
            assert_eq!(
                player.dump(),
                before,
                "{step:?}: a refused transition changes nothing"
            );
        }
    }
    player.dump()
}

const REGISTER: [(Step, &str); 4] = [
    (Step::CreateEnrolment { user: 0 }, "Created"),
    (Step::BeginEnrolment { session: 0 }, "Begun"),
    (
        Step::Answer {
            ceremony: 0,
            signer: 0,
        },
        "taken",
    ),
    (Step::Finish { answer: 0 }, "Registered"),
];

fn after_registration(more: &[(Step, &'static str)]) -> Vec<(Step, &'static str)> {
    REGISTER.iter().chain(more).cloned().collect()
}

#[test]
fn a_record_is_created_once() {
    for create in [
        Step::CreateEnrolment { user: 0 },
        Step::CreateLogin { user: 1 },
        Step::CreatePayment {
            user: 2,
            manual: false,
        },
    ] {
        conforms(&[
            (create, "Created"),
            (Step::CreateAgain, "refused: identifier: already in use"),
        ]);
    }
}

#[test]
fn a_challenge_is_taken_once_in_time_and_while_its_session_is_open() {
    conforms(&after_registration(&[
        (
            Step::Answer {
                ceremony: 0,
                signer: 0,
            },
            "refused: challenge: already used",
        ),
        (
            Step::BeginEnrolment { session: 0 },
            "refused: session: already used",
        ),
        (Step::CreateEnrolment { user: 0 }, "Created"),
        (Step::BeginEnrolment { session: 1 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 1,
            },
            "refused: challenge: never issued",
        ),
        (Step::Wait { seconds: 300 }, "idle"),
        (
            Step::Answer {
                ceremony: 2,
                signer: 1,
            },
            "refused: challenge: expired",
        ),
        (Step::Wait { seconds: 900 }, "idle"),
        (Step::BeginEnrolment { session: 1 }, "not begun: session: expired"),
    ]));
}

#[test]
fn a_key_is_registered_once_and_by_one_answer_of_a_session() {
    conforms(&after_registration(&[
        (Step::CreateEnrolment { user: 1 }, "Created"),
        (Step::BeginEnrolment { session: 1 }, "Begun"),
        (Step::BeginEnrolment { session: 1 }, "Begun"),
        (Step::BeginEnrolment { session: 1 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "taken",
        ),
        (
            Step::Finish { answer: 0 },
            "refused: credential: (AAID, KeyID) already registered",
        ),
        (
            Step::Answer {
                ceremony: 2,
                signer: 1,
            },
            "taken",
        ),
        (
            Step::Answer {
                ceremony: 3,
                signer: 2,
            },
            "taken",
        ),
        (Step::Finish { answer: 0 }, "Registered"),
        (Step::Finish { answer: 0 }, "refused: session: already used"),
    ]));
}

#[test]
fn a_payment_is_authorised_once() {
    conforms(&after_registration(&[
        (
            Step::CreatePayment {
                user: 0,
                manual: false,
            },
            "Created",
        ),
        (Step::BeginPayment { payment: 0 }, "Begun"),
        (Step::BeginPayment { payment: 0 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "taken",
        ),
        (
            Step::Answer {
                ceremony: 2,
                signer: 0,
            },
            "taken",
        ),
        (Step::Finish { answer: 0 }, "Authorised"),
        (
            Step::Finish { answer: 0 },
            "refused: payment: cannot move from Succeeded",
        ),
        (
            Step::BeginPayment { payment: 0 },
            "refused: payment: cannot move from Succeeded",
        ),
        (
            Step::Move { payment: 0, event: 1 },
            "refused: payment: cannot move",
        ),
    ]));
}

#[test]
fn a_payment_moves_one_way() {
    conforms(&after_registration(&[
        (
            Step::CreatePayment {
                user: 0,
                manual: true,
            },
            "Created",
        ),
        (
            Step::Move { payment: 0, event: 0 },
            "refused: payment: cannot move",
        ),
        (
            Step::Move { payment: 0, event: 3 },
            "refused: payment: not expired yet",
        ),
        (Step::BeginPayment { payment: 0 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "taken",
        ),
        (Step::Finish { answer: 0 }, "Authorised"),
        (Step::Move { payment: 0, event: 0 }, "PaymentMoved"),
        (
            Step::CreatePayment {
                user: 0,
                manual: false,
            },
            "Created",
        ),
        (Step::Move { payment: 1, event: 1 }, "PaymentMoved"),
        (
            Step::CreatePayment {
                user: 0,
                manual: false,
            },
            "Created",
        ),
        (Step::BeginPayment { payment: 2 }, "Begun"),
        (Step::Wait { seconds: 900 }, "idle"),
        (Step::Move { payment: 2, event: 3 }, "PaymentMoved"),
    ]));
}

#[test]
fn a_counter_must_grow_between_reading_and_committing() {
    conforms(&after_registration(&[
        (Step::CreateLogin { user: 0 }, "Created"),
        (Step::CreateLogin { user: 0 }, "Created"),
        (Step::BeginLogin { session: 0 }, "Begun"),
        (Step::BeginLogin { session: 1 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "taken",
        ),
        (
            Step::Answer {
                ceremony: 2,
                signer: 0,
            },
            "taken",
        ),
        (Step::Finish { answer: 1 }, "Authenticated"),
        (Step::Finish { answer: 0 }, "refused: TAG_COUNTERS"),
    ]));
}

#[test]
fn a_key_that_was_deregistered_between_reading_and_committing_signs_nothing() {
    conforms(&after_registration(&[
        (
            Step::CreatePayment {
                user: 0,
                manual: false,
            },
            "Created",
        ),
        (Step::BeginPayment { payment: 0 }, "Begun"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "taken",
        ),
        (Step::Deregister { user: 0, both: false }, "Deregistered"),
        (Step::Finish { answer: 0 }, "refused: TAG_KEYID"),
        (Step::Deregister { user: 0, both: false }, "idle"),
    ]));
}

#[test]
fn an_old_challenge_is_forgotten_and_a_young_one_kept() {
    conforms(&after_registration(&[
        (Step::Forget { ceremony: 0 }, "refused: ceremony: still kept"),
        (Step::Wait { seconds: 25 * 3600 }, "idle"),
        (Step::Forget { ceremony: 0 }, "Forgotten"),
        (Step::Forget { ceremony: 0 }, "refused: challenge: never issued"),
    ]));
}

#[test]
fn an_old_session_is_forgotten_and_a_young_one_kept() {
    conforms(&after_registration(&[
        (Step::CreateLogin { user: 0 }, "Created"),
        (Step::ForgetLogin { session: 0 }, "refused: session: still kept"),
        (
            Step::ForgetEnrolment { session: 0 },
            "refused: session: still kept",
        ),
        (Step::Wait { seconds: 25 * 3600 }, "idle"),
        (Step::CreateLogin { user: 0 }, "Created"),
        (Step::ForgetLogin { session: 0 }, "Forgotten"),
        (Step::ForgetLogin { session: 1 }, "refused: session: still kept"),
        (Step::ForgetEnrolment { session: 0 }, "Forgotten"),
        (Step::ForgetEnrolment { session: 0 }, "refused: session: unknown"),
    ]));
}

#[test]
fn a_record_that_is_too_large_is_refused_and_changes_nothing() {
    let folder = TempDir::new().expect("a temporary folder");
    let engines: [Box<dyn Store>; 2] = [
        Box::new(MemoryStore::new()),
        Box::new(SledStore::open(&folder.path().join("store")).expect("sled opens")),
    ];
    for store in engines {
        play(
            &*store,
            &[(
                Step::CreatePayment {
                    user: 0,
                    manual: false,
                },
                "Created",
            )],
        );
        let before = wait(store.dump()).expect("dumped");
        // No request can carry such a description; the store does not rely on that.
        let with_description = |length: usize| {
            let mut payment: serde_json::Value = payment_as_json();
            payment["description"] = "x".repeat(length).into();
            let payment = serde_json::from_value(payment).expect("a payment");
            wait(store.commit(Transition::CreatePayment(Box::new(payment))))
        };
        let refused = with_description(ROW_BYTES_MAX);
        assert!(
            matches!(&refused, Err(StoreError::RecordTooLarge { bytes, .. }) if *bytes > ROW_BYTES_MAX),
            "{refused:?}"
        );
        assert_eq!(wait(store.dump()).expect("dumped"), before);
        assert!(matches!(
            with_description(ROW_BYTES_MAX - 1024),
            Ok(Outcome::Created)
        ));
    }
}

/// A payment that no script creates.
fn payment_as_json() -> serde_json::Value {
    let request = PaymentRequest {
        tenant: crate::script::tenant(),
        user: Some(crate::script::user(0)),
        amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("an amount"),
        payee: Payee::parse("Deutsche Post").expect("a payee"),
        description: None,
        capture_method: CaptureMethod::Automatic,
        order: None,
        confirm: true,
        lifetime_ms: PAYMENT_LIFETIME_MS,
        settlement: Settlement::Direct,
    };
    let mut rng = |buffer: &mut [u8]| buffer.fill(9);
    let payment = PaymentIntent::create(request, 0, &mut rng).expect("a payment").0;
    serde_json::to_value(payment).expect("a payment has JSON")
}

#[test]
fn another_tenant_moves_and_deletes_nothing() {
    let folder = TempDir::new().expect("a temporary folder");
    let engines: [Box<dyn Store>; 2] = [
        Box::new(MemoryStore::new()),
        Box::new(SledStore::open(&folder.path().join("store")).expect("sled opens")),
    ];
    for store in engines {
        play(&*store, &after_registration(&[]));
        let before = wait(store.dump()).expect("dumped");
        let mine = wait(store.credentials_of(crate::script::tenant(), crate::script::user(0))).expect("read");
        let foreign = TenantId::parse("others").expect("a tenant");
        assert!(
            wait(store.credentials_of(foreign.clone(), crate::script::user(0)))
                .expect("read")
                .is_empty()
        );
        let credentials = mine.iter().map(|one| one.id.clone()).collect();
        let refused = wait(store.commit(Transition::Deregister {
            tenant: foreign,
            credentials,
        }));
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(wait(store.dump()).expect("dumped"), before);
    }
}

#[test]
fn transitions_of_one_group_see_each_other() {
    let folder = TempDir::new().expect("a temporary folder");
    let store = SledStore::open(&folder.path().join("store")).expect("sled opens");
    let mut number = 0_u8;
    let mut rng = |buffer: &mut [u8]| {
        number += 1;
        buffer.fill(number);
    };
    let tenant = crate::script::tenant();
    let alice = UserId::parse("alice").expect("a user");
    let sessions: Vec<EnrolmentSession> = (0..8)
        .map(|_| EnrolmentSession::create(tenant.clone(), alice.clone(), 0, &mut rng).0)
        .collect();
    // Each is sent eight times before any answer is awaited: most of them meet in one group.
    let sent: Vec<_> = sessions
        .iter()
        .flat_map(|session| std::iter::repeat_n(session, 8))
        .map(|session| store.commit(Transition::CreateEnrolmentSession(session.clone())))
        .collect();
    let created = sent
        .into_iter()
        .map(wait)
        .filter(|answer| matches!(answer, Ok(Outcome::Created)))
        .count();
    assert_eq!(created, sessions.len());
    assert_eq!(wait(store.dump()).expect("dumped").len(), sessions.len());
}

#[test]
fn a_folder_that_is_not_a_store_of_ours_is_refused() {
    let folder = TempDir::new().expect("a temporary folder");
    let foreign = raw(&folder.path().join("foreign"));
    foreign.insert(b"k", b"v").expect("inserted");
    drop(foreign);
    let error = SledStore::open(&folder.path().join("foreign"))
        .err()
        .expect("refused")
        .to_string();
    assert!(error.contains("not one of ours"), "{error}");

    let newer = folder.path().join("newer");
    drop(SledStore::open(&newer).expect("sled opens"));
    let database = raw(&newer);
    database.insert(b"v", b"4").expect("inserted");
    drop(database);
    let error = SledStore::open(&newer).err().expect("refused").to_string();
    assert!(error.contains("version 4"), "{error}");

    let own = folder.path().join("own");
    drop(SledStore::open(&own).expect("sled opens"));
    drop(SledStore::open(&own).expect("sled opens again"));
    let mode = std::fs::metadata(&own).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "only its owner reads it");
}

#[test]
fn a_record_that_does_not_decode_is_reported_and_not_guessed() {
    let folder = TempDir::new().expect("a temporary folder");
    let id = EnrolmentSessionId::from_bytes([7; 16]);
    drop(SledStore::open(&folder.path().join("store")).expect("sled opens"));
    let database = raw(&folder.path().join("store"));
    database
        .insert(format!("e{id}").as_bytes(), &b"\x09garbage"[..])
        .expect("inserted");
    drop(database);
    let store = SledStore::open(&folder.path().join("store")).expect("sled opens again");
    let answer = wait(store.enrolment_session(id));
    assert!(
        matches!(&answer, Err(StoreError::Corrupt { reason, .. }) if reason.contains("version 9")),
        "{answer:?}"
    );
}
