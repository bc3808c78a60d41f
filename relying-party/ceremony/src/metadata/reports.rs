//! What the metadata service reports of a model, and what follows from it (Metadata Service §3.1.3).
//!
//! A report that a model is compromised stays in effect while it is there: a later `UPDATE_AVAILABLE` does not lift
//! it, because whether an update mends the fault is for the operator to judge, who then takes the report out and
//! raises `authenticatorVersion`.

use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use smile_protocol::{
    metadata::{AuthenticatorStatus, StatusReport},
    uaf::{assertion::registration::RegistrationAssertion, identity::Aaid},
    webauthn::attestation_object::{AttestationObject, AttestationStatement},
};

use x509_cert::Certificate;

use super::{KnownModel, MetadataSet};
use crate::{error::CeremonyError, record::Credential, uaf::wav1cbor};

/// What a report is about.
enum Reach<'r> {
    /// Every authenticator of the model.
    Model,
    /// Those whose attestation path holds this certificate (DER), or another one of its key.
    Path(&'r [u8]),
}

/// A compromise that is in effect: how far it reaches.
fn reach(report: &StatusReport, now_ms: u64) -> Option<Reach<'_>> {
    if !report.status.is_compromise() || !report.is_effective_at(now_ms) {
        return None;
    }
    // Metadata Service §3.1.2: the certificate that a set of compromised authenticators shares.
    match (&report.status, &report.certificate) {
        (AuthenticatorStatus::AttestationKeyCompromise, Some(certificate)) => Some(Reach::Path(certificate)),
        _ => Some(Reach::Model),
    }
}

/// Whether two certificates (DER) are of one key. It is the key that leaked: whoever has it can have another certificate
/// for it, and anybody can turn an ECDSA signature (r, s) into (r, n - s), which makes other bytes of the same one.
fn is_of_the_same_key(certificate: &[u8], other: &[u8]) -> bool {
    let key = |der: &[u8]| {
        let certificate = Certificate::from_der(der).ok()?;
        certificate
            .tbs_certificate()
            .subject_public_key_info()
            .to_der()
            .ok()
    };
    certificate == other
        || key(certificate).is_some_and(|of_this| key(other).is_some_and(|of_that| of_this == of_that))
}

/// The certificates by which a key was attested.
fn attestation_path(credential: &Credential) -> Result<Vec<Vec<u8>>, CeremonyError> {
    let bytes = credential.attestation.assertion.as_slice();
    if wav1cbor::is_named(&credential.scheme) {
        let object = AttestationObject::decode(bytes)?;
        return Ok(match object.statement {
            AttestationStatement::Packed { certificates, .. } => certificates,
            _ => Vec::new(),
        });
    }
    let registered = RegistrationAssertion::decode(bytes)?;
    Ok(registered.attestation.certificates().to_vec())
}

fn compromised(report: &StatusReport) -> CeremonyError {
    CeremonyError::AuthenticatorCompromised {
        status: report.status.clone(),
    }
}

impl KnownModel {
    /// The reports, oldest first.
    pub fn status_reports(&self) -> &[StatusReport] {
        &self.status_reports
    }

    /// That no report in effect at `now_ms` speaks of the model as a whole.
    pub(crate) fn must_be_trusted(&self, now_ms: u64) -> Result<(), CeremonyError> {
        // UAF §3.4.6.1 and Metadata Service §3.1.3: some statuses are unacceptable.
        let all = |report: &&StatusReport| matches!(reach(report, now_ms), Some(Reach::Model));
        match self.status_reports.iter().find(all) {
            Some(report) => Err(compromised(report)),
            None => Ok(()),
        }
    }

    /// That no report in effect at `now_ms` speaks of a certificate of this path, its anchor included.
    pub(crate) fn must_trust_path(
        &self,
        path: &[Vec<u8>],
        anchor_sha256: &[u8],
        now_ms: u64,
    ) -> Result<(), CeremonyError> {
        let anchor = self
            .statement
            .attestation_root_certificates
            .iter()
            .filter(|root| Sha256::digest(root)[..] == *anchor_sha256);
        let certificates: Vec<&Vec<u8>> = path.iter().chain(anchor).collect();
        let in_path = |report: &&StatusReport| match reach(report, now_ms) {
            Some(Reach::Path(bad)) => {
                anchor_sha256 == &Sha256::digest(bad)[..]
                    || certificates
                        .iter()
                        .any(|certificate| is_of_the_same_key(certificate, bad))
            }
            _ => false,
        };
        match self.status_reports.iter().find(in_path) {
            Some(report) => Err(compromised(report)),
            None => Ok(()),
        }
    }

    /// That no report in effect at `now_ms` speaks of the model or of the path by which this key was attested.
    pub(crate) fn must_trust_key(&self, credential: &Credential, now_ms: u64) -> Result<(), CeremonyError> {
        self.must_be_trusted(now_ms)?;
        let evidence = &credential.attestation;
        let Some(anchor) = &evidence.trust_anchor_sha256 else {
            return Ok(());
        };
        let any = |report: &StatusReport| matches!(reach(report, now_ms), Some(Reach::Path(_)));
        if !self.status_reports.iter().any(any) {
            return Ok(());
        }
        let path = attestation_path(credential)?;
        self.must_trust_path(&path, anchor.as_slice(), now_ms)
    }
}

impl MetadataSet {
    /// The models that must not be trusted at `now_ms`, in ascending order: for `policy.disallowed`.
    pub fn untrusted_at(&self, now_ms: u64) -> Vec<Aaid> {
        let untrusted =
            |(aaid, model): (&Aaid, &KnownModel)| model.must_be_trusted(now_ms).is_err().then_some(*aaid);
        self.0.iter().filter_map(untrusted).collect()
    }

    /// Statuses that are not listed in the specification: they are ignored, and an operator may want to know.
    pub fn unknown_statuses(&self) -> impl Iterator<Item = (Aaid, &str)> {
        self.0.iter().flat_map(|(aaid, model)| {
            let unknown = |report: &StatusReport| matches!(report.status, AuthenticatorStatus::Unknown(_));
            let reports = model.status_reports.iter().filter(move |report| unknown(report));
            reports.map(|report| (*aaid, report.status.name()))
        })
    }
}
