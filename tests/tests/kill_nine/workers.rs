//! Clients that register and pay, several at once, until the server is gone.

use crate::chance::Chance;
use crate::client::{Client, Failure, Token, Verdict};
use crate::ledger::{Account, Fate, Ledger, Payment, Registration};
use smile_tests::signer::Signer;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Numbers for new users: no two users of a test have the same name or key.
#[derive(Default)]
pub struct Newcomers(AtomicU32);

impl Newcomers {
    /// A user that never was, with a key that never was.
    pub fn next(&self) -> (String, Account) {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let account = Account {
            signer: Signer::number(number),
            acknowledged_counter: 0,
        };
        (format!("user-{number}"), account)
    }
}

/// Why a client stops.
pub struct Stop;

/// One client. Each user's key is used by one client at a time, as on a device.
pub struct Worker<'a> {
    client: Client,
    chance: Chance,
    ledger: &'a Mutex<Ledger>,
    newcomers: &'a Newcomers,
    /// Set before the server is killed: a connection that breaks earlier is the server's fault.
    killed: &'a AtomicBool,
}

impl<'a> Worker<'a> {
    /// A client of the server at `address`.
    pub fn new(
        address: SocketAddr,
        chance: Chance,
        ledger: &'a Mutex<Ledger>,
        newcomers: &'a Newcomers,
        killed: &'a AtomicBool,
    ) -> Self {
        Self {
            client: Client::new(address),
            chance,
            ledger,
            newcomers,
            killed,
        }
    }

    /// Registers and pays until the server is gone. `regular`, if any, is a user with a key from an earlier round.
    pub fn work(mut self, regular: Option<String>) {
        let mut user = regular;
        loop {
            let step = match &user {
                Some(user) if !self.chance.once_in(4) => self.pay(user),
                _ => self
                    .register()
                    .map(|registered| user = registered.or(user.take())),
            };
            if step.is_err() {
                return;
            }
        }
    }

    /// Registers a new user; `None` where its challenge is left unanswered.
    fn register(&mut self) -> Result<Option<String>, Stop> {
        let (user, account) = self.newcomers.next();
        let token = self.client.open_enrolment(&user);
        let token = self.must(token)?;
        let signer = account.signer.clone();
        self.note(|ledger| {
            ledger.accounts.insert(user.clone(), account);
            let opened = Registration::Opened(token.clone());
            ledger.registrations.insert(user.clone(), opened);
        });
        let request = self.client.challenge(&token);
        let request = self.must(request)?;
        if self.chance.once_in(8) {
            let left = Registration::Challenged(token, request);
            self.note(|ledger| ledger.registrations.insert(user, left));
            return Ok(None);
        }
        let message = signer.register(&request);
        let answer = self.client.respond(&message);
        let (fate, step) = self.judge(answer, true);
        let answered = Registration::Answered(token, message, fate);
        self.note(|ledger| ledger.registrations.insert(user.clone(), answered));
        step.map(|()| Some(user))
    }

    /// Pays once: mostly with one challenge; at times with two, both answered; at times the challenge is left alone.
    fn pay(&mut self, user: &str) -> Result<(), Stop> {
        let amount = 1 + self.chance.below(100_000);
        let created = self.client.create_payment(user, amount);
        let created = self.must(created)?;
        let token = Token::Payment(created.secret);
        let mut payment = Payment {
            id: created.id,
            user: user.to_owned(),
            token,
            unanswered: None,
            answers: Vec::new(),
        };
        let step = self.sign(&mut payment);
        self.note(|ledger| {
            let accepted = payment
                .answers
                .iter()
                .filter(|(_, _, fate)| *fate == Fate::Acknowledged);
            let counter = accepted.map(|(_, counter, _)| *counter).max();
            let account = ledger.accounts.get_mut(user).expect("payers have keys");
            account.acknowledged_counter = account.acknowledged_counter.max(counter.unwrap_or(0));
            ledger.payments.push(payment);
        });
        step
    }

    fn sign(&mut self, payment: &mut Payment) -> Result<(), Stop> {
        let request = self.client.challenge(&payment.token);
        let request = self.must(request)?;
        if self.chance.once_in(8) {
            payment.unanswered = Some(request);
            return Ok(());
        }
        let rival = if self.chance.once_in(4) {
            let rival = self.client.challenge(&payment.token);
            Some(self.must(rival)?)
        } else {
            None
        };
        for request in [Some(request), rival].into_iter().flatten() {
            let signed = self.note(|ledger| {
                let account = ledger.accounts.get_mut(&payment.user).expect("payers have keys");
                (account.signer.authenticate(&request), account.signer.counter())
            });
            payment.answers.push((signed.0, signed.1, Fate::Unsent));
        }
        for index in 0..payment.answers.len() {
            let answer = self.client.respond(&payment.answers[index].0);
            // The first answer authorises the payment; a second one finds it authorised.
            let (fate, step) = self.judge(answer, index == 0);
            payment.answers[index].2 = fate;
            step?;
        }
        Ok(())
    }

    fn judge(&mut self, answer: Result<Verdict, Failure>, wanted: bool) -> (Fate, Result<(), Stop>) {
        match answer {
            Ok(verdict) => {
                if verdict.accepted() != wanted {
                    self.note(|ledger| {
                        ledger
                            .unexpected
                            .push(format!("accepted must be {wanted}: {verdict:?}"))
                    });
                }
                let fate = if verdict.accepted() {
                    Fate::Acknowledged
                } else {
                    Fate::Refused
                };
                (fate, Ok(()))
            }
            Err(failure) => (Fate::InDoubt, self.must(Err(failure))),
        }
    }

    /// What was asked for; stops at a cut, and notes a cut that nobody made and a refusal.
    fn must<T>(&self, answer: Result<T, Failure>) -> Result<T, Stop> {
        let failure = match answer {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        if matches!(failure, Failure::Refused(_)) || !self.killed.load(Ordering::SeqCst) {
            self.note(|ledger| {
                ledger
                    .unexpected
                    .push(format!("while nobody killed the server: {failure:?}"))
            });
        }
        Err(Stop)
    }

    fn note<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.ledger.lock().expect("no client panics"))
    }
}
