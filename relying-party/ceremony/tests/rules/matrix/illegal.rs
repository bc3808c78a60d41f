//! The illegal cells: each is refused when metadata is loaded, and as a message to a model of a legal cell.

use smile_ceremony::{
    error::CeremonyError,
    metadata::MetadataSet,
    signature::{SignatureRule, must_be_supported},
};
use smile_protocol::{
    key::PublicKey,
    registry::{AttestationType, AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format},
};

use super::{
    cell::{Cell, Flip},
    cells, formats_of,
};

/// Why an algorithm is in no legal cell.
fn reason(algorithm: Algorithm) -> Option<SignatureRule> {
    match algorithm.code() {
        0x07 => Some(SignatureRule::Sm2Unsupported),
        0x0F => Some(SignatureRule::Sha1Refused),
        0x13 => Some(SignatureRule::Ed448Unsupported),
        _ => None,
    }
}

/// The cell whose model the message of an illegal cell claims to be: of the same algorithm where it has a legal cell.
fn nearest(algorithm: Algorithm) -> Cell {
    let (algorithm, format) = match formats_of(algorithm).first() {
        Some(format) => (algorithm, *format),
        None => (Algorithm::Secp256r1EcdsaSha256Raw, 0x100),
    };
    let format = Format::try_from(format).expect("a registered code");
    Cell::new(algorithm, format, AttestationType::BasicSurrogate)
}

#[test]
fn every_illegal_cell_is_refused_in_metadata() {
    let mut count = 0;
    for (algorithm, format, _) in cells().filter(|(_, _, legal)| !*legal) {
        let near = nearest(algorithm);
        let load = |algorithm: Algorithm, format: Format| {
            let mut statement = near.statement();
            statement.authentication_algorithm = algorithm;
            statement.public_key_format = format;
            MetadataSet::from_json([statement.encode().as_str()]).map(|set| set.aaids().count())
        };
        assert_eq!(load(near.algorithm, near.format), Ok(1));
        let rule = reason(algorithm).map_or(
            "publicKeyAlgAndEncoding does not fit authenticationAlgorithm",
            SignatureRule::reason,
        );
        let aaid = near.statement().aaid;
        assert_eq!(
            load(algorithm, format),
            Err(CeremonyError::MetadataInvalid { aaid, rule }),
            "{} {}",
            algorithm.name(),
            format.name()
        );
        count += 1;
    }
    println!("{count} illegal cells refused in metadata");
    assert_eq!(count, 49);
}

#[test]
fn every_legal_cell_is_accepted_in_metadata() {
    let mut count = 0;
    for (algorithm, format, _) in cells().filter(|(_, _, legal)| *legal) {
        for attestation in [AttestationType::BasicFull, AttestationType::BasicSurrogate] {
            let text = Cell::new(algorithm, format, attestation).statement().encode();
            assert!(MetadataSet::from_json([text.as_str()]).is_ok());
        }
        count += 1;
    }
    assert_eq!(count, 46);
}

#[test]
fn every_illegal_cell_is_refused_as_a_registration() {
    let mut count = 0;
    for (algorithm, format, _) in cells().filter(|(_, _, legal)| !*legal) {
        let name = format!("{} {}", algorithm.name(), format.name());
        let near = nearest(algorithm);
        let mut world = near.world();
        let refused = near.register(&mut world, Flip::Nothing, |forge| {
            forge.krd.assertion_info.signature_algorithm = algorithm;
            forge.krd.assertion_info.public_key_format = format;
        });
        let (error, status) = match reason(algorithm) {
            Some(rule) => (CeremonyError::SignatureAlgorithmRefused(rule), 1495),
            None => (CeremonyError::PublicKeyFormatMismatch, 1494),
        };
        assert_eq!(refused.clone().err(), Some(error), "{name}");
        assert_eq!(
            refused.map_err(|error| error.status().code()).err(),
            Some(status),
            "{name}"
        );
        assert!(world.rows.credentials.is_empty(), "{name}: nothing was stored");
        near.register(&mut world, Flip::Nothing, |_| {})
            .unwrap_or_else(|error| panic!("{name} without the flaw: {error}"));
        count += 1;
    }
    println!("{count} illegal cells refused as messages");
    assert_eq!(count, 49);
}

/// A key of the right kind in an illegal format is not read, whatever metadata would say.
#[test]
fn a_key_in_a_format_that_cannot_hold_it_is_not_read() {
    let supported = cells().filter(|(algorithm, _, legal)| !*legal && reason(*algorithm).is_none());
    for (algorithm, format, _) in supported {
        for (_, written_in, _) in cells().filter(|(of, _, legal)| *legal && *of == algorithm) {
            let bytes = Cell::new(algorithm, written_in, AttestationType::BasicSurrogate).public_key();
            assert!(PublicKey::decode(written_in, algorithm, &bytes).is_ok());
            let read = PublicKey::decode(format, algorithm, &bytes);
            assert!(
                read.is_err(),
                "{} {} as {}",
                algorithm.name(),
                written_in.name(),
                format.name()
            );
        }
    }
}

#[test]
fn an_authentication_with_a_refused_algorithm_names_the_reason() {
    let cell = nearest(Algorithm::Sm2Sm3Raw);
    let mut world = cell.world();
    cell.register(&mut world, Flip::Nothing, |_| {})
        .expect("a legal cell");
    let mut said = Vec::new();
    for algorithm in Algorithm::ALL {
        let Some(rule) = reason(*algorithm) else {
            assert_eq!(must_be_supported(*algorithm), Ok(()));
            continue;
        };
        assert_eq!(must_be_supported(*algorithm), Err(rule));
        let error = cell
            .log_in(&mut world, Flip::Nothing, |forge| {
                forge.data.assertion_info.signature_algorithm = *algorithm;
            })
            .expect_err("a refused algorithm");
        assert_eq!(error, CeremonyError::SignatureAlgorithmRefused(rule));
        assert_eq!(error.status().code(), 1495);
        // What a client is told.
        assert!(error.to_string().contains(rule.reason()), "{error}");
        said.push(error.to_string());
    }
    said.dedup();
    assert_eq!(said.len(), 3, "each has a reason of its own: {said:?}");
    cell.log_in(&mut world, Flip::Nothing, |_| {})
        .expect("accepted without the flaw");
}
