//! Hole 9: 64 bytes of secp256k1 signature were verified on P-256, because their length decided.

use crate::answer::{Ceremony, REG};
use crate::case::case;
use crate::device::{koblitz_sign, point, sign};
use crate::edit::{signed, signing, value};
use crate::models::{KOBLITZ, LEAF_KEY};

#[test]
fn a_signature_counts_only_on_the_curve_of_its_algorithm() {
    let section = "Registry §3.6.1";
    let attestation = "attestation: signature over KRD wrong";
    let signature = "TAG_SIGNATURE: wrong";
    let key = "TAG_PUB_KEY: not a key of its format and algorithm";
    let on_koblitz = |number: u8| signing(move |_, bytes| koblitz_sign(number, bytes));
    let on_p256 = |number: u8| signing(move |_, bytes| sign(number, bytes));
    let registration = Ceremony::Registration(KOBLITZ);
    super::closed(&[
        case(
            "ebay-9-p256-model",
            section,
            REG,
            on_koblitz(LEAF_KEY),
            1496,
            attestation,
        ),
        case(
            "ebay-9-koblitz-model",
            section,
            registration,
            on_p256(1),
            1496,
            attestation,
        ),
        case(
            "ebay-9-p256-key",
            section,
            registration,
            signed(value(0x2E0C, point(1))),
            1494,
            key,
        ),
    ]);
    for (name, op) in [
        ("login", Ceremony::Login(KOBLITZ)),
        ("payment", Ceremony::Payment(KOBLITZ)),
    ] {
        super::closed(&[case(
            format!("ebay-9-{name}"),
            section,
            op,
            on_p256(3),
            1498,
            signature,
        )]);
    }
}
