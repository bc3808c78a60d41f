//! The hash of a TLS certificate as `tls-server-end-point` has it (RFC 5929 §4.1, UAF §3.1.8.1).

use der::{Decode, Sequence, asn1::ObjectIdentifier};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::{Certificate, spki::AlgorithmIdentifierOwned};

/// RSASSA-PSS (RFC 4055 §3.1), whose parameters name the hash function.
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// A hash function that a certificate's signature may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    /// MD5 or SHA-1, in whose place SHA-256 is taken.
    Broken,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Hash functions by their own identifiers, as RSASSA-PSS names them.
const HASHES: [(ObjectIdentifier, Hash); 6] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"), Hash::Broken),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.26"), Hash::Broken),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4"),
        Hash::Sha224,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        Hash::Sha256,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
        Hash::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
        Hash::Sha512,
    ),
];

/// Signature algorithms with one hash function: RSA PKCS #1, ECDSA, DSA.
const SIGNATURES: [(ObjectIdentifier, Hash); 14] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"), Hash::Broken),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"), Hash::Broken),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14"),
        Hash::Sha224,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        Hash::Sha256,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
        Hash::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
        Hash::Sha512,
    ),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"), Hash::Broken),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1"), Hash::Sha224),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"), Hash::Sha256),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"), Hash::Sha384),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"), Hash::Sha512),
    (ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"), Hash::Broken),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.1"),
        Hash::Sha224,
    ),
    (
        ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.2"),
        Hash::Sha256,
    ),
];

/// RFC 4055 §3.1. What is absent has its default: SHA-1, also in the mask.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u32>,
}

/// The certificate's hash under its own signature's hash function, SHA-256 in place of MD5 and SHA-1. `None` where the
/// signature uses no hash function, several, or one that is not known here: then there is no such binding.
pub(super) fn end_point_hash(der: &[u8]) -> Result<Option<Vec<u8>>, der::Error> {
    let certificate = Certificate::from_der(der)?;
    Ok(hash_of(certificate.signature_algorithm()).map(|hash| match hash {
        Hash::Sha224 => Sha224::digest(der).to_vec(),
        Hash::Broken | Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    }))
}

fn hash_of(algorithm: &AlgorithmIdentifierOwned) -> Option<Hash> {
    if algorithm.oid == RSASSA_PSS {
        return pss_hash(algorithm);
    }
    look_up(&SIGNATURES, algorithm.oid)
}

/// RFC 5929 §4.1: with two hash functions in one signature there is no such binding.
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<Hash> {
    let parameters: PssParameters = algorithm.parameters.as_ref()?.decode_as().ok()?;
    let named = |algorithm: Option<AlgorithmIdentifierOwned>| match algorithm {
        None => Some(Hash::Broken),
        Some(algorithm) => look_up(&HASHES, algorithm.oid),
    };
    let in_mask = match parameters.mask {
        None => None,
        Some(mask) => Some(mask.parameters.as_ref()?.decode_as().ok()?),
    };
    let hash = named(parameters.hash)?;
    (named(in_mask)? == hash).then_some(hash)
}

fn look_up(table: &[(ObjectIdentifier, Hash)], oid: ObjectIdentifier) -> Option<Hash> {
    table
        .iter()
        .find(|(known, _)| *known == oid)
        .map(|(_, hash)| *hash)
}
