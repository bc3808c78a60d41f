//! One authentication assertion: the response of authenticatorGetAssertion.

use smile_protocol::{
    hash::HashAlgorithm,
    key::PublicKey,
    registry::{AuthenticationAlgorithm, PublicKeyFormat},
    uaf::{
        authentication::AuthenticatorSignAssertion, challenge::FcParams, policy::AuthenticatorDescription,
        wav1cbor::signed_message,
    },
    webauthn::{algorithm::CoseAlgorithm, assertion::Assertion},
};

use super::{Wav1CborRule, data, is_named, must_be_on};
use crate::{
    binary::Binary,
    error::CeremonyError,
    record::{Credential, CredentialStatus, PendingCeremony},
    relying_party::RelyingParty,
    signature::{VerifyingKey, verify_webauthn},
    uaf::{authentication::AssertedCredential, counter::counter_advances},
};

/// The assertion is well-formed and names an active key of the user, of a known model, that the policy accepts.
#[derive(Debug)]
pub(in crate::uaf) struct KeyAccepted<'r> {
    credential: &'r Credential,
    description: AuthenticatorDescription,
    assertion: Assertion,
}

impl<'r> KeyAccepted<'r> {
    /// UAF §3.5.7.5: form, key, model, policy.
    pub(in crate::uaf) fn check(
        rp: &'r RelyingParty,
        ceremony: &'r PendingCeremony,
        credentials: &'r [Credential],
        assertion: &AuthenticatorSignAssertion,
        now_ms: u64,
    ) -> Result<Self, CeremonyError> {
        must_be_on(rp)?;
        // UAF §3.5.7.5: a transaction that we asked for is confirmed, and this scheme cannot say so.
        if !ceremony.transactions.is_empty() {
            return Err(Wav1CborRule::TransactionNotShown.into());
        }
        let decoded = assertion.decode_webauthn_assertion()?;
        // UAF §3.5.7.5: the key is in the records of this user, in this scheme. The record says the AAID.
        let registered = |credential: &&Credential| {
            credential.tenant == ceremony.tenant
                && credential.user == ceremony.user
                && is_named(&credential.scheme)
                && credential.key_id.as_bytes() == decoded.credential_id
        };
        let credential = credentials
            .iter()
            .find(registered)
            .ok_or(Wav1CborRule::CredentialUnknown)?;
        if credential.status != CredentialStatus::Active {
            return Err(CeremonyError::CredentialNotActive);
        }
        // UAF §3.5.7.5: the AAID has metadata, of this scheme still.
        let model = rp.metadata.get(credential.aaid)?;
        if !is_named(&model.statement().assertion_scheme) {
            return Err(CeremonyError::AssertionSchemeMismatch);
        }
        // UAF §3.5.7.5: the authenticator is not older than metadata speaks of. The assertion does not say its version, so
        // what counts is metadata's of the day of its registration.
        if credential.authenticator_version < model.statement().authenticator_version {
            return Err(CeremonyError::AuthenticatorVersionTooOld);
        }
        // UAF §3.5.7.1 and Metadata Service §3.1.3: the status of the model, and of the key that attested this one.
        model.must_trust_key(credential, now_ms)?;
        // UAF §3.5.7.5 and §3.1.11: the policy of the request, with the version that was stored.
        let (version, key_ids) = (credential.authenticator_version, vec![credential.key_id.clone()]);
        let description = model.statement().describe(version, key_ids);
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
            credential,
            description,
            assertion: decoded,
        })
    }

    /// UAF §3.5.7.5: the authenticator data.
    pub(in crate::uaf) fn accept_data(self, fc_params: &FcParams) -> Result<DataAccepted<'r>, CeremonyError> {
        let data = &self.assertion.authenticator_data;
        data::must_be_for(data, fc_params)?;
        // UAF §3.5.7.5: the counter.
        counter_advances(self.credential.sign_counter, data.sign_count)
            .map_err(|_| Wav1CborRule::CounterNotGreater)?;
        Ok(DataAccepted(self))
    }
}

/// The data are for our application and count on; the signature is not verified yet.
#[derive(Debug)]
pub(in crate::uaf) struct DataAccepted<'r>(KeyAccepted<'r>);

impl DataAccepted<'_> {
    /// WebAuthn §7.2: the signature over the authenticator data and the hash of `fcParams`, with the registered key.
    pub(in crate::uaf) fn verify_signature(
        self,
        fc_params: &FcParams,
    ) -> Result<SignatureVerified, CeremonyError> {
        let KeyAccepted {
            credential,
            assertion,
            description,
        } = self.0;
        let stored = &credential.public_key;
        let registered = AuthenticationAlgorithm::try_from(stored.algorithm).ok();
        let algorithm = registered.and_then(CoseAlgorithm::of);
        let (Some(registered), Some(algorithm)) = (registered, algorithm) else {
            return Err(CeremonyError::PublicKeyInvalid);
        };
        let key = PublicKey::decode(PublicKeyFormat::Cose, registered, stored.original.as_slice())
            .map_err(|_| CeremonyError::PublicKeyInvalid)?;
        let on_record = VerifyingKey::of_record(&key).map_err(|_| CeremonyError::PublicKeyInvalid)?;
        let message = signed_message(&assertion.signed_bytes, fc_params);
        verify_webauthn(algorithm, &on_record, &message, &assertion.signature)
            // The record may have been damaged: then it is not the signature that is wrong.
            .map_err(|_| match VerifyingKey::try_from(&key) {
                Ok(_) => CeremonyError::from(Wav1CborRule::SignatureInvalid),
                Err(_) => CeremonyError::PublicKeyInvalid,
            })?;
        Ok(SignatureVerified {
            description,
            asserted: AssertedCredential {
                credential: credential.clone(),
                sign_counter: assertion.authenticator_data.sign_count,
                authenticator_version: credential.authenticator_version,
                final_challenge_hash: fc_params.hash(HashAlgorithm::Sha256),
                transaction_content_hash: None,
                transaction_picture: None,
                assertion: Binary(assertion.encode()?),
            },
        })
    }
}

/// Witness: the registered key signed our challenge.
#[derive(Debug)]
pub(in crate::uaf) struct SignatureVerified {
    description: AuthenticatorDescription,
    asserted: AssertedCredential,
}

impl SignatureVerified {
    pub(in crate::uaf) fn into_parts(self) -> (AuthenticatorDescription, AssertedCredential) {
        (self.description, self.asserted)
    }
}
