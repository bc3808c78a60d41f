//! The legal cells: each registers, signs in and pays, and refuses a flipped bit.

use smile_ceremony::{
    binary::Binary,
    error::CeremonyError,
    signature::{SignatureRule, VerifyingKey, verify_assertion},
    transition::Outcome,
};
use smile_protocol::{
    hash::{HashAlgorithm, HashValue},
    key::PublicKey,
    registry::{AttestationType, AuthenticationAlgorithm as Algorithm},
    uaf::{assertion::signed_data::TransactionContentHash, challenge::FinalChallengeHash},
};

use super::{
    cell::{Cell, Flip, flip_middle},
    cells,
};
use crate::{foreign_key::ForeignKey, world::World};

/// What a failed assertion names.
fn named(cell: &Cell) -> String {
    format!(
        "{} {} {:?}",
        cell.algorithm.name(),
        cell.format.name(),
        cell.attestation
    )
}

/// The refusals come first, so that what is accepted in the end is the same without the flaw.
fn registers(cell: &Cell, world: &mut World) {
    let name = named(cell);
    for flip in [Flip::Signature, Flip::SignedData] {
        let refused = cell.register(world, flip, |_| {}).err();
        assert_eq!(
            refused,
            Some(CeremonyError::AttestationSignatureInvalid),
            "{name} {flip:?}"
        );
    }
    // A changed key is none, or it is another one, which did not sign.
    let refused = cell.register(world, Flip::Key, |_| {}).err();
    assert!(
        matches!(
            refused,
            Some(CeremonyError::PublicKeyInvalid | CeremonyError::AttestationSignatureInvalid)
        ),
        "{name} {refused:?}"
    );
    assert!(world.rows.credentials.is_empty(), "{name}: nothing was stored");
    let registered = cell.register(world, Flip::Nothing, |_| {});
    let registered = registered.unwrap_or_else(|error| panic!("{name}: {error}"));
    let key = &registered[0].public_key;
    assert_eq!(key.original.as_slice(), cell.public_key(), "{name}");
    assert_eq!(key.cose.as_slice(), cell.cose(), "{name}");
    assert_eq!(key.algorithm, cell.algorithm.code(), "{name}");
}

/// Flips the same bit of the key on record, forth and back.
fn flip_key_on_record(world: &mut World) {
    let mut credential = world.credentials()[0].clone();
    let mut original = credential.public_key.original.as_slice().to_vec();
    flip_middle(&mut original);
    credential.public_key.original = Binary::from(original.as_slice());
    world.rows.credentials.insert(credential.id.clone(), credential);
}

fn logs_in(cell: &Cell, world: &mut World) {
    let (name, before) = (named(cell), world.credentials());
    for flip in [Flip::Signature, Flip::SignedData] {
        let refused = cell.log_in(world, flip, |_| {}).err();
        assert_eq!(refused, Some(CeremonyError::SignatureInvalid), "{name} {flip:?}");
    }
    flip_key_on_record(world);
    let refused = cell.log_in(world, Flip::Nothing, |_| {}).err();
    assert!(
        matches!(
            refused,
            Some(CeremonyError::PublicKeyInvalid | CeremonyError::SignatureInvalid)
        ),
        "{name} {refused:?}"
    );
    flip_key_on_record(world);
    assert_eq!(world.credentials(), before, "{name}: nothing was stored");
    cell.log_in(world, Flip::Nothing, |_| {})
        .unwrap_or_else(|error| panic!("{name}: {error}"));
}

fn pays(cell: &Cell, world: &mut World) {
    let name = named(cell);
    let refused = cell.pay(world, Flip::Signature, |_| {}).err();
    assert_eq!(refused, Some(CeremonyError::SignatureInvalid), "{name}");
    let paid = cell.pay(world, Flip::Nothing, |_| {});
    let Ok(Outcome::Authorised(payment)) = paid else {
        panic!("{name}: {paid:?}")
    };
    let evidence = payment.authorisation().expect("authorised");
    let shown = cell.hash().digest(payment.transaction_text().as_bytes());
    assert_eq!(
        evidence.transaction_content_hash.as_slice(),
        shown.as_bytes(),
        "{name}"
    );
    let challenge = cell.hash().digest(evidence.fc_params.as_bytes());
    assert_eq!(
        evidence.final_challenge_hash.as_slice(),
        challenge.as_bytes(),
        "{name}"
    );
    assert_eq!(evidence.public_key.as_slice(), cell.cose(), "{name}");
}

fn round_trips(of: impl Fn(Algorithm) -> bool) -> usize {
    let legal = cells().filter(|(algorithm, _, legal)| *legal && of(*algorithm));
    let mut count = 0;
    for (algorithm, format, _) in legal {
        for attestation in [AttestationType::BasicFull, AttestationType::BasicSurrogate] {
            let cell = Cell::new(algorithm, format, attestation);
            let mut world = cell.world();
            registers(&cell, &mut world);
            logs_in(&cell, &mut world);
            pays(&cell, &mut world);
            count += 1;
        }
    }
    println!("{count} round trips");
    count
}

