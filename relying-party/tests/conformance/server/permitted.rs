//! What a receiver has to let pass: the suite would also be green on a server that refuses everything unusual.

use serde_json::json;

use crate::answer::{AUTH, Ceremony, Flaw, PAY, REG, Situation};
use crate::case::must_be_accepted;
use crate::certificates::{names_aaid, test_key};
use crate::edit::{
    assertion, change, device, envelope, envelope_by, message, message_text, params, params_text, plus, put,
    signed, value,
};
use crate::element::Element;
use crate::models::{BLIND, FULL, KOBLITZ, KOBLITZ_FULL, ROOT_KEY, SURROGATE, leaf_recipe, root};

/// That the answer with this change is accepted and stored.
fn accepted(op: Ceremony, what: &str, change: Flaw) {
    let verdict = must_be_accepted(&mut Situation::new(op), &[&change]);
    assert_eq!(verdict, Ok(()), "{}: {what}", op.name());
}

#[test]
fn every_model_registers_and_answers() {
    for model in [FULL, SURROGATE, KOBLITZ, KOBLITZ_FULL] {
        for op in [
            Ceremony::Registration(model),
            Ceremony::Login(model),
            Ceremony::Payment(model),
        ] {
            assert_eq!(must_be_accepted(&mut Situation::new(op), &[]), Ok(()), "{op:?}");
        }
    }
    for op in [Ceremony::Registration(BLIND), Ceremony::Login(BLIND)] {
        assert_eq!(must_be_accepted(&mut Situation::new(op), &[]), Ok(()), "{op:?}");
    }
}

#[test]
fn unknown_members_are_ignored_and_versions_chosen() {
    for op in [REG, AUTH, PAY] {
        accepted(
            op,
            "an unknown member",
            message(put("/0/unknown", json!({"a": [1, null]}))),
        );
        accepted(
            op,
            "an unknown member of the header",
            message(put("/0/header/unknown", json!(7))),
        );
        accepted(
            op,
            "an unknown member of an assertion",
            message(put("/0/assertions/0/unknown", "x")),
        );
        accepted(
            op,
            "an unknown member of fcParams",
            params(put("/unknown", json!([]))),
        );
        accepted(
            op,
            "an unknown member of channelBinding",
            params(put("/channelBinding/unknown", json!(1))),
        );
        accepted(
            op,
            "an unknown member around it",
            envelope(put("/unknown", json!(1))),
        );
        accepted(
            op,
            "white space",
            message_text(|text| format!(" \n{}\t", text.replace("\":", "\" : "))),
        );
        accepted(
            op,
            "the facet as a browser may write it",
            params(put("/facetID", "https://SHOP.example/")),
        );
        accepted(op, "version 1.0", message(put("/0/header/upv/minor", 0)));
        accepted(
            op,
            "a version of the future beside ours",
            message(|message| {
                put("/1", json!({"header": {"upv": {"major": 9, "minor": 9}}}))(message);
            }),
        );
        accepted(
            op,
            "an extension that may be ignored",
            message(put(
                "/0/header/exts",
                json!([{"id": "i".repeat(32), "data": "", "fail_if_unknown": false}]),
            )),
        );
        accepted(
            op,
            "its own token",
            envelope_by(|envelope, situation| {
                envelope["context"] = situation.context.to_string().into();
            }),
        );
    }
}

/// UAF §3.4.6.5: the hash is over the text as transmitted, however its JSON is written.
#[test]
fn fc_params_are_hashed_as_transmitted() {
    for op in [REG, AUTH, PAY] {
        accepted(
            op,
            "white space in fcParams",
            params_text(|text| format!("\n {}", text.replace(',', " ,\t"))),
        );
        accepted(
            op,
            "escapes in fcParams",
            params_text(|text| text.replace("https:", "\\u0068ttps:")),
        );
        accepted(
            op,
            "another order in fcParams",
            params_text(|text| {
                let (first, rest) = text[1..text.len() - 1].split_once(',').expect("four members");
                format!("{{{rest},{first}}}")
            }),
        );
        for member in [
            "serverEndPoint",
            "tlsServerCertificate",
            "tlsUnique",
            "cid_pubkey",
        ] {
            accepted(
                op,
                member,
                params(put(format!("/channelBinding/{member}"), "unused")),
            );
        }
    }
}

