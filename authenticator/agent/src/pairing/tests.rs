use tempfile::TempDir;

use super::{PAIRING_LIFETIME_MS, Pairings};
use crate::origin::Origin;
use crate::refusal::RefusalCode;

const SHOP: &str = "https://shop.example";
const OTHER: &str = "https://other.example";

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

fn pairings(folder: &TempDir) -> Pairings {
    Pairings::open(folder.path().join("pairings.json")).unwrap()
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[test]
fn a_token_belongs_to_one_origin_survives_a_restart_and_is_kept_as_its_hash_alone() {
    let folder = TempDir::new().unwrap();
    let mut open = pairings(&folder);
    let (id, code) = open.begin(&origin(SHOP), 0).unwrap();
    assert_eq!(code.len(), 6);
    let token = open.finish(&origin(SHOP), &id, &code, 1, 7).unwrap();
    assert!(open.accept(&origin(SHOP), &token));
    assert!(!open.accept(&origin(OTHER), &token));
    assert!(!open.accept(&origin(SHOP), &token[..token.len() - 1]));
    assert!(!open.accept(&origin(SHOP), ""));
    let kept = std::fs::read_to_string(folder.path().join("pairings.json")).unwrap();
    assert!(!kept.contains(&token[4..]) && !kept.contains(&code));
    let mut again = pairings(&folder);
    assert!(again.accept(&origin(SHOP), &token) && again.knows(&origin(SHOP)));
    assert_eq!(again.paired()[0].paired_at_ms, 7);
    // The same code does not pair twice.
    let twice = open.finish(&origin(SHOP), &id, &code, 2, 7).unwrap_err();
    assert_eq!(twice.code, RefusalCode::PairingUnknown);
    assert!(again.forget(SHOP).unwrap() && !again.forget(SHOP).unwrap());
    assert!(!pairings(&folder).accept(&origin(SHOP), &token));
}

#[test]
fn five_wrong_codes_end_a_pairing_and_four_do_not() {
    let folder = TempDir::new().unwrap();
    let mut open = pairings(&folder);
    let shop = origin(SHOP);
    let (id, code) = open.begin(&shop, 0).unwrap();
    for _ in 0..4 {
        let wrong = open.finish(&shop, &id, &another(&code), 1, 0).unwrap_err();
        assert_eq!(wrong.code, RefusalCode::PairingCodeWrong);
    }
    open.finish(&shop, &id, &code, 1, 0).unwrap();
    let (id, code) = open.begin(&shop, 0).unwrap();
    for _ in 0..5 {
        open.finish(&shop, &id, &another(&code), 1, 0).unwrap_err();
    }
    assert_eq!(
        open.finish(&shop, &id, &code, 1, 0).unwrap_err().code,
        RefusalCode::PairingEnded
    );
    assert!(open.shown(1).is_empty());
}

#[test]
fn a_code_is_good_for_two_minutes_and_for_the_origin_that_asked() {
    let folder = TempDir::new().unwrap();
    let mut open = pairings(&folder);
    let shop = origin(SHOP);
    let (id, code) = open.begin(&shop, 10).unwrap();
    assert_eq!(open.shown(11)[0].code, code);
    let strange = open.finish(&origin(OTHER), &id, &code, 11, 0).unwrap_err();
    assert_eq!(strange.code, RefusalCode::PairingUnknown);
    let late = open
        .finish(&shop, &id, &code, 10 + PAIRING_LIFETIME_MS, 0)
        .unwrap_err();
    assert_eq!(late.code, RefusalCode::PairingExpired);
    let (id, code) = open.begin(&shop, 10).unwrap();
    open.finish(&shop, &id, &code, 9 + PAIRING_LIFETIME_MS, 0)
        .unwrap();
}

#[test]
fn the_sixth_pairing_in_ten_minutes_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut open = pairings(&folder);
    for _ in 0..5 {
        open.begin(&origin(SHOP), 0).unwrap();
    }
    assert_eq!(
        open.begin(&origin(SHOP), 599_999).unwrap_err().code,
        RefusalCode::TooManyRequests
    );
    open.begin(&origin(OTHER), 599_999).unwrap();
    open.begin(&origin(SHOP), 600_000).unwrap();
}

#[test]
fn a_list_that_was_damaged_is_refused_and_not_taken_for_an_empty_one() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("pairings.json"), b"[{").unwrap();
    assert!(Pairings::open(folder.path().join("pairings.json")).is_err());
}
