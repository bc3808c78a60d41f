//! Assertions: each rule of Commands §5.2 broken alone, beside the assertion without the flaw.

mod byte_exact;
mod extensions;

use super::authentication::AuthenticationAssertion;
use super::extension::AssertionExtension;
use super::info::{AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo};
use super::krd::{KeyRegistrationData, RegistrationCounters};
use super::registration::{Attestation, RegistrationAssertion};
use super::signed_data::{SignedData, TransactionContentHash};
use super::tags;
use super::tlv::TlvWriter;
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{Aaid, KeyId};

/// The elements of a structure before they are written, so that one can be changed.
type Elements = Vec<(u16, Vec<u8>)>;

fn write(elements: &Elements, tag: u16) -> Vec<u8> {
    let mut writer = TlvWriter::default();
    for (tag, value) in elements {
        writer = writer.put(*tag, value).expect("short values");
    }
    writer.wrap(tag).expect("short structure")
}

fn krd_elements() -> Elements {
    vec![
        (tags::AAID, b"FFFF#5301".to_vec()),
        (tags::ASSERTION_INFO, vec![1, 0, 1, 1, 0, 0, 1]),
        (tags::FINAL_CHALLENGE_HASH, vec![0xC4; 32]),
        (tags::KEYID, vec![7; 32]),
        (tags::COUNTERS, vec![1, 0, 0, 0, 2, 0, 0, 0]),
        (tags::PUB_KEY, vec![4; 65]),
    ]
}

fn signed_data_elements() -> Elements {
    vec![
        (tags::AAID, b"FFFF#5301".to_vec()),
        (tags::ASSERTION_INFO, vec![1, 0, 2, 1, 0]),
        (tags::AUTHENTICATOR_NONCE, vec![9; 8]),
        (tags::FINAL_CHALLENGE_HASH, vec![0xC4; 32]),
        (tags::TRANSACTION_CONTENT_HASH, vec![0x7C; 32]),
        (tags::KEYID, vec![7; 32]),
        (tags::COUNTERS, vec![3, 0, 0, 0]),
    ]
}

fn surrogate() -> (u16, Vec<u8>) {
    let signature = TlvWriter::default()
        .put(tags::SIGNATURE, &[5; 64])
        .expect("short");
    (tags::ATTESTATION_BASIC_SURROGATE, signature.into_bytes())
}

/// The value of a structure, without its own tag and length.
fn value_of(elements: &Elements) -> Vec<u8> {
    write(elements, 0)[4..].to_vec()
}

fn registration(krd: &Elements) -> Vec<u8> {
    write(
        &vec![(tags::UAFV1_KRD, value_of(krd)), surrogate()],
        tags::UAFV1_REG_ASSERTION,
    )
}

fn authentication(signed_data: &Elements) -> Vec<u8> {
    let parts = vec![
        (tags::UAFV1_SIGNED_DATA, value_of(signed_data)),
        (tags::SIGNATURE, vec![5; 64]),
    ];
    write(&parts, tags::UAFV1_AUTH_ASSERTION)
}

