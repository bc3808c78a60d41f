//! Time as an argument: the server asks this trait and nothing else what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in Unix milliseconds.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now_ms(&self) -> u64 {
        (**self).now_ms()
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        // A machine whose clock stands before 1970 yields 0: everything it issued earlier counts as expired.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that its holder moves: for tests, and for programs that show what an expired challenge does.
///
/// It starts at the machine's time and runs with it, shifted by what [`ShiftedClock::advance_ms`] added.
#[derive(Debug, Clone, Default)]
pub struct ShiftedClock {
    ahead_ms: Arc<AtomicU64>,
    /// The time at which it stands but for what its holder adds; `None` where it runs.
    stands_at_ms: Option<u64>,
}

impl ShiftedClock {
    /// A clock in step with the machine's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock that stands at the machine's time and goes on only where it is moved.
    #[must_use]
    pub fn standing() -> Self {
        Self {
            stands_at_ms: Some(SystemClock.now_ms()),
            ..Self::default()
        }
    }

    /// Moves the clock forward by `ms` milliseconds, for every holder of a clone.
    pub fn advance_ms(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now_ms(&self) -> u64 {
        self.stands_at_ms
            .unwrap_or_else(|| SystemClock.now_ms())
            .saturating_add(self.ahead_ms.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, ShiftedClock};

    #[test]
    fn a_clone_moves_with_the_original() {
        let clock = ShiftedClock::new();
        let seen_by_server = clock.clone();
        let before = seen_by_server.now_ms();
        clock.advance_ms(60_000);
        assert!(seen_by_server.now_ms() >= before + 60_000);
        assert!(seen_by_server.now_ms() < before + 70_000);
    }

    #[test]
    fn a_standing_clock_goes_on_only_where_it_is_moved() {
        let clock = ShiftedClock::standing();
        let before = clock.now_ms();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(clock.now_ms(), before);
        clock.clone().advance_ms(1);
        assert_eq!(clock.now_ms(), before + 1);
    }
}
