//! Maps of what `WAV1CBOR` carries (experimental).

use serde_json::json;

use super::super::*;
use crate::base64url;
use crate::webauthn::assertion::Assertion;
use crate::webauthn::attestation_object::{AttestationObject, AttestationStatement};
use crate::webauthn::authenticator_data::{Aaguid, AttestedCredential, AuthenticatorData, flags};

/// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn cose_key() -> Vec<u8> {
    let head = hex::decode("a5010203262001215820").expect("hexadecimal");
    [&head[..], &[7; 32], &[0x22, 0x58, 0x20], &[9; 32]].concat()
}

pub(super) fn object() -> AttestationObject {
    let authenticator_data = AuthenticatorData {
        rp_id_hash: [3; 32],
        flags: flags::USER_PRESENT
            | flags::USER_VERIFIED
            | flags::ATTESTED_CREDENTIAL_DATA
            | flags::EXTENSION_DATA,
        sign_count: 258,
        attested_credential: Some(AttestedCredential {
            aaguid: Aaguid([5; 16]),
            credential_id: vec![8; 32],
            public_key: cose_key(),
        }),
        extensions: Some(vec![0xA1, 0x61, b'x', 0xF5]),
    };
    AttestationObject {
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        statement: AttestationStatement::Packed {
            algorithm: -7,
            signature: vec![4; 70],
            certificates: vec![vec![1; 20], vec![2; 30]],
        },
    }
}

pub(super) fn assertion() -> Assertion {
    let authenticator_data = AuthenticatorData {
        flags: flags::USER_PRESENT,
        attested_credential: None,
        extensions: None,
        ..object().authenticator_data
    };
    Assertion {
        credential_id: vec![8; 32],
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        signature: vec![4; 70],
    }
}

/// `name: meaning` of each entry.
fn lines(layer: &Layer) -> Vec<String> {
    let line = |entry: &Entry| format!("{}: {}", entry.name, entry.meaning);
    layer.entries.iter().map(line).collect()
}

fn covered(layer: &Layer) {
    let mut next = 0;
    for leaf in layer.leaves() {
        assert_eq!(leaf.offset, next, "{leaf:?}");
        next += leaf.length;
    }
    assert_eq!(next, layer.length);
}

#[test]
fn an_attestation_object_is_explained_field_by_field() {
    let bytes = object().encode().expect("short");
    let map = trace(&bytes);
    assert_eq!(map.broken().count(), 0);
    assert_eq!(map.kind(), Kind::AttestationObject);
    assert!(map.kind().name().contains("experimental"));
    let [outer, data] = &map.layers[..] else {
        panic!("two layers")
    };
    covered(outer);
    covered(data);
    assert_eq!(
        lines(outer)[1..],
        [
            "head: map",
            "fmt: \"packed\"",
            "attStmt: map of 3",
            "head: map",
            "alg: -7, ES256",
            "sig: 70 bytes",
            "x5c: array of 2",
            "head: array",
            "x5c[0]: 20 bytes, no X.509 certificate",
            "x5c[1]: 30 bytes, no X.509 certificate",
            "authData: 168 bytes"
        ]
    );
    assert_eq!((data.inside, data.length), (Some(0), 168));
    let (rp_id_hash, key_id) = ("03".repeat(32), base64url::encode(&[8; 32]));
    assert_eq!(
        lines(data),
        [
            format!("rpIdHash: {rp_id_hash}"),
            "flags: 0xC5, UP, UV, AT, ED".to_owned(),
            "signCount: 258".to_owned(),
            "aaguid: 05050505-0505-0505-0505-050505050505".to_owned(),
            "credentialIdLength: 32".to_owned(),
            format!("credentialId: 32 bytes, {key_id}"),
            "credentialPublicKey: map of 5".to_owned(),
            "head: map".to_owned(),
            "kty: 2".to_owned(),
            "alg: -7, ES256".to_owned(),
            "-1: 1".to_owned(),
            "-2: 32 bytes".to_owned(),
            "-3: 32 bytes".to_owned(),
            "extensions: map of 1".to_owned(),
            "head: map".to_owned(),
            "x: a simple value".to_owned(),
        ]
    );
}

#[test]
fn an_assertion_is_explained_field_by_field() {
    let bytes = assertion().encode().expect("short");
    for map in [trace(&bytes), trace(base64url::encode(&bytes).as_bytes())] {
        assert_eq!(map.broken().count(), 0);
        assert_eq!(map.kind(), Kind::WebauthnAssertion);
        let data = map.layers.last().expect("the data");
        let outer = &map.layers[map.layers.len() - 2];
        let key_id = base64url::encode(&[8; 32]);
        assert_eq!(
            lines(outer)[2..],
            [
                "credential: map of 2".to_owned(),
                "head: map".to_owned(),
                format!("id: 32 bytes, {key_id}"),
                "type: \"public-key\"".to_owned(),
                "authData: 37 bytes".to_owned(),
                "signature: 70 bytes".to_owned(),
            ]
        );
        assert_eq!(lines(data)[1..], ["flags: 0x01, UP", "signCount: 258"]);
    }
}

