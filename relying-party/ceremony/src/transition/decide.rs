//! The conditions of each transition, checked against the rows, in the order in which [`Transition`] states them.

use super::{Decision, Outcome, Rows, Transition, Undecided, Write, api_keys, money, once, people};
use crate::{
    error::CeremonyError,
    identifier::{CeremonyId, ConsentId, CredentialId, EnrolmentSessionId, TenantId},
    limits::CREDENTIALS_MAX,
    payment::PaymentIntent,
    record::{
        AuthenticationSession, Credential, CredentialStatus, EnrolmentSession, PendingCeremony, Purpose,
        SessionName, SessionStatus, TakenCeremony,
    },
    uaf::{
        authentication::{AssertedCredential, VerifiedAuthentication},
        counter::counter_advances,
        registration::VerifiedRegistration,
    },
};

type Decided<E> = Result<Decision, Undecided<E>>;

impl Transition {
    /// Checks every condition against `rows` and says what to write. Reads only; commits nothing.
    pub fn decide<R: Rows>(&self, rows: &R) -> Result<Decision, Undecided<R::Error>> {
        match self {
            Self::CreateEnrolmentSession(session) => create_enrolment_session(rows, session),
            Self::EnrolWithConsent { session, consent } => people::enrol_with_consent(rows, session, consent),
            Self::CreateAuthenticationSession(session) => create_authentication_session(rows, session),
            Self::CreatePayment(payment) => create_payment(rows, payment),
            Self::MovePayment {
                tenant,
                payment,
                event,
                now_ms,
            } => money::move_payment(rows, tenant, payment, event, *now_ms),
            Self::Refund { request, now_ms } => money::refund(rows, request, *now_ms),
            Self::Settle {
                subject,
                attempt,
                settled,
                now_ms,
            } => money::settle(rows, subject, attempt, *settled, *now_ms),
            Self::Once {
                request,
                transition,
                answer,
            } => once::once(rows, request, transition, answer.as_ref()),
            Self::Recall(request) => once::recall(rows, request),
            Self::Answer { id, answer } => once::answer(rows, id, answer),
            Self::ForgetIdempotency { id, now_ms } => once::forget(rows, id, *now_ms),
            Self::Begin(ceremony) => begin(rows, ceremony),
            Self::Take { presented, now_ms } => take(rows, presented.id(), *now_ms),
            Self::Register(verified) => register(rows, verified),
            Self::Authenticate(verified) => authenticate(rows, verified),
            Self::Authorise(verified) => authorise(rows, verified),
            Self::CreateApiKey { key, maker } => api_keys::create(rows, key, maker),
            Self::RollApiKey {
                tenant,
                id,
                hash,
                expires_at_ms,
                maker,
                now_ms,
            } => api_keys::roll(rows, maker, (tenant, id), (hash, *expires_at_ms), *now_ms),
            Self::RevokeApiKey { tenant, id, now_ms } => api_keys::revoke(rows, tenant, id, *now_ms),
            Self::Deregister { tenant, credentials } => deregister(rows, tenant, credentials),
            Self::ChangeCredential {
                tenant,
                credential,
                change,
                now_ms,
            } => people::change_credential(rows, tenant, credential, change, *now_ms),
            Self::LoseDevice {
                tenant,
                user,
                keys,
                now_ms,
            } => people::lose_device(rows, tenant, user, keys, *now_ms),
            Self::WithdrawConsent {
                tenant,
                consent,
                now_ms,
            } => people::withdraw_consent(rows, tenant, consent, *now_ms),
            Self::ErasePayments { tenant, user, now_ms } => {
                people::erase_payments(rows, tenant, user, *now_ms)
            }
            Self::Erase { tenant, user, now_ms } => people::erase(rows, tenant, user, *now_ms),
            Self::Forget { ceremony, now_ms } => forget(rows, ceremony, *now_ms),
            Self::ForgetSession { session, now_ms } => forget_session(rows, session, *now_ms),
        }
    }
}

