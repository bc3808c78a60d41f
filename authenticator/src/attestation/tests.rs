#![allow(clippy::unwrap_used)]

use der::{Decode, Encode};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier};

use super::{Attestation, NAME};
use crate::error::AuthenticatorError as Error;
use crate::rehearsal::{NEW_YEAR_MS, Rehearsal};

const AAID: &str = "FFFF#5301";

fn certificates(attestation: &Attestation) -> (Certificate, Certificate) {
    let chain = attestation.chain();
    assert_eq!(chain.len(), 1);
    let leaf = Certificate::from_der(&chain[0]).unwrap();
    (leaf, Certificate::from_der(attestation.root_der()).unwrap())
}

fn public_key(certificate: &Certificate) -> VerifyingKey {
    let info = certificate.tbs_certificate().subject_public_key_info();
    VerifyingKey::from_sec1_bytes(info.subject_public_key.raw_bytes()).unwrap()
}

fn is_signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let signature = DerSignature::from_bytes(certificate.signature().raw_bytes()).unwrap();
    let signed = certificate.tbs_certificate().to_der().unwrap();
    public_key(issuer).verify(&signed, &signature).is_ok()
}

#[test]
fn the_leaf_is_issued_by_the_root_and_the_root_by_itself() {
    let rehearsal = Rehearsal::new();
    let attestation = Attestation::open(&rehearsal.vault(), AAID, &*rehearsal.clock).unwrap();
    let (leaf, root) = certificates(&attestation);
    assert!(is_signed_by(&leaf, &root));
    assert!(is_signed_by(&root, &root));
    assert!(!is_signed_by(&root, &leaf));
    let (leaf_tbs, root_tbs) = (leaf.tbs_certificate(), root.tbs_certificate());
    assert_eq!(leaf_tbs.issuer(), root_tbs.subject());
    assert_eq!(root_tbs.issuer(), root_tbs.subject());
    assert_ne!(leaf_tbs.subject(), root_tbs.subject());
    assert_eq!(public_key(&leaf), *attestation.key.verifying_key());
}

#[test]
fn only_the_root_may_issue_and_only_the_leaf_may_attest() {
    let rehearsal = Rehearsal::new();
    let attestation = Attestation::open(&rehearsal.vault(), AAID, &*rehearsal.clock).unwrap();
    let (leaf, root) = certificates(&attestation);
    let (leaf, root) = (leaf.tbs_certificate(), root.tbs_certificate());
    let constraints = |tbs: &x509_cert::certificate::TbsCertificate| {
        let (critical, found) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        (critical, found.ca, found.path_len_constraint)
    };
    assert_eq!(constraints(root), (true, true, Some(0)));
    assert!(!constraints(leaf).1);
    let usage = |tbs: &x509_cert::certificate::TbsCertificate| {
        let (_, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        (usage.key_cert_sign(), usage.digital_signature())
    };
    assert_eq!(usage(root), (true, false));
    assert_eq!(usage(leaf), (false, true));
    let (_, of_root) = root.get_extension::<SubjectKeyIdentifier>().unwrap().unwrap();
    let (_, authority) = leaf.get_extension::<AuthorityKeyIdentifier>().unwrap().unwrap();
    assert_eq!(authority.key_identifier.unwrap(), of_root.0);
}

#[test]
fn the_names_say_what_they_are_and_the_dates_follow_the_clock() {
    let rehearsal = Rehearsal::new();
    let attestation = Attestation::open(&rehearsal.vault(), AAID, &*rehearsal.clock).unwrap();
    let (leaf, root) = certificates(&attestation);
    assert!(leaf.tbs_certificate().subject().to_string().contains("FFFF#5301"));
    assert!(root.tbs_certificate().subject().to_string().contains("test"));
    for certificate in [leaf, root] {
        // RFC 5280 appendix A.1: ub-common-name and ub-organization-name are 64 characters.
        let subject = certificate.tbs_certificate().subject().to_string();
        assert!(subject.split(',').all(|part| part.len() <= 3 + 64), "{subject}");
        let validity = certificate.tbs_certificate().validity();
        let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
        let now = NEW_YEAR_MS / 1000;
        assert_eq!(seconds(validity.not_before), now - 86_400);
        assert_eq!(seconds(validity.not_after), now - 86_400 + 10 * 365 * 86_400);
    }
}

#[test]
fn dates_after_2049_are_generalized_times() {
    let rehearsal = Rehearsal::new();
    // 2045-01-01, so that the end lies in 2054.
    rehearsal.clock.set(2_366_841_600_000);
    let attestation = Attestation::open(&rehearsal.vault(), AAID, &*rehearsal.clock).unwrap();
    let (leaf, _) = certificates(&attestation);
    let validity = leaf.tbs_certificate().validity();
    assert!(matches!(validity.not_before, x509_cert::time::Time::UtcTime(_)));
    assert!(matches!(
        validity.not_after,
        x509_cert::time::Time::GeneralTime(_)
    ));
}

#[test]
fn an_attestation_survives_restarts_and_differs_between_installations() {
    let rehearsal = Rehearsal::new();
    let vault = rehearsal.vault();
    let first = Attestation::open(&vault, AAID, &*rehearsal.clock).unwrap();
    let again = Attestation::open(&vault, AAID, &*rehearsal.clock).unwrap();
    assert_eq!(first.root_der(), again.root_der());
    assert_eq!(first.chain(), again.chain());
    assert_eq!(first.key.verifying_key(), again.key.verifying_key());
    let other = Rehearsal::new();
    let elsewhere = Attestation::open(&other.vault(), AAID, &*other.clock).unwrap();
    assert_ne!(first.root_der(), elsewhere.root_der());
    assert_ne!(first.key.verifying_key(), elsewhere.key.verifying_key());
}

#[test]
fn a_record_that_is_no_attestation_is_refused_not_replaced() {
    let rehearsal = Rehearsal::new();
    let vault = rehearsal.vault();
    let good = Attestation::open(&vault, AAID, &*rehearsal.clock)
        .unwrap()
        .encode();
    for length in [0, 31, 35, 36, 200, good.len() - 1] {
        vault.write(NAME, &good[..length]).unwrap();
        let refused = Attestation::open(&vault, AAID, &*rehearsal.clock);
        assert!(matches!(refused, Err(Error::Sealed { .. })), "{length}");
    }
    vault.write(NAME, &good).unwrap();
    Attestation::open(&vault, AAID, &*rehearsal.clock).unwrap();
}