/// A message that carries an assertion in this scheme.
fn message(scheme: &str, op: &str, bytes: &[u8]) -> String {
    let header = json!({"upv": {"major": 1, "minor": 1}, "op": op, "appID": "https://pay.example"});
    let params = json!({"appID": "https://pay.example", "challenge": "AAECAwQFBgc", "facetID": "https://pay.example",
        "channelBinding": {}});
    let assertion = json!({"assertionScheme": scheme, "assertion": base64url::encode(bytes)});
    let fc_params = base64url::encode(params.to_string().as_bytes());
    json!([{"header": header, "fcParams": fc_params, "assertions": [assertion]}]).to_string()
}

fn broken(map: &Trace) -> Vec<String> {
    let line = |(layer, entry, rule): (&Layer, &Entry, &str)| {
        format!(
            "{} {} {rule}",
            layer.kind.name().split(' ').next().unwrap_or_default(),
            entry.name
        )
    };
    map.broken().map(line).collect()
}

#[test]
fn a_message_says_in_which_scheme_its_assertion_is_read() {
    let (object, assertion) = (
        object().encode().expect("short"),
        assertion().encode().expect("short"),
    );
    let kinds = |map: &Trace| map.layers.iter().map(|layer| layer.kind).collect::<Vec<_>>();
    for (op, bytes, kind) in [
        ("Reg", &object, Kind::AttestationObject),
        ("Auth", &assertion, Kind::WebauthnAssertion),
    ] {
        let map = trace(message("WAV1CBOR", op, bytes).as_bytes());
        assert_eq!(broken(&map), [""; 0]);
        assert!(kinds(&map).contains(&kind) && kinds(&map).contains(&Kind::AuthenticatorData));
        // The same in another scheme is not what it says.
        for other in ["UAFV1TLV", "APCV1CBOR"] {
            let map = trace(message(other, op, bytes).as_bytes());
            assert!(map.broken().next().is_some(), "{other}");
            assert!(!kinds(&map).contains(&Kind::AuthenticatorData));
        }
    }
    // A login where a registration is expected.
    let map = trace(message("WAV1CBOR", "Reg", &assertion).as_bytes());
    let rule = "has to have the members fmt, attStmt and authData";
    assert!(
        broken(&map).iter().any(|line| line.contains(rule)),
        "{:?}",
        broken(&map)
    );
}

#[test]
fn a_broken_rule_stands_where_the_decoder_says() {
    let flawed = |flaw: fn(&mut AuthenticatorData)| {
        let (mut object, sound) = (object(), object().signed_bytes);
        flaw(&mut object.authenticator_data);
        object.signed_bytes = object.authenticator_data.encode().unwrap_or(sound);
        broken(&trace(&object.encode().expect("short")))
    };
    assert_eq!(flawed(|_| ()), [""; 0]);
    let short = flawed(|data| {
        if let Some(credential) = &mut data.attested_credential {
            credential.credential_id.truncate(31);
        }
    });
    let rule =
        "authenticator credentialId credentialId: is shorter than the 32 bytes of a KeyID (UAF §3.1.5)";
    assert_eq!(short, [rule]);
    let empty = flawed(|data| {
        if let Some(credential) = &mut data.attested_credential {
            credential.public_key = vec![0xA0];
        }
    });
    assert_eq!(empty.len(), 1);
    assert!(
        empty[0].starts_with("authenticator credentialPublicKey public key"),
        "{empty:?}"
    );

    let mut bytes = object().encode().expect("short");
    let flags = bytes.len() - 168 + 32;
    bytes[flags] |= 0x02;
    let reserved = broken(&trace(&bytes));
    assert_eq!(
        reserved,
        ["authenticator flags authenticator data has a reserved flag (offset 32)"]
    );
    bytes[flags] &= !0x02;
    bytes.push(0);
    let longer = broken(&trace(&bytes));
    assert_eq!(longer.len(), 1);
    assert!(
        longer[0].starts_with("attestation rest attestation object is followed by"),
        "{longer:?}"
    );
}

#[test]
fn what_is_left_of_cut_structures_is_mapped() {
    for bytes in [
        object().encode().expect("short"),
        assertion().encode().expect("short"),
    ] {
        for length in 5..bytes.len() {
            let map = trace(&bytes[..length]);
            map.layers.iter().for_each(covered);
            assert!(map.broken().next().is_some(), "{length}");
        }
    }
    let data = object().signed_bytes;
    for length in 0..data.len() {
        let cut = AttestationObject {
            signed_bytes: data[..length].to_vec(),
            ..object()
        };
        // Written by hand: the encoder would refuse it.
        let whole = object().encode().expect("short");
        let mut bytes = whole[..whole.len() - data.len() - 2].to_vec();
        bytes.extend([0x58, u8::try_from(length).expect("short")]);
        bytes.extend(&cut.signed_bytes);
        let map = trace(&bytes);
        map.layers.iter().for_each(covered);
        assert!(map.broken().next().is_some(), "{length}");
    }
}
