//! The conditions of what is done about a person's keys, consents and records. All of a person's rows are read in the
//! decision itself, so that nothing that is made meanwhile is missed.

use super::{Decision, Outcome, Rows, Undecided, Write, decide::read};
use crate::{
    error::CeremonyError,
    identifier::{ConsentId, CredentialId, TenantId, UserId},
    limits::PAYMENTS_ERASED_AT_ONCE,
    record::{
        Consent, Credential, CredentialChange, EnrolmentSession, PendingCeremony, Person, Purpose,
        SessionName,
    },
};

type Decided<E> = Result<Decision, Undecided<E>>;

/// Which keys went with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LostKeys {
    /// This one.
    One(CredentialId),
    /// All keys of the user.
    All,
}

/// What ended with a lost device.
#[derive(Clone, Debug, PartialEq)]
pub struct LostDevice {
    /// The keys that are revoked by this; those that were before are not among them.
    pub revoked: Vec<Credential>,
    /// The sessions that were open.
    pub sessions: Vec<SessionName>,
    /// How many challenges could still have been answered.
    pub challenges: usize,
    /// Active keys that the user has left.
    pub active_left: usize,
}

/// What was deleted of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Erased {
    /// The keys, as they were.
    pub credentials: Vec<Credential>,
    /// How many consents.
    pub consents: usize,
    /// How many sessions of both kinds.
    pub sessions: usize,
    /// How many challenges.
    pub challenges: usize,
    /// How many payments lost their user in this commit.
    pub payments: usize,
}

pub(super) fn enrol_with_consent<R: Rows>(
    rows: &R,
    session: &EnrolmentSession,
    consent: &Consent,
) -> Decided<R::Error> {
    let taken = read(rows.enrolment_session(session.id()))?.is_some();
    if taken || read(rows.consent(consent.id()))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    if consent.id() != &ConsentId::of_session(session.id()) {
        return Err(CeremonyError::ConsentUnknown.into());
    }
    consent.must_be_timely()?;
    Ok(Decision {
        writes: vec![
            Write::PutEnrolmentSession(session.clone()),
            Write::PutConsent(consent.clone()),
        ],
        outcome: Outcome::Created,
    })
}

pub(super) fn change_credential<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    id: &CredentialId,
    change: &CredentialChange,
    now_ms: u64,
) -> Decided<R::Error> {
    let before = read(rows.credential(id))?
        .filter(|credential| credential.tenant == *tenant)
        .ok_or(CeremonyError::CredentialUnknown)?;
    let credential = before.after(change, now_ms)?;
    let others = active_left(rows, tenant, &credential.user, std::slice::from_ref(&credential))?;
    let changed = (credential != before).then(|| Write::PutCredential(credential.clone()));
    Ok(Decision {
        writes: changed.into_iter().collect(),
        outcome: Outcome::CredentialChanged {
            active_left: others + usize::from(credential.is_active()),
            credential,
        },
    })
}

pub(super) fn lose_device<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    user: &UserId,
    keys: &LostKeys,
    now_ms: u64,
) -> Decided<R::Error> {
    let person = read(rows.person(tenant, user, 0))?;
    let is_lost = |key: &Credential| match keys {
        LostKeys::One(id) => key.id == *id,
        LostKeys::All => true,
    };
    if matches!(keys, LostKeys::One(_)) && !person.credentials.iter().any(is_lost) {
        return Err(CeremonyError::CredentialUnknown.into());
    }
    let mut revoked = Vec::new();
    for key in person.credentials.iter().filter(|key| is_lost(key)) {
        let after = key.after(&CredentialChange::Revoke, now_ms)?;
        if after != *key {
            revoked.push(after);
        }
    }
    let active = person.credentials.iter().filter(|key| key.is_active());
    let active_left = active.filter(|key| !is_lost(key)).count();
    let (sessions, mut writes) = canceled(&person, now_ms);
    let challenges = ended(&person.challenges, now_ms, |_| true);
    let lost = LostDevice {
        revoked: revoked.clone(),
        sessions,
        challenges: challenges.len(),
        active_left,
    };
    writes.extend(challenges);
    writes.extend(revoked.into_iter().map(Write::PutCredential));
    Ok(Decision {
        writes,
        outcome: Outcome::DeviceLost(lost),
    })
}

