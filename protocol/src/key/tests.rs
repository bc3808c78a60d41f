//! Key formats: round trips, known bytes, and each malformed key beside the good one.

use super::*;
use crate::registry::AuthenticationAlgorithm as Algorithm;
use crate::registry::PublicKeyFormat as Format;

fn ec(curve: EcCurve) -> PublicKey {
    let mut x = [0x11; 32];
    x[0] = 0xA0;
    PublicKey::Ec {
        curve,
        x,
        y: [0x22; 32],
    }
}

fn rsa(bytes: usize) -> PublicKey {
    let mut n = vec![0xAB; bytes];
    n[0] = 0x80;
    PublicKey::Rsa { n, e: vec![1, 0, 1] }
}

/// Each format with the algorithms and keys it is for.
fn cases() -> Vec<(Format, Algorithm, PublicKey)> {
    let p256 = ec(EcCurve::P256);
    let k1 = ec(EcCurve::Secp256k1);
    vec![
        (
            Format::EccX962Raw,
            Algorithm::Secp256r1EcdsaSha256Raw,
            p256.clone(),
        ),
        (Format::EccX962Raw, Algorithm::Secp256k1EcdsaSha256Der, k1.clone()),
        (
            Format::EccX962Der,
            Algorithm::Secp256r1EcdsaSha256Der,
            p256.clone(),
        ),
        (Format::EccX962Der, Algorithm::Secp256k1EcdsaSha256Raw, k1.clone()),
        (Format::Rsa2048Raw, Algorithm::RsassaPssSha256Raw, rsa(256)),
        (Format::Rsa2048Der, Algorithm::RsassaPssSha256Der, rsa(256)),
        (Format::Rsa2048Der, Algorithm::RsaEmsaPkcs1Sha256Raw, rsa(512)),
        (Format::Cose, Algorithm::Secp256r1EcdsaSha256Raw, p256),
        (Format::Cose, Algorithm::Secp256k1EcdsaSha256Raw, k1),
        (Format::Cose, Algorithm::RsaEmsaPkcs1Sha256Der, rsa(256)),
    ]
}

