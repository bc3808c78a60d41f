//! Authentication and transaction confirmation (UAF §3.5), in the states and the order of registration.
//!
//! [`begin_login`], [`begin_transaction`], [`begin_step_up`] or [`begin_payment`] → [`Received`] → [`HeaderAccepted`] → [`FcParamsAccepted`] → for each
//! assertion `AaidAccepted` → `SignedDataAccepted` → `SignatureVerified` → [`VerifiedAuthentication`]

mod assertion;
mod display;
mod request;

use smile_protocol::uaf::{
    assertion::signed_data::TransactionContentHash, authentication::AuthenticationResponse, header::Operation,
};

use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::CeremonyId,
    payment::Authorisation,
    record::{Credential, PendingCeremony, Purpose, TakenCeremony},
    relying_party::RelyingParty,
    server_data::{PresentedCeremony, ServerKey, Ticket},
    transition::Transition,
    uaf::{
        channel::TlsConnection,
        envelope,
        wav1cbor::{self, authentication::KeyAccepted},
    },
};

pub use crate::uaf::envelope::{BegunCeremony, SkippedAssertion};
pub(crate) use assertion::AssertedCredential;
pub use assertion::{AaidAccepted, SignatureVerified, SignedDataAccepted};
pub use request::{
    begin_login, begin_payment, begin_payment_with_pictures, begin_step_up, begin_transaction,
    pictures_shown, pictures_wanted,
};

/// An authentication response that is well-formed and names a ceremony.
#[derive(Debug)]
pub struct Received {
    response: AuthenticationResponse,
    ticket: Ticket,
    connection: TlsConnection,
}

impl Received {
    /// Reads a response message (UAF §3.5.7.5).
    pub fn decode(rp: &RelyingParty, message: &str) -> Result<Self, CeremonyError> {
        let response = AuthenticationResponse::decode(message)?;
        let ticket = envelope::ticket(rp, &response.header)?;
        Ok(Self {
            response,
            ticket,
            connection: TlsConnection::default(),
        })
    }

    /// The same response, of which more is known: the TLS connection that brought it (UAF §3.1.8).
    #[must_use]
    pub fn over(self, connection: TlsConnection) -> Self {
        Self { connection, ..self }
    }

    /// The ceremony that the response names: read it from the store, then call [`Self::present`].
    pub fn ceremony_id(&self) -> &CeremonyId {
        self.ticket.id()
    }

    /// That the response may spend this ceremony's challenge: commit `Transition::Take` with the result.
    pub fn present(
        &self,
        key: &ServerKey,
        ceremony: &PendingCeremony,
    ) -> Result<PresentedCeremony, CeremonyError> {
        envelope::present(&self.ticket, Operation::Auth, key, ceremony)
    }

    /// UAF §3.5.7.5: the header.
    pub fn accept_header(
        self,
        rp: &RelyingParty,
        taken: TakenCeremony,
    ) -> Result<HeaderAccepted<'_>, CeremonyError> {
        envelope::accept_header(&self.ticket, &self.response.header, &taken)?;
        Ok(HeaderAccepted {
            rp,
            taken,
            response: self.response,
            connection: self.connection,
        })
    }

    /// All remaining steps in their order. `credentials`: those of the ceremony's user, read after `Take`.
    pub fn finish(
        self,
        rp: &RelyingParty,
        taken: TakenCeremony,
        credentials: &[Credential],
        now_ms: u64,
    ) -> Result<VerifiedAuthentication, CeremonyError> {
        self.accept_header(rp, taken)?
            .accept_fc_params()?
            .verify_assertions(credentials, now_ms)
    }
}

/// The header is the request's.
pub struct HeaderAccepted<'r> {
    rp: &'r RelyingParty,
    taken: TakenCeremony,
    response: AuthenticationResponse,
    connection: TlsConnection,
}

impl<'r> HeaderAccepted<'r> {
    /// UAF §3.5.7.5: the final challenge.
    pub fn accept_fc_params(self) -> Result<FcParamsAccepted<'r>, CeremonyError> {
        envelope::accept_fc_params(self.rp, &self.response.fc_params, &self.taken, &self.connection)?;
        Ok(FcParamsAccepted {
            rp: self.rp,
            taken: self.taken,
            response: self.response,
        })
    }
}

/// The final challenge is for us, by a trusted facet, over our challenge.
pub struct FcParamsAccepted<'r> {
    rp: &'r RelyingParty,
    taken: TakenCeremony,
    response: AuthenticationResponse,
}

