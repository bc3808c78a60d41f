//! Signature verification: each algorithm with its form, and what it refuses.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{self as aws, EcdsaKeyPair, KeyPair as _, RsaEncoding},
};
use p256::ecdsa::{Signature, signature::Signer};
use smile_ceremony::signature::{SignatureRule, VerifyingKey, verify_assertion};
use smile_protocol::{
    key::PublicKey,
    registry::{AuthenticationAlgorithm as Algorithm, PublicKeyFormat},
};

use crate::certificates::{Recipe, test_key, tlv};

const MESSAGE: &[u8] = b"Pay 1.45 EUR to \"Deutsche Post\"";

fn algorithm(code: u16) -> Algorithm {
    Algorithm::try_from(code).expect("a registered code")
}

fn verdict(code: u16, key: &VerifyingKey, signature: &[u8]) -> Result<(), SignatureRule> {
    verify_assertion(algorithm(code), key, MESSAGE, signature)
        .map(|signed| assert_eq!(signed.as_slice(), MESSAGE))
}

fn secp256k1(encoding: &'static aws::EcdsaSigningAlgorithm) -> (VerifyingKey, Vec<u8>) {
    let pair = EcdsaKeyPair::generate(encoding).expect("generates");
    let signature = pair.sign(&SystemRandom::new(), MESSAGE).expect("signs");
    let key = VerifyingKey::secp256k1(pair.public_key().as_ref()).expect("a valid point");
    (key, signature.as_ref().to_vec())
}

fn p256() -> (VerifyingKey, Signature) {
    let key = test_key(1);
    let point = key.verifying_key().to_sec1_point(false);
    (
        VerifyingKey::p256(point.as_bytes()).expect("a valid point"),
        key.sign(MESSAGE),
    )
}

#[test]
fn p256_raw_and_der() {
    // Signed by another implementation than the one that verifies.
    let (key, signature) = p256();
    let (raw, der) = (
        signature.to_bytes().to_vec(),
        signature.to_der().to_bytes().to_vec(),
    );
    assert_eq!(verdict(1, &key, &raw), Ok(()));
    assert_eq!(verdict(2, &key, &der), Ok(()));
    assert_eq!(verdict(1, &key, &der), Err(SignatureRule::Malformed));
    assert_eq!(verdict(2, &key, &raw), Err(SignatureRule::Wrong));
    let trailing = [der.as_slice(), &[0]].concat();
    assert_eq!(verdict(2, &key, &trailing), Err(SignatureRule::Wrong));
    let mut flipped = raw.clone();
    flipped[63] ^= 1;
    assert_eq!(verdict(1, &key, &flipped), Err(SignatureRule::Wrong));
    assert_eq!(verdict(1, &key, &[0; 64]), Err(SignatureRule::Wrong));
    let other = verify_assertion(algorithm(1), &key, b"Pay 145.00 EUR", &raw);
    assert_eq!(other.err(), Some(SignatureRule::Wrong));
}

#[test]
fn secp256k1_raw_and_der() {
    let (key, raw) = secp256k1(&aws::ECDSA_P256K1_SHA256_FIXED_SIGNING);
    assert_eq!(verdict(5, &key, &raw), Ok(()));
    let (other, der) = secp256k1(&aws::ECDSA_P256K1_SHA256_ASN1_SIGNING);
    assert_eq!(verdict(6, &other, &der), Ok(()));
    assert_eq!(verdict(5, &other, &raw), Err(SignatureRule::Wrong));
    assert_eq!(verdict(6, &other, &raw), Err(SignatureRule::Wrong));
}

#[test]
fn the_algorithm_names_the_curve() {
    let (p256, signature) = p256();
    let (secp256k1, other) = secp256k1(&aws::ECDSA_P256K1_SHA256_FIXED_SIGNING);
    assert_eq!(verdict(1, &p256, &signature.to_bytes()), Ok(()));
    assert_eq!(
        verdict(5, &p256, &signature.to_bytes()),
        Err(SignatureRule::KeyDoesNotFit)
    );
    assert_eq!(verdict(1, &secp256k1, &other), Err(SignatureRule::KeyDoesNotFit));
    assert_eq!(
        verdict(3, &p256, &signature.to_bytes()),
        Err(SignatureRule::KeyDoesNotFit)
    );
}