fn refused(format: Format, algorithm: Algorithm, bytes: &[u8]) -> &'static str {
    match PublicKey::decode(format, algorithm, bytes) {
        Err(ProtocolError::Key {
            rule, format: name, ..
        }) => {
            assert_eq!(name, format.name());
            rule
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_format_comes_back_as_it_was() {
    for (format, algorithm, key) in cases() {
        let bytes = key.encode(format, algorithm).expect("the format holds the key");
        assert_eq!(
            PublicKey::decode(format, algorithm, &bytes),
            Ok(key),
            "{}",
            format.name()
        );
    }
}

#[test]
fn bytes_after_a_key_and_keys_cut_short_are_refused() {
    for (format, algorithm, key) in cases() {
        let bytes = key.encode(format, algorithm).expect("the format holds the key");
        PublicKey::decode(format, algorithm, &bytes).expect("accepted without the flaw");
        let name = format.name();
        // Raw RSA has no length of its own: one byte more or less is another exponent.
        if format != Format::Rsa2048Raw {
            let longer = [&bytes[..], &[0]].concat();
            assert!(PublicKey::decode(format, algorithm, &longer).is_err(), "{name}");
            for length in 0..bytes.len() {
                let cut = PublicKey::decode(format, algorithm, &bytes[..length]);
                assert!(cut.is_err(), "{name} cut to {length}");
            }
        }
    }
}

#[test]
fn a_key_of_another_kind_or_curve_than_the_algorithm_s_is_refused() {
    let wrong = "is not a key for the algorithm";
    let p256 = ec(EcCurve::P256).to_spki().expect("short");
    let format = Format::EccX962Der;
    PublicKey::decode(format, Algorithm::Secp256r1EcdsaSha256Raw, &p256).expect("accepted without the flaw");
    assert_eq!(refused(format, Algorithm::Secp256k1EcdsaSha256Raw, &p256), wrong);
    assert_eq!(refused(format, Algorithm::RsassaPssSha256Raw, &p256), wrong);
    let rsa_spki = rsa(256).to_spki().expect("short");
    PublicKey::decode(Format::Rsa2048Der, Algorithm::RsassaPssSha256Raw, &rsa_spki).expect("accepted");
    assert_eq!(
        refused(Format::Rsa2048Der, Algorithm::Secp256r1EcdsaSha256Raw, &rsa_spki),
        wrong
    );
    assert_eq!(
        refused(format, Algorithm::RsassaPssSha256Raw, &rsa_spki),
        "holds an RSA key"
    );
    let kind = refused(Format::Rsa2048Der, Algorithm::RsassaPssSha256Raw, &p256);
    assert_eq!(kind, "holds an elliptic curve key");
}

#[test]
fn a_point_is_uncompressed() {
    let (format, algorithm) = (Format::EccX962Raw, Algorithm::Secp256r1EcdsaSha256Raw);
    let mut bytes = ec(EcCurve::P256).x962_point().expect("a point");
    PublicKey::decode(format, algorithm, &bytes).expect("accepted without the flaw");
    bytes[0] = 2;
    assert_eq!(
        refused(format, algorithm, &bytes),
        "has to begin with 04, an uncompressed point"
    );
    assert_eq!(rsa(256).x962_point(), None);
}

#[test]
fn rsa_numbers_are_in_range() {
    let (format, algorithm) = (Format::Rsa2048Der, Algorithm::RsassaPssSha256Raw);
    let der = |n: &[u8], e: &[u8]| spki::encode_rsa(format, n, e).expect("short");
    let PublicKey::Rsa { n, e } = rsa(256) else {
        unreachable!("rsa() makes RSA keys")
    };
    PublicKey::decode(format, algorithm, &der(&n, &e)).expect("accepted without the flaw");
    let mut weak = n.clone();
    weak[0] = 0x7F;
    let mut even = n.clone();
    even[255] = 0xAA;
    for number in [
        &n[..255],
        &weak,
        &even,
        &[n.clone(), n.clone(), n.clone()].concat(),
    ] {
        assert!(PublicKey::decode(format, algorithm, &der(number, &e)).is_err());
    }
    for exponent in [&[1][..], &[2], &[1, 0, 0], &[1; 9]] {
        assert!(
            PublicKey::decode(format, algorithm, &der(&n, exponent)).is_err(),
            "{exponent:?}"
        );
    }
    let padded = [&n[..], &[0, 1, 0, 1]].concat();
    let raw = (Format::Rsa2048Raw, Algorithm::RsassaPssSha256Raw);
    assert!(
        PublicKey::decode(raw.0, raw.1, &padded).is_err(),
        "a leading zero in the exponent"
    );
}

#[test]
fn a_whole_subject_public_key_info_is_read_where_rsa_der_is_expected() {
    let key = rsa(256);
    let algorithm = Algorithm::RsaEmsaPkcs1Sha256Raw;
    let spki = key.to_spki().expect("short");
    assert_eq!(
        PublicKey::decode(Format::Rsa2048Der, algorithm, &spki),
        Ok(key.clone())
    );
    // Written is the form of the specification.
    assert_ne!(key.encode(Format::Rsa2048Der, algorithm), Ok(spki));
}

#[test]
fn a_curve_that_is_not_read_here_is_refused() {
    let mut spki = ec(EcCurve::P256).to_spki().expect("short");
    PublicKey::from_spki(&spki).expect("accepted without the flaw");
    // The last arc of the curve's object identifier: 1.2.840.10045.3.1.7 becomes .6.
    let position = spki
        .windows(3)
        .position(|w| w == [0x03, 0x01, 0x07])
        .expect("the curve is named")
        + 2;
    spki[position] = 6;
    let Err(ProtocolError::Key { rule, .. }) = PublicKey::from_spki(&spki) else {
        panic!("accepted")
    };
    assert_eq!(rule, "has to name secp256r1 or secp256k1");
}

#[test]
fn a_cose_key_has_the_bytes_of_the_specification() {
    let bytes = ec(EcCurve::P256)
        .to_cose(Algorithm::Secp256r1EcdsaSha256Raw)
        .expect("ES256");
    // RFC 9052 §7: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    let PublicKey::Ec { x, y, .. } = ec(EcCurve::P256) else {
        unreachable!("ec() makes EC keys")
    };
    let head = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    assert_eq!(bytes, [&head[..], &x, &[0x22, 0x58, 0x20], &y].concat());
}

#[test]
fn a_cose_key_that_names_a_foreign_algorithm_is_refused() {
    let mut bytes = ec(EcCurve::P256)
        .to_cose(Algorithm::Secp256r1EcdsaSha256Raw)
        .expect("ES256");
    PublicKey::from_cose(&bytes).expect("accepted without the flaw");
    // -7 (ES256) becomes -8 (EdDSA).
    bytes[4] = 0x27;
    let Err(ProtocolError::Key { rule, .. }) = PublicKey::from_cose(&bytes) else {
        panic!("accepted")
    };
    assert_eq!(rule, "names an algorithm that is not one for the key");
}

#[test]
fn a_cose_key_with_a_label_twice_is_refused() {
    let bytes = ec(EcCurve::P256)
        .to_cose(Algorithm::Secp256r1EcdsaSha256Raw)
        .expect("ES256");
    PublicKey::from_cose(&bytes).expect("accepted without the flaw");
    let mut twice = bytes.clone();
    twice[0] = 0xA6;
    twice.extend_from_slice(&[0x20, 0x01]);
    assert!(PublicKey::from_cose(&twice).is_err());
}

#[test]
fn a_format_that_cannot_hold_the_key_says_so() {
    let algorithm = Algorithm::RsassaPssSha256Raw;
    assert!(rsa(256).encode(Format::EccX962Raw, algorithm).is_err());
    assert!(rsa(512).encode(Format::Rsa2048Raw, algorithm).is_err());
    assert!(ec(EcCurve::P256).encode(Format::Rsa2048Der, algorithm).is_err());
    assert!(ec(EcCurve::P256).to_cose(algorithm).is_err());
    assert!(
        ec(EcCurve::P256)
            .to_cose(Algorithm::Secp256k1EcdsaSha256Raw)
            .is_err()
    );
}
