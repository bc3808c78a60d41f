//! Assertions that nobody here made: the public vectors of `$SMILE_SHARED/vectors/uaf`.

use std::path::PathBuf;

use der::{Decode, asn1::ObjectIdentifier};
use serde_json::Value;
use smile_ceremony::{
    signature::{SignatureRule, VerifyingKey, verify_assertion},
    trust::{TrustPolicy, TrustRule, verify_path},
};
use smile_protocol::{
    base64url,
    registry::AuthenticationAlgorithm,
    uaf::assertion::{
        authentication::AuthenticationAssertion,
        registration::{Attestation, RegistrationAssertion},
    },
};
use x509_cert::{Certificate, Version, attr::AttributeTypeAndValue, name::Name};

/// The shared folder: from the environment, else beside the workspace. Without it a test says that it was
/// skipped, and fails where `CI` is `true`.
fn vectors() -> Option<Vec<Value>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("SMILE_SHARED").map_or_else(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("vectors/uaf/uaf-assertions.json")) else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "$SMILE_SHARED is needed where CI is true"
        );
        println!("skipped: no $SMILE_SHARED");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the vectors are a JSON array"))
}

fn bytes(vector: &Value, member: &str) -> Option<Vec<u8>> {
    // Some of them came with padding and line breaks, which the transport would refuse.
    let text: String = vector[member]
        .as_str()?
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '=')
        .collect();
    Some(base64url::decode(&text).expect("base64url"))
}

/// The key for `algorithm` from an uncompressed point.
fn key_of(algorithm: AuthenticationAlgorithm, point: &[u8]) -> Result<VerifyingKey, SignatureRule> {
    match algorithm.code() {
        1 | 2 => VerifyingKey::p256(point),
        5 | 6 => VerifyingKey::secp256k1(point),
        _ => Err(SignatureRule::AlgorithmUnsupported),
    }
}

/// The attestation key as the certificate holds it: the leaf listed as its own root, at its own time.
fn leaf_key(assertion: &RegistrationAssertion, now_ms: u64) -> Result<VerifyingKey, TrustRule> {
    let Attestation::BasicFull { certificates, .. } = &assertion.attestation else {
        panic!("all registrations among the vectors are Basic Full")
    };
    verify_path(
        certificates,
        certificates,
        assertion.krd.aaid,
        TrustPolicy::default(),
        now_ms,
    )
    .map(|leaf| leaf.key().clone())
}

/// When each leaf was valid, unix milliseconds.
fn valid_at(id: &str) -> u64 {
    let s = match id {
        "ebay-getExampleRegAssertionsFromClient" => 1_429_900_000, // 2015-04-24
        "lightfactor-0" => 1_577_836_800,                          // 2020-01-01
        "ebay-getRegAssertionsFromS" => 1_750_000_000,             // 2025-06-15
        _ => 1_451_606_400,                                        // 2016-01-01
    };
    s * 1000
}

#[test]
fn each_signature_comes_out_as_observed() {
    let Some(vectors) = vectors() else { return };
    let mut verified = 0;
    for vector in &vectors {
        let id = vector["id"].as_str().expect("each has an id");
        let assertion = bytes(vector, "assertion").expect("each has an assertion");
        let verdict = if vector["kind"] == "reg" {
            let decoded = RegistrationAssertion::decode(&assertion).expect("well-formed");
            let key = leaf_key(&decoded, valid_at(id)).unwrap_or_else(|rule| panic!("{id}: {rule}"));
            let algorithm = decoded.krd.assertion_info.signature_algorithm;
            // The key that was registered is a valid one too.
            assert!(key_of(algorithm, &decoded.krd.public_key).is_ok(), "{id}");
            verify_assertion(
                algorithm,
                &key,
                &decoded.signed_bytes,
                decoded.attestation.signature(),
            )
            .map(drop)
        } else {
            let decoded = AuthenticationAssertion::decode(&assertion).expect("well-formed");
            let Some(point) = bytes(vector, "pubkey") else {
                assert!(
                    vector["observed"].get("sig").is_none(),
                    "{id}: observed without a key"
                );
                continue;
            };
            let algorithm = decoded.signed_data.assertion_info.signature_algorithm;
            let key = key_of(algorithm, &point).unwrap_or_else(|rule| panic!("{id}: {rule}"));
            verify_assertion(algorithm, &key, &decoded.signed_bytes, &decoded.signature).map(drop)
        };
        let observed = vector["observed"]["sig"]
            .as_bool()
            .expect("observed where there is a key");
        assert_eq!(verdict.is_ok(), observed, "{id}: {verdict:?}");
        verified += usize::from(observed);
    }
    assert_eq!(verified, 7);
}

