//! The authenticator models that this server knows: a set of metadata statements by AAID, and what a metadata service
//! reports of each.

mod reports;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use smile_protocol::{
    key::KeyKind,
    metadata::{MetadataEntry, MetadataStatement, StatusReport},
    registry::{AttestationType, PublicKeyFormat},
    uaf::{assertion::UAFV1TLV, identity::Aaid},
    webauthn::{aaguid::Aaguid, algorithm::CoseAlgorithm},
};

use crate::{
    error::CeremonyError,
    signature::{self, SignatureRule},
    trust,
    uaf::wav1cbor::{self, Wav1CborRule},
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

    /// Whether it answers in the scheme `WAV1CBOR` (experimental).
    pub(crate) fn is_wav1cbor(&self) -> bool {
        wav1cbor::is_named(&self.statement.assertion_scheme)
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
            if models.values().any(|other| is_of_the_same_aaguid(other, &model)) {
                return Err(CeremonyError::MetadataInvalid {
                    aaid,
                    rule: "two statements of one AAGUID",
                });
            }
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

    /// The model that answers in `WAV1CBOR` (experimental) under this AAGUID.
    pub fn with_aaguid(&self, aaguid: Aaguid) -> Result<&KnownModel, CeremonyError> {
        let mut models = self.0.values().filter(|model| model.is_wav1cbor());
        // UAF §3.4.6.5: the AAID has metadata; here the AAGUID leads to it.
        models
            .find(|model| model.statement.aaguid == Some(aaguid))
            .ok_or_else(|| Wav1CborRule::AaguidUnknown.into())
    }

    /// The AAIDs of the models that answer in `WAV1CBOR` (experimental), in ascending order.
    pub fn wav1cbor_aaids(&self) -> impl Iterator<Item = Aaid> {
        let models = self.0.iter().filter(|(_, model)| model.is_wav1cbor());
        models.map(|(aaid, _)| *aaid)
    }

    /// The AAIDs, in ascending order.
    pub fn aaids(&self) -> impl Iterator<Item = Aaid> {
        self.0.keys().copied()
    }
}

/// Whether two models that answer in `WAV1CBOR` could not be told apart: only there is the AAGUID the name.
fn is_of_the_same_aaguid(one: &KnownModel, other: &KnownModel) -> bool {
    one.is_wav1cbor() && other.is_wav1cbor() && one.statement.aaguid == other.statement.aaguid
}

/// That a key of this model could be registered here.
fn check(statement: &MetadataStatement) -> Result<(), &'static str> {
    match statement.assertion_scheme.as_str() {
        UAFV1TLV => {}
        scheme if wav1cbor::is_named(scheme) => check_wav1cbor(statement)?,
        _ => return Err("assertionScheme is neither UAFV1TLV nor WAV1CBOR (experimental)"),
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

/// What a statement of the scheme `WAV1CBOR` (experimental) has to say besides.
fn check_wav1cbor(statement: &MetadataStatement) -> Result<(), &'static str> {
    // WebAuthn §6.5.1: all zeros is the name of no model.
    if statement.aaguid.is_none_or(Aaguid::is_zero) {
        return Err("aaguid is absent or all zeros, and WAV1CBOR needs it to find the AAID");
    }
    // WebAuthn §6.5.1: keys are COSE keys.
    if statement.public_key_format != PublicKeyFormat::Cose {
        return Err("publicKeyAlgAndEncoding is not COSE, in which WAV1CBOR writes keys");
    }
    if CoseAlgorithm::of(statement.authentication_algorithm).is_none() {
        return Err("authenticationAlgorithm is none of WAV1CBOR");
    }
    // Nothing in such an assertion says what was displayed.
    if statement.tc_display != 0 {
        return Err("tcDisplay is not 0, and WAV1CBOR confirms no transaction");
    }
    Ok(())
}

/// The attestation types of a statement that can be verified here: with certificates where it lists roots, else by the
/// new key itself. With `WAV1CBOR` (experimental) a model may give none at all, where its statement says so.
pub(crate) fn attestation_types(statement: &MetadataStatement) -> Vec<AttestationType> {
    let rooted = !statement.attestation_root_certificates.is_empty();
    let webauthn = wav1cbor::is_named(&statement.assertion_scheme);
    let verified = |kind: &AttestationType| match kind {
        AttestationType::BasicFull => rooted,
        AttestationType::AttCa => rooted && !webauthn,
        AttestationType::BasicSurrogate => !rooted,
        AttestationType::None => !rooted && webauthn,
        _ => false,
    };
    statement
        .attestation_types
        .iter()
        .copied()
        .filter(verified)
        .collect()
}
