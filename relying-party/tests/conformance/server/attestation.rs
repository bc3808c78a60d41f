//! Who vouches for a new key (UAF §3.4.6.5 step 4): the types of attestation, and the signature over all of KRD.

use sha2::{Digest as _, Sha256};

use crate::answer::{Ceremony, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::device::sign;
use crate::edit::{assertion, one_less, signature, signing};
use crate::element::Element;
use crate::models::{BLIND, FULL_ONLY, LEAF_KEY, SURROGATE, leaf};

const SECTION: &str = "UAF §3.4.6.5 4";
const SURROGATE_REG: Ceremony = Ceremony::Registration(SURROGATE);

pub fn cases() -> Vec<Case> {
    let mut cases = types();
    for op in [REG, SURROGATE_REG] {
        cases.extend(signatures(op));
        cases.extend(what_is_signed(op));
    }
    cases.extend(signers());
    cases
}

/// Attests the KRD in another way; the signature is a right one of its kind.
fn attested_by(make: impl Fn(&[u8]) -> Element + 'static) -> crate::answer::Flaw {
    assertion(move |whole| {
        let krd = whole.elements()[0].encode();
        whole.elements()[1] = make(&krd);
    })
}

fn surrogate(krd: &[u8]) -> Element {
    Element::node(
        0x3E08,
        vec![Element::leaf(0x2E06, sign(crate::answer::NEW_KEY, krd))],
    )
}

fn full(krd: &[u8]) -> Element {
    let signature = Element::leaf(0x2E06, sign(LEAF_KEY, krd));
    Element::node(0x3E07, vec![signature, Element::leaf(0x2E05, leaf())])
}

fn ecdaa(_: &[u8]) -> Element {
    bare(0x3E09)
}

/// An attestation with a signature and nothing else.
fn bare(tag: u16) -> Element {
    Element::node(tag, vec![Element::leaf(0x2E06, [1; 64])])
}

fn types() -> Vec<Case> {
    let full_only = Ceremony::Registration(FULL_ONLY);
    let surrogate_only = Ceremony::Registration(BLIND);
    let listed = "attestation: type not in metadata or not accepted";
    let rootless = "attestation: certificates without attestationRootCertificates in metadata";
    let unverified = |name: &str| format!("attestation: {name} is not verified by this server");
    let roots = "attestation: Basic Surrogate though metadata lists roots";
    rows! {
        case("surrogate-not-listed", SECTION, full_only, attested_by(surrogate), 1496, listed);
        case("full-not-listed", SECTION, surrogate_only, attested_by(full), 1496, listed);
        case("ecdaa-not-listed", SECTION, full_only, attested_by(ecdaa), 1496, unverified("TAG_ATTESTATION_ECDAA"));
        case("full-without-roots", SECTION, SURROGATE_REG, attested_by(full), 1496, rootless);
        case("surrogate-around-roots", SECTION, REG, attested_by(surrogate), 1496, roots);
        case("ecdaa-listed", SECTION, REG, attested_by(ecdaa), 1496, unverified("TAG_ATTESTATION_ECDAA"));
        case("none", SECTION, REG, attested_by(|_| bare(0x3E0B)), 1496, unverified("ATTESTATION_NONE"));
        case("anonymisation-ca", SECTION, REG, attested_by(|_| bare(0x3E0C)), 1496, unverified("ATTESTATION_ANONCA"));
    }
}

const WRONG: &str = "attestation: signature over KRD wrong";

fn name(op: Ceremony) -> &'static str {
    if op == REG { "full" } else { "surrogate" }
}

/// Registry §3.6.1: R ‖ S, 32 bytes each.
fn signatures(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, edit: fn(&mut Vec<u8>)| {
        case(
            format!("signature-{id}-{}", name(op)),
            "Registry §3.6.1",
            op,
            signature(edit),
            1496,
            WRONG,
        )
    };
    rows! {
        of("flipped-bit-in-r", |bytes| bytes[0] ^= 1);
        of("flipped-bit-in-s", |bytes| bytes[63] ^= 1);
        of("short", one_less);
        of("long", |bytes| bytes.push(0));
        of("of-zeros", |bytes| bytes.fill(0));
        of("r-of-zeros", |bytes| bytes[..32].fill(0));
        of("halves-swapped", |bytes| bytes.rotate_left(32));
        of("beyond-the-order", |bytes| bytes[32..].fill(0xFF));
        of("in-der", in_der);
        of("twice", |bytes| bytes.extend(bytes.clone()));
    }
}

/// `SEQUENCE { r, s }`, as algorithm 2 has it.
pub fn in_der(raw: &mut Vec<u8>) {
    let signature = p256::ecdsa::Signature::from_slice(raw).expect("it was a raw signature");
    *raw = signature.to_der().as_bytes().to_vec();
}

/// Commands §5.2.1: the signature is over tag, length and value of KRD, hashed once.
fn what_is_signed(op: Ceremony) -> Vec<Case> {
    let of = |id: &str, sees: fn(&[u8]) -> Vec<u8>| {
        let flaw = signing(move |device, bytes| device.attest(&sees(bytes)));
        case(
            format!("signed-{id}-{}", name(op)),
            "Commands §5.2.1",
            op,
            flaw,
            1496,
            WRONG,
        )
    };
    rows! {
        of("value-alone", |krd| krd[4..].to_vec());
        of("hash-of-krd", |krd| Sha256::digest(krd).to_vec());
        of("nothing", |_| Vec::new());
        of("krd-in-its-assertion", |krd| [&[1, 0x3E], krd].concat());
    }
}

fn signers() -> Vec<Case> {
    let by = |id: &str, op: Ceremony, number: u8| {
        case(
            id,
            SECTION,
            op,
            signing(move |_, bytes| sign(number, bytes)),
            1496,
            WRONG,
        )
    };
    let after =
        |id: &str, op: Ceremony, edit: fn(&mut Element)| case(id, SECTION, op, assertion(edit), 1496, WRONG);
    rows! {
        by("signed-by-a-stranger-full", REG, 99);
        by("signed-by-a-stranger-surrogate", SURROGATE_REG, 99);
        by("full-signed-by-the-new-key", REG, crate::answer::NEW_KEY);
        by("full-signed-by-the-root", REG, crate::models::ROOT_KEY);
        by("surrogate-signed-by-an-attestation-key", SURROGATE_REG, LEAF_KEY);
        after("krd-changed-after-signing-full", REG, |whole| whole.elements()[0].child(0x2E0D).bytes()[0] ^= 2);
        after("krd-changed-after-signing-surrogate", SURROGATE_REG,
            |whole| { whole.elements()[0].child(0x2E0D).bytes()[0] ^= 2; });
        after("krd-reordered-after-signing", REG, |whole| whole.elements()[0].elements().swap(3, 4));
        after("extension-slipped-into-krd", REG,
            |whole| whole.elements()[0].elements().push(Element::extension(false)));
        after("unknown-element-slipped-into-krd", REG,
            |whole| { whole.elements()[0].elements().push(Element::leaf(0x0E7F, *b"x")); });
    }
}

#[test]
fn the_attestation_vouches_for_this_key() {
    all_hold(&cases());
}
