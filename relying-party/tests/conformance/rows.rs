//! What became of a store between two dumps.

use ciborium::Value;
use smile_relying_party::store::{Row, Table};

/// One record that is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added(Table),
    Altered(Table),
    Removed(Table),
    /// A challenge was spent, and nothing else of its record changed.
    Spent,
}

/// The changes in the order of a dump; removed records at the end.
pub fn changes(before: &[Row], after: &[Row]) -> Vec<Change> {
    let found = |rows: &[Row], row: &Row| rows.iter().find(|one| is_same(one, row)).cloned();
    let mut changes = Vec::new();
    for row in after {
        match found(before, row) {
            None => changes.push(Change::Added(row.table)),
            Some(earlier) if earlier.value == row.value => {}
            Some(earlier) if row.table == Table::Ceremonies && is_spending(&earlier, row) => {
                changes.push(Change::Spent);
            }
            Some(_) => changes.push(Change::Altered(row.table)),
        }
    }
    let removed = before.iter().filter(|row| found(after, row).is_none());
    changes.extend(removed.map(|row| Change::Removed(row.table)));
    changes
}

fn is_same(one: &Row, other: &Row) -> bool {
    one.table == other.table && one.id == other.id
}

fn is_spending(before: &Row, after: &Row) -> bool {
    let (before, spent_before) = without_spending(before);
    let (after, spent_after) = without_spending(after);
    before == after && spent_before.is_null() && spent_after.is_integer()
}

/// A challenge's record without the time at which it was spent, and that time.
fn without_spending(row: &Row) -> (Value, Value) {
    let mut record: Value = ciborium::from_reader(&row.value[1..]).expect("behind its version a row is CBOR");
    let members = record.as_map_mut().expect("a record is a map");
    let position = members
        .iter()
        .position(|(name, _)| name.as_text() == Some("spent_at_ms"));
    let (_, spent) = members.remove(position.expect("a challenge's record says whether it is spent"));
    (record, spent)
}
