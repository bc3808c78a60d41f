//! Stores that versions before wrote: they open; their payments are in the lists and the books, their sessions and challenges
//! are found by person.

use crate::script::{Player, Step, tenant, user};
use crate::store_conformance::raw;
use crate::world::wait;
use ciborium::Value;
use smile_ceremony::identifier::PaymentId;
use smile_ceremony::payment::PaymentStatus;
use smile_relying_party::store::{Books, PaymentFilter, SledStore, Store, Table};
use tempfile::TempDir;

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn map(members: Vec<(&str, Value)>) -> Value {
    Value::Map(
        members
            .into_iter()
            .map(|(name, value)| (text(name), value))
            .collect(),
    )
}

/// A payment record as the version before wrote it: a version byte, then a CBOR map of just these members.
fn record(id: &str, status: &str, created_at_ms: u64) -> Vec<u8> {
    let members = vec![
        ("id", text(id)),
        ("tenant", text("stamps")),
        ("user", text("alice")),
        (
            "amount",
            map(vec![("minor_units", 145.into()), ("currency", text("EUR"))]),
        ),
        ("payee", text("Deutsche Post")),
        ("description", Value::Null),
        ("capture_method", text("automatic")),
        ("status", text(status)),
        ("decline_code", Value::Null),
        ("client_secret_hash", Value::Bytes(vec![7; 32])),
        ("authorisation", Value::Null),
        ("created_at_ms", created_at_ms.into()),
        ("expires_at_ms", (created_at_ms + 900_000).into()),
        ("challenges", 1.into()),
        ("version", 3.into()),
    ];
    let mut bytes = vec![1];
    ciborium::into_writer(&map(members), &mut bytes).expect("written");
    bytes
}

fn id(digit: &str) -> String {
    format!("pi_{}", digit.repeat(32))
}

#[test]
fn a_store_of_the_version_before_is_brought_up_to_date() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("store");
    let database = raw(&path);
    database.insert(b"v", b"1").expect("inserted");
    for (digit, status, created_at_ms) in [
        ("1", "succeeded", 1000),
        ("2", "requires_action", 2000),
        ("3", "canceled", 3000),
    ] {
        let key = format!("p{}", id(digit));
        database
            .insert(key.as_bytes(), record(&id(digit), status, created_at_ms))
            .expect("inserted");
    }
    // One that does not decode bars nothing.
    database
        .insert(format!("p{}", id("4")).as_bytes(), &b"\x09garbage"[..])
        .expect("inserted");
    drop(database);
    for opened in ["for the first time", "again"] {
        let store = SledStore::open(&path).expect("it opens");
        let list = |status| {
            let filter = PaymentFilter {
                tenant: tenant(),
                user: None,
                status,
            };
            let found = wait(store.payments(filter, None, 10)).expect("listed");
            found
                .iter()
                .map(|payment| payment.id().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(list(None), [id("3"), id("2"), id("1")], "{opened}");
        assert_eq!(list(Some(PaymentStatus::Succeeded)), [id("1")], "{opened}");
        let late = wait(store.late_payments(1_000_000, 10)).expect("read");
        assert_eq!(late.len(), 1, "{opened}: the one that nobody signed");
        let old = wait(store.payment(PaymentId::parse(&id("1")).expect("an id")))
            .expect("read")
            .expect("there");
        assert_eq!(
            old.transaction_text(),
            "Pay 1.45 EUR to \"Deutsche Post\" (ref 11111111)",
            "a signed text is never worded anew"
        );
        assert_eq!(old.amount_refundable(), Some(145), "{opened}");
        let mut rows = wait(store.dump()).expect("dumped");
        rows.retain(|row| row.id != id("4"));
        assert_eq!(
            rows.iter().filter(|row| row.table == Table::Ledger).count(),
            1,
            "{opened}"
        );
        Books::audit(&rows).expect("the books are right");
    }
    let database = raw(&path);
    assert_eq!(database.get(b"v").expect("read").as_deref(), Some(&b"3"[..]));
}

/// The entries of a store without what the layout 2 did not have: consents and the index by person.
fn as_layout_two(database: &sled::Db) {
    for entry in database
        .scan_prefix(b"h")
        .keys()
        .chain(database.scan_prefix(b"d").keys())
    {
        database.remove(entry.expect("read")).expect("removed");
    }
    database.insert(b"v", b"2").expect("inserted");
}

#[test]
fn a_store_of_layout_two_knows_after_it_is_opened_what_belongs_to_whom() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("store");
    let store = SledStore::open(&path).expect("it opens");
    let mut player = Player::new(&store);
    for step in [
        Step::CreateEnrolment { user: 0 },
        Step::BeginEnrolment { session: 0 },
        Step::Answer {
            ceremony: 0,
            signer: 0,
        },
        Step::Finish { answer: 0 },
        Step::CreateLogin { user: 0 },
        Step::BeginLogin { session: 0 },
        Step::CreateEnrolment { user: 1 },
    ] {
        player.play(&step);
    }
    let (readings, rows) = (player.people_readings(), player.dump());
    assert!(
        player.log.iter().all(|line| !line.starts_with("refused")),
        "{:?}",
        player.log
    );
    drop(player);
    drop(store);
    let database = raw(&path);
    as_layout_two(&database);
    assert_eq!(database.scan_prefix(b"h").count(), 0);
    // One that does not decode bars nothing.
    database
        .insert(format!("c{}", id("4")).as_bytes(), &b"\x09garbage"[..])
        .expect("inserted");
    drop(database);
    for opened in ["for the first time", "again"] {
        let store = SledStore::open(&path).expect("it opens");
        assert_eq!(Player::new(&store).people_readings(), readings, "{opened}");
        let mut dumped = wait(store.dump()).expect("dumped");
        dumped.retain(|row| row.id != id("4"));
        assert_eq!(dumped, rows, "{opened}");
        let person = wait(store.person(tenant(), user(0))).expect("read");
        assert_eq!(
            (
                person.enrolment_sessions.len(),
                person.authentication_sessions.len(),
                person.challenges.len()
            ),
            (1, 1, 2),
            "{opened}"
        );
    }
    assert_eq!(raw(&path).get(b"v").expect("read").as_deref(), Some(&b"3"[..]));
}
