//! What an authentication must say (UAF §3.5.7.5, Commands §5.2.2): signed as it stands, and still refused.

use crate::answer::{AUTH, BOBS_KEY, Ceremony, Flaw, PAY};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{change, device, one_less, signed, value};
use crate::models::{SURROGATE, UNKNOWN};

const SECTION: &str = "UAF §3.5.7.5";

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [AUTH, PAY]
        .into_iter()
        .flat_map(|op| [keys(op), info(op), counters(op), hashes(op)])
        .flatten()
        .collect();
    cases.extend(forms());
    cases
}

fn keys(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, flaw: Flaw, code: u16, words: &str| case(id, SECTION, op, flaw, code, words);
    let no_key = "TAG_KEYID: no such key of this user";
    rows! {
        of("aaid-unknown", signed(value(0x2E0B, UNKNOWN)), 1480, "TAG_AAID: no metadata for this AAID");
        of("aaid-of-another-model", signed(value(0x2E0B, SURROGATE)), 1481, no_key);
        of("key-id-unknown", signed(value(0x2E09, [0x77; 32])), 1481, no_key);
        of("key-id-longer", signed(change(0x2E09, |id| id.push(3))), 1481, no_key);
        of("key-id-shorter", signed(change(0x2E09, one_less)), 1481, no_key);
        of("key-id-of-another-user", signed(value(0x2E09, [BOBS_KEY; 32])), 1481, no_key);
        of("key-of-another-user", device(|device| (device.number, device.key_id) = (BOBS_KEY,
            vec![BOBS_KEY; 32])), 1481, no_key);
    }
}

fn info(op: Ceremony) -> Vec<Case> {
    let info = |id: &str, at: usize, new: [u8; 2], code: u16, words: &str| {
        let flaw = signed(change(0x2E0E, move |info| info[at..at + 2].copy_from_slice(&new)));
        case(id, SECTION, op, flaw, code, words)
    };
    let mode = |id: &str, mode: u8| {
        let words = "tag 0x2E0E…the authentication mode has to be 1 or 2";
        case(
            id,
            "Commands §5.2.2",
            op,
            signed(change(0x2E0E, move |info| info[2] = mode)),
            1498,
            words,
        )
    };
    let algorithm = "TAG_ASSERTION_INFO: signature algorithm not the expected one";
    let old = "TAG_ASSERTION_INFO: authenticator version below metadata";
    rows! {
        info("version-below-metadata", 0, [1, 0], 1492, old);
        mode("mode-0", 0);
        mode("mode-3", 3);
        info("algorithm-der", 3, [2, 0], 1495, algorithm);
        info("algorithm-of-another-curve", 3, [5, 0], 1495, algorithm);
        info("algorithm-sm2", 3, [7, 0], 1495, "TAG_ASSERTION_INFO: …SM2");
        info("algorithm-rsa-sha1", 3, [15, 0], 1495, "TAG_ASSERTION_INFO: …SHA-1");
        info("algorithm-ed448", 3, [19, 0], 1495, "TAG_ASSERTION_INFO: …Ed448");
        info("algorithm-unknown", 3, [0xFE, 0xCA], 1498, "tag 0x2E0E…code 0xCAFE is not in the registry");
        info("algorithm-big-endian", 3, [0, 1], 1498, "tag 0x2E0E…code 0x0100 is not in the registry");
    }
}

/// The key is on record with counter 1 and answers with 2.
fn counters(op: Ceremony) -> Vec<Case> {
    let counter = |id: &str, count: u32| {
        let words = "TAG_COUNTERS: signature counter did not advance";
        case(
            id,
            SECTION,
            op,
            signed(value(0x2E0D, count.to_le_bytes())),
            1492,
            words,
        )
    };
    vec![counter("counter-as-before", 1), counter("counter-back-to-0", 0)]
}

fn hashes(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, edit: fn(&mut Vec<u8>)| {
        let words = "TAG_FINAL_CHALLENGE_HASH: not the hash of fcParams";
        case(id, SECTION, op, signed(change(0x2E0A, edit)), 1498, words)
    };
    vec![
        of("hash-flipped-bit", |hash| hash[31] ^= 1),
        of("hash-of-zeros", |hash| hash.fill(0)),
    ]
}

/// The form of what only an authentication has.
fn forms() -> Vec<Case> {
    let section = "Commands §5.2.2";
    let nonce = |id: &str, length: usize| {
        let words = format!("tag 0x2E0F…value has {length} bytes, allowed is 8 to 4096");
        case(
            id,
            section,
            AUTH,
            signed(value(0x2E0F, vec![1; length])),
            1498,
            words,
        )
    };
    let shown = |id: &str, length: usize| {
        let words = format!("tag 0x2E10…value has {length} bytes, allowed is 32 to 32");
        case(
            id,
            section,
            PAY,
            signed(value(0x2E10, vec![1; length])),
            1498,
            words,
        )
    };
    let key_id = |id: &str, length: usize| {
        let words = format!("tag 0x2E09…value has {length} bytes, allowed is 1 to 2048");
        case(
            id,
            "UAF §3.1.5",
            AUTH,
            signed(value(0x2E09, vec![1; length])),
            1498,
            words,
        )
    };
    let aaid = |id: &str, text: &'static [u8], words: &str| {
        let words = format!("tag 0x2E0B at offset 8: {words}");
        case(id, "UAF §3.1.4", AUTH, signed(value(0x2E0B, text)), 1498, words)
    };
    let digits = "is not four hex digits, #, four hex digits";
    rows! {
        nonce("nonce-empty", 0);
        nonce("nonce-7-bytes", 7);
        shown("transaction-hash-empty-in-mode-2", 0);
        shown("transaction-hash-31-bytes", 31);
        shown("transaction-hash-33-bytes", 33);
        key_id("key-id-empty", 0);
        key_id("key-id-2049-bytes", 2049);
        aaid("aaid-without-hash-sign", b"FFFF-5301", digits);
        aaid("aaid-not-hexadecimal", b"FFFG#5301", digits);
        aaid("aaid-not-utf8", b"\xFFFFF#5301", "is not UTF-8");
    }
}

#[test]
fn signed_data_says_what_it_must() {
    all_hold(&cases());
}
