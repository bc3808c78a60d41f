//! Each request, served.

use smile_protocol::uaf::authentication::{IMAGE_PNG, Transaction};
use smile_protocol::uaf::command::USER_VERIFICATION_INDEX;

use super::*;
use crate::client::{UafClient, facets::NoFetch};
use crate::commands::get_info::HASH;
use crate::error::AuthenticatorError;

#[test]
fn get_info_needs_no_version_and_tells_what_policies_match() {
    let mut device = Device::new();
    let answer = device.send_text("client", r#"{"requestType":"GetInfo"}"#);
    let response = AsmResponse::decode(&answer, &AsmOperation::GetInfo).unwrap();
    let AsmOutput::Authenticators(list) = response.output else {
        panic!("{response:?}")
    };
    let [info] = list.as_slice() else {
        panic!("{list:?}")
    };
    assert_eq!(info.asm_versions, [Upv::V1_0, Upv::V1_1]);
    assert_eq!((info.authenticator_index, info.is_user_enrolled), (0, true));
    assert_eq!(info.aaid, device.authenticator.aaid());
    assert!(!info.has_settings && !info.is_second_factor_only && !info.is_roaming_authenticator);
    assert_eq!(info.supported_extension_ids, [USER_VERIFICATION_INDEX]);
    assert!(device.rehearsal.take_diary().is_empty(), "GetInfo shows nothing");
}

#[test]
fn register_hashes_the_final_challenge_as_it_came() {
    let mut device = Device::new();
    let krd = device.register("alice").krd;
    assert_eq!(krd.final_challenge_hash, final_challenge().hash(HASH));
    assert_eq!(device.rehearsal.take_diary(), ["face: Owner"]);
}

#[test]
fn authenticate_signs_with_the_key_that_is_named_or_with_the_only_one() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    for keys in [vec![], vec![key.clone()]] {
        let data = device.authenticate(authenticate_in(&keys)).unwrap().signed_data;
        assert_eq!(data.key_id, key);
        assert_eq!(data.final_challenge_hash, final_challenge().hash(HASH));
    }
}

#[test]
fn of_a_transaction_s_forms_the_text_is_taken() {
    let mut device = Device::new();
    device.key_of("alice");
    let text = Transaction::text_plain("Pay 1 EUR").unwrap();
    let picture = Transaction {
        content_type: IMAGE_PNG.to_owned(),
        content: smile_protocol::base64url::encode(b"\x89PNG"),
        tc_display_png_characteristics: Some(smile_protocol::metadata::DisplayPngCharacteristics {
            width: 320,
            height: 200,
            bit_depth: 1,
            color_type: 0,
            compression: 0,
            filter: 0,
            interlace: 0,
            plte: Vec::new(),
        }),
    };
    let with = |transaction| AuthenticateIn {
        transaction,
        ..authenticate_in(&[])
    };
    let paid = device
        .authenticate(with(vec![picture.clone(), text.clone()]))
        .unwrap();
    let hash = text.content_hash(HASH).unwrap();
    assert_eq!(paid.signed_data.transaction_content_hash, Some(hash));
    assert_eq!(device.rehearsal.take_diary(), ["shown: Pay 1 EUR", "face: Owner"]);
    let refused = device.authenticate(with(vec![picture])).unwrap_err();
    assert_eq!(refused, AsmStatusCode::CannotRenderTransactionContent);
    assert!(device.rehearsal.take_diary().is_empty(), "nothing was shown");
}

#[test]
fn deregister_takes_one_key_or_all_of_the_application_and_reveals_nothing() {
    let mut device = Device::new();
    let keys: Vec<_> = ["a", "b", "c"].map(|name| device.key_of(name)).to_vec();
    let deregister = |key_id: Option<KeyId>| {
        request(AsmOperation::Deregister(DeregisterIn {
            app_id: app(),
            key_id,
        }))
    };
    // Unknown, another client's, known: one answer.
    let unknown = KeyId::new(vec![9; 32]).unwrap();
    assert_eq!(device.send(&deregister(Some(unknown))), Ok(AsmOutput::Nothing));
    let foreign = device.send_as("other client", &deregister(Some(keys[0].clone())));
    assert_eq!(foreign, Ok(AsmOutput::Nothing));
    assert_eq!(device.keys_of("client")[0].key_ids, keys);
    let known = device.send(&deregister(Some(keys[0].clone())));
    assert_eq!(known, Ok(AsmOutput::Nothing));
    assert_eq!(device.keys_of("client")[0].key_ids, keys[1..]);
    assert_eq!(device.send(&deregister(None)), Ok(AsmOutput::Nothing));
    assert!(device.keys_of("client").is_empty());
    assert!(device.authenticator.keys.key_ids().unwrap().is_empty());
}

