//! Questions to the processor: asked once at a time, answered once, and asked again under the same name until they are.
//!
//! The attempt is on disk before the processor hears of it, and what it answers is committed under the attempt's name:
//! after a crash between the two, the sweep finds the attempt open and asks again with the same idempotency key.

use crate::clock::Clock;
use crate::processor::{Processor, Unanswered};
use crate::store::{Store, StoreError};
use futures_util::future::join_all;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::AttemptId;
use smile_ceremony::payment::{AttemptKind, AttemptSubject, PendingCall, Refund, Settled};
use smile_ceremony::transition::Transition;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most open questions that one sweep takes up.
const RESUME_MAX: usize = 1_000;

/// How many of them are asked at the same time.
const AT_ONCE: usize = 8;

/// How often a request looks whether a question that somebody else asked is answered.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How many times it looks: about as long as the processor is given.
const LOOKS: usize = 500;

/// Who asks the processor and records its answers.
pub(super) struct Settler {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    processor: Option<Arc<dyn Processor>>,
    being_asked: Arc<Mutex<HashSet<AttemptId>>>,
}

/// A question that is being asked, for as long as this lives.
struct Turn {
    id: AttemptId,
    being_asked: Arc<Mutex<HashSet<AttemptId>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut asked = self.being_asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.remove(&self.id);
    }
}

impl Settler {
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, processor: Option<Arc<dyn Processor>>) -> Self {
        Self {
            store,
            clock,
            processor,
            being_asked: Arc::default(),
        }
    }

    pub fn has_processor(&self) -> bool {
        self.processor.is_some()
    }

    /// Waits until the open question about `subject` was asked, by whomever: answered or not, its record says what came
    /// of it. Returns at once where there is none. What was begun goes on when the caller is dropped.
    pub async fn finish(self: &Arc<Self>, subject: &AttemptSubject) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            let Some(call) = self.open_call(subject).await? else {
                return Ok(());
            };
            let Some(processor) = self.processor.clone() else {
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

    /// Asks every open question again that nobody is asking, and returns how many were answered.
    pub async fn resume(self: &Arc<Self>) -> Result<usize, StoreError> {
        let open = self.store.pending_calls(RESUME_MAX).await?;
        let Some(processor) = self.processor.clone() else {
            if !open.is_empty() {
                let count = open.len();
                tracing::error!(
                    count,
                    "payments and refunds wait for a processor, and none is configured"
                );
            }
            return Ok(0);
        };
        let mut answered = 0;
        for some in open.chunks(AT_ONCE) {
            let asked = some.iter().filter_map(|call| {
                let turn = self.turn(&call.attempt.id)?;
                Some(self.ask(&*processor, call.clone(), turn))
            });
            for one in join_all(asked).await {
                answered += usize::from(one?);
            }
        }
        Ok(answered)
    }

    /// Asks, and records the answer. Whether there was one.
    async fn ask(
        &self,
        processor: &dyn Processor,
        call: PendingCall,
        _turn: Turn,
    ) -> Result<bool, StoreError> {
        let answer = match call.attempt.kind {
            AttemptKind::Capture => processor.capture(&call).await,
            AttemptKind::Void => processor.void(&call).await,
            AttemptKind::Refund => processor.refund(&call).await,
            _ => Err(Unanswered("it is not known how to ask this".to_owned())),
        };
        let attempt = &call.attempt.id;
        match answer {
            Ok(settled) => {
                tracing::info!(%attempt, payment = %call.payment, approved = settled == Settled::Approved, "settled");
                self.record(&call, settled).await.map(|()| true)
            }
            Err(unanswered) => {
                tracing::warn!(%attempt, payment = %call.payment, %unanswered, "it will be asked again");
                Ok(false)
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
        match self.store.commit(settle).await {
            // Of two answers the first counts.
            Ok(_) | Err(StoreError::Refused(CeremonyError::AttemptNotPending)) => Ok(()),
            Err(error) => Err(error),
        }
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
        let mut asked = self.being_asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(id.clone()).then(|| Turn {
            id: id.clone(),
            being_asked: self.being_asked.clone(),
        })
    }
}
