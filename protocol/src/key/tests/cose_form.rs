//! COSE keys: one form, and nothing but a public key in it.

use coset::cbor::{self, Value};

use super::*;

/// The sound key of each kind, with its labels from common to own.
fn keys() -> Vec<(Vec<u8>, Vec<i64>)> {
    let written = |key: PublicKey, algorithm, labels: &[i64]| {
        (key.to_cose(algorithm).expect("COSE has it"), labels.to_vec())
    };
    vec![
        written(
            ec(EcCurve::P256),
            Algorithm::Secp256r1EcdsaSha256Raw,
            &[1, 3, -1, -2, -3],
        ),
        written(
            PublicKey::Ed25519([0x33; 32]),
            Algorithm::Ed25519EddsaSha512Raw,
            &[1, 3, -1, -2],
        ),
        written(rsa(256), Algorithm::RsassaPkcsv15Sha256Raw, &[1, 3, -1, -2]),
    ]
}

fn entries(bytes: &[u8]) -> Vec<(Value, Value)> {
    let value: Value = cbor::de::from_reader(bytes).expect("CBOR");
    value.into_map().expect("a map")
}

fn write(entries: &[(Value, Value)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::ser::into_writer(&Value::Map(entries.to_vec()), &mut bytes).expect("a Vec takes every byte");
    bytes
}

fn rule_of(bytes: &[u8]) -> &'static str {
    match PublicKey::from_cose(bytes) {
        Err(ProtocolError::Key { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

/// The key with one more parameter, at its canonical place.
fn with(bytes: &[u8], label: Value, value: Value) -> Vec<u8> {
    let mut entries = entries(bytes);
    entries.push((label, value));
    let encoded = |label: &Value| {
        let mut bytes = Vec::new();
        cbor::ser::into_writer(label, &mut bytes).expect("a Vec takes every byte");
        bytes
    };
    // CTAP2 §8: the lower major type first, then the shorter, then by bytes.
    entries.sort_by_key(|(label, _)| {
        let bytes = encoded(label);
        (bytes[0] >> 5, bytes.len(), bytes)
    });
    write(&entries)
}

#[test]
fn a_cose_key_holds_the_parameters_of_a_public_key_only() {
    let surplus = "holds a parameter that a public key has no use for";
    for (sound, labels) in keys() {
        assert_eq!(
            entries(&sound)
                .into_iter()
                .map(|(label, _)| label)
                .collect::<Vec<_>>(),
            labels.iter().map(|label| Value::from(*label)).collect::<Vec<_>>()
        );
        PublicKey::from_cose(&sound).expect("accepted without the flaw");
        // kid, key_ops and Base IV (RFC 9052 §7.1), each with a sound value.
        let verify = Value::Array(vec![Value::from(2)]);
        for (label, value) in [
            (2, Value::Bytes(vec![1])),
            (4, verify),
            (5, Value::Bytes(vec![1])),
            (99, Value::from(1)),
            (-70_000, Value::from(1)),
        ] {
            assert_eq!(
                rule_of(&with(&sound, Value::from(label), value)),
                surplus,
                "{label}"
            );
        }
        let text = with(
            &sound,
            Value::Text("use".to_owned()),
            Value::Text("sig".to_owned()),
        );
        assert_eq!(rule_of(&text), surplus);
    }
}

#[test]
fn a_cose_key_holds_no_private_part() {
    let private = "holds a part of the private key";
    let [(ec, _), (ed25519, _), (rsa, _)] = keys().try_into().expect("three");
    for (sound, labels) in [(ec, -4..=-4), (ed25519, -4..=-4), (rsa, -12..=-3)] {
        PublicKey::from_cose(&sound).expect("accepted without the flaw");
        for label in labels {
            let secret = with(&sound, Value::from(label), Value::Bytes(vec![7; 32]));
            assert_eq!(rule_of(&secret), private, "{label}");
        }
    }
}

#[test]
fn a_cose_key_is_in_canonical_cbor() {
    for (sound, _) in keys() {
        PublicKey::from_cose(&sound).expect("accepted without the flaw");
        let mut swapped = entries(&sound);
        swapped.swap(0, 1);
        assert_eq!(rule_of(&write(&swapped)), "holds its keys out of order");
        // kty as a byte of its own: 01 18 0k in place of 01 0k.
        let long = [&sound[..2], &[0x18], &sound[2..]].concat();
        assert_eq!(rule_of(&long), "is not in its shortest form");
        let indefinite = [&[0xBF], &sound[1..], &[0xFF]].concat();
        assert_eq!(rule_of(&indefinite), "has an indefinite or reserved length");
        let tagged = [&[0xC6], &sound[..]].concat();
        assert_eq!(rule_of(&tagged), "is of a type that does not occur here");
        let longer = [&sound[..], &[0]].concat();
        assert_eq!(rule_of(&longer), "is followed by more bytes");
        assert_eq!(rule_of(&[0x80]), "is not a COSE_Key");
    }
}
