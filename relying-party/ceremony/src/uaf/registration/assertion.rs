//! One registration assertion, through its three checks.

use smile_protocol::{
    key::PublicKey,
    metadata::{DisplayPngCharacteristics, MetadataStatement},
    registry::AttestationType,
    uaf::{
        assertion::{
            UAFV1TLV,
            registration::{Attestation, RegistrationAssertion},
        },
        challenge::FcParams,
        policy::{AuthenticatorDescription, MatchCriteria, Policy},
        registration::AuthenticatorRegistrationAssertion,
    },
};

use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::CredentialId,
    limits::{DISPLAY_FORMS_MAX, KEY_ID_MAX_BYTES, KEY_ID_MIN_BYTES, REG_COUNTER_MAX},
    metadata::{KnownModel, attestation_types},
    record::{AttestationEvidence, Credential, CredentialStatus, PendingCeremony, StoredPublicKey},
    relying_party::RelyingParty,
    signature::{VerifyingKey, must_be_supported, verify_assertion},
    trust::{TrustPolicy, verify_path},
};

/// The assertion is well-formed, of a known model, in its scheme, and one that the policy accepts.
#[derive(Debug)]
pub struct AaidAccepted<'r> {
    model: &'r KnownModel,
    description: AuthenticatorDescription,
    assertion: RegistrationAssertion,
    bytes: Vec<u8>,
    tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
}

/// Types that are decoded and not verified here: whatever metadata says of them, nobody would have vouched for the key.
fn must_be_judged(kind: AttestationType) -> Result<(), CeremonyError> {
    match kind {
        AttestationType::BasicFull | AttestationType::BasicSurrogate | AttestationType::AttCa => Ok(()),
        kind => Err(CeremonyError::AttestationNotSupported { kind }),
    }
}

/// UAF §3.4.6.5: the policy of the request, and within it the most preferred attestation of those that the model can
/// give and this server can verify.
pub(in crate::uaf) fn must_be_accepted(
    policy: &Policy,
    description: &AuthenticatorDescription,
    statement: &MetadataStatement,
) -> Result<(), CeremonyError> {
    let matching: Vec<_> = policy
        .accepted
        .iter()
        .flatten()
        .filter(|criterion| criterion.matches(description))
        .collect();
    if matching.is_empty() || policy.is_disallowed(description) {
        return Err(CeremonyError::PolicyNotSatisfied);
    }
    let able = AuthenticatorDescription {
        attestation_types: attestation_types(statement),
        ..description.clone()
    };
    let preferred = |criterion: &&MatchCriteria| {
        let first = criterion.preferred_attestation(&able);
        criterion.attestation_types.is_none()
            || first.is_none_or(|first| description.attestation_types.contains(&first))
    };
    if matching.iter().any(preferred) {
        Ok(())
    } else {
        Err(CeremonyError::AttestationNotPreferred)
    }
}

impl<'r> AaidAccepted<'r> {
    /// UAF §3.4.6.5 step 4: form, AAID, scheme, policy.
    pub(super) fn check(
        rp: &'r RelyingParty,
        policy: &Policy,
        assertion: &AuthenticatorRegistrationAssertion,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        // UAF §3.4.6.5: assertionScheme is one that is read here; that it is metadata's comes when the model is known.
        if assertion.assertion_scheme != UAFV1TLV {
            return Err(CeremonyError::AssertionSchemeMismatch);
        }
        // UAF §3.4.6.5: TAG_UAFV1_REG_ASSERTION with all mandatory tags, each once. Decoding refuses the rest.
        let decoded = assertion.decode_assertion()?;
        let krd = &decoded.krd;
        // UAF §3.4.6.5: the AAID has metadata.
        let model = rp.metadata.get(krd.aaid)?;
        let statement = model.statement();
        // UAF §3.4.6.5: assertionScheme is the one in metadata.
        if statement.assertion_scheme != UAFV1TLV {
            return Err(CeremonyError::AssertionSchemeMismatch);
        }
        // UAF §3.4.6.1 and Metadata Service §3.1.3: the status of the model is acceptable.
        model.must_be_trusted(now_ms)?;
        let attestation_type = decoded.attestation.kind();
        must_be_judged(attestation_type)?;
        // UAF §3.4.6.5: the attestation type is one that metadata lists.
        if !statement.attestation_types.contains(&attestation_type) {
            return Err(CeremonyError::AttestationTypeNotAccepted);
        }
        // UAF §3.4.6.5 and §3.1.11: the policy is matched against metadata, with the version, key and attestation
        // that this assertion has.
        let mut description =
            statement.describe(krd.assertion_info.authenticator_version, vec![krd.key_id.clone()]);
        description.attestation_types = vec![attestation_type];
        must_be_accepted(policy, &description, statement)?;
        let bytes = decoded.encode()?;
        Ok(Self {
            model,
            description,
            assertion: decoded,
            bytes,
            // UAF §3.4.3: what the client says beside the assertion. The preferred ones stand first.
            tc_display_png_characteristics: assertion
                .tc_display_png_characteristics
                .iter()
                .take(DISPLAY_FORMS_MAX)
                .cloned()
                .collect(),
        })
    }

