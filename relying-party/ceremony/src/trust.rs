//! Attestation paths: from an authenticator's certificate to a root that metadata lists.
//!
//! A small subset of RFC 5280 §6 on parsed certificates, with the time as an argument. What real UAF
//! authenticators send shapes it: leaves of version 1, leaves that say CA:TRUE, and leaves that are themselves
//! the listed root. Revocation and policies are not part of it; metadata's status reports are the revocation of UAF.

mod certificate;

use sha2::{Digest, Sha256};
use smile_protocol::{uaf::identity::Aaid, webauthn::aaguid::Aaguid};

use crate::{
    limits::PATH_CERTIFICATES_MAX,
    signature::{SignatureRule, VerifyingKey},
};
use certificate::AttestationCertificate;

/// Which rule a path breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustRule {
    /// No certificate, or more than five.
    #[error("1..=5 certificates expected, leaf first (UAF §3.4.6.5)")]
    PathLength,
    /// Not a certificate in DER, or a large one.
    #[error("certificate malformed (RFC 5280 §4.1)")]
    Malformed,
    /// The two algorithm fields differ.
    #[error("signature and signatureAlgorithm differ (RFC 5280 §4.1.1.2)")]
    AlgorithmsDiffer,
    /// Extensions in a certificate that is not of version 3.
    #[error("extensions need version 3 (RFC 5280 §4.1.2.9)")]
    ExtensionsWithoutVersion3,
    /// The same extension twice.
    #[error("extension occurs twice (RFC 5280 §4.2)")]
    ExtensionTwice,
    /// A critical extension that is not understood.
    #[error("critical extension not understood (RFC 5280 §4.2)")]
    CriticalExtensionUnknown,
    /// Before `notBefore`.
    #[error("certificate not yet valid (RFC 5280 §6.1.3 (a)(2))")]
    NotYetValid,
    /// After `notAfter`.
    #[error("certificate expired (RFC 5280 §6.1.3 (a)(2))")]
    Expired,
    /// The key of a certificate is not valid or not supported.
    #[error("certificate key: {0} (RFC 5280 §4.1.2.7)")]
    Key(SignatureRule),
    /// The next certificate is not the issuer.
    #[error("issuer is not the subject of the next certificate (RFC 5280 §6.1.3 (a)(4))")]
    IssuerMismatch,
    /// The signature is not the issuer's.
    #[error("certificate signature: {0} (RFC 5280 §6.1.3 (a)(1))")]
    Signature(SignatureRule),
    /// An issuer that is not a certification authority.
    #[error("issuer is no CA: basicConstraints (RFC 5280 §6.1.4 (k))")]
    IssuerNotCa,
    /// An issuer that may not sign certificates.
    #[error("issuer may not sign certificates: keyUsage (RFC 5280 §6.1.4 (n))")]
    IssuerKeyUsage,
    /// More certificates below an issuer than it allows.
    #[error("path longer than pathLenConstraint (RFC 5280 §6.1.4 (m))")]
    PathLenConstraint,
    /// The path ends at no listed root, or goes on after one.
    #[error("path does not end at a listed root (UAF §3.4.6.5)")]
    RootNotListed,
    /// The leaf may not sign data.
    #[error("leaf may not sign: keyUsage without digitalSignature (RFC 5280 §4.2.1.3)")]
    LeafKeyUsage,
    /// The leaf names another authenticator model.
    #[error("leaf names another AAID (extension 1.3.6.1.4.1.45724.1.1.1)")]
    LeafAaid,
    /// The leaf of a packed attestation is not of version 3.
    #[error("leaf of a packed attestation is not of version 3 (experimental, WebAuthn §8.2.1)")]
    PackedVersion,
    /// The leaf of a packed attestation lacks a part of its subject.
    #[error(
        "leaf of a packed attestation: subject without C, O, CN or OU=Authenticator Attestation (experimental, WebAuthn §8.2.1)"
    )]
    PackedSubject,
    /// The leaf of a packed attestation does not say that it is no certification authority.
    #[error(
        "leaf of a packed attestation: basicConstraints without CA:FALSE (experimental, WebAuthn §8.2.1)"
    )]
    PackedCa,
    /// The leaf of a packed attestation names another authenticator model.
    #[error("leaf names another AAGUID (extension 1.3.6.1.4.1.45724.1.1.4; experimental, WebAuthn §8.2)")]
    LeafAaguid,
}

/// Witness: the owner of this key was certified, by way of the path, by a root that metadata lists.
#[derive(Debug, Clone)]
pub struct TrustedLeaf {
    key: VerifyingKey,
    anchor_sha256: [u8; 32],
}

