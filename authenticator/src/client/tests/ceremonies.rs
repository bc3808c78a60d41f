//! What comes out when everything is as it should be.

use der::Decode;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::assertion::info::AuthenticationMode;
use smile_protocol::uaf::assertion::registration::Attestation;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::ChannelBinding;
use smile_protocol::uaf::header::{Extension, Upv};
use smile_protocol::uaf::identity::{FacetId, Username};
use smile_protocol::uaf::message::{UafRequest, encode_requests};
use smile_protocol::uaf::policy::Policy;
use smile_protocol::uaf::registration::RegistrationResponse;
use x509_cert::Certificate;

use super::*;
use crate::authenticator::AttestationMode;
use crate::client::facets::NoFetch;

fn verifies(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(public_key).unwrap();
    key.verify(message, &Signature::from_slice(signature).unwrap())
        .is_ok()
}

fn leaf_key(certificate: &[u8]) -> Vec<u8> {
    let certificate = Certificate::from_der(certificate).unwrap();
    let info = certificate.tbs_certificate().subject_public_key_info();
    info.subject_public_key.raw_bytes().to_vec()
}

#[test]
fn basic_full_is_signed_by_the_leaf_and_basic_surrogate_by_the_new_key() {
    for mode in [AttestationMode::BasicFull, AttestationMode::BasicSurrogate] {
        let rehearsal = Rehearsal::with(mode);
        let mut authenticator = rehearsal.enrolled();
        let (response, assertion) = register(&rehearsal, &mut authenticator);
        let krd = &assertion.krd;
        let signer = match &assertion.attestation {
            Attestation::BasicFull { certificates, .. } => leaf_key(&certificates[0]),
            Attestation::BasicSurrogate { .. } => krd.public_key.clone(),
            _ => panic!("neither"),
        };
        assert_eq!(assertion.attestation.kind(), mode.attestation_type());
        assert!(verifies(
            &signer,
            &assertion.signed_bytes,
            assertion.attestation.signature()
        ));
        assert_eq!(krd.aaid, authenticator.aaid());
        let info = &krd.assertion_info;
        assert_eq!(
            info.signature_algorithm,
            AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw
        );
        assert_eq!(info.public_key_format, PublicKeyFormat::EccX962Raw);
        assert_eq!((krd.public_key.len(), krd.key_id.as_bytes().len()), (65, 32));
        assert_eq!((krd.counters.sign_counter, krd.counters.reg_counter), (0, 1));
        // UAF §3.4.6.5: the hash is over the string as it travels.
        let hash: [u8; 32] = Sha256::digest(response.fc_params.as_str()).into();
        assert_eq!(krd.final_challenge_hash.0, hash.into());
    }
}

#[test]
fn the_header_returns_unchanged_and_the_final_challenge_names_app_facet_and_challenge() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let request = registration(&authenticator);
    let (response, _) = register(&rehearsal, &mut authenticator);
    assert_eq!(response.header, request.header);
    let params = response.fc_params.decode().unwrap();
    assert_eq!((params.app_id.as_str(), params.facet_id.as_str()), (APP, FACET));
    assert_eq!(params.challenge, request.challenge);
    assert_eq!(params.channel_binding, ChannelBinding::default());
}

#[test]
fn a_known_channel_is_bound() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    let binding = ChannelBinding {
        server_end_point: Some("c2hh".to_owned()),
        ..ChannelBinding::default()
    };
    let answer = UafClient::new(
        &mut authenticator,
        FacetId::new(FACET).unwrap(),
        Box::new(NoFetch),
    )
    .with_channel_binding(binding.clone())
    .process(&message, &mut NoCamera, &mut rehearsal.screen())
    .unwrap()
    .unwrap();
    let response = RegistrationResponse::decode(&answer).unwrap();
    assert_eq!(response.fc_params.decode().unwrap().channel_binding, binding);
}

#[test]
fn a_login_is_signed_in_mode_1_with_an_empty_transaction_hash() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, registered) = register(&rehearsal, &mut authenticator);
    let request = authentication(&authenticator);
    let (response, assertion) = authenticate(&rehearsal, &mut authenticator, &request).unwrap();
    let data = &assertion.signed_data;
    assert!(verifies(
        &registered.krd.public_key,
        &assertion.signed_bytes,
        &assertion.signature
    ));
    assert_eq!(
        data.assertion_info.authentication_mode,
        AuthenticationMode::UserVerified
    );
    assert_eq!(data.transaction_content_hash, None);
    assert_eq!(data.key_id, registered.krd.key_id);
    assert_eq!(
        data.final_challenge_hash,
        response.fc_params.hash(HashAlgorithm::Sha256)
    );
    assert_eq!(data.authenticator_nonce.len(), 32);
    assert_eq!(data.sign_counter, 1);
    assert_eq!(response.header, request.header);
}

