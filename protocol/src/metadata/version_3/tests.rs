//! Version 3: the names, what comes back, and each rule broken alone.

use serde_json::{Value, json};

use super::*;
use crate::registry::{
    AttestationType, AuthenticationAlgorithm, PublicKeyFormat, attachment_hint, key_protection,
    matcher_protection, tc_display, user_verification,
};

fn statement() -> Value {
    json!({
        "legalHeader": "the terms", "schema": 3, "aaid": "FFFF#5301",
        "description": "A test model; a photo would pass.", "authenticatorVersion": 1, "protocolFamily": "uaf",
        "upv": [{"major": 1, "minor": 1}], "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"],
        "publicKeyAlgAndEncodings": ["ecc_x962_raw"], "attestationTypes": ["basic_full", "basic_surrogate"],
        "userVerificationDetails": [[{
            "userVerificationMethod": "faceprint_internal",
            "baDesc": {"selfAttestedFAR": 0.0001, "selfAttestedFRR": 0.05, "maxTemplates": 1, "maxRetries": 5,
                "blockSlowdown": 30}
        }], [{"userVerificationMethod": "passcode_external", "caDesc": {"base": 10, "minLength": 4}}]],
        "keyProtection": ["software", "remote_handle"], "isKeyRestricted": true,
        "isFreshUserVerificationRequired": true, "matcherProtection": ["software"],
        "attachmentHint": ["internal"], "tcDisplay": ["any", "privileged_software"],
        "tcDisplayContentType": "text/plain", "attestationRootCertificates": ["MAA="],
        "icon": "data:image/png;base64,AAAA"
    })
}

fn decode(tree: &Value) -> Result<MetadataStatement, ProtocolError> {
    MetadataStatement::decode(&tree.to_string())
}

#[test]
fn a_statement_of_version_3_comes_back_as_it_was() {
    let decoded = decode(&statement()).expect("accepted");
    let encoded = decoded.encode_v3("the terms").expect("all has names");
    assert_eq!(
        serde_json::from_str::<Value>(&encoded).expect("JSON"),
        statement()
    );
    assert_eq!(decoded.assertion_scheme, "UAFV1TLV");
    assert!(!decoded.is_second_factor_only);
    assert_eq!(
        decoded.key_protection,
        key_protection::SOFTWARE | key_protection::REMOTE_HANDLE
    );
    assert_eq!(
        decoded.user_verification_flags(),
        Some(user_verification::FACEPRINT | user_verification::PASSCODE_EXTERNAL)
    );
}

#[test]
fn both_forms_say_the_same() {
    let mut from_3 = decode(&statement()).expect("accepted");
    from_3.assertion_scheme = "WAV1CBOR".to_owned();
    from_3.is_second_factor_only = true;
    let as_numbers = MetadataStatement::decode(&from_3.encode()).expect("our own");
    assert_eq!(as_numbers, from_3);
    let again = as_numbers.encode_v3("").expect("all has names");
    assert_eq!(MetadataStatement::decode(&again), Ok(from_3));
}

#[test]
fn the_names_are_the_registry_s() {
    let names = |statement: &MetadataStatement, member: &str| {
        let encoded = statement.encode_v3("").expect("named");
        serde_json::from_str::<Value>(&encoded).expect("JSON")[member].clone()
    };
    let mut one = decode(&statement()).expect("accepted");
    one.key_protection = 0x1F;
    one.matcher_protection = 7;
    one.attachment_hint = 0x1FF;
    one.tc_display = 0x1F;
    assert_eq!(
        names(&one, "keyProtection"),
        json!(["software", "hardware", "tee", "secure_element", "remote_handle"])
    );
    assert_eq!(
        names(&one, "matcherProtection"),
        json!(["software", "tee", "on_chip"])
    );
    let hints = json!([
        "internal",
        "external",
        "wired",
        "wireless",
        "nfc",
        "bluetooth",
        "network",
        "ready",
        "wifi_direct"
    ]);
    assert_eq!(names(&one, "attachmentHint"), hints);
    assert_eq!(
        names(&one, "tcDisplay"),
        json!(["any", "privileged_software", "tee", "hardware", "remote"])
    );
    one.tc_display = 0;
    assert_eq!(names(&one, "tcDisplay"), json!([]));
    one.attestation_types = AttestationType::ALL.to_vec();
    assert_eq!(
        names(&one, "attestationTypes"),
        json!([
            "basic_full",
            "basic_surrogate",
            "ecdaa",
            "attca",
            "none",
            "anonca"
        ])
    );
    let (algorithm, format) = (
        AuthenticationAlgorithm::RsassaPkcsv15Sha256Raw,
        PublicKeyFormat::Rsa2048Der,
    );
    assert_eq!(algorithm.name_3(), "rsassa_pkcsv15_sha256_raw");
    assert_eq!(format.name_3(), "rsa_2048_der");
    assert_eq!(PublicKeyFormat::Cose.name_3(), "cose");
}

