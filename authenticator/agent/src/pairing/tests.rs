use tempfile::TempDir;

use super::{PAIRING_LIFETIME_MS, Pairings, WRONG_CODES_MAX, WRONG_CODES_UNTIL_LOCKED};
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

/// Types so many wrong codes, in as many pairings as that takes, and returns the time after them.
fn type_wrong(open: &mut Pairings, origin: &Origin, count: u32, mut now_ms: u64) -> u64 {
    for typed in 0..count {
        if typed % (WRONG_CODES_MAX - 1) == 0 {
            now_ms += 600_000;
        }
        let (id, code) = open.begin(origin, now_ms).unwrap();
        let wrong = open.finish(origin, &id, &another(&code), now_ms, 0).unwrap_err();
        assert_eq!(wrong.code, RefusalCode::PairingCodeWrong);
    }
    now_ms + 600_000
}

#[test]
fn an_origin_of_too_many_wrong_codes_is_locked_until_it_is_unlocked_and_others_are_not() {
    let folder = TempDir::new().unwrap();
    let mut open = pairings(&folder);
    let (shop, other) = (origin(SHOP), origin(OTHER));
    let now_ms = type_wrong(&mut open, &shop, WRONG_CODES_UNTIL_LOCKED - 1, 0);
    assert!(open.locked().is_empty() && !open.unlock(SHOP));
    let (id, code) = open.begin(&shop, now_ms).unwrap();
    open.finish(&shop, &id, &code, now_ms, 0).unwrap();
    // A code that was right begins the count anew.
    let mut now_ms = type_wrong(&mut open, &shop, WRONG_CODES_UNTIL_LOCKED - 1, now_ms);
    let (id, code) = open.begin(&shop, now_ms).unwrap();
    open.finish(&shop, &id, &another(&code), now_ms, 0).unwrap_err();
    // Also the right one comes too late, and waiting does not help.
    let late = open.finish(&shop, &id, &code, now_ms, 0).unwrap_err();
    assert_eq!(late.code, RefusalCode::PairingLocked);
    now_ms += 86_400_000;
    assert_eq!(
        open.begin(&shop, now_ms).unwrap_err().code,
        RefusalCode::PairingLocked
    );
    assert_eq!(open.locked(), [SHOP]);
    let (id, code) = open.begin(&other, now_ms).unwrap();
    open.finish(&other, &id, &code, now_ms, 0).unwrap();
    assert!(open.unlock(SHOP) && !open.unlock(SHOP));
    let (id, code) = open.begin(&shop, now_ms).unwrap();
    open.finish(&shop, &id, &code, now_ms, 0).unwrap();
}
