//! Questions to the processor: asked once at a time, answered once, and asked again under the same name until they are.
//!
//! The attempt is on disk before the processor hears of it, and what it answers is committed under the attempt's name:
//! after a crash between the two, the sweep finds the attempt open and asks again with the same idempotency key.

use crate::clock::Clock;
use crate::processor::{Processor, Unanswered};
use crate::store::{Store, StoreError};
use futures_util::future::join_all;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{AttemptId, ProcessorName, TenantId};
use smile_ceremony::payment::{AttemptKind, AttemptSubject, PendingCall, Refund, Settled, Settlement};
use smile_ceremony::transition::Transition;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many open questions are read at once.
const PAGE: usize = 200;

/// How many of them are asked at the same time.
const AT_ONCE: usize = 8;

/// How often a request looks whether a question that somebody else asked is answered.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How many times it looks: about as long as the processor is given.
const LOOKS: usize = 500;

/// Who asks the processor and records its answers.
pub(super) struct Settler {
    tenants: Vec<TenantId>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    processor: Option<(ProcessorName, Arc<dyn Processor>)>,
    being_asked: Arc<Mutex<HashSet<AttemptId>>>,
    /// Behind which question of a tenant the next sweep begins: one that ended early goes on where it was.
    swept: Mutex<HashMap<TenantId, AttemptSubject>>,
}

/// A question that is being asked, for as long as this lives.
struct Turn {
    id: AttemptId,
    being_asked: Arc<Mutex<HashSet<AttemptId>>>,
}

/// What came of asking.
enum Asked {
    /// It is settled.
    Answered,
    /// There was no answer.
    Unanswered,
    /// Somebody else had the answer.
    NotOpen,
}

/// What one sweep came to.
#[derive(Default)]
struct Swept {
    answered: usize,
    foreign: usize,
    first_foreign: Option<PendingCall>,
}

impl Swept {
    fn passed_over(&mut self, call: &PendingCall) {
        self.foreign += 1;
        self.first_foreign.get_or_insert_with(|| call.clone());
    }

    /// How many were answered. What waits for another processor is one line of the log, however many there are.
    fn report(&self) -> usize {
        if let Some(first) = &self.first_foreign {
            tracing::error!(
                count = self.foreign,
                payment = %first.payment,
                processor = first.processor.as_ref().map(ProcessorName::as_str),
                "payments and refunds wait for a processor that is not the configured one; they stay open"
            );
        }
        self.answered
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.being_asked).remove(&self.id);
    }
}

impl Settler {
    /// The settler of these tenants' money: servers of others may share the store, and ask processors of their own.
    pub fn new(
        tenants: Vec<TenantId>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        processor: Option<(ProcessorName, Arc<dyn Processor>)>,
    ) -> Self {
        Self {
            tenants,
            store,
            clock,
            processor,
            being_asked: Arc::default(),
            swept: Mutex::default(),
        }
    }

    pub fn has_processor(&self) -> bool {
        self.processor.is_some()
    }

    /// Who moves the money of payments that are created now.
    pub fn settlement(&self) -> Settlement {
        let name = self.processor.as_ref().map(|(name, _)| name.clone());
        name.map_or(Settlement::Direct, Settlement::Processor)
    }

    /// The processor, if it is the one that `call` is for: another one would move money that nobody gave it to keep.
    fn processor_of(&self, call: &PendingCall) -> Option<Arc<dyn Processor>> {
        let (name, processor) = self.processor.as_ref()?;
        let is_it = self.tenants.contains(&call.tenant) && call.processor.as_ref() == Some(name);
        is_it.then(|| processor.clone())
    }

