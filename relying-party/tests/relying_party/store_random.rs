//! Random scripts: memory and sled must tell the same story, record for record, with sled closed and opened in the
//! middle and at the end; and whatever the script, no challenge is taken twice and no payment authorised twice.

use crate::script::{Player, Step};
use crate::script_api_keys::KeyStep;
use crate::script_money::MoneyStep;
use crate::script_people::PeopleStep;
use crate::world::wait;
use proptest::prelude::*;
use smile_relying_party::store::{Books, MemoryStore, Row, SledStore, Store};
use std::collections::HashSet;
use tempfile::TempDir;

fn step() -> impl Strategy<Value = Step> {
    let few = 0_u8..6;
    prop_oneof![
        2 => (0_u8..3).prop_map(|user| Step::CreateEnrolment { user }),
        2 => (0_u8..3).prop_map(|user| Step::CreateLogin { user }),
        2 => (0_u8..3, any::<bool>()).prop_map(|(user, manual)| Step::CreatePayment { user, manual }),
        1 => Just(Step::CreateAgain),
        4 => few.clone().prop_map(|session| Step::BeginEnrolment { session }),
        4 => few.clone().prop_map(|session| Step::BeginLogin { session }),
        4 => few.clone().prop_map(|payment| Step::BeginPayment { payment }),
        8 => (0_u8..12, 0_u8..4).prop_map(|(ceremony, signer)| Step::Answer { ceremony, signer }),
        6 => few.clone().prop_map(|answer| Step::Finish { answer }),
        1 => (few.clone(), 0_u8..5).prop_map(|(payment, event)| Step::Move { payment, event }),
        6 => money_step().prop_map(Step::Money),
        2 => people_step().prop_map(Step::People),
        2 => key_step().prop_map(Step::ApiKey),
        1 => (0_u8..3, any::<bool>()).prop_map(|(user, both)| Step::Deregister { user, both }),
        1 => few.clone().prop_map(|ceremony| Step::Forget { ceremony }),
        1 => few.clone().prop_map(|session| Step::ForgetEnrolment { session }),
        1 => few.prop_map(|session| Step::ForgetLogin { session }),
        1 => prop_oneof![Just(1_u32), Just(200), Just(1000), Just(90_000)].prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn key_step() -> impl Strategy<Value = KeyStep> {
    let few = 0_u8..4;
    prop_oneof![
        2 => few.clone().prop_map(|key| KeyStep::Create { key }),
        2 => (few.clone(), few.clone()).prop_map(|(key, to)| KeyStep::Roll { key, to }),
        1 => few.prop_map(|key| KeyStep::Revoke { key }),
    ]
}

fn money_step() -> impl Strategy<Value = MoneyStep> {
    let few = 0_u8..6;
    prop_oneof![
        2 => (0_u8..3, any::<bool>()).prop_map(|(user, manual)| MoneyStep::CreateProcessed { user, manual }),
        3 => (few.clone(), any::<bool>()).prop_map(|(payment, all)| MoneyStep::Refund { payment, all }),
        3 => (few.clone(), any::<bool>()).prop_map(|(question, approved)| MoneyStep::Settle { question, approved }),
        1 => Just(MoneyStep::SettleAgain),
        3 => (0_u8..3, few.clone(), 0_u8..5).prop_map(|(key, payment, event)| MoneyStep::Once { key, payment, event }),
        2 => (0_u8..3, few).prop_map(|(key, payment)| MoneyStep::RefundOnce { key, payment }),
        1 => (0_u8..3).prop_map(|key| MoneyStep::Answer { key }),
        1 => (0_u8..3).prop_map(|key| MoneyStep::ForgetKey { key }),
    ]
}

fn people_step() -> impl Strategy<Value = PeopleStep> {
    let user = 0_u8..3;
    prop_oneof![
        4 => (user.clone(), prop::bool::weighted(0.1)).prop_map(|(user, is_old)| PeopleStep::Enrol { user, is_old }),
        4 => (user.clone(), 0_u8..3, 0_u8..4)
            .prop_map(|(user, key, change)| PeopleStep::Change { user, key, change }),
        1 => (user.clone(), any::<bool>()).prop_map(|(user, all)| PeopleStep::Lose { user, all }),
        2 => (0_u8..4).prop_map(|consent| PeopleStep::Withdraw { consent }),
        1 => user.clone().prop_map(|user| PeopleStep::ErasePayments { user }),
        1 => user.prop_map(|user| PeopleStep::Erase { user }),
    ]
}

/// A script that begins with a registration, so that most of its length is about something.
fn script() -> impl Strategy<Value = Vec<Step>> {
    let begun = [
        Step::CreateEnrolment { user: 0 },
        Step::BeginEnrolment { session: 0 },
        Step::Answer {
            ceremony: 0,
            signer: 0,
        },
        Step::Finish { answer: 0 },
        Step::CreatePayment {
            user: 0,
            manual: false,
        },
        Step::BeginPayment { payment: 0 },
    ];
    proptest::collection::vec(step(), 10..80)
        .prop_map(move |more| begun.iter().cloned().chain(more).collect())
}

struct Story {
    log: Vec<String>,
    readings: String,
    rows: Vec<Row>,
}

fn tell(store: &dyn Store, steps: &[Step]) -> Story {
    let mut player = Player::new(store);
    steps.iter().for_each(|step| player.play(step));
    Books::audit(&player.dump()).expect("whatever happened, the books are right");
    Story {
        readings: player.readings(),
        rows: player.dump(),
        log: player.log,
    }
}

fn assert_nothing_twice(story: &Story) {
    let taken: Vec<&str> = story
        .log
        .iter()
        .filter_map(|line| line.strip_prefix("taken "))
        .map(|line| line.split(',').next().expect("a part before the comma"))
        .collect();
    assert_eq!(
        taken.iter().collect::<HashSet<_>>().len(),
        taken.len(),
        "a challenge was taken twice"
    );
    let authorised: Vec<&str> = story
        .log
        .iter()
        .filter(|line| line.starts_with("Authorised"))
        .filter_map(|line| line.split('"').find(|part| part.starts_with("pi_")))
        .collect();
    assert_eq!(
        authorised.iter().collect::<HashSet<_>>().len(),
        authorised.len(),
        "a payment was authorised twice: {authorised:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sled_tell_the_same_story(steps in script()) {
        let expected = tell(&MemoryStore::new(), &steps);
        assert_nothing_twice(&expected);
        let folder = TempDir::new().expect("a temporary folder");
        let sled = SledStore::open(&folder.path().join("store")).expect("sled opens");
        let story = tell(&sled, &steps);
        drop(sled);
        prop_assert_eq!(&story.log, &expected.log);
        prop_assert_eq!(&story.readings, &expected.readings);
        prop_assert_eq!(&story.rows, &expected.rows);
        let reopened = SledStore::open(&folder.path().join("store")).expect("sled opens again");
        prop_assert_eq!(&wait(reopened.dump()).expect("dumped"), &expected.rows);
    }
}

#[test]
fn the_scripts_reach_every_outcome() {
    // A generator that never registers or pays would prove nothing.
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = HashSet::new();
    for _ in 0..240 {
        let steps = script().new_tree(&mut runner).expect("a script").current();
        for line in tell(&MemoryStore::new(), &steps).log {
            seen.insert(
                line.split(['(', ':', ' '])
                    .next()
                    .expect("a first word")
                    .to_owned(),
            );
        }
    }
    for outcome in [
        "Created",
        "PaymentMoved",
        "Begun",
        "taken",
        "Registered",
        "Authenticated",
        "Authorised",
        "RefundMoved",
        "ApiKeyRolled",
        "ApiKeyRevoked",
        "Once",
        "Deregistered",
        "CredentialChanged",
        "DeviceLost",
        "ConsentWithdrawn",
        "PaymentsErased",
        "Erased",
        "Forgotten",
        "refused",
    ] {
        assert!(seen.contains(outcome), "{outcome} is reached: {seen:?}");
    }
}
