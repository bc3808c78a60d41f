//! The authenticator models that this server knows: a set of metadata statements by AAID, and what a metadata service
//! reports of each.

mod reports;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use smile_protocol::{
    key::KeyKind,
    metadata::{MetadataEntry, MetadataStatement, StatusReport},
    registry::AttestationType,
    uaf::{assertion::UAFV1TLV, identity::Aaid},
};

use crate::{
    error::CeremonyError,
    signature::{self, SignatureRule},
    trust,
};

/// One model.
#[derive(Debug, Clone)]
pub struct KnownModel {
    statement: MetadataStatement,
    status_reports: Vec<StatusReport>,
    sha256: [u8; 32],
}

impl KnownModel {
    /// The statement.
    pub fn statement(&self) -> &MetadataStatement {
        &self.statement
    }

    /// SHA-256 of the JSON text that was given: the statement, or the entry with the statement in it.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

/// The set. What is not in it cannot register, and keys of a model that was taken out cannot sign in.
#[derive(Debug, Clone, Default)]
pub struct MetadataSet(BTreeMap<Aaid, KnownModel>);

impl MetadataSet {
    /// Reads statements, or entries of a metadata service with the statement in them, from their JSON texts, in any
    /// order ([`MetadataEntry::decode`]).
    ///
    /// Refuses two statements of one AAID, and statements that no registration could satisfy: better at the
    /// start of the server than in front of a buyer.
    pub fn from_json<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, CeremonyError> {
        let mut models = BTreeMap::new();
        for text in texts {
            let MetadataEntry {
                statement,
                status_reports,
                ..
            } = MetadataEntry::decode(text)?;
            let aaid = statement.aaid;
            check(&statement).map_err(|rule| CeremonyError::MetadataInvalid { aaid, rule })?;
            let model = KnownModel {
                statement,
                status_reports,
                sha256: Sha256::digest(text.as_bytes()).into(),
            };
            if models.insert(aaid, model).is_some() {
                return Err(CeremonyError::MetadataInvalid {
                    aaid,
                    rule: "two statements of one AAID",
                });
            }
        }
        Ok(Self(models))
    }

    /// The model with this AAID.
    pub fn get(&self, aaid: Aaid) -> Result<&KnownModel, CeremonyError> {
        // UAF §3.4.6.5: the AAID has metadata.
        self.0.get(&aaid).ok_or(CeremonyError::AaidUnknown)
    }

    /// The AAIDs, in ascending order.
    pub fn aaids(&self) -> impl Iterator<Item = Aaid> {
        self.0.keys().copied()
    }
}

/// That a key of this model could be registered here.
fn check(statement: &MetadataStatement) -> Result<(), &'static str> {
    if statement.assertion_scheme != UAFV1TLV {
        return Err("assertionScheme is not UAFV1TLV");
    }
    let algorithm = statement.authentication_algorithm;
    signature::must_be_supported(algorithm).map_err(SignatureRule::reason)?;
    // FIDO Registry §3.6.2: the format holds keys of the algorithm's kind.
    if !KeyKind::of(algorithm).is_some_and(|kind| kind.fits(statement.public_key_format)) {
        return Err("publicKeyAlgAndEncoding does not fit authenticationAlgorithm");
    }
    // UAF §3.4.6.5: certificates need roots, Basic Surrogate is refused where there are some.
    if attestation_types(statement).is_empty() {
        return Err(
            "attestationTypes has neither Basic Full or ATTCA with attestationRootCertificates nor Basic Surrogate without",
        );
    }
    if !statement
        .attestation_root_certificates
        .iter()
        .all(|der| trust::is_certificate(der))
    {
        return Err("attestationRootCertificates holds something that is not a certificate");
    }
    Ok(())
}

/// The attestation types of a statement that can be verified here: with certificates where it lists roots, else by the
/// new key itself.
pub(crate) fn attestation_types(statement: &MetadataStatement) -> Vec<AttestationType> {
    let rooted = !statement.attestation_root_certificates.is_empty();
    let verified = |kind: &AttestationType| match kind {
        AttestationType::BasicFull | AttestationType::AttCa => rooted,
        AttestationType::BasicSurrogate => !rooted,
        _ => false,
    };
    statement
        .attestation_types
        .iter()
        .copied()
        .filter(verified)
        .collect()
}
