//! Public UAF vectors that nobody here wrote: each assertion decodes to the values observed
//! by an independent decoder, and the specification's example messages are read.

use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::key::PublicKey;
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::assertion::{tags, tlv};
use smile_protocol::uaf::authentication::AuthenticationResponse;
use smile_protocol::uaf::challenge::{FcParams, FinalChallengeHash};
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_protocol::uaf::registration::RegistrationResponse;
use smile_protocol::{ProtocolError, base64url};

/// The folder of vectors, or `None` (said once a test) where it is not there; in CI it has to be.
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("SMILE_SHARED").map_or(beside, PathBuf::from);
    let folder = shared.join("vectors/uaf");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "no {} in CI",
        folder.display()
    );
    eprintln!("skipped: no $SMILE_SHARED");
    None
}

fn read(name: &str) -> Option<String> {
    let path = folder()?.join(name);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The files hold base64url with line breaks and padding; the decoder takes neither.
fn unfolded(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(text.replace('\n', "").trim_end_matches('=').to_owned())
}

fn vectors(kind: &str) -> Vec<Value> {
    let Some(text) = read("uaf-assertions.json") else {
        return Vec::new();
    };
    let all: Vec<Value> = serde_json::from_str(&text).expect("the vectors are JSON");
    assert_eq!(all.len(), 8, "the file has changed");
    all.into_iter().filter(|vector| vector["kind"] == kind).collect()
}

fn assertion_bytes(vector: &Value) -> Vec<u8> {
    let text = unfolded(&vector["assertion"]).expect("an assertion");
    base64url::decode(&text).expect("base64url once unfolded")
}

/// The short names of the vectors' `observed.alg`.
fn short_name(algorithm: AuthenticationAlgorithm) -> &'static str {
    match algorithm {
        AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw => "P256 raw",
        AuthenticationAlgorithm::Secp256k1EcdsaSha256Der => "K1 der",
        other => panic!("no vector has {other:?}"),
    }
}

/// `NAME:length` of each element, as `observed.tags` and `observed.outer` list them.
fn listing(bytes: &[u8]) -> Vec<String> {
    let mut reader = tlv::TlvReader::new(bytes, 0);
    let mut lines = Vec::new();
    while let Some(element) = reader.read_next().expect("well-formed") {
        let name = tags::name(element.tag).expect("a tag of the protocol");
        let name = match name
            .trim_start_matches("UAFV1_")
            .trim_start_matches("ATTESTATION_")
        {
            "AUTHENTICATOR_NONCE" => "NONCE",
            "TRANSACTION_CONTENT_HASH" => "TC_HASH",
            short => short,
        };
        lines.push(format!("{name}:{}", element.value.len()));
    }
    lines
}

fn check_listing(vector: &Value, bytes: &[u8], signed: &[u8]) {
    let observed = &vector["observed"];
    assert_eq!(
        Value::from(listing(&bytes[4..])),
        observed["outer"],
        "{}",
        vector["id"]
    );
    assert_eq!(
        Value::from(listing(&signed[4..])),
        observed["tags"],
        "{}",
        vector["id"]
    );
}

/// The hash in the assertion is that of `fcParams` as transmitted, where the vector has one.
fn check_final_challenge(vector: &Value, hash: FinalChallengeHash) {
    let Some(text) = vector["fcParams"].as_str() else {
        return;
    };
    assert_eq!(vector["observed"]["fcHash"], "OK(as received)");
    let params = FcParams::from_transmitted(text).expect("short");
    assert_eq!(params.hash(HashAlgorithm::Sha256), hash, "{}", vector["id"]);
    let decoded = params.decode().expect("the parameters are well-formed");
    assert!(decoded.channel_binding.is_empty());
}

