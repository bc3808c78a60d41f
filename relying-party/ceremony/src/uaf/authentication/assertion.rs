//! One authentication assertion, through its three checks.

use smile_protocol::{
    key::PublicKey,
    registry::{AuthenticationAlgorithm, PublicKeyFormat},
    uaf::{
        assertion::{
            UAFV1TLV, authentication::AuthenticationAssertion, info::AuthenticationMode,
            signed_data::TransactionContentHash,
        },
        authentication::{AuthenticatorSignAssertion, IMAGE_PNG, Transaction},
        challenge::{FcParams, FinalChallengeHash},
        policy::AuthenticatorDescription,
    },
};

use super::display::Display;
use crate::{
    binary::Binary,
    error::CeremonyError,
    metadata::KnownModel,
    record::{Credential, CredentialStatus, PendingCeremony},
    relying_party::RelyingParty,
    signature::{VerifyingKey, must_be_supported, verify_assertion},
    uaf::counter::counter_advances,
};

/// The assertion is well-formed, of a known model, and names an active key of the user that the policy accepts.
#[derive(Debug)]
pub struct AaidAccepted<'r> {
    ceremony: &'r PendingCeremony,
    model: &'r KnownModel,
    credential: &'r Credential,
    display: Display<'r>,
    description: AuthenticatorDescription,
    assertion: AuthenticationAssertion,
}

impl<'r> AaidAccepted<'r> {
    /// UAF §3.5.7.5: form, AAID, scheme, policy, and the key in this user's records.
    pub(super) fn check(
        rp: &'r RelyingParty,
        ceremony: &'r PendingCeremony,
        credentials: &'r [Credential],
        assertion: &AuthenticatorSignAssertion,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        // UAF §3.5.7.5: assertionScheme is one that is read here.
        if assertion.assertion_scheme != UAFV1TLV {
            return Err(CeremonyError::AssertionSchemeMismatch);
        }
        // UAF §3.5.7.5: TAG_UAFV1_AUTH_ASSERTION with all mandatory tags, each once. Decoding refuses the rest.
        let decoded = assertion.decode_assertion()?;
        let data = &decoded.signed_data;
        // UAF §3.5.7.5: the AAID has metadata.
        let model = rp.metadata.get(data.aaid)?;
        // UAF §3.5.7.5: assertionScheme is metadata's, and below the one that the key was registered in.
        if model.statement().assertion_scheme != UAFV1TLV {
            return Err(CeremonyError::AssertionSchemeMismatch);
        }
        // UAF §3.5.7.5: (AAID, KeyID) is in the records of this user; by that the AAID is the registered one.
        let registered = |credential: &&Credential| {
            credential.tenant == ceremony.tenant
                && credential.user == ceremony.user
                && credential.scheme == UAFV1TLV
                && credential.aaid == data.aaid
                && credential.key_id == data.key_id
        };
        let credential = credentials
            .iter()
            .find(registered)
            .ok_or(CeremonyError::KeyIdUnknown)?;
        if credential.status != CredentialStatus::Active {
            return Err(CeremonyError::CredentialNotActive);
        }
        // UAF §3.5.7.1 and Metadata Service §3.1.3: the status of the model, and of the key that attested this one.
        model.must_trust_key(credential, now_ms)?;
        // UAF §3.5.7.5 and §3.1.11: the policy of the request.
        let version = data.assertion_info.authenticator_version;
        let description = model.statement().describe(version, vec![data.key_id.clone()]);
        let accepted = ceremony
            .policy
            .accepted
            .iter()
            .flatten()
            .any(|criterion| criterion.matches(&description));
        if !accepted || ceremony.policy.is_disallowed(&description) {
            return Err(CeremonyError::PolicyNotSatisfied);
        }
        Ok(Self {
            ceremony,
            model,
            credential,
            display: Display::of(&rp.metadata, credential),
            description,
            assertion: decoded,
        })
    }