#[test]
fn a_payment_is_shown_first_and_signed_in_mode_2_with_its_hash() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, registered) = register(&rehearsal, &mut authenticator);
    rehearsal.take_diary();
    let text = "Pay 1.45 EUR to Stamps & Co";
    let request = payment(&authenticator, text);
    let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &request).unwrap();
    // The amount before the camera, never after.
    assert_eq!(
        rehearsal.take_diary(),
        [format!("shown: {text}"), "face: Owner".to_owned()]
    );
    let data = &assertion.signed_data;
    assert!(verifies(
        &registered.krd.public_key,
        &assertion.signed_bytes,
        &assertion.signature
    ));
    assert_eq!(
        data.assertion_info.authentication_mode,
        AuthenticationMode::TransactionConfirmed
    );
    let hash = TransactionContentHash::of(HashAlgorithm::Sha256, text.as_bytes());
    assert_eq!(data.transaction_content_hash, Some(hash));
}

#[test]
fn the_sign_counter_rises_by_one_across_restarts() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let mut nonces = Vec::new();
    for expected in 1..=4 {
        let request = authentication(&authenticator);
        let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &request).unwrap();
        assert_eq!(assertion.signed_data.sign_counter, expected);
        assert!(!nonces.contains(&assertion.signed_data.authenticator_nonce));
        nonces.push(assertion.signed_data.authenticator_nonce);
        drop(authenticator);
        authenticator = rehearsal.open();
    }
}

#[test]
fn one_face_signs_one_answer() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    rehearsal.take_diary();
    let request = authentication(&authenticator);
    for _ in 0..3 {
        authenticate(&rehearsal, &mut authenticator, &request).unwrap();
    }
    assert_eq!(rehearsal.take_diary(), ["face: Owner"; 3]);
}

#[test]
fn the_highest_common_version_is_answered() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let of = |upv, authenticator: &Authenticator| {
        let mut request = registration(authenticator);
        request.header.upv = upv;
        UafRequest::Registration(request)
    };
    for (offered, answered) in [
        (vec![Upv::V1_1, Upv::V1_0], Upv::V1_1),
        (vec![Upv::V1_0, Upv::V1_1], Upv::V1_1),
        (vec![Upv::V1_0], Upv::V1_0),
    ] {
        let requests: Vec<_> = offered.iter().map(|upv| of(*upv, &authenticator)).collect();
        let message = encode_requests(&requests).unwrap();
        let answer = process(&rehearsal, &mut authenticator, &message)
            .unwrap()
            .unwrap();
        assert_eq!(
            RegistrationResponse::decode(&answer).unwrap().header.upv,
            answered
        );
    }
}

#[test]
fn criteria_by_attributes_accept_and_the_attestation_asked_for_is_given() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let mut criteria = by_attributes();
    let wanted = [
        AttestationType::BasicSurrogate.code(),
        AttestationType::BasicFull.code(),
    ];
    criteria.attestation_types = Some(wanted.to_vec());
    let mut request = registration(&authenticator);
    request.policy = Policy {
        accepted: vec![vec![criteria]],
        disallowed: Vec::new(),
    };
    let message = request.encode().unwrap();
    let answer = process(&rehearsal, &mut authenticator, &message)
        .unwrap()
        .unwrap();
    let response = RegistrationResponse::decode(&answer).unwrap();
    let assertion = response.assertions[0].decode_assertion().unwrap();
    assert_eq!(assertion.attestation.kind(), AttestationType::BasicFull);
}

