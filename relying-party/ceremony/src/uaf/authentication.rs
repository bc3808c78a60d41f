//! Authentication and transaction confirmation (UAF §3.5), in the states and the order of registration.
//!
//! [`begin_login`], [`begin_transaction`] or [`begin_payment`] → [`Received`] → [`HeaderAccepted`] → [`FcParamsAccepted`] → for each
//! assertion `AaidAccepted` → `SignedDataAccepted` → `SignatureVerified` → [`VerifiedAuthentication`]

mod assertion;

use sha2::{Digest, Sha256};
use smile_protocol::uaf::{
    authentication::{AuthenticationRequest, AuthenticationResponse, Transaction},
    challenge::FinalChallengeHash,
    header::Operation,
    message::{UafRequest, encode_requests},
};

use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::{CeremonyId, TenantId, UserId},
    payment::{Authorisation, PaymentIntent},
    policy,
    random::RandomSource,
    record::{AuthenticationSession, Credential, PendingCeremony, Purpose, TakenCeremony},
    relying_party::RelyingParty,
    server_data::{PresentedCeremony, ServerKey, Ticket},
    transition::Transition,
    uaf::envelope::{self, Subject},
};

pub use crate::uaf::envelope::{BegunCeremony, SkippedAssertion};
pub(crate) use assertion::AssertedCredential;
pub use assertion::{AaidAccepted, SignatureVerified, SignedDataAccepted};