    /// UAF §3.5.7.5: the signed data.
    pub(super) fn accept_signed_data(
        self,
        fc_params: &FcParams,
    ) -> Result<SignedDataAccepted<'r>, CeremonyError> {
        let data = &self.assertion.signed_data;
        let info = &data.assertion_info;
        // UAF §3.5.7.5: the authenticator is not older than metadata speaks of, nor than it was.
        if info.authenticator_version < self.model.statement().authenticator_version {
            return Err(CeremonyError::AuthenticatorVersionTooOld);
        }
        if info.authenticator_version < self.credential.authenticator_version {
            return Err(CeremonyError::AuthenticatorVersionWentBack);
        }
        let algorithm = info.signature_algorithm;
        must_be_supported(algorithm).map_err(CeremonyError::SignatureAlgorithmRefused)?;
        // UAF §3.5.7.5: the algorithm is the registered one; the message only confirms it.
        if info.signature_algorithm.code() != self.credential.public_key.algorithm {
            return Err(CeremonyError::SignatureAlgorithmMismatch);
        }
        // UAF §3.5.7.5: the counter.
        counter_advances(self.credential.sign_counter, data.sign_counter)?;
        // UAF §3.5.7.5: FinalChallengeHash is the hash of fcParams as transmitted.
        let hash = algorithm.hash().map(|hash| fc_params.hash(hash));
        if hash != Some(data.final_challenge_hash) {
            return Err(CeremonyError::FinalChallengeHashMismatch);
        }
        self.accept_transaction()?;
        Ok(SignedDataAccepted(self))
    }

    /// UAF §3.5.7.5, the transaction. The specification judges it only where the assertion says mode 2, which
    /// would let an authenticator skip the display. Here our request decides: a transaction asked for must be
    /// confirmed, and none may be where none was asked for.
    fn accept_transaction(&self) -> Result<(), CeremonyError> {
        let data = &self.assertion.signed_data;
        let asked = &self.ceremony.transactions;
        let confirmed = data.assertion_info.authentication_mode == AuthenticationMode::TransactionConfirmed;
        match (asked.is_empty(), confirmed, data.transaction_content_hash) {
            (true, false, None) => Ok(()),
            (true, _, _) => Err(CeremonyError::TransactionNotAsked),
            (false, true, Some(signed)) => {
                // UAF §3.5.7.5: the hash of one of the forms in which the transaction was sent.
                if self.form_with(signed).is_some() {
                    Ok(())
                } else {
                    Err(CeremonyError::TransactionHashMismatch)
                }
            }
            (false, _, _) => Err(CeremonyError::TransactionNotConfirmed),
        }
    }

    /// The form of the transaction with this hash, among those that this authenticator's display shows: a form that was
    /// meant for another one was not seen here.
    fn form_with(&self, signed: TransactionContentHash) -> Option<&Transaction> {
        self.ceremony.transactions.iter().find(|form| {
            self.display.shows(form)
                    // By the algorithm's hash function: decoding accepts no other length.
                    && form.content_hash(signed.0.algorithm()).is_ok_and(|hash| hash == signed)
        })
    }
}

/// The signed data answers our challenge and our transaction; its signature is not verified yet.
#[derive(Debug)]
pub struct SignedDataAccepted<'r>(AaidAccepted<'r>);

impl<'r> SignedDataAccepted<'r> {
    /// UAF §3.5.7.5: the signature, with the registered key and the registered algorithm.
    pub(super) fn verify_signature(self) -> Result<SignatureVerified<'r>, CeremonyError> {
        let AaidAccepted {
            credential,
            assertion,
            ..
        } = &self.0;
        let stored = &credential.public_key;
        let algorithm = AuthenticationAlgorithm::try_from(stored.algorithm);
        let format = PublicKeyFormat::try_from(stored.format);
        let (Ok(algorithm), Ok(format)) = (algorithm, format) else {
            return Err(CeremonyError::PublicKeyInvalid);
        };
        let key = PublicKey::decode(format, algorithm, stored.original.as_slice())
            .map_err(|_| CeremonyError::PublicKeyInvalid)?;
        let on_record = VerifyingKey::of_record(&key).map_err(|_| CeremonyError::PublicKeyInvalid)?;
        verify_assertion(
            algorithm,
            &on_record,
            &assertion.signed_bytes,
            &assertion.signature,
        )
        // The record may have been damaged: then it is not the signature that is wrong.
        .map_err(|_| match VerifyingKey::try_from(&key) {
            Ok(_) => CeremonyError::SignatureInvalid,
            Err(_) => CeremonyError::PublicKeyInvalid,
        })?;
        let bytes = assertion.encode()?;
        Ok(SignatureVerified {
            accepted: self.0,
            bytes,
        })
    }
}

/// Witness: the registered key signed our challenge.
#[derive(Debug)]
pub struct SignatureVerified<'r> {
    accepted: AaidAccepted<'r>,
    bytes: Vec<u8>,
}

impl SignatureVerified<'_> {
    pub(super) fn description(&self) -> &AuthenticatorDescription {
        &self.accepted.description
    }

    pub(super) fn into_asserted(self) -> AssertedCredential {
        let data = &self.accepted.assertion.signed_data;
        let form = data
            .transaction_content_hash
            .and_then(|signed| self.accepted.form_with(signed));
        let picture = form.filter(|form| form.content_type == IMAGE_PNG);
        AssertedCredential {
            credential: self.accepted.credential.clone(),
            sign_counter: data.sign_counter,
            authenticator_version: data.assertion_info.authenticator_version,
            final_challenge_hash: data.final_challenge_hash,
            transaction_content_hash: data.transaction_content_hash,
            transaction_picture: picture.and_then(|form| form.content_bytes().ok()).map(Binary),
            assertion: Binary(self.bytes),
        }
    }
}

/// A key that signed, as it was on record, and what it signed.
#[derive(Debug)]
pub struct AssertedCredential {
    pub(crate) credential: Credential,
    pub(crate) sign_counter: u32,
    pub(crate) authenticator_version: u16,
    pub(crate) final_challenge_hash: FinalChallengeHash,
    pub(crate) transaction_content_hash: Option<TransactionContentHash>,
    /// The PNG that was signed; `None` where it was the text, or nothing.
    pub(crate) transaction_picture: Option<Binary>,
    pub(crate) assertion: Binary,
}