#[test]
fn with_several_accounts_the_user_chooses_after_the_face_and_once() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    for name in ["alice", "bob"] {
        let mut request = registration(&authenticator);
        request.username = Username::new(name).unwrap();
        process(&rehearsal, &mut authenticator, &request.encode().unwrap()).unwrap();
    }
    let keys: Vec<_> = authenticator
        .list()
        .unwrap()
        .into_iter()
        .map(|row| row.key_id)
        .collect();
    rehearsal.take_diary();
    let message = authentication(&authenticator).encode().unwrap();
    let mut screen = rehearsal.screen();
    screen.choice = Some(1);
    let answer = process_at(&mut authenticator, &mut screen, &message)
        .unwrap()
        .unwrap();
    let response = AuthenticationResponse::decode(&answer).unwrap();
    let assertion = response.assertions[0].decode_assertion().unwrap();
    assert_eq!(assertion.signed_data.key_id, keys[1]);
    assert_eq!(rehearsal.take_diary(), ["face: Owner", "accounts: alice, bob"]);
    for no_choice in [None, Some(2)] {
        screen.choice = no_choice;
        let refused = process_at(&mut authenticator, &mut screen, &message);
        assert!(matches!(refused, Err(AuthenticatorError::Cancelled)));
    }
    // A policy that names the key leaves nothing to choose.
    let mut request = authentication(&authenticator);
    request.policy = only_key(&authenticator, &keys[0]);
    let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &request).unwrap();
    assert_eq!(assertion.signed_data.key_id, keys[0]);
}

#[test]
fn the_screen_hears_what_is_wrong_with_the_picture() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    let mut screen = rehearsal.screen();
    process_at(&mut authenticator, &mut screen, &message).unwrap();
    assert_eq!(screen.guidance, [smile_face::Guidance::Blurred]);
}

#[test]
fn without_an_app_id_the_facet_stands_for_it() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let mut request = registration(&authenticator);
    request.header.app_id = None;
    let message = request.encode().unwrap();
    let answer = process(&rehearsal, &mut authenticator, &message)
        .unwrap()
        .unwrap();
    let response = RegistrationResponse::decode(&answer).unwrap();
    assert_eq!(response.header.app_id, None, "the header is the request's");
    assert_eq!(response.fc_params.decode().unwrap().app_id.as_str(), FACET);
}

#[test]
fn a_server_that_asks_for_the_user_verification_index_gets_it_in_both_ceremonies() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let asked = Extension {
        id: "fido.uaf.uvi".to_owned(),
        data: String::new(),
        fail_if_unknown: false,
    };
    let mut request = registration(&authenticator);
    request.header.exts = vec![asked.clone()];
    let answer = process(&rehearsal, &mut authenticator, &request.encode().unwrap());
    let response = RegistrationResponse::decode(&answer.unwrap().unwrap()).unwrap();
    let krd = response.assertions[0].decode_assertion().unwrap().krd;
    let mut login = authentication(&authenticator);
    login.header.exts = vec![asked];
    let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &login).unwrap();
    assert_eq!(krd.extensions.len(), 1);
    assert_eq!(assertion.signed_data.extensions, krd.extensions);
    // Who does not ask is not told.
    login.header.exts.clear();
    let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &login).unwrap();
    assert!(assertion.signed_data.extensions.is_empty());
}

#[test]
fn a_server_that_insists_on_the_user_verification_index_gets_it_and_on_what_nobody_knows_is_refused() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let critical = |id: &str| Extension {
        id: id.to_owned(),
        data: String::new(),
        fail_if_unknown: true,
    };
    let refused = |answer: Result<Option<String>, AuthenticatorError>| {
        let refused = answer.unwrap_err().to_string();
        assert!(
            refused.contains("extension `unheard-of` is unknown and marked fail_if_unknown"),
            "{refused}"
        );
    };
    let mut request = registration(&authenticator);
    request.header.exts = vec![critical("fido.uaf.uvi")];
    let message = request.encode().unwrap();
    let unknown = message.replace("fido.uaf.uvi", "unheard-of");
    rehearsal.take_diary();
    refused(process(&rehearsal, &mut authenticator, &unknown));
    assert!(authenticator.list().unwrap().is_empty() && rehearsal.take_diary().is_empty());
    let answer = process(&rehearsal, &mut authenticator, &message)
        .unwrap()
        .unwrap();
    let response = RegistrationResponse::decode(&answer).unwrap();
    let krd = response.assertions[0].decode_assertion().unwrap().krd;
    assert_eq!(krd.extensions.len(), 1);
    assert_eq!(response.header.exts, request.header.exts);

    let mut login = authentication(&authenticator);
    login.header.exts = request.header.exts;
    let unknown = login.encode().unwrap().replace("fido.uaf.uvi", "unheard-of");
    rehearsal.take_diary();
    refused(process(&rehearsal, &mut authenticator, &unknown));
    assert!(rehearsal.take_diary().is_empty());
    let (_, assertion) = authenticate(&rehearsal, &mut authenticator, &login).unwrap();
    assert_eq!(assertion.signed_data.extensions, krd.extensions);
    assert_eq!(
        assertion.signed_data.sign_counter, 1,
        "the refused one counted nothing"
    );
}
