//! Rounds of work, kill, restart and audit on one folder.

use crate::audit::{Audit, Findings, answered};
use crate::chance::Chance;
use crate::client::{Client, Token};
use crate::ledger::{Account, Ledger};
use crate::server::{Server, Site};
use crate::workers::{Newcomers, Worker};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Clients at work at the same time.
const CLIENTS: usize = 6;

/// A server is killed after 20 to 420 ms of work: a few dozen to some hundred commits, so that most kills hit one.
const WORK_US: (u64, u64) = (20_000, 400_000);

/// A start that is killed is killed within its first 30 ms, in which it opens and recovers the store.
const START_US: u64 = 30_000;

/// Numbers of a whole test.
#[derive(Default)]
pub struct Figures {
    pub kills: u32,
    pub starts_killed: u32,
    pub registrations: usize,
    pub payments: usize,
    pub registrations_in_doubt: usize,
    pub payments_in_doubt: usize,
}

/// A test on one folder, from its first start to its last.
pub struct Rounds {
    pub site: Site,
    pub findings: Findings,
    pub figures: Figures,
    chance: Chance,
    newcomers: Newcomers,
    shown_counters: BTreeMap<String, u64>,
    /// The rounds before the present one; nothing in them is in doubt any more.
    settled: Vec<Ledger>,
    /// Every key as it was left after the last round that used it.
    accounts: BTreeMap<String, Account>,
    /// Users with keys from earlier rounds, who go on paying.
    regulars: Vec<String>,
}

impl Rounds {
    /// A folder without data, on the engine `sled` or `memory`.
    pub fn new(engine: &str, seed: u64) -> Self {
        Self {
            site: Site::new(engine),
            findings: Findings::default(),
            figures: Figures::default(),
            chance: Chance::seeded(seed),
            newcomers: Newcomers::default(),
            shown_counters: BTreeMap::new(),
            settled: Vec::new(),
            accounts: BTreeMap::new(),
            regulars: Vec::new(),
        }
    }

    /// One kill in the middle of work, and the audit after the restart.
    pub fn round(&mut self) {
        let mut ledger = self.work_until_killed();
        self.figures.registrations += ledger.registered();
        self.figures.payments += ledger.paid();
        self.figures.registrations_in_doubt += ledger.registrations_in_doubt();
        self.figures.payments_in_doubt += ledger.payments_in_doubt();
        while self.chance.once_in(3) {
            self.site
                .start_and_kill(Duration::from_micros(self.chance.below(START_US)));
            self.figures.starts_killed += 1;
        }
        let server = self.site.start();
        self.audit(&server).round(&mut ledger);
        self.new_work_succeeds(server.address);
        self.settle(ledger);
        // The server that was audited is killed too, without being asked to end.
        server.kill();
    }

    /// Looks at everything that all rounds were promised, once more.
    pub fn look_back(&mut self) {
        let server = self.site.start();
        for mut ledger in std::mem::take(&mut self.settled) {
            for (user, account) in &mut ledger.accounts {
                *account = self.accounts[user].clone();
            }
            self.audit(&server).round(&mut ledger);
        }
    }

    fn audit(&mut self, server: &Server) -> Audit<'_> {
        Audit::new(server.address, &mut self.findings, &mut self.shown_counters)
    }

    fn work_until_killed(&mut self) -> Ledger {
        let server = self.site.start();
        let (address, killed) = (server.address, AtomicBool::new(false));
        let regulars = std::mem::take(&mut self.regulars);
        let account = |user: &String| (user.clone(), self.accounts[user].clone());
        let ledger = Mutex::new(Ledger {
            accounts: regulars.iter().map(account).collect(),
            ..Ledger::default()
        });
        let chances: Vec<Chance> = (0..CLIENTS).map(|_| self.chance.split()).collect();
        let work = Duration::from_micros(WORK_US.0 + self.chance.below(WORK_US.1));
        std::thread::scope(|scope| {
            for (index, chance) in chances.into_iter().enumerate() {
                let worker = Worker::new(address, chance, &ledger, &self.newcomers, &killed);
                let regular = regulars.get(index).cloned();
                scope.spawn(move || worker.work(regular));
            }
            std::thread::sleep(work);
            killed.store(true, Ordering::SeqCst);
            server.kill();
        });
        self.figures.kills += 1;
        ledger.into_inner().expect("no client panics")
    }

    /// Keeps a round for the look back, and lets some of its users, all of whom have keys now, pay in the next one too.
    fn settle(&mut self, ledger: Ledger) {
        let mut users: Vec<String> = ledger.accounts.keys().cloned().collect();
        while users.len() > CLIENTS {
            let index = self.chance.below(users.len() as u64);
            users.swap_remove(usize::try_from(index).expect("an index"));
        }
        self.regulars = users;
        self.accounts.extend(ledger.accounts.clone());
        self.settled.push(ledger);
    }

    /// A new user registers and pays; the counter of that signature is not accepted again.
    fn new_work_succeeds(&mut self, address: SocketAddr) {
        let mut client = Client::new(address);
        let (user, mut account) = self.newcomers.next();
        let mut wrong = |rule: String| {
            self.findings
                .wrong
                .push(format!("new work after a restart: {rule}"))
        };
        let token = answered(client.open_enrolment(&user));
        let request = answered(client.challenge(&token));
        let registered = answered(client.respond(&account.signer.register(&request)));
        if !registered.accepted() {
            wrong(format!("a registration: {registered:?}"));
            return;
        }
        for repeats_counter in [false, true, false] {
            let payment = answered(client.create_payment(&user, 145));
            let request = answered(client.challenge(&Token::Payment(payment.secret)));
            let message = match repeats_counter {
                true => account.signer.authenticate_again(&request),
                false => account.signer.authenticate(&request),
            };
            let verdict = answered(client.respond(&message));
            let (code, status) = if repeats_counter {
                (1492, "requires_action")
            } else {
                (1200, "succeeded")
            };
            let found = answered(client.status(&payment.id));
            if verdict.code != code || found != status {
                wrong(format!(
                    "a payment: {verdict:?} and {found}, not {code} and {status}"
                ));
            }
        }
    }
}
