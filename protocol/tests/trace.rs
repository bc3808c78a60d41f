//! Properties of byte maps: nothing panics, nothing lies outside, nothing is left out.

use proptest::collection::vec;
use proptest::prelude::*;

use smile_protocol::base64url;
use smile_protocol::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::trace::{Kind, Layer, Place, Trace, trace};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::extension::AssertionExtension;
use smile_protocol::uaf::assertion::info::{
    AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo,
};
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::assertion::signed_data::{SignedData, TransactionContentHash};
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::{Aaid, KeyId};

fn extensions() -> impl Strategy<Value = Vec<AssertionExtension>> {
    let one = ("[a-zäö.]{1,32}", vec(any::<u8>(), 0..40));
    vec(one.prop_map(|(id, data)| AssertionExtension { id, data }), 0..3)
}

fn key_id() -> impl Strategy<Value = KeyId> {
    vec(any::<u8>(), 32..80).prop_map(|bytes| KeyId::new(bytes).expect("32 to 80 bytes"))
}

fn aaid() -> impl Strategy<Value = Aaid> {
    any::<(u16, u16)>().prop_map(|(vendor, model)| Aaid::new(vendor, model))
}

fn attestation() -> impl Strategy<Value = Attestation> {
    let signature = || vec(any::<u8>(), 1..80);
    prop_oneof![
        signature().prop_map(|signature| Attestation::BasicSurrogate { signature }),
        signature().prop_map(|signature| Attestation::Ecdaa { signature }),
        (signature(), vec(vec(any::<u8>(), 1..300), 1..4)).prop_map(|(signature, certificates)| {
            Attestation::BasicFull {
                signature,
                certificates,
            }
        }),
    ]
}

/// Any registration assertion whose key is a point, so that no rule is broken.
fn registration() -> impl Strategy<Value = Vec<u8>> {
    let numbers = (any::<u16>(), any::<[u8; 32]>(), any::<(u32, u32)>());
    let rest = (vec(any::<u8>(), 64), extensions(), attestation(), extensions());
    (aaid(), key_id(), numbers, rest).prop_map(
        |(aaid, key_id, (version, hash, (sign_counter, reg_counter)), (point, extensions, how, unsigned))| {
            let krd = KeyRegistrationData {
                aaid,
                assertion_info: RegistrationAssertionInfo {
                    authenticator_version: version,
                    signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
                    public_key_format: PublicKeyFormat::EccX962Raw,
                },
                final_challenge_hash: FinalChallengeHash(hash.into()),
                key_id,
                counters: RegistrationCounters {
                    sign_counter,
                    reg_counter,
                },
                public_key: [&[4], point.as_slice()].concat(),
                extensions,
            };
            let mut assertion = RegistrationAssertion::new(krd, how).expect("short");
            assertion.unsigned_extensions = unsigned;
            assertion.encode().expect("short")
        },
    )
}

fn authentication() -> impl Strategy<Value = Vec<u8>> {
    let content = prop::option::of(any::<[u8; 32]>().prop_map(|hash| TransactionContentHash(hash.into())));
    let numbers = (any::<u16>(), any::<[u8; 32]>(), any::<u32>());
    let rest = (vec(any::<u8>(), 8..80), extensions(), vec(any::<u8>(), 1..300));
    (aaid(), key_id(), content, numbers, rest).prop_map(
        |(aaid, key_id, content, (version, hash, sign_counter), (nonce, extensions, signature))| {
            let data = SignedData {
                aaid,
                assertion_info: AuthenticationAssertionInfo {
                    authenticator_version: version,
                    authentication_mode: match content {
                        Some(_) => AuthenticationMode::TransactionConfirmed,
                        None => AuthenticationMode::UserVerified,
                    },
                    signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
                },
                authenticator_nonce: nonce,
                final_challenge_hash: FinalChallengeHash(hash.into()),
                transaction_content_hash: content,
                key_id,
                sign_counter,
                extensions,
            };
            let assertion = AuthenticationAssertion::new(data, signature).expect("short");
            assertion.encode().expect("short")
        },
    )
}

/// Where an entry stands next to the layer's other entries.
fn check_layer(layer: &Layer) -> Result<(), TestCaseError> {
    prop_assert!(!layer.entries.is_empty(), "{}", layer.name);
    let mut around: Vec<&smile_protocol::trace::Entry> = Vec::new();
    for entry in &layer.entries {
        prop_assert!(entry.offset + entry.length <= layer.length, "{entry:?}");
        prop_assert!(!entry.meaning.contains(char::is_control), "{entry:?}");
        around.truncate(entry.depth);
        prop_assert_eq!(around.len(), entry.depth, "no level is left out");
        if let Some(outer) = around.last() {
            prop_assert!(entry.offset >= outer.offset);
            prop_assert!(entry.offset + entry.length <= outer.offset + outer.length);
        }
        around.push(entry);
    }
    Ok(())
}

fn check_map(map: &Trace, input: &[u8]) -> Result<(), TestCaseError> {
    let first = map.layers.first().expect("the input is a layer");
    prop_assert_eq!(first.length, input.len());
    prop_assert_eq!(first.inside, None);
    for (index, layer) in map.layers.iter().enumerate() {
        prop_assert!(layer.inside.is_none_or(|outer| outer < index));
        check_layer(layer)?;
    }
    Ok(())
}

