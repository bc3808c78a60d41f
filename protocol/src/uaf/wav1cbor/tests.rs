//! What carries the structures, and what binds them to UAF.

use super::*;
use crate::webauthn::attestation_object::AttestationStatement;
use crate::webauthn::authenticator_data::{Aaguid, AttestedCredential, AuthenticatorData, flags};

fn data(attested_credential: Option<AttestedCredential>) -> AuthenticatorData {
    let attested = attested_credential
        .is_some()
        .then_some(flags::ATTESTED_CREDENTIAL_DATA);
    AuthenticatorData {
        rp_id_hash: [3; 32],
        flags: flags::USER_PRESENT | flags::USER_VERIFIED | attested.unwrap_or(0),
        sign_count: 7,
        attested_credential,
        extensions: None,
    }
}

fn object() -> AttestationObject {
    let authenticator_data = data(Some(AttestedCredential {
        aaguid: Aaguid([5; 16]),
        credential_id: vec![8; 32],
        public_key: vec![0xA0],
    }));
    AttestationObject {
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        statement: AttestationStatement::None,
    }
}

fn assertion() -> Assertion {
    let authenticator_data = data(None);
    Assertion {
        credential_id: vec![8; 32],
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        signature: vec![4; 70],
    }
}

#[test]
fn what_is_carried_comes_back() {
    let registration = AuthenticatorRegistrationAssertion::wav1cbor(&object()).expect("short");
    assert_eq!(registration.assertion_scheme, "WAV1CBOR");
    assert_eq!(registration.decode_attestation_object(), Ok(object()));
    let login = AuthenticatorSignAssertion::wav1cbor(&assertion()).expect("short");
    assert_eq!(login.assertion_scheme, "WAV1CBOR");
    assert_eq!(login.decode_webauthn_assertion(), Ok(assertion()));
    // The same members in JSON, whatever the scheme.
    let json = crate::json::ToJson::to_json(&login);
    let again =
        <AuthenticatorSignAssertion as crate::json::FromJson>::from_json(&crate::json::Node::root(&json, ""));
    assert_eq!(again, Ok(login));
}

#[test]
fn each_scheme_is_read_as_itself_only() {
    let mut registration = AuthenticatorRegistrationAssertion::wav1cbor(&object()).expect("short");
    let refused = registration.decode_assertion().expect_err("not TLV");
    assert_eq!(refused.to_string(), "assertionScheme: has to be UAFV1TLV");
    for scheme in ["UAFV1TLV", "APCV1CBOR", "wav1cbor", "WAV1CBOR "] {
        scheme.clone_into(&mut registration.assertion_scheme);
        let refused = registration.decode_attestation_object().expect_err("another");
        assert_eq!(refused.to_string(), "assertionScheme: has to be WAV1CBOR");
    }
    let mut login = AuthenticatorSignAssertion::wav1cbor(&assertion()).expect("short");
    login.assertion.push('=');
    assert!(login.decode_webauthn_assertion().is_err());
    login.assertion_scheme = "UAFV1TLV".to_owned();
    let refused = login.decode_webauthn_assertion().expect_err("another");
    assert_eq!(refused.to_string(), "assertionScheme: has to be WAV1CBOR");
}

#[test]
fn the_rp_id_is_the_host_of_an_https_app_id() {
    let hash = |app_id: &str| rp_id_hash(&AppId::new(app_id).expect("short"));
    let shop = Some(HashAlgorithm::Sha256.digest(b"shop.example"));
    for same in [
        "https://shop.example",
        "https://SHOP.example/uaf/facets",
        "https://shop.example:8443/?a#b",
        "https://someone@shop.example/",
    ] {
        assert_eq!(hash(same), shop, "{same}");
    }
    assert_ne!(hash("https://www.shop.example/"), shop);
    for none in [
        "http://shop.example",
        "shop.example",
        "android:apk-key-hash:2jmj7l5rSw0yVb/vlWAYkK/YBwk",
    ] {
        assert_eq!(hash(none), None, "{none}");
    }
}

#[test]
fn the_hash_is_over_the_characters_as_they_came() {
    // SHA-256 of "abc", FIPS 180-4.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hex::encode(client_data_hash("abc").as_bytes()), known);
    let fc_params = FcParams::from_transmitted("YWJj").expect("base64url");
    let message = signed_message(b"data", &fc_params);
    assert_eq!(&message[..4], b"data");
    assert_eq!(&message[4..], client_data_hash("YWJj").as_bytes());
}