pub(super) fn withdraw_consent<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    id: &ConsentId,
    now_ms: u64,
) -> Decided<R::Error> {
    let before = read(rows.consent(id))?
        .filter(|consent| consent.tenant() == tenant)
        .ok_or(CeremonyError::ConsentUnknown)?;
    let consent = before.withdrawn(now_ms);
    let person = read(rows.person(tenant, consent.user(), 0))?;
    let is_under = |key: &&Credential| key.consent.as_ref() == Some(id);
    let deleted: Vec<_> = person.credentials.iter().filter(is_under).cloned().collect();
    let active_left = active_left(rows, tenant, consent.user(), &deleted)?;
    let session = person
        .enrolment_sessions
        .iter()
        .find(|session| session.id() == consent.session())
        .and_then(|session| session.canceled(now_ms));
    let purpose = Purpose::Enrolment(consent.session().clone());
    let mut writes = vec![Write::PutConsent(consent.clone())];
    writes.extend(session.map(Write::PutEnrolmentSession));
    writes.extend(ended(&person.challenges, now_ms, |one| *one.purpose() == purpose));
    writes.extend(deleted.iter().cloned().map(Write::DeleteCredential));
    Ok(Decision {
        writes,
        outcome: Outcome::ConsentWithdrawn {
            consent,
            deleted,
            active_left,
        },
    })
}

/// Takes the user off the newest payments, at most as many as one commit may rewrite.
pub(super) fn erase_payments<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    user: &UserId,
    now_ms: u64,
) -> Decided<R::Error> {
    let person = read(rows.person(tenant, user, PAYMENTS_ERASED_AT_ONCE))?;
    let writes = without_user(&person, now_ms);
    Ok(Decision {
        outcome: Outcome::PaymentsErased(writes.len()),
        writes,
    })
}

pub(super) fn erase<R: Rows>(rows: &R, tenant: &TenantId, user: &UserId, now_ms: u64) -> Decided<R::Error> {
    let person = read(rows.person(tenant, user, PAYMENTS_ERASED_AT_ONCE + 1))?;
    if person.payments.len() > PAYMENTS_ERASED_AT_ONCE {
        return Err(CeremonyError::ErasureUnfinished.into());
    }
    let mut writes = without_user(&person, now_ms);
    let erased = Erased {
        credentials: person.credentials.clone(),
        consents: person.consents.len(),
        sessions: person.enrolment_sessions.len() + person.authentication_sessions.len(),
        challenges: person.challenges.len(),
        payments: writes.len(),
    };
    writes.extend(person.credentials.into_iter().map(Write::DeleteCredential));
    writes.extend(person.consents.into_iter().map(Write::DeleteConsent));
    writes.extend(
        person
            .challenges
            .iter()
            .map(|one| Write::DeleteCeremony(one.id().clone())),
    );
    writes.extend(
        person
            .enrolment_sessions
            .into_iter()
            .map(Write::DeleteEnrolmentSession),
    );
    writes.extend(
        person
            .authentication_sessions
            .into_iter()
            .map(Write::DeleteAuthenticationSession),
    );
    Ok(Decision {
        writes,
        outcome: Outcome::Erased(erased),
    })
}

/// Active keys of a user, other than those of `without`.
pub(super) fn active_left<R: Rows>(
    rows: &R,
    tenant: &TenantId,
    user: &UserId,
    without: &[Credential],
) -> Result<usize, Undecided<R::Error>> {
    let keys = read(rows.credentials_of(tenant, user))?;
    let is_left = |key: &&Credential| key.is_active() && !without.iter().any(|gone| gone.id == key.id);
    Ok(keys.iter().filter(is_left).count())
}

/// The open sessions of a person, and the writes that end them.
fn canceled(person: &Person, now_ms: u64) -> (Vec<SessionName>, Vec<Write>) {
    let enrolments = person
        .enrolment_sessions
        .iter()
        .filter_map(|session| session.canceled(now_ms))
        .map(|session| {
            let name = SessionName::Enrolment(session.id().clone());
            (name, Write::PutEnrolmentSession(session))
        });
    let logins = person
        .authentication_sessions
        .iter()
        .filter_map(|session| session.canceled(now_ms))
        .map(|session| {
            let name = SessionName::Authentication(session.id().clone());
            (name, Write::PutAuthenticationSession(session))
        });
    enrolments.chain(logins).unzip()
}

/// The writes that end those challenges which `which` picks and which could still be answered.
fn ended(
    challenges: &[PendingCeremony],
    now_ms: u64,
    which: impl Fn(&PendingCeremony) -> bool,
) -> Vec<Write> {
    challenges
        .iter()
        .filter(|one| which(one))
        .filter_map(|one| one.ended(now_ms))
        .map(Write::PutCeremony)
        .collect()
}

fn without_user(person: &Person, now_ms: u64) -> Vec<Write> {
    person
        .payments
        .iter()
        .map(|payment| Write::PutPayment(payment.without_user(now_ms)))
        .collect()
}