#[test]
fn of_several_algorithms_the_first_counts() {
    let mut tree = statement();
    tree["authenticationAlgorithms"] = json!(["secp256r1_ecdsa_sha256_der", "rsassa_pss_sha256_raw"]);
    tree["publicKeyAlgAndEncodings"] = json!(["ecc_x962_der", "rsa_2048_der"]);
    let decoded = decode(&tree).expect("accepted");
    assert_eq!(
        decoded.authentication_algorithm,
        AuthenticationAlgorithm::Secp256r1EcdsaSha256Der
    );
    assert_eq!(decoded.public_key_format, PublicKeyFormat::EccX962Der);
}

#[test]
fn a_statement_of_version_3_that_breaks_a_rule_is_refused() {
    decode(&statement()).expect("accepted without the flaw");
    let flaws = [
        ("/schema", json!(2)),
        ("/authenticationAlgorithms", json!([])),
        ("/authenticationAlgorithms/0", json!(1)),
        (
            "/authenticationAlgorithms/0",
            json!("ALG_SIGN_SECP256R1_ECDSA_SHA256_RAW"),
        ),
        (
            "/authenticationAlgorithms",
            json!(["secp256r1_ecdsa_sha256_raw", "rot13"]),
        ),
        ("/publicKeyAlgAndEncodings/0", json!("ecc")),
        ("/attestationTypes", json!([])),
        ("/attestationTypes/0", json!(15879)),
        ("/userVerificationDetails", json!([])),
        ("/userVerificationDetails/0", json!([])),
        (
            "/userVerificationDetails/0/0/userVerificationMethod",
            json!("faceprint"),
        ),
        ("/userVerificationDetails/0/0/baDesc/selfAttestedFAR", json!(1.5)),
        ("/keyProtection", json!(1)),
        ("/keyProtection/0", json!("soft")),
        ("/keyProtection", json!(["software", "software"])),
        ("/matcherProtection/0", json!("hardware")),
        ("/attachmentHint/0", json!("")),
        ("/tcDisplay/0", json!("screen")),
    ];
    for (pointer, value) in flaws {
        let mut tree = statement();
        *tree.pointer_mut(pointer).expect("the member exists") = value;
        assert!(decode(&tree).is_err(), "{pointer}");
    }
    for member in [
        "schema",
        "publicKeyAlgAndEncodings",
        "attestationTypes",
        "userVerificationDetails",
        "keyProtection",
        "matcherProtection",
        "attachmentHint",
        "tcDisplay",
    ] {
        let mut tree = statement();
        tree.as_object_mut().expect("an object").remove(member);
        assert_eq!(
            decode(&tree),
            Err(ProtocolError::field(member, FieldRule::Missing))
        );
    }
}

#[test]
fn what_has_no_name_in_version_3_is_not_written() {
    type Flaw = fn(&mut MetadataStatement);
    let sound = decode(&statement()).expect("accepted");
    sound.encode_v3("").expect("all has names");
    let flaws: [(Flaw, &str); 5] = [
        (|one| one.key_protection |= 0x8000, "keyProtection"),
        (|one| one.matcher_protection |= 0x8000, "matcherProtection"),
        (|one| one.attachment_hint |= 0x8000, "attachmentHint"),
        (|one| one.tc_display |= 0x8000, "tcDisplay"),
        (
            |one| one.user_verification_details[0][0].user_verification = 0x14,
            "userVerification",
        ),
    ];
    for (flaw, member) in flaws {
        let mut flawed = sound.clone();
        flaw(&mut flawed);
        match flawed.encode_v3("") {
            Err(ProtocolError::Field { field, .. }) => assert_eq!(field, member),
            other => panic!("{member}: {other:?}"),
        }
    }
    // The constants that the names stand for.
    assert_eq!(attachment_hint::INTERNAL, 1);
    assert_eq!((matcher_protection::SOFTWARE, tc_display::ANY), (1, 1));
}
