//! Hole 6: the signature counter was neither stored nor compared: a cloned key went unnoticed.

use crate::answer::{AUTH, PAY, Situation};
use crate::case::{case, must_be_accepted};
use crate::edit::{meanwhile, signed, value};

#[test]
fn a_counter_that_does_not_grow_is_a_cloned_key() {
    let words = "TAG_COUNTERS: signature counter did not advance";
    for op in [AUTH, PAY] {
        let stale = |count: u32| signed(value(0x2E0D, count.to_le_bytes()));
        let clone = meanwhile(|situation| {
            let original = situation.world.login("alice");
            let request = situation.world.request("Auth", &original);
            let own = std::mem::replace(&mut situation.request, request);
            assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
            situation.request = own;
        });
        super::closed(&[
            case("ebay-6-as-before", "UAF §3.5.7.5", op, stale(1), 1492, words),
            case("ebay-6-back-to-0", "UAF §3.5.7.5", op, stale(0), 1492, words),
            case("ebay-6-clone", "UAF §3.5.7.5", op, clone, 1492, words).spends(),
        ]);
        let mut grows = Situation::new(op);
        grows.device.counter = 65_537;
        assert_eq!(must_be_accepted(&mut grows, &[]), Ok(()));
    }
}