impl FcParamsAccepted<'_> {
    /// UAF §3.5.7.5: each assertion; one that breaks a rule is skipped.
    pub fn verify_assertions(
        self,
        credentials: &[Credential],
        now_ms: u64,
    ) -> Result<VerifiedAuthentication, CeremonyError> {
        let ceremony = self.taken.ceremony();
        let fc_params = &self.response.fc_params;
        let (verified, skipped) = envelope::each_assertion(&self.response.assertions, |assertion| {
            if wav1cbor::is_named(&assertion.assertion_scheme) {
                let verified = KeyAccepted::check(self.rp, ceremony, credentials, assertion, now_ms)?
                    .accept_data(fc_params)?
                    .verify_signature(fc_params)?;
                return Ok(verified.into_parts());
            }
            let verified = AaidAccepted::check(self.rp, ceremony, credentials, assertion, now_ms)?
                .accept_signed_data(fc_params)?
                .verify_signature()?;
            Ok((verified.description().clone(), verified.into_asserted()))
        })?;
        let (descriptions, asserted): (Vec<_>, Vec<_>) = verified.into_iter().unzip();
        envelope::must_meet_one_set(&ceremony.policy, &descriptions, &skipped)?;
        envelope::must_be_distinct(&descriptions)?;
        let fc_params = self.response.fc_params.as_str().to_owned();
        Ok(VerifiedAuthentication {
            taken: self.taken,
            asserted,
            fc_params,
            skipped,
            now_ms,
        })
    }
}

/// Witness: these keys of the user signed our challenge, and the transaction where there was one.
#[derive(Debug)]
pub struct VerifiedAuthentication {
    pub(crate) taken: TakenCeremony,
    pub(crate) asserted: Vec<AssertedCredential>,
    pub(crate) now_ms: u64,
    fc_params: String,
    skipped: Vec<SkippedAssertion>,
}

impl VerifiedAuthentication {
    /// What the authentication was for.
    pub fn purpose(&self) -> &Purpose {
        self.taken.ceremony().purpose()
    }

    /// The assertions that were left out, for the log.
    pub fn skipped(&self) -> &[SkippedAssertion] {
        &self.skipped
    }

    /// What to commit: `Authorise` for a payment, `Authenticate` for a login.
    pub fn into_transition(self) -> Transition {
        match self.purpose() {
            Purpose::Payment(_) => Transition::Authorise(self),
            Purpose::Authentication(_) | Purpose::Enrolment(_) => Transition::Authenticate(self),
        }
    }

    /// The evidence that `text` was shown and signed, or a picture that was drawn of it.
    pub(crate) fn authorisation_over(&self, text: &str) -> Result<Authorisation, CeremonyError> {
        let mut signed = self.asserted.iter().filter_map(|asserted| {
            let hash = asserted.transaction_content_hash?;
            let wanted = TransactionContentHash::of(hash.0.algorithm(), text.as_bytes());
            (hash == wanted || asserted.transaction_picture.is_some()).then_some((asserted, hash))
        });
        let (asserted, content_hash) = signed.next().ok_or(CeremonyError::TransactionHashMismatch)?;
        let pictured = self.taken.ceremony().pictured_text.as_deref();
        // UAF §3.5.1: the content is the transaction. A picture cannot be read, so its text was kept with it.
        if asserted.transaction_picture.is_some() && pictured != Some(text) {
            return Err(CeremonyError::PictureOfOtherText);
        }
        Ok(Authorisation {
            ceremony: self.taken.ceremony().id().clone(),
            credential: asserted.credential.id.clone(),
            aaid: asserted.credential.aaid,
            key_id: asserted.credential.key_id.clone(),
            algorithm: asserted.credential.public_key.algorithm,
            public_key: asserted.credential.public_key.cose.clone(),
            final_challenge_hash: Binary::from(asserted.final_challenge_hash.0.as_bytes()),
            transaction_content_hash: Binary::from(content_hash.0.as_bytes()),
            transaction_picture: asserted.transaction_picture.clone(),
            pictured_text: asserted.transaction_picture.as_ref().map(|_| text.to_owned()),
            assertion: asserted.assertion.clone(),
            fc_params: self.fc_params.clone(),
            sign_counter: asserted.sign_counter,
            authorised_at_ms: self.now_ms,
        })
    }
}