    /// UAF §3.4.6.5 step 4: the key registration data.
    pub(super) fn accept_krd(self, fc_params: &FcParams) -> Result<KrdAccepted<'r>, CeremonyError> {
        let statement = self.model.statement();
        let krd = &self.assertion.krd;
        let info = &krd.assertion_info;
        let algorithm = info.signature_algorithm;
        must_be_supported(algorithm).map_err(CeremonyError::SignatureAlgorithmRefused)?;
        // UAF §3.4.6.5: the algorithm comes from metadata; the message only confirms it. It goes first, because it
        // says which hash function the final challenge is hashed with.
        if algorithm != statement.authentication_algorithm {
            return Err(CeremonyError::SignatureAlgorithmMismatch);
        }
        // UAF §3.4.6.5: FinalChallengeHash is the hash of fcParams as transmitted.
        let hash = algorithm.hash().map(|hash| fc_params.hash(hash));
        if hash != Some(krd.final_challenge_hash) {
            return Err(CeremonyError::FinalChallengeHashMismatch);
        }
        // UAF §3.4.6.5: the authenticator is not older than metadata speaks of.
        if info.authenticator_version < statement.authenticator_version {
            return Err(CeremonyError::AuthenticatorVersionTooOld);
        }
        // UAF §3.4.6.5: so does the key format.
        if info.public_key_format != statement.public_key_format {
            return Err(CeremonyError::PublicKeyFormatMismatch);
        }
        // UAF §3.1.5: a KeyID has 32..=2048 bytes.
        if !(KEY_ID_MIN_BYTES..=KEY_ID_MAX_BYTES).contains(&krd.key_id.as_bytes().len()) {
            return Err(CeremonyError::KeyIdLength);
        }
        // UAF §3.4.6.5: the registration counter is 0 or not exceedingly high.
        if krd.counters.reg_counter > REG_COUNTER_MAX {
            return Err(CeremonyError::RegCounterTooHigh);
        }
        // FIDO Registry §3.6.2: the key is one of its format, and of the algorithm's kind and curve.
        let public_key = PublicKey::decode(statement.public_key_format, algorithm, &krd.public_key)
            .map_err(|_| CeremonyError::PublicKeyInvalid)?;
        let key = VerifyingKey::try_from(&public_key).map_err(|_| CeremonyError::PublicKeyInvalid)?;
        let cose = public_key
            .to_cose(algorithm)
            .map_err(|_| CeremonyError::PublicKeyInvalid)?;
        Ok(KrdAccepted {
            accepted: self,
            key,
            cose,
        })
    }
}

/// The key registration data answers our challenge and agrees with metadata; nobody has vouched for it yet.
#[derive(Debug)]
pub struct KrdAccepted<'r> {
    accepted: AaidAccepted<'r>,
    key: VerifyingKey,
    cose: Vec<u8>,
}

