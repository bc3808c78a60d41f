//! Public keys in every format and for every algorithm (Registry §3.6).

use smile_protocol::ProtocolError;
use smile_protocol::key::PublicKey;
use smile_protocol::registry::{AuthenticationAlgorithm, PublicKeyFormat};

use crate::target::Verdict;

/// A key, accepted where it is one in any format for any algorithm.
pub fn public_key(data: &[u8]) -> Verdict {
    let mut verdict = Err(String::new());
    for format in PublicKeyFormat::ALL.iter().copied() {
        for algorithm in AuthenticationAlgorithm::ALL.iter().copied() {
            let read = PublicKey::decode(format, algorithm, data);
            if let Ok(key) = &read {
                comes_back(key, format, algorithm, data);
            }
            verdict = verdict.or(read.map(drop).map_err(|error| refused(&error, data)));
        }
    }
    for read in [PublicKey::from_spki(data), PublicKey::from_cose(data)] {
        verdict = verdict.or(read.map(drop).map_err(|error| refused(&error, data)));
    }
    verdict
}

/// What was read is written, in its own format and in those in which keys are kept, and read again.
fn comes_back(key: &PublicKey, format: PublicKeyFormat, algorithm: AuthenticationAlgorithm, data: &[u8]) {
    match key.encode(format, algorithm) {
        Ok(written) => {
            assert_eq!(PublicKey::decode(format, algorithm, &written).as_ref(), Ok(key));
            // Only DER with a wrapping, and CBOR with an algorithm that need not be named, have a second spelling.
            let raw = matches!(format, PublicKeyFormat::EccX962Raw | PublicKeyFormat::Rsa2048Raw);
            assert!(!raw || written == data, "raw keys have one spelling");
        }
        // COSE names no algorithm for the one that is listed only to be refused.
        Err(error) => assert_eq!(
            algorithm,
            AuthenticationAlgorithm::RsassaPkcsv15Sha1Raw,
            "{error}"
        ),
    }
    let spki = key.to_spki().expect("a key that was read is short");
    assert_eq!(PublicKey::from_spki(&spki).as_ref(), Ok(key));
    if let Ok(cose) = key.to_cose(algorithm) {
        assert_eq!(PublicKey::from_cose(&cose).as_ref(), Ok(key));
    }
}

/// A refusal is about a place in the key.
fn refused(error: &ProtocolError, data: &[u8]) -> String {
    match error {
        ProtocolError::Key { offset, .. } => {
            assert!(*offset <= data.len(), "offset {offset} of {}", data.len())
        }
        other => panic!("a key has no {other:?}"),
    }
    error.to_string()
}
