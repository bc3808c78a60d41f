use super::load;
use std::fs;

const STATEMENT: &str = r#"{"aaid":"FFFF#5399","description":"Software signer of the server's tests; verifies nobody",
"authenticatorVersion":1,"upv":[{"major":1,"minor":1}],"assertionScheme":"UAFV1TLV","authenticationAlgorithm":1,
"publicKeyAlgAndEncoding":256,"attestationTypes":[15880],"userVerificationDetails":[[{"userVerification":16}]],
"keyProtection":1,"matcherProtection":1,"attachmentHint":1,"isSecondFactorOnly":false,"tcDisplay":0,
"attestationRootCertificates":[]}"#;

/// Loads a folder with these files; the AAIDs, or the refusal.
fn loaded(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let statements = load(folder.path()).map_err(|error| error.to_string())?;
    Ok(statements.aaids().map(|aaid| aaid.to_string()).collect())
}

#[test]
fn every_json_file_is_a_statement_and_nothing_else_is() {
    let second = STATEMENT.replace("FFFF#5399", "FFFF#5398");
    let files = [
        ("one.json", STATEMENT),
        ("two.json", second.as_str()),
        ("README", "no statement"),
    ];
    assert_eq!(
        loaded(&files),
        Ok(vec!["FFFF#5398".to_owned(), "FFFF#5399".to_owned()])
    );
}

#[test]
fn an_entry_with_reports_is_read_and_a_broken_report_stops_the_start() {
    let entry = |report: &str| {
        format!(r#"{{"aaid":"FFFF#5399","statusReports":[{report}],"metadataStatement":{STATEMENT}}}"#)
    };
    let sound = entry(r#"{"status":"REVOKED","effectiveDate":"2026-02-28"}"#);
    assert_eq!(
        loaded(&[("entry.json", &sound)]),
        Ok(vec!["FFFF#5399".to_owned()])
    );
    let broken = entry(r#"{"status":"REVOKED","effectiveDate":"2026-02-30"}"#);
    let words = loaded(&[("entry.json", &broken)]).expect_err("refused");
    assert!(
        words.contains("entry.json") && words.contains("statusReports[0].effectiveDate"),
        "{words}"
    );
}

#[test]
fn what_nobody_could_register_with_stops_the_start_and_is_named() {
    let refused = |files: &[(&str, &str)]| loaded(files).expect_err("refused");
    assert!(refused(&[]).contains("no metadata statement"));
    assert!(refused(&[("README", "no statement")]).contains("no metadata statement"));
    let broken = refused(&[("one.json", STATEMENT), ("two.json", "{")]);
    assert!(broken.contains("two.json"), "{broken}");
    let twice = refused(&[("one.json", STATEMENT), ("two.json", STATEMENT)]);
    assert!(twice.contains("FFFF#5399"), "{twice}");
    let missing = load(std::path::Path::new("no-such-folder"))
        .expect_err("refused")
        .to_string();
    assert!(missing.contains("no-such-folder"), "{missing}");
    let long = format!("{STATEMENT}{}", " ".repeat(1024 * 1024));
    assert!(refused(&[("one.json", &long)]).contains("at most"));
}