#[test]
fn registrations_decode_to_the_observed_values() {
    for vector in vectors("reg") {
        let (id, observed) = (&vector["id"], &vector["observed"]);
        let bytes = assertion_bytes(&vector);
        let assertion = RegistrationAssertion::decode(&bytes).unwrap_or_else(|error| panic!("{id}: {error}"));
        let krd = &assertion.krd;
        assert_eq!(
            krd.aaid.to_string(),
            observed["aaid"].as_str().expect("an AAID"),
            "{id}"
        );
        let algorithm = krd.assertion_info.signature_algorithm;
        assert_eq!(
            short_name(algorithm),
            observed["alg"].as_str().expect("a name"),
            "{id}"
        );
        let format = krd.assertion_info.public_key_format;
        assert_eq!(
            format!("0x{:x}", format.code()),
            observed["keyalg"].as_str().expect("a code"),
            "{id}"
        );
        assert_eq!(observed["mode"], 1, "{id}");
        assert_eq!(krd.key_id.as_bytes().len(), observed["keyid_len"], "{id}");
        let counters = serde_json::json!([krd.counters.sign_counter, krd.counters.reg_counter]);
        assert_eq!(counters, observed["counters"], "{id}");
        let Attestation::BasicFull { certificates, .. } = &assertion.attestation else {
            panic!("{id}: every vector is attested in full")
        };
        assert_eq!(observed["att"], "BASIC_FULL", "{id}");
        assert_eq!(certificates.len(), observed["ncert"], "{id}");
        assert_eq!(assertion.attestation.kind(), AttestationType::BasicFull, "{id}");
        check_listing(&vector, &bytes, &assertion.signed_bytes);
        check_final_challenge(&vector, krd.final_challenge_hash);
        PublicKey::decode(format, algorithm, &krd.public_key).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(assertion.encode().expect("as long as it was"), bytes, "{id}");
    }
}

#[test]
fn authentications_decode_to_the_observed_values() {
    for vector in vectors("auth") {
        let (id, observed) = (&vector["id"], &vector["observed"]);
        let bytes = assertion_bytes(&vector);
        let assertion =
            AuthenticationAssertion::decode(&bytes).unwrap_or_else(|error| panic!("{id}: {error}"));
        let data = &assertion.signed_data;
        assert_eq!(
            data.aaid.to_string(),
            observed["aaid"].as_str().expect("an AAID"),
            "{id}"
        );
        let algorithm = data.assertion_info.signature_algorithm;
        assert_eq!(
            short_name(algorithm),
            observed["alg"].as_str().expect("a name"),
            "{id}"
        );
        assert_eq!(
            data.assertion_info.authentication_mode.code(),
            observed["mode"],
            "{id}"
        );
        assert_eq!(data.key_id.as_bytes().len(), observed["keyid_len"], "{id}");
        assert_eq!(data.authenticator_nonce.len(), observed["nonce_len"], "{id}");
        let hash_length = data
            .transaction_content_hash
            .map_or(0, |hash| hash.0.as_bytes().len());
        assert_eq!(hash_length, observed["tchash_len"], "{id}");
        assert_eq!(
            serde_json::json!([data.sign_counter]),
            observed["counters"],
            "{id}"
        );
        check_listing(&vector, &bytes, &assertion.signed_bytes);
        check_final_challenge(&vector, data.final_challenge_hash);
        if let Some(key) = unfolded(&vector["pubkey"]) {
            let key = base64url::decode(&key).expect("base64url");
            PublicKey::decode(PublicKeyFormat::EccX962Raw, algorithm, &key).expect("a point");
        }
        assert_eq!(
            data.encode().expect("short"),
            assertion.signed_bytes,
            "{id}: same order, same bytes"
        );
        assert_eq!(assertion.encode().expect("as long as it was"), bytes, "{id}");
    }
}

#[test]
fn whole_messages_of_the_vectors_are_read() {
    for vector in vectors("reg").into_iter().chain(vectors("auth")) {
        let Some(mut message) = vector.get("message").cloned() else {
            continue;
        };
        // Assertions are folded in some of the files; fcParams have to stay as they are.
        let assertion = &mut message[0]["assertions"][0]["assertion"];
        *assertion = unfolded(assertion).expect("an assertion").into();
        let text = message.to_string();
        let fc_params = if vector["kind"] == "reg" {
            let response = RegistrationResponse::decode(&text).expect("a registration response");
            response.assertions[0].decode_assertion().expect("an assertion");
            response.fc_params
        } else {
            let response = AuthenticationResponse::decode(&text).expect("an authentication response");
            response.assertions[0].decode_assertion().expect("an assertion");
            response.fc_params
        };
        let sent = vector["fcParams"].as_str().expect("a string");
        assert_eq!(
            fc_params.hash(HashAlgorithm::Sha256).0.as_bytes(),
            Sha256::digest(sent).as_slice(),
            "{}",
            vector["id"]
        );
    }
}

