//! One registration assertion: an attestation object.

use smile_protocol::{
    key::PublicKey,
    registry::{AttestationType, PublicKeyFormat},
    uaf::{
        challenge::FcParams,
        identity::KeyId,
        policy::{AuthenticatorDescription, Policy},
        registration::AuthenticatorRegistrationAssertion,
        wav1cbor::signed_message,
    },
    webauthn::{
        algorithm::CoseAlgorithm,
        attestation_object::{AttestationObject, AttestationStatement},
        authenticator_data::AttestedCredential,
    },
};

use super::{Wav1CborRule, data, must_be_on};
use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::CredentialId,
    limits::KEY_ID_MIN_BYTES,
    metadata::KnownModel,
    record::{AttestationEvidence, Credential, CredentialStatus, PendingCeremony, StoredPublicKey},
    relying_party::RelyingParty,
    signature::{VerifyingKey, verify_webauthn},
    trust::{TrustPolicy, verify_packed_path},
    uaf::registration::must_be_accepted,
};

/// The attestation object is well-formed, of a known model, and one that the policy accepts.
#[derive(Debug)]
pub(in crate::uaf) struct AaguidAccepted<'r> {
    model: &'r KnownModel,
    description: AuthenticatorDescription,
    object: AttestationObject,
    credential: AttestedCredential,
    key_id: KeyId,
}

/// The UAF attestation type that a statement format stands for.
fn kind_of(statement: &AttestationStatement) -> Result<AttestationType, CeremonyError> {
    match statement {
        AttestationStatement::Packed { certificates, .. } if certificates.is_empty() => {
            Ok(AttestationType::BasicSurrogate)
        }
        AttestationStatement::Packed { .. } => Ok(AttestationType::BasicFull),
        // Nobody vouches, not even the key: it is for metadata to allow that by listing the type.
        AttestationStatement::None => Ok(AttestationType::None),
        _ => Err(CeremonyError::AttestationTypeNotAccepted),
    }
}

impl<'r> AaguidAccepted<'r> {
    /// UAF §3.4.6.5 step 4: form, model, policy.
    pub(in crate::uaf) fn check(
        rp: &'r RelyingParty,
        policy: &Policy,
        assertion: &AuthenticatorRegistrationAssertion,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        must_be_on(rp)?;
        let object = assertion.decode_attestation_object()?;
        let credential = object.credential()?.clone();
        // UAF §3.4.6.5: the model has metadata. The statement with the AAGUID says which AAID it is.
        let model = rp.metadata.with_aaguid(credential.aaguid)?;
        let statement = model.statement();
        // UAF §3.4.6.1 and Metadata Service §3.1.3: the status of the model is acceptable.
        model.must_be_trusted(now_ms)?;
        // UAF §3.4.6.5: the attestation type is one that metadata lists.
        let attestation_type = kind_of(&object.statement)?;
        if !statement.attestation_types.contains(&attestation_type) {
            return Err(CeremonyError::AttestationTypeNotAccepted);
        }
        // UAF §3.1.5: a KeyID has 32..=2048 bytes. Credential IDs of 16 bytes, which WebAuthn allows, are too short; none is
        // too long, because decoding ends at 1023 bytes.
        if credential.credential_id.len() < KEY_ID_MIN_BYTES {
            return Err(Wav1CborRule::CredentialIdLength.into());
        }
        let key_id = KeyId::new(credential.credential_id.clone())?;
        // UAF §3.4.6.5 and §3.1.11: the policy. The assertion does not say its authenticator's version: metadata's counts.
        let mut description = statement.describe(statement.authenticator_version, vec![key_id.clone()]);
        description.attestation_types = vec![attestation_type];
        must_be_accepted(policy, &description, statement)?;
        Ok(Self {
            model,
            description,
            object,
            credential,
            key_id,
        })
    }

    /// UAF §3.4.6.5 step 4: the authenticator data, and the key in them.
    pub(in crate::uaf) fn accept_data(self, fc_params: &FcParams) -> Result<DataAccepted<'r>, CeremonyError> {
        data::must_be_for(&self.object.authenticator_data, fc_params)?;
        let metadatas = self.model.statement().authentication_algorithm;
        // UAF §3.4.6.5: the algorithm comes from metadata; the key only confirms it (WebAuthn §6.5.1: it names one).
        let algorithm = CoseAlgorithm::of(metadatas);
        let named = self.credential.cose_algorithm().ok();
        let Some(algorithm) = algorithm.filter(|one| named == Some(one.code())) else {
            return Err(Wav1CborRule::KeyAlgorithmMismatch.into());
        };
        // FIDO Registry §3.6.2: a COSE key, of the algorithm's kind and curve.
        let invalid = || CeremonyError::from(Wav1CborRule::PublicKeyInvalid);
        let bytes = &self.credential.public_key;
        let public_key = PublicKey::decode(PublicKeyFormat::Cose, metadatas, bytes).map_err(|_| invalid())?;
        let key = VerifyingKey::try_from(&public_key).map_err(|_| invalid())?;
        let cose = public_key.to_cose(metadatas).map_err(|_| invalid())?;
        Ok(DataAccepted {
            message: signed_message(&self.object.signed_bytes, fc_params),
            accepted: self,
            algorithm,
            key,
            cose,
        })
    }
}

/// The data are for our application and hold a key as metadata describes it; nobody has vouched for it yet.
#[derive(Debug)]
pub(in crate::uaf) struct DataAccepted<'r> {
    accepted: AaguidAccepted<'r>,
    algorithm: CoseAlgorithm,
    key: VerifyingKey,
    cose: Vec<u8>,
    message: Vec<u8>,
}

