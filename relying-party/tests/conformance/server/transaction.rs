//! Transaction confirmation (UAF §3.5.1, §3.5.7.5). The specification judges a transaction only where the assertion says
//! mode 2; here the request decides.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use sha2::{Digest as _, Sha256, Sha384};

use crate::answer::{AUTH, Flaw, PAY, Situation};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{signed, value};
use crate::element::Element;
use crate::json::text;

const SECTION: &str = "UAF §3.5.7.5";

pub fn cases() -> Vec<Case> {
    let mut cases = unconfirmed();
    cases.extend(unasked());
    cases.extend(other_texts());
    cases
}

fn mode(data: &mut Element, mode: u8) {
    data.child(0x2E0E).bytes()[2] = mode;
}

fn unconfirmed() -> Vec<Case> {
    let asked = "TAG_ASSERTION_INFO: a transaction was asked for and mode is not 2";
    let plain = signed(|data| {
        mode(data, 1);
        data.child(0x2E10).bytes().clear();
    });
    let hash = "tag 0x2E10…has to be empty unless a transaction was confirmed";
    vec![
        case("transaction-not-confirmed", SECTION, PAY, plain, 1498, asked),
        case(
            "transaction-hash-in-mode-1",
            "Commands §5.2.2",
            PAY,
            signed(|data| mode(data, 1)),
            1498,
            hash,
        ),
    ]
}

fn unasked() -> Vec<Case> {
    let unasked = "TAG_ASSERTION_INFO: mode 2 or a transaction hash though no transaction was asked for";
    let confirmed = signed(|data| {
        mode(data, 2);
        *data.child(0x2E10).bytes() = Sha256::digest(b"Pay 1.45 EUR").to_vec();
    });
    let hash = "tag 0x2E10…has to be empty unless a transaction was confirmed";
    let length = "tag 0x2E10…value has 0 bytes, allowed is 32 to 32";
    rows! {
        case("confirmed-though-not-asked", SECTION, AUTH, confirmed, 1498, unasked);
        case("hash-though-not-asked", "Commands §5.2.2", AUTH, signed(value(0x2E10, [7; 32])), 1498, hash);
        case("mode-2-without-hash", "Commands §5.2.2", AUTH, signed(|data| mode(data, 2)), 1498, length);
    }
}

/// What is hashed instead of the content, from the content's base64url.
fn hashes(sees: impl Fn(&str) -> Vec<u8> + 'static) -> Flaw {
    Flaw::Signed(Box::new(move |data: &mut Element, situation: &Situation| {
        let content = text(&situation.request, "/transaction/0/content");
        *data.child(0x2E10).bytes() = sees(content);
    }))
}

fn decoded(content: &str) -> Vec<u8> {
    BASE64URL.decode(content).expect("our content is base64url")
}

/// The hash of the text with one part of it replaced.
fn rewritten(content: &str, from: &str, to: &str) -> Vec<u8> {
    let shown = String::from_utf8(decoded(content)).expect("our content is text");
    Sha256::digest(shown.replace(from, to)).to_vec()
}

fn other_texts() -> Vec<Case> {
    let of = |id: &str, sees: fn(&str) -> Vec<u8>| {
        let words = "TAG_TRANSACTION_CONTENT_HASH: not the hash of the transaction";
        case(id, SECTION, PAY, hashes(sees), 1498, words)
    };
    rows! {
        of("text-with-another-amount",
            |content| rewritten(content, "1.45", "9.45"));
        of("text-with-another-payee",
            |content| rewritten(content, "Deutsche Post", "Mallory"));
        of("text-with-a-line-behind", |content| Sha256::digest([decoded(content), vec![b'\n']].concat()).to_vec());
        of("text-as-base64url", |content| Sha256::digest(content).to_vec());
        of("text-hashed-twice", |content| Sha256::digest(Sha256::digest(decoded(content))).to_vec());
        of("text-under-another-hash", |content| Sha384::digest(decoded(content))[..32].to_vec());
        of("text-empty", |_| Sha256::digest(b"").to_vec());
        of("text-hash-of-zeros", |_| vec![0; 32]);
    }
}

#[test]
fn a_transaction_is_confirmed_as_it_was_asked_for() {
    all_hold(&cases());
}
