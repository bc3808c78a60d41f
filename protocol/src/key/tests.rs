//! Key formats: round trips, known bytes, and each malformed key beside the good one.

use super::*;
use crate::registry::AuthenticationAlgorithm as Algorithm;
use crate::registry::PublicKeyFormat as Format;

fn ec(curve: EcCurve) -> PublicKey {
    let length = curve.coordinate_bytes();
    let mut x = vec![0x11; length];
    // A coordinate keeps its leading zeros.
    x[0] = 0;
    PublicKey::Ec(EcPoint::new(curve, &x, &vec![0x22; length]).expect("of the curve's length"))
}

fn rsa(bytes: usize) -> PublicKey {
    let mut n = vec![0xAB; bytes];
    n[0] = 0x80;
    PublicKey::Rsa { n, e: vec![1, 0, 1] }
}

/// Each format with the algorithms and keys it is for.
fn cases() -> Vec<(Format, Algorithm, PublicKey)> {
    let (p256, k1) = (ec(EcCurve::P256), ec(EcCurve::Secp256k1));
    let (p384, p521) = (ec(EcCurve::P384), ec(EcCurve::P521));
    let ed25519 = PublicKey::Ed25519([0x33; 32]);
    vec![
        (
            Format::EccX962Raw,
            Algorithm::Secp256r1EcdsaSha256Raw,
            p256.clone(),
        ),
        (Format::EccX962Raw, Algorithm::Secp256k1EcdsaSha256Der, k1.clone()),
        (
            Format::EccX962Raw,
            Algorithm::Secp384r1EcdsaSha384Raw,
            p384.clone(),
        ),
        (
            Format::EccX962Raw,
            Algorithm::Secp521r1EcdsaSha512Raw,
            p521.clone(),
        ),
        (
            Format::EccX962Der,
            Algorithm::Secp256r1EcdsaSha256Der,
            p256.clone(),
        ),
        (Format::EccX962Der, Algorithm::Secp256k1EcdsaSha256Raw, k1.clone()),
        (
            Format::EccX962Der,
            Algorithm::Secp384r1EcdsaSha384Raw,
            p384.clone(),
        ),
        (
            Format::EccX962Der,
            Algorithm::Secp521r1EcdsaSha512Raw,
            p521.clone(),
        ),
        (Format::Rsa2048Raw, Algorithm::RsassaPssSha256Raw, rsa(256)),
        (Format::Rsa2048Der, Algorithm::RsassaPssSha256Der, rsa(256)),
        (Format::Rsa2048Der, Algorithm::RsaEmsaPkcs1Sha256Raw, rsa(512)),
        (Format::Cose, Algorithm::Secp256r1EcdsaSha256Raw, p256),
        (Format::Cose, Algorithm::Secp256k1EcdsaSha256Raw, k1),
        (Format::Cose, Algorithm::Secp384r1EcdsaSha384Raw, p384),
        (Format::Cose, Algorithm::Secp521r1EcdsaSha512Raw, p521),
        (Format::Cose, Algorithm::Ed25519EddsaSha512Raw, ed25519),
        (Format::Cose, Algorithm::RsaEmsaPkcs1Sha256Der, rsa(256)),
        (Format::Cose, Algorithm::RsassaPssSha384Raw, rsa(256)),
        (Format::Cose, Algorithm::RsassaPssSha512Raw, rsa(256)),
        (Format::Cose, Algorithm::RsassaPkcsv15Sha384Raw, rsa(256)),
        (Format::Cose, Algorithm::RsassaPkcsv15Sha512Raw, rsa(256)),
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
    assert_eq!(rule, "has to name secp256r1, secp384r1, secp521r1 or secp256k1");
}

#[test]
fn a_cose_key_has_the_bytes_of_the_specification() {
    let bytes = ec(EcCurve::P256)
        .to_cose(Algorithm::Secp256r1EcdsaSha256Raw)
        .expect("ES256");
    // RFC 9052 §7: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    let PublicKey::Ec(point) = ec(EcCurve::P256) else {
        unreachable!("ec() makes EC keys")
    };
    let head = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    assert_eq!(
        bytes,
        [&head[..], point.x(), &[0x22, 0x58, 0x20], point.y()].concat()
    );
    // RFC 9053 §7.2: {1: 1, 3: -8, -1: 6, -2: x}.
    let bytes = PublicKey::Ed25519([0x33; 32])
        .to_cose(Algorithm::Ed25519EddsaSha512Raw)
        .expect("EdDSA");
    let head = [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
    assert_eq!(bytes, [&head[..], &[0x33; 32]].concat());
}

/// Algorithm and curve of a COSE key as the bytes say (RFC 9052 §7, RFC 9053 §2, RFC 8230 §2, RFC 8812).
#[test]
fn each_algorithm_has_its_number_in_cose() {
    // -N is CBOR 0x38 N-1 from -25 on, 0x39 NN NN from -257 on.
    let numbers: [(Algorithm, PublicKey, &[u8]); 9] = [
        (
            Algorithm::Secp256k1EcdsaSha256Raw,
            ec(EcCurve::Secp256k1),
            &[0x38, 0x2E, 0x20, 0x08],
        ),
        (
            Algorithm::Secp384r1EcdsaSha384Raw,
            ec(EcCurve::P384),
            &[0x38, 0x22, 0x20, 0x02],
        ),
        (
            Algorithm::Secp521r1EcdsaSha512Raw,
            ec(EcCurve::P521),
            &[0x38, 0x23, 0x20, 0x03],
        ),
        (Algorithm::RsassaPssSha256Der, rsa(256), &[0x38, 0x24]),
        (Algorithm::RsassaPssSha384Raw, rsa(256), &[0x38, 0x25]),
        (Algorithm::RsassaPssSha512Raw, rsa(256), &[0x38, 0x26]),
        (Algorithm::RsassaPkcsv15Sha256Raw, rsa(256), &[0x39, 0x01, 0x00]),
        (Algorithm::RsassaPkcsv15Sha384Raw, rsa(256), &[0x39, 0x01, 0x01]),
        (Algorithm::RsassaPkcsv15Sha512Raw, rsa(256), &[0x39, 0x01, 0x02]),
    ];
    for (algorithm, key, number) in numbers {
        let bytes = key.to_cose(algorithm).expect("COSE has the algorithm");
        assert!(bytes[4..].starts_with(number), "{}", algorithm.name());
    }
    for none in [
        Algorithm::RsassaPkcsv15Sha1Raw,
        Algorithm::Sm2Sm3Raw,
        Algorithm::Ed448EddsaSha512Raw,
    ] {
        assert!(rsa(256).to_cose(none).is_err(), "{}", none.name());
    }
}

#[test]
fn a_cose_key_that_names_another_algorithm_than_it_is_used_with_is_refused() {
    let bytes = rsa(256).to_cose(Algorithm::RsassaPssSha256Raw).expect("PS256");
    for fits in [Algorithm::RsassaPssSha256Raw, Algorithm::RsassaPssSha256Der] {
        PublicKey::decode(Format::Cose, fits, &bytes).expect("accepted without the flaw");
    }
    for other in [Algorithm::RsaEmsaPkcs1Sha256Raw, Algorithm::RsassaPssSha384Raw] {
        let rule = refused(Format::Cose, other, &bytes);
        assert_eq!(rule, "names another algorithm than it is used with");
    }
    // Without a name it is read for each (RFC 9052 §7.1: alg is optional).
    let label = bytes
        .windows(3)
        .position(|w| w == [0x03, 0x38, 0x24])
        .expect("alg");
    let mut unnamed = [&bytes[..label], &bytes[label + 3..]].concat();
    unnamed[0] -= 1;
    assert_eq!(
        PublicKey::decode(Format::Cose, Algorithm::RsaEmsaPkcs1Sha256Raw, &unnamed),
        Ok(rsa(256))
    );
}

#[test]
fn a_cose_key_has_the_coordinates_of_its_curve() {
    let bytes = ec(EcCurve::P384)
        .to_cose(Algorithm::Secp384r1EcdsaSha384Raw)
        .expect("ES384");
    PublicKey::from_cose(&bytes).expect("accepted without the flaw");
    let rule = |bytes: &[u8]| match PublicKey::from_cose(bytes) {
        Err(ProtocolError::Key { rule, .. }) => rule,
        other => panic!("{other:?}"),
    };
    let curve = bytes
        .windows(3)
        .position(|w| w == [0x20, 0x02, 0x21])
        .expect("crv")
        + 1;
    let with_curve = |curve_number: u8| {
        let mut flawed = bytes.clone();
        flawed[curve] = curve_number;
        flawed
    };
    // P-521's coordinates are longer; X448 (5) and no curve at all (0) are not read.
    assert_eq!(
        rule(&with_curve(3)),
        "has to have two coordinates of the curve's length"
    );
    assert_eq!(
        rule(&with_curve(5)),
        "has to name P-256, P-384, P-521 or secp256k1"
    );
    assert_eq!(
        rule(&with_curve(0)),
        "has to name P-256, P-384, P-521 or secp256k1"
    );
    // RFC 9053 §7.1.1 lets y be a sign bit: a compressed point, which is not read.
    let y = bytes.windows(2).position(|w| w == [0x22, 0x58]).expect("y");
    let compressed = [&bytes[..=y], &[0xF5]].concat();
    assert_eq!(
        rule(&compressed),
        "has to have two coordinates of the curve's length"
    );
}

#[test]
fn an_ed25519_key_names_its_curve_and_has_32_bytes() {
    let bytes = PublicKey::Ed25519([0x33; 32])
        .to_cose(Algorithm::Ed25519EddsaSha512Raw)
        .expect("EdDSA");
    PublicKey::from_cose(&bytes).expect("accepted without the flaw");
    let mut x25519 = bytes.clone();
    x25519[6] = 4;
    let mut short = bytes[..bytes.len() - 1].to_vec();
    short[9] = 31;
    for (flawed, rule) in [
        (x25519, "has to name Ed25519"),
        (short, "has to have a key of 32 bytes"),
    ] {
        let Err(ProtocolError::Key { rule: broken, .. }) = PublicKey::from_cose(&flawed) else {
            panic!("accepted")
        };
        assert_eq!(broken, rule);
    }
}

#[test]
fn an_ed25519_key_has_an_spki_and_no_x962_form() {
    let key = PublicKey::Ed25519([0x33; 32]);
    let spki = key.to_spki().expect("short");
    // RFC 8410 §4 and §10.1.
    let head = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    assert_eq!(spki, [&head[..], &[0x33; 32]].concat());
    assert_eq!(PublicKey::from_spki(&spki), Ok(key.clone()));
    let algorithm = Algorithm::Ed25519EddsaSha512Raw;
    assert_eq!(
        refused(Format::EccX962Der, algorithm, &spki),
        "holds a key of no X9.62 curve"
    );
    assert_eq!(
        refused(Format::Rsa2048Der, algorithm, &spki),
        "holds an elliptic curve key"
    );
    assert_eq!(
        refused(Format::EccX962Raw, algorithm, &[0x33; 32]),
        "the algorithm has no curve that is read here"
    );
    assert!(key.encode(Format::EccX962Der, algorithm).is_err());
    // With NULL parameters, and with 31 bytes.
    let with_null = [
        &[
            0x30, 0x2C, 0x30, 0x07, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x05, 0x00, 0x03, 0x21, 0x00,
        ][..],
        &[0x33; 32],
    ];
    let short = [
        &[
            0x30, 0x29, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x20, 0x00,
        ][..],
        &[0x33; 31],
    ];
    for flawed in [with_null.concat(), short.concat()] {
        let Err(ProtocolError::Key { rule, .. }) = PublicKey::from_spki(&flawed) else {
            panic!("accepted")
        };
        assert_eq!(rule, "has to hold an Ed25519 key of 32 bytes without parameters");
    }
}

#[test]
fn a_format_fits_a_kind_of_key_exactly_if_it_can_be_written_in_it() {
    let algorithms = Algorithm::ALL
        .iter()
        .filter(|algorithm| **algorithm != Algorithm::RsassaPkcsv15Sha1Raw);
    for algorithm in algorithms {
        let Some(kind) = KeyKind::of(*algorithm) else {
            continue;
        };
        let key = match kind {
            KeyKind::Ec(curve) => ec(curve),
            KeyKind::Ed25519 => PublicKey::Ed25519([0x33; 32]),
            KeyKind::Rsa => rsa(256),
        };
        for format in Format::ALL {
            let written = key.encode(*format, *algorithm);
            assert_eq!(
                written.is_ok(),
                kind.fits(*format),
                "{} {}",
                algorithm.name(),
                format.name()
            );
        }
    }
}

mod cose_form;

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
