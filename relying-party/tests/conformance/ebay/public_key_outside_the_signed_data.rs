//! Hole 2: all tags went into one flat map in which the last one won, so that an unsigned TAG_PUB_KEY replaced the
//! attested one.

use crate::answer::{Ceremony, REG};
use crate::case::case;
use crate::device::point;
use crate::edit::{assertion, inside, plus};
use crate::element::Element;
use crate::models::SURROGATE;

#[test]
fn an_unsigned_public_key_replaces_nothing() {
    let words = "tag 0x2E0C…critical, and not defined at this place";
    let section = "UAF §3.4.6.5 4";
    let foreign = || Element::leaf(0x2E0C, point(99));
    let unsigned_krd = || Element::node(0x3E03, vec![foreign()]);
    for (op, attestation) in [(REG, 0x3E07), (Ceremony::Registration(SURROGATE), 0x3E08)] {
        let name = format!("ebay-2-{attestation:04X}");
        let first = assertion(move |whole| whole.elements().insert(1, foreign()));
        super::closed(&[
            case(
                format!("{name}-at-the-end"),
                section,
                op,
                assertion(plus(foreign())),
                1498,
                words,
            ),
            case(
                format!("{name}-before-the-attestation"),
                section,
                op,
                first,
                1498,
                words,
            ),
            case(
                format!("{name}-in-the-attestation"),
                section,
                op,
                assertion(inside(attestation, plus(foreign()))),
                1498,
                words,
            ),
            case(
                format!("{name}-in-a-second-krd"),
                section,
                op,
                assertion(plus(unsigned_krd())),
                1498,
                "tag 0x3E03…occurs twice",
            ),
        ]);
    }
}