#[test]
fn every_cell_of_the_256_bit_curves_makes_the_round() {
    assert_eq!(
        round_trips(|algorithm| [1, 2, 5, 6].contains(&algorithm.code())),
        24
    );
}

#[test]
fn every_cell_of_rsassa_pss_makes_the_round() {
    assert_eq!(
        round_trips(|algorithm| [3, 4, 0xA, 0xB].contains(&algorithm.code())),
        24
    );
}

#[test]
fn every_cell_of_rsassa_pkcs1_makes_the_round() {
    assert_eq!(
        round_trips(|algorithm| [8, 9, 0xC, 0xD, 0xE].contains(&algorithm.code())),
        30
    );
}

#[test]
fn every_cell_of_the_later_curves_makes_the_round() {
    assert_eq!(round_trips(|algorithm| algorithm.code() >= 0x10), 14);
}

/// Each single bit of a signature, under each algorithm.
#[test]
fn every_flipped_bit_of_a_signature_is_noticed() {
    const MESSAGE: &[u8] = b"Pay 1.45 EUR to \"Deutsche Post\"";
    let supported = Algorithm::ALL
        .iter()
        .filter(|algorithm| ![0x07, 0x0F, 0x13].contains(&algorithm.code()));
    let mut flipped = 0;
    for algorithm in supported {
        let device = ForeignKey::for_algorithm(*algorithm, 10);
        let key = PublicKey::from_spki(&device.spki()).expect("a key");
        let key = VerifyingKey::try_from(&key).expect("a valid key");
        let mut signature = device.sign(*algorithm, MESSAGE);
        assert!(verify_assertion(*algorithm, &key, MESSAGE, &signature).is_ok());
        for bit in 0..signature.len() * 8 {
            signature[bit / 8] ^= 1 << (bit % 8);
            let verdict = verify_assertion(*algorithm, &key, MESSAGE, &signature).map(drop);
            assert!(
                matches!(verdict, Err(SignatureRule::Wrong | SignatureRule::Malformed)),
                "{} bit {bit}: {verdict:?}",
                algorithm.name()
            );
            signature[bit / 8] ^= 1 << (bit % 8);
            flipped += 1;
        }
    }
    println!("{flipped} flipped bits");
}

/// UAF §3.4.6.5: the hash function is the algorithm's, and no other will do although its hash is of the same text.
#[test]
fn a_hash_by_another_function_is_refused() {
    for code in [0x01, 0x10, 0x11, 0x12] {
        let algorithm = Algorithm::try_from(code).expect("a registered code");
        let format = smile_protocol::registry::PublicKeyFormat::Cose;
        let cell = Cell::new(algorithm, format, AttestationType::BasicSurrogate);
        let mut world = cell.world();
        for other in HashAlgorithm::ALL.into_iter().filter(|hash| *hash != cell.hash()) {
            let malformed = |refused: Option<CeremonyError>| {
                assert!(
                    matches!(refused, Some(CeremonyError::Malformed(_))),
                    "{code:#x} {refused:?}"
                );
            };
            let registered = cell.register(&mut world, Flip::Nothing, |forge| {
                forge.krd.final_challenge_hash = forge.envelope.fc.encode().expect("short").hash(other);
            });
            malformed(registered.err());
        }
        // Of the right length and not the hash.
        let wrong = FinalChallengeHash(cell.hash().digest(b"another challenge"));
        let registered = cell.register(&mut world, Flip::Nothing, |forge| {
            forge.krd.final_challenge_hash = wrong
        });
        assert_eq!(registered.err(), Some(CeremonyError::FinalChallengeHashMismatch));
        assert!(world.rows.credentials.is_empty());
        cell.register(&mut world, Flip::Nothing, |_| {})
            .expect("accepted without the flaw");
        let logged_in = cell.log_in(&mut world, Flip::Nothing, |forge| {
            forge.data.final_challenge_hash = wrong
        });
        assert_eq!(logged_in.err(), Some(CeremonyError::FinalChallengeHashMismatch));
        cell.log_in(&mut world, Flip::Nothing, |_| {})
            .expect("accepted without the flaw");
        let dearer = TransactionContentHash::of(cell.hash(), b"Pay 99.00 EUR to \"Deutsche Post\"");
        let paid = cell.pay(&mut world, Flip::Nothing, |forge| {
            forge.data.transaction_content_hash = Some(dearer);
        });
        assert_eq!(paid.err(), Some(CeremonyError::TransactionHashMismatch));
        for other in HashAlgorithm::ALL.into_iter().filter(|hash| *hash != cell.hash()) {
            let paid = cell.pay(&mut world, Flip::Nothing, |forge| {
                let hash: HashValue = other.digest(b"any text");
                forge.data.transaction_content_hash = Some(TransactionContentHash(hash));
            });
            assert!(
                matches!(paid.err(), Some(CeremonyError::Malformed(_))),
                "{code:#x}"
            );
        }
        cell.pay(&mut world, Flip::Nothing, |_| {})
            .expect("accepted without the flaw");
    }
}
