//! The audit of the books: each entry is compared with the record that it is of.

use crate::signer::Signer;
use crate::world::World;
use ciborium::Value;
use serde_json::json;
use smile_relying_party::store::{Books, Row, Table};

/// The first record of a table with one member set to something else; a dot leads into a member.
fn edited(rows: &[Row], table: Table, path: &str, value: &Value) -> Vec<Row> {
    let mut rows = rows.to_vec();
    let row = rows
        .iter_mut()
        .find(|row| row.table == table)
        .expect("there is one");
    let (version, record) = row.value.split_first().expect("a version stands in front");
    let mut record: Value = ciborium::from_reader(record).expect("a record");
    let mut at = &mut record;
    for name in path.split('.') {
        let members = at.as_map_mut().expect("members");
        let found = members.iter_mut().find(|(key, _)| key.as_text() == Some(name));
        at = &mut found.expect("the member is there").1;
    }
    assert_ne!(at, value, "{path} says something else");
    *at = value.clone();
    let mut encoded = vec![*version];
    ciborium::into_writer(&record, &mut encoded).expect("it encodes");
    row.value = encoded;
    rows
}

fn without(rows: &[Row], table: Table) -> Vec<Row> {
    let mut rows = rows.to_vec();
    let place = rows.iter().position(|row| row.table == table);
    rows.remove(place.expect("there is one"));
    rows
}

/// A captured payment, or one that was refunded in part too.
fn rows(refunded: bool) -> Vec<Row> {
    let world = World::new(crate::world::On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    world.sign(&payment, &mut signer);
    if refunded {
        let refund = world.post(
            "/v1/refunds",
            &json!({"payment_intent": payment["id"], "amount": 45}),
        );
        assert_eq!(refund.json()["status"], "succeeded");
    }
    world.dump()
}

fn wrong(rows: &[Row]) -> String {
    Books::audit(rows).expect_err("the books are wrong").to_string()
}

#[test]
fn a_capture_is_booked_as_its_payment_says() {
    let sound = rows(false);
    assert_eq!(Books::audit(&sound).expect("right").entries, 1);
    for (path, value) in [
        ("amount.minor_units", Value::from(144)),
        ("amount.currency", Value::from("USD")),
        ("tenant", Value::from("parcels")),
        ("debit", Value::from("merchant_payable")),
    ] {
        let said = wrong(&edited(&sound, Table::Ledger, path, &value));
        assert!(said.contains(": booked as "), "{path}: {said}");
    }
    let said = wrong(&without(&sound, Table::Ledger));
    assert!(said.contains("1.45 EUR went in, and nothing is booked"), "{said}");
    let said = wrong(&without(&sound, Table::Payments));
    assert!(said.contains("no record says that money moved"), "{said}");
    let said = wrong(&edited(&sound, Table::Payments, "refunded", &Value::from(1)));
    assert!(
        said.contains("1 minor units went back, its refunds come to 0"),
        "{said}"
    );
}

#[test]
fn a_refund_is_booked_as_it_says_and_its_payment_knows_of_it() {
    let sound = rows(true);
    assert_eq!(Books::audit(&sound).expect("right").entries, 2);
    let said = wrong(&edited(
        &sound,
        Table::Refunds,
        "amount.minor_units",
        &Value::from(44),
    ));
    assert!(
        said.contains("re_") && said.contains(": booked as 0.45 EUR"),
        "{said}"
    );
    let said = wrong(&without(&sound, Table::Refunds));
    assert!(
        said.contains("45 minor units went back, its refunds come to 0"),
        "{said}"
    );
    let pending = edited(&sound, Table::Refunds, "status", &Value::from("failed"));
    assert!(wrong(&pending).contains("its refunds come to 0"));
    let said = wrong(&edited(&sound, Table::Payments, "refunded", &Value::from(0)));
    assert!(
        said.contains("0 minor units went back, its refunds come to 45"),
        "{said}"
    );
}