/// The valid registration is accepted, and refused as `kind` at `tag` after `flaw`.
fn krd_refused(flaw: impl Fn(&mut Elements), tag: u16, kind: TlvErrorKind) {
    RegistrationAssertion::decode(&registration(&krd_elements())).expect("accepted without the flaw");
    let mut elements = krd_elements();
    flaw(&mut elements);
    let error = RegistrationAssertion::decode(&registration(&elements)).expect_err("refused");
    let ProtocolError::Tlv {
        tag: named,
        kind: found,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((named, found), (tag, kind));
}

/// The valid authentication is accepted, and refused as `kind` at `tag` after `flaw`.
fn signed_data_refused(flaw: impl Fn(&mut Elements), tag: u16, kind: TlvErrorKind) {
    AuthenticationAssertion::decode(&authentication(&signed_data_elements()))
        .expect("accepted without the flaw");
    let mut elements = signed_data_elements();
    flaw(&mut elements);
    let error = AuthenticationAssertion::decode(&authentication(&elements)).expect_err("refused");
    let ProtocolError::Tlv {
        tag: named,
        kind: found,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((named, found), (tag, kind));
}

fn set(tag: u16, value: &[u8]) -> impl Fn(&mut Elements) {
    let value = value.to_vec();
    move |elements| {
        let element = elements
            .iter_mut()
            .find(|(name, _)| *name == tag)
            .expect("is there");
        element.1.clone_from(&value);
    }
}

fn length(min: usize, max: usize, actual: usize) -> TlvErrorKind {
    TlvErrorKind::WrongLength { min, max, actual }
}

fn krd() -> KeyRegistrationData {
    KeyRegistrationData {
        aaid: Aaid::new(0xFFFF, 0x5301),
        assertion_info: RegistrationAssertionInfo {
            authenticator_version: 1,
            signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
            public_key_format: PublicKeyFormat::EccX962Raw,
        },
        final_challenge_hash: FinalChallengeHash([0xC4; 32].into()),
        key_id: KeyId::new(vec![7; 32]).expect("32 bytes"),
        counters: RegistrationCounters {
            sign_counter: 1,
            reg_counter: 2,
        },
        public_key: vec![4; 65],
        extensions: Vec::new(),
    }
}

fn signed_data() -> SignedData {
    SignedData {
        aaid: Aaid::new(0xFFFF, 0x5301),
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: 1,
            authentication_mode: AuthenticationMode::TransactionConfirmed,
            signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        },
        authenticator_nonce: vec![9; 8],
        final_challenge_hash: FinalChallengeHash([0xC4; 32].into()),
        transaction_content_hash: Some(TransactionContentHash([0x7C; 32].into())),
        key_id: KeyId::new(vec![7; 32]).expect("32 bytes"),
        sign_counter: 3,
        extensions: Vec::new(),
    }
}

#[test]
fn a_registration_decodes_to_its_values_and_back() {
    let bytes = registration(&krd_elements());
    let assertion = RegistrationAssertion::decode(&bytes).expect("accepted");
    let attestation = Attestation::BasicSurrogate {
        signature: vec![5; 64],
    };
    assert_eq!(
        assertion,
        RegistrationAssertion::new(krd(), attestation).expect("short")
    );
    assert_eq!(assertion.attestation.kind(), AttestationType::BasicSurrogate);
    assert_eq!(assertion.signed_bytes, write(&krd_elements(), tags::UAFV1_KRD));
    assert_eq!(assertion.encode().expect("short"), bytes);
}

#[test]
fn an_authentication_decodes_to_its_values_and_back() {
    let bytes = authentication(&signed_data_elements());
    let assertion = AuthenticationAssertion::decode(&bytes).expect("accepted");
    assert_eq!(
        assertion,
        AuthenticationAssertion::new(signed_data(), vec![5; 64]).expect("short")
    );
    assert_eq!(
        assertion.signed_bytes,
        write(&signed_data_elements(), tags::UAFV1_SIGNED_DATA)
    );
    assert_eq!(assertion.encode().expect("short"), bytes);
}

#[test]
fn every_element_of_a_krd_is_required_once() {
    for (tag, _) in krd_elements() {
        let removed = |elements: &mut Elements| elements.retain(|(name, _)| *name != tag);
        krd_refused(removed, tag, TlvErrorKind::Missing);
        let doubled = |elements: &mut Elements| {
            let again = elements
                .iter()
                .find(|(name, _)| *name == tag)
                .expect("is there")
                .clone();
            elements.push(again);
        };
        krd_refused(doubled, tag, TlvErrorKind::Duplicate);
    }
}

#[test]
fn every_element_of_signed_data_is_required_once() {
    for (tag, _) in signed_data_elements() {
        let removed = |elements: &mut Elements| elements.retain(|(name, _)| *name != tag);
        signed_data_refused(removed, tag, TlvErrorKind::Missing);
        let doubled = |elements: &mut Elements| {
            let again = elements
                .iter()
                .find(|(name, _)| *name == tag)
                .expect("is there")
                .clone();
            elements.push(again);
        };
        signed_data_refused(doubled, tag, TlvErrorKind::Duplicate);
    }
}

#[test]
fn the_order_of_elements_does_not_matter() {
    let mut krd = krd_elements();
    krd.reverse();
    RegistrationAssertion::decode(&registration(&krd)).expect("Commands §5.2: any order");
    let mut data = signed_data_elements();
    data.reverse();
    AuthenticationAssertion::decode(&authentication(&data)).expect("Commands §5.2: any order");
}

#[test]
fn values_have_the_length_of_their_definition() {
    krd_refused(
        set(tags::ASSERTION_INFO, &[1, 0, 1, 1, 0]),
        tags::ASSERTION_INFO,
        length(7, 7, 5),
    );
    krd_refused(set(tags::COUNTERS, &[0; 4]), tags::COUNTERS, length(8, 8, 4));
    krd_refused(
        set(tags::FINAL_CHALLENGE_HASH, &[0; 31]),
        tags::FINAL_CHALLENGE_HASH,
        length(32, 32, 31),
    );
    krd_refused(set(tags::KEYID, &[]), tags::KEYID, length(1, 2048, 0));
    krd_refused(set(tags::KEYID, &[0; 2049]), tags::KEYID, length(1, 2048, 2049));
    krd_refused(set(tags::PUB_KEY, &[]), tags::PUB_KEY, length(1, 4096, 0));
    krd_refused(set(tags::AAID, b"FFFF#530"), tags::AAID, length(9, 9, 8));
    let info = tags::ASSERTION_INFO;
    signed_data_refused(set(info, &[1, 0, 2, 1, 0, 0, 1]), info, length(5, 5, 7));
    signed_data_refused(set(tags::COUNTERS, &[0; 8]), tags::COUNTERS, length(4, 4, 8));
    let nonce = tags::AUTHENTICATOR_NONCE;
    signed_data_refused(set(nonce, &[0; 7]), nonce, length(8, 4096, 7));
    let content = tags::TRANSACTION_CONTENT_HASH;
    signed_data_refused(set(content, &[0; 20]), content, length(32, 32, 20));
}

/// UAF §3.4.6.5: both hashes are made with the hash function of the algorithm, which says how long they are.
#[test]
fn hashes_have_the_length_of_the_algorithms_hash_function() {
    let (challenge, content) = (tags::FINAL_CHALLENGE_HASH, tags::TRANSACTION_CONTENT_HASH);
    for (code, bytes) in [(0x01, 32), (0x0A, 48), (0x10, 48), (0x11, 64), (0x12, 64)] {
        let with = |element: u16, actual: usize| {
            let mut krd = krd_elements();
            set(tags::ASSERTION_INFO, &[1, 0, 1, code, 0, 4, 1])(&mut krd);
            let mut data = signed_data_elements();
            set(tags::ASSERTION_INFO, &[1, 0, 2, code, 0])(&mut data);
            let value = |tag: u16| vec![0xC4; if tag == element { actual } else { bytes }];
            set(challenge, &value(challenge))(&mut krd);
            set(challenge, &value(challenge))(&mut data);
            set(content, &value(content))(&mut data);
            (
                RegistrationAssertion::decode(&registration(&krd)).err(),
                AuthenticationAssertion::decode(&authentication(&data)).err(),
            )
        };
        assert_eq!(with(challenge, bytes), (None, None), "{code:#x}");
        for actual in [0, 20, 32, 33, 48, 64, 65]
            .into_iter()
            .filter(|actual| *actual != bytes)
        {
            let is_refused = |error: Option<ProtocolError>, named: u16| {
                let kind = length(bytes, bytes, actual);
                assert!(
                    matches!(error, Some(ProtocolError::Tlv { tag, kind: found, .. }) if tag == named && found == kind),
                    "{code:#x} {actual}: {error:?}"
                );
            };
            let (krd, data) = with(challenge, actual);
            is_refused(krd, challenge);
            is_refused(data, challenge);
            is_refused(with(content, actual).1, content);
        }
    }
}

/// Algorithms that are refused later, by their names, come with whatever hash they have.
#[test]
fn an_algorithm_without_a_hash_function_here_has_any_hash() {
    for code in [0x07, 0x0F, 0x13] {
        for (bytes, read) in [
            (32, true),
            (48, true),
            (64, true),
            (31, false),
            (40, false),
            (65, false),
        ] {
            let mut krd = krd_elements();
            set(tags::ASSERTION_INFO, &[1, 0, 1, code, 0, 4, 1])(&mut krd);
            set(tags::FINAL_CHALLENGE_HASH, &vec![0xC4; bytes])(&mut krd);
            let decoded = RegistrationAssertion::decode(&registration(&krd));
            assert_eq!(decoded.is_ok(), read, "{code:#x} {bytes}");
        }
    }
}

#[test]
fn an_aaid_is_spelled_right() {
    let rule = "is not four hex digits, #, four hex digits";
    krd_refused(
        set(tags::AAID, b"FFFF-5301"),
        tags::AAID,
        TlvErrorKind::BadValue(rule),
    );
    krd_refused(
        set(tags::AAID, &[0xFF; 9]),
        tags::AAID,
        TlvErrorKind::BadValue("is not UTF-8"),
    );
}

#[test]
fn codes_are_in_the_registry() {
    let info = tags::ASSERTION_INFO;
    krd_refused(
        set(info, &[1, 0, 1, 0, 0, 0, 1]),
        info,
        TlvErrorKind::UnknownCode { code: 0 },
    );
    krd_refused(
        set(info, &[1, 0, 1, 1, 0, 5, 1]),
        info,
        TlvErrorKind::UnknownCode { code: 0x0105 },
    );
    signed_data_refused(
        set(info, &[1, 0, 2, 1, 1]),
        info,
        TlvErrorKind::UnknownCode { code: 0x0101 },
    );
}

#[test]
fn a_registration_has_mode_1() {
    let rule = TlvErrorKind::BadValue("the authentication mode of a registration has to be 1");
    krd_refused(
        set(tags::ASSERTION_INFO, &[1, 0, 2, 1, 0, 0, 1]),
        tags::ASSERTION_INFO,
        rule,
    );
}

#[test]
fn an_authentication_has_mode_1_or_2() {
    let rule = TlvErrorKind::BadValue("the authentication mode has to be 1 or 2");
    signed_data_refused(
        set(tags::ASSERTION_INFO, &[1, 0, 3, 1, 0]),
        tags::ASSERTION_INFO,
        rule,
    );
}

#[test]
fn a_transaction_hash_stands_exactly_where_a_transaction_was_confirmed() {
    // Mode 2 needs a hash.
    let content = tags::TRANSACTION_CONTENT_HASH;
    signed_data_refused(set(content, &[]), content, length(32, 32, 0));
    // Mode 1 has none.
    let mode_1 = set(tags::ASSERTION_INFO, &[1, 0, 1, 1, 0]);
    let rule = TlvErrorKind::BadValue("has to be empty unless a transaction was confirmed");
    signed_data_refused(&mode_1, content, rule);
    let mut login = signed_data_elements();
    mode_1(&mut login);
    set(content, &[])(&mut login);
    let login = AuthenticationAssertion::decode(&authentication(&login)).expect("mode 1 without a hash");
    assert_eq!(login.signed_data.transaction_content_hash, None);
}

#[test]
fn an_unknown_critical_element_is_refused_and_another_is_part_of_what_is_signed() {
    let critical = |elements: &mut Elements| elements.push((0x2EEE, vec![1]));
    krd_refused(critical, 0x2EEE, TlvErrorKind::UnknownCritical);
    signed_data_refused(critical, 0x2EEE, TlvErrorKind::UnknownCritical);
    let mut elements = krd_elements();
    elements.push((0x0104, vec![1; 32]));
    let assertion = RegistrationAssertion::decode(&registration(&elements)).expect("not critical");
    assert_eq!(assertion.krd, krd());
    assert_eq!(assertion.signed_bytes, write(&elements, tags::UAFV1_KRD));
}

#[test]
fn an_unsigned_public_key_beside_the_krd_is_refused() {
    let signed = (tags::UAFV1_KRD, value_of(&krd_elements()));
    let honest = vec![signed.clone(), surrogate()];
    RegistrationAssertion::decode(&write(&honest, tags::UAFV1_REG_ASSERTION)).expect("accepted");
    let shadow = vec![signed, surrogate(), (tags::PUB_KEY, vec![6; 65])];
    let error = RegistrationAssertion::decode(&write(&shadow, tags::UAFV1_REG_ASSERTION));
    let refused = matches!(
        error,
        Err(ProtocolError::Tlv {
            tag: tags::PUB_KEY,
            kind: TlvErrorKind::UnknownCritical,
            ..
        })
    );
    assert!(refused, "{error:?}");
}

#[test]
fn a_krd_comes_first_and_once_with_one_attestation() {
    let signed = (tags::UAFV1_KRD, value_of(&krd_elements()));
    let decode = |parts: &Elements| {
        RegistrationAssertion::decode(&write(parts, tags::UAFV1_REG_ASSERTION)).map_err(|error| match error {
            ProtocolError::Tlv { tag, kind, .. } => (tag, kind),
            other => panic!("{other}"),
        })
    };
    decode(&vec![signed.clone(), surrogate()]).expect("accepted");
    let kind = TlvErrorKind::WrongOrder {
        expected: tags::UAFV1_KRD,
    };
    let swapped = vec![surrogate(), signed.clone()];
    assert_eq!(decode(&swapped), Err((tags::ATTESTATION_BASIC_SURROGATE, kind)));
    let twice = vec![signed.clone(), signed.clone(), surrogate()];
    assert_eq!(decode(&twice), Err((tags::UAFV1_KRD, TlvErrorKind::Duplicate)));
    let unattested = vec![signed.clone()];
    assert_eq!(
        decode(&unattested),
        Err((tags::ATTESTATION_BASIC_FULL, TlvErrorKind::Missing))
    );
    let ecdaa = (tags::ATTESTATION_ECDAA, surrogate().1);
    let two = vec![signed.clone(), surrogate(), ecdaa];
    assert_eq!(
        decode(&two),
        Err((tags::ATTESTATION_ECDAA, TlvErrorKind::Duplicate))
    );
    // Signed data of an authentication is no key registration data.
    let other = vec![(tags::UAFV1_SIGNED_DATA, value_of(&krd_elements())), surrogate()];
    assert_eq!(
        decode(&other),
        Err((tags::UAFV1_SIGNED_DATA, TlvErrorKind::UnknownCritical))
    );
}

#[test]
fn a_certified_attestation_needs_a_certificate_and_others_have_none() {
    let signed = (tags::UAFV1_KRD, value_of(&krd_elements()));
    let attested = |kind: u16, certificates: usize| {
        let mut parts = vec![(tags::SIGNATURE, vec![5; 64])];
        parts.extend((1..=certificates).map(|n| (tags::ATTESTATION_CERT, vec![0x30; n])));
        let parts = vec![signed.clone(), (kind, value_of(&parts))];
        RegistrationAssertion::decode(&write(&parts, tags::UAFV1_REG_ASSERTION))
    };
    let (signature, certificates) = (vec![5; 64], vec![vec![0x30], vec![0x30; 2]]);
    let full = attested(tags::ATTESTATION_BASIC_FULL, 2).expect("a chain of two");
    assert_eq!(full.attestation.certificates(), certificates);
    assert_eq!(full.attestation.kind(), AttestationType::BasicFull);
    let by_ca = attested(tags::ATTESTATION_ATTCA, 2).expect("a chain of two");
    let expected = Attestation::AttCa {
        signature,
        certificates,
    };
    assert_eq!(by_ca.attestation, expected);
    for kind in [tags::ATTESTATION_BASIC_FULL, tags::ATTESTATION_ATTCA] {
        let bare = attested(kind, 0);
        assert!(matches!(
            bare,
            Err(ProtocolError::Tlv {
                tag: tags::ATTESTATION_CERT,
                kind: TlvErrorKind::Missing,
                ..
            })
        ));
    }
    // Of the types without a known layout the value is kept, whatever it is.
    let none = attested(tags::ATTESTATION_NONE, 1).expect("carried");
    assert!(matches!(&none.attestation, Attestation::None { value } if value.len() == 73));
    let anonymous = attested(tags::ATTESTATION_ANONCA, 0).expect("carried");
    assert_eq!(anonymous.attestation.kind(), AttestationType::AnonCa);
    attested(tags::ATTESTATION_BASIC_SURROGATE, 0).expect("without certificates");
    let dressed = attested(tags::ATTESTATION_BASIC_SURROGATE, 1);
    let kind = TlvErrorKind::UnknownCritical;
    assert!(
        matches!(dressed, Err(ProtocolError::Tlv { tag: tags::ATTESTATION_CERT, kind: found, .. }) if found == kind)
    );
}

#[test]
fn an_authentication_has_one_signature() {
    let signed = (tags::UAFV1_SIGNED_DATA, value_of(&signed_data_elements()));
    let signature = (tags::SIGNATURE, vec![5; 64]);
    let decode = |parts: &Elements| {
        AuthenticationAssertion::decode(&write(parts, tags::UAFV1_AUTH_ASSERTION)).map_err(
            |error| match error {
                ProtocolError::Tlv { tag, kind, .. } => (tag, kind),
                other => panic!("{other}"),
            },
        )
    };
    decode(&vec![signed.clone(), signature.clone()]).expect("accepted");
    assert_eq!(
        decode(&vec![signed.clone()]),
        Err((tags::SIGNATURE, TlvErrorKind::Missing))
    );
    let twice = vec![signed.clone(), signature.clone(), signature.clone()];
    assert_eq!(decode(&twice), Err((tags::SIGNATURE, TlvErrorKind::Duplicate)));
    let empty = vec![signed.clone(), (tags::SIGNATURE, Vec::new())];
    assert_eq!(decode(&empty), Err((tags::SIGNATURE, length(1, 4096, 0))));
    let swapped = vec![signature, signed];
    let kind = TlvErrorKind::WrongOrder {
        expected: tags::UAFV1_SIGNED_DATA,
    };
    assert_eq!(decode(&swapped), Err((tags::SIGNATURE, kind)));
}

#[test]
fn one_kind_of_assertion_is_not_the_other() {
    let registration = registration(&krd_elements());
    let authentication = authentication(&signed_data_elements());
    RegistrationAssertion::decode(&registration).expect("accepted");
    AuthenticationAssertion::decode(&authentication).expect("accepted");
    assert!(RegistrationAssertion::decode(&authentication).is_err());
    assert!(AuthenticationAssertion::decode(&registration).is_err());
}

#[test]
fn an_assertion_of_more_than_4096_bytes_is_neither_read_nor_written() {
    let sized = |bytes: usize| {
        let overhead = RegistrationAssertion::new(krd(), Attestation::BasicSurrogate { signature: vec![] })
            .and_then(|assertion| assertion.encode())
            .expect("short")
            .len();
        let signature = vec![5; bytes - overhead];
        RegistrationAssertion::new(krd(), Attestation::BasicSurrogate { signature }).expect("short")
    };
    let longest = sized(limits::ASSERTION_BYTES)
        .encode()
        .expect("4096 bytes are written");
    RegistrationAssertion::decode(&longest).expect("and read");
    let error = ProtocolError::TooLarge {
        what: "assertion",
        limit: 4096,
        actual: 4097,
    };
    assert_eq!(sized(4097).encode(), Err(error.clone()));
    assert_eq!(
        RegistrationAssertion::decode(&[&longest[..], &[0]].concat()),
        Err(error)
    );
}
