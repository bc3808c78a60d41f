//! Certificates and their paths to a root (UAF §3.4.6.5, RFC 5280 §6): X.509 from strangers.

use sha2::{Digest, Sha256};
use smile_ceremony::trust::{TrustPolicy, TrustRule, TrustedLeaf, verify_path};
use smile_protocol::uaf::identity::Aaid;

use crate::target::{Shape, Target, Verdict, target};

/// The body.
pub const TARGET: Target = target("attestation_path", Shape::Der, None, attestation_path);

/// 2025-06-15T15:06:40Z, when the corpus is valid.
const NOW_MS: u64 = 1_750_000_000_000;

/// The year 10000, when nothing is valid: X.509 cannot write it.
const TOO_LATE_MS: u64 = 253_402_300_800_000;

fn verify(path: &[Vec<u8>], roots: &[Vec<u8>], now_ms: u64) -> Result<TrustedLeaf, TrustRule> {
    let model = Aaid::new(0xFFFF, 0x5301);
    verify_path(path, roots, model, TrustPolicy::default(), now_ms)
}

/// Certificates one behind the other: the path, leaf first, and the root that is listed.
fn attestation_path(data: &[u8]) -> Verdict {
    let certificates = split(data);
    let Some((root, path)) = certificates.split_last() else {
        return Err("no bytes".to_owned());
    };
    let roots = std::slice::from_ref(root);
    let leaf = verify(path, roots, NOW_MS).map_err(|rule| rule.to_string())?;
    assert_eq!(leaf.anchor_sha256(), <[u8; 32]>::from(Sha256::digest(root)));
    assert!(verify(path, &[], NOW_MS).is_err(), "trusted without a root");
    assert!(verify(&[], roots, NOW_MS).is_err(), "trusted without a leaf");
    assert!(verify(path, roots, TOO_LATE_MS).is_err(), "valid without end");
    // Any bit of the leaf: of what is signed, of the algorithm that it names twice, or of the signature.
    let mut forged = path.to_vec();
    let hash = Sha256::digest(data);
    let at = usize::from(u16::from_be_bytes([hash[0], hash[1]])) % forged[0].len();
    forged[0][at] ^= 1 << (hash[2] % 8);
    assert!(
        verify(&forged, roots, NOW_MS).is_err(),
        "byte {at} of the leaf may change"
    );
    Ok(())
}

/// The DER elements of `data`; what is left over is one more.
fn split(mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !data.is_empty() {
        let length = match *data {
            [_, length @ 0..=0x7F, ..] => 2 + usize::from(length),
            [_, 0x81, length, ..] => 3 + usize::from(length),
            [_, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
            _ => data.len(),
        };
        let (element, rest) = data.split_at(length.min(data.len()));
        found.push(element.to_vec());
        data = rest;
    }
    found
}
