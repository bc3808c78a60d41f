//! What the clients know of the server's promises: every answer that came, and every question whose answer did not.

use crate::client::Token;
use smile_tests::signer::Signer;
use std::collections::BTreeMap;

/// What became of a message that answers a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The server said 1200.
    Acknowledged,
    /// The server refused it, as it should.
    Refused,
    /// It was sent, or was about to be sent, and no answer came.
    InDoubt,
    /// It was signed and never sent.
    Unsent,
}

/// How far a registration came.
pub enum Registration {
    /// The enrolment session is open and nothing else is known.
    Opened(Token),
    /// The server issued a challenge, and nobody answered it.
    Challenged(Token, String),
    /// The challenge was answered by this message.
    Answered(Token, String, Fate),
}

/// A payment that the server acknowledged to have created.
pub struct Payment {
    /// `pi_…`
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// The client secret.
    pub token: Token,
    /// A request whose challenge nobody answered.
    pub unanswered: Option<String>,
    /// Answers to its challenges, in the order of their counters, each with its counter.
    pub answers: Vec<(String, u32, Fate)>,
}

impl Payment {
    /// How many of its answers were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.with(Fate::Acknowledged)
    }

    /// How many of its answers had this fate.
    pub fn with(&self, fate: Fate) -> usize {
        self.answers.iter().filter(|(_, _, found)| *found == fate).count()
    }
}

/// One user's key.
#[derive(Clone)]
pub struct Account {
    /// The key, with the counter that it signed last.
    pub signer: Signer,
    /// Highest counter that the server acknowledged.
    pub acknowledged_counter: u32,
}

/// What one round of work brought.
#[derive(Default)]
pub struct Ledger {
    /// By user: at most one registration each.
    pub registrations: BTreeMap<String, Registration>,
    /// In the order of their creation, each user's own.
    pub payments: Vec<Payment>,
    /// The keys of all users, also those not registered yet.
    pub accounts: BTreeMap<String, Account>,
    /// Answers that the rules do not allow.
    pub unexpected: Vec<String>,
}

impl Ledger {
    /// Registrations that the server acknowledged.
    pub fn registered(&self) -> usize {
        self.count(|fate| fate == Fate::Acknowledged)
    }

    /// Registrations that were sent without an answer.
    pub fn registrations_in_doubt(&self) -> usize {
        self.count(|fate| fate == Fate::InDoubt)
    }

    /// Payments that the server acknowledged to be authorised.
    pub fn paid(&self) -> usize {
        self.payments
            .iter()
            .filter(|payment| payment.acknowledged() > 0)
            .count()
    }

    /// Payments of which no answer was acknowledged and one was sent without an answer.
    pub fn payments_in_doubt(&self) -> usize {
        let in_doubt = |payment: &&Payment| payment.acknowledged() == 0 && payment.with(Fate::InDoubt) > 0;
        self.payments.iter().filter(in_doubt).count()
    }

    fn count(&self, wanted: impl Fn(Fate) -> bool) -> usize {
        let answered = |registration: &&Registration| matches!(registration, Registration::Answered(_, _, fate) if wanted(*fate));
        self.registrations.values().filter(answered).count()
    }
}
