//! Signatures and keys at the edges of their forms: what well-known attacks on verifiers send.

use smile_ceremony::signature::{SignatureRule, VerifyingKey, verify_assertion};
use smile_protocol::{
    hash::HashAlgorithm,
    key::{EcCurve, KeyKind, PublicKey},
    registry::{AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format},
};

use crate::{certificates::tlv, foreign_key::ForeignKey};

const MESSAGE: &[u8] = b"Pay 1.45 EUR to \"Deutsche Post\"";

/// The raw and, where there is one, the DER algorithm of each curve, and the curve's order (SEC 2 §2).
const CURVES: [(u16, Option<u16>, EcCurve, &str); 4] = [
    (
        0x01,
        Some(0x02),
        EcCurve::P256,
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    (
        0x05,
        Some(0x06),
        EcCurve::Secp256k1,
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    ),
    (
        0x10,
        None,
        EcCurve::P384,
        concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf",
            "581a0db248b0a77aecec196accc52973",
        ),
    ),
    (
        0x11,
        None,
        EcCurve::P521,
        concat!(
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa",
            "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16);
    digits.map(|pair| byte(pair).expect("hexadecimal")).collect()
}

fn algorithm(code: u16) -> Algorithm {
    Algorithm::try_from(code).expect("a registered code")
}

fn verifying(key: &ForeignKey) -> VerifyingKey {
    let key = PublicKey::from_spki(&key.spki()).expect("a key");
    VerifyingKey::try_from(&key).expect("a valid key")
}

fn verdict(code: u16, key: &VerifyingKey, signature: &[u8]) -> Result<(), SignatureRule> {
    verify_assertion(algorithm(code), key, MESSAGE, signature).map(drop)
}

/// `a + b`, big-endian, of one length.
fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = Vec::new();
    for (a, b) in a.iter().rev().zip(b.iter().rev()) {
        let digit = u16::from(*a) + u16::from(*b) + carry;
        sum.push(digit.to_le_bytes()[0]);
        carry = digit >> 8;
    }
    sum.reverse();
    sum
}

/// An INTEGER in DER.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros.min(number.len() - 1)..];
    let sign: &[u8] = if number[0] & 0x80 == 0 { &[] } else { &[0] };
    tlv(0x02, &[sign, number])
}

#[test]
fn r_and_s_are_from_1_to_the_order() {
    for (raw, der, curve, order) in CURVES {
        let device = ForeignKey::new(KeyKind::Ec(curve), 5);
        let key = verifying(&device);
        let signature = device.sign(algorithm(raw), MESSAGE);
        assert_eq!(verdict(raw, &key, &signature), Ok(()), "{curve:?}");
        let (r, s) = signature.split_at(signature.len() / 2);
        let (zero, order) = (vec![0; r.len()], bytes(order));
        let one = [vec![0; r.len() - 1], vec![1]].concat();
        let largest = vec![0xFF; r.len()];
        let wrong = [
            (zero.as_slice(), s),
            (r, &zero),
            (&zero, &zero),
            (&order, s),
            (r, &order),
            (&order, &order),
            (&largest, s),
            (r, &largest),
            (&one, &one),
        ];
        for (r, s) in wrong {
            assert_eq!(
                verdict(raw, &key, &[r, s].concat()),
                Err(SignatureRule::Wrong),
                "{curve:?}"
            );
            if let Some(der) = der {
                let signature = tlv(0x30, &[&integer(r), &integer(s)]);
                assert_eq!(
                    verdict(der, &key, &signature),
                    Err(SignatureRule::Wrong),
                    "{curve:?}"
                );
            }
        }
        // The same number a second time around is not the same signature: r + n, where it still has the length.
        if sum(r, &order) > order {
            assert!(
                verdict(raw, &key, &[&sum(r, &order), s].concat()).is_err(),
                "{curve:?}"
            );
        }
    }
}

#[test]
fn raw_signatures_have_one_length() {
    for (raw, der, curve, _) in CURVES {
        let device = ForeignKey::new(KeyKind::Ec(curve), 5);
        let key = verifying(&device);
        let signature = device.sign(algorithm(raw), MESSAGE);
        assert_eq!(verdict(raw, &key, &signature), Ok(()), "{curve:?}");
        let (r, s) = signature.split_at(signature.len() / 2);
        let malformed = [
            Vec::new(),
            signature[1..].to_vec(),
            [&signature[..], &[0]].concat(),
            [&[0], r, &[0], s].concat(),
            tlv(0x30, &[&integer(r), &integer(s)]),
        ];
        for flawed in malformed {
            let expected = Err(SignatureRule::Malformed);
            assert_eq!(
                verdict(raw, &key, &flawed),
                expected,
                "{curve:?} {}",
                flawed.len()
            );
        }
        if let Some(der) = der {
            assert_eq!(
                verdict(der, &key, &signature),
                Err(SignatureRule::Wrong),
                "{curve:?}"
            );
        }
    }
}

