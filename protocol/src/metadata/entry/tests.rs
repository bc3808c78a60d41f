//! Entries of a metadata service: reports, dates, and each rule broken alone.

use serde_json::{Value, json};

use super::*;
use crate::error::FieldRule;
use crate::metadata::AuthenticatorStatus;

fn statement() -> Value {
    json!({
        "aaid": "FFFF#5301", "description": "A test model.", "authenticatorVersion": 1,
        "upv": [{"major": 1, "minor": 1}], "assertionScheme": "UAFV1TLV", "authenticationAlgorithm": 1,
        "publicKeyAlgAndEncoding": 256, "attestationTypes": [15880],
        "userVerificationDetails": [[{"userVerification": 16}]], "keyProtection": 1, "matcherProtection": 1,
        "attachmentHint": 1, "isSecondFactorOnly": false, "tcDisplay": 0, "attestationRootCertificates": []
    })
}

fn entry() -> Value {
    json!({
        "aaid": "FFFF#5301", "metadataStatement": statement(), "timeOfLastStatusChange": "2026-02-28",
        "statusReports": [
            {"status": "FIDO_CERTIFIED", "effectiveDate": "2025-01-04", "url": "https://fido.example/1"},
            {"status": "ATTESTATION_KEY_COMPROMISE", "effectiveDate": "2026-02-28", "certificate": "MAA="},
            {"status": "SOMETHING_NEW"}
        ]
    })
}

fn decode(tree: &Value) -> Result<MetadataEntry, ProtocolError> {
    MetadataEntry::decode(&tree.to_string())
}

#[test]
fn an_entry_comes_back_as_it_was() {
    let decoded = decode(&entry()).expect("accepted");
    let encoded: Value = serde_json::from_str(&decoded.encode()).expect("JSON");
    assert_eq!(encoded, entry());
    let [certified, compromised, unknown] = decoded.status_reports.as_slice() else {
        panic!("three reports")
    };
    assert!(!certified.status.is_compromise() && compromised.status.is_compromise());
    assert_eq!(compromised.certificate.as_deref(), Some(&[0x30, 0x00][..]));
    assert_eq!(
        unknown.status,
        AuthenticatorStatus::Unknown("SOMETHING_NEW".to_owned())
    );
    assert!(!unknown.status.is_compromise());
}

#[test]
fn a_statement_alone_is_an_entry_without_reports() {
    let decoded = decode(&statement()).expect("accepted");
    assert_eq!(decoded, MetadataEntry::from(decoded.statement.clone()));
}

#[test]
fn exactly_five_statuses_say_that_a_model_is_compromised() {
    let bad: Vec<_> = AuthenticatorStatus::LISTED
        .iter()
        .filter(|status| status.is_compromise())
        .map(AuthenticatorStatus::name)
        .collect();
    let wanted = [
        "USER_VERIFICATION_BYPASS",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
        "REVOKED",
    ];
    assert_eq!(bad, wanted);
    for status in AuthenticatorStatus::LISTED {
        let mut tree = entry();
        tree["statusReports"][0]["status"] = json!(status.name());
        assert_eq!(decode(&tree).expect("accepted").status_reports[0].status, *status);
    }
}

#[test]
fn a_report_is_in_effect_from_the_first_moment_of_its_day() {
    let decoded = decode(&entry()).expect("accepted");
    let [_, dated, undated] = decoded.status_reports.as_slice() else {
        panic!("three reports")
    };
    // 2026-02-28T00:00:00Z, computed apart.
    let begins = 1_772_236_800_000;
    assert!(dated.is_effective_at(begins) && !dated.is_effective_at(begins - 1));
    assert!(undated.is_effective_at(0));
}

#[test]
fn dates_are_days_that_exist() {
    let starts = |text: &str| text.parse::<CalendarDate>().map(CalendarDate::starts_at_ms).ok();
    // Computed apart.
    assert_eq!(starts("1970-01-01"), Some(0));
    assert_eq!(starts("2000-02-29"), Some(951_782_400_000));
    assert_eq!(starts("2024-12-31"), Some(1_735_603_200_000));
    assert_eq!(starts("2100-03-01"), Some(4_107_542_400_000));
    for text in [
        "",
        "2024",
        "2024-2-01",
        "2024-02-30",
        "2023-02-29",
        "2100-02-29",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "1969-12-31",
        "2024-01-01T00:00:00Z",
        "+024-01-01",
        "2024-01-+1",
    ] {
        assert_eq!(starts(text), None, "{text}");
    }
    let shown: CalendarDate = "2024-02-29".parse().expect("a leap year");
    assert_eq!(shown.to_string(), "2024-02-29");
}

#[test]
fn an_entry_that_breaks_a_rule_is_refused() {
    decode(&entry()).expect("accepted without the flaw");
    let flaws = [
        ("/aaid", json!("FFFF#5302"), "aaid"),
        (
            "/metadataStatement/keyProtection",
            json!("x"),
            "metadataStatement.keyProtection",
        ),
        ("/statusReports", json!({}), "statusReports"),
        ("/statusReports/0/status", json!(""), "statusReports[0].status"),
        (
            "/statusReports/0/status",
            json!("x".repeat(65)),
            "statusReports[0].status",
        ),
        ("/statusReports/0/status", json!(1), "statusReports[0].status"),
        (
            "/statusReports/0/effectiveDate",
            json!("4 January"),
            "statusReports[0].effectiveDate",
        ),
        (
            "/statusReports/1/certificate",
            json!("!"),
            "statusReports[1].certificate",
        ),
        ("/statusReports/0/url", json!(null), "statusReports[0].url"),
        (
            "/timeOfLastStatusChange",
            json!("2026-02-30"),
            "timeOfLastStatusChange",
        ),
    ];
    for (pointer, value, field) in flaws {
        let mut tree = entry();
        *tree.pointer_mut(pointer).expect("the member exists") = value;
        match decode(&tree) {
            Err(ProtocolError::Field { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{pointer}: {other:?}"),
        }
    }
    for member in ["aaid", "statusReports"] {
        let mut tree = entry();
        tree.as_object_mut().expect("an object").remove(member);
        assert_eq!(
            decode(&tree),
            Err(ProtocolError::field(member, FieldRule::Missing))
        );
    }
}
