//! What messages alone do not reach: rules that guard this crate's functions against their callers, each broken by itself
//! beside a use that is right.

use smile_protocol::ProtocolError;
use smile_protocol::base64url;
use smile_protocol::key::{EcCurve, EcPoint};
use smile_protocol::registry::AuthenticationAlgorithm;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::info::{AuthenticationAssertionInfo, AuthenticationMode};
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::authentication::{AuthenticatorSignAssertion, TEXT_PLAIN, Transaction};
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::deregistration::DeregisterAuthenticator;
use smile_protocol::uaf::identity::{Aaid, KeyId};
use smile_protocol::uaf::policy::{MatchCriteria, Policy};
use smile_protocol::uaf::transport::is_uaf_content_type;

const AAID: Aaid = Aaid::new(0xFFFF, 0x5301);

fn key(byte: u8) -> KeyId {
    KeyId::new(vec![byte; 32]).expect("32 bytes")
}

/// An authentication assertion with a nonce of this many bytes.
fn assertion(nonce: usize) -> AuthenticationAssertion {
    let signed_data = SignedData {
        aaid: AAID,
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: 1,
            authentication_mode: AuthenticationMode::UserVerified,
            signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        },
        authenticator_nonce: vec![7; nonce],
        final_challenge_hash: FinalChallengeHash([1; 32].into()),
        transaction_content_hash: None,
        key_id: key(1),
        sign_counter: 1,
        extensions: Vec::new(),
    };
    AuthenticationAssertion::new(signed_data, vec![1; 64]).expect("a TLV holds it")
}

/// Registry §3.6.2: a coordinate is as long as its curve's, on its own and not only together with the other one.
#[test]
fn a_point_has_two_coordinates_of_its_curves_length() {
    let point = |x: usize, y: usize| EcPoint::new(EcCurve::P256, &vec![1; x], &vec![1; y]);
    assert!(point(32, 32).is_some());
    for (x, y) in [(31, 32), (33, 32), (32, 31), (32, 33), (33, 31)] {
        assert_eq!(point(x, y), None, "{x} and {y} bytes");
    }
}

/// UAF §3.4.3: 4096 bytes, for whoever reads or writes an assertion without JSON around it.
#[test]
fn an_authentication_assertion_has_at_most_4096_bytes() {
    let length = assertion(100).encode().expect("short").len();
    let longest = assertion(100 + 4096 - length);
    let bytes = longest.encode().expect("4096 bytes are allowed");
    assert_eq!(AuthenticationAssertion::decode(&bytes), Ok(longest));
    let longer = assertion(100 + 4097 - length);
    let too_large = |error: ProtocolError| matches!(error, ProtocolError::TooLarge { actual: 4097, .. });
    assert!(longer.encode().is_err_and(too_large));
    let mut bytes = bytes;
    for at in [2, 6, 8 + 13 + 9 + 2] {
        let raised = u16::from_le_bytes([bytes[at], bytes[at + 1]]) + 1;
        bytes[at..at + 2].copy_from_slice(&raised.to_le_bytes());
    }
    bytes.insert(8 + 13 + 9 + 4, 7);
    assert!(AuthenticationAssertion::decode(&bytes).is_err_and(too_large));
}

/// UAF §5.1: another scheme is not read as ours.
#[test]
fn an_assertion_of_another_scheme_is_not_decoded() {
    let mut answer = AuthenticatorSignAssertion::uafv1tlv(&assertion(8)).expect("short");
    assert_eq!(answer.decode_assertion(), Ok(assertion(8)));
    answer.assertion_scheme = "WAV1CBOR".to_owned();
    let refused = answer.decode_assertion().expect_err("another scheme");
    assert_eq!(refused.to_string(), "assertionScheme: has to be UAFV1TLV");
}

/// UAF §3.5.1: text that was not read from a message is no less text.
#[test]
fn the_text_of_a_transaction_is_printable() {
    let transaction = |text: &[u8]| Transaction {
        content_type: TEXT_PLAIN.to_owned(),
        content: base64url::encode(text),
        tc_display_png_characteristics: None,
    };
    assert_eq!(
        transaction(b"Pay 1.45 EUR").text(),
        Ok(Some("Pay 1.45 EUR".to_owned()))
    );
    for bad in [&b""[..], b"Pay\r9.45 EUR", &[b'a'; 201], "é".as_bytes()] {
        assert!(transaction(bad).text().is_err(), "{bad:?}");
    }
}

/// UAF §3.6.2.
#[test]
fn an_entry_of_a_deregistration_covers_what_it_names() {
    let other = Aaid::new(0xFFFF, 0x5302);
    let one = DeregisterAuthenticator::key(AAID, key(1));
    assert!(one.covers(AAID, &key(1)));
    assert!(!one.covers(AAID, &key(2)) && !one.covers(other, &key(1)));
    let model = DeregisterAuthenticator::model(AAID);
    assert!(model.covers(AAID, &key(1)) && model.covers(AAID, &key(2)));
    assert!(!model.covers(other, &key(1)));
    assert!(DeregisterAuthenticator::EVERYTHING.covers(other, &key(9)));
}

/// UAF §3.1.11: without AAIDs a criterion names algorithms and schemes; with them it names nothing of their kind.
#[test]
fn a_sender_completes_its_criteria() {
    let by_kind = || MatchCriteria {
        authentication_algorithms: Some(vec![1]),
        assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
        ..MatchCriteria::default()
    };
    let policy = |accepted: MatchCriteria, disallowed: MatchCriteria| Policy {
        accepted: vec![vec![accepted]],
        disallowed: vec![disallowed],
    };
    let by_aaid = || MatchCriteria::for_aaid(AAID);
    assert_eq!(policy(by_aaid(), by_aaid()).check_complete(), Ok(()));
    assert_eq!(policy(by_kind(), by_kind()).check_complete(), Ok(()));
    let without_scheme = MatchCriteria {
        assertion_schemes: None,
        ..by_kind()
    };
    let without_algorithm = MatchCriteria {
        authentication_algorithms: None,
        ..by_kind()
    };
    let combined = MatchCriteria {
        aaid: by_aaid().aaid,
        ..by_kind()
    };
    for bad in [without_scheme, without_algorithm, combined] {
        let accepted = policy(bad.clone(), by_aaid())
            .check_complete()
            .expect_err("incomplete");
        assert!(
            accepted.to_string().starts_with("policy.accepted[0][0]"),
            "{accepted}"
        );
        let disallowed = policy(by_aaid(), bad).check_complete().expect_err("incomplete");
        assert!(
            disallowed.to_string().starts_with("policy.disallowed[0]"),
            "{disallowed}"
        );
    }
}

/// Transport §8.3.2.
#[test]
fn a_content_type_has_no_parameter_but_its_character_set() {
    assert!(is_uaf_content_type("application/fido+uaf"));
    assert!(is_uaf_content_type("Application/FIDO+UAF; charset=\"UTF-8\""));
    for bad in [
        "application/fido+uaf; boundary=utf-8",
        "application/fido+uaf; charset=latin1",
        "application/fido+uaf; charset",
        "application/json; charset=utf-8",
        "",
    ] {
        assert!(!is_uaf_content_type(bad), "{bad}");
    }
}