#[test]
fn a_damaged_key_is_deregistered_with_its_row() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let name = format!("keys/{}.sealed", crate::sealed::hex(key.as_bytes()));
    std::fs::write(device.rehearsal.home().join(&name), b"damaged").unwrap();
    let gone = device.authenticate(authenticate_in(&[])).unwrap_err();
    assert_eq!(gone, AsmStatusCode::KeyDisappearedPermanently);
    let deregister = AsmOperation::Deregister(DeregisterIn {
        app_id: app(),
        key_id: Some(key.clone()),
    });
    device.send(&request(deregister)).unwrap();
    assert!(device.keys_of("client").is_empty());
    assert!(!device.rehearsal.home().join(&name).exists());
    assert_eq!(device.authenticator.keys.counter(&key).unwrap(), None);
}

#[test]
fn the_user_verification_index_is_an_extension_of_the_request() {
    let mut device = Device::new();
    let asking = |operation| AsmRequest {
        exts: vec![Extension {
            id: USER_VERIFICATION_INDEX.to_owned(),
            data: String::new(),
            fail_if_unknown: false,
        }],
        ..request(operation)
    };
    let output = device.send(&asking(AsmOperation::Register(register_in("alice"))));
    let registered = RegistrationAssertion::decode(&assertion(output)).unwrap();
    let output = device.send(&asking(AsmOperation::Authenticate(authenticate_in(&[]))));
    let signed = AuthenticationAssertion::decode(&assertion(output)).unwrap();
    assert_eq!(registered.krd.extensions.len(), 1);
    assert_eq!(registered.krd.extensions, signed.signed_data.extensions);
}

#[test]
fn a_client_sees_its_own_keys_and_no_other_client_s() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let expected = AppRegistration {
        app_id: app(),
        key_ids: vec![key.clone()],
    };
    assert_eq!(device.keys_of("client"), [expected]);
    assert!(device.keys_of("other client").is_empty());
    let stolen = request(AsmOperation::Authenticate(authenticate_in(std::slice::from_ref(
        &key,
    ))));
    let refused = device.send_as("other client", &stolen);
    assert_eq!(refused, Err(AsmStatusCode::AccessDenied));
    // Nor does this crate's own client use it, at the same application.
    let mut message = crate::client::tests::authentication(&device.authenticator);
    message.header.app_id = None;
    let own = UafClient::new(&mut device.authenticator, APP.parse().unwrap(), Box::new(NoFetch)).process(
        &message.encode().unwrap(),
        &mut NoCamera,
        &mut device.screen,
    );
    assert!(matches!(own, Err(AuthenticatorError::NoSuitableAuthenticator)));
    // The owner of the device sees it.
    assert_eq!(device.authenticator.list().unwrap().len(), 1);
    assert!(device.send(&stolen).is_ok());
    // A key of the own client's answers the same message.
    let caller = CallerId::own_client();
    let mut presence = crate::authenticator::Presence {
        camera: &mut NoCamera,
        display: &mut device.screen,
    };
    crate::asm::register(
        &mut device.authenticator,
        &caller,
        register_in("alice"),
        false,
        &mut presence,
    )
    .unwrap();
    UafClient::new(&mut device.authenticator, APP.parse().unwrap(), Box::new(NoFetch))
        .process(&message.encode().unwrap(), &mut NoCamera, &mut device.screen)
        .unwrap();
}

#[test]
fn the_access_token_differs_by_application_secret_persona_and_client() {
    let mut device = Device::new();
    let token = |device: &Device, caller: &str, app: &str| {
        let app_id = AppId::new(app).unwrap();
        let caller = CallerId::new(caller);
        super::super::token::key_handle_access_token(&device.authenticator, &caller, &app_id).unwrap()
    };
    let own = token(&device, "client", APP);
    assert_eq!(own, token(&device, "client", APP), "always the same");
    assert_eq!(own.as_bytes().len(), 32);
    assert_ne!(own, token(&device, "client", "https://other.example"));
    assert_ne!(own, token(&device, "other client", APP));
    let persona = std::mem::replace(&mut device.authenticator.persona, "guest".to_owned());
    assert_ne!(own, token(&device, "client", APP));
    device.authenticator.persona = persona;
    device.authenticator.vault.erase("asm-token").unwrap();
    assert_ne!(own, token(&device, "client", APP), "another secret");
}