/// Every byte of the layer is inside one leaf, and the leaves are in order.
fn check_cover(layer: &Layer) -> Result<(), TestCaseError> {
    let mut next = 0;
    for leaf in layer.leaves() {
        prop_assert_eq!(leaf.offset, next, "{:?}", leaf);
        next += leaf.length;
    }
    prop_assert_eq!(next, layer.length);
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_have_a_map_that_stays_inside_them(bytes in vec(any::<u8>(), 0..600)) {
        check_map(&trace(&bytes), &bytes)?;
    }

    #[test]
    fn any_bytes_behind_a_known_tag_are_covered(
        tag in prop::sample::select(&[0x3E01_u16, 0x3E02, 0x3401, 0x3402, 0x3403, 0x3601, 0x3603][..]),
        length in 0_u16..600, bytes in vec(prop::sample::select(&[0_u8, 1, 2, 4, 9, 0x2E, 0x3E, 0x28, 0x38][..]), 0..600)
    ) {
        let input = [&tag.to_le_bytes()[..], &length.to_le_bytes()[..], &bytes].concat();
        let map = trace(&input);
        check_map(&map, &input)?;
        check_cover(&map.layers[0])?;
    }

    #[test]
    fn any_bytes_behind_the_beginning_of_a_webauthn_structure_are_covered(
        begin in prop::sample::select(&["a363666d74", "a301a2", "a363666d74667061636b65646761747453746d74a0686175746844617461"][..]),
        bytes in vec(prop_oneof![prop::sample::select(&[0xA0_u8, 0xA1, 0x81, 0x58, 0x59, 0x61, 0x45, 0xC5, 0, 1, 2]), any::<u8>()], 0..300)
    ) {
        let input = [hex::decode(begin).expect("hexadecimal"), bytes].concat();
        let map = trace(&input);
        check_map(&map, &input)?;
        for layer in &map.layers {
            check_cover(layer)?;
        }
    }

    #[test]
    fn any_text_has_a_map_that_stays_inside_it(text in "\\PC{0,200}") {
        check_map(&trace(text.as_bytes()), text.as_bytes())?;
    }

    #[test]
    fn any_json_like_text_has_a_map_that_stays_inside_it(
        text in "[\\[{](\\[|\\]|\\{|\\}|:|,|\"(header|upv|op|appID|fcParams|assertions|assertion|uafRequest)\"|\"e30\"|\"AT4EAAM-\"|\"\\\\u00e4\"|null|1|-1|1e9|true|\"Reg\"| |\n){0,40}"
    ) {
        check_map(&trace(text.as_bytes()), text.as_bytes())?;
    }

    #[test]
    fn a_map_reads_as_far_as_the_strict_parser(text in "(\\[|\\]|\\{|\\}|:|,|\"a\"|\"\\\\n\"|null|0|-1.5e3|true| ){1,12}") {
        let text = format!("[{text}]");
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            fn count(value: &serde_json::Value) -> usize {
                1 + match value {
                    serde_json::Value::Array(list) => list.iter().map(count).sum(),
                    serde_json::Value::Object(members) => members.values().map(count).sum(),
                    _ => 0,
                }
            }
            let map = trace(text.as_bytes());
            let entries = &map.layers[0].entries;
            // A member that occurs twice is one value for that parser, and two in the text.
            prop_assert!(entries.len() >= count(&value));
            prop_assert_eq!(entries[0].length, text.len());
        }
    }

    #[test]
    fn every_byte_of_an_assertion_is_in_one_leaf(
        bytes in prop_oneof![registration(), authentication()]
    ) {
        let map = trace(&bytes);
        check_map(&map, &bytes)?;
        check_cover(&map.layers[0])?;
        let broken: Vec<_> = map.broken().collect();
        prop_assert!(broken.is_empty(), "{broken:?}");
        prop_assert!(map.layers[0].entries.iter().all(|entry| entry.name != "unknown"));
    }

    #[test]
    fn base64url_and_hex_of_an_assertion_have_its_map(bytes in authentication()) {
        let plain = trace(&bytes);
        for text in [base64url::encode(&bytes), hex::encode(&bytes), format!("{}\n", base64url::encode(&bytes))] {
            let map = trace(text.as_bytes());
            check_map(&map, text.as_bytes())?;
            prop_assert_eq!(map.kind(), Kind::AuthenticationAssertion);
            prop_assert_eq!(&map.layers[1].entries, &plain.layers[0].entries);
            prop_assert_eq!(map.broken().count(), 0);
        }
    }

    #[test]
    fn a_cut_assertion_is_covered_and_said_to_be_cut(bytes in registration(), cut in any::<prop::sample::Index>()) {
        let bytes = &bytes[..cut.index(bytes.len())];
        prop_assume!(bytes.len() >= 4);
        let map = trace(bytes);
        check_cover(&map.layers[0])?;
        let first = &map.layers[0].entries[0];
        prop_assert_eq!(&first.place, &Place::Tag(0x3E01));
        prop_assert!(first.broken.iter().any(|rule| rule.contains("truncated")), "{:?}", first);
    }

    #[test]
    fn a_changed_byte_never_panics(
        bytes in registration(), position in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = bytes;
        let index = position.index(bytes.len());
        bytes[index] = byte;
        check_map(&trace(&bytes), &bytes)?;
    }
}
