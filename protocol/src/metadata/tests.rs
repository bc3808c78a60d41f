//! Metadata statements: round trips, derived flags, and each rule broken alone.

use serde_json::{Value, json};

use super::*;

fn statement() -> Value {
    json!({
        "aaid": "FFFF#5301", "description": "A test model; a photo would pass.", "authenticatorVersion": 1,
        "protocolFamily": "uaf", "upv": [{"major": 1, "minor": 1}], "assertionScheme": "UAFV1TLV",
        "authenticationAlgorithm": 1, "publicKeyAlgAndEncoding": 256, "attestationTypes": [15879, 15880],
        "userVerificationDetails": [[{"userVerification": 16, "baDesc": {"FAR": 0.0001, "maxRetries": 5}}]],
        "keyProtection": 1, "isKeyRestricted": true, "isFreshUserVerificationRequired": true,
        "matcherProtection": 1, "attachmentHint": 1, "isSecondFactorOnly": false, "tcDisplay": 1,
        "tcDisplayContentType": "text/plain", "attestationRootCertificates": ["MAA="],
        "icon": "data:image/png;base64,AAAA"
    })
}

fn decode(tree: &Value) -> Result<MetadataStatement, ProtocolError> {
    MetadataStatement::decode(&tree.to_string())
}

#[test]
fn a_statement_comes_back_as_it_was() {
    let decoded = decode(&statement()).expect("accepted");
    assert_eq!(
        serde_json::from_str::<Value>(&decoded.encode()).expect("JSON"),
        statement()
    );
    assert_eq!(decoded.attestation_root_certificates, [vec![0x30, 0x00]]);
    let method = decoded.user_verification_details[0][0];
    assert_eq!(
        method.biometric.and_then(|figures| figures.far_ppb),
        Some(100_000)
    );
}

/// The member of models that answer in `WAV1CBOR` (experimental).
#[test]
fn an_aaguid_beside_the_aaid_comes_back() {
    let mut tree = statement();
    assert_eq!(decode(&tree).expect("accepted").aaguid, None);
    tree["assertionScheme"] = json!("WAV1CBOR");
    tree["aaguid"] = json!("00112233-4455-6677-8899-aabbccddeeff");
    let decoded = decode(&tree).expect("accepted");
    assert_eq!(decoded.aaguid.map(|aaguid| aaguid.0[15]), Some(0xFF));
    let again = serde_json::from_str::<Value>(&decoded.encode()).expect("JSON");
    assert_eq!(again, tree);
    tree["aaguid"] = json!("00112233445566778899aabbccddeeff");
    let refused = decode(&tree).expect_err("no UUID").to_string();
    assert_eq!(
        refused,
        "aaguid: has to be 32 hexadecimal digits in groups of 8-4-4-4-12"
    );
}

#[test]
fn every_part_of_a_statement_comes_back() {
    let mut tree = statement();
    tree["tcDisplayPNGCharacteristics"] = json!([{
        "width": 320, "height": 480, "bitDepth": 8, "colorType": 3, "compression": 0, "filter": 0,
        "interlace": 0, "plte": [{"r": 1, "g": 2, "b": 3}]
    }]);
    tree["ecdaaTrustAnchors"] =
        json!([{"X": "x", "Y": "y", "c": "c", "sx": "sx", "sy": "sy", "G1Curve": "BN_P256"}]);
    tree["userVerificationDetails"] = json!([[
        {"userVerification": 4, "caDesc": {"base": 10, "minLength": 4, "maxRetries": 3, "blockSlowdown": 30}},
        {"userVerification": 128, "paDesc": {"minComplexity": 1000, "maxRetries": 3, "blockSlowdown": 30}},
        {"userVerification": 16, "baDesc": {
            "FAR": 0.5, "FRR": 0.25, "EER": 0.125, "FAAR": 1.0, "maxReferenceDataSets": 1, "maxRetries": 2,
            "blockSlowdown": 3
        }}
    ]]);
    let decoded = decode(&tree).expect("accepted");
    assert_eq!(
        serde_json::from_str::<Value>(&decoded.encode()).expect("JSON"),
        tree
    );
}

