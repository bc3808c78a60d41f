//! The transitions about people, accepted and refused, on every engine; and, of two in one group, the second sees the first.

use crate::script::Step;
use crate::script_people::{PeopleStep, given};
use crate::store_conformance::conforms;
use crate::world::wait;
use smile_ceremony::record::{Consent, EnrolmentSession};
use smile_ceremony::transition::{Outcome, Transition};
use smile_relying_party::store::{SledStore, Store};
use tempfile::TempDir;

const fn people(step: PeopleStep) -> Step {
    Step::People(step)
}

/// A user with a key that was registered under a consent, and a payment and a login that wait for it.
const CONSENTED: [(Step, &str); 8] = [
    (
        people(PeopleStep::Enrol {
            user: 0,
            is_old: true,
        }),
        "refused: agreed_at",
    ),
    (
        people(PeopleStep::Enrol {
            user: 0,
            is_old: false,
        }),
        "Created",
    ),
    (Step::BeginEnrolment { session: 1 }, "Begun"),
    (
        Step::Answer {
            ceremony: 0,
            signer: 0,
        },
        "taken",
    ),
    (Step::Finish { answer: 0 }, "Registered"),
    (
        Step::CreatePayment {
            user: 0,
            manual: false,
        },
        "Created",
    ),
    (Step::BeginPayment { payment: 0 }, "Begun"),
    (Step::CreateLogin { user: 0 }, "Created"),
];

fn after_consent(more: &[(Step, &'static str)]) -> Vec<(Step, &'static str)> {
    CONSENTED.iter().chain(more).cloned().collect()
}

const fn change(change: u8) -> Step {
    people(PeopleStep::Change {
        user: 0,
        key: 0,
        change,
    })
}

const ANSWER: (Step, &str) = (
    Step::Answer {
        ceremony: 1,
        signer: 0,
    },
    "taken",
);

#[test]
fn a_key_that_is_suspended_between_reading_and_committing_signs_nothing() {
    conforms(&after_consent(&[
        (change(0), "CredentialChanged"),
        (change(2), "CredentialChanged"),
        ANSWER,
        (change(1), "CredentialChanged"),
        (
            Step::Finish { answer: 0 },
            "refused: credential: suspended or revoked",
        ),
        (
            Step::BeginPayment { payment: 0 },
            "not begun: user: no active key",
        ),
        (change(2), "CredentialChanged"),
        (Step::BeginPayment { payment: 0 }, "Begun"),
        (change(3), "CredentialChanged"),
        (change(3), "CredentialChanged"),
        (change(2), "refused: credential: revoked"),
        (change(1), "refused: credential: revoked"),
    ]));
}

#[test]
fn what_a_lost_device_held_ends_with_it_between_reading_and_committing() {
    conforms(&after_consent(&[
        (Step::BeginLogin { session: 0 }, "Begun"),
        ANSWER,
        (people(PeopleStep::Lose { user: 0, all: false }), "DeviceLost"),
        (
            Step::Finish { answer: 0 },
            "refused: credential: suspended or revoked",
        ),
        (
            Step::Answer {
                ceremony: 2,
                signer: 0,
            },
            "refused: challenge: already used",
        ),
        (Step::BeginLogin { session: 0 }, "not begun: user: no active key"),
        (people(PeopleStep::Lose { user: 0, all: true }), "DeviceLost"),
        (people(PeopleStep::Lose { user: 1, all: true }), "DeviceLost"),
    ]));
}

#[test]
fn a_consent_takes_what_stands_on_it_along_when_it_is_withdrawn() {
    conforms(&after_consent(&[
        (
            people(PeopleStep::Enrol {
                user: 0,
                is_old: false,
            }),
            "Created",
        ),
        (Step::BeginEnrolment { session: 2 }, "Begun"),
        (Step::BeginEnrolment { session: 2 }, "Begun"),
        (
            Step::Answer {
                ceremony: 2,
                signer: 1,
            },
            "taken",
        ),
        (people(PeopleStep::Withdraw { consent: 2 }), "ConsentWithdrawn"),
        (Step::Finish { answer: 0 }, "refused: session: canceled"),
        (
            Step::Answer {
                ceremony: 3,
                signer: 1,
            },
            "refused: challenge: already used",
        ),
        ANSWER,
        (people(PeopleStep::Withdraw { consent: 1 }), "ConsentWithdrawn"),
        (Step::Finish { answer: 0 }, "refused: TAG_KEYID"),
        (people(PeopleStep::Withdraw { consent: 1 }), "ConsentWithdrawn"),
        (
            people(PeopleStep::Withdraw { consent: 0 }),
            "refused: consent: unknown",
        ),
    ]));
}

#[test]
fn a_person_is_erased_and_the_payments_stay() {
    conforms(&after_consent(&[
        ANSWER,
        (people(PeopleStep::Erase { user: 0 }), "Erased"),
        (Step::Finish { answer: 0 }, "refused: payment: unknown"),
        (
            Step::Answer {
                ceremony: 1,
                signer: 0,
            },
            "refused: challenge: never issued",
        ),
        (people(PeopleStep::Erase { user: 0 }), "Erased"),
        (people(PeopleStep::ErasePayments { user: 0 }), "PaymentsErased(0)"),
        (
            people(PeopleStep::Enrol {
                user: 0,
                is_old: false,
            }),
            "Created",
        ),
    ]));
}

#[test]
fn a_consent_goes_with_the_session_that_registered_nothing() {
    conforms(&after_consent(&[
        (
            people(PeopleStep::Enrol {
                user: 0,
                is_old: false,
            }),
            "Created",
        ),
        (Step::Wait { seconds: 25 * 3600 }, "idle"),
        (Step::ForgetEnrolment { session: 1 }, "Forgotten"),
        (Step::ForgetEnrolment { session: 2 }, "Forgotten"),
        (people(PeopleStep::Withdraw { consent: 1 }), "ConsentWithdrawn"),
        (
            people(PeopleStep::Withdraw { consent: 2 }),
            "refused: consent: unknown",
        ),
    ]));
}

#[test]
fn an_erasure_sees_what_came_before_it_in_its_group() {
    let folder = TempDir::new().expect("a temporary folder");
    let store = SledStore::open(&folder.path().join("store")).expect("sled opens");
    let (mut number, tenant) = (0_u8, crate::script::tenant());
    let mut rng = |buffer: &mut [u8]| {
        number += 1;
        buffer.fill(number);
    };
    let mut sent = Vec::new();
    for round in 0..20 {
        let user = crate::script::user(0);
        let session = EnrolmentSession::create(tenant.clone(), user.clone(), round, &mut rng).0;
        let consent = Consent::record(&session, given(round), round);
        // Both are sent before either is answered: most of them meet in one group.
        sent.push(store.commit(Transition::EnrolWithConsent { session, consent }));
        sent.push(store.commit(Transition::Erase {
            tenant: tenant.clone(),
            user,
            now_ms: round,
        }));
    }
    for (index, answer) in sent.into_iter().map(wait).enumerate() {
        match answer.expect("committed") {
            Outcome::Created => assert_eq!(index % 2, 0),
            Outcome::Erased(erased) => assert_eq!((erased.sessions, erased.consents), (1, 1), "{index}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(wait(store.dump()).expect("dumped").is_empty());
    let left = wait(store.person(tenant, crate::script::user(0))).expect("read");
    assert!(left.is_empty(), "{left:?}");
}
