//! The audit can fail: shown servers that forget, it says so.

use crate::audit::{Audit, Findings, answered};
use crate::client::{Client, Token};
use crate::ledger::{Account, Fate, Ledger, Payment, Registration};
use crate::rounds::Rounds;
use crate::server::{Site, copy_files};
use smile_tests::signer::Signer;
use std::collections::BTreeMap;

#[test]
fn a_store_in_memory_is_found_to_lose_what_it_acknowledged() {
    let mut rounds = Rounds::new("memory", 1);
    let mut kills = 0;
    while rounds.figures.registrations == 0 && kills < 20 {
        rounds.round();
        kills += 1;
    }
    assert!(
        rounds.figures.registrations > 0,
        "nothing happened between the kills"
    );
    let credential = |found: &&String| found.ends_with(": the credential");
    let lost = rounds.findings.lost.iter().filter(credential).count();
    assert_eq!(
        lost,
        rounds.figures.registrations,
        "{:?}",
        rounds.findings.violations()
    );
}

#[test]
fn a_store_set_back_is_found_to_accept_twice() {
    let site = Site::new("sled");
    let mut account = Account {
        signer: Signer::number(1),
        acknowledged_counter: 0,
    };
    // Both challenges are issued, the copy is taken, and both are answered.
    let server = site.start();
    let mut client = Client::new(server.address);
    register(&mut client, "alice", &account.signer);
    let created = answered(client.create_payment("alice", 145));
    let token = Token::Payment(created.secret);
    let request = answered(client.challenge(&token));
    let enrolment = answered(client.open_enrolment("bob"));
    let bob_request = answered(client.challenge(&enrolment));
    server.kill();
    copy_files(&site.store(), &site.beside("copy"));

    let server = site.start();
    let mut client = Client::new(server.address);
    let message = account.signer.authenticate(&request);
    assert!(answered(client.respond(&message)).accepted());
    account.acknowledged_counter = 1;
    let bob = Account {
        signer: Signer::number(2),
        acknowledged_counter: 0,
    };
    let bob_message = bob.signer.register(&bob_request);
    assert!(answered(client.respond(&bob_message)).accepted());
    server.kill();

    let payment = Payment {
        id: created.id,
        user: "alice".to_owned(),
        token,
        unanswered: None,
        answers: vec![(message, 1, Fate::Acknowledged)],
    };
    let registration = Registration::Answered(enrolment, bob_message, Fate::Acknowledged);
    let mut ledger = Ledger {
        registrations: BTreeMap::from([("bob".to_owned(), registration)]),
        payments: vec![payment],
        accounts: BTreeMap::from([("alice".to_owned(), account), ("bob".to_owned(), bob)]),
        unexpected: Vec::new(),
    };
    let sound = audit(&site, &mut ledger);
    assert_eq!(sound.violations(), Vec::<String>::new());
    std::fs::remove_dir_all(site.store()).expect("the store can be removed");
    copy_files(&site.beside("copy"), &site.store());
    // With its mark it might not start.
    std::fs::remove_file(site.mark()).expect("the mark can be moved away");
    let set_back = audit(&site, &mut ledger);
    assert_eq!(
        (set_back.lost.len(), set_back.doubled.len()),
        (2, 2),
        "{:?}",
        set_back.violations()
    );
}

fn audit(site: &Site, ledger: &mut Ledger) -> Findings {
    let mut findings = Findings::default();
    let server = site.start();
    Audit::new(server.address, &mut findings, &mut BTreeMap::new()).round(ledger);
    server.kill();
    findings
}

/// Registers a key.
pub fn register(client: &mut Client, user: &str, signer: &Signer) {
    let token = answered(client.open_enrolment(user));
    let request = answered(client.challenge(&token));
    let verdict = answered(client.respond(&signer.register(&request)));
    assert!(verdict.accepted(), "{verdict:?}");
}