#[test]
fn rsa_pss_and_pkcs1_raw_and_in_an_octet_string() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("generates");
    let der = pair.public_key().as_ref();
    let key = PublicKey::decode(PublicKeyFormat::Rsa2048Der, algorithm(3), der).expect("SEQUENCE { n, e }");
    let key = VerifyingKey::try_from(&key).expect("2048 bits and 65537");
    let sign = |padding: &'static dyn RsaEncoding| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), MESSAGE, &mut signature)
            .expect("signs");
        signature
    };
    let (pss, pkcs1) = (sign(&aws::RSA_PSS_SHA256), sign(&aws::RSA_PKCS1_SHA256));
    let wrapped = |signature: &[u8]| tlv(0x04, &[signature]);
    assert_eq!(verdict(3, &key, &pss), Ok(()));
    assert_eq!(verdict(4, &key, &wrapped(&pss)), Ok(()));
    assert_eq!(verdict(8, &key, &pkcs1), Ok(()));
    assert_eq!(verdict(9, &key, &wrapped(&pkcs1)), Ok(()));
    // Neither the padding nor the wrapper is guessed.
    assert_eq!(verdict(3, &key, &pkcs1), Err(SignatureRule::Wrong));
    assert_eq!(verdict(8, &key, &pss), Err(SignatureRule::Wrong));
    assert_eq!(verdict(3, &key, &wrapped(&pss)), Err(SignatureRule::Malformed));
    assert_eq!(verdict(4, &key, &pss), Err(SignatureRule::Malformed));
    let trailing = [wrapped(&pkcs1), vec![0]].concat();
    assert_eq!(verdict(9, &key, &trailing), Err(SignatureRule::Malformed));
    assert_eq!(
        verdict(9, &key, &wrapped(&pkcs1[1..])),
        Err(SignatureRule::Malformed)
    );
}

#[test]
fn other_algorithms_are_refused_by_name() {
    let (key, signature) = p256();
    assert_eq!(verdict(1, &key, &signature.to_bytes()), Ok(()));
    let refused = [
        (0x07, SignatureRule::Sm2Unsupported),
        (0x0F, SignatureRule::Sha1Refused),
        (0x13, SignatureRule::Ed448Unsupported),
    ];
    for (code, rule) in refused {
        assert_eq!(verdict(code, &key, &signature.to_bytes()), Err(rule), "{code:#x}");
    }
    for code in [0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x10, 0x11, 0x12] {
        assert_eq!(
            verdict(code, &key, &signature.to_bytes()),
            Err(SignatureRule::KeyDoesNotFit),
            "{code:#x}"
        );
    }
}

#[test]
fn a_key_is_a_point_on_its_curve() {
    let point = test_key(1)
        .verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .to_vec();
    assert!(VerifyingKey::p256(&point).is_ok());
    assert_eq!(VerifyingKey::secp256k1(&point), Err(SignatureRule::KeyInvalid));
    let mut beside = point.clone();
    beside[64] ^= 1;
    assert_eq!(VerifyingKey::p256(&beside), Err(SignatureRule::KeyInvalid));
    let compressed = test_key(1).verifying_key().to_sec1_point(true);
    assert_eq!(
        VerifyingKey::p256(compressed.as_bytes()),
        Err(SignatureRule::KeyInvalid)
    );
    assert_eq!(VerifyingKey::p256(&[0]), Err(SignatureRule::KeyInvalid));
    assert_eq!(VerifyingKey::p256(&[]), Err(SignatureRule::KeyInvalid));
    assert_eq!(
        VerifyingKey::p256(&[&[4][..], &[0xff; 64]].concat()),
        Err(SignatureRule::KeyInvalid)
    );
}

#[test]
fn an_rsa_key_has_2048_bits_and_an_odd_exponent_from_3() {
    let n = [0xff; 256];
    assert!(VerifyingKey::rsa(&n, &[1, 0, 1]).is_ok());
    assert!(VerifyingKey::rsa(&[&[0][..], &n].concat(), &[0, 3]).is_ok());
    for (n, e) in [
        (&n[..], &[1][..]),
        (&n, &[2]),
        (&n, &[]),
        (&n[1..], &[3]),
        (&[0xfe; 256], &[3]),
    ] {
        assert_eq!(VerifyingKey::rsa(n, e), Err(SignatureRule::KeyInvalid));
    }
    assert_eq!(
        VerifyingKey::rsa(&[0xff; 513], &[3]),
        Err(SignatureRule::KeyInvalid)
    );
}

#[test]
fn the_key_that_a_certificate_names_is_read_whoever_issued_it() {
    let recipe = Recipe::leaf("leaf", "nobody", test_key(1));
    let certificate = recipe.sign(&test_key(2));
    let (key, signature) = p256();
    assert_eq!(VerifyingKey::named_by_certificate(&certificate), Ok(key.clone()));
    assert_eq!(verdict(2, &key, signature.to_der().as_bytes()), Ok(()));
    let cut = &certificate[..certificate.len() - 1];
    assert_eq!(
        VerifyingKey::named_by_certificate(cut),
        Err(SignatureRule::KeyInvalid)
    );
    assert_eq!(
        VerifyingKey::named_by_certificate(&[]),
        Err(SignatureRule::KeyInvalid)
    );
}
