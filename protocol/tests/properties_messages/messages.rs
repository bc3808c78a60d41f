//! Requests and responses (UAF §3.4 to §3.6).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use smile_protocol::error::ProtocolError;
use smile_protocol::uaf::authentication::{
    AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion,
};
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::header::{Operation, Upv};
use smile_protocol::uaf::message::{UafRequest, decode_request, encode_requests};
use smile_protocol::uaf::registration::{
    AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse,
};

use crate::comes_back_from_a_record;
use crate::names::{
    aaid, any_header, challenge, exts, fc_params, final_challenge_params, header, key_id, png, transaction,
    username,
};
use crate::policy::policy;

fn registration(upv: Upv) -> impl Strategy<Value = RegistrationRequest> {
    (header(Operation::Reg, upv), challenge(), username(), policy()).prop_map(
        |(header, challenge, username, policy)| RegistrationRequest {
            header,
            challenge,
            username,
            policy,
        },
    )
}

fn authentication(upv: Upv) -> impl Strategy<Value = AuthenticationRequest> {
    (
        header(Operation::Auth, upv),
        challenge(),
        vec(transaction(), 0..3),
        policy(),
    )
        .prop_map(|(header, challenge, transaction, policy)| AuthenticationRequest {
            header,
            challenge,
            transaction,
            policy,
        })
}

fn deregistration(upv: Upv) -> impl Strategy<Value = DeregistrationRequest> {
    let entry = prop_oneof![
        aaid().prop_map(DeregisterAuthenticator::model),
        (aaid(), key_id()).prop_map(|(aaid, key_id)| DeregisterAuthenticator::key(aaid, key_id)),
    ];
    let entries = prop_oneof![
        9 => vec(entry, 1..4),
        1 => Just(vec![DeregisterAuthenticator::EVERYTHING]),
    ];
    (header(Operation::Dereg, upv), entries).prop_map(|(header, authenticators)| DeregistrationRequest {
        header,
        authenticators,
    })
}

fn request(upv: Upv) -> impl Strategy<Value = UafRequest> {
    prop_oneof![
        registration(upv).prop_map(UafRequest::Registration),
        authentication(upv).prop_map(UafRequest::Authentication),
        deregistration(upv).prop_map(UafRequest::Deregistration),
    ]
}

fn registration_response() -> impl Strategy<Value = RegistrationResponse> {
    let assertion = ("\\PC{1,32}", "\\PC{1,200}", vec(png(), 0..3), exts()).prop_map(
        |(assertion_scheme, assertion, tc_display_png_characteristics, exts)| {
            AuthenticatorRegistrationAssertion {
                assertion_scheme,
                assertion,
                tc_display_png_characteristics,
                exts,
            }
        },
    );
    (any_header(Operation::Reg), fc_params(), vec(assertion, 1..4)).prop_map(
        |(header, fc_params, assertions)| RegistrationResponse {
            header,
            fc_params,
            assertions,
        },
    )
}

fn authentication_response() -> impl Strategy<Value = AuthenticationResponse> {
    let assertion = ("\\PC{1,32}", "\\PC{1,200}", exts()).prop_map(|(assertion_scheme, assertion, exts)| {
        AuthenticatorSignAssertion {
            assertion_scheme,
            assertion,
            exts,
        }
    });
    (any_header(Operation::Auth), fc_params(), vec(assertion, 1..4)).prop_map(
        |(header, fc_params, assertions)| AuthenticationResponse {
            header,
            fc_params,
            assertions,
        },
    )
}

proptest! {
    #[test]
    fn requests_come_back_in_every_version_of_their_message(
        old in request(Upv::V1_0), new in request(Upv::V1_1), newest_first in any::<bool>()
    ) {
        let mut requests = vec![old, new];
        if newest_first {
            requests.reverse();
        }
        let text = encode_requests(&requests).expect("valid");
        prop_assert_eq!(decode_request(&text), Ok(requests.clone()));
        // One version alone, and never the same twice.
        let alone = encode_requests(&requests[..1]).expect("valid");
        prop_assert_eq!(decode_request(&alone), Ok(requests[..1].to_vec()));
        let twice = [requests[0].clone(), requests[0].clone()];
        let upv = requests[0].header().upv;
        let expected = ProtocolError::DuplicateVersion { major: upv.major, minor: upv.minor };
        prop_assert_eq!(encode_requests(&twice), Err(expected));
    }

    #[test]
    fn requests_come_back_from_records(
        (registration, authentication, deregistration) in select(&Upv::SUPPORTED[..])
            .prop_flat_map(|upv| (registration(upv), authentication(upv), deregistration(upv)))
    ) {
        comes_back_from_a_record(&registration)?;
        comes_back_from_a_record(&authentication)?;
        comes_back_from_a_record(&deregistration)?;
        for transaction in &authentication.transaction {
            comes_back_from_a_record(transaction)?;
        }
    }

    #[test]
    fn registration_responses_come_back(response in registration_response()) {
        prop_assert_eq!(RegistrationResponse::decode(&response.encode().expect("valid")), Ok(response.clone()));
        comes_back_from_a_record(&response)?;
    }

    #[test]
    fn authentication_responses_come_back(response in authentication_response()) {
        prop_assert_eq!(AuthenticationResponse::decode(&response.encode().expect("valid")), Ok(response.clone()));
        comes_back_from_a_record(&response)?;
    }

    #[test]
    fn final_challenges_come_back_with_every_channel_binding(params in final_challenge_params()) {
        let encoded = params.encode().expect("short");
        prop_assert_eq!(encoded.decode(), Ok(params.clone()));
        let transmitted = FcParams::from_transmitted(encoded.as_str()).expect("short");
        prop_assert_eq!(transmitted.decode(), Ok(params.clone()));
        comes_back_from_a_record(&encoded)?;
        comes_back_from_a_record(&params)?;
    }
}
