//! How many rules are broken, and that each is broken once.

use std::collections::BTreeMap;

use crate::case::Case;

/// The least number of refusals that the suite must hold.
const REFUSALS_MIN: usize = 300;

#[test]
fn there_are_at_least_300_distinct_refusals() {
    let tables: [(&str, Vec<Case>); 13] = [
        ("message", super::message::cases()),
        ("header", super::header::cases()),
        ("response", super::response::cases()),
        ("final challenge", super::final_challenge::cases()),
        ("tlv", super::tlv::cases()),
        ("registration", super::registration::cases()),
        ("attestation", super::attestation::cases()),
        ("attestation path", super::attestation_path::cases()),
        ("signed data", super::signed_data::cases()),
        ("authentication", super::authentication::cases()),
        ("transaction", super::transaction::cases()),
        ("challenge", super::challenge::cases()),
        ("channel", super::channel::cases()),
    ];
    let demands = super::request::demands();
    let envelopes = super::context::cases();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let all = tables
        .iter()
        .flat_map(|(_, cases)| cases)
        .chain(&envelopes)
        .map(|case| &case.id);
    for id in all.chain(demands.iter().map(|demand| &demand.id)) {
        *seen.entry(id.clone()).or_default() += 1;
    }
    for (name, cases) in &tables {
        println!("{name}: {}", cases.len());
    }
    println!("envelope: {}\nrequest: {}", envelopes.len(), demands.len());
    println!("{} distinct refusals", seen.len());
    let repeated: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
    assert!(seen.len() >= REFUSALS_MIN, "{} refusals", seen.len());
}
