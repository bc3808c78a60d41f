//! From an attestation certificate to a root in metadata (UAF §3.4.6.5 step 4, RFC 5280 §6).

use crate::answer::{Flaw, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::certificates::{
    BASIC_CONSTRAINTS, ECDSA_SHA1, NOW_MS, Recipe, basic_constraints, key_usage, names_aaid, test_key,
};
use crate::edit::{assertion, inside};
use crate::element::Element;
use crate::models::{FULL, LEAF_KEY, ROOT_KEY, SURROGATE, leaf, leaf_recipe, root};

/// The key of an issuer between root and leaf.
const MIDDLE_KEY: u8 = 202;

pub fn cases() -> Vec<Case> {
    let mut cases = leaves();
    cases.extend(anchors());
    cases.extend(issuers());
    cases.extend(shapes());
    cases
}

/// The attestation carries these certificates instead of the one.
fn path(certificates: Vec<Vec<u8>>) -> Flaw {
    assertion(inside(0x3E07, move |attestation| {
        attestation.elements().truncate(1);
        let elements = certificates
            .iter()
            .map(|der| Element::leaf(0x2E05, der.as_slice()));
        attestation.elements().extend(elements);
    }))
}

fn refused(id: &str, section: &'static str, certificates: Vec<Vec<u8>>, words: &str) -> Case {
    case(
        id,
        section,
        REG,
        path(certificates),
        1496,
        format!("attestation path: {words}"),
    )
}

/// The leaf with a change, signed by the root.
fn changed_leaf(edit: fn(&mut Recipe)) -> Vec<u8> {
    let mut recipe = leaf_recipe();
    edit(&mut recipe);
    recipe.sign(&test_key(ROOT_KEY))
}

fn leaves() -> Vec<Case> {
    let one = |id: &str, section: &'static str, edit: fn(&mut Recipe), words: &str| {
        refused(id, section, vec![changed_leaf(edit)], words)
    };
    rows! {
        one("leaf-expired", "RFC 5280 §6.1.3", |leaf| leaf.not_after_s = NOW_MS / 1000 - 1, "certificate expired");
        one("leaf-not-yet-valid", "RFC 5280 §6.1.3", |leaf| leaf.not_before_s = NOW_MS / 1000 + 1,
            "certificate not yet valid");
        one("leaf-for-another-model", "Metadata §4", |leaf| leaf.extensions.push(names_aaid(SURROGATE)),
            "leaf names another AAID");
        one("leaf-for-no-model", "Metadata §4", |leaf| leaf.extensions.push(names_aaid("anything")),
            "leaf names another AAID");
        one("leaf-that-may-not-sign", "RFC 5280 §4.2.1.3", |leaf| leaf.extensions = vec![key_usage(2)],
            "leaf may not sign");
        one("leaf-with-unknown-critical-extension", "RFC 5280 §4.2", |leaf| leaf.extensions.push(("1.2.3.4", true,
            vec![5, 0])), "critical extension not understood");
        one("leaf-with-extension-twice", "RFC 5280 §4.2", |leaf| leaf.extensions.push(key_usage(0)),
            "extension occurs twice");
        one("leaf-of-version-1-with-extensions", "RFC 5280 §4.1.2.9", |leaf| leaf.version = 0,
            "extensions need version 3");
        one("leaf-with-two-algorithms", "RFC 5280 §4.1.1.2", |leaf| leaf.inner_algorithm = "1.2.840.10045.4.3.3",
            "signature and signatureAlgorithm differ");
        one("leaf-with-bad-constraints", "RFC 5280 §4.2.1.9", |leaf| leaf.extensions.push((BASIC_CONSTRAINTS, true,
            vec![5, 0])), "certificate malformed");
        one("leaf-signed-with-sha1", "RFC 5280 §6.1.3", sha1,
            "certificate signature: SHA-1 is refused");
        refused("leaf-not-a-certificate", "RFC 5280 §4.1", vec![b"not a certificate".to_vec()],
            "certificate malformed");
        refused("leaf-cut-short", "RFC 5280 §4.1", vec![leaf()[..leaf().len() - 1].to_vec()], "certificate malformed");
        refused("leaf-with-a-byte-behind", "RFC 5280 §4.1", vec![[leaf(), vec![0]].concat()], "certificate malformed");
        case("leaf-of-another-key",
            "UAF §3.4.6.5 4", REG, path(vec![changed_leaf(|leaf| leaf.key = test_key(99))]), 1496,
            "attestation: signature over KRD wrong");
    }
}

fn sha1(leaf: &mut Recipe) {
    leaf.inner_algorithm = ECDSA_SHA1;
    leaf.outer_algorithm = ECDSA_SHA1;
}

