//! A receipt is checked with nothing but the public key that the server publishes.

use crate::signer::Signer;
use crate::world::{KEY, On, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ciborium::Value;
use coset::{CborSerializable, CoseKey, CoseKeySet, CoseSign1};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;

fn paid(world: &World) -> serde_json::Value {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    payment
}

fn receipt_path(payment: &serde_json::Value) -> String {
    format!(
        "/v1/payment_intents/{}/receipt",
        payment["id"].as_str().expect("an id")
    )
}

fn published_key(world: &World) -> VerifyingKey {
    let keys = world.raw("GET", "/v1/receipt_keys", "", b"").json();
    let key = &keys["keys"][0];
    let mut point = vec![4];
    for coordinate in ["x", "y"] {
        let text = key[coordinate].as_str().expect("a coordinate");
        point.extend(BASE64URL.decode(text).expect("base64url"));
    }
    VerifyingKey::from_sec1_bytes(&point).expect("a P-256 key")
}

fn holds(receipt: &CoseSign1, key: &VerifyingKey) -> bool {
    let verify = |signature: &[u8], signed: &[u8]| {
        let signature = Signature::from_slice(signature).map_err(drop)?;
        key.verify(signed, &signature).map_err(drop)
    };
    receipt.verify_signature(&[], verify).is_ok()
}

fn member<'a>(map: &'a Value, name: &str) -> &'a Value {
    let entries = map.as_map().expect("a map");
    let found = entries.iter().find(|(key, _)| key.as_text() == Some(name));
    &found.unwrap_or_else(|| panic!("{name} is in the receipt")).1
}

#[test]
fn the_payload_is_a_map_of_definite_length() {
    let world = World::new(On::Memory);
    let receipt = world.get(&receipt_path(&paid(&world))).body;
    let payload = CoseSign1::from_slice(&receipt)
        .expect("COSE_Sign1")
        .payload
        .expect("a payload");
    // RFC 8949 §3.1: major type 5 with its length in the head. 0xBF would be a map of indefinite length.
    assert_eq!(payload[0], 0xA9, "a map of nine members");
}

#[test]
fn a_receipt_verifies_with_the_published_key_and_states_the_payment() {
    let world = World::new(On::Memory);
    let payment = paid(&world);
    let answer = world.get(&receipt_path(&payment));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/cose"))
    );
    let receipt = CoseSign1::from_slice(&answer.body).expect("COSE_Sign1");
    let key = published_key(&world);
    assert!(holds(&receipt, &key));
    let payload: Value = ciborium::from_reader(receipt.payload.as_deref().expect("a payload")).expect("CBOR");
    assert_eq!(member(&payload, "payment").as_text(), payment["id"].as_str());
    assert_eq!(member(&payload, "issuer").as_text(), Some("stamps"));
    assert_eq!(
        member(&payload, "transaction_text").as_text(),
        payment["transaction_text"].as_str()
    );
    assert_eq!(
        member(member(&payload, "amount"), "minor_units").as_integer(),
        Some(145.into())
    );
    assert_eq!(member(&payload, "status").as_text(), Some("succeeded"));
    assert!(
        member(member(&payload, "authorisation"), "assertion")
            .as_bytes()
            .is_some()
    );
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!body.contains("alice"), "a receipt does not name the buyer");

    let mut dearer = receipt.clone();
    let payload = dearer.payload.as_mut().expect("a payload");
    let at = payload
        .windows(4)
        .position(|four| four == b"1.45")
        .expect("the text is in it");
    payload[at] = b'9';
    assert!(!holds(&dearer, &key), "a changed amount breaks the signature");
    let other = published_key(&World::new(On::Memory));
    assert!(
        !holds(&receipt, &other),
        "another server's key does not verify it"
    );
}

