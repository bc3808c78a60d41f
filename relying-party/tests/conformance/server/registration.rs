//! What key registration data must say (UAF §3.4.6.5 step 4, §3.1.4, §3.1.5): signed as it stands, and still refused.

use crate::answer::{ALICES_KEY, BOBS_KEY, Ceremony, Flaw, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::device::{Device, point};
use crate::edit::{change, device, message, one_less, put, signed, value};
use crate::models::{FULL, SURROGATE, UNKNOWN};
use serde_json::json;

const ELSEWHERE: &str = "UAF §3.4.6.5 4";

pub fn cases() -> Vec<Case> {
    let models = [REG, Ceremony::Registration(SURROGATE)];
    let mut cases: Vec<Case> = [
        aaid(),
        info(),
        counters(),
        key_ids(),
        public_keys(),
        keys_on_record(),
    ]
    .into_iter()
    .flatten()
    .collect();
    cases.extend(models.into_iter().flat_map(hashes));
    cases.extend(numbers_of_assertions());
    cases
}

fn reg(id: &str, flaw: Flaw, code: u16, words: &str) -> Case {
    case(id, ELSEWHERE, REG, flaw, code, words)
}

fn aaid() -> Vec<Case> {
    let malformed = |id: &str, text: &'static [u8], words: &str| {
        let words = format!("tag 0x2E0B at offset 8: {words}");
        case(id, "UAF §3.1.4", REG, signed(value(0x2E0B, text)), 1498, words)
    };
    let digits = "is not four hex digits, #, four hex digits";
    rows! {
        reg("aaid-unknown", signed(value(0x2E0B, UNKNOWN)), 1480, "TAG_AAID: no metadata for this AAID");
        malformed("aaid-without-hash-sign", b"FFFF-5301", digits);
        malformed("aaid-not-hexadecimal", b"FFFG#5301", digits);
        malformed("aaid-with-sign", b"+FFF#5301", digits);
        malformed("aaid-hash-sign-elsewhere", b"FFFFF#301", digits);
        malformed("aaid-two-hash-signs", b"FFFF##301", digits);
        malformed("aaid-not-utf8", b"\xFFFFF#5301", "is not UTF-8");
    }
}

fn info() -> Vec<Case> {
    let info = |id: &str, at: usize, new: [u8; 2], code: u16, words: &str| {
        let flaw = signed(change(0x2E0E, move |info| info[at..at + 2].copy_from_slice(&new)));
        reg(id, flaw, code, words)
    };
    let mode = |id: &str, mode: u8| {
        let words = "tag 0x2E0E…the authentication mode of a registration has to be 1";
        case(
            id,
            "Commands §5.2.1",
            REG,
            signed(change(0x2E0E, move |info| info[2] = mode)),
            1498,
            words,
        )
    };
    let old = "TAG_ASSERTION_INFO: authenticator version below metadata";
    let algorithm = "TAG_ASSERTION_INFO: signature algorithm not the expected one";
    let format = "TAG_ASSERTION_INFO: public key format not the one in metadata";
    rows! {
        info("version-below-metadata", 0, [1, 0], 1492, old);
        info("version-0", 0, [0, 0], 1492, old);
        mode("mode-0", 0);
        mode("mode-2", 2);
        mode("mode-255", 255);
        info("algorithm-der", 3, [2, 0], 1495, algorithm);
        info("algorithm-of-another-curve", 3, [5, 0], 1495, algorithm);
        info("algorithm-rsa", 3, [8, 0], 1495, algorithm);
        info("algorithm-0", 3, [0, 0], 1498, "tag 0x2E0E…code 0x0000 is not in the registry");
        info("algorithm-sm2", 3, [7, 0], 1495, "TAG_ASSERTION_INFO: …SM2");
        info("algorithm-rsa-sha1", 3, [15, 0], 1495, "TAG_ASSERTION_INFO: …SHA-1");
        info("algorithm-ed448", 3, [19, 0], 1495, "TAG_ASSERTION_INFO: …Ed448");
        info("algorithm-unknown", 3, [0xFE, 0xCA], 1498, "tag 0x2E0E…code 0xCAFE is not in the registry");
        info("algorithm-big-endian", 3, [0, 1], 1498, "tag 0x2E0E…code 0x0100 is not in the registry");
        info("key-format-der", 5, [1, 1], 1494, format);
        info("key-format-cose", 5, [4, 1], 1494, format);
        info("key-format-unknown", 5, [5, 1], 1498, "tag 0x2E0E…code 0x0105 is not in the registry");
        info("key-format-0", 5, [0, 0], 1498, "tag 0x2E0E…code 0x0000 is not in the registry");
    }
}

fn counters() -> Vec<Case> {
    let registrations = |id: &str, count: u32| {
        let words = "TAG_COUNTERS: registration counter exceedingly high";
        let flaw = signed(change(0x2E0D, move |all| {
            all[4..].copy_from_slice(&count.to_le_bytes())
        }));
        reg(id, flaw, 1492, words)
    };
    vec![
        registrations("registrations-10001", 10_001),
        registrations("registrations-all", u32::MAX),
    ]
}