/// Makes an authentication request without a transaction for the user of `session`, who holds `credentials`.
pub fn begin_login(
    rp: &RelyingParty,
    session: &AuthenticationSession,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let subject = Subject {
        purpose: Purpose::Authentication(session.id().clone()),
        tenant: session.tenant(),
        user: session.user(),
        policy: policy::for_authentication(of_user(credentials, session.tenant(), session.user())),
        transactions: Vec::new(),
        ends_at_ms: session.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// Makes an authentication request for the user of `session` with a text to confirm that is no payment: 1 to 200
/// characters of printable ASCII (UAF §3.5.1). What comes of it is a login; the text is kept with the challenge.
///
/// Only keys whose authenticator can show text take part; `NoUsableCredential` if there is none.
pub fn begin_transaction(
    rp: &RelyingParty,
    session: &AuthenticationSession,
    text: &str,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    session.must_be_open(now_ms)?;
    let (tenant, user) = (session.tenant(), session.user());
    let shows_text = |credential: &&Credential| rp.metadata.shows_text(credential.aaid);
    let subject = Subject {
        purpose: Purpose::Authentication(session.id().clone()),
        tenant,
        user,
        policy: policy::for_authentication(of_user(credentials, tenant, user).filter(shows_text)),
        transactions: vec![Transaction::text_plain(text)?],
        ends_at_ms: session.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

/// Makes an authentication request whose transaction is the text of `payment`.
///
/// Only keys whose authenticator can show text take part; `NoUsableCredential` if there is none.
pub fn begin_payment(
    rp: &RelyingParty,
    payment: &PaymentIntent,
    credentials: &[Credential],
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    payment.must_be_signable(now_ms)?;
    let user = payment.user().ok_or(CeremonyError::NoUsableCredential)?;
    // UAF §3.5.7.1: a transaction has content for each participating AAID, of the type that its display shows.
    let shows_text = |credential: &&Credential| rp.metadata.shows_text(credential.aaid);
    let subject = Subject {
        purpose: Purpose::Payment(payment.id().clone()),
        tenant: payment.tenant(),
        user,
        policy: policy::for_authentication(of_user(credentials, payment.tenant(), user).filter(shows_text)),
        transactions: vec![Transaction::text_plain(&payment.transaction_text())?],
        ends_at_ms: payment.expires_at_ms(),
    };
    begin(rp, subject, now_ms, rng)
}

fn begin(
    rp: &RelyingParty,
    subject: Subject<'_>,
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<BegunCeremony, CeremonyError> {
    if subject.policy.accepted.is_empty() {
        return Err(CeremonyError::NoUsableCredential);
    }
    let ceremony = envelope::issue(rp, subject, now_ms, rng)?;
    let requests: Vec<UafRequest> = envelope::headers(rp, &ceremony, Operation::Auth)
        .map(|header| {
            UafRequest::Authentication(AuthenticationRequest {
                header,
                challenge: ceremony.challenge.clone(),
                transaction: ceremony.transactions.clone(),
                policy: ceremony.policy.clone(),
            })
        })
        .collect();
    Ok(BegunCeremony {
        message: encode_requests(&requests)?,
        ceremony,
    })
}

/// The credentials of this user; whatever else a caller hands in does not take part.
fn of_user<'c>(
    credentials: &'c [Credential],
    tenant: &'c TenantId,
    user: &'c UserId,
) -> impl Iterator<Item = &'c Credential> {
    credentials
        .iter()
        .filter(move |credential| credential.tenant == *tenant && credential.user == *user)
}

/// An authentication response that is well-formed and names a ceremony.
#[derive(Debug)]
pub struct Received {
    response: AuthenticationResponse,
    ticket: Ticket,
}

impl Received {
    /// Reads a response message (UAF §3.5.7.5).
    pub fn decode(rp: &RelyingParty, message: &str) -> Result<Self, CeremonyError> {
        let response = AuthenticationResponse::decode(message)?;
        let ticket = envelope::ticket(rp, &response.header)?;
        Ok(Self { response, ticket })
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
}

impl<'r> HeaderAccepted<'r> {
    /// UAF §3.5.7.5: the final challenge.
    pub fn accept_fc_params(self) -> Result<FcParamsAccepted<'r>, CeremonyError> {
        let hash = envelope::accept_fc_params(self.rp, &self.response.fc_params, &self.taken)?;
        Ok(FcParamsAccepted {
            rp: self.rp,
            taken: self.taken,
            response: self.response,
            hash,
        })
    }
}

/// The final challenge is for us, by a trusted facet, over our challenge.
pub struct FcParamsAccepted<'r> {
    rp: &'r RelyingParty,
    taken: TakenCeremony,
    response: AuthenticationResponse,
    hash: FinalChallengeHash,
}

impl FcParamsAccepted<'_> {
    /// UAF §3.5.7.5: each assertion; one that breaks a rule is skipped.
    pub fn verify_assertions(
        self,
        credentials: &[Credential],
        now_ms: u64,
    ) -> Result<VerifiedAuthentication, CeremonyError> {
        let ceremony = self.taken.ceremony();
        let (verified, skipped) = envelope::each_assertion(&self.response.assertions, |assertion| {
            AaidAccepted::check(self.rp, ceremony, credentials, assertion)?
                .accept_signed_data(self.hash)?
                .verify_signature()
        })?;
        let descriptions: Vec<_> = verified.iter().map(|one| one.description().clone()).collect();
        envelope::must_meet_one_set(&ceremony.policy, &descriptions)?;
        let fc_params = self.response.fc_params.as_str().to_owned();
        let asserted = verified
            .into_iter()
            .map(SignatureVerified::into_asserted)
            .collect();
        Ok(VerifiedAuthentication {
            taken: self.taken,
            asserted,
            fc_params,
            hash: self.hash,
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
    hash: FinalChallengeHash,
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

    /// The evidence that `text` was shown and signed.
    pub(crate) fn authorisation_over(&self, text: &str) -> Result<Authorisation, CeremonyError> {
        let wanted: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let signed = self
            .asserted
            .iter()
            .find(|asserted| asserted.transaction_content_hash == Some(wanted));
        let asserted = signed.ok_or(CeremonyError::TransactionHashMismatch)?;
        Ok(Authorisation {
            ceremony: self.taken.ceremony().id().clone(),
            credential: asserted.credential.id.clone(),
            aaid: asserted.credential.aaid,
            key_id: asserted.credential.key_id.clone(),
            algorithm: asserted.credential.public_key.algorithm,
            public_key: asserted.credential.public_key.cose.clone(),
            final_challenge_hash: Binary::from(&self.hash.0[..]),
            transaction_content_hash: Binary::from(&wanted[..]),
            assertion: asserted.assertion.clone(),
            fc_params: self.fc_params.clone(),
            sign_counter: asserted.sign_counter,
            authorised_at_ms: self.now_ms,
        })
    }
}