impl TrustedLeaf {
    /// The attestation key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// SHA-256 of the listed root's DER.
    pub fn anchor_sha256(&self) -> [u8; 32] {
        self.anchor_sha256
    }
}

/// What a path may contain that is refused by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Whether a certificate may be signed with SHA-1. Certificates of test tools and of old authenticators are; a
    /// server that takes payments does not accept them.
    pub allow_sha1: bool,
}

/// Validates a path for an authenticator of model `aaid` at `now_ms`.
///
/// `path`: DER, leaf first, each certified by the next. `roots`: DER, as metadata lists them.
///
/// # Errors
/// The first [`TrustRule`] that the path breaks.
pub fn verify_path(
    path: &[Vec<u8>],
    roots: &[Vec<u8>],
    aaid: Aaid,
    policy: TrustPolicy,
    now_ms: u64,
) -> Result<TrustedLeaf, TrustRule> {
    if !(1..=PATH_CERTIFICATES_MAX).contains(&path.len()) {
        return Err(TrustRule::PathLength);
    }
    let path: Vec<_> = path
        .iter()
        .map(|der| AttestationCertificate::decode(der))
        .collect::<Result<_, _>>()?;
    for certificate in &path {
        certificate.must_be_valid_at(now_ms)?;
    }
    for (below, (subject, issuer)) in path.iter().zip(path.iter().skip(1)).enumerate() {
        // A root ends its path: what follows one would not be checked against anything.
        if roots.iter().any(|root| root == subject.der()) {
            return Err(TrustRule::RootNotListed);
        }
        // UAF §3.4.6.5: a listed root is an issuer by being listed, also where the path repeats it.
        if roots.iter().any(|root| root == issuer.der()) {
            subject.must_be_issued_by_anchor(issuer, below, policy)?;
        } else {
            subject.must_be_issued_by(issuer, below, policy)?;
        }
    }
    let leaf = path.first().expect("checked: at least one certificate");
    let anchor_sha256 = verify_anchor(&path, roots, policy, now_ms)?;
    leaf.must_be_able_to_sign()?;
    leaf.must_not_name_another(aaid)?;
    Ok(TrustedLeaf {
        key: leaf.key()?,
        anchor_sha256,
    })
}

/// As [`verify_path`], for the certificates of a packed attestation (WebAuthn §8.2.1) by a model with these two names.
/// Experimental, with the scheme `WAV1CBOR`.
///
/// # Errors
/// The first [`TrustRule`] that the path or its leaf breaks.
pub fn verify_packed_path(
    path: &[Vec<u8>],
    roots: &[Vec<u8>],
    (aaid, aaguid): (Aaid, Aaguid),
    policy: TrustPolicy,
    now_ms: u64,
) -> Result<TrustedLeaf, TrustRule> {
    let trusted = verify_path(path, roots, aaid, policy, now_ms)?;
    let leaf = path.first().expect("a verified path has a certificate");
    AttestationCertificate::decode(leaf)?.must_be_packed_leaf(aaguid)?;
    Ok(trusted)
}

/// That the last certificate is a listed root or was issued by one; the root's SHA-256.
fn verify_anchor(
    path: &[AttestationCertificate],
    roots: &[Vec<u8>],
    policy: TrustPolicy,
    now_ms: u64,
) -> Result<[u8; 32], TrustRule> {
    let last = path.last().expect("checked: at least one certificate");
    // UAF §3.4.6.5 and Metadata §4: a listed "root" may be the attestation certificate itself.
    if roots.iter().any(|root| root == last.der()) {
        return Ok(Sha256::digest(last.der()).into());
    }
    let mut closest = TrustRule::RootNotListed;
    for der in roots {
        let Ok(root) = AttestationCertificate::decode(der) else {
            continue;
        };
        if !last.names_issuer(&root) {
            continue;
        }
        // Several roots may carry one name (a renewed key): any of them that issued the certificate will do.
        let verdict = root
            .must_be_valid_at(now_ms)
            .and_then(|()| last.must_be_issued_by_anchor(&root, path.len() - 1, policy));
        match verdict {
            Ok(()) => return Ok(Sha256::digest(der).into()),
            Err(rule) => closest = rule,
        }
    }
    Err(closest)
}

/// Whether `der` is a certificate that could stand in a path.
pub(crate) fn is_certificate(der: &[u8]) -> bool {
    AttestationCertificate::decode(der).is_ok()
}
