//! Registration (UAF §3.4): from a request to verified credentials, one type for each step.
//!
//! [`begin`] → [`Received`] → [`HeaderAccepted`] → [`FcParamsAccepted`] → for each assertion
//! `AaidAccepted` → `KrdAccepted` → `AttestationVerified` → [`VerifiedRegistration`]

mod assertion;

use smile_protocol::uaf::{
    header::Operation,
    identity::Username,
    message::{UafRequest, encode_requests},
    policy::{AuthenticatorDescription, MatchCriteria},
    registration::{AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse},
};

use crate::{
    error::CeremonyError,
    identifier::CeremonyId,
    policy,
    random::RandomSource,
    record::{Credential, EnrolmentSession, PendingCeremony, Purpose, TakenCeremony},
    relying_party::RelyingParty,
    server_data::{PresentedCeremony, ServerKey, Ticket},
    transition::Transition,
    uaf::{
        channel::TlsConnection,
        envelope::{self, Subject},
        wav1cbor::{self, Wav1CborRule, registration::AaguidAccepted},
    },
};

pub use crate::uaf::envelope::{BegunCeremony, SkippedAssertion};
pub(in crate::uaf) use assertion::must_be_accepted;
pub use assertion::{AaidAccepted, AttestationVerified, KrdAccepted};

/// Makes a registration request for the user of `session`, who holds `registered` keys already.
pub fn begin(
    rp: &RelyingParty,
    session: &EnrolmentSession,
    registered: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let accepted = offered(rp)?;
    let subject = Subject {
        purpose: Purpose::Enrolment(session.id().clone()),
        tenant: session.tenant(),
        user: session.user(),
        policy: policy::for_registration(&accepted, registered, &rp.metadata.untrusted_at(now_ms)),
        transactions: Vec::new(),
        pictured_text: None,
        ends_at_ms: session.expires_at_ms(),
    };
    let ceremony = envelope::issue(rp, subject, now_ms, rng)?;
    let username = Username::new(session.user().as_str())?;
    // UAF §3.4.6.1: one request for each version; they share the challenge, and one response spends it.
    let requests: Vec<UafRequest> = envelope::headers(rp, &ceremony, Operation::Reg)
        .map(|header| {
            UafRequest::Registration(RegistrationRequest {
                header,
                challenge: ceremony.challenge.clone(),
                username: username.clone(),
                policy: ceremony.policy.clone(),
            })
        })
        .collect();
    Ok(BegunCeremony {
        message: encode_requests(&requests)?,
        ceremony,
    })
}

/// What a registration may answer with: what the operator accepts, of schemes that are on.
fn offered(rp: &RelyingParty) -> Result<Vec<Vec<MatchCriteria>>, CeremonyError> {
    if rp.wav1cbor {
        return Ok(rp.accepted.clone());
    }
    let aaids: Vec<_> = rp.metadata.wav1cbor_aaids().collect();
    let offered = policy::without_wav1cbor(&rp.accepted, &aaids);
    if offered.is_empty() && !rp.accepted.is_empty() {
        return Err(Wav1CborRule::Off.into());
    }
    Ok(offered)
}

/// A registration response that is well-formed and names a ceremony.
#[derive(Debug)]
pub struct Received {
    response: RegistrationResponse,
    ticket: Ticket,
    connection: TlsConnection,
}

impl Received {
    /// Reads a response message (UAF §3.4.6.5 step 1).
    pub fn decode(rp: &RelyingParty, message: &str) -> Result<Self, CeremonyError> {
        let response = RegistrationResponse::decode(message)?;
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
        envelope::present(&self.ticket, Operation::Reg, key, ceremony)
    }

    /// UAF §3.4.6.5 steps 2 and 3: the header.
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

    /// All remaining steps in their order.
    pub fn finish(
        self,
        rp: &RelyingParty,
        taken: TakenCeremony,
        now_ms: u64,
    ) -> Result<VerifiedRegistration, CeremonyError> {
        self.accept_header(rp, taken)?
            .accept_fc_params()?
            .verify_assertions(now_ms)
    }
}

/// The header is the request's.
pub struct HeaderAccepted<'r> {
    rp: &'r RelyingParty,
    taken: TakenCeremony,
    response: RegistrationResponse,
    connection: TlsConnection,
}

impl<'r> HeaderAccepted<'r> {
    /// UAF §3.4.6.5 step 3: the final challenge.
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
    response: RegistrationResponse,
}

impl FcParamsAccepted<'_> {
    /// UAF §3.4.6.5 step 4: each assertion; one that breaks a rule is skipped.
    pub fn verify_assertions(self, now_ms: u64) -> Result<VerifiedRegistration, CeremonyError> {
        let ceremony = self.taken.ceremony();
        let (verified, skipped) = envelope::each_assertion(&self.response.assertions, |assertion| {
            if wav1cbor::is_named(&assertion.assertion_scheme) {
                self.verify_wav1cbor(assertion, now_ms)
            } else {
                self.verify_uafv1tlv(assertion, now_ms)
            }
        })?;
        let (descriptions, credentials): (Vec<_>, Vec<_>) = verified.into_iter().unzip();
        envelope::must_meet_one_set(&ceremony.policy, &descriptions, &skipped)?;
        Ok(VerifiedRegistration {
            taken: self.taken,
            credentials,
            skipped,
            now_ms,
        })
    }
}

/// One key: what the policy is matched against, and what is stored.
type Registered = (AuthenticatorDescription, Credential);

impl FcParamsAccepted<'_> {
    fn verify_uafv1tlv(
        &self,
        assertion: &AuthenticatorRegistrationAssertion,
        now_ms: u64,
    ) -> Result<Registered, CeremonyError> {
        let (ceremony, fc_params) = (self.taken.ceremony(), &self.response.fc_params);
        let verified = AaidAccepted::check(self.rp, &ceremony.policy, assertion, now_ms)?
            .accept_krd(fc_params)?
            .verify_attestation(self.rp.trust, now_ms)?;
        let credential = verified.credential(ceremony, fc_params, now_ms);
        Ok((verified.description().clone(), credential))
    }

    fn verify_wav1cbor(
        &self,
        assertion: &AuthenticatorRegistrationAssertion,
        now_ms: u64,
    ) -> Result<Registered, CeremonyError> {
        let (ceremony, fc_params) = (self.taken.ceremony(), &self.response.fc_params);
        let verified = AaguidAccepted::check(self.rp, &ceremony.policy, assertion, now_ms)?
            .accept_data(fc_params)?
            .verify_attestation(self.rp.trust, now_ms)?;
        let credential = verified.credential(ceremony, fc_params, now_ms)?;
        Ok((verified.description().clone(), credential))
    }
}

/// Witness: these keys were registered in answer to our request, as our rules want it.
#[derive(Debug)]
pub struct VerifiedRegistration {
    pub(crate) taken: TakenCeremony,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) now_ms: u64,
    skipped: Vec<SkippedAssertion>,
}

impl VerifiedRegistration {
    /// The credentials to store.
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// The assertions that were left out, for the log.
    pub fn skipped(&self) -> &[SkippedAssertion] {
        &self.skipped
    }

    /// What to commit.
    pub fn into_transition(self) -> Transition {
        Transition::Register(self)
    }
}