#[test]
fn a_leaf_of_others_is_trusted_only_if_listed_and_in_time() {
    let Some(vectors) = vectors() else { return };
    for vector in vectors.iter().filter(|vector| vector["kind"] == "reg") {
        let id = vector["id"].as_str().expect("each has an id");
        let assertion =
            RegistrationAssertion::decode(&bytes(vector, "assertion").expect("there")).expect("sound");
        let Attestation::BasicFull { certificates, .. } = &assertion.attestation else {
            panic!("Basic Full")
        };
        let aaid = assertion.krd.aaid;
        assert!(
            verify_path(
                certificates,
                certificates,
                aaid,
                TrustPolicy::default(),
                valid_at(id)
            )
            .is_ok(),
            "{id}"
        );
        let unlisted = verify_path(certificates, &[], aaid, TrustPolicy::default(), valid_at(id));
        assert_eq!(unlisted.err(), Some(TrustRule::RootNotListed), "{id}");
        let late = verify_path(
            certificates,
            certificates,
            aaid,
            TrustPolicy::default(),
            4_000_000_000_000,
        );
        assert_eq!(late.err(), Some(TrustRule::Expired), "{id}");
    }
}

/// How many characters of a subject were written down beside the vectors.
const SUBJECT_CHARS: usize = 90;

/// A name as RFC 4514 writes it, the last part first. Of the attribute types it knows those with a short name there; the
/// vectors have one more, the e-mail address, which stands under its number.
fn rfc4514(name: &Name) -> String {
    let parts: Vec<String> = name.iter().map(part).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(",")
}

fn part(one: &AttributeTypeAndValue) -> String {
    let number = one.oid.to_string();
    let kind = match number.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        other => other,
    };
    let mut shown = format!("{kind}=");
    for character in std::str::from_utf8(one.value.value()).expect("text").chars() {
        // RFC 4514 §2.4.
        if matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// RFC 5480 §2.1.1.1: the curve stands as the parameter of the key's algorithm.
fn curve(certificate: &Certificate) -> &'static str {
    let algorithm = &certificate.tbs_certificate().subject_public_key_info().algorithm;
    let parameters = algorithm.parameters.as_ref().expect("a curve");
    let named: ObjectIdentifier = parameters.decode_as().expect("a named curve");
    match named.to_string().as_str() {
        "1.2.840.10045.3.1.7" => "secp256r1",
        "1.3.132.0.10" => "secp256k1",
        other => panic!("another curve: {other}"),
    }
}

#[test]
fn each_leaf_reads_as_observed() {
    let Some(vectors) = vectors() else { return };
    let mut read = 0;
    for vector in vectors.iter().filter(|vector| vector["kind"] == "reg") {
        let (id, observed) = (&vector["id"], &vector["observed"]);
        let assertion = bytes(vector, "assertion").expect("each has an assertion");
        let assertion = RegistrationAssertion::decode(&assertion).expect("well-formed");
        let Attestation::BasicFull { certificates, .. } = &assertion.attestation else {
            panic!("Basic Full")
        };
        assert_eq!(observed["ncert"], certificates.len(), "{id}");
        let leaf = Certificate::from_der(&certificates[0]).expect("a certificate");
        let fields = leaf.tbs_certificate();
        let version = match fields.version() {
            Version::V1 => "Version.v1",
            Version::V2 => "Version.v2",
            Version::V3 => "Version.v3",
        };
        let subject: String = rfc4514(fields.subject()).chars().take(SUBJECT_CHARS).collect();
        let ends = fields.validity().not_after.to_date_time();
        let ends = format!("{:04}-{:02}-{:02}", ends.year(), ends.month(), ends.day());
        assert_eq!(observed["certver"], version, "{id}");
        assert_eq!(observed["certkey"], curve(&leaf), "{id}");
        assert_eq!(observed["subj"], subject, "{id}");
        assert_eq!(observed["notAfter"], ends, "{id}");
        read += 1;
    }
    assert_eq!(read, 5);
}