impl<'r> DataAccepted<'r> {
    /// UAF §3.4.6.5 step 4: the attestation.
    pub(in crate::uaf) fn verify_attestation(
        self,
        policy: TrustPolicy,
        now_ms: u64,
    ) -> Result<AttestationVerified<'r>, CeremonyError> {
        let AaguidAccepted { model, object, .. } = &self.accepted;
        let rooted = !model.statement().attestation_root_certificates.is_empty();
        let trust_anchor_sha256 = match &object.statement {
            AttestationStatement::Packed {
                algorithm,
                signature,
                certificates,
            } if certificates.is_empty() => {
                // UAF §3.4.6.5: surrogate only where metadata has no roots: it would be a way around them.
                if rooted {
                    return Err(CeremonyError::SurrogateWithRoots);
                }
                // WebAuthn §8.2: alg is that of the new key.
                if *algorithm != self.algorithm.code() {
                    return Err(Wav1CborRule::AttestationAlgorithm.into());
                }
                self.must_be_signed_with(self.algorithm, &self.key, signature)?;
                None
            }
            AttestationStatement::Packed {
                algorithm,
                signature,
                certificates,
            } => Some(self.verify_full((*algorithm, signature), certificates, policy, now_ms)?),
            // The same for no attestation at all.
            _ if rooted => return Err(CeremonyError::SurrogateWithRoots),
            _ => None,
        };
        Ok(AttestationVerified {
            data: self,
            trust_anchor_sha256,
        })
    }

    /// Packed with certificates: the path, and the signature of its leaf. What is left is the root's SHA-256.
    fn verify_full(
        &self,
        (algorithm, signature): (i64, &[u8]),
        certificates: &[Vec<u8>],
        policy: TrustPolicy,
        now_ms: u64,
    ) -> Result<Binary, CeremonyError> {
        let AaguidAccepted {
            model, credential, ..
        } = &self.accepted;
        let statement = model.statement();
        let roots = &statement.attestation_root_certificates;
        // UAF §3.4.6.5: without roots in metadata, certificates are refused.
        if roots.is_empty() {
            return Err(CeremonyError::AttestationRootsMissing);
        }
        let algorithm = CoseAlgorithm::from_code(algorithm);
        let algorithm = algorithm.ok_or(Wav1CborRule::AttestationAlgorithm)?;
        // UAF §3.4.6.5 and WebAuthn §8.2.1: the path, and what the leaf says of the model.
        let names = (statement.aaid, credential.aaguid);
        let leaf = verify_packed_path(certificates, roots, names, policy, now_ms)?;
        // Metadata Service §3.1.3: no certificate of the path is reported as compromised.
        model.must_trust_path(certificates, &leaf.anchor_sha256(), now_ms)?;
        self.must_be_signed_with(algorithm, leaf.key(), signature)?;
        Ok(Binary::from(&leaf.anchor_sha256()[..]))
    }

    /// WebAuthn §8.2: the signature is over the authenticator data and the client data's hash.
    fn must_be_signed_with(
        &self,
        algorithm: CoseAlgorithm,
        key: &VerifyingKey,
        signature: &[u8],
    ) -> Result<(), CeremonyError> {
        verify_webauthn(algorithm, key, &self.message, signature)
            .map(drop)
            .map_err(|_| Wav1CborRule::AttestationSignatureInvalid.into())
    }
}

/// Witness: the new key was attested as its model's metadata wants it.
#[derive(Debug)]
pub(in crate::uaf) struct AttestationVerified<'r> {
    data: DataAccepted<'r>,
    trust_anchor_sha256: Option<Binary>,
}

impl AttestationVerified<'_> {
    pub(in crate::uaf) fn description(&self) -> &AuthenticatorDescription {
        &self.data.accepted.description
    }

    /// UAF §3.4.6.5 step 5: what is stored, as of every other key.
    pub(in crate::uaf) fn credential(
        &self,
        ceremony: &PendingCeremony,
        fc_params: &FcParams,
        now_ms: u64,
    ) -> Result<Credential, CeremonyError> {
        let AaguidAccepted {
            model,
            object,
            credential,
            key_id,
            description,
        } = &self.data.accepted;
        let statement = model.statement();
        let attestation_type = description
            .attestation_types
            .first()
            .map_or(0, |kind| kind.code());
        Ok(Credential {
            id: CredentialId::of_passkey(&ceremony.tenant, key_id),
            tenant: ceremony.tenant.clone(),
            user: ceremony.user.clone(),
            scheme: statement.assertion_scheme.clone(),
            aaid: statement.aaid,
            key_id: key_id.clone(),
            public_key: StoredPublicKey {
                algorithm: statement.authentication_algorithm.code(),
                format: PublicKeyFormat::Cose.code(),
                original: Binary::from(credential.public_key.as_slice()),
                cose: Binary::from(self.data.cose.as_slice()),
            },
            sign_counter: object.authenticator_data.sign_count,
            authenticator_version: statement.authenticator_version,
            // The scheme confirms no transaction, whatever the client reports of a display.
            tc_display_png_characteristics: Vec::new(),
            attestation: AttestationEvidence {
                attestation_type,
                assertion: Binary(object.encode()?),
                fc_params: fc_params.as_str().to_owned(),
                trust_anchor_sha256: self.trust_anchor_sha256.clone(),
                metadata_sha256: Binary::from(&model.sha256()[..]),
            },
            status: CredentialStatus::Active,
            registered_at_ms: now_ms,
            last_used_at_ms: None,
            name: None,
            status_changed_at_ms: None,
            consent: None,
        })
    }
}