#[test]
fn required_members_are_required() {
    decode(&statement()).expect("accepted without the flaw");
    let required = [
        "aaid",
        "description",
        "authenticatorVersion",
        "upv",
        "assertionScheme",
        "authenticationAlgorithm",
        "publicKeyAlgAndEncoding",
        "attestationTypes",
        "userVerificationDetails",
        "keyProtection",
        "matcherProtection",
        "attachmentHint",
        "isSecondFactorOnly",
        "tcDisplay",
    ];
    for member in required {
        let mut tree = statement();
        tree.as_object_mut().expect("an object").remove(member);
        assert_eq!(
            decode(&tree),
            Err(ProtocolError::field(member, FieldRule::Missing))
        );
    }
}

#[test]
fn a_statement_that_breaks_a_rule_is_refused() {
    decode(&statement()).expect("accepted without the flaw");
    let flaws = [
        ("/authenticationAlgorithm", json!(99)),
        ("/publicKeyAlgAndEncoding", json!(1)),
        ("/attestationTypes", json!([])),
        ("/attestationTypes/0", json!(1)),
        ("/userVerificationDetails", json!([])),
        ("/userVerificationDetails/0", json!([])),
        ("/userVerificationDetails/0/0/baDesc/FAR", json!(1.5)),
        ("/userVerificationDetails/0/0/baDesc/FAR", json!("0.1")),
        ("/attestationRootCertificates/0", json!("!")),
        ("/attestationRootCertificates/0", json!("")),
        ("/isSecondFactorOnly", json!(0)),
        ("/upv", json!([])),
        ("/icon", json!(null)),
    ];
    for (pointer, value) in flaws {
        let mut tree = statement();
        *tree.pointer_mut(pointer).expect("the member exists") = value;
        assert!(decode(&tree).is_err(), "{pointer}");
    }
}

#[test]
fn a_statement_beyond_the_limit_is_refused() {
    let text = statement().to_string();
    let fill = limits::METADATA_BYTES - text.len();
    MetadataStatement::decode(&format!("{text}{}", " ".repeat(fill))).expect("1 MiB is accepted");
    let longer = MetadataStatement::decode(&format!("{text}{}", " ".repeat(fill + 1)));
    assert!(matches!(longer, Err(ProtocolError::TooLarge { .. })));
}

#[test]
fn certificates_may_be_folded() {
    let mut tree = statement();
    tree["attestationRootCertificates"] = json!(["MA\nA=\n"]);
    let decoded = decode(&tree).expect("line breaks are dropped");
    assert_eq!(decoded.attestation_root_certificates, [vec![0x30, 0x00]]);
}

#[test]
fn user_verification_flags_are_derived_as_policies_match_them() {
    let flags = |details: Value| {
        let mut tree = statement();
        tree["userVerificationDetails"] = details;
        decode(&tree).expect("accepted").user_verification_flags()
    };
    let method = |flag: u32| json!({"userVerification": flag});
    assert_eq!(flags(json!([[method(16)]])), Some(16), "one method");
    assert_eq!(
        flags(json!([[method(16)], [method(4)]])),
        Some(20),
        "one of two methods"
    );
    assert_eq!(
        flags(json!([[method(16), method(4)]])),
        Some(20 | 0x400),
        "both methods"
    );
    assert_eq!(
        flags(json!([[method(16), method(4)], [method(2)]])),
        None,
        "not expressible"
    );
}

#[test]
fn a_statement_describes_what_policies_match() {
    let decoded = decode(&statement()).expect("accepted");
    let described = decoded.describe(7, Vec::new());
    assert_eq!(
        (described.authenticator_version, described.user_verification),
        (7, 16)
    );
    assert_eq!(described.attestation_types, decoded.attestation_types);
    assert!(crate::uaf::policy::Policy::accepting(&[decoded.aaid]).is_satisfied_by(&[described]));
}
