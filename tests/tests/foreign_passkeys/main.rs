//! The structures of the experimental scheme `WAV1CBOR`, ours judged by python-fido2, and python-fido2's read by ours.

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use smile_protocol::key::{EcCurve, EcPoint, PublicKey};
use smile_protocol::registry::AuthenticationAlgorithm;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::wav1cbor::signed_message;
use smile_protocol::webauthn::assertion::{Assertion, User};
use smile_protocol::webauthn::attestation_object::{AttestationObject, AttestationStatement};
use smile_protocol::webauthn::authenticator_data::{Aaguid, AttestedCredential, AuthenticatorData, flags};
use smile_protocol::{ProtocolError, base64url};
use smile_tests::foreign::{foreign_passkey, passkey_verdict};

const ES256: i64 = -7;

/// `{"challenge":"abc"}`; what is inside is nobody's matter here.
const FC_PARAMS: &str = "eyJjaGFsbGVuZ2UiOiJhYmMifQ";

const CREDENTIAL_ID: [u8; 32] = [0x5C; 32];

fn fc_params() -> FcParams {
    FcParams::from_transmitted(FC_PARAMS).expect("base64url")
}

fn signed(key: &SigningKey, data: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(&signed_message(data, &fc_params()));
    signature.to_der().as_bytes().to_vec()
}

fn data(
    more_flags: u8,
    sign_count: u32,
    attested_credential: Option<AttestedCredential>,
) -> AuthenticatorData {
    AuthenticatorData {
        rp_id_hash: Sha256::digest("shop.example").into(),
        flags: flags::USER_PRESENT | flags::USER_VERIFIED | flags::BACKUP_ELIGIBLE | more_flags,
        sign_count,
        attested_credential,
        extensions: None,
    }
}

/// A passkey of ours: its key attests itself.
fn registered(key: &SigningKey) -> AttestationObject {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let point = EcPoint::new(EcCurve::P256, x, y).expect("32 bytes each");
    let algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Der;
    let credential = AttestedCredential {
        aaguid: Aaguid([0xA7; 16]),
        credential_id: CREDENTIAL_ID.to_vec(),
        public_key: PublicKey::Ec(point).to_cose(algorithm).expect("ES256"),
    };
    let authenticator_data = data(flags::ATTESTED_CREDENTIAL_DATA, 1, Some(credential));
    let signed_bytes = authenticator_data.encode().expect("sound");
    AttestationObject {
        statement: AttestationStatement::Packed {
            algorithm: ES256,
            signature: signed(key, &signed_bytes),
            certificates: Vec::new(),
        },
        authenticator_data,
        signed_bytes,
    }
}

/// Its answer, as a discoverable key gives it.
fn answered(key: &SigningKey) -> Assertion {
    let authenticator_data = data(flags::BACKED_UP, 2, None);
    let signed_bytes = authenticator_data.encode().expect("sound");
    Assertion {
        credential_id: CREDENTIAL_ID.to_vec(),
        transports: Some(vec!["internal".to_owned()]),
        signature: signed(key, &signed_bytes),
        authenticator_data,
        signed_bytes,
        user: Some(User {
            id: vec![1, 2, 3],
            icon: None,
            name: Some("alice".to_owned()),
            display_name: None,
        }),
    }
}

#[test]
fn python_fido2_reads_and_verifies_what_we_write() {
    let key = SigningKey::from_slice(&[10; 32]).expect("a scalar");
    let judge = |object: &AttestationObject, assertion: &Assertion| {
        let text = |bytes: Result<Vec<u8>, ProtocolError>| base64url::encode(&bytes.expect("sound"));
        passkey_verdict(FC_PARAMS, &text(object.encode()), &text(assertion.encode()))
    };
    let (object, assertion) = (registered(&key), answered(&key));
    let Some(verdict) = judge(&object, &assertion) else {
        return;
    };
    let id = base64url::encode(&CREDENTIAL_ID);
    let expected = json!({
        "format": "packed", "attestation": "SELF", "aaguid": "a7".repeat(16), "algorithm": ES256,
        "rpIdHash": "0f59463c606c5b0e5d3da81f36e3f7c175ac230c60e75c2144ce3b752247607c",
        "credentialId": id, "answered": id, "counters": [1, 2], "flags": [0x4D, 0x1D],
        "transports": ["internal"], "user": {"id": "AQID", "name": "alice"},
    });
    assert_eq!(verdict, Ok(expected));
    // A judge who never says no proves nothing: either signature by another key.
    let other = SigningKey::from_slice(&[11; 32]).expect("a scalar");
    let forged = Assertion {
        signature: signed(&other, &assertion.signed_bytes),
        ..assertion.clone()
    };
    let mut forged_object = object.clone();
    let AttestationStatement::Packed { signature, .. } = &mut forged_object.statement else {
        panic!("packed")
    };
    *signature = signed(&other, &object.signed_bytes);
    for refused in [judge(&object, &forged), judge(&forged_object, &assertion)] {
        let reason = refused.expect("there is an interpreter").expect_err("refused");
        assert!(reason.contains("InvalidSignature"), "{reason}");
    }
}

#[test]
fn what_python_fido2_writes_is_read_strictly_written_again_and_verified() {
    let Some(made) = foreign_passkey(FC_PARAMS) else {
        return;
    };
    let bytes = |member: &str| base64url::decode(made[member].as_str().expect("a text")).expect("base64url");
    let object = AttestationObject::decode(&bytes("attestationObject")).expect("strict and sound");
    assert_eq!(object.encode(), Ok(bytes("attestationObject")));
    let assertion = Assertion::decode(&bytes("assertion")).expect("strict and sound");
    assert_eq!(assertion.encode(), Ok(bytes("assertion")));

    let credential = object.credential().expect("a new key");
    assert_eq!(credential.credential_id, assertion.credential_id);
    assert_eq!(credential.cose_algorithm(), Ok(ES256));
    let user = assertion.user.as_ref().expect("a discoverable key");
    assert_eq!(
        (&user.id[..], user.display_name.as_deref()),
        (&[1, 2, 3][..], Some("Alice"))
    );
    let key = PublicKey::from_cose(&credential.public_key).expect("a COSE key");
    let key = VerifyingKey::from_sec1_bytes(&key.x962_point().expect("a point")).expect("on P-256");
    let AttestationStatement::Packed { signature, .. } = &object.statement else {
        panic!("packed")
    };
    for (data, signature) in [
        (&object.signed_bytes, signature),
        (&assertion.signed_bytes, &assertion.signature),
    ] {
        let signature = Signature::from_der(signature).expect("DER");
        key.verify(&signed_message(data, &fc_params()), &signature)
            .expect("our message is the one that was signed");
    }
}
