//! Registrations after a restart.

use super::{Audit, accepted, answered};
use crate::client::{Failure, Token};
use crate::ledger::{Fate, Registration};
use smile_tests::signer::Signer;

impl Audit<'_> {
    /// Checks one registration and completes it if it is not complete.
    pub(super) fn registration(&mut self, user: &str, signer: &Signer, registration: &mut Registration) {
        match registration {
            Registration::Answered(token, message, Fate::Acknowledged) => {
                if !self.has_key(user, signer) {
                    self.findings.lost.push(format!("{user}: the credential"));
                }
                self.replay(user, message);
                self.must_be_closed(user, token);
            }
            Registration::Answered(token, message, _) => {
                let (token, message) = (token.clone(), message.clone());
                let message = self.settle(user, signer, &token, message);
                *registration = Registration::Answered(token, message, Fate::Acknowledged);
            }
            Registration::Challenged(token, request) => {
                let message = signer.register(request);
                let token = token.clone();
                match accepted(&self.send_again(&message)) {
                    0 => self
                        .findings
                        .lost
                        .push(format!("{user}: the challenge of a registration")),
                    1 => self.findings.continued += 1,
                    more => self
                        .findings
                        .doubled
                        .push(format!("{user}: one challenge, {more} registrations")),
                }
                *registration = Registration::Answered(token, message, Fate::Acknowledged);
            }
            Registration::Opened(token) => {
                let token = token.clone();
                if let Some(message) = self.register_anew(user, signer, &token) {
                    self.findings.continued += 1;
                    *registration = Registration::Answered(token, message, Fate::Acknowledged);
                }
            }
        }
    }

    /// Settles a registration whose answer did not come; the message that is registered afterwards.
    fn settle(&mut self, user: &str, signer: &Signer, token: &Token, message: String) -> String {
        let was_there = self.has_key(user, signer);
        let verdicts = self.send_again(&message);
        let again = accepted(&verdicts);
        if again + usize::from(was_there) > 1 {
            self.findings
                .doubled
                .push(format!("{user}: one challenge, {again} more after the restart"));
        }
        if was_there {
            self.findings.doubt_took_effect += 1;
        } else if again > 0 {
            self.findings.doubt_accepted_again += 1;
        } else {
            // The challenge was taken, and the server died before it could register: the session is still open.
            if let Some(odd) = verdicts.iter().find(|verdict| !verdict.already_used()) {
                self.findings
                    .wrong
                    .push(format!("{user}: refused, and not as used: {odd:?}"));
            }
            self.findings.doubt_spent_only += 1;
            return self.register_anew(user, signer, token).unwrap_or(message);
        }
        if !self.has_key(user, signer) {
            self.findings
                .lost
                .push(format!("{user}: the credential that settled the doubt"));
        }
        message
    }

    /// Registers with a new challenge of an old enrolment session, which an acknowledged answer promised.
    fn register_anew(&mut self, user: &str, signer: &Signer, token: &Token) -> Option<String> {
        let request = match self.client.challenge(token) {
            Ok(request) => request,
            Err(Failure::Refused(verdict)) => {
                self.findings
                    .lost
                    .push(format!("{user}: the enrolment session: {verdict:?}"));
                return None;
            }
            cut => answered(cut),
        };
        let message = signer.register(&request);
        let again = accepted(&self.send_again(&message));
        if again != 1 || !self.has_key(user, signer) {
            self.findings
                .wrong
                .push(format!("{user}: a new registration was accepted {again} times"));
        }
        Some(message)
    }

    /// A completed enrolment session gives no second challenge.
    fn must_be_closed(&mut self, user: &str, token: &Token) {
        match self.client.challenge(token) {
            Err(Failure::Refused(verdict)) if verdict.code == 1401 => {}
            Err(Failure::Cut(cut)) => panic!("a running server answers: {cut}"),
            other => {
                let rule =
                    format!("{user}: a completed enrolment session is refused with 1401, not {other:?}");
                self.findings.doubled.push(rule);
            }
        }
    }

    /// Whether this key, and no other, is the user's.
    pub(super) fn has_key(&mut self, user: &str, signer: &Signer) -> bool {
        let credentials = answered(self.client.credentials(user));
        if credentials.len() > 1 {
            self.findings
                .doubled
                .push(format!("{user}: {} credentials of one key", credentials.len()));
        }
        credentials.iter().any(|(key_id, _)| *key_id == signer.key_id())
    }
}