#[test]
fn the_specification_s_example_requests_are_read() {
    let Some(text) = read("messages/registration_request.json") else {
        return;
    };
    let requests = decode_request(&text).expect("the example is read");
    let [UafRequest::Registration(request)] = requests.as_slice() else {
        panic!("one registration")
    };
    assert_eq!(request.username.as_str(), "apa");
    assert_eq!(request.policy.accepted.len(), 7);
    assert_eq!(request.policy.accepted[6].len(), 4);
    let registered = &request.policy.disallowed[2];
    assert_eq!(
        registered.key_ids.as_ref().map(|ids| ids[0].as_bytes().len()),
        Some(32)
    );

    let text = read("messages/authentication_request.json").expect("the folder is there");
    let requests = decode_request(&text).expect("the example is read");
    let [UafRequest::Authentication(request)] = requests.as_slice() else {
        panic!("one authentication")
    };
    assert_eq!(request.challenge.as_bytes().len(), 32);
    assert!(request.transaction.is_empty());
}

#[test]
fn the_specification_s_example_responses_are_read() {
    let Some(text) = read("messages/registration_response.json") else {
        return;
    };
    let response = RegistrationResponse::decode(&text).expect("the example is read");
    let assertion = response.assertions[0]
        .decode_assertion()
        .expect("the assertion is read");
    assert_eq!(
        assertion.krd.final_challenge_hash,
        response.fc_params.hash(HashAlgorithm::Sha256)
    );
    let params = response.fc_params.decode().expect("well-formed");
    assert_eq!(params.facet_id.as_str(), "com.noknok.android.sampleapp");

    let text = read("messages/authentication_response.json").expect("the folder is there");
    let response = AuthenticationResponse::decode(&text).expect("the example is read");
    let assertion = response.assertions[0]
        .decode_assertion()
        .expect("the assertion is read");
    assert_eq!(
        assertion.signed_data.final_challenge_hash,
        response.fc_params.hash(HashAlgorithm::Sha256)
    );
}

/// The example's key identifiers are `1` and `2`, which are not base64url of anything
/// (UAF §3.1.5), so it is refused for exactly that and read with real ones.
#[test]
fn the_specification_s_example_deregistration_is_read_once_its_keys_are_keys() {
    let Some(text) = read("messages/deregistration_request.json") else {
        return;
    };
    let error = decode_request(&text).expect_err("`1` is no KeyID");
    let named =
        matches!(&error, ProtocolError::Field { field, .. } if field == "[0].authenticators[0].keyID");
    assert!(named, "{error}");
    let key = base64url::encode(&[7; 32]);
    let text = text
        .replace(r#""keyID": "1""#, &format!(r#""keyID": "{key}""#))
        .replace(r#""keyID": "2""#, r#""keyID": """#);
    let requests = decode_request(&text).expect("with KeyIDs it is read");
    let [UafRequest::Deregistration(request)] = requests.as_slice() else {
        panic!("one deregistration")
    };
    assert_eq!(request.authenticators.len(), 2);
    assert!(request.authenticators[1].key_id.is_none());
}

#[test]
fn a_deployed_metadata_statement_is_read_and_comes_back() {
    let Some(text) = read("metadata-006F-0001.json") else {
        return;
    };
    let statement = MetadataStatement::decode(&text).expect("the statement is read");
    assert_eq!(statement.aaid.to_string(), "006F#0001");
    assert_eq!(
        statement.user_verification_flags(),
        Some(2 | 4 | 8 | 16 | 64 | 128 | 256)
    );
    assert_eq!(statement.attestation_types, [AttestationType::BasicSurrogate]);
    assert!(statement.attestation_root_certificates.is_empty());
    assert_eq!(MetadataStatement::decode(&statement.encode()), Ok(statement));
}
