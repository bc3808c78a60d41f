//! One broken rule: the same message twice, without and with the flaw.

use smile_ceremony::payment::PaymentStatus;
use smile_ceremony::record::CredentialStatus;
use smile_relying_party::store::Table;

use crate::answer::{Ceremony, Flaw, Situation};
use crate::device::Device;
use crate::rows::{Change, changes};
use crate::world::Setting;

/// A table: one row a line. In braces, so that rustfmt leaves the lines as they are.
macro_rules! rows {
    ($($row:expr;)+) => { vec![$($row),+] };
}
pub(crate) use rows;

/// A flaw, and what has to come of it.
pub struct Case {
    pub id: String,
    /// Where the specification states the rule.
    pub section: &'static str,
    ceremony: Ceremony,
    setting: Setting,
    /// Changes that both messages carry.
    given: Vec<Flaw>,
    flaw: Flaw,
    code: u16,
    /// Has to stand in the reason; `…` stands for anything.
    words: String,
    /// Whether the refused message spends its challenge: it does once it names one that is ours and unused.
    spends: bool,
}

/// The case that `flaw` breaks exactly the rule of `section` and is refused with `code` and `words`.
pub fn case(
    id: impl AsRef<str>,
    section: &'static str,
    ceremony: Ceremony,
    flaw: Flaw,
    code: u16,
    words: impl Into<String>,
) -> Case {
    let spends = !matches!(
        flaw,
        Flaw::Meanwhile(_)
            | Flaw::Message(_)
            | Flaw::MessageText(_)
            | Flaw::Envelope(_)
            | Flaw::EnvelopeText(_)
    );
    Case {
        id: format!("{}/{}", ceremony.name(), id.as_ref()),
        section,
        ceremony,
        setting: Setting::Plain,
        given: Vec::new(),
        flaw,
        code,
        words: words.into(),
        spends,
    }
}

impl Case {
    /// Both messages carry this change.
    pub fn given(mut self, change: Flaw) -> Self {
        self.given.push(change);
        self
    }

    /// Both servers are configured in this way.
    pub fn under(mut self, setting: Setting) -> Self {
        self.setting = setting;
        self
    }

    /// The refused message spends its challenge.
    pub fn spends(mut self) -> Self {
        self.spends = true;
        self
    }

    /// What is wrong with the server, if anything is.
    pub fn verdict(&self) -> Result<(), String> {
        let given: Vec<&Flaw> = self.given.iter().collect();
        let mut sound = Situation::under(self.setting, self.ceremony);
        let mut flawed = Situation::under(self.setting, self.ceremony);
        if sound.world.dump() != flawed.world.dump() {
            return Err("the two worlds are not the same".to_owned());
        }
        must_be_accepted(&mut sound, &given)?;
        let flaws = [&given[..], &[&self.flaw]].concat();
        self.must_be_refused(&mut flawed, &flaws)
    }

    fn must_be_refused(&self, situation: &mut Situation, flaws: &[&Flaw]) -> Result<(), String> {
        meanwhile(situation, flaws);
        let envelope = situation.answer(flaws);
        let before = situation.world.dump();
        let (code, reason) = situation.world.respond(&envelope);
        if code != self.code || !reads(&reason, &self.words) {
            let wanted = format!("wanted {} {:?}", self.code, self.words);
            return Err(format!("{wanted}, was answered {code} {reason:?}"));
        }
        let wanted: &[Change] = if self.spends { &[Change::Spent] } else { &[] };
        let changed = changes(&before, &situation.world.dump());
        if changed != wanted {
            return Err(format!(
                "the refusal changed {changed:?}, and should change {wanted:?}"
            ));
        }
        Ok(())
    }
}

fn meanwhile(situation: &mut Situation, flaws: &[&Flaw]) {
    for flaw in flaws {
        if let Flaw::Meanwhile(happens) = flaw {
            happens(situation);
        }
    }
}

/// Whether the parts of `words` stand in `reason`, in their order.
pub fn reads(reason: &str, words: &str) -> bool {
    let mut rest = reason;
    words.split('…').all(|part| match rest.split_once(part) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

/// That the answer is accepted and that exactly what it means is stored.
pub fn must_be_accepted(situation: &mut Situation, given: &[&Flaw]) -> Result<(), String> {
    meanwhile(situation, given);
    let envelope = situation.answer(given);
    let before = situation.world.dump();
    let (code, reason) = situation.world.respond(&envelope);
    if code != 1200 {
        return Err(format!("without the flaw it was answered {code} {reason:?}"));
    }
    let wanted = match situation.ceremony {
        Ceremony::Registration(_) => vec![
            Change::Altered(Table::EnrolmentSessions),
            Change::Spent,
            Change::Added(Table::Credentials),
        ],
        Ceremony::Login(_) => vec![
            Change::Altered(Table::AuthenticationSessions),
            Change::Spent,
            Change::Altered(Table::Credentials),
        ],
        Ceremony::Payment(_) => vec![
            Change::Altered(Table::Payments),
            Change::Spent,
            Change::Altered(Table::Credentials),
            Change::Added(Table::Ledger),
        ],
    };
    let changed = changes(&before, &situation.world.dump());
    if changed != wanted {
        return Err(format!(
            "accepting it changed {changed:?}, and should change {wanted:?}"
        ));
    }
    let mut device = situation.device.clone();
    for change in given {
        if let Flaw::Device(edit) = change {
            edit(&mut device, situation);
        }
    }
    must_be_stored(situation, &device)
}

fn must_be_stored(situation: &Situation, device: &Device) -> Result<(), String> {
    let stored = situation.world.credential("alice", &device.key_id);
    let stored = stored.ok_or("the key is not among alice's")?;
    let attested = if device.is_attested_in_full() {
        0x3E07
    } else {
        0x3E08
    };
    let wanted = (
        device.aaid.to_owned(),
        device.point(),
        device.algorithm(),
        attested,
    );
    let found = (
        stored.aaid.to_string(),
        stored.public_key.original.as_slice().to_vec(),
        stored.public_key.algorithm,
        stored.attestation.attestation_type,
    );
    if found != wanted || stored.status != CredentialStatus::Active {
        return Err(format!(
            "stored was {found:?} {:?}, wanted {wanted:?}",
            stored.status
        ));
    }
    let state = (stored.sign_counter, stored.authenticator_version);
    if state != (device.counter, device.version) {
        return Err(format!("counter and version on record are {state:?}"));
    }
    if let Ceremony::Payment(_) = situation.ceremony {
        let payment = situation.world.payment_of(&situation.context);
        if payment.status() != PaymentStatus::Succeeded || payment.authorisation().is_none() {
            return Err(format!("the payment is {:?}", payment.status()));
        }
    }
    Ok(())
}

/// That every case holds; names all that do not.
pub fn all_hold(cases: &[Case]) {
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let wrong = case.verdict().err()?;
            Some(format!("{} ({}): {wrong}", case.id, case.section))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} cases:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}
