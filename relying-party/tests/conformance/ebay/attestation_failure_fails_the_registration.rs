//! Hole 3: a failed attestation was noted in the record and the registration succeeded; a surrogate one was never
//! verified at all.

use crate::answer::{Ceremony, REG};
use crate::case::case;
use crate::device::sign;
use crate::edit::{signature, signing};
use crate::models::SURROGATE;

#[test]
fn a_registration_with_a_wrong_attestation_is_no_registration() {
    let words = "attestation: signature over KRD wrong";
    let section = "UAF §3.4.6.5 4";
    for (op, name) in [(REG, "full"), (Ceremony::Registration(SURROGATE), "surrogate")] {
        super::closed(&[
            case(
                format!("ebay-3-flipped-{name}"),
                section,
                op,
                signature(|bytes| bytes[40] ^= 4),
                1496,
                words,
            ),
            case(
                format!("ebay-3-stranger-{name}"),
                section,
                op,
                signing(|_, bytes| sign(99, bytes)),
                1496,
                words,
            ),
        ]);
    }
}
