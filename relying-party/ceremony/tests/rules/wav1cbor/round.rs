//! Whole rounds: register, log in, and a flipped bit refused, with keys of foreign crates.

use smile_ceremony::{error::CeremonyError, transition::Outcome, uaf::wav1cbor::Wav1CborRule};
use smile_protocol::{
    key::PublicKey,
    registry::{AttestationType, AuthenticationAlgorithm as Algorithm},
};

use super::forge::*;
use crate::world::root;

/// One registry code for each COSE algorithm, and both for the ones with two.
const ALGORITHMS: [Algorithm; 14] = [
    Algorithm::Secp256r1EcdsaSha256Raw,
    Algorithm::Secp256r1EcdsaSha256Der,
    Algorithm::Secp256k1EcdsaSha256Raw,
    Algorithm::Secp256k1EcdsaSha256Der,
    Algorithm::Secp384r1EcdsaSha384Raw,
    Algorithm::Secp521r1EcdsaSha512Raw,
    Algorithm::Ed25519EddsaSha512Raw,
    Algorithm::RsassaPssSha256Der,
    Algorithm::RsassaPssSha384Raw,
    Algorithm::RsassaPssSha512Raw,
    Algorithm::RsaEmsaPkcs1Sha256Der,
    Algorithm::RsassaPkcsv15Sha256Raw,
    Algorithm::RsassaPkcsv15Sha384Raw,
    Algorithm::RsassaPkcsv15Sha512Raw,
];

#[test]
fn every_algorithm_registers_logs_in_and_refuses_a_flipped_bit() {
    let bad_attestation = CeremonyError::from(Wav1CborRule::AttestationSignatureInvalid);
    let bad_signature = CeremonyError::from(Wav1CborRule::SignatureInvalid);
    for algorithm in ALGORITHMS {
        let mut passkey = Passkey::new(algorithm, 10);
        let mut world = world(&[model(algorithm, &[AttestationType::BasicSurrogate], Vec::new())]);
        let refused = register(&mut world, &passkey, |forge| {
            forge.flaws.signature = |bytes| flip(bytes)
        });
        assert_eq!(refused, Err(bad_attestation.clone()), "{}", algorithm.name());
        let counted = register(&mut world, &passkey, |forge| {
            forge.flaws.data = |bytes| bytes[36] ^= 1
        });
        assert_eq!(counted, Err(bad_attestation.clone()), "{}", algorithm.name());
        assert!(world.rows.credentials.is_empty());
        let registered = register(&mut world, &passkey, |_| ()).expect("sound");
        let key = &registered[0].public_key;
        assert_eq!((key.algorithm, key.format), (algorithm.code(), 0x104));
        // What is stored as COSE is the key, in one form for every format.
        let stored = PublicKey::from_cose(key.cose.as_slice()).expect("a key");
        assert_eq!(
            Ok(stored),
            PublicKey::from_spki(&passkey.key.spki()),
            "{}",
            algorithm.name()
        );

        passkey.counter = 4;
        let refused = log_in(&mut world, &passkey, |forge| {
            forge.flaws.signature = |bytes| flip(bytes)
        });
        assert_eq!(refused.err(), Some(bad_signature.clone()), "{}", algorithm.name());
        let counted = log_in(&mut world, &passkey, |forge| {
            forge.flaws.data = |bytes| bytes[36] ^= 2
        });
        assert_eq!(counted.err(), Some(bad_signature.clone()), "{}", algorithm.name());
        assert_eq!(world.credentials()[0].sign_counter, 1);
        let outcome = log_in(&mut world, &passkey, |_| ()).expect("sound");
        assert!(matches!(outcome, Outcome::Authenticated { .. }), "{outcome:?}");
        assert_eq!(world.credentials()[0].sign_counter, 5);
    }
}

#[test]
fn packed_certificates_are_basic_full() {
    let mut world = world(&[rooted_model()]);
    let mut passkey = Passkey::es256(10);
    let registered = register(&mut world, &passkey, |forge| forge.attest = packed_by(&leaf()));
    let credential = registered.expect("sound").swap_remove(0);
    assert_eq!(credential.scheme, "WAV1CBOR");
    assert_eq!(credential.aaid, PASSKEY);
    assert_eq!(credential.key_id.as_bytes(), [10; 32]);
    assert_eq!(credential.authenticator_version, 2);
    assert_eq!(credential.attestation.attestation_type, 0x3E07);
    let anchor = <sha2::Sha256 as sha2::Digest>::digest(root()).to_vec();
    let stored = credential.attestation.trust_anchor_sha256.expect("a root");
    assert_eq!(stored.as_slice(), anchor);
    passkey.counter = 1;
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
}

/// The attestation key may be of another algorithm than the new key: `alg` and the certificate say which.
#[test]
fn the_attestation_key_may_be_of_another_algorithm() {
    let mut world = world(&[model(
        Algorithm::Ed25519EddsaSha512Raw,
        &[AttestationType::BasicFull],
        vec![root()],
    )]);
    let passkey = Passkey::new(Algorithm::Ed25519EddsaSha512Raw, 3);
    let registered = register(&mut world, &passkey, |forge| forge.attest = packed_by(&leaf()));
    assert_eq!(registered.map(|list| list.len()), Ok(1));
    assert!(log_in(&mut world, &passkey, |_| ()).is_ok());
}