impl<'r> KrdAccepted<'r> {
    /// UAF §3.4.6.5 step 4: the attestation.
    pub(super) fn verify_attestation(
        self,
        policy: TrustPolicy,
        now_ms: u64,
    ) -> Result<AttestationVerified<'r>, CeremonyError> {
        let AaidAccepted { model, assertion, .. } = &self.accepted;
        let statement = model.statement();
        let roots = &statement.attestation_root_certificates;
        let (key, trust_anchor_sha256) = match &assertion.attestation {
            Attestation::BasicFull { certificates, .. } | Attestation::AttCa { certificates, .. } => {
                // UAF §3.4.6.5: without roots in metadata, certificates are refused.
                if roots.is_empty() {
                    return Err(CeremonyError::AttestationRootsMissing);
                }
                // UAF §3.4.6.5: the certificates lead to a root in metadata; the leaf's key verifies.
                let leaf = verify_path(certificates, roots, assertion.krd.aaid, policy, now_ms)?;
                // Metadata Service §3.1.3: no certificate of the path is reported as compromised.
                model.must_trust_path(certificates, &leaf.anchor_sha256(), now_ms)?;
                (leaf.key().clone(), Some(Binary::from(&leaf.anchor_sha256()[..])))
            }
            // UAF §3.4.6.5: surrogate only where metadata has no roots: it would be a way around them.
            Attestation::BasicSurrogate { .. } if !roots.is_empty() => {
                return Err(CeremonyError::SurrogateWithRoots);
            }
            Attestation::BasicSurrogate { .. } => (self.key.clone(), None),
            other => return Err(CeremonyError::AttestationNotSupported { kind: other.kind() }),
        };
        // The algorithm is metadata's and the key is the leaf's or the new one; how the leaf's own certificate was
        // signed has no say in it.
        verify_assertion(
            statement.authentication_algorithm,
            &key,
            &assertion.signed_bytes,
            assertion.attestation.signature(),
        )
        .map_err(|_| CeremonyError::AttestationSignatureInvalid)?;
        Ok(AttestationVerified {
            krd: self,
            trust_anchor_sha256,
        })
    }
}

/// Witness: the attestation over the key registration data is verified.
#[derive(Debug)]
pub struct AttestationVerified<'r> {
    krd: KrdAccepted<'r>,
    trust_anchor_sha256: Option<Binary>,
}

impl AttestationVerified<'_> {
    pub(super) fn description(&self) -> &AuthenticatorDescription {
        &self.krd.accepted.description
    }

    /// How the key was attested.
    pub fn attestation_type(&self) -> AttestationType {
        self.krd.accepted.assertion.attestation.kind()
    }

    /// UAF §3.4.6.5 step 5: what is stored.
    pub(super) fn credential(
        &self,
        ceremony: &PendingCeremony,
        fc_params: &FcParams,
        now_ms: u64,
    ) -> Credential {
        let KrdAccepted {
            accepted:
                AaidAccepted {
                    model,
                    assertion,
                    bytes,
                    tc_display_png_characteristics,
                    ..
                },
            cose,
            ..
        } = &self.krd;
        let krd = &assertion.krd;
        Credential {
            id: CredentialId::of_key(&ceremony.tenant, krd.aaid, &krd.key_id),
            tenant: ceremony.tenant.clone(),
            user: ceremony.user.clone(),
            scheme: model.statement().assertion_scheme.clone(),
            aaid: krd.aaid,
            key_id: krd.key_id.clone(),
            public_key: StoredPublicKey {
                algorithm: model.statement().authentication_algorithm.code(),
                format: model.statement().public_key_format.code(),
                original: Binary::from(krd.public_key.as_slice()),
                cose: Binary::from(cose.as_slice()),
            },
            sign_counter: krd.counters.sign_counter,
            authenticator_version: krd.assertion_info.authenticator_version,
            tc_display_png_characteristics: tc_display_png_characteristics.clone(),
            attestation: AttestationEvidence {
                attestation_type: self.attestation_type().code(),
                assertion: Binary::from(bytes.as_slice()),
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
        }
    }
}