#[test]
fn der_signatures_are_der() {
    for (_, der, curve, _) in CURVES {
        let Some(code) = der else { continue };
        let device = ForeignKey::new(KeyKind::Ec(curve), 5);
        let key = verifying(&device);
        let (raw, signature) = device.ecdsa(HashAlgorithm::Sha256, MESSAGE);
        assert_eq!(verdict(code, &key, &signature), Ok(()), "{curve:?}");
        let (r, s) = raw.split_at(32);
        assert_eq!(tlv(0x30, &[&integer(r), &integer(s)]), signature, "{curve:?}");
        let (r, s) = (integer(r), integer(s));
        let content = [r.clone(), s.clone()].concat();
        let length = u8::try_from(content.len()).expect("short");
        let padded = |number: &[u8]| tlv(0x02, &[&[0, 0], &number[2..]]);
        let forms: [(&str, Vec<u8>); 11] = [
            ("a zero in front of r", tlv(0x30, &[&padded(&r), &s])),
            ("a zero in front of s", tlv(0x30, &[&r, &padded(&s)])),
            (
                "a length in two bytes",
                [&[0x30, 0x81, length][..], &content].concat(),
            ),
            (
                "an indefinite length",
                [&[0x30, 0x80][..], &content, &[0, 0]].concat(),
            ),
            ("a third element", tlv(0x30, &[&content, &[0x05, 0x00]])),
            ("a byte after it", [&signature[..], &[0]].concat()),
            (
                "a length that is too long",
                [&[0x30, length + 1][..], &content].concat(),
            ),
            (
                "a length that is too short",
                [&[0x30, length - 1][..], &content].concat(),
            ),
            ("a SET", tlv(0x31, &[&content])),
            ("a negative r", tlv(0x30, &[&[0x02, 0x01, 0xFF], &s])),
            ("only r", tlv(0x30, &[&r])),
        ];
        for (form, flawed) in forms {
            assert_eq!(
                verdict(code, &key, &flawed),
                Err(SignatureRule::Wrong),
                "{curve:?}: {form}"
            );
        }
    }
}

#[test]
fn a_point_is_on_its_curve_and_uncompressed() {
    for (raw, _, curve, _) in CURVES {
        let device = ForeignKey::new(KeyKind::Ec(curve), 5);
        let point = device.point();
        let read = |bytes: &[u8]| {
            let key = PublicKey::decode(Format::EccX962Raw, algorithm(raw), bytes).ok()?;
            VerifyingKey::try_from(&key).ok()
        };
        assert_eq!(read(&point), Some(verifying(&device)), "{curve:?}");
        let half = (point.len() - 1) / 2;
        let mut beside = point.clone();
        beside[half] ^= 1;
        // SEC 1 §2.3.3: 06 and 07 are the hybrid form.
        let hybrid = [&[6 | (point[2 * half] & 1)], &point[1..]].concat();
        let flawed: [(&str, Vec<u8>); 8] = [
            ("beside the curve", beside),
            ("compressed", device.compressed_point()),
            ("hybrid", hybrid),
            ("at infinity", vec![0]),
            ("at infinity, as long as another", vec![0; point.len()]),
            ("the origin", [vec![4], vec![0; 2 * half]].concat()),
            (
                "x and y beyond the field",
                [vec![4], vec![0xFF; 2 * half]].concat(),
            ),
            (
                "x and y exchanged",
                [&[4], &point[1 + half..], &point[1..=half]].concat(),
            ),
        ];
        for (flaw, bytes) in flawed {
            assert_eq!(read(&bytes), None, "{curve:?}: {flaw}");
        }
    }
}

#[test]
fn a_point_of_another_curve_is_none_of_this() {
    let (p256, k1) = (
        ForeignKey::new(KeyKind::Ec(EcCurve::P256), 5),
        ForeignKey::new(KeyKind::Ec(EcCurve::Secp256k1), 5),
    );
    assert!(VerifyingKey::p256(&p256.point()).is_ok() && VerifyingKey::secp256k1(&k1.point()).is_ok());
    assert_eq!(VerifyingKey::p256(&k1.point()), Err(SignatureRule::KeyInvalid));
    assert_eq!(
        VerifyingKey::secp256k1(&p256.point()),
        Err(SignatureRule::KeyInvalid)
    );
    for other in [VerifyingKey::p384, VerifyingKey::p521] {
        assert_eq!(other(&p256.point()), Err(SignatureRule::KeyInvalid));
    }
}