fn anchors() -> Vec<Case> {
    let section = "UAF §3.4.6.5 4";
    let stranger = |issuer: &'static str, key: u8| {
        Recipe::leaf("test leaf", issuer, test_key(LEAF_KEY)).sign(&test_key(key))
    };
    let same_name = Recipe::authority("test root", "test root", test_key(98)).sign(&test_key(98));
    let own = Recipe::authority("test leaf", "test leaf", test_key(LEAF_KEY)).sign(&test_key(LEAF_KEY));
    let mut flipped = leaf();
    *flipped.last_mut().expect("not empty") ^= 1;
    rows! {
        refused("issued-under-another-name", section, vec![stranger("other root", ROOT_KEY)],
            "path does not end at a listed root");
        refused("issued-by-another-key", section, vec![stranger("test root", 98)],
            "certificate signature: signature wrong");
        refused("certificate-with-flipped-bit", section, vec![flipped], "certificate signature: signature wrong");
        refused("root-of-the-same-name", section, vec![stranger("test root", 98), same_name],
            "certificate signature: signature wrong");
        refused("self-signed", section, vec![own], "path does not end at a listed root");
        refused("something-after-the-root", section, vec![leaf(), root(), root()],
            "path does not end at a listed root");
    }
}

/// A path of three: the leaf, an issuer that the change makes unfit, the listed root.
fn by_way_of(edit: fn(&mut Recipe)) -> Vec<Vec<u8>> {
    let leaf = Recipe::leaf("test leaf", "test middle", test_key(LEAF_KEY)).sign(&test_key(MIDDLE_KEY));
    let mut middle = Recipe::authority("test middle", "test root", test_key(MIDDLE_KEY));
    edit(&mut middle);
    vec![leaf, middle.sign(&test_key(ROOT_KEY)), root()]
}

fn issuers() -> Vec<Case> {
    let one = |id: &str, section: &'static str, edit: fn(&mut Recipe), words: &str| {
        refused(id, section, by_way_of(edit), words).given(path(by_way_of(|_| ())))
    };
    rows! {
        one("issuer-no-ca", "RFC 5280 §6.1.4", |middle| middle.extensions = vec![basic_constraints(false, None)],
            "issuer is no CA");
        one("issuer-says-nothing", "RFC 5280 §6.1.4", |middle| middle.extensions = vec![key_usage(5)],
            "issuer is no CA");
        one("issuer-of-version-1", "RFC 5280 §6.1.4",
            |middle| (middle.version, middle.extensions) = (0, Vec::new()), "issuer is no CA");
        one("issuer-may-not-certify", "RFC 5280 §6.1.4",
            |middle| middle.extensions = vec![basic_constraints(true, None), key_usage(0)], "issuer may not sign certificates");
        one("issuer-expired", "RFC 5280 §6.1.3", |middle| middle.not_after_s = NOW_MS / 1000 - 1,
            "certificate expired");
        one("issuer-not-yet-valid", "RFC 5280 §6.1.3", |middle| middle.not_before_s = NOW_MS / 1000 + 1,
            "certificate not yet valid");
        one("issuer-under-another-name", "RFC 5280 §6.1.3", |middle| middle.subject = "test other",
            "issuer is not the subject of the next");
        one("issuer-of-another-key", "RFC 5280 §6.1.3", |middle| middle.key = test_key(97),
            "certificate signature: signature wrong");
        refused("issuer-below-an-end", "RFC 5280 §6.1.4", below_an_end(0),
            "path longer than pathLenConstraint").given(path(below_an_end(1)));
    }
}

/// A path of four whose upper issuer allows this many issuers below it; there is one.
fn below_an_end(allowed: u8) -> Vec<Vec<u8>> {
    let leaf = Recipe::leaf("test leaf", "test lower", test_key(LEAF_KEY)).sign(&test_key(MIDDLE_KEY));
    let lower = Recipe::authority("test lower", "test upper", test_key(MIDDLE_KEY)).sign(&test_key(96));
    let mut upper = Recipe::authority("test upper", "test root", test_key(96));
    upper.extensions = vec![basic_constraints(true, Some(allowed)), key_usage(5)];
    vec![leaf, lower, upper.sign(&test_key(ROOT_KEY)), root()]
}

fn shapes() -> Vec<Case> {
    let section = "UAF §3.4.6.5 4";
    let middle = || by_way_of(|_| ());
    let order = |order: [usize; 3]| order.map(|index| middle()[index].clone()).to_vec();
    let sound = || path(middle());
    rows! {
        refused("path-without-its-middle", section, order([0, 2, 2])[..2].to_vec(),
            "issuer is not the subject of the next").given(sound());
        refused("path-from-the-root", section, order([2, 1, 0]), "path does not end at a listed root").given(sound());
        refused("path-with-leaf-twice", section, order([0, 0, 1]), "issuer is no CA").given(sound());
        refused("path-of-six", section, vec![leaf(); 6], "1..=5 certificates expected");
        refused("path-to-the-leaf-of-another", section, vec![ Recipe::leaf(FULL,
            "test leaf", test_key(LEAF_KEY)).sign(&test_key(LEAF_KEY)), leaf(), ], "issuer is no CA");
    }
}

#[test]
fn the_attestation_certificate_leads_to_a_root() {
    all_hold(&cases());
}
