//! How a web page earns a token: its user types six digits that only the agent shows.
//!
//! The code proves that whoever sits before the page also sees the agent. It guards against a page that got onto the
//! allow-list by mistake, not against software on this machine. A token belongs to one origin, and only its SHA-256 is
//! kept: it holds 256 random bits, so there is no dictionary to try.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smile_protocol::base64url;
use subtle::ConstantTimeEq;

use crate::error::AgentError;
use crate::files;
use crate::origin::Origin;
use crate::rate::{Allowance, RateCap};
use crate::refusal::{Refusal, RefusalCode};

/// How long a code is good for.
pub const PAIRING_LIFETIME_MS: u64 = 120_000;
/// Wrong codes that end a pairing.
pub const WRONG_CODES_MAX: u32 = 5;
/// Wrong codes of one origin, in however many pairings, after which it is locked until the user unlocks it or the agent
/// starts anew: without that a patient page would guess a code some day.
pub const WRONG_CODES_UNTIL_LOCKED: u32 = 15;
/// Each new pairing shows the user a new code; more in a row are noise.
const PAIRINGS: Allowance = Allowance {
    count: 5,
    window_ms: 600_000,
};

/// One origin that was paired, as it is kept.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// Whose token it is.
    pub origin: String,
    /// SHA-256 of the token, in hexadecimal.
    token_sha256: String,
    /// When, Unix milliseconds.
    pub paired_at_ms: u64,
}

/// A pairing under way.
struct Pending {
    id: String,
    origin: Origin,
    code: String,
    /// By a clock that never goes back.
    expires_at_ms: u64,
    wrong: u32,
}

/// A pairing as the agent's own page shows it.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Who asks.
    pub origin: String,
    /// The six digits.
    pub code: String,
    /// Milliseconds left.
    pub expires_in_ms: u64,
}

/// All pairings of this home.
pub struct Pairings {
    file: PathBuf,
    paired: Vec<Paired>,
    pending: Vec<Pending>,
    begun: RateCap<String>,
    /// Wrong codes since an origin was paired or unlocked. The keys are origins of the allow-list.
    wrong: HashMap<String, u32>,
}