pub(super) fn read<T, E>(row: Result<T, E>) -> Result<T, Undecided<E>> {
    row.map_err(Undecided::Unreadable)
}

fn create_enrolment_session<R: Rows>(rows: &R, session: &EnrolmentSession) -> Decided<R::Error> {
    let taken = read(rows.enrolment_session(session.id()))?.is_some();
    create(taken, Write::PutEnrolmentSession(session.clone()))
}

fn create_authentication_session<R: Rows>(rows: &R, session: &AuthenticationSession) -> Decided<R::Error> {
    let taken = read(rows.authentication_session(session.id()))?.is_some();
    create(taken, Write::PutAuthenticationSession(session.clone()))
}

fn create_payment<R: Rows>(rows: &R, payment: &PaymentIntent) -> Decided<R::Error> {
    let taken = read(rows.payment(payment.id()))?.is_some();
    create(taken, Write::PutPayment(payment.clone()))
}

fn create<E>(taken: bool, write: Write) -> Decided<E> {
    if taken {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    Ok(Decision {
        writes: vec![write],
        outcome: Outcome::Created,
    })
}

fn begin<R: Rows>(rows: &R, ceremony: &PendingCeremony) -> Decided<R::Error> {
    if read(rows.ceremony(&ceremony.id))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    let now_ms = ceremony.issued_at_ms;
    let counted = match &ceremony.purpose {
        Purpose::Enrolment(id) => {
            Write::PutEnrolmentSession(enrolment_of(rows, id, ceremony)?.challenged(now_ms)?)
        }
        Purpose::Authentication(_) => {
            Write::PutAuthenticationSession(login_of(rows, ceremony)?.challenged(now_ms)?)
        }
        Purpose::Payment(_) => Write::PutPayment(payment_of(rows, ceremony)?.challenged(now_ms)?),
    };
    Ok(Decision {
        writes: vec![counted, Write::PutCeremony(ceremony.clone())],
        outcome: Outcome::Begun,
    })
}

fn take<R: Rows>(rows: &R, id: &CeremonyId, now_ms: u64) -> Decided<R::Error> {
    let spent = read(rows.ceremony(id))?
        .ok_or(CeremonyError::ChallengeUnknown)?
        .taken(now_ms)?;
    Ok(Decision {
        writes: vec![Write::PutCeremony(spent.clone())],
        outcome: Outcome::Taken(TakenCeremony::new(spent)),
    })
}

fn register<R: Rows>(rows: &R, verified: &VerifiedRegistration) -> Decided<R::Error> {
    let ceremony = verified.taken.ceremony();
    let Purpose::Enrolment(session_id) = &ceremony.purpose else {
        return Err(CeremonyError::ChallengeForOtherOperation.into());
    };
    let session = enrolment_of(rows, session_id, ceremony)?;
    session.must_be_open(verified.now_ms)?;
    for (index, credential) in verified.credentials.iter().enumerate() {
        // UAF §3.4.6.5: a duplicate (AAID, KeyID) fails, in this response, in this account and in any other. The
        // identifier is made of them, or in WAV1CBOR of the credential ID alone (WebAuthn §7.1).
        let twice_in_one_response = verified.credentials[..index]
            .iter()
            .any(|earlier| earlier.id == credential.id);
        if twice_in_one_response || read(rows.credential(&credential.id))?.is_some() {
            return Err(CeremonyError::KeyAlreadyRegistered.into());
        }
    }
    let kept = read(rows.credentials_of(&ceremony.tenant, &ceremony.user))?;
    let in_force = kept.iter().filter(|key| key.status != CredentialStatus::Revoked);
    if in_force.count() + verified.credentials.len() > CREDENTIALS_MAX {
        return Err(CeremonyError::CredentialsExhausted.into());
    }
    // Sessions that a version before made have none. One that was withdrawn has canceled its session.
    let consent = read(rows.consent(&ConsentId::of_session(session_id)))?;
    let consent = consent.map(|consent| consent.id().clone());
    let credentials: Vec<Credential> = verified
        .credentials
        .iter()
        .map(|credential| Credential {
            consent: consent.clone(),
            ..credential.clone()
        })
        .collect();
    let mut writes: Vec<Write> = credentials.iter().cloned().map(Write::PutCredential).collect();
    let ids = credentials
        .iter()
        .map(|credential| credential.id.clone())
        .collect();
    writes.push(Write::PutEnrolmentSession(
        session.completed(ids, verified.now_ms)?,
    ));
    Ok(Decision {
        writes,
        outcome: Outcome::Registered(credentials),
    })
}

fn authenticate<R: Rows>(rows: &R, verified: &VerifiedAuthentication) -> Decided<R::Error> {
    let session = login_of(rows, verified.taken.ceremony())?;
    session.must_be_open(verified.now_ms)?;
    let used = used_credentials(rows, verified)?;
    let ids = used.iter().map(|credential| credential.id.clone()).collect();
    let mut writes: Vec<Write> = used.iter().cloned().map(Write::PutCredential).collect();
    writes.push(Write::PutAuthenticationSession(
        session.completed(ids, verified.now_ms)?,
    ));
    Ok(Decision {
        writes,
        outcome: Outcome::Authenticated(used),
    })
}

fn authorise<R: Rows>(rows: &R, verified: &VerifiedAuthentication) -> Decided<R::Error> {
    let payment = payment_of(rows, verified.taken.ceremony())?;
    payment.must_be_signable(verified.now_ms)?;
    // RTS 2018/389 Art. 5: any change of amount or payee invalidates the signature over the text.
    let authorisation = verified.authorisation_over(&payment.transaction_text())?;
    let used = used_credentials(rows, verified)?;
    let authorised = payment.authorised(authorisation, verified.now_ms)?;
    let mut writes: Vec<Write> = used.into_iter().map(Write::PutCredential).collect();
    writes.extend(money::payment_and_entry(&authorised, verified.now_ms));
    Ok(Decision {
        writes,
        outcome: Outcome::Authorised(authorised),
    })
}

fn deregister<R: Rows>(rows: &R, tenant: &TenantId, ids: &[CredentialId]) -> Decided<R::Error> {
    let mut deleted = Vec::with_capacity(ids.len());
    for id in ids {
        let credential = read(rows.credential(id))?
            .filter(|credential| credential.tenant == *tenant)
            .ok_or(CeremonyError::CredentialUnknown)?;
        deleted.push(credential);
    }
    let mut active_left = 0;
    for (index, key) in deleted.iter().enumerate() {
        let is_counted = deleted[..index].iter().any(|earlier| earlier.user == key.user);
        if !is_counted {
            active_left += people::active_left(rows, tenant, &key.user, &deleted)?;
        }
    }
    let writes = deleted.iter().cloned().map(Write::DeleteCredential).collect();
    Ok(Decision {
        writes,
        outcome: Outcome::Deregistered { deleted, active_left },
    })
}

fn forget<R: Rows>(rows: &R, id: &CeremonyId, now_ms: u64) -> Decided<R::Error> {
    let ceremony = read(rows.ceremony(id))?.ok_or(CeremonyError::ChallengeUnknown)?;
    if !ceremony.is_forgettable(now_ms) {
        return Err(CeremonyError::CeremonyKept.into());
    }
    Ok(Decision {
        writes: vec![Write::DeleteCeremony(id.clone())],
        outcome: Outcome::Forgotten,
    })
}

fn forget_session<R: Rows>(rows: &R, name: &SessionName, now_ms: u64) -> Decided<R::Error> {
    let (forgettable, writes) = match name {
        SessionName::Enrolment(id) => {
            let session = read(rows.enrolment_session(id))?.ok_or(CeremonyError::SessionUnknown)?;
            let is_unused = !matches!(session.state(), SessionStatus::Completed { .. });
            let consent = read(rows.consent(&ConsentId::of_session(id)))?.filter(|_| is_unused);
            let consent = consent.map(Write::DeleteConsent);
            let forgettable = session.is_forgettable(now_ms);
            let session = Write::DeleteEnrolmentSession(session);
            (forgettable, std::iter::once(session).chain(consent).collect())
        }
        SessionName::Authentication(id) => {
            let session = read(rows.authentication_session(id))?.ok_or(CeremonyError::SessionUnknown)?;
            (
                session.is_forgettable(now_ms),
                vec![Write::DeleteAuthenticationSession(session)],
            )
        }
    };
    if !forgettable {
        return Err(CeremonyError::SessionKept.into());
    }
    Ok(Decision {
        writes,
        outcome: Outcome::Forgotten,
    })
}

fn enrolment_of<R: Rows>(
    rows: &R,
    id: &EnrolmentSessionId,
    ceremony: &PendingCeremony,
) -> Result<EnrolmentSession, Undecided<R::Error>> {
    let session = read(rows.enrolment_session(id))?
        .filter(|session| *session.tenant() == ceremony.tenant && *session.user() == ceremony.user)
        .ok_or(CeremonyError::SessionUnknown)?;
    Ok(session)
}

fn login_of<R: Rows>(
    rows: &R,
    ceremony: &PendingCeremony,
) -> Result<AuthenticationSession, Undecided<R::Error>> {
    let Purpose::Authentication(id) = &ceremony.purpose else {
        return Err(CeremonyError::ChallengeForOtherOperation.into());
    };
    let session = read(rows.authentication_session(id))?
        .filter(|session| *session.tenant() == ceremony.tenant && *session.user() == ceremony.user)
        .ok_or(CeremonyError::SessionUnknown)?;
    Ok(session)
}

fn payment_of<R: Rows>(rows: &R, ceremony: &PendingCeremony) -> Result<PaymentIntent, Undecided<R::Error>> {
    let Purpose::Payment(id) = &ceremony.purpose else {
        return Err(CeremonyError::ChallengeForOtherOperation.into());
    };
    let payment = read(rows.payment(id))?
        .filter(|payment| *payment.tenant() == ceremony.tenant && payment.user() == Some(&ceremony.user))
        .ok_or(CeremonyError::PaymentUnknown)?;
    Ok(payment)
}

/// The credentials that signed, as they are now, moved on by what they signed.
fn used_credentials<R: Rows>(
    rows: &R,
    verified: &VerifiedAuthentication,
) -> Result<Vec<Credential>, Undecided<R::Error>> {
    let mut used: Vec<Credential> = Vec::with_capacity(verified.asserted.len());
    for asserted in &verified.asserted {
        let credential = match used
            .iter()
            .position(|earlier| earlier.id == asserted.credential.id)
        {
            Some(position) => used.remove(position),
            None => read(rows.credential(&asserted.credential.id))?.ok_or(CeremonyError::KeyIdUnknown)?,
        };
        used.push(used_credential(credential, asserted, verified.now_ms)?);
    }
    Ok(used)
}

fn used_credential(
    mut credential: Credential,
    asserted: &AssertedCredential,
    now_ms: u64,
) -> Result<Credential, CeremonyError> {
    // The key that the signature was verified with must still be the one on record: it may have been
    // deregistered, or registered anew, since it was read.
    if credential.user != asserted.credential.user || credential.public_key != asserted.credential.public_key
    {
        return Err(CeremonyError::KeyIdUnknown);
    }
    if credential.status != CredentialStatus::Active {
        return Err(CeremonyError::CredentialNotActive);
    }
    // UAF §3.5.7.5: nor is the authenticator older than it was: another answer may have been from a newer version.
    if asserted.authenticator_version < credential.authenticator_version {
        return Err(CeremonyError::AuthenticatorVersionWentBack);
    }
    // UAF §3.5.7.5: the counter is compared and moved in one step, so that two answers cannot both pass.
    counter_advances(credential.sign_counter, asserted.sign_counter)?;
    credential.sign_counter = asserted.sign_counter;
    credential.authenticator_version = asserted.authenticator_version;
    credential.last_used_at_ms = Some(now_ms);
    Ok(credential)
}