/// Commands §5.2: order does not matter, unknown elements that are not critical are skipped, extensions pass.
#[test]
fn order_and_unknown_elements_do_not_matter() {
    for op in [REG, AUTH, PAY] {
        accepted(
            op,
            "elements in reverse",
            signed(|data| data.elements().reverse()),
        );
        accepted(
            op,
            "an unknown element that is signed",
            signed(plus(Element::leaf(0x0E7F, *b"x"))),
        );
        accepted(
            op,
            "an unknown element that is not signed",
            assertion(plus(Element::leaf(0x1E7F, *b"x"))),
        );
        accepted(
            op,
            "a user verification index",
            signed(plus(Element::leaf(0x0104, [9; 32]))),
        );
        accepted(op, "a signed extension", signed(plus(Element::extension(false))));
        accepted(
            op,
            "two unsigned extensions",
            assertion(|whole| {
                whole
                    .elements()
                    .extend([Element::extension(false), Element::extension(false)]);
            }),
        );
        accepted(op, "a newer version", device(|device| device.version = 7));
        accepted(
            op,
            "a counter that leaps",
            device(|device| device.counter = u32::MAX),
        );
    }
    accepted(REG, "a nonce in KRD", signed(plus(Element::leaf(0x2E0F, [1; 8]))));
    accepted(
        REG,
        "no registration counter",
        signed(change(0x2E0D, |all| all[4..].fill(0))),
    );
    accepted(
        REG,
        "10000 registrations",
        signed(change(0x2E0D, |all| {
            all[4..].copy_from_slice(&10_000_u32.to_le_bytes());
        })),
    );
    accepted(REG, "an AAID in lower case", signed(value(0x2E0B, *b"ffff#5301")));
    accepted(
        REG,
        "a key that counts nothing",
        device(|device| device.counter = 0),
    );
    accepted(
        REG,
        "a KeyID of 2048 bytes",
        device(|device| device.key_id = vec![7; 2048]),
    );
    accepted(AUTH, "a long nonce", signed(value(0x2E0F, [1; 64])));
}

/// UAF §3.5.7.5: 0 after 0 is an authenticator that does not count.
#[test]
fn a_counter_of_nothing_stays_nothing() {
    for op in [AUTH, PAY] {
        let mut situation = Situation::new(op);
        let uncounted = crate::device::Device {
            counter: 0,
            ..crate::device::Device::new(FULL, 7)
        };
        situation.register("alice", uncounted.clone());
        situation.request = situation.another_request();
        situation.device = uncounted;
        assert_eq!(must_be_accepted(&mut situation, &[]), Ok(()));
    }
}

/// UAF §3.4.6.5: one assertion that nobody asked for is skipped, and takes no other one with it.
#[test]
fn an_assertion_that_nobody_asked_for_is_skipped() {
    for op in [REG, AUTH, PAY] {
        accepted(
            op,
            "an assertion of another scheme beside it",
            message(|message| {
                let mut other = message[0]["assertions"][0].clone();
                other["assertionScheme"] = json!("OTHER");
                put("/0/assertions/1", other)(message);
            }),
        );
    }
}

#[test]
fn certificates_as_they_are_in_the_field_are_accepted() {
    let path = |certificates: Vec<Vec<u8>>| {
        assertion(move |whole| {
            let attestation = whole.child(0x3E07).elements();
            attestation.truncate(1);
            attestation.extend(
                certificates
                    .iter()
                    .map(|der| Element::leaf(0x2E05, der.as_slice())),
            );
        })
    };
    let leaf = |edit: fn(&mut crate::certificates::Recipe)| {
        let mut recipe = leaf_recipe();
        edit(&mut recipe);
        vec![recipe.sign(&test_key(ROOT_KEY))]
    };
    accepted(
        REG,
        "the root in the path",
        path(vec![crate::models::leaf(), root()]),
    );
    accepted(
        REG,
        "a leaf of version 1",
        path(leaf(|leaf| (leaf.version, leaf.extensions) = (0, Vec::new()))),
    );
    accepted(
        REG,
        "a leaf that names its model",
        path(leaf(|leaf| leaf.extensions.push(names_aaid(FULL)))),
    );
    accepted(
        REG,
        "an extension that is not critical",
        path(leaf(|leaf| {
            leaf.extensions.push(("1.2.3.4", false, vec![5, 0]));
        })),
    );
}
