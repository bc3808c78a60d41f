//! Policy matching: every field alone, then sets and what is disallowed.

use super::*;
use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node};
use crate::registry::{AttestationType, AuthenticationAlgorithm, user_verification};

fn face() -> AuthenticatorDescription {
    AuthenticatorDescription {
        aaid: Aaid::new(0xFFFF, 0x5301),
        key_ids: vec![KeyId::new(vec![7; 32]).expect("32 bytes")],
        user_verification: user_verification::FACEPRINT,
        key_protection: 0x0001,
        matcher_protection: 0x0001,
        attachment_hint: 0x0001,
        tc_display: 0x0003,
        authentication_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        assertion_scheme: "UAFV1TLV".to_owned(),
        attestation_types: vec![AttestationType::BasicFull, AttestationType::BasicSurrogate],
        authenticator_version: 5,
    }
}

/// A criterion with one field, in JSON.
fn criterion(member: &str, value: serde_json::Value) -> MatchCriteria {
    let mut object = serde_json::Map::new();
    object.insert(member.to_owned(), value);
    MatchCriteria::from_json(&Node::root(&object.into(), "")).expect("a valid criterion")
}

#[test]
fn each_field_matches_what_it_names_and_nothing_else() {
    use serde_json::json;
    let key = crate::base64url::encode(&[7; 32]);
    let other = crate::base64url::encode(&[8; 32]);
    let cases = [
        ("aaid", json!(["0000#0000", "ffff#5301"]), json!(["FFFF#5302"])),
        ("vendorID", json!(["ffff"]), json!(["FFFE"])),
        ("keyIDs", json!([other, key]), json!([other])),
        ("userVerification", json!(0x12), json!(0x0E)),
        ("keyProtection", json!(0x11), json!(0x0E)),
        ("matcherProtection", json!(0x03), json!(0x06)),
        ("attachmentHint", json!(0x81), json!(0x02)),
        ("tcDisplay", json!(0x02), json!(0x0C)),
        ("authenticationAlgorithms", json!([2, 1]), json!([2, 60000])),
        ("assertionSchemes", json!(["X", "UAFV1TLV"]), json!(["uafv1tlv"])),
        ("attestationTypes", json!([0x3E09, 0x3E08]), json!([0x3E09])),
        ("authenticatorVersion", json!(5), json!(6)),
    ];
    for (member, matching, failing) in cases {
        assert!(criterion(member, matching).matches(&face()), "{member} matches");
        assert!(
            !criterion(member, failing).matches(&face()),
            "{member} does not match"
        );
    }
    assert!(
        MatchCriteria::default().matches(&face()),
        "no field restricts nothing"
    );
}

#[test]
fn all_present_fields_have_to_match() {
    let mut both = criterion("keyProtection", 1.into());
    both.tc_display = Some(0x02);
    assert!(both.matches(&face()));
    both.tc_display = Some(0x08);
    assert!(!both.matches(&face()));
}

#[test]
fn user_verification_all_means_exactly_these_methods() {
    let all = user_verification::ALL;
    let matches = |wanted: u32, has: u32| {
        let authenticator = AuthenticatorDescription {
            user_verification: has,
            ..face()
        };
        criterion("userVerification", wanted.into()).matches(&authenticator)
    };
    assert!(matches(0x12, 0x10), "one in common");
    assert!(matches(0x12 | all, 0x12 | all), "equal with ALL");
    assert!(!matches(0x12 | all, 0x12), "ALL on one side only");
    assert!(!matches(0x12, 0x12 | all), "ALL on the other side only");
    assert!(!matches(0x10 | all, 0x12 | all), "ALL on both, not equal");
    assert!(matches(0, 0), "equal, though nothing in common");
}

#[test]
fn the_most_preferred_attestation_is_asked_for() {
    let wanted = criterion("attestationTypes", serde_json::json!([0x3E09, 0x3E08, 0x3E07]));
    assert_eq!(
        wanted.preferred_attestation(&face()),
        Some(AttestationType::BasicSurrogate)
    );
    let none = criterion("attestationTypes", serde_json::json!([0x3E09]));
    assert_eq!(none.preferred_attestation(&face()), None);
    let open = MatchCriteria::default();
    assert_eq!(
        open.preferred_attestation(&face()),
        Some(AttestationType::BasicFull)
    );
}

#[test]
fn a_disallowed_match_always_wins() {
    let policy = Policy::accepting(&[face().aaid]);
    assert!(policy.is_satisfied_by(&[face()]));
    let registered = policy.clone().disallowing_keys(face().aaid, face().key_ids);
    assert!(
        !registered.is_satisfied_by(&[face()]),
        "this key is registered already"
    );
    let fresh = AuthenticatorDescription {
        key_ids: Vec::new(),
        ..face()
    };
    assert!(
        registered.is_satisfied_by(&[fresh]),
        "another device of the model is welcome"
    );
}

