//! Requests that take effect once (`Idempotency-Key`), and those without a key, which do so each time they come.
//!
//! The record of a key is committed in the same transition as the effect: there is no moment at which one is on disk
//! without the other. A refusal changes nothing and leaves no record, so the same key may try again.

use super::{Provider, Refusal, RefusalCode, Service};
use crate::store::StoreError;
use smile_ceremony::binary::Binary;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::IdempotencyId;
use smile_ceremony::payment::{AttemptSubject, PaymentIntent};
use smile_ceremony::record::{AnswerSubject, IdempotencyRecord, IdempotentRequest};
use smile_ceremony::transition::{AnswerMaker, Outcome, Transition};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Longest idempotency key, in characters.
const KEY_CHARS_MAX: usize = 255;

/// The answer to a request, as it goes over the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, which may hold a client secret.
    pub body: Zeroizing<Vec<u8>>,
    /// Whether it was given before, to the same request under the same key.
    pub replayed: bool,
}

/// Without the body.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("replayed", &self.replayed)
            .finish()
    }
}

impl Reply {
    /// An answer that is given now.
    #[must_use]
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            body: Zeroizing::new(body),
            replayed: false,
        }
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&self.status.to_be_bytes(), self.body.as_slice()].concat())
    }

    fn from_bytes(bytes: &[u8], replayed: bool) -> Option<Self> {
        let (status, body) = bytes.split_first_chunk::<2>()?;
        Some(Self {
            status: u16::from_be_bytes(*status),
            body: Zeroizing::new(body.to_vec()),
            replayed,
        })
    }
}

/// Keys that are being worked on, by any thread of this process; one process runs on one store.
#[derive(Default)]
pub(super) struct KeysInFlight(Arc<Mutex<HashSet<IdempotencyId>>>);

/// A key that is being worked on, for as long as this lives.
struct Turn {
    id: IdempotencyId,
    keys: Arc<Mutex<HashSet<IdempotencyId>>>,
}

impl KeysInFlight {
    fn take(&self, id: &IdempotencyId) -> Option<Turn> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(id.clone()).then(|| Turn {
            id: id.clone(),
            keys: self.0.clone(),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

/// One request of a provider that changes something, with its idempotency key if it has one.
#[derive(Default)]
pub struct Once(Option<(IdempotentRequest, Turn)>);

/// Why nothing was done.
pub(super) enum NotDone {
    /// A condition of the transition does not hold.
    Rule(CeremonyError),
    /// Anything else.
    Refused(Refusal),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(rule) => Self::Rule(rule),
            error => Self::Refused(error.into()),
        }
    }
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NotDone> for Refusal {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Rule(rule) => rule.into(),
            NotDone::Refused(refusal) => refusal,
        }
    }
}

