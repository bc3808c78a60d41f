//! What the ASM refuses, beside the same request without the flaw.

use serde_json::{Value, json};

use super::*;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

fn refused(device: &mut Device, text: &str) -> AsmStatusCode {
    let answer: Value = serde_json::from_str(&device.send_text("client", text)).unwrap();
    assert_eq!(answer.get("responseData"), None);
    let code = answer["statusCode"].as_u64().unwrap();
    AsmStatusCode::from_code(u16::try_from(code).unwrap()).unwrap()
}

/// A device with a key answers the request without the flaw, and with it as `expected`, without asking
/// anybody.
fn refuses(operation: AsmOperation, flaw: impl FnOnce(&mut Value), expected: AsmStatusCode) {
    let mut device = Device::new();
    device.key_of("alice");
    let good = request(operation);
    let mut tree: Value = serde_json::from_str(&good.encode()).unwrap();
    flaw(&mut tree);
    assert_eq!(refused(&mut device, &tree.to_string()), expected, "{tree}");
    assert!(device.rehearsal.take_diary().is_empty(), "nobody was asked");
    device.send(&good).unwrap();
}

fn register() -> AsmOperation {
    AsmOperation::Register(register_in("bob"))
}

fn authenticate() -> AsmOperation {
    AsmOperation::Authenticate(authenticate_in(&[]))
}

fn deregister() -> AsmOperation {
    AsmOperation::Deregister(DeregisterIn {
        app_id: app(),
        key_id: None,
    })
}

#[test]
fn what_is_no_request_is_an_error() {
    let mut device = Device::new();
    for text in ["", "{", "[]", "{}", r#"{"requestType":"getinfo"}"#] {
        assert_eq!(refused(&mut device, text), AsmStatusCode::Error, "{text}");
    }
    let huge = format!(r#"{{"requestType":"GetInfo","x":"{}"}}"#, "a".repeat(70_000));
    assert_eq!(refused(&mut device, &huge), AsmStatusCode::Error);
    let error = AsmStatusCode::Error;
    refuses(register(), |tree| tree["requestType"] = json!("Enrol"), error);
    refuses(register(), |tree| tree["args"]["username"] = json!(""), error);
    refuses(
        register(),
        |tree| tree["exts"] = json!([{"id":"x","data":"","fail_if_unknown":true}]),
        error,
    );
    device.send(&request(AsmOperation::GetInfo)).unwrap();
}

#[test]
fn a_version_that_is_not_spoken_is_an_error() {
    for version in [json!({"major":1,"minor":2}), json!({"major":2,"minor":0})] {
        for operation in [
            register(),
            authenticate(),
            deregister(),
            AsmOperation::GetRegistrations,
        ] {
            let set = |tree: &mut Value| tree["asmVersion"] = version.clone();
            refuses(operation, set, AsmStatusCode::Error);
        }
    }
    let mut device = Device::new();
    let old = r#"{"requestType":"GetInfo","asmVersion":{"major":0,"minor":9}}"#;
    assert_eq!(refused(&mut device, old), AsmStatusCode::Error);
    let spoken = r#"{"requestType":"GetInfo","asmVersion":{"major":1,"minor":0}}"#;
    assert!(device.send_text("client", spoken).contains("Authenticators"));
}

#[test]
fn an_authenticator_that_is_not_there_is_disconnected() {
    let disconnected = AsmStatusCode::AuthenticatorDisconnected;
    for operation in [
        register(),
        authenticate(),
        deregister(),
        AsmOperation::GetRegistrations,
    ] {
        refuses(
            operation,
            |tree| tree["authenticatorIndex"] = json!(1),
            disconnected,
        );
    }
    let mut device = Device::new();
    let settings = |index| AsmRequest {
        authenticator_index: Some(index),
        ..request(AsmOperation::OpenSettings)
    };
    assert_eq!(device.send(&settings(1)), Err(disconnected));
    // ASM §3.2.2: what the authenticator does not support, and the ASM cannot do for it.
    assert_eq!(device.send(&settings(0)), Err(AsmStatusCode::Error));
}

#[test]
fn a_client_of_version_1_0_gets_the_codes_it_knows() {
    let mut device = Device::new();
    device.key_of("alice");
    let old = |operation, index| AsmRequest {
        asm_version: Some(Upv::V1_0),
        authenticator_index: Some(index),
        ..request(operation)
    };
    let refused = device.send(&old(authenticate(), 1));
    assert_eq!(refused, Err(AsmStatusCode::Error));
    device.rehearsal.before_the_camera(Visitor::Nobody);
    assert_eq!(device.send(&old(authenticate(), 0)), Err(AsmStatusCode::Error));
    assert_eq!(
        device.send(&request(authenticate())),
        Err(AsmStatusCode::UserNotResponsive)
    );
    device.rehearsal.before_the_camera(Visitor::Owner);
    device.send(&old(authenticate(), 0)).unwrap();
}

#[test]
fn an_attestation_that_is_not_made_here_is_an_error_of_the_client_s() {
    let surrogate = AttestationType::BasicSurrogate.code();
    refuses(
        register(),
        |tree| tree["args"]["attestationType"] = json!(surrogate),
        AsmStatusCode::Error,
    );
}

#[test]
fn keys_that_are_not_there_are_denied() {
    let denied = AsmStatusCode::AccessDenied;
    let unknown = KeyId::new(vec![9; 32]).unwrap().to_string();
    refuses(
        authenticate(),
        |tree| tree["args"]["keyIDs"] = json!([unknown]),
        denied,
    );
    refuses(
        authenticate(),
        |tree| tree["args"]["appID"] = json!("https://other.example"),
        denied,
    );
}

#[test]
fn each_status_is_raised_by_what_it_is_for() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let pay = || {
        let text = smile_protocol::uaf::authentication::Transaction::text_plain("Pay 1 EUR");
        request(AsmOperation::Authenticate(AuthenticateIn {
            transaction: vec![text.unwrap()],
            ..authenticate_in(&[])
        }))
    };
    for (answer, status) in [
        (Confirmation::Cancelled, AsmStatusCode::UserCancelled),
        (Confirmation::TimedOut, AsmStatusCode::UserNotResponsive),
        (
            Confirmation::CannotDisplay,
            AsmStatusCode::CannotRenderTransactionContent,
        ),
    ] {
        device.screen.answer = answer;
        assert_eq!(device.send(&pay()), Err(status));
    }
    device.screen.answer = Confirmation::Confirmed;
    device.rehearsal.before_the_camera(Visitor::Stranger);
    for _ in 0..5 {
        assert_eq!(device.send(&pay()), Err(AsmStatusCode::AccessDenied));
    }
    device.rehearsal.before_the_camera(Visitor::Owner);
    assert_eq!(device.send(&pay()), Err(AsmStatusCode::UserLockout));
    device.rehearsal.clock.advance(30_000);
    device.send(&pay()).unwrap();
    let name = format!("keys/{}.sealed", crate::sealed::hex(key.as_bytes()));
    let (here, aside) = (
        device.rehearsal.home().join(name),
        device.rehearsal.home().join("aside"),
    );
    std::fs::rename(&here, &aside).unwrap();
    assert_eq!(device.send(&pay()), Err(AsmStatusCode::KeyDisappearedPermanently));
    std::fs::rename(&aside, &here).unwrap();
    let full = device.rehearsal.home().join("keys");
    for number in 0..crate::keys::MAX_KEYS {
        std::fs::write(full.join(format!("{number:08x}.sealed")), b"").unwrap();
    }
    let refused = device.send(&request(register()));
    assert_eq!(refused, Err(AsmStatusCode::InsufficientAuthenticatorResources));
}

