//! Hole 1: the check of `fcParams` was empty, and its hash was never compared.

use crate::answer::{AUTH, PAY, REG};
use crate::case::case;
use crate::edit::{change, fc_params, params, put, signed};
use crate::models::FULL;

#[test]
fn a_foreign_app_facet_or_challenge_and_a_foreign_hash_are_refused() {
    let section = "UAF §3.4.6.5 3";
    for op in [REG, AUTH, PAY] {
        let foreign = |id: &str, pointer: &str, value: &str, code: u16, words: &str| {
            case(id, section, op, params(put(pointer, value)), code, words)
        };
        let hash = "TAG_FINAL_CHALLENGE_HASH: not the hash of fcParams";
        super::closed(&[
            foreign(
                "ebay-1-app",
                "/appID",
                "https://evil.example/facets",
                1498,
                "fcParams.appID",
            ),
            foreign(
                "ebay-1-facet",
                "/facetID",
                "https://evil.example",
                1498,
                "fcParams.facetID",
            ),
            foreign(
                "ebay-1-challenge",
                "/challenge",
                &"A".repeat(43),
                1491,
                "fcParams.challenge",
            ),
            case(
                "ebay-1-hash",
                section,
                op,
                signed(change(0x2E0A, |hash| hash[7] ^= 0x10)),
                1498,
                hash,
            ),
        ]);
    }
}

/// The parameters that were hashed are the ones of a stolen answer; the ones that are sent are right.
#[test]
fn an_answer_made_for_another_facet_does_not_count_with_our_fc_params() {
    let ours = fc_params(|text| text.to_owned());
    let stolen = signed(|data| {
        use sha2::Digest as _;
        *data.child(0x2E0A).bytes() = sha2::Sha256::digest(b"fcParams of another facet").to_vec();
    });
    let words = "TAG_FINAL_CHALLENGE_HASH: not the hash of fcParams";
    let op = crate::answer::Ceremony::Registration(FULL);
    super::closed(&[case("ebay-1-stolen", "UAF §3.4.6.5 4", op, stolen, 1498, words).given(ours)]);
}