impl Service {
    /// The request of `provider` for `method`, `path` and `body` under an idempotency key; without one it is like any
    /// other.
    ///
    /// # Errors
    /// `idempotency_key_invalid`, and `idempotency_in_flight` where another request under this key is being answered.
    pub fn once(
        &self,
        provider: &Provider,
        key: Option<&[u8]>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Once, Refusal> {
        let Some(key) = key else {
            return Ok(Once::default());
        };
        let key = std::str::from_utf8(key).ok().filter(|key| {
            (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        });
        let refused = |code, rule| Refusal::new(code, rule).at("idempotency-key");
        let key = key.ok_or_else(|| {
            let rule = "must be one header of 1 to 255 printable ASCII characters";
            refused(RefusalCode::IdempotencyKeyInvalid, rule)
        })?;
        let id = self.answers.name(provider.tenant(), key);
        let turn = self.keys_in_flight.take(&id).ok_or_else(|| {
            let rule = "a request under this key is being answered; send it again in a moment";
            refused(RefusalCode::IdempotencyInFlight, rule)
        })?;
        let request = IdempotentRequest {
            id,
            tenant: provider.tenant().clone(),
            fingerprint: self.answers.fingerprint(method, path, body),
            now_ms: self.now_ms(),
        };
        Ok(Once(Some((request, turn))))
    }

    /// The answer that this request was given before, if it was. To be asked where what allowed it may have changed since:
    /// the same request is answered alike.
    pub(super) async fn recalled(&self, once: &Once) -> Result<Option<Reply>, Refusal> {
        let Some((request, _)) = &once.0 else {
            return Ok(None);
        };
        match self.store.commit(Transition::Recall(request.clone())).await {
            Ok(Outcome::Once { record, .. }) => self.opened(&record, true).map(Some),
            Ok(other) => Err(Refusal::internal(format!("a key had the outcome {other:?}"))),
            Err(StoreError::Refused(CeremonyError::IdempotencyKeyUnknown)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits `transition` and answers with what `reply` makes of its outcome; once for a key.
    pub(super) async fn perform(
        &self,
        once: &Once,
        transition: Transition,
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static,
    ) -> Result<Reply, Refusal> {
        Ok(self.attempt(once, transition, reply).await?)
    }

    /// As [`Service::perform`], for whoever goes on where a condition does not hold.
    pub(super) async fn attempt(
        &self,
        once: &Once,
        transition: Transition,
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static,
    ) -> Result<Reply, NotDone> {
        let Some((request, _)) = &once.0 else {
            let outcome = self.store.commit(transition).await?;
            return reply(&outcome).map_err(|error| Refusal::internal(error).into());
        };
        let answer = self.answer_maker(&request.id, reply.clone());
        let known = self
            .record_of(Transition::Once {
                request: request.clone(),
                transition: Box::new(transition),
                answer: Some(answer),
            })
            .await?;
        Ok(self.answered(known, reply).await?)
    }

    /// As [`Service::perform`], for what the processor may have to be asked about first. Without its answer the payment
    /// or refund is answered as it is, and the attempt goes on.
    pub(super) async fn perform_and_settle(
        &self,
        once: &Once,
        transition: Transition,
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static,
    ) -> Result<Reply, Refusal> {
        if !self.settler.has_processor() {
            return self.perform(once, transition, reply).await;
        }
        let Some((request, _)) = &once.0 else {
            let outcome = self.store.commit(transition).await?;
            let settled = self.settled(outcome).await?;
            return reply(&settled).map_err(Refusal::internal);
        };
        let known = self
            .record_of(Transition::Once {
                request: request.clone(),
                transition: Box::new(transition),
                answer: None,
            })
            .await?;
        self.answered(known, reply).await
    }

    /// The answer of a record. Where there is none yet, because more had to happen or the server was killed before it
    /// did, it is given now, once.
    async fn answered(
        &self,
        (record, replayed): (IdempotencyRecord, bool),
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static,
    ) -> Result<Reply, Refusal> {
        if record.answer().is_some() {
            return self.opened(&record, replayed);
        }
        match record.subject() {
            Some(AnswerSubject::Payment(id)) => {
                self.settler.finish(&AttemptSubject::Payment(id.clone())).await?;
            }
            Some(AnswerSubject::Refund(id)) => {
                self.settler.finish(&AttemptSubject::Refund(id.clone())).await?;
            }
            _ => {}
        }
        let answer = Transition::Answer {
            id: record.id().clone(),
            answer: self.answer_maker(record.id(), reply),
        };
        let (record, _) = self.record_of(answer).await?;
        self.opened(&record, replayed)
    }

    /// What became of an outcome once the processor was asked.
    async fn settled(&self, outcome: Outcome) -> Result<Outcome, Refusal> {
        match outcome {
            Outcome::PaymentMoved(payment) if payment.pending_call().is_some() => {
                let id = payment.id().clone();
                self.settler.finish(&AttemptSubject::Payment(id.clone())).await?;
                let now = self.store.payment(id).await?;
                Ok(Outcome::PaymentMoved(now.unwrap_or(payment)))
            }
            Outcome::RefundMoved(refund) if refund.pending_call().is_some() => {
                let id = refund.id().clone();
                self.settler.finish(&AttemptSubject::Refund(id.clone())).await?;
                let now = self.store.refund(id).await?;
                Ok(Outcome::RefundMoved(now.unwrap_or(refund)))
            }
            other => Ok(other),
        }
    }

    fn answer_maker(
        &self,
        id: &IdempotencyId,
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Send + 'static,
    ) -> AnswerMaker {
        let seal = self.answers.sealer(id, self.entropy.clone());
        AnswerMaker::new(move |outcome| Ok(seal(&reply(outcome)?.to_bytes())))
    }

    async fn record_of(&self, transition: Transition) -> Result<(IdempotencyRecord, bool), NotDone> {
        match self.store.commit(transition).await? {
            Outcome::Once { record, replayed } => Ok((record, replayed)),
            other => Err(Refusal::internal(format!("a key had the outcome {other:?}")).into()),
        }
    }

    fn opened(&self, record: &IdempotencyRecord, replayed: bool) -> Result<Reply, Refusal> {
        let open = |sealed: &Binary| self.answers.open(record.id(), sealed);
        record
            .answer()
            .and_then(open)
            .and_then(|bytes| Reply::from_bytes(&bytes, replayed))
            .ok_or_else(|| Refusal::internal("an answer does not open; was server.key replaced?"))
    }
}

/// The answer about the payment that an outcome holds.
pub(super) fn about_payment(
    show: fn(&PaymentIntent) -> Reply,
) -> impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static {
    move |outcome| match outcome {
        Outcome::PaymentMoved(payment) => Ok(show(payment)),
        _ => Err(CeremonyError::PaymentUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn what_a_reply_holds_is_not_printed() {
        let reply = Reply::new(201, b"pi_1_secret_2".to_vec());
        let printed = format!("{reply:?}");
        assert!(printed.contains("201") && printed.contains("13"), "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
        assert!(!printed.contains("112, 105"), "nor as numbers: {printed}");
        assert_eq!(Reply::from_bytes(&reply.to_bytes(), false), Some(reply));
    }
}