#[test]
fn a_receipt_verifies_the_buyers_signature_also_after_the_key_was_deregistered() {
    let world = World::new(On::Memory);
    let payment = paid(&world);
    let credentials = world.get("/v1/users/alice/credentials").json();
    let id = credentials["data"][0]["id"].as_str().expect("an id");
    let gone = world.post(
        &format!("/v1/credentials/{id}/deregister"),
        &serde_json::json!({}),
    );
    assert_eq!(gone.status, 200, "{gone:?}");
    let receipt = CoseSign1::from_slice(&world.get(&receipt_path(&payment)).body).expect("COSE_Sign1");
    let payload: Value = ciborium::from_reader(receipt.payload.as_deref().expect("a payload")).expect("CBOR");
    let evidence = member(&payload, "authorisation");
    // FIDO registry: ALG_SIGN_SECP256R1_ECDSA_SHA256_RAW.
    assert_eq!(member(evidence, "algorithm").as_integer(), Some(1.into()));
    let cose = member(evidence, "public_key").as_bytes().expect("bytes");
    let cose = CoseKey::from_slice(cose).expect("a COSE_Key");
    let mut point = vec![4];
    for label in [-2, -3] {
        let found = cose
            .params
            .iter()
            .find(|(name, _)| *name == coset::Label::Int(label));
        point.extend(
            found
                .and_then(|(_, value)| value.as_bytes())
                .expect("a coordinate"),
        );
    }
    let key = VerifyingKey::from_sec1_bytes(&point).expect("a P-256 key");
    let assertion = member(evidence, "assertion").as_bytes().expect("bytes");
    let assertion = AuthenticationAssertion::decode(assertion).expect("an assertion");
    let signature = Signature::from_slice(&assertion.signature).expect("a raw signature");
    assert!(key.verify(&assertion.signed_bytes, &signature).is_ok());
    let mut altered = assertion.signed_bytes.clone();
    altered[20] ^= 1;
    assert!(key.verify(&altered, &signature).is_err());
}

#[test]
fn the_cose_key_set_and_the_json_key_set_name_the_same_key() {
    let world = World::new(On::Memory);
    let answer = world.raw(
        "GET",
        "/v1/receipt_keys",
        "accept: application/cose-key-set\r\n",
        b"",
    );
    assert_eq!(answer.header("content-type"), Some("application/cose-key-set"));
    let set = CoseKeySet::from_slice(&answer.body).expect("a COSE_KeySet");
    let jwk = world.raw("GET", "/v1/receipt_keys", "", b"").json();
    assert_eq!(jwk["keys"][0]["kid"], BASE64URL.encode(&set.0[0].key_id));
    let payment = paid(&world);
    let receipt = CoseSign1::from_slice(&world.get(&receipt_path(&payment)).body).expect("COSE_Sign1");
    assert_eq!(receipt.protected.header.key_id, set.0[0].key_id);
}

#[test]
fn the_same_payment_always_yields_the_same_receipt_also_for_the_app() {
    let world = World::new(On::Memory);
    let payment = paid(&world);
    let first = world.get(&receipt_path(&payment)).body;
    assert_eq!(world.get(&receipt_path(&payment)).body, first);
    let secret = format!(
        "smile-client-secret: {}\r\n",
        payment["client_secret"].as_str().expect("a secret")
    );
    assert_eq!(
        world.raw("GET", &receipt_path(&payment), &secret, b"").body,
        first
    );
}

#[test]
pub fn a_payment_that_is_not_authorised_has_no_receipt() {
    let world = World::new(On::Memory);
    let payment = world.payment("alice");
    let answer = world.raw(
        "GET",
        &receipt_path(&payment),
        &format!("authorization: Bearer {KEY}\r\n"),
        b"",
    );
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "receipt_not_ready")
    );
}

#[test]
fn a_receipt_states_what_was_captured() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&serde_json::json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let states = |status: &str, captured: u64| {
        let receipt = CoseSign1::from_slice(&world.get(&receipt_path(&payment)).body).expect("COSE_Sign1");
        assert!(holds(&receipt, &published_key(&world)));
        let payload: Value =
            ciborium::from_reader(receipt.payload.as_deref().expect("a payload")).expect("CBOR");
        assert_eq!(member(&payload, "status").as_text(), Some(status));
        assert_eq!(
            member(&payload, "amount_captured").as_integer(),
            Some(captured.into())
        );
        let authorised = member(member(&payload, "amount"), "minor_units");
        assert_eq!(authorised.as_integer(), Some(145.into()));
    };
    states("requires_capture", 0);
    let part = serde_json::json!({"amount": 100});
    assert_eq!(world.post(&World::path(&payment, "/capture"), &part).status, 200);
    states("succeeded", 100);
}
