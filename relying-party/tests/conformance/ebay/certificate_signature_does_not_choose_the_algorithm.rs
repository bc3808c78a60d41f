//! Hole 5: the algorithm that a certificate was signed with decided how the assertion was verified, so that a secp256k1
//! key below an RSA root, as authenticators in the field have it, could not attest at all.

use crate::answer::{Ceremony, Situation};
use crate::case::{case, must_be_accepted};
use crate::device::sign;
use crate::edit::{signature, signing};
use crate::models::{KOBLITZ_FULL, LEAF_KEY};

const OP: Ceremony = Ceremony::Registration(KOBLITZ_FULL);

#[test]
fn a_secp256k1_key_in_a_certificate_signed_with_rsa_attests() {
    assert_eq!(must_be_accepted(&mut Situation::new(OP), &[]), Ok(()));
    let words = "attestation: signature over KRD wrong";
    super::closed(&[
        case(
            "ebay-5-flipped",
            "UAF §3.4.6.5 4",
            OP,
            signature(|bytes| bytes[0] ^= 1),
            1496,
            words,
        ),
        case(
            "ebay-5-other-curve",
            "UAF §3.4.6.5 4",
            OP,
            signing(|_, bytes| sign(LEAF_KEY, bytes)),
            1496,
            words,
        ),
    ]);
}
