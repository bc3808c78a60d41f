//! The specification of a store: plain maps behind one lock.

use super::apply::{must_fit, unknown_write};
use super::{Answer, PaymentFilter, Place, Row, Store, StoreError, Table};
use smile_ceremony::identifier::{
    ApiKeyId, AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId,
    IdempotencyId, LedgerEntryId, PaymentId, RefundId, TenantId, UserId,
};
use smile_ceremony::payment::{AttemptSubject, LedgerEntry, PaymentIntent, PendingCall, Refund};
use smile_ceremony::record::{
    ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, IdempotencyRecord, PendingCeremony,
    Person, SessionName,
};
use smile_ceremony::transition::{Outcome, Rows, Transition, Undecided, Write};
use std::cmp::Reverse;
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
    consents: BTreeMap<ConsentId, Consent>,
    refunds: BTreeMap<RefundId, Refund>,
    ledger: BTreeMap<LedgerEntryId, LedgerEntry>,
    idempotency: BTreeMap<IdempotencyId, IdempotencyRecord>,
    api_keys: BTreeMap<ApiKeyId, ApiKey>,
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

    fn consent(&self, id: &ConsentId) -> Result<Option<Consent>, Infallible> {
        Ok(self.consents.get(id).cloned())
    }

    fn credentials_of(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<Credential>, Infallible> {
        Ok(those(&self.credentials, |one| {
            one.tenant == *tenant && one.user == *user
        }))
    }

    fn person(
        &self,
        tenant: &TenantId,
        user: &UserId,
        payments_at_most: usize,
    ) -> Result<Person, Infallible> {
        let filter = PaymentFilter {
            tenant: tenant.clone(),
            user: Some(user.clone()),
            status: None,
        };
        Ok(Person {
            credentials: self.credentials_of(tenant, user)?,
            consents: those(&self.consents, |one| one.tenant() == tenant && one.user() == user),
            enrolment_sessions: those(&self.enrolment_sessions, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            authentication_sessions: those(&self.authentication_sessions, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            challenges: those(&self.ceremonies, |one| {
                one.tenant() == tenant && one.user() == user
            }),
            payments: newest(
                self.payments.values().filter(|payment| filter.includes(payment)),
                |payment| (payment.created_at_ms(), payment.id().as_str()),
                None,
                payments_at_most,
            ),
        })
    }

    fn refund(&self, id: &RefundId) -> Result<Option<Refund>, Infallible> {
        Ok(self.refunds.get(id).cloned())
    }

    fn idempotency(&self, id: &IdempotencyId) -> Result<Option<IdempotencyRecord>, Infallible> {
        Ok(self.idempotency.get(id).cloned())
    }

    fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, Infallible> {
        Ok(self.api_keys.get(id).cloned())
    }

    fn api_keys_of(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Infallible> {
        Ok(those(&self.api_keys, |one| one.tenant() == tenant))
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
            Write::PutConsent(consent) => {
                self.consents.insert(consent.id().clone(), consent);
            }
            Write::DeleteConsent(consent) => {
                self.consents.remove(consent.id());
            }
            Write::PutRefund(refund) => {
                self.refunds.insert(refund.id().clone(), refund);
            }
            Write::PutLedgerEntry(entry) => {
                self.ledger.insert(entry.id().clone(), entry);
            }
            Write::PutIdempotency(record) => {
                self.idempotency.insert(record.id().clone(), record);
            }
            Write::PutApiKey(key) => {
                self.api_keys.insert(key.id().clone(), key);
            }
            Write::DeleteIdempotency(record) => {
                self.idempotency.remove(record.id());
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
        for (id, record) in &self.consents {
            rows.push(Row::of(Table::Consents, id, record)?);
        }
        for (id, record) in &self.refunds {
            rows.push(Row::of(Table::Refunds, id, record)?);
        }
        for (id, record) in &self.ledger {
            rows.push(Row::of(Table::Ledger, id, record)?);
        }
        for (id, record) in &self.idempotency {
            rows.push(Row::of(Table::Idempotency, id, record)?);
        }
        for (id, record) in &self.api_keys {
            rows.push(Row::of(Table::ApiKeys, id, record)?);
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
        self.read(|maps| those(&maps.credentials, |one| one.tenant == tenant && one.user == user))
    }

    fn consent(&self, id: ConsentId) -> Answer<'_, Option<Consent>> {
        self.read(|maps| maps.consents.get(&id).cloned())
    }

    fn person(&self, tenant: TenantId, user: UserId) -> Answer<'_, Person> {
        self.read(|maps| {
            let Ok(person) = Rows::person(maps, &tenant, &user, usize::MAX);
            person
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

    fn refund(&self, id: RefundId) -> Answer<'_, Option<Refund>> {
        self.read(|maps| maps.refunds.get(&id).cloned())
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<PaymentIntent>> {
        self.read(|maps| {
            let all = maps.payments.values().filter(|payment| filter.includes(payment));
            newest(
                all,
                |payment| (payment.created_at_ms(), payment.id().as_str()),
                after,
                at_most,
            )
        })
    }

    fn refunds_of(
        &self,
        payment: PaymentId,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<Refund>> {
        self.read(|maps| {
            let all = maps
                .refunds
                .values()
                .filter(|refund| *refund.payment() == payment);
            newest(
                all,
                |refund| (refund.created_at_ms(), refund.id().as_str()),
                after,
                at_most,
            )
        })
    }

    fn late_payments(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<PaymentIntent>> {
        self.read(|maps| {
            let mut late: Vec<_> = maps.payments.values().filter(|one| one.is_late(now_ms)).collect();
            late.sort_by_key(|payment| (payment.expires_at_ms(), payment.id()));
            late.into_iter().take(at_most).cloned().collect()
        })
    }

    fn pending_calls(
        &self,
        tenant: TenantId,
        after: Option<AttemptSubject>,
        at_most: usize,
    ) -> Answer<'_, Vec<PendingCall>> {
        self.read(|maps| {
            let payments = maps.payments.values().filter(|payment| match &after {
                None => true,
                Some(AttemptSubject::Payment(last)) => payment.id() > last,
                Some(_) => false,
            });
            let refunds = maps.refunds.values().filter(|refund| match &after {
                Some(AttemptSubject::Refund(last)) => refund.id() > last,
                _ => true,
            });
            let all = payments.filter_map(PaymentIntent::pending_call);
            let all = all.chain(refunds.filter_map(Refund::pending_call));
            all.filter(|call| call.tenant == tenant).take(at_most).collect()
        })
    }

    fn forgettable_keys(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<IdempotencyId>> {
        self.read(|maps| {
            let all = maps.idempotency.values();
            let mut old: Vec<_> = all.filter(|one| one.is_forgettable(now_ms)).collect();
            old.sort_by_key(|record| (record.expires_at_ms(), record.id()));
            old.into_iter()
                .take(at_most)
                .map(|one| one.id().clone())
                .collect()
        })
    }

    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>> {
        self.read(|maps| maps.api_keys.values().cloned().collect())
    }

    fn dump(&self) -> Answer<'_, Vec<Row>> {
        let rows = self.maps().dump();
        Box::pin(ready(rows))
    }
}

/// The records that `is_theirs` picks, ordered by identifier.
fn those<I, T: Clone>(records: &BTreeMap<I, T>, is_theirs: impl Fn(&T) -> bool) -> Vec<T> {
    records.values().filter(|one| is_theirs(one)).cloned().collect()
}

/// At most `at_most` of `all`, newest first, of those behind `after`.
fn newest<'m, T: Clone + 'm>(
    all: impl Iterator<Item = &'m T>,
    place: impl Fn(&T) -> (u64, &str),
    after: Option<Place>,
    at_most: usize,
) -> Vec<T> {
    let order = |one: &'m T| {
        let (created_at_ms, id) = place(one);
        (Reverse(created_at_ms), id.to_owned())
    };
    let after = after.map(|after| (Reverse(after.created_at_ms), after.id));
    let mut found: Vec<&T> = all
        .filter(|one| after.as_ref().is_none_or(|after| order(one) > *after))
        .collect();
    found.sort_by_key(|one| order(one));
    found.into_iter().take(at_most).cloned().collect()
}