#[test]
fn an_ed25519_signature_has_a_reduced_s_and_a_key_of_large_order() {
    // L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 §5.1).
    let mut order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    order.reverse();
    let device = ForeignKey::new(KeyKind::Ed25519, 5);
    let key = verifying(&device);
    let signature = device.ed25519(MESSAGE);
    assert_eq!(verdict(0x12, &key, &signature), Ok(()));
    let mut s = signature[32..].to_vec();
    s.reverse();
    let mut unreduced = sum(&s, &order);
    unreduced.reverse();
    let twice = [&signature[..32], &unreduced].concat();
    assert_eq!(verdict(0x12, &key, &twice), Err(SignatureRule::Wrong));
    assert_eq!(
        verdict(0x12, &key, &signature[..63]),
        Err(SignatureRule::Malformed)
    );
    let longer = [&signature[..], &[0]].concat();
    assert_eq!(verdict(0x12, &key, &longer), Err(SignatureRule::Malformed));
    assert_eq!(verdict(0x12, &key, &[0; 64]), Err(SignatureRule::Wrong));
    assert_eq!(VerifyingKey::ed25519(&[3; 31]), Err(SignatureRule::KeyInvalid));
}

/// With a key of small order one signature fits many messages. The other library knows those keys as weak.
#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    assert!(VerifyingKey::ed25519(&ForeignKey::new(KeyKind::Ed25519, 5).spki()[12..]).is_ok());
    let (zeros, ones) = ("00".repeat(30), "ff".repeat(30));
    let mut weak: Vec<Vec<u8>> = Vec::new();
    for text in [
        format!("00{zeros}00"),
        format!("01{zeros}00"),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
        format!("ec{ones}7f"),
        format!("ed{ones}7f"),
        format!("ee{ones}7f"),
    ] {
        let positive = bytes(&text);
        let mut negative = positive.clone();
        negative[31] |= 0x80;
        weak.extend([positive, negative]);
    }
    let mut known = 0;
    for key in &weak {
        assert_eq!(
            VerifyingKey::ed25519(key),
            Err(SignatureRule::KeyInvalid),
            "{key:02x?}"
        );
        let key: &[u8; 32] = key.as_slice().try_into().expect("32 bytes");
        if let Ok(other) = ed25519_dalek::VerifyingKey::from_bytes(key) {
            assert!(other.is_weak(), "{key:02x?}");
            known += 1;
        }
    }
    assert!(
        known >= 8,
        "the points of small order are 8, and the other library read {known}"
    );
}

/// About half of all values are no y of a point on the curve; the other library says which. Such a key is taken, and
/// verifies nothing: neither a sound signature of another key nor the one that would fit a key of small order.
#[test]
fn an_ed25519_key_that_is_no_point_verifies_nothing() {
    let sound = ForeignKey::new(KeyKind::Ed25519, 5);
    let spki = sound.spki();
    let own = VerifyingKey::ed25519(&spki[12..]).expect("a point");
    let signature = sound.ed25519(MESSAGE);
    assert_eq!(verdict(0x12, &own, &signature), Ok(()));
    let mut neutral = vec![0; 64];
    neutral[0] = 1;
    let mut no_points = 0;
    for first in 2..=40 {
        let bytes = std::array::from_fn(|place| if place == 0 { first } else { 0 });
        if ed25519_dalek::VerifyingKey::from_bytes(&bytes).is_ok() {
            continue;
        }
        no_points += 1;
        let key = VerifyingKey::ed25519(&bytes).expect("32 bytes");
        for one in [&signature, &neutral] {
            assert_eq!(verdict(0x12, &key, one), Err(SignatureRule::Wrong), "y = {first}");
        }
    }
    assert!(no_points > 10, "{no_points} of 39 are no points");
}

