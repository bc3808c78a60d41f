//! The signature of an authentication, the keys that may answer, and what became of them meanwhile (UAF §3.5.7.5).

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::answer::{ALICES_KEY, AUTH, BOBS_KEY, Ceremony, Flaw, PAY, Situation};
use crate::case::{Case, all_hold, case, rows};
use crate::device::{Device, sign};
use crate::edit::{assertion, meanwhile, message, one_less, put, signature, signing};
use crate::element::Element;
use crate::models::{BLIND, FULL, LEAF_KEY, WITHOUT_DISPLAY, WITHOUT_TEXT};
use crate::server::attestation::in_der;

const SECTION: &str = "UAF §3.5.7.5";

pub fn cases() -> Vec<Case> {
    let all = [AUTH, PAY].into_iter();
    let mut cases: Vec<Case> = all
        .flat_map(|op| {
            [
                signatures(op),
                what_is_signed(op),
                numbers_of_assertions(op),
                keys_since(op),
            ]
        })
        .flatten()
        .collect();
    cases.extend(blind());
    cases.extend(versions());
    cases
}

const WRONG: &str = "TAG_SIGNATURE: wrong";

fn signatures(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, edit: fn(&mut Vec<u8>)| {
        case(
            format!("signature-{id}"),
            "Registry §3.6.1",
            op,
            signature(edit),
            1498,
            WRONG,
        )
    };
    let by = |id: &str, number: u8| {
        let flaw = signing(move |_, bytes| sign(number, bytes));
        case(id, SECTION, op, flaw, 1498, WRONG)
    };
    let empty = "tag 0x2E06…value has 0 bytes";
    rows! {
        case("signature-empty", "Commands §5.2.2", op, signature(Vec::clear), 1498, empty);
        of("flipped-bit-in-r", |bytes| bytes[0] ^= 1);
        of("flipped-bit-in-s", |bytes| bytes[63] ^= 1);
        of("short", one_less);
        of("long", |bytes| bytes.push(0));
        of("of-zeros", |bytes| bytes.fill(0));
        of("halves-swapped", |bytes| bytes.rotate_left(32));
        of("in-der", in_der);
        by("signed-by-a-stranger", 99);
        by("signed-by-another-users-key", BOBS_KEY);
        by("signed-by-the-attestation-key", LEAF_KEY);
    }
}

/// Commands §5.2.2: the signature is over tag, length and value of SIGNED_DATA, hashed once.
fn what_is_signed(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, sees: fn(&[u8]) -> Vec<u8>| {
        let flaw = signing(move |device, bytes| device.sign(&sees(bytes)));
        case(format!("signed-{id}"), "Commands §5.2.2", op, flaw, 1498, WRONG)
    };
    let after = |id: &str, edit: fn(&mut Element)| {
        let flaw = assertion(move |whole| edit(&mut whole.elements()[0]));
        case(format!("after-signing-{id}"), SECTION, op, flaw, 1498, WRONG)
    };
    rows! {
        of("value-alone", |data| data[4..].to_vec());
        of("hash-of-data", |data| Sha256::digest(data).to_vec());
        of("nothing", |_| Vec::new());
        after("counter-raised", |data| data.child(0x2E0D).bytes()[0] += 1);
        after("nonce-changed", |data| data.child(0x2E0F).bytes()[0] ^= 1);
        after("elements-reordered", |data| data.elements().swap(4, 5));
        after("extension-slipped-in", |data| data.elements().push(Element::extension(false)));
        after("unknown-element-slipped-in", |data| data.elements().push(Element::leaf(0x0E7F, *b"x")));
    }
}

fn numbers_of_assertions(op: Ceremony) -> Vec<Case> {
    let copies = |count: usize| {
        message(move |message| {
            let one = message[0]["assertions"][0].clone();
            put("/0/assertions", json!(vec![one; count]))(message);
        })
    };
    let unasked = "assertions: more than one accepted set of the policy asks for";
    vec![
        case("two-assertions", "UAF §3.2", op, copies(2), 1498, unasked).spends(),
        case(
            "nine-assertions",
            "UAF §3.5.5",
            op,
            copies(9),
            1498,
            "assertions: none, or too many",
        )
        .spends(),
    ]
}

/// Keys that came or went between request and response.
fn keys_since(op: Ceremony) -> Vec<Case> {
    let gone = |situation: &mut Situation| situation.world.deregister("alice", &[ALICES_KEY; 32]);
    let new = |situation: &mut Situation| {
        situation.register("alice", Device::new(FULL, 7));
        situation.device = Device {
            counter: 2,
            ..Device::new(FULL, 7)
        };
    };
    let moved_on = |situation: &mut Situation| {
        let hers = situation.device.clone();
        situation.world.deregister("alice", &[ALICES_KEY; 32]);
        situation.register("bob", Device { counter: 1, ..hers });
    };
    rows! {
        case("key-deregistered", SECTION, op, meanwhile(gone), 1481, "TAG_KEYID: no such key of this user").spends();
        case("key-registered-anew-by-another", SECTION, op, meanwhile(moved_on), 1481,
            "TAG_KEYID: no such key of this user").spends();
        case("key-not-asked-for", "UAF §3.5.7.1", op, meanwhile(new), 1492, "policy: not satisfied").spends();
    }
}

/// UAF §3.5.7.1: a key whose authenticator cannot show the transaction does not take part in it.
fn blind() -> Vec<Case> {
    let of = |id: &str, model: &'static str| {
        let key = move |counter: u32| Device {
            counter,
            ..Device::new(model, 7)
        };
        let answers = meanwhile(move |situation| situation.device = key(2));
        let also = meanwhile(move |situation| situation.register("alice", key(1)));
        case(id, "UAF §3.5.7.1", PAY, answers, 1492, "policy: not satisfied")
            .given(also)
            .given(asked_again())
            .spends()
    };
    vec![
        of("key-that-shows-nothing", BLIND),
        of("key-without-display", WITHOUT_DISPLAY),
        of("key-that-shows-no-text", WITHOUT_TEXT),
    ]
}

/// Asks again, so that the request knows the keys of now.
fn asked_again() -> Flaw {
    meanwhile(|situation| situation.request = situation.another_request())
}

/// The version may rise, and must not fall again.
fn versions() -> Vec<Case> {
    let updated = || {
        meanwhile(|situation| {
            situation.device.version = 4;
            assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
            situation.context = situation.ceremony.permit(&situation.world, "alice");
            situation.request = situation.another_request();
            situation.device.counter += 1;
        })
    };
    let back = |version: u16| meanwhile(move |situation| situation.device.version = version);
    let words = "TAG_ASSERTION_INFO: authenticator version went back";
    let of = |id: &str, op: Ceremony, version: u16| {
        case(id, SECTION, op, back(version), 1492, words)
            .given(updated())
            .spends()
    };
    vec![of("version-went-back", AUTH, 3), of("version-went-back", PAY, 2)]
}

#[test]
fn only_a_key_that_was_asked_signs() {
    all_hold(&cases());
}