fn key_ids() -> Vec<Case> {
    let of = |id: &str, length: usize| {
        let words = "TAG_KEYID: not 32..=2048 bytes";
        case(
            id,
            "UAF §3.1.5",
            REG,
            signed(value(0x2E09, vec![1; length])),
            1494,
            words,
        )
    };
    let outside = |id: &str, length: usize| {
        let words = format!("tag 0x2E09…value has {length} bytes, allowed is 1 to 2048");
        case(
            id,
            "UAF §3.1.5",
            REG,
            signed(value(0x2E09, vec![1; length])),
            1498,
            words,
        )
    };
    rows! {
        of("key-id-31-bytes", 31);
        of("key-id-1-byte", 1);
        outside("key-id-empty", 0);
        outside("key-id-2049-bytes", 2049);
    }
}

fn public_keys() -> Vec<Case> {
    let of = |id: &str, edit: fn(&mut Vec<u8>)| {
        let words = "TAG_PUB_KEY: not a key of its format and algorithm";
        case(
            id,
            "Registry §3.6.2",
            REG,
            signed(change(0x2E0C, edit)),
            1494,
            words,
        )
    };
    rows! {
        case("key-empty", "Registry §3.6.2", REG, signed(value(0x2E0C, [])), 1498, "tag 0x2E0C…value has 0 bytes");
        of("key-off-its-curve", |key| key[64] ^= 1);
        of("key-one-byte-short", one_less);
        of("key-one-byte-long", |key| key.push(0));
        of("key-without-its-second-half", |key| key.truncate(33));
        of("key-compressed", |key| { key.truncate(33); key[0] = 2; });
        of("key-hybrid", |key| key[0] = 6 + (key[64] & 1));
        of("key-rotated", |key| key.rotate_left(1));
        of("key-at-infinity", |key| *key = vec![0]);
        of("key-of-zeros", |key| key[1..].fill(0));
        of("key-beyond-its-field", |key| key[1..33].fill(0xFF));
    }
}

/// UAF §3.4.6.5: FinalChallengeHash is the hash of `fcParams` as transmitted.
fn hashes(op: Ceremony) -> Vec<Case> {
    let model = if op == REG { "full" } else { "surrogate" };
    let of = |id: &str, edit: fn(&mut Vec<u8>)| {
        let words = "TAG_FINAL_CHALLENGE_HASH: not the hash of fcParams";
        case(
            format!("hash-{id}-{model}"),
            "UAF §3.4.6.5 4",
            op,
            signed(change(0x2E0A, edit)),
            1498,
            words,
        )
    };
    rows! {
        of("flipped-bit", |hash| hash[31] ^= 1);
        of("first-bit", |hash| hash[0] ^= 0x80);
        of("of-zeros", |hash| hash.fill(0));
    }
}

/// UAF §3.4.6.1, §3.4.6.5: a key is registered once, by whomever.
fn keys_on_record() -> Vec<Case> {
    let number = |number: u8| move |device: &mut Device| *device = Device::new(FULL, number);
    let taken = "credential: (AAID, KeyID) already registered";
    let disallowed = "policy: not satisfied";
    let only_its_name = signed(value(0x2E09, vec![BOBS_KEY; 32]));
    let only_its_name_hers = signed(value(0x2E09, vec![ALICES_KEY; 32]));
    let same_public_key = signed(|krd| {
        *krd.child(0x2E0C).bytes() = point(BOBS_KEY);
        *krd.child(0x2E09).bytes() = vec![BOBS_KEY; 32];
    });
    rows! {
        case("key-of-another-user", "UAF §3.4.6.5 5", REG, device(number(BOBS_KEY)), 1494, taken);
        case("key-id-of-another-user", "UAF §3.4.6.5 5", REG, only_its_name, 1494, taken);
        case("key-of-another-user-again", "UAF §3.4.6.5 5", REG, same_public_key, 1494, taken);
        case("key-registered-before", "UAF §3.4.6.1", REG, device(number(ALICES_KEY)), 1492, disallowed);
        case("key-id-registered-before", "UAF §3.4.6.1", REG, only_its_name_hers, 1492, disallowed);
    }
}

/// UAF §3.2, §3.4.5: as many assertions as the policy asks for.
fn numbers_of_assertions() -> Vec<Case> {
    let copies = |count: usize| {
        message(move |message| {
            let one = message[0]["assertions"][0].clone();
            put("/0/assertions", json!(vec![one; count]))(message);
        })
    };
    let many = "assertions: none, or too many";
    rows! {
        reg("two-assertions", copies(2), 1498,
            "assertions: more than one accepted set of the policy asks for").spends();
        reg("nine-assertions", copies(9), 1498, many).spends();
        reg("forty-assertions", copies(40), 1498, many).spends();
    }
}

#[test]
fn key_registration_data_says_what_it_must() {
    all_hold(&cases());
}
