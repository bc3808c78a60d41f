//! Steps of a script that move money, or do something once for an idempotency key.

use crate::script::{Player, event_number, pick, rng, tenant, user};
use crate::world::wait;
use smile_ceremony::binary::Binary;
use smile_ceremony::identifier::{IdempotencyId, ProcessorName, RefundId};
use smile_ceremony::payment::{
    DeclineCode, PaymentIntent, PaymentStatus, RefundRequest, Settled, Settlement,
};
use smile_ceremony::record::IdempotentRequest;
use smile_ceremony::transition::{AnswerMaker, Transition};
use smile_relying_party::store::{PaymentFilter, Place};

/// One step.
#[derive(Debug, Clone)]
pub enum MoneyStep {
    /// A payment whose money a processor moves.
    CreateProcessed { user: u8, manual: bool },
    /// 40 minor units, or all that is left.
    Refund { payment: u8, all: bool },
    /// The processor answers one of the open questions.
    Settle { question: u8, approved: bool },
    /// The question that was answered last is answered again.
    SettleAgain,
    /// An event under one of a few idempotency keys.
    Once { key: u8, payment: u8, event: u8 },
    /// A refund under a key, whose answer is to come later.
    RefundOnce { key: u8, payment: u8 },
    /// The later answer.
    Answer { key: u8 },
    /// A key is forgotten.
    ForgetKey { key: u8 },
}

impl Player<'_> {
    pub fn money(&mut self, step: &MoneyStep) -> Option<String> {
        let now_ms = self.now_ms;
        let transition = match step {
            MoneyStep::CreateProcessed { user, manual } => {
                let payment = self.new_payment(
                    *user,
                    *manual,
                    Settlement::Processor(ProcessorName::parse("sidecar").expect("a name")),
                );
                self.payments.push(payment.clone());
                Transition::CreatePayment(Box::new(payment))
            }
            MoneyStep::Refund { payment, all } => self.refund(*payment, (!all).then_some(40))?,
            MoneyStep::Settle { question, approved } => {
                let open = wait(self.store.pending_calls(tenant(), None, 100)).expect("the store reads");
                let call = open.get(pick(*question, open.len())?)?;
                let settled = match approved {
                    true => Settled::Approved,
                    false => Settled::Declined(DeclineCode::InsufficientFunds),
                };
                self.settled = Some((call.subject(), call.attempt.id.clone()));
                Transition::Settle {
                    subject: call.subject(),
                    attempt: call.attempt.id.clone(),
                    settled,
                    now_ms,
                }
            }
            MoneyStep::SettleAgain => {
                let (subject, attempt) = self.settled.clone()?;
                let settled = Settled::Approved;
                Transition::Settle {
                    subject,
                    attempt,
                    settled,
                    now_ms,
                }
            }
            MoneyStep::Once { key, payment, event } => {
                let payment = self.chosen(*payment)?.id().clone();
                let fingerprint = format!("{payment} {event}");
                let event = event_number(*event);
                let moved = Transition::MovePayment {
                    tenant: tenant(),
                    payment,
                    event,
                    now_ms,
                };
                self.once(*key, &fingerprint, moved, Some(shown()))
            }
            MoneyStep::RefundOnce { key, payment } => {
                let refund = self.refund(*payment, Some(1))?;
                self.once(*key, &format!("refund {payment}"), refund, None)
            }
            MoneyStep::Answer { key } => Transition::Answer {
                id: key_id(*key),
                answer: shown(),
            },
            MoneyStep::ForgetKey { key } => Transition::ForgetIdempotency {
                id: key_id(*key),
                now_ms,
            },
        };
        Some(self.commit(transition))
    }

    fn chosen(&self, payment: u8) -> Option<&PaymentIntent> {
        self.payments.get(pick(payment, self.payments.len())?)
    }

    fn refund(&mut self, payment: u8, amount: Option<u64>) -> Option<Transition> {
        let payment = self.chosen(payment)?.id().clone();
        let request = RefundRequest {
            id: RefundId::generate(&mut rng(&mut self.drawn)),
            tenant: tenant(),
            payment,
            amount,
        };
        Some(Transition::Refund {
            request,
            now_ms: self.now_ms,
        })
    }

    fn once(&self, key: u8, what: &str, transition: Transition, answer: Option<AnswerMaker>) -> Transition {
        Transition::Once {
            request: IdempotentRequest {
                id: key_id(key),
                tenant: tenant(),
                fingerprint: Binary::from(what.as_bytes()),
                now_ms: self.now_ms,
            },
            transition: Box::new(transition),
            answer,
        }
    }

    /// The answers of the engine's readers about money: every list, whole and in pages of two.
    pub fn money_readings(&self) -> String {
        let mut lists = vec![(None, None)];
        lists.extend((0..3).map(|number| (Some(user(number)), None)));
        lists.extend(PaymentStatus::ALL.map(|status| (None, Some(status))));
        lists.push((Some(user(0)), Some(PaymentStatus::RequiresAction)));
        let mut said = String::new();
        for (user, status) in lists {
            let filter = PaymentFilter {
                tenant: tenant(),
                user,
                status,
            };
            let whole = wait(self.store.payments(filter.clone(), None, 1000)).expect("the store reads");
            let mut paged: Vec<PaymentIntent> = Vec::new();
            loop {
                let after = paged.last().map(|last| Place {
                    created_at_ms: last.created_at_ms(),
                    id: last.id().to_string(),
                });
                let page = wait(self.store.payments(filter.clone(), after, 2)).expect("the store reads");
                let is_last = page.len() < 2;
                paged.extend(page);
                if is_last {
                    break;
                }
            }
            assert_eq!(paged, whole, "{filter:?}: the pages make the whole list");
            said += &format!("{whole:?} ");
        }
        for payment in &self.payments {
            said += &format!(
                "{:?} ",
                wait(self.store.refunds_of(payment.id().clone(), None, 100))
            );
        }
        let pending = wait(self.store.pending_calls(tenant(), None, 100));
        if let Ok(calls) = &pending {
            for (index, call) in calls.iter().enumerate() {
                let behind = wait(self.store.pending_calls(tenant(), Some(call.subject()), 100));
                assert_eq!(
                    behind.expect("the store reads"),
                    calls[index + 1..],
                    "the questions behind one"
                );
            }
        }
        let late = wait(self.store.late_payments(self.now_ms, 100));
        let keys = wait(self.store.forgettable_keys(self.now_ms, 100));
        said + &format!("{pending:?} {late:?} {keys:?}")
    }
}

fn key_id(key: u8) -> IdempotencyId {
    IdempotencyId::from_bytes([key % 3; 16])
}

/// The outcome, as the answer.
fn shown() -> AnswerMaker {
    AnswerMaker::new(|outcome| Ok(Binary::from(format!("{outcome:?}").as_bytes())))
}
