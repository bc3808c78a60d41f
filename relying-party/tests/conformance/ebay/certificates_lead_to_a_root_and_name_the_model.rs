//! Hole 4: no chain, no root, no tie between a certificate and the AAID; any certificate would do.

use crate::answer::REG;
use crate::case::case;
use crate::certificates::{Recipe, names_aaid, test_key};
use crate::edit::{assertion, inside, value};
use crate::models::{LEAF_KEY, ROOT_KEY, SURROGATE, leaf_recipe};

#[test]
fn a_certificate_of_anybodys_making_attests_nothing() {
    let section = "UAF §3.4.6.5 4";
    let self_signed = Recipe::leaf("test leaf", "test leaf", test_key(LEAF_KEY)).sign(&test_key(LEAF_KEY));
    let forged = leaf_recipe().sign(&test_key(99));
    let mut other = leaf_recipe();
    other.extensions.push(names_aaid(SURROGATE));
    let other = other.sign(&test_key(ROOT_KEY));
    let of = |id: &str, der: Vec<u8>, words: &str| {
        case(
            id,
            section,
            REG,
            assertion(inside(0x3E07, value(0x2E05, der))),
            1496,
            words,
        )
    };
    super::closed(&[
        of(
            "ebay-4-self-signed",
            self_signed,
            "attestation path: path does not end at a listed root",
        ),
        of(
            "ebay-4-forged",
            forged,
            "attestation path: certificate signature: signature wrong",
        ),
        of(
            "ebay-4-another-model",
            other,
            "attestation path: leaf names another AAID",
        ),
    ]);
}
