//! Payments after a restart.

use super::{Audit, accepted, answered};
use crate::client::Failure;
use crate::ledger::{Account, Fate, Payment};
use smile_quickstart::receipt;

impl Audit<'_> {
    /// Checks one payment and completes it if it is not complete.
    pub(super) fn payment(&mut self, payment: &mut Payment, account: &mut Account) {
        if payment.acknowledged() > 0 {
            self.acknowledged(payment);
        } else {
            self.open(payment, account);
        }
    }

    /// A payment that was acknowledged before the kill, once.
    fn acknowledged(&mut self, payment: &Payment) {
        if payment.acknowledged() > 1 {
            let times = payment.acknowledged();
            self.findings
                .doubled
                .push(format!("{}: acknowledged {times} times", payment.id));
        }
        self.must_be_paid(&payment.id);
        for (message, _, fate) in &payment.answers {
            match fate {
                Fate::Acknowledged | Fate::Refused => self.replay(&payment.id, message),
                // Its challenge may still be unused; its payment is not.
                Fate::InDoubt | Fate::Unsent => {
                    let again = accepted(&self.send_again(message));
                    if again > 0 {
                        self.findings
                            .doubled
                            .push(format!("{}: authorised by a second challenge", payment.id));
                    }
                }
            }
        }
    }

    /// A payment of which nobody knows that it was authorised.
    fn open(&mut self, payment: &mut Payment, account: &mut Account) {
        let before = answered(self.client.status(&payment.id));
        let in_doubt = payment.with(Fate::InDoubt);
        if before == "unknown" {
            self.findings
                .lost
                .push(format!("{}: a payment that was created", payment.id));
            return;
        }
        if in_doubt == 0 && before != "requires_action" {
            self.findings
                .wrong
                .push(format!("{}: nobody signed it, and it is {before}", payment.id));
        }
        let mut times = usize::from(before == "succeeded");
        let doubtful = payment.answers.iter_mut();
        for (_, counter, fate) in doubtful.filter(|(_, _, fate)| times == 1 && *fate == Fate::InDoubt) {
            // Nothing else was sent, so it was this one.
            *fate = Fate::Acknowledged;
            account.acknowledged_counter = account.acknowledged_counter.max(*counter);
        }
        for index in 0..payment.answers.len() {
            let again = accepted(&self.send_again(&payment.answers[index].0));
            if again > 0 {
                payment.answers[index].2 = Fate::Acknowledged;
                account.acknowledged_counter = account.acknowledged_counter.max(payment.answers[index].1);
            }
            times += again;
        }
        if times > 1 {
            self.findings
                .doubled
                .push(format!("{}: authorised {times} times", payment.id));
        }
        if in_doubt > 0 {
            match (before.as_str(), times) {
                ("succeeded", _) => self.findings.doubt_took_effect += 1,
                (_, 0) => self.findings.doubt_spent_only += 1,
                _ => self.findings.doubt_accepted_again += 1,
            }
        }
        if times == 0 {
            self.sign_anew(payment, account);
        }
        self.must_be_paid(&payment.id);
    }

    /// Signs a payment that waits: the challenge that was left unanswered, or a new one.
    fn sign_anew(&mut self, payment: &mut Payment, account: &mut Account) {
        let request = match payment
            .unanswered
            .take()
            .map_or_else(|| self.client.challenge(&payment.token), Ok)
        {
            Ok(request) => request,
            Err(Failure::Refused(verdict)) => {
                self.findings
                    .lost
                    .push(format!("{}: no challenge: {verdict:?}", payment.id));
                return;
            }
            cut => answered(cut),
        };
        let message = account.signer.authenticate(&request);
        match accepted(&self.send_again(&message)) {
            0 => self
                .findings
                .lost
                .push(format!("{}: a challenge of its own", payment.id)),
            1 => self.findings.continued += 1,
            more => self
                .findings
                .doubled
                .push(format!("{}: one challenge, {more} acceptances", payment.id)),
        }
        account.acknowledged_counter = account.signer.counter();
        payment
            .answers
            .push((message, account.signer.counter(), Fate::Acknowledged));
    }

    /// The payment has succeeded, and its receipt says so under the server's signature.
    pub(super) fn must_be_paid(&mut self, payment: &str) {
        let status = answered(self.client.status(payment));
        if status != "succeeded" {
            self.findings
                .lost
                .push(format!("{payment}: authorised, and now {status}"));
            return;
        }
        let keys = answered(self.client.receipt_keys());
        let signed = answered(self.client.receipt(payment));
        let said = receipt::verify(&signed, &keys)
            .and_then(|payload| receipt::Facts::decode(&payload))
            .map(|facts| facts.lines().to_vec());
        let says = |name: &str, value: &str| {
            let lines = said.as_ref().map(Vec::as_slice).unwrap_or_default();
            lines.iter().any(|(found, text)| *found == name && text == value)
        };
        if !says("payment", payment) || !says("status", "succeeded") {
            self.findings
                .wrong
                .push(format!("{payment}: its receipt is {said:?}"));
        }
    }
}
