//! After a restart: is everything there that was acknowledged, and does nothing happen a second time?
//!
//! Every response that was ever sent, or could have been, is sent again, by several connections at once. Of each
//! challenge and each payment all acceptances are counted, those before the kill, those after it, and those whose
//! answer was lost but whose effect is there.

mod payments;
mod registrations;

use crate::client::{Client, Failure, Verdict};
use crate::ledger::{Account, Ledger};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Connections that send one message at the same time.
const RIVALS: usize = 3;

/// What the audits of a whole test found.
#[derive(Default)]
pub struct Findings {
    /// What was acknowledged and is not there.
    pub lost: Vec<String>,
    /// What happened more than once.
    pub doubled: Vec<String>,
    /// Anything else that must not be.
    pub wrong: Vec<String>,
    /// Messages without an answer whose effect was there after the restart.
    pub doubt_took_effect: usize,
    /// Messages without an answer whose challenge was spent and that had no effect.
    pub doubt_spent_only: usize,
    /// Messages without an answer that had not reached the store, and were accepted when sent again.
    pub doubt_accepted_again: usize,
    /// Challenges and sessions from before the kill with which work went on after it.
    pub continued: usize,
    /// Messages sent again, each of which had to be refused.
    pub replays: usize,
}

impl Findings {
    /// Every violation, a line each.
    pub fn violations(&self) -> Vec<String> {
        let named = [
            ("lost", &self.lost),
            ("accepted twice", &self.doubled),
            ("wrong", &self.wrong),
        ];
        let lines = named
            .iter()
            .flat_map(|(name, found)| found.iter().map(move |one| format!("{name}: {one}")));
        lines.collect()
    }
}

/// One look at a restarted server.
pub struct Audit<'a> {
    client: Client,
    rivals: Vec<Client>,
    findings: &'a mut Findings,
    /// The highest counter that the server ever showed, by user.
    shown_counters: &'a mut BTreeMap<String, u64>,
}

impl<'a> Audit<'a> {
    /// A look at the server at `address`, reporting to `findings`.
    pub fn new(
        address: SocketAddr,
        findings: &'a mut Findings,
        shown_counters: &'a mut BTreeMap<String, u64>,
    ) -> Self {
        Self {
            client: Client::new(address),
            rivals: (0..RIVALS).map(|_| Client::new(address)).collect(),
            findings,
            shown_counters,
        }
    }

    /// Checks everything that a round of work noted, and goes on with what it left open, so that nothing of the round
    /// is in doubt afterwards.
    pub fn round(&mut self, ledger: &mut Ledger) {
        self.findings.wrong.append(&mut ledger.unexpected);
        let Ledger {
            registrations,
            payments,
            accounts,
            ..
        } = ledger;
        for (user, registration) in registrations.iter_mut() {
            self.registration(user, &accounts[user].signer, registration);
        }
        // What is in doubt comes first: its counters are the last that the keys had signed before the kill.
        payments.sort_by_key(|payment| payment.answers.is_empty());
        for payment in payments.iter_mut() {
            let account = accounts.get_mut(&payment.user).expect("payers have keys");
            self.payment(payment, account);
        }
        for (user, account) in accounts {
            self.counter(user, account);
        }
    }

    /// Counters never go back: not behind what was acknowledged, not behind what was ever shown.
    fn counter(&mut self, user: &str, account: &Account) {
        let credentials = answered(self.client.credentials(user));
        let Some((_, counter)) = credentials
            .iter()
            .find(|(key_id, _)| *key_id == account.signer.key_id())
        else {
            return;
        };
        let shown = self.shown_counters.entry(user.to_owned()).or_default();
        let least = (*shown).max(account.acknowledged_counter.into());
        if *counter < least || *counter > account.signer.counter().into() {
            let rule = format!(
                "{user}: the counter is {counter}, must be {least} to {}",
                account.signer.counter()
            );
            self.findings.wrong.push(rule);
        }
        *shown = (*shown).max(*counter);
    }

    /// Sends a message on several connections at once; the verdicts.
    fn send_again(&mut self, message: &str) -> Vec<Verdict> {
        std::thread::scope(|scope| {
            let sent: Vec<_> = self
                .rivals
                .iter_mut()
                .map(|client| scope.spawn(move || answered(client.respond(message))))
                .collect();
            sent.into_iter()
                .map(|one| one.join().expect("the server answers"))
                .collect()
        })
    }

    /// Sends a message whose challenge was presented before: it must be refused for that reason.
    fn replay(&mut self, whose: &str, message: &str) {
        self.findings.replays += 1;
        let verdict = answered(self.client.respond(message));
        if verdict.accepted() {
            self.findings
                .doubled
                .push(format!("{whose}: a challenge that was acknowledged before"));
        } else if !verdict.already_used() {
            self.findings
                .wrong
                .push(format!("{whose}: not refused as used, but {verdict:?}"));
        }
    }
}

/// How many of the verdicts accept.
fn accepted(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| verdict.accepted()).count()
}

/// An answer of a server that nobody kills.
pub fn answered<T>(answer: Result<T, Failure>) -> T {
    answer.unwrap_or_else(|failure| panic!("a running server answers: {failure:?}"))
}
