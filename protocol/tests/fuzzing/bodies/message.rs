//! UAF messages (UAF §3.4 to §3.6), and what both sides do with a policy and a transaction once they are read.

use smile_protocol::ProtocolError;
use smile_protocol::base64url;
use smile_protocol::limits::MESSAGE_BYTES;
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm};
use smile_protocol::uaf::authentication::{AuthenticationResponse, TEXT_PLAIN, Transaction};
use smile_protocol::uaf::identity::{Aaid, KeyId};
use smile_protocol::uaf::message::{UafRequest, decode_request, encode_requests};
use smile_protocol::uaf::policy::{AuthenticatorDescription, Policy};
use smile_protocol::uaf::registration::RegistrationResponse;

use super::check;
use crate::target::Verdict;

/// A request message of any operation and any number of versions.
pub fn request(data: &[u8]) -> Verdict {
    let written = |requests: &Vec<UafRequest>| match encode_requests(requests) {
        Ok(text) => Some(text),
        Err(error) => {
            let complete = requests
                .iter()
                .filter_map(UafRequest::policy)
                .all(|policy| policy.check_complete().is_ok());
            assert!(
                !complete,
                "a receiver may read what a sender must not write, but {error}"
            );
            None
        }
    };
    let requests = check::json(data, MESSAGE_BYTES, decode_request, written)?;
    for request in &requests {
        match request {
            UafRequest::Registration(request) => matching(&request.policy),
            UafRequest::Authentication(request) => {
                matching(&request.policy);
                request.transaction.iter().for_each(transaction);
            }
            UafRequest::Deregistration(request) => {
                let all = request.authenticators.iter().any(|entry| entry.aaid.is_none());
                assert!(
                    !all || request.authenticators.len() == 1,
                    "the entry for everything is alone"
                );
            }
        }
    }
    Ok(())
}

/// Authenticators as different as policies ask for.
fn authenticators() -> [AuthenticatorDescription; 3] {
    let one = |model: u8, verification: u32, algorithm| AuthenticatorDescription {
        aaid: Aaid::new(0xFFFF, model.into()),
        key_ids: vec![KeyId::new(vec![model; 32]).expect("32 bytes")],
        user_verification: verification,
        key_protection: 1,
        matcher_protection: 1,
        attachment_hint: 1,
        tc_display: 3,
        authentication_algorithm: algorithm,
        assertion_scheme: "UAFV1TLV".to_owned(),
        attestation_types: vec![AttestationType::BasicFull, AttestationType::BasicSurrogate],
        authenticator_version: model.into(),
    };
    [
        one(1, 0x10, AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw),
        one(2, 0x12, AuthenticationAlgorithm::RsassaPssSha256Raw),
        one(3, 0x410, AuthenticationAlgorithm::Secp256r1EcdsaSha256Der),
    ]
}

/// UAF §3.2: what is chosen meets its criteria, each by an authenticator of its own, and none is disallowed.
fn matching(policy: &Policy) {
    let authenticators = authenticators();
    let chosen = policy.first_accepted(&authenticators);
    assert_eq!(policy.is_satisfied_by(&authenticators), chosen.is_some());
    let Some(chosen) = chosen else { return };
    let criteria = &policy.accepted[chosen.set];
    assert_eq!(criteria.len(), chosen.authenticators.len());
    for (place, (criterion, index)) in criteria.iter().zip(&chosen.authenticators).enumerate() {
        assert!(criterion.matches(&authenticators[*index]) && !policy.is_disallowed(&authenticators[*index]));
        assert!(
            !chosen.authenticators[..place].contains(index),
            "one authenticator serves twice"
        );
    }
}

/// UAF §3.5.1: text is text that can be shown, and the content is hashed as it travelled.
fn transaction(transaction: &Transaction) {
    let content = transaction.content_bytes().expect("decoding has checked it");
    assert_eq!(base64url::encode(&content), transaction.content);
    let text = transaction.text().expect("decoding has checked it");
    let expected = (transaction.content_type == TEXT_PLAIN).then_some(content);
    assert_eq!(text.map(String::into_bytes), expected);
}

/// Whatever an assertion's text is, reading it is a verdict and not a panic.
fn assertion_inside<T>(decoded: Result<T, ProtocolError>) {
    if let Err(error) = decoded {
        assert!(!error.to_string().is_empty());
    }
}

/// A registration response.
pub fn registration_response(data: &[u8]) -> Verdict {
    let encode = |response: &RegistrationResponse| Some(response.encode().expect("it was read"));
    let response = check::json(data, MESSAGE_BYTES, RegistrationResponse::decode, encode)?;
    for assertion in &response.assertions {
        assertion_inside(assertion.decode_assertion());
    }
    Ok(())
}

/// An authentication response.
pub fn authentication_response(data: &[u8]) -> Verdict {
    let encode = |response: &AuthenticationResponse| Some(response.encode().expect("it was read"));
    let response = check::json(data, MESSAGE_BYTES, AuthenticationResponse::decode, encode)?;
    for assertion in &response.assertions {
        assertion_inside(assertion.decode_assertion());
    }
    Ok(())
}