impl Pairings {
    /// Reads what is kept in `file`.
    ///
    /// # Errors
    /// The file cannot be read, or is not what this program writes.
    pub fn open(file: PathBuf) -> Result<Self, AgentError> {
        let paired = match files::read(&file).map_err(AgentError::file(&file))? {
            None => Vec::new(),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| AgentError::Config {
                file: file.clone(),
                rule: format!("is not the list of pairings that it should be: {error}"),
            })?,
        };
        Ok(Self {
            file,
            paired,
            pending: Vec::new(),
            begun: RateCap::new(PAIRINGS),
            wrong: HashMap::new(),
        })
    }

    /// Begins a pairing with `origin`, in place of an earlier one of the same origin. Returns its identifier and its
    /// code, which is for the agent's own screen.
    ///
    /// # Errors
    /// `pairing_locked`, `too_many_requests`, `internal`.
    pub fn begin(&mut self, origin: &Origin, now_ms: u64) -> Result<(String, String), Refusal> {
        self.not_locked(origin)?;
        if !self.begun.admit(origin.as_str().to_owned(), now_ms) {
            let rule = "at most 5 pairings in ten minutes";
            return Err(Refusal::new(RefusalCode::TooManyRequests, rule));
        }
        let id = format!(
            "pair_{}",
            base64url::encode(&files::random::<16>().map_err(no_disk)?)
        );
        let code = six_digits().map_err(no_disk)?;
        self.pending.retain(|pending| pending.origin != *origin);
        self.pending.push(Pending {
            id: id.clone(),
            origin: origin.clone(),
            code: code.clone(),
            expires_at_ms: now_ms.saturating_add(PAIRING_LIFETIME_MS),
            wrong: 0,
        });
        Ok((id, code))
    }

    /// Ends a pairing with its code, and returns the token.
    ///
    /// # Errors
    /// `pairing_locked`, `pairing_unknown`, `pairing_expired`, `pairing_code_wrong`, `pairing_ended`, `internal`.
    pub fn finish(
        &mut self,
        origin: &Origin,
        id: &str,
        code: &str,
        now_ms: u64,
        wall_ms: u64,
    ) -> Result<String, Refusal> {
        self.not_locked(origin)?;
        let found = self
            .pending
            .iter()
            .position(|pending| pending.id == id && pending.origin == *origin);
        let Some(index) = found else {
            let rule = "no pairing with this id was begun by this origin";
            return Err(Refusal::new(RefusalCode::PairingUnknown, rule));
        };
        let pending = &mut self.pending[index];
        if now_ms >= pending.expires_at_ms {
            self.pending.remove(index);
            let rule = "a code is good for two minutes";
            return Err(Refusal::new(RefusalCode::PairingExpired, rule));
        }
        if pending.wrong >= WRONG_CODES_MAX {
            return Err(Refusal::new(RefusalCode::PairingEnded, "five codes were wrong"));
        }
        if !bool::from(pending.code.as_bytes().ct_eq(code.as_bytes())) {
            pending.wrong += 1;
            *self.wrong.entry(origin.as_str().to_owned()).or_insert(0) += 1;
            let rule = format!("{} tries are left", WRONG_CODES_MAX - pending.wrong);
            return Err(Refusal::new(RefusalCode::PairingCodeWrong, rule));
        }
        self.pending.remove(index);
        self.wrong.remove(origin.as_str());
        let token = format!(
            "sat_{}",
            base64url::encode(&files::random::<32>().map_err(no_disk)?)
        );
        let mut paired = self.paired.clone();
        paired.retain(|earlier| earlier.origin != origin.as_str());
        paired.push(Paired {
            origin: origin.as_str().to_owned(),
            token_sha256: hash(&token),
            paired_at_ms: wall_ms,
        });
        self.keep(paired).map_err(no_disk)?;
        Ok(token)
    }

    fn not_locked(&self, origin: &Origin) -> Result<(), Refusal> {
        let wrong = self.wrong.get(origin.as_str()).copied().unwrap_or(0);
        if wrong < WRONG_CODES_UNTIL_LOCKED {
            return Ok(());
        }
        let rule = "too many codes were wrong; the user unlocks this origin on the agent's page";
        Err(Refusal::new(RefusalCode::PairingLocked, rule))
    }

    /// The origins that are locked, in order.
    #[must_use]
    pub fn locked(&self) -> Vec<String> {
        let locked = self.wrong.iter();
        let locked = locked.filter(|(_, wrong)| **wrong >= WRONG_CODES_UNTIL_LOCKED);
        let mut locked: Vec<String> = locked.map(|(origin, _)| origin.clone()).collect();
        locked.sort_unstable();
        locked
    }

    /// Lets `origin` try again; false if it was not locked.
    pub fn unlock(&mut self, origin: &str) -> bool {
        let was_locked = self.locked().iter().any(|locked| locked == origin);
        if was_locked {
            self.wrong.remove(origin);
        }
        was_locked
    }

    /// Whether `token` is the one of `origin`.
    #[must_use]
    pub fn accept(&self, origin: &Origin, token: &str) -> bool {
        let presented = hash(token);
        let own = self
            .paired
            .iter()
            .filter(|paired| paired.origin == origin.as_str());
        own.fold(false, |found, paired| {
            found | bool::from(paired.token_sha256.as_bytes().ct_eq(presented.as_bytes()))
        })
    }

    /// Whether `origin` was paired.
    #[must_use]
    pub fn knows(&self, origin: &Origin) -> bool {
        self.paired.iter().any(|paired| paired.origin == origin.as_str())
    }

    /// The origins that were paired, oldest first.
    #[must_use]
    pub fn paired(&self) -> &[Paired] {
        &self.paired
    }

    /// Forgets the token of `origin`; false if there was none.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget(&mut self, origin: &str) -> Result<bool, AgentError> {
        let mut paired = self.paired.clone();
        paired.retain(|paired| paired.origin != origin);
        let was_there = paired.len() != self.paired.len();
        let file = self.file.clone();
        self.keep(paired).map_err(AgentError::file(&file))?;
        Ok(was_there)
    }

    /// The pairings under way, for the agent's own page.
    pub fn shown(&mut self, now_ms: u64) -> Vec<Shown> {
        self.pending
            .retain(|pending| now_ms < pending.expires_at_ms && pending.wrong < WRONG_CODES_MAX);
        let shown = self.pending.iter().map(|pending| Shown {
            origin: pending.origin.as_str().to_owned(),
            code: pending.code.clone(),
            expires_in_ms: pending.expires_at_ms - now_ms,
        });
        shown.collect()
    }

    /// On the disk first: a token that was given out is never forgotten by a crash.
    fn keep(&mut self, paired: Vec<Paired>) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(&paired).expect("a list of texts and numbers is JSON");
        files::replace(&self.file, &text)?;
        self.paired = paired;
        Ok(())
    }
}

fn no_disk(error: std::io::Error) -> Refusal {
    Refusal::new(RefusalCode::Internal, error.to_string())
}

fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Uniform: numbers above the last whole million are drawn again.
fn six_digits() -> std::io::Result<String> {
    const MILLION: u32 = 1_000_000;
    loop {
        let number = u32::from_be_bytes(files::random::<4>()?);
        if number < u32::MAX - u32::MAX % MILLION {
            return Ok(format!("{:06}", number % MILLION));
        }
    }
}
