//! `smile-rp pending` and `smile-rp settle`: what a processor has not answered, and an answer given by hand.

use super::stopped::{self, Failure, StoppedStore};
use super::{EXIT_BROKEN, EXIT_USAGE, streams};
use clap::ValueEnum;
use serde_json::json;
use smile_ceremony::identifier::ProcessorName;
use smile_ceremony::payment::{AttemptKind, DeclineCode, OrderReference, PendingCall, Settled};
use smile_ceremony::transition::Transition;
use smile_relying_party::clock::{Clock, SystemClock};
use smile_relying_party::store::{Store, pending_in};
use std::path::PathBuf;
use std::process::ExitCode;

/// List what the processors of a stopped server's store have not answered
///
/// Prints one JSON object a line for each capture, void and refund that is open, of all tenants, the oldest first. Exit
/// status: 0 done, 1 the store cannot be opened, 5 the configuration is not accepted.
#[derive(clap::Args)]
pub struct PendingArguments {
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Record an answer that the processor gave by another way than its own
///
/// The server must be stopped. Ask your processor first what became of the attempt: what is recorded here is what the
/// books say, and nobody asks it again. Exit status: 0 recorded, 3 no such attempt is open, 1 the store cannot be
/// opened, 2 the arguments are wrong, 5 the configuration is not accepted.
#[derive(clap::Args)]
pub struct SettleArguments {
    /// The configuration file of the server
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The attempt, as `pending` lists it
    #[arg(long, value_name = "ID")]
    attempt: String,
    /// What the processor did
    #[arg(long)]
    outcome: Outcome,
    /// Why it declined, such as insufficient_funds; else processor_declined
    #[arg(long, value_name = "CODE")]
    decline_code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// The money moved, or was let go of
    Approved,
    /// It did not
    Declined,
}

/// Lists what is open.
pub fn list(arguments: &PendingArguments) -> ExitCode {
    stopped::ended(listed(arguments))
}

/// Records one answer.
pub fn settle(arguments: &SettleArguments) -> ExitCode {
    stopped::ended(settled(arguments))
}

fn listed(arguments: &PendingArguments) -> Result<(), Failure> {
    let stopped = StoppedStore::open(&arguments.config)?;
    let mut said = String::new();
    for call in open_calls(&stopped)? {
        said += &line(&call);
    }
    streams::print(&said).map_err(stopped::failed)
}

fn settled(arguments: &SettleArguments) -> Result<(), Failure> {
    let wrong = |said: &str| Err((said.to_owned(), ExitCode::from(EXIT_USAGE)));
    let settled = match (arguments.outcome, arguments.decline_code.as_deref()) {
        (Outcome::Approved, None) => Settled::Approved,
        (Outcome::Approved, Some(_)) => return wrong("--decline-code: only with --outcome declined"),
        (Outcome::Declined, None) => Settled::Declined(DeclineCode::ProcessorDeclined),
        (Outcome::Declined, Some(name)) => match DeclineCode::parse(name) {
            Some(code) => Settled::Declined(code),
            None => return wrong("--decline-code: must be a code of docs/api.md"),
        },
    };
    let stopped = StoppedStore::open(&arguments.config)?;
    let found = open_calls(&stopped)?
        .into_iter()
        .find(|call| call.attempt.id.as_str() == arguments.attempt);
    let Some(call) = found else {
        let said = format!("--attempt {}: no such attempt is open", arguments.attempt);
        return Err((said, ExitCode::from(EXIT_BROKEN)));
    };
    let settle = Transition::Settle {
        subject: call.subject(),
        attempt: call.attempt.id.clone(),
        settled,
        now_ms: SystemClock.now_ms(),
    };
    stopped.wait(stopped.store.commit(settle))?;
    let subject = match &call.refund {
        Some(refund) => refund.as_str(),
        None => call.payment.as_str(),
    };
    let outcome = match arguments.outcome {
        Outcome::Approved => "approved",
        Outcome::Declined => "declined",
    };
    streams::print(&format!("{subject}: recorded as {outcome}\n")).map_err(stopped::failed)
}

/// The oldest first: who settles by hand begins with those.
fn open_calls(stopped: &StoppedStore) -> Result<Vec<PendingCall>, Failure> {
    let rows = stopped.wait(stopped.store.dump())?;
    let mut calls = pending_in(&rows).map_err(stopped::failed)?;
    calls.sort_by_key(|call| call.attempt.begun_at_ms);
    Ok(calls)
}

fn line(call: &PendingCall) -> String {
    let kind = match call.attempt.kind {
        AttemptKind::Capture => "capture",
        AttemptKind::Void => "void",
        AttemptKind::Refund => "refund",
        _ => "unknown",
    };
    let shown = json!({
        "attempt": call.attempt.id,
        "type": kind,
        "tenant": call.tenant,
        "processor": call.processor.as_ref().map(ProcessorName::as_str),
        "payment_intent": call.payment,
        "order": call.order.as_ref().map(OrderReference::as_str),
        "refund": call.refund,
        "amount": call.attempt.amount.minor_units(),
        "currency": call.attempt.amount.currency().as_str(),
        "asked_since": call.attempt.begun_at_ms / 1000,
    });
    format!("{shown}\n")
}
