//! What every response goes through before its assertions are looked at: header, `serverData`, `fcParams`.

use smile_protocol::{
    error::{ProtocolError, TlvErrorKind},
    uaf::{
        authentication::Transaction,
        challenge::FcParams,
        header::{Operation, OperationHeader},
        identity::Challenge,
        policy::{AuthenticatorDescription, Policy},
    },
};

use crate::{
    error::CeremonyError,
    identifier::{CeremonyId, TenantId, UserId},
    limits::{ASSERTIONS_MAX, CHALLENGE_BYTES},
    random::{RandomSource, draw},
    record::{PendingCeremony, Protocol, Purpose, TakenCeremony},
    relying_party::RelyingParty,
    server_data::{PresentedCeremony, ServerKey, Ticket},
    uaf::channel::TlsConnection,
};

/// A request that was made: send the message once the ceremony is committed by `Transition::Begin`.
#[derive(Debug)]
pub struct BegunCeremony {
    /// The UAF request message: a JSON array with one request for each protocol version.
    pub message: String,
    /// What to commit.
    pub ceremony: PendingCeremony,
}

impl BegunCeremony {
    /// How long the request can be answered, in milliseconds (`lifetimeMillis`).
    pub fn lifetime_ms(&self) -> u64 {
        self.ceremony.expires_at_ms - self.ceremony.issued_at_ms
    }
}

/// What a new ceremony is about.
pub(super) struct Subject<'s> {
    pub(super) purpose: Purpose,
    pub(super) tenant: &'s TenantId,
    pub(super) user: &'s UserId,
    pub(super) policy: Policy,
    pub(super) transactions: Vec<Transaction>,
    /// The text that pictures among them were drawn of.
    pub(super) pictured_text: Option<String>,
    /// When the session or payment behind it ends: the challenge does not outlive it.
    pub(super) ends_at_ms: u64,
}

/// A fresh ceremony with a fresh challenge (UAF §3.4.6.1).
pub(super) fn issue(
    rp: &RelyingParty,
    subject: Subject<'_>,
    now_ms: u64,
    rng: &mut dyn RandomSource,
) -> Result<PendingCeremony, CeremonyError> {
    Ok(PendingCeremony {
        id: CeremonyId::generate(rng),
        protocol: Protocol::Uaf,
        purpose: subject.purpose,
        tenant: subject.tenant.clone(),
        user: subject.user.clone(),
        app_id: rp.app_id.clone(),
        challenge: Challenge::new(draw::<CHALLENGE_BYTES>(rng).to_vec())?,
        policy: subject.policy,
        transactions: subject.transactions,
        pictured_text: subject.pictured_text,
        issued_at_ms: now_ms,
        expires_at_ms: now_ms
            .saturating_add(rp.challenge_lifetime_ms)
            .min(subject.ends_at_ms),
        spent_at_ms: None,
    })
}

/// The header of each request of a ceremony, one for each version we speak.
pub(super) fn headers<'c>(
    rp: &'c RelyingParty,
    ceremony: &'c PendingCeremony,
    op: Operation,
) -> impl Iterator<Item = OperationHeader> + 'c {
    rp.versions.iter().map(move |upv| OperationHeader {
        server_data: Some(rp.server_key.seal(&ceremony.id, &ceremony.challenge)),
        ..OperationHeader::new(*upv, op, ceremony.app_id.clone())
    })
}

/// UAF §3.1.10: no extension has to be understood, the server understands none; §3.4.6.5 step 1: a version that we
/// speak; step 2: a `serverData` of our form.
pub(super) fn ticket(rp: &RelyingParty, header: &OperationHeader) -> Result<Ticket, CeremonyError> {
    header.check_understood_by_none()?;
    if !rp.versions.contains(&header.upv) {
        return Err(CeremonyError::VersionUnsupported);
    }
    Ticket::decode(
        header
            .server_data
            .as_ref()
            .ok_or(CeremonyError::ServerDataMalformed)?,
    )
}

/// UAF §3.4.6.5 steps 2 and 3: `serverData` is authentic and the challenge was issued for `op`.
pub(super) fn present(
    ticket: &Ticket,
    op: Operation,
    key: &ServerKey,
    ceremony: &PendingCeremony,
) -> Result<PresentedCeremony, CeremonyError> {
    let presented = ticket.check(key, ceremony)?;
    if operation_of(ceremony) != op {
        return Err(CeremonyError::ChallengeForOtherOperation);
    }
    Ok(presented)
}

fn operation_of(ceremony: &PendingCeremony) -> Operation {
    match ceremony.purpose {
        Purpose::Enrolment(_) => Operation::Reg,
        Purpose::Authentication(_) | Purpose::Payment(_) => Operation::Auth,
    }
}