#[test]
fn registering_for_the_first_time_disallows_nothing() {
    let policy = Policy::accepting(&[face().aaid]).disallowing_keys(face().aaid, Vec::new());
    assert!(policy.disallowed.is_empty());
}

#[test]
fn a_set_needs_an_authenticator_for_each_criterion() {
    let finger = AuthenticatorDescription {
        user_verification: 0x02,
        ..face()
    };
    let set = vec![
        criterion("userVerification", 0x12.into()),
        criterion("userVerification", 0x10.into()),
    ];
    let policy = Policy {
        accepted: vec![set],
        disallowed: Vec::new(),
    };
    assert!(
        !policy.is_satisfied_by(&[face()]),
        "one authenticator cannot stand for two"
    );
    assert!(
        !policy.is_satisfied_by(&[finger.clone(), finger.clone()]),
        "nobody shows a face"
    );
    // The face matches both criteria; it has to be kept for the second.
    let found = policy.first_accepted(&[face(), finger]).expect("both are met");
    assert_eq!(
        found,
        AcceptedSet {
            set: 0,
            authenticators: vec![1, 0]
        }
    );
}

#[test]
fn the_first_set_that_is_met_is_chosen() {
    let sets = ["0000#0000", "FFFF#5301", "FFFF#5301"];
    let accepted = sets
        .iter()
        .map(|aaid| vec![criterion("aaid", serde_json::json!([aaid]))])
        .collect();
    let policy = Policy {
        accepted,
        disallowed: Vec::new(),
    };
    let found = policy.first_accepted(&[face()]).expect("the second set is met");
    assert_eq!(
        found,
        AcceptedSet {
            set: 1,
            authenticators: vec![0]
        }
    );
}

#[test]
fn nothing_satisfies_a_policy_without_authenticators() {
    assert!(!Policy::accepting(&[face().aaid]).is_satisfied_by(&[]));
    let nothing = Policy {
        accepted: vec![Vec::new()],
        disallowed: Vec::new(),
    };
    assert!(!nothing.is_satisfied_by(&[face()]), "an empty set accepts nobody");
}

#[test]
fn an_aaid_is_combined_only_with_what_the_specification_allows() {
    use serde_json::json;
    let read = |extra: &str, value: serde_json::Value| {
        let mut object = json!({"aaid": ["FFFF#5301"]});
        object[extra] = value;
        MatchCriteria::from_json(&Node::root(&object, "c"))
    };
    let key = crate::base64url::encode(&[7; 32]);
    let allowed = [
        ("keyIDs", json!([key])),
        ("attachmentHint", json!(1)),
        ("authenticatorVersion", json!(1)),
    ];
    for (member, value) in allowed {
        read(member, value).expect(member);
    }
    let forbidden = [
        ("vendorID", json!(["FFFF"])),
        ("userVerification", json!(16)),
        ("keyProtection", json!(1)),
        ("matcherProtection", json!(1)),
        ("tcDisplay", json!(1)),
        ("authenticationAlgorithms", json!([1])),
        ("assertionSchemes", json!(["UAFV1TLV"])),
        ("attestationTypes", json!([0x3E07])),
    ];
    for (member, value) in forbidden {
        let error = read(member, value).expect_err(member);
        let named = matches!(&error, ProtocolError::Field { rule: FieldRule::Other(rule), .. } if rule.starts_with("aaid is combinable only"));
        assert!(named, "{member}: {error}");
    }
}

#[test]
fn criteria_come_back_as_they_were() {
    let key = KeyId::new(vec![1, 2, 3]).expect("3 bytes");
    let every_field = MatchCriteria {
        aaid: None,
        vendor_id: Some(vec![0x00AB]),
        key_ids: Some(vec![key]),
        user_verification: Some(u32::MAX),
        key_protection: Some(1),
        matcher_protection: Some(2),
        attachment_hint: Some(3),
        tc_display: Some(4),
        authentication_algorithms: Some(vec![1, 60000]),
        assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
        attestation_types: Some(vec![0x3E08, 0x3E07]),
        authenticator_version: Some(6),
        exts: Vec::new(),
    };
    let text = serde_json::to_string(&every_field).expect("JSON");
    assert_eq!(
        serde_json::from_str::<MatchCriteria>(&text).expect("the same"),
        every_field
    );
    assert!(text.contains(r#""vendorID":["00AB"]"#), "{text}");
}
