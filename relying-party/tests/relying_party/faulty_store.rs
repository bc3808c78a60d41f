//! A store that a test can break, and that lets something happen between two commits of one request.

use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{
    AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId, IdempotencyId,
    PaymentId, RefundId, TenantId, UserId,
};
use smile_ceremony::payment::{AttemptSubject, PaymentIntent, PendingCall, Refund};
use smile_ceremony::record::{
    ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, PendingCeremony, Person,
    SessionName,
};
use smile_ceremony::transition::{Outcome, Transition};
use smile_relying_party::store::{Answer, MemoryStore, PaymentFilter, Place, Row, Store, StoreError, Table};
use std::collections::VecDeque;
use std::future::ready;
use std::sync::Mutex;

/// What the store says is wrong; no client may read it.
pub const CAUSE: &str = "the disk of the tests fails";

/// What is wrong with the store.
#[derive(Clone)]
pub enum Fault {
    /// As after a sync that failed: nothing is written or read.
    Unavailable,
    /// What is read does not decode.
    Corrupt,
    /// What a scan for old records reads does not decode.
    CorruptScan,
    /// A commit comes too late for its condition.
    Refused(CeremonyError),
}

type Event = Box<dyn FnOnce() + Send>;

/// A memory store that works until it is broken.
#[derive(Default)]
pub struct FaultyStore {
    inner: MemoryStore,
    fault: Mutex<Option<Fault>>,
    after_take: Mutex<Option<Event>>,
    after_reads: Mutex<VecDeque<Event>>,
    after_scan: Mutex<Option<Event>>,
    unsettled: Mutex<Option<PaymentId>>,
}

impl FaultyStore {
    /// Every answer from now on; `None` mends it.
    pub fn answers(&self, fault: impl Into<Option<Fault>>) {
        *self.fault.lock().expect("no panic") = fault.into();
    }

    /// What happens once, after the next challenge was taken and before anything else of its response is done.
    pub fn after_take(&self, event: impl FnOnce() + Send + 'static) {
        *self.after_take.lock().expect("no panic") = Some(Box::new(event));
    }

    /// What happens after the keys of a user were read and before anything is done with them; each event once, one a
    /// reading.
    pub fn after_reading_keys(&self, event: impl FnOnce() + Send + 'static) {
        self.after_reads
            .lock()
            .expect("no panic")
            .push_back(Box::new(event));
    }

    /// What happens once, after the open questions were read and before any of them is asked.
    pub fn after_pending_calls(&self, event: impl FnOnce() + Send + 'static) {
        *self.after_scan.lock().expect("no panic") = Some(Box::new(event));
    }

    /// A payment whose record does not decode when the processor's answer is to be recorded.
    pub fn cannot_settle(&self, payment: impl Into<Option<PaymentId>>) {
        *self.unsettled.lock().expect("no panic") = payment.into();
    }

    fn fault(&self) -> Option<Fault> {
        self.fault.lock().expect("no panic").clone()
    }

    fn read<'s, T: Send + 'static>(
        &'s self,
        sound: impl FnOnce(&'s MemoryStore) -> Answer<'s, T>,
    ) -> Answer<'s, T> {
        match self.fault() {
            Some(Fault::Unavailable) => Box::pin(ready(Err(unavailable()))),
            Some(Fault::Corrupt) => Box::pin(ready(Err(corrupt()))),
            Some(Fault::CorruptScan | Fault::Refused(_)) | None => sound(&self.inner),
        }
    }

    fn scan<'s, T: Send + 'static>(
        &'s self,
        sound: impl FnOnce(&'s MemoryStore) -> Answer<'s, T>,
    ) -> Answer<'s, T> {
        match self.fault() {
            Some(Fault::CorruptScan) => Box::pin(ready(Err(corrupt()))),
            _ => self.read(sound),
        }
    }
}

