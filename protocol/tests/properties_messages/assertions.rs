//! Assertions with elements that nobody here knows, at any place: what is decoded is encoded byte for byte.

use proptest::collection::vec;
use proptest::prelude::*;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::assertion::tlv::TlvWriter;

type Elements = Vec<Vec<u8>>;

fn element(tag: u16, value: &[u8]) -> Vec<u8> {
    TlvWriter::default().put(tag, value).expect("short").into_bytes()
}

/// Elements without the critical bit that no table lists, and one that the registry does.
fn unknown() -> impl Strategy<Value = Elements> {
    let tag = prop_oneof![any::<u16>(), Just(tags::USER_VERIFICATION_INDEX)];
    let tag = tag.prop_map(|tag| tag & !tags::CRITICAL);
    vec((tag, vec(any::<u8>(), 0..20)), 0..4)
        .prop_map(|list| list.iter().map(|(tag, value)| element(*tag, value)).collect())
}

/// `known` and some unknown elements in any order.
fn mixed(known: Elements) -> impl Strategy<Value = Elements> {
    unknown()
        .prop_map(move |unknown| [known.clone(), unknown].concat())
        .prop_shuffle()
}

fn extensions() -> impl Strategy<Value = Elements> {
    let one = ("[a-z.]{1,32}", vec(any::<u8>(), 0..20), any::<bool>());
    let one = one.prop_map(|(id, data, data_first)| {
        let (id, data) = (
            element(tags::EXTENSION_ID, id.as_bytes()),
            element(tags::EXTENSION_DATA, &data),
        );
        let content = if data_first { [data, id] } else { [id, data] };
        element(tags::EXTENSION, &content.concat())
    });
    vec(one, 0..3)
}

/// The value of signed data, of which `counters` bytes count and `info` says version, mode and algorithms.
fn signed(info: &[u8], counters: usize, more: Elements) -> impl Strategy<Value = Vec<u8>> {
    let mut known = vec![
        element(tags::AAID, b"FFFF#5301"),
        element(tags::ASSERTION_INFO, info),
        element(tags::FINAL_CHALLENGE_HASH, &[0xC4; 32]),
        element(tags::KEYID, &[7; 32]),
        element(tags::COUNTERS, &vec![1; counters]),
        element(tags::AUTHENTICATOR_NONCE, &[9; 8]),
    ];
    known.extend(more);
    extensions()
        .prop_flat_map(move |extensions| mixed([known.clone(), extensions].concat()))
        .prop_map(|elements| elements.concat())
}

/// Every kind of attestation that is read, with whatever stands between its parts.
fn attestation() -> impl Strategy<Value = Vec<u8>> {
    let kinds = [
        (tags::ATTESTATION_BASIC_SURROGATE, 0),
        (tags::ATTESTATION_ECDAA, 0),
        (tags::ATTESTATION_BASIC_FULL, 2),
        (tags::ATTESTATION_ATTCA, 1),
    ];
    prop::sample::select(kinds.to_vec()).prop_flat_map(|(kind, certificates)| {
        let mut known = vec![element(tags::SIGNATURE, &[5; 64])];
        known.extend((1..=certificates).map(|n| element(tags::ATTESTATION_CERT, &vec![0x30; n])));
        mixed(known).prop_map(move |inner| element(kind, &inner.concat()))
    })
}

/// An assertion of `kind`: the signed part, then everything else in any order.
fn assertion(kind: u16, first: Vec<u8>, beside: Elements) -> impl Strategy<Value = Vec<u8>> {
    mixed(beside).prop_map(move |beside| element(kind, &[first.clone(), beside.concat()].concat()))
}

fn registration() -> impl Strategy<Value = Vec<u8>> {
    let more = vec![element(tags::PUB_KEY, &[4; 65])];
    let krd = signed(&[1, 0, 1, 1, 0, 0, 1], 8, more);
    (krd, attestation(), extensions()).prop_flat_map(|(krd, attestation, extensions)| {
        let beside = [vec![attestation], extensions].concat();
        assertion(tags::UAFV1_REG_ASSERTION, element(tags::UAFV1_KRD, &krd), beside)
    })
}

fn authentication() -> impl Strategy<Value = Vec<u8>> {
    let more = vec![element(tags::TRANSACTION_CONTENT_HASH, &[0x7C; 32])];
    let data = signed(&[1, 0, 2, 1, 0], 4, more);
    (data, extensions()).prop_flat_map(|(data, extensions)| {
        let beside = [vec![element(tags::SIGNATURE, &[5; 64])], extensions].concat();
        let first = element(tags::UAFV1_SIGNED_DATA, &data);
        assertion(tags::UAFV1_AUTH_ASSERTION, first, beside)
    })
}

proptest! {
    #[test]
    fn registrations_are_written_as_they_were_read(bytes in registration()) {
        let read = RegistrationAssertion::decode(&bytes).expect("nothing critical");
        prop_assert_eq!(read.encode(), Ok(bytes.clone()));
        prop_assert_eq!(RegistrationAssertion::decode(&bytes), Ok(read));
    }

    #[test]
    fn authentications_are_written_as_they_were_read(bytes in authentication()) {
        let read = AuthenticationAssertion::decode(&bytes).expect("nothing critical");
        prop_assert_eq!(read.encode(), Ok(bytes.clone()));
        prop_assert_eq!(AuthenticationAssertion::decode(&bytes), Ok(read));
    }

    /// Whoever changes an assertion that was read gets what he put there, among what was carried.
    #[test]
    fn what_is_changed_afterwards_is_written(bytes in authentication()) {
        let mut read = AuthenticationAssertion::decode(&bytes).expect("nothing critical");
        let carried = read.encode().expect("short").len();
        read.signature = vec![6; 65];
        read.unsigned_extensions.clear();
        let again = read.encode().expect("short");
        prop_assert!(again.len() <= carried + 1);
        let again = AuthenticationAssertion::decode(&again).expect("sound");
        prop_assert_eq!(again.signature, read.signature);
        prop_assert!(again.unsigned_extensions.is_empty());
    }
}
