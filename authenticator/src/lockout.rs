//! How often a face may fail, across restarts and clock changes.
//!
//! A failure is written down *before* the camera opens and taken back when the face matched or when no
//! face was judged at all: killing the process in the middle of an attempt does not make it free.
//!
//! Within one process a wait is measured by a clock that nobody can set. Across a restart there is only the
//! wall clock: put back, it starts the wait again; put forward, it ends the wait, and nothing in software
//! prevents that. A record that is missing while a face is enrolled, or damaged, means the longest wait:
//! deleting it buys nothing. An old copy of it, put back, does.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::error::AuthenticatorError;
use crate::sealed::Vault;

/// Consecutive failures that end a round (PSD2 RTS Article 4(3)(b) allows at most five).
pub const FAILURES_PER_ROUND: u32 = 5;
/// The wait after the first round; each further round doubles it (NIST SP 800-63B §5.2.3: at least 30 s).
pub const FIRST_LOCKOUT_MS: u64 = 30_000;
/// The wait stops doubling here, so that a child with the phone cannot lock its owner out for years.
pub const LONGEST_LOCKOUT_MS: u64 = 24 * 60 * 60 * 1000;

/// Thirteen rounds: the first count after which the wait is [`LONGEST_LOCKOUT_MS`].
const FAILURES_OF_A_LOST_RECORD: u32 = 13 * FAILURES_PER_ROUND;

const NAME: &str = "lockout";

/// What is kept on the disk.
#[derive(Serialize, Deserialize, Default, Clone, Copy)]
struct State {
    /// Failures in a row since the last match.
    failures: u32,
    /// When the current wait began, Unix milliseconds; meaningful while `wait_ms` > 0.
    locked_at_ms: u64,
    /// How long the current wait is; 0 if none.
    wait_ms: u64,
}

/// The lockout of one open home.
pub(crate) struct Lockout {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    /// No attempt before [`Clock::elapsed_ms`] reads this.
    until_elapsed_ms: Cell<u64>,
}

/// The attempt that was counted in advance. It must be settled; dropping it leaves it a failure.
#[must_use = "an attempt that nobody settles stays a failure"]
pub(crate) struct Attempt<'a> {
    lockout: &'a Lockout,
    before: State,
}

impl Lockout {
    /// Takes up what an earlier process wrote down; `enrolled` says whether there must be something.
    pub(crate) fn open(
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        enrolled: bool,
    ) -> Result<Self, AuthenticatorError> {
        let lockout = Self {
            vault,
            clock,
            until_elapsed_ms: Cell::new(0),
        };
        let state = lockout.load(enrolled)?;
        if state.wait_ms > 0 {
            let now = lockout.clock.now_ms();
            let left = match now.checked_sub(state.locked_at_ms) {
                Some(passed) => state.wait_ms.saturating_sub(passed),
                // The clock was put back. Waiting until the old moment could take years, and letting go would
                // reward moving the clock: the wait starts again from the time that is shown now.
                None => {
                    lockout.store(State {
                        locked_at_ms: now,
                        ..state
                    })?;
                    state.wait_ms
                }
            };
            lockout.hold_for(left);
        }
        Ok(lockout)
    }

    /// Milliseconds until the next attempt is allowed; 0 if it is allowed now.
    pub(crate) fn remaining_ms(&self, enrolled: bool) -> Result<u64, AuthenticatorError> {
        self.load(enrolled)?;
        Ok(self
            .until_elapsed_ms
            .get()
            .saturating_sub(self.clock.elapsed_ms()))
    }

    /// Writes a record if there is none, for a face that is about to be enrolled: from then on a missing
    /// one was taken away.
    pub(crate) fn prepare(&self) -> Result<(), AuthenticatorError> {
        self.store(self.load(false)?)
    }

    /// Counts an attempt before it is made. [`AuthenticatorError::LockedOut`] while a wait runs.
    pub(crate) fn begin(&self) -> Result<Attempt<'_>, AuthenticatorError> {
        let retry_after_ms = self.remaining_ms(true)?;
        if retry_after_ms > 0 {
            return Err(AuthenticatorError::LockedOut { retry_after_ms });
        }
        let before = State {
            wait_ms: 0,
            locked_at_ms: 0,
            ..self.load(true)?
        };
        let failures = before.failures.saturating_add(1);
        let wait_ms = wait_after(failures);
        self.store(State {
            failures,
            locked_at_ms: self.clock.now_ms(),
            wait_ms,
        })?;
        self.hold_for(wait_ms);
        Ok(Attempt {
            lockout: self,
            before,
        })
    }

    fn hold_for(&self, wait_ms: u64) {
        self.until_elapsed_ms
            .set(self.clock.elapsed_ms().saturating_add(wait_ms));
    }

    fn load(&self, enrolled: bool) -> Result<State, AuthenticatorError> {
        let record = match self.vault.read(NAME) {
            Ok(record) => record,
            Err(AuthenticatorError::Sealed { .. }) => return self.lost(),
            Err(error) => return Err(error),
        };
        match record.map(|bytes| ciborium::from_reader(bytes.as_slice())) {
            Some(Ok(state)) => Ok(state),
            None if !enrolled => Ok(State::default()),
            None | Some(Err(_)) => self.lost(),
        }
    }

    /// The record was taken away or damaged. What it said is unknown, so the most that it could have said
    /// counts, from now on and durably; refusing for good would leave the owner no way back.
    fn lost(&self) -> Result<State, AuthenticatorError> {
        let state = State {
            failures: FAILURES_OF_A_LOST_RECORD,
            locked_at_ms: self.clock.now_ms(),
            wait_ms: LONGEST_LOCKOUT_MS,
        };
        self.store(state)?;
        self.hold_for(LONGEST_LOCKOUT_MS);
        Ok(state)
    }

    fn store(&self, state: State) -> Result<(), AuthenticatorError> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&state, &mut bytes).expect("three numbers encode, and a Vec does not fail");
        self.vault.write(NAME, &bytes)
    }
}

impl Attempt<'_> {
    /// The face matched: failures before it no longer count.
    pub(crate) fn matched(self) -> Result<(), AuthenticatorError> {
        self.settle(State::default())
    }

    /// No face was judged (no usable frame, camera gone): as if the attempt had not been made.
    pub(crate) fn not_judged(self) -> Result<(), AuthenticatorError> {
        let before = self.before;
        self.settle(before)
    }

    /// The face did not match. The failure stands as it was written; a wait begins now, not when the
    /// camera opened.
    pub(crate) fn failed(self) -> Result<(), AuthenticatorError> {
        let state = State {
            locked_at_ms: self.lockout.clock.now_ms(),
            ..self.lockout.load(true)?
        };
        self.settle(state)
    }

    fn settle(self, state: State) -> Result<(), AuthenticatorError> {
        self.lockout.store(state)?;
        self.lockout.hold_for(state.wait_ms);
        Ok(())
    }
}

/// 30 s after the fifth failure in a row, 60 s after the tenth, and so on.
fn wait_after(failures: u32) -> u64 {
    if failures == 0 || !failures.is_multiple_of(FAILURES_PER_ROUND) {
        return 0;
    }
    let doublings = failures / FAILURES_PER_ROUND - 1;
    let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
    FIRST_LOCKOUT_MS.saturating_mul(factor).min(LONGEST_LOCKOUT_MS)
}
