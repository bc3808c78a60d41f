//! A processor for tests, whose answers follow from the amount: no money, no network, nothing by chance.

use super::{Answering, Processor, Unanswered};
use smile_ceremony::identifier::AttemptId;
use smile_ceremony::payment::{DeclineCode, PendingCall, Settled};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, PoisonError};

/// Answers by the last two digits of the amount in minor units; every other amount is approved.
///
/// | digits | answer |
/// |---|---|
/// | 02 | declined, `insufficient_funds` |
/// | 05 | declined, `do_not_honour` |
/// | 46 | declined, `account_closed` |
/// | 61 | declined, `limit_exceeded` |
/// | 91 | none to the first call, then approved |
/// | 96 | none |
#[derive(Default)]
pub struct TestProcessor {
    /// How often each question was asked.
    asked: Mutex<BTreeMap<AttemptId, u32>>,
}

impl TestProcessor {
    /// A processor that was never asked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn answer(&self, call: &PendingCall) -> Result<Settled, Unanswered> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(call.attempt.id.clone()).or_default();
        *times = times.saturating_add(1);
        let silent = || Err(Unanswered("the amount says so".to_owned()));
        match call.attempt.amount.minor_units() % 100 {
            2 => Ok(Settled::Declined(DeclineCode::InsufficientFunds)),
            5 => Ok(Settled::Declined(DeclineCode::DoNotHonour)),
            46 => Ok(Settled::Declined(DeclineCode::AccountClosed)),
            61 => Ok(Settled::Declined(DeclineCode::LimitExceeded)),
            91 if *times == 1 => silent(),
            96 => silent(),
            _ => Ok(Settled::Approved),
        }
    }
}

impl Processor for TestProcessor {
    fn capture<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(ready(self.answer(call)))
    }

    fn refund<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(ready(self.answer(call)))
    }

    fn void<'a>(&'a self, call: &'a PendingCall) -> Answering<'a> {
        Box::pin(ready(self.answer(call)))
    }
}
