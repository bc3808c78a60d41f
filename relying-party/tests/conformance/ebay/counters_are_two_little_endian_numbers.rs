//! Hole 10: the client that came with the server never counted, and wrote its two counters as 65536 and 65536 where it
//! meant 1 and 1.

use crate::answer::{AUTH, REG, Situation};
use crate::case::{case, must_be_accepted};
use crate::edit::{change, signed, value};

#[test]
fn counters_in_another_byte_order_are_noticed() {
    let shifted = signed(value(0x2E0D, [0, 0, 1, 0, 0, 0, 1, 0]));
    let words = "TAG_COUNTERS: registration counter exceedingly high";
    let big_endian = signed(change(0x2E0D, |all| {
        all[4..].copy_from_slice(&1_u32.to_be_bytes())
    }));
    let short = "tag 0x2E0D…value has 4 bytes, allowed is 8 to 8";
    super::closed(&[
        case("ebay-10-shifted", "UAF §3.4.6.5 4", REG, shifted, 1492, words),
        case(
            "ebay-10-big-endian",
            "UAF §3.4.6.5 4",
            REG,
            big_endian,
            1492,
            words,
        ),
        case(
            "ebay-10-one-counter",
            "Commands §5.2.1",
            REG,
            signed(value(0x2E0D, [1, 0, 0, 0])),
            1498,
            short,
        ),
    ]);
}

#[test]
fn a_client_that_never_counts_signs_once() {
    let words = "TAG_COUNTERS: signature counter did not advance";
    super::closed(&[case(
        "ebay-10-never-counts",
        "UAF §3.5.7.5",
        AUTH,
        signed(value(0x2E0D, 1_u32.to_le_bytes())),
        1492,
        words,
    )]);
    // What is stored is the number, least byte first.
    let mut counts = Situation::new(AUTH);
    counts.device.counter = 0x0102_0304;
    assert_eq!(must_be_accepted(&mut counts, &[]), Ok(()));
}
