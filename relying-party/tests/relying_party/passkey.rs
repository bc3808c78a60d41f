//! A passkey of the server's tests, on P-256: its CBOR is written by another crate than the one that the server reads it
//! with, and nobody is verified.

use ciborium::Value;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use sha2::{Digest, Sha256};
use smile_protocol::base64url;

/// What the passkey's model says of itself: ES256 as COSE, attests itself.
pub const METADATA: &str = r#"{"aaid":"FFFF#5398","aaguid":"a7a7a7a7-a7a7-a7a7-a7a7-a7a7a7a7a7a7",
"description":"Passkey of the server's tests; verifies nobody","authenticatorVersion":1,"upv":[{"major":1,"minor":1}],
"assertionScheme":"WAV1CBOR","authenticationAlgorithm":1,"publicKeyAlgAndEncoding":260,"attestationTypes":[15880],
"userVerificationDetails":[[{"userVerification":16}]],"keyProtection":1,"matcherProtection":1,"attachmentHint":1,
"isSecondFactorOnly":false,"tcDisplay":0,"attestationRootCertificates":[]}"#;

pub struct Passkey {
    key: SigningKey,
    id: Vec<u8>,
    counter: u32,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("a Vec takes every byte");
    bytes
}

/// The first object of a request for version 1.1, and the `fcParams` that answer it.
fn answered(request: &str) -> (serde_json::Value, String) {
    let objects: Vec<serde_json::Value> = serde_json::from_str(request).expect("JSON");
    let newest = objects
        .into_iter()
        .max_by_key(|object| object["header"]["upv"]["minor"].as_u64())
        .expect("an object");
    let params = json!({
        "appID": newest["header"]["appID"], "challenge": newest["challenge"],
        "facetID": "https://shop.example", "channelBinding": {},
    });
    let fc_params = base64url::encode(params.to_string().as_bytes());
    (newest["header"].clone(), fc_params)
}

/// A response message with this assertion.
fn message(header: &serde_json::Value, fc_params: &str, assertion: &[u8]) -> String {
    let assertion = json!({"assertionScheme": "WAV1CBOR", "assertion": base64url::encode(assertion)});
    json!([{"header": header, "fcParams": fc_params, "assertions": [assertion]}]).to_string()
}

impl Passkey {
    pub fn number(number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).expect("a small number is a private key"),
            id: vec![number; 32],
            counter: 0,
        }
    }

    /// The signature, in DER, over authenticator data and the hash of `fc_params`.
    pub fn sign(&self, data: &[u8], fc_params: &str) -> Vec<u8> {
        let hash = Sha256::digest(fc_params);
        let signature: Signature = self.key.sign(&[data, &hash[..]].concat());
        signature.to_der().as_bytes().to_vec()
    }

    /// The public key as COSE.
    pub fn cose(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let number = |number: i8| Value::Integer(i64::from(number).into());
        cbor(&Value::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), Value::Bytes(x.to_vec())),
            (number(-3), Value::Bytes(y.to_vec())),
        ]))
    }

    /// UP and UV, with a new key or without.
    fn data(&self, attested: &[u8]) -> Vec<u8> {
        let flags = if attested.is_empty() { 0x05 } else { 0x45 };
        let hash = Sha256::digest("shop.example");
        [&hash[..], &[flags], &self.counter.to_be_bytes(), attested].concat()
    }

    /// An attestation object that the key signs itself.
    pub fn attestation_object(&self, fc_params: &str) -> Vec<u8> {
        let data = self.data(&[&[0xA7; 16], &[0, 32][..], &self.id, &self.cose()].concat());
        let statement = Value::Map(vec![
            (text("alg"), Value::Integer((-7).into())),
            (text("sig"), Value::Bytes(self.sign(&data, fc_params))),
        ]);
        cbor(&Value::Map(vec![
            (text("fmt"), text("packed")),
            (text("attStmt"), statement),
            (text("authData"), Value::Bytes(data)),
        ]))
    }

    /// The response of authenticatorGetAssertion.
    pub fn assertion(&self, fc_params: &str) -> Vec<u8> {
        let data = self.data(&[]);
        let credential = Value::Map(vec![
            (text("id"), Value::Bytes(self.id.clone())),
            (text("type"), text("public-key")),
        ]);
        let signature = self.sign(&data, fc_params);
        let number = |number: u8| Value::Integer(number.into());
        cbor(&Value::Map(vec![
            (number(1), credential),
            (number(2), Value::Bytes(data)),
            (number(3), Value::Bytes(signature)),
        ]))
    }

    /// The answer to a registration request, its assertion changed.
    pub fn register(&self, request: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
        let (header, fc_params) = answered(request);
        let mut object = self.attestation_object(&fc_params);
        change(&mut object);
        message(&header, &fc_params, &object)
    }

    /// The answer to an authentication request, its assertion changed; counts one up.
    pub fn authenticate(&mut self, request: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
        self.counter += 1;
        let (header, fc_params) = answered(request);
        let mut assertion = self.assertion(&fc_params);
        change(&mut assertion);
        message(&header, &fc_params, &assertion)
    }
}
