//! Messages between client and ASM (ASM §3).

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm};
use smile_protocol::uaf::asm::{
    AppRegistration, AsmOperation, AsmOutput, AsmRequest, AsmResponse, AsmStatusCode, AssertionOut,
    AuthenticateIn, AuthenticatorInfo, DeregisterIn, RegisterIn,
};
use smile_protocol::uaf::header::Upv;

use crate::names::{aaid, app_id, exts, fc_params, key_id, png, transaction, username};

fn register() -> impl Strategy<Value = AsmOperation> {
    (app_id(), username(), fc_params(), select(AttestationType::ALL)).prop_map(
        |(app_id, username, final_challenge, attestation_type)| {
            AsmOperation::Register(RegisterIn {
                app_id,
                username,
                final_challenge,
                attestation_type,
            })
        },
    )
}

fn authenticate() -> impl Strategy<Value = AsmOperation> {
    (
        app_id(),
        vec(key_id(), 0..3),
        fc_params(),
        vec(transaction(), 0..3),
    )
        .prop_map(|(app_id, key_ids, final_challenge, transaction)| {
            AsmOperation::Authenticate(AuthenticateIn {
                app_id,
                key_ids,
                final_challenge,
                transaction,
            })
        })
}

fn operation() -> impl Strategy<Value = AsmOperation> {
    prop_oneof![
        Just(AsmOperation::GetInfo),
        register(),
        authenticate(),
        (app_id(), option::of(key_id()))
            .prop_map(|(app_id, key_id)| AsmOperation::Deregister(DeregisterIn { app_id, key_id })),
        Just(AsmOperation::GetRegistrations),
        Just(AsmOperation::OpenSettings),
    ]
}

fn info() -> impl Strategy<Value = AuthenticatorInfo> {
    let versions = vec(
        any::<(u16, u16)>().prop_map(|(major, minor)| Upv { major, minor }),
        1..3,
    );
    let numbers = any::<(u16, u32, u16, u16, u32, u16)>();
    let kinds = subsequence(AttestationType::ALL, 1..=AttestationType::ALL.len());
    let model = (
        aaid(),
        "\\PC{0,32}",
        select(AuthenticationAlgorithm::ALL),
        kinds,
        versions,
    );
    let display = (
        option::of("\\PC{0,20}"),
        vec(png(), 0..3),
        vec("\\PC{0,32}", 0..3),
    );
    let words = (
        option::of("\\PC{0,20}"),
        option::of("\\PC{0,20}"),
        option::of("\\PC{0,20}"),
    );
    (numbers, any::<[bool; 4]>(), model, display, words).prop_map(
        |(numbers, flags, model, display, words)| AuthenticatorInfo {
            authenticator_index: numbers.0,
            asm_versions: model.4,
            is_user_enrolled: flags[0],
            has_settings: flags[1],
            aaid: model.0,
            assertion_scheme: model.1,
            authentication_algorithm: model.2,
            attestation_types: model.3,
            user_verification: numbers.1,
            key_protection: numbers.2,
            matcher_protection: numbers.3,
            attachment_hint: numbers.4,
            is_second_factor_only: flags[2],
            is_roaming_authenticator: flags[3],
            supported_extension_ids: display.2,
            tc_display: numbers.5,
            tc_display_content_type: display.0,
            tc_display_png_characteristics: display.1,
            title: words.0,
            description: words.1,
            icon: words.2,
        },
    )
}

/// What the operation gives back where it succeeds.
fn output(operation: &AsmOperation) -> BoxedStrategy<AsmOutput> {
    match operation {
        AsmOperation::GetInfo => vec(info(), 0..3).prop_map(AsmOutput::Authenticators).boxed(),
        AsmOperation::Register(_) | AsmOperation::Authenticate(_) => ("\\PC{1,200}", "\\PC{1,32}")
            .prop_map(|(assertion, assertion_scheme)| {
                AsmOutput::Assertion(AssertionOut {
                    assertion,
                    assertion_scheme,
                })
            })
            .boxed(),
        AsmOperation::GetRegistrations => {
            let one = (app_id(), vec(key_id(), 1..3))
                .prop_map(|(app_id, key_ids)| AppRegistration { app_id, key_ids });
            vec(one, 0..3).prop_map(AsmOutput::Registrations).boxed()
        }
        AsmOperation::Deregister(_) | AsmOperation::OpenSettings => Just(AsmOutput::Nothing).boxed(),
    }
}

/// An answer to the operation, whatever became of it.
fn response(operation: &AsmOperation) -> impl Strategy<Value = AsmResponse> + use<> {
    (
        output(operation),
        select(AsmStatusCode::ALL),
        any::<bool>(),
        exts(),
    )
        .prop_map(|(output, status, succeeds, exts)| {
            let answer = match status {
                AsmStatusCode::Ok => AsmResponse::ok(output),
                _ if succeeds => AsmResponse::ok(output),
                failure => AsmResponse::failed(failure),
            };
            AsmResponse { exts, ..answer }
        })
}

proptest! {
    #[test]
    fn asm_requests_come_back(
        operation in operation(), version in any::<(u16, u16)>(), index in any::<u16>(), exts in exts()
    ) {
        let request = AsmRequest {
            asm_version: Upv { major: version.0, minor: version.1 }.into(),
            authenticator_index: (operation != AsmOperation::GetInfo).then_some(index),
            operation,
            exts,
        };
        prop_assert_eq!(AsmRequest::decode(&request.encode()), Ok(request));
    }

    #[test]
    fn asm_responses_come_back(
        (operation, response) in operation().prop_flat_map(|operation| {
            let response = response(&operation);
            (Just(operation), response)
        })
    ) {
        prop_assert_eq!(AsmResponse::decode(&response.encode(), &operation), Ok(response));
    }

    #[test]
    fn any_text_is_an_asm_response_or_refused(text in any::<String>(), operation in operation()) {
        let read = AsmResponse::decode(&text, &operation);
        prop_assert_eq!(read.is_ok(), false, "no text without a status code is one");
    }
}
