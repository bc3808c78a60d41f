//! ASM requests and responses: round trips, and each rule broken alone.

use serde_json::{Value, json};

use super::*;
use crate::error::{FieldRule, ProtocolError};
use crate::registry::{AttestationType, AuthenticationAlgorithm};
use crate::uaf::authentication::Transaction;
use crate::uaf::challenge::FcParams;
use crate::uaf::header::{Extension, Upv};
use crate::uaf::identity::{Aaid, AppId, KeyId, Username};

fn app_id() -> AppId {
    AppId::new("https://pay.example/facets").expect("short")
}

fn operations() -> Vec<AsmOperation> {
    let final_challenge = FcParams::from_transmitted("e30").expect("short");
    let key_id = KeyId::new(vec![7; 32]).expect("32 bytes");
    vec![
        AsmOperation::GetInfo,
        AsmOperation::Register(RegisterIn {
            app_id: app_id(),
            username: Username::new("alice").expect("short"),
            final_challenge: final_challenge.clone(),
            attestation_type: AttestationType::BasicFull,
        }),
        AsmOperation::Authenticate(AuthenticateIn {
            app_id: app_id(),
            key_ids: vec![key_id.clone()],
            final_challenge,
            transaction: vec![Transaction::text_plain("Pay EUR 1.45").expect("ASCII")],
        }),
        AsmOperation::Deregister(DeregisterIn {
            app_id: app_id(),
            key_id: Some(key_id),
        }),
        AsmOperation::Deregister(DeregisterIn {
            app_id: app_id(),
            key_id: None,
        }),
        AsmOperation::GetRegistrations,
        AsmOperation::OpenSettings,
    ]
}

fn request(operation: AsmOperation) -> AsmRequest {
    let authenticator_index = (operation != AsmOperation::GetInfo).then_some(1);
    AsmRequest {
        asm_version: (operation != AsmOperation::GetInfo).then_some(Upv::V1_1),
        authenticator_index,
        operation,
        exts: Vec::new(),
    }
}

fn info() -> AuthenticatorInfo {
    AuthenticatorInfo {
        authenticator_index: 1,
        asm_versions: vec![Upv::V1_1],
        is_user_enrolled: true,
        has_settings: false,
        aaid: Aaid::new(0xFFFF, 0x5301),
        assertion_scheme: "UAFV1TLV".to_owned(),
        authentication_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        attestation_types: vec![AttestationType::BasicFull],
        user_verification: 0x10,
        key_protection: 1,
        matcher_protection: 1,
        attachment_hint: 1,
        is_second_factor_only: false,
        is_roaming_authenticator: false,
        supported_extension_ids: Vec::new(),
        tc_display: 1,
        tc_display_content_type: Some("text/plain".to_owned()),
        tc_display_png_characteristics: Vec::new(),
        title: Some("Smile".to_owned()),
        description: None,
        icon: None,
    }
}

#[test]
fn requests_come_back_as_they_were() {
    for operation in operations() {
        let request = request(operation);
        assert_eq!(AsmRequest::decode(&request.encode()), Ok(request));
    }
}

#[test]
fn responses_come_back_as_they_were() {
    let assertion = AssertionOut {
        assertion: "AT4AAA".to_owned(),
        assertion_scheme: "UAFV1TLV".to_owned(),
    };
    let key_ids = vec![KeyId::new(vec![7; 32]).expect("32 bytes")];
    for operation in operations() {
        let output = match operation {
            AsmOperation::GetInfo => AsmOutput::Authenticators(vec![info()]),
            AsmOperation::Register(_) | AsmOperation::Authenticate(_) => {
                AsmOutput::Assertion(assertion.clone())
            }
            AsmOperation::GetRegistrations => AsmOutput::Registrations(vec![AppRegistration {
                app_id: app_id(),
                key_ids: key_ids.clone(),
            }]),
            AsmOperation::Deregister(_) | AsmOperation::OpenSettings => AsmOutput::Nothing,
        };
        for response in [
            AsmResponse::ok(output),
            AsmResponse::failed(AsmStatusCode::UserLockout),
        ] {
            assert_eq!(AsmResponse::decode(&response.encode(), &operation), Ok(response));
        }
    }
}

/// The register request without the flaw is accepted, and refused as `rule` at `field` after it.
fn refused(flaw: impl Fn(&mut Value), field: &str, rule: FieldRule) {
    let register = operations().remove(1);
    let mut tree: Value = serde_json::from_str(&request(register).encode()).expect("JSON");
    AsmRequest::decode(&tree.to_string()).expect("accepted without the flaw");
    flaw(&mut tree);
    assert_eq!(
        AsmRequest::decode(&tree.to_string()),
        Err(ProtocolError::field(field, rule))
    );
}

