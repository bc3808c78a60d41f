//! `kill -9` in the middle of registrations and payments: nothing acknowledged is lost, no challenge is accepted
//! twice, no payment is authorised twice.
//!
//! The real program runs on the sled store in a folder; clients register and pay over HTTP and note every answer; the
//! program is killed at a random moment, at times also while it starts again; then everything noted is checked, and
//! everything sent is sent again. `$SMILE_KILLS` says how often, `$SMILE_SEED` with which dice.
//!
//! What this does not show is a power cut: the kernel keeps what a killed process wrote. That acknowledgements wait
//! for the disk is shown by the server's own tests.

mod audit;
mod chance;
mod client;
mod controls;
mod damage;
mod ledger;
mod rounds;
mod server;
mod workers;

use rounds::Rounds;
use smile_tests::scale::kills;
use std::time::Instant;

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let (began, seed) = (Instant::now(), chance::seed());
    println!("SMILE_SEED={seed}");
    let mut rounds = Rounds::new("sled", seed);
    for _ in 0..kills() {
        rounds.round();
    }
    rounds.look_back();
    let (figures, findings) = (&rounds.figures, &rounds.findings);
    println!(
        "{} kills at work and {} at start: {} registrations and {} payments acknowledged, {} lost, {} accepted twice, \
         in {:.0} s",
        figures.kills,
        figures.starts_killed,
        figures.registrations,
        figures.payments,
        findings.lost.len(),
        findings.doubled.len(),
        began.elapsed().as_secs_f64()
    );
    println!(
        "{} registrations and {} payments were sent without an answer: {} had taken effect, {} had spent their \
         challenge only, {} were accepted when sent again; {} challenges and sessions went on; {} replays",
        figures.registrations_in_doubt,
        figures.payments_in_doubt,
        findings.doubt_took_effect,
        findings.doubt_spent_only,
        findings.doubt_accepted_again,
        findings.continued,
        findings.replays
    );
    let violations = findings.violations();
    assert!(
        violations.is_empty(),
        "SMILE_SEED={seed}\n{}",
        violations.join("\n")
    );
    assert!(
        figures.registrations > 0 && figures.payments > 0,
        "nothing happened between the kills"
    );
    let in_doubt = figures.registrations_in_doubt + figures.payments_in_doubt;
    let settled = findings.doubt_took_effect + findings.doubt_spent_only + findings.doubt_accepted_again;
    assert_eq!(in_doubt, settled, "every doubt is settled, once");
    assert!(in_doubt > 0, "no kill hit a response on its way");
}
