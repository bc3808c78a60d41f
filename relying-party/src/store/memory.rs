//! The specification of a store: plain maps behind one lock.

use super::apply::{must_fit, unknown_write};
use super::{Answer, Row, Store, StoreError, Table};
use smile_ceremony::identifier::{
    AuthenticationSessionId, CeremonyId, CredentialId, EnrolmentSessionId, PaymentId, TenantId, UserId,
};
use smile_ceremony::payment::PaymentIntent;
use smile_ceremony::record::{
    AuthenticationSession, Credential, EnrolmentSession, PendingCeremony, SessionName,
};
use smile_ceremony::transition::{Outcome, Rows, Transition, Undecided, Write};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that lives as long as the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<Maps>);

#[derive(Default)]
struct Maps {
    enrolment_sessions: BTreeMap<EnrolmentSessionId, EnrolmentSession>,
    authentication_sessions: BTreeMap<AuthenticationSessionId, AuthenticationSession>,
    payments: BTreeMap<PaymentId, PaymentIntent>,
    ceremonies: BTreeMap<CeremonyId, PendingCeremony>,
    credentials: BTreeMap<CredentialId, Credential>,
}

impl Rows for Maps {
    type Error = Infallible;

    fn enrolment_session(&self, id: &EnrolmentSessionId) -> Result<Option<EnrolmentSession>, Infallible> {
        Ok(self.enrolment_sessions.get(id).cloned())
    }

    fn authentication_session(
        &self,
        id: &AuthenticationSessionId,
    ) -> Result<Option<AuthenticationSession>, Infallible> {
        Ok(self.authentication_sessions.get(id).cloned())
    }

    fn payment(&self, id: &PaymentId) -> Result<Option<PaymentIntent>, Infallible> {
        Ok(self.payments.get(id).cloned())
    }

    fn ceremony(&self, id: &CeremonyId) -> Result<Option<PendingCeremony>, Infallible> {
        Ok(self.ceremonies.get(id).cloned())
    }

    fn credential(&self, id: &CredentialId) -> Result<Option<Credential>, Infallible> {
        Ok(self.credentials.get(id).cloned())
    }
}

impl Maps {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        match write {
            Write::PutEnrolmentSession(session) => {
                self.enrolment_sessions.insert(session.id().clone(), session);
            }
            Write::PutAuthenticationSession(session) => {
                self.authentication_sessions.insert(session.id().clone(), session);
            }
            Write::PutPayment(payment) => {
                self.payments.insert(payment.id().clone(), payment);
            }
            Write::PutCeremony(ceremony) => {
                self.ceremonies.insert(ceremony.id().clone(), ceremony);
            }
            Write::PutCredential(credential) => {
                self.credentials.insert(credential.id.clone(), credential);
            }
            Write::DeleteCredential(credential) => {
                self.credentials.remove(&credential.id);
            }
            Write::DeleteCeremony(id) => {
                self.ceremonies.remove(&id);
            }
            Write::DeleteEnrolmentSession(session) => {
                self.enrolment_sessions.remove(session.id());
            }
            Write::DeleteAuthenticationSession(session) => {
                self.authentication_sessions.remove(session.id());
            }
            other => return Err(unknown_write(&other)),
        }
        Ok(())
    }

    fn dump(&self) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for (id, record) in &self.enrolment_sessions {
            rows.push(Row::of(Table::EnrolmentSessions, id, record)?);
        }
        for (id, record) in &self.authentication_sessions {
            rows.push(Row::of(Table::AuthenticationSessions, id, record)?);
        }
        for (id, record) in &self.payments {
            rows.push(Row::of(Table::Payments, id, record)?);
        }
        for (id, record) in &self.ceremonies {
            rows.push(Row::of(Table::Ceremonies, id, record)?);
        }
        for (id, record) in &self.credentials {
            rows.push(Row::of(Table::Credentials, id, record)?);
        }
        Ok(rows)
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing panics while the lock is held, so a poisoned lock still guards whole maps.
    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_now(&self, transition: Transition) -> Result<Outcome, StoreError> {
        let mut maps = self.maps();
        let decision = match transition.decide(&*maps) {
            Ok(decision) => decision,
            Err(Undecided::Refused(error)) => return Err(error.into()),
            Err(Undecided::Unreadable(never)) => match never {},
        };
        decision.writes.iter().try_for_each(must_fit)?;
        for write in decision.writes {
            maps.apply(write)?;
        }
        Ok(decision.outcome)
    }

    fn read<T: Send + 'static>(&self, reader: impl FnOnce(&Maps) -> T) -> Answer<'_, T> {
        let found = reader(&self.maps());
        Box::pin(ready(Ok(found)))
    }
}

impl Store for MemoryStore {
    fn commit(&self, transition: Transition) -> Answer<'_, Outcome> {
        Box::pin(ready(self.commit_now(transition)))
    }

    fn enrolment_session(&self, id: EnrolmentSessionId) -> Answer<'_, Option<EnrolmentSession>> {
        self.read(|maps| maps.enrolment_sessions.get(&id).cloned())
    }

    fn authentication_session(
        &self,
        id: AuthenticationSessionId,
    ) -> Answer<'_, Option<AuthenticationSession>> {
        self.read(|maps| maps.authentication_sessions.get(&id).cloned())
    }

    fn payment(&self, id: PaymentId) -> Answer<'_, Option<PaymentIntent>> {
        self.read(|maps| maps.payments.get(&id).cloned())
    }

    fn ceremony(&self, id: CeremonyId) -> Answer<'_, Option<PendingCeremony>> {
        self.read(|maps| maps.ceremonies.get(&id).cloned())
    }

    fn credential(&self, id: CredentialId) -> Answer<'_, Option<Credential>> {
        self.read(|maps| maps.credentials.get(&id).cloned())
    }

    fn credentials_of(&self, tenant: TenantId, user: UserId) -> Answer<'_, Vec<Credential>> {
        self.read(|maps| {
            let all = maps.credentials.values();
            all.filter(|credential| credential.tenant == tenant && credential.user == user)
                .cloned()
                .collect()
        })
    }

    fn forgettable_ceremonies(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<CeremonyId>> {
        self.read(|maps| {
            let mut old: Vec<_> = maps
                .ceremonies
                .values()
                .filter(|one| one.is_forgettable(now_ms))
                .collect();
            old.sort_by_key(|ceremony| (ceremony.expires_at_ms(), ceremony.id()));
            old.into_iter()
                .take(at_most)
                .map(|ceremony| ceremony.id().clone())
                .collect()
        })
    }

    fn forgettable_sessions(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<SessionName>> {
        self.read(|maps| {
            let logins = maps.authentication_sessions.values();
            let logins = logins.filter(|one| one.is_forgettable(now_ms)).map(|one| {
                let name = SessionName::Authentication(one.id().clone());
                (one.expires_at_ms(), name)
            });
            let enrolments = maps.enrolment_sessions.values();
            let enrolments = enrolments.filter(|one| one.is_forgettable(now_ms)).map(|one| {
                let name = SessionName::Enrolment(one.id().clone());
                (one.expires_at_ms(), name)
            });
            // Both are ordered by identifier, and the sort keeps that order among equals.
            let mut old: Vec<_> = logins.chain(enrolments).collect();
            old.sort_by_key(|(expires_at_ms, _)| *expires_at_ms);
            old.into_iter().take(at_most).map(|(_, name)| name).collect()
        })
    }

    fn dump(&self) -> Answer<'_, Vec<Row>> {
        let rows = self.maps().dump();
        Box::pin(ready(rows))
    }
}