/// UAF §3.4.6.5: the response is to the ceremony that was taken, and repeats its appID.
pub(super) fn accept_header(
    ticket: &Ticket,
    header: &OperationHeader,
    taken: &TakenCeremony,
) -> Result<(), CeremonyError> {
    let ceremony = taken.ceremony();
    if *ticket.id() != ceremony.id || operation_of(ceremony) != header.op {
        return Err(CeremonyError::ChallengeForOtherOperation);
    }
    if header.app_id != ceremony.app_id {
        return Err(CeremonyError::HeaderAppIdMismatch);
    }
    Ok(())
}

/// UAF §3.4.6.5 step 3, the final challenge. Its hash depends on the authenticator, and is compared for each assertion.
pub(super) fn accept_fc_params(
    rp: &RelyingParty,
    fc_params: &FcParams,
    taken: &TakenCeremony,
    connection: &TlsConnection,
) -> Result<(), CeremonyError> {
    let params = fc_params.decode()?;
    let ceremony = taken.ceremony();
    // UAF §3.4.6.5: appID as stored; where the request named none, the client put its facet (UAF §3.4.6.2).
    let app_id_as_expected = match &ceremony.app_id {
        Some(app_id) => params.app_id == *app_id,
        None => params.app_id.as_str() == params.facet_id.as_str(),
    };
    if !app_id_as_expected {
        return Err(CeremonyError::AppIdMismatch);
    }
    // UAF §3.4.6.5: facetID is a trusted facet.
    rp.facets.must_trust(&params.facet_id)?;
    // UAF §3.4.6.5: channelBinding is as expected.
    rp.channel.must_fit(&params.channel_binding, connection)?;
    // UAF §3.4.6.5: the challenge is the one that was issued; that it was unused and in time is proved by `taken`.
    if params.challenge != ceremony.challenge {
        return Err(CeremonyError::ChallengeMismatch);
    }
    Ok(())
}

/// An assertion that was left out, and why (UAF §3.4.6.5 step 4: continue with the next one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedAssertion {
    /// Its position in the response, from 0.
    pub index: usize,
    /// The rule that it breaks.
    pub error: CeremonyError,
}

/// Runs `verify` over the assertions: what was verified, and what was skipped. One critical element that is not
/// understood refuses the whole message; if nothing was verified, the first skipped error is the answer.
pub(super) fn each_assertion<A, V>(
    assertions: &[A],
    mut verify: impl FnMut(&A) -> Result<V, CeremonyError>,
) -> Result<(Vec<V>, Vec<SkippedAssertion>), CeremonyError> {
    // UAF §3.4.5: at least one assertion.
    if !(1..=ASSERTIONS_MAX).contains(&assertions.len()) {
        return Err(CeremonyError::AssertionCount);
    }
    let (mut verified, mut skipped) = (Vec::new(), Vec::new());
    for (index, assertion) in assertions.iter().enumerate() {
        match verify(assertion) {
            Ok(one) => verified.push(one),
            Err(error) if refuses_message(&error) => return Err(error),
            Err(error) => skipped.push(SkippedAssertion { index, error }),
        }
    }
    match (verified.is_empty(), skipped.first()) {
        (true, Some(first)) => Err(first.error.clone()),
        _ => Ok((verified, skipped)),
    }
}

/// UAF §3.2: the criteria of one accepted set are all met, each by an authenticator of its own, and there is no
/// authenticator beside them: what nobody asked for registers no key and moves no counter. Where a set is not met and
/// an assertion was skipped, that is the reason.
pub(super) fn must_meet_one_set(
    policy: &Policy,
    verified: &[AuthenticatorDescription],
    skipped: &[SkippedAssertion],
) -> Result<(), CeremonyError> {
    if !policy.is_satisfied_by(verified) {
        let flaw = skipped.first().map(|one| one.error.clone());
        return Err(flaw.unwrap_or(CeremonyError::PolicyNotSatisfied));
    }
    let mut exact = policy.clone();
    exact.accepted.retain(|set| set.len() == verified.len());
    if !exact.is_satisfied_by(verified) {
        return Err(CeremonyError::AssertionsNotAskedFor);
    }
    Ok(())
}

/// UAF §3.2: each criterion is met by an authenticator of its own, and one key is not two authenticators.
pub(super) fn must_be_distinct(verified: &[AuthenticatorDescription]) -> Result<(), CeremonyError> {
    let name = |one: &AuthenticatorDescription| (one.aaid, one.key_ids.clone());
    let repeated = |index: usize| {
        verified[..index]
            .iter()
            .any(|earlier| name(earlier) == name(&verified[index]))
    };
    if (0..verified.len()).any(repeated) {
        return Err(CeremonyError::AssertionRepeated);
    }
    Ok(())
}

/// Authenticator Commands §4.2 and §4.3: an unknown critical tag or extension aborts the entire message.
fn refuses_message(error: &CeremonyError) -> bool {
    let critical = [TlvErrorKind::UnknownCritical, TlvErrorKind::UnknownExtension];
    matches!(error, CeremonyError::Malformed(ProtocolError::Tlv { kind, .. }) if critical.contains(kind))
}