impl FaultyStore {
    fn is_unsettled(&self, transition: &Transition) -> bool {
        let unsettled = self.unsettled.lock().expect("no panic");
        match (transition, &*unsettled) {
            (
                Transition::Settle {
                    subject: AttemptSubject::Payment(id),
                    ..
                },
                Some(unsettled),
            ) => id == unsettled,
            _ => false,
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable(CAUSE.to_owned())
}

fn corrupt() -> StoreError {
    StoreError::Corrupt {
        table: Table::Payments,
        reason: CAUSE.to_owned(),
    }
}

impl Store for FaultyStore {
    fn commit(&self, transition: Transition) -> Answer<'_, Outcome> {
        let error = match self.fault() {
            Some(Fault::Unavailable) => unavailable(),
            Some(Fault::Corrupt) => corrupt(),
            Some(Fault::Refused(rule)) => rule.into(),
            Some(Fault::CorruptScan) | None if self.is_unsettled(&transition) => corrupt(),
            Some(Fault::CorruptScan) | None => {
                let takes = matches!(transition, Transition::Take { .. });
                let answer = self.inner.commit(transition);
                if takes && let Some(event) = self.after_take.lock().expect("no panic").take() {
                    event();
                }
                return answer;
            }
        };
        Box::pin(ready(Err(error)))
    }

    fn enrolment_session(&self, id: EnrolmentSessionId) -> Answer<'_, Option<EnrolmentSession>> {
        self.read(|store| store.enrolment_session(id))
    }

    fn authentication_session(
        &self,
        id: AuthenticationSessionId,
    ) -> Answer<'_, Option<AuthenticationSession>> {
        self.read(|store| store.authentication_session(id))
    }

    fn payment(&self, id: PaymentId) -> Answer<'_, Option<PaymentIntent>> {
        self.read(|store| store.payment(id))
    }

    fn ceremony(&self, id: CeremonyId) -> Answer<'_, Option<PendingCeremony>> {
        self.read(|store| store.ceremony(id))
    }

    fn credential(&self, id: CredentialId) -> Answer<'_, Option<Credential>> {
        self.read(|store| store.credential(id))
    }

    fn credentials_of(&self, tenant: TenantId, user: UserId) -> Answer<'_, Vec<Credential>> {
        let found = self.read(|store| store.credentials_of(tenant, user));
        Box::pin(async {
            let found = found.await;
            let event = self.after_reads.lock().expect("no panic").pop_front();
            if let Some(event) = event {
                event();
            }
            found
        })
    }

    fn consent(&self, id: ConsentId) -> Answer<'_, Option<Consent>> {
        self.read(|store| store.consent(id))
    }

    fn person(&self, tenant: TenantId, user: UserId) -> Answer<'_, Person> {
        self.read(|store| store.person(tenant, user))
    }

    fn forgettable_ceremonies(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<CeremonyId>> {
        self.scan(|store| store.forgettable_ceremonies(now_ms, at_most))
    }

    fn forgettable_sessions(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<SessionName>> {
        self.scan(|store| store.forgettable_sessions(now_ms, at_most))
    }

    fn refund(&self, id: RefundId) -> Answer<'_, Option<Refund>> {
        self.read(|store| store.refund(id))
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<PaymentIntent>> {
        self.scan(|store| store.payments(filter, after, at_most))
    }

    fn refunds_of(
        &self,
        payment: PaymentId,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<Refund>> {
        self.scan(|store| store.refunds_of(payment, after, at_most))
    }

    fn late_payments(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<PaymentIntent>> {
        self.scan(|store| store.late_payments(now_ms, at_most))
    }

    fn pending_calls(
        &self,
        tenant: TenantId,
        after: Option<AttemptSubject>,
        at_most: usize,
    ) -> Answer<'_, Vec<PendingCall>> {
        let calls = self.scan(|store| store.pending_calls(tenant, after, at_most));
        if let Some(event) = self.after_scan.lock().expect("no panic").take() {
            event();
        }
        calls
    }

    fn forgettable_keys(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<IdempotencyId>> {
        self.scan(|store| store.forgettable_keys(now_ms, at_most))
    }

    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>> {
        self.scan(|store| store.api_keys())
    }

    fn dump(&self) -> Answer<'_, Vec<Row>> {
        self.inner.dump()
    }
}