#[test]
fn an_rsa_signature_has_the_modulus_length_and_the_prescribed_padding() {
    let device = ForeignKey::new(KeyKind::Rsa, 0);
    let key = verifying(&device);
    let (modulus, _) = device.modulus_and_exponent();
    for (code, wrapped) in [
        (3, false),
        (4, true),
        (8, false),
        (9, true),
        (0xA, false),
        (0xD, false),
    ] {
        let form = |signature: &[u8]| {
            if wrapped {
                tlv(0x04, &[signature])
            } else {
                signature.to_vec()
            }
        };
        let sound = device.sign(algorithm(code), MESSAGE);
        assert_eq!(verdict(code, &key, &sound), Ok(()), "{code:#x}");
        let raw = sound[sound.len() - 256..].to_vec();
        let one = [vec![0; 255], vec![1]].concat();
        for flawed in [vec![0; 256], one, modulus.clone(), vec![0xFF; 256]] {
            assert_eq!(
                verdict(code, &key, &form(&flawed)),
                Err(SignatureRule::Wrong),
                "{code:#x}"
            );
        }
        for flawed in [&raw[1..], &[&[0], &raw[..]].concat(), &[]] {
            assert_eq!(
                verdict(code, &key, &form(flawed)),
                Err(SignatureRule::Malformed),
                "{code:#x}"
            );
        }
        // The other of the two forms.
        let other = if wrapped { raw.clone() } else { tlv(0x04, &[&raw]) };
        assert_eq!(
            verdict(code, &key, &other),
            Err(SignatureRule::Malformed),
            "{code:#x}"
        );
    }
    // An OCTET STRING whose length takes more bytes than it needs, and one of indefinite length.
    let raw = device.sign(algorithm(8), MESSAGE);
    for head in [&[0x04, 0x83, 0x00, 0x01, 0x00][..], &[0x24, 0x80]] {
        let flawed = [head, &raw].concat();
        assert_eq!(verdict(9, &key, &flawed), Err(SignatureRule::Malformed));
    }
}

#[test]
fn an_rsa_signature_is_by_the_algorithms_hash_padding_and_salt() {
    let device = ForeignKey::new(KeyKind::Rsa, 0);
    let key = verifying(&device);
    let hashes = [
        (3, 8, HashAlgorithm::Sha256),
        (0xA, 0xD, HashAlgorithm::Sha384),
        (0xB, 0xE, HashAlgorithm::Sha512),
    ];
    for (pss, pkcs1, hash) in hashes {
        for made_with in HashAlgorithm::ALL {
            let expected = if made_with == hash {
                Ok(())
            } else {
                Err(SignatureRule::Wrong)
            };
            let signature = device.pkcs1(made_with, MESSAGE);
            assert_eq!(
                verdict(pkcs1, &key, &signature),
                expected,
                "{pkcs1:#x} {made_with:?}"
            );
            assert_eq!(
                verdict(pss, &key, &signature),
                Err(SignatureRule::Wrong),
                "{pss:#x}"
            );
            let signature = device.pss(made_with, made_with.output_bytes(), MESSAGE);
            assert_eq!(verdict(pss, &key, &signature), expected, "{pss:#x} {made_with:?}");
            assert_eq!(
                verdict(pkcs1, &key, &signature),
                Err(SignatureRule::Wrong),
                "{pkcs1:#x}"
            );
        }
        // FIDO Registry §3.6.1: the salt is as long as the hash.
        for salt_bytes in [0, 20, hash.output_bytes() - 1, hash.output_bytes() + 1] {
            let signature = device.pss(hash, salt_bytes, MESSAGE);
            assert_eq!(
                verdict(pss, &key, &signature),
                Err(SignatureRule::Wrong),
                "{pss:#x} {salt_bytes}"
            );
        }
    }
}

/// RFC 8017 §8.2.2 with e = 1: the padded hash is its own signature, so that anybody could sign.
#[test]
fn an_rsa_key_with_which_anybody_could_sign_is_refused() {
    let (n, e) = ForeignKey::new(KeyKind::Rsa, 0).modulus_and_exponent();
    let read = |n: &[u8], e: &[u8]| {
        let raw = [n, e].concat();
        let der = tlv(0x30, &[&integer(n), &integer(e)]);
        let decoded = [(Format::Rsa2048Raw, raw), (Format::Rsa2048Der, der)].map(|(format, bytes)| {
            let key = PublicKey::decode(format, algorithm(8), &bytes).ok();
            key.and_then(|key| VerifyingKey::try_from(&key).ok())
        });
        [decoded.to_vec(), vec![VerifyingKey::rsa(n, e).ok()]].concat()
    };
    assert!(read(&n, &e).iter().all(Option::is_some));
    let mut even = n.clone();
    even[255] ^= 1;
    for (n, e) in [
        (&n, &[1][..]),
        (&n, &[2]),
        (&n, &[1, 0, 0]),
        (&n, &[0]),
        (&even, &e),
    ] {
        assert!(read(n, e).iter().all(Option::is_none), "{e:?}");
    }
}