    /// Waits until the open question about `subject` was asked, by whomever: answered or not, its record says what came
    /// of it. Returns at once where there is none, or where it is for another processor. What was begun goes on when the caller is dropped.
    pub async fn finish(self: &Arc<Self>, subject: &AttemptSubject) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            let Some(call) = self.open_call(subject).await? else {
                return Ok(());
            };
            let Some(processor) = self.processor_of(&call) else {
                return Ok(());
            };
            if let Some(turn) = self.turn(&call.attempt.id) {
                let settler = self.clone();
                let asked = tokio::spawn(async move { settler.ask(&*processor, call, turn).await });
                let ended = asked
                    .await
                    .map_err(|error| StoreError::Unavailable(error.to_string()))?;
                return ended.map(drop);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Asks the open questions again that nobody is asking, and returns how many were answered.
    ///
    /// A sweep goes to the last of them, tenant by tenant. Where as many as are asked at once all go without an answer, the processor is taken
    /// to be down and the sweep ends; the next one goes on behind them, so that each gets its turn however many there are.
    pub async fn resume(self: &Arc<Self>) -> Result<usize, StoreError> {
        let mut swept = Swept::default();
        for tenant in &self.tenants {
            self.resume_of(tenant, &mut swept).await?;
        }
        Ok(swept.report())
    }

    async fn resume_of(&self, tenant: &TenantId, swept: &mut Swept) -> Result<(), StoreError> {
        let mut after = lock(&self.swept).remove(tenant);
        loop {
            let page = self
                .store
                .pending_calls(tenant.clone(), after.clone(), PAGE)
                .await?;
            let is_last_page = page.len() < PAGE;
            let mut chunks = page.chunks(AT_ONCE).peekable();
            while let Some(some) = chunks.next() {
                let is_down = self.ask_again(some, swept).await?;
                after = some.last().map(PendingCall::subject);
                if is_down {
                    let is_last = is_last_page && chunks.peek().is_none();
                    if let Some(after) = after.filter(|_| !is_last) {
                        lock(&self.swept).insert(tenant.clone(), after);
                    }
                    return Ok(());
                }
            }
            if is_last_page {
                return Ok(());
            }
        }
    }

    /// Asks a few questions at the same time. Whether some were asked and none was answered.
    async fn ask_again(&self, some: &[PendingCall], swept: &mut Swept) -> Result<bool, StoreError> {
        let mut turns = Vec::new();
        for call in some {
            match self.processor_of(call) {
                None => swept.passed_over(call),
                Some(processor) => {
                    turns.extend(self.turn(&call.attempt.id).map(|turn| (call, processor, turn)));
                }
            }
        }
        let asked = turns.into_iter().map(|(call, processor, turn)| async move {
            (call, self.ask(&*processor, call.clone(), turn).await)
        });
        let (mut answered, mut unanswered) = (0, 0);
        for (call, one) in join_all(asked).await {
            match one {
                Ok(Asked::Answered) => answered += 1,
                Ok(Asked::Unanswered) => unanswered += 1,
                Ok(Asked::NotOpen) => {}
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                // One record that is wrong is no reason to let all others wait.
                Err(error) => {
                    tracing::error!(attempt = %call.attempt.id, payment = %call.payment, %error, "not settled");
                }
            }
        }
        swept.answered += answered;
        Ok(answered == 0 && unanswered > 0)
    }

    /// Asks, and records the answer.
    async fn ask(
        &self,
        processor: &dyn Processor,
        mut call: PendingCall,
        _turn: Turn,
    ) -> Result<Asked, StoreError> {
        // Between the reading of the question and this turn somebody else may have had theirs.
        if self.open_call(&call.subject()).await?.as_ref() != Some(&call) {
            return Ok(Asked::NotOpen);
        }
        if call.refund.is_some() {
            let payment = self.store.payment(call.payment.clone()).await?;
            call.order = payment.and_then(|payment| payment.order().cloned());
        }
        let answer = match call.attempt.kind {
            AttemptKind::Capture => processor.capture(&call).await,
            AttemptKind::Void => processor.void(&call).await,
            AttemptKind::Refund => processor.refund(&call).await,
            _ => Err(Unanswered("it is not known how to ask this".to_owned())),
        };
        let attempt = &call.attempt.id;
        match answer {
            Ok(settled) => self.record(&call, settled).await.map(|()| Asked::Answered),
            Err(unanswered) => {
                tracing::warn!(%attempt, payment = %call.payment, %unanswered, "it will be asked again");
                Ok(Asked::Unanswered)
            }
        }
    }

    async fn record(&self, call: &PendingCall, settled: Settled) -> Result<(), StoreError> {
        let settle = Transition::Settle {
            subject: call.subject(),
            attempt: call.attempt.id.clone(),
            settled,
            now_ms: self.clock.now_ms(),
        };
        let approved = settled == Settled::Approved;
        let (attempt, payment) = (&call.attempt.id, &call.payment);
        match self.store.commit(settle).await {
            Ok(_) => tracing::info!(%attempt, %payment, approved, "settled"),
            // Of two answers the first counts.
            Err(StoreError::Refused(CeremonyError::AttemptNotPending)) => {
                if self.is_contradicted(call, settled).await? {
                    tracing::error!(
                        %attempt, %payment, approved,
                        "the processor answered twice, and not alike; the first answer stands"
                    );
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether the record says the opposite of what the processor answered now.
    async fn is_contradicted(&self, call: &PendingCall, settled: Settled) -> Result<bool, StoreError> {
        let approved = match call.subject() {
            AttemptSubject::Payment(id) => {
                let payment = self.store.payment(id).await?;
                payment.and_then(|payment| payment.was_approved(&call.attempt))
            }
            AttemptSubject::Refund(id) => {
                let refund = self.store.refund(id).await?;
                refund.and_then(|refund| refund.was_approved(&call.attempt))
            }
            _ => None,
        };
        Ok(approved.is_some_and(|approved| approved != (settled == Settled::Approved)))
    }

    async fn open_call(&self, subject: &AttemptSubject) -> Result<Option<PendingCall>, StoreError> {
        Ok(match subject {
            AttemptSubject::Payment(id) => {
                let payment = self.store.payment(id.clone()).await?;
                payment.and_then(|payment| payment.pending_call())
            }
            AttemptSubject::Refund(id) => {
                let refund = self.store.refund(id.clone()).await?;
                refund.as_ref().and_then(Refund::pending_call)
            }
            _ => None,
        })
    }

    fn turn(&self, id: &AttemptId) -> Option<Turn> {
        lock(&self.being_asked).insert(id.clone()).then(|| Turn {
            id: id.clone(),
            being_asked: self.being_asked.clone(),
        })
    }
}

/// Nothing panics while one of these locks is held.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