#[test]
fn a_request_that_breaks_a_rule_is_refused() {
    let unknown = FieldRule::Other("is not a request of the ASM interface");
    refused(
        |tree| tree["requestType"] = json!("register"),
        "requestType",
        unknown,
    );
    let remove = |name: &'static str| {
        move |tree: &mut Value| drop(tree.as_object_mut().expect("an object").remove(name))
    };
    refused(remove("args"), "args", FieldRule::Missing);
    refused(
        remove("authenticatorIndex"),
        "authenticatorIndex",
        FieldRule::Missing,
    );
    refused(remove("asmVersion"), "asmVersion", FieldRule::Missing);
    let code = FieldRule::Other("is not a code of the registry");
    refused(
        |tree| tree["args"]["attestationType"] = json!(7),
        "args.attestationType",
        code,
    );
    let index = FieldRule::Range { max: 65535 };
    refused(
        |tree| tree["authenticatorIndex"] = json!(65536),
        "authenticatorIndex",
        index,
    );
}

#[test]
fn get_info_may_name_a_version_and_names_no_authenticator() {
    let plain = AsmRequest::decode(r#"{"requestType":"GetInfo"}"#);
    assert_eq!(plain, Ok(request(AsmOperation::GetInfo)));
    let named = AsmRequest {
        asm_version: Some(Upv::V1_0),
        ..request(AsmOperation::GetInfo)
    };
    assert_eq!(AsmRequest::decode(&named.encode()), Ok(named));
    let rule = FieldRule::Other("GetInfo is not about one authenticator");
    assert_eq!(
        AsmRequest::decode(r#"{"requestType":"GetInfo","authenticatorIndex":0}"#),
        Err(ProtocolError::field("authenticatorIndex", rule))
    );
}

#[test]
fn an_asm_of_version_1_0_answers_with_the_codes_it_knows() {
    for status in AsmStatusCode::ALL {
        assert_eq!(status.in_version(Upv::V1_1), *status);
        let known = status.code() <= 3;
        let expected = if known { *status } else { AsmStatusCode::Error };
        assert_eq!(status.in_version(Upv::V1_0), expected, "{status:?}");
    }
}

#[test]
fn a_success_without_its_data_is_refused() {
    let register = operations().remove(1);
    let expected = Err(ProtocolError::field("responseData", FieldRule::Missing));
    assert_eq!(AsmResponse::decode(r#"{"statusCode":0}"#, &register), expected);
    let failed = AsmResponse::decode(r#"{"statusCode":2}"#, &register);
    assert_eq!(failed, Ok(AsmResponse::failed(AsmStatusCode::AccessDenied)));
}

/// ASM §3.2: what the client does not understand it treats as `UAF_ASM_STATUS_ERROR`, so that an ASM of a later
/// version is not a broken one; UAF §3.4.6.2.1 makes `UNKNOWN` of it.
#[test]
fn an_unlisted_status_is_an_error() {
    let listed: Vec<u16> = AsmStatusCode::ALL.iter().map(|status| status.code()).collect();
    for operation in operations() {
        for code in [5, 6, 7, 8, 10, 12, 13, 18, 0x7FFF, u16::MAX] {
            assert!(!listed.contains(&code));
            let response = AsmResponse::decode(&format!(r#"{{"statusCode":{code}}}"#), &operation);
            assert_eq!(response, Ok(AsmResponse::failed(AsmStatusCode::Error)), "{code}");
        }
        for status in AsmStatusCode::ALL
            .iter()
            .filter(|status| **status != AsmStatusCode::Ok)
        {
            let text = AsmResponse::failed(*status).encode();
            assert_eq!(
                AsmResponse::decode(&text, &operation),
                Ok(AsmResponse::failed(*status))
            );
        }
    }
    for code in ["-1", "65536", "1.5", "\"1\""] {
        let response = AsmResponse::decode(&format!(r#"{{"statusCode":{code}}}"#), &operations()[0]);
        response.expect_err("no number of this kind");
    }
}

/// An authenticator that advertises the index is asked for it here too (UAF §3.1.10).
#[test]
fn the_user_verification_index_may_be_demanded_where_a_key_signs() {
    for operation in operations() {
        let is_about_a_key = matches!(
            operation,
            AsmOperation::Register(_) | AsmOperation::Authenticate(_)
        );
        let demanding = |id: &str, fail_if_unknown| AsmRequest {
            exts: vec![Extension {
                id: id.to_owned(),
                data: String::new(),
                fail_if_unknown,
            }],
            ..request(operation.clone())
        };
        let index = demanding(crate::uaf::command::USER_VERIFICATION_INDEX, true);
        let read = AsmRequest::decode(&index.encode());
        assert_eq!(read.is_ok(), is_about_a_key, "{read:?}");
        let unknown = AsmRequest::decode(&demanding("x", true).encode());
        let rule = FieldRule::UnknownExtension { id: "x".to_owned() };
        assert_eq!(unknown, Err(ProtocolError::field("exts[0]", rule)));
        AsmRequest::decode(&demanding("x", false).encode()).expect("may be ignored");
    }
}

#[test]
fn what_an_asm_reports_is_what_policies_match() {
    let described = info().describe(3, Vec::new());
    assert_eq!(
        (
            described.aaid,
            described.user_verification,
            described.authenticator_version
        ),
        (info().aaid, 0x10, 3)
    );
    assert_eq!(described.attestation_types, info().attestation_types);
}