/// Whether the user can be verified at all is asked before anything that depends on the request (ASM §3.6.3, §3.7.4):
/// who is locked out does not learn which keys there are.
#[test]
fn who_cannot_be_verified_learns_nothing_else() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let unknown = request(AsmOperation::Authenticate(authenticate_in(&[KeyId::new(vec![
        9;
        32
    ])
    .unwrap()])));
    let not_made_here = request(AsmOperation::Register(RegisterIn {
        attestation_type: AttestationType::BasicSurrogate,
        ..register_in("alice")
    }));
    assert_eq!(device.send(&unknown), Err(AsmStatusCode::AccessDenied));
    assert_eq!(device.send(&not_made_here), Err(AsmStatusCode::Error));
    device.rehearsal.before_the_camera(Visitor::Stranger);
    for _ in 0..5 {
        device.send(&request(authenticate())).unwrap_err();
    }
    device.rehearsal.before_the_camera(Visitor::Owner);
    device.rehearsal.take_diary();
    let known = request(AsmOperation::Authenticate(authenticate_in(&[key])));
    for locked_out in [&unknown, &known, &not_made_here] {
        assert_eq!(device.send(locked_out), Err(AsmStatusCode::UserLockout));
    }
    assert!(
        device.rehearsal.take_diary().is_empty(),
        "nothing shown, no camera"
    );
    device.rehearsal.clock.advance(30_000);
    device.send(&known).unwrap();
}

#[test]
fn where_nobody_is_enrolled_register_says_so_and_authenticate_denies() {
    let mut device = Device::new();
    device.key_of("alice");
    let template = device.rehearsal.home().join("template.sealed");
    let aside = device.rehearsal.home().join("aside");
    std::fs::rename(&template, &aside).unwrap();
    assert_eq!(
        device.send(&request(register())),
        Err(AsmStatusCode::UserNotEnrolled)
    );
    assert_eq!(
        device.send(&request(authenticate())),
        Err(AsmStatusCode::AccessDenied)
    );
    std::fs::rename(&aside, &template).unwrap();
    device.send(&request(authenticate())).unwrap();
}
