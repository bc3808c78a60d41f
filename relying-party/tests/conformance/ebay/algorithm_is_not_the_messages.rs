//! Hole 8: the algorithm and the format of the key were the ones that the message named.

use crate::answer::{AUTH, Flaw, PAY, REG};
use crate::case::case;
use crate::edit::{change, signed};

fn info(at: usize, code: u16) -> Flaw {
    signed(change(0x2E0E, move |info| {
        info[at..at + 2].copy_from_slice(&code.to_le_bytes())
    }))
}

#[test]
fn the_message_does_not_choose_its_algorithm() {
    let algorithm = "TAG_ASSERTION_INFO: signature algorithm not the expected one";
    let format = "TAG_ASSERTION_INFO: public key format not the one in metadata";
    for op in [REG, AUTH, PAY] {
        super::closed(&[
            case("ebay-8-der", "UAF §3.4.6.5 4", op, info(3, 2), 1495, algorithm),
            case(
                "ebay-8-secp256k1",
                "UAF §3.4.6.5 4",
                op,
                info(3, 5),
                1495,
                algorithm,
            ),
            case("ebay-8-rsa", "UAF §3.4.6.5 4", op, info(3, 8), 1495, algorithm),
        ]);
    }
    super::closed(&[
        case(
            "ebay-8-key-in-der",
            "UAF §3.4.6.5 4",
            REG,
            info(5, 0x101),
            1494,
            format,
        ),
        case(
            "ebay-8-key-of-rsa",
            "UAF §3.4.6.5 4",
            REG,
            info(5, 0x102),
            1494,
            format,
        ),
    ]);
}
