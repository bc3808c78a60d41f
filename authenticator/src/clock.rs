//! The only way this crate learns the time: an argument.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A wall clock. Lockouts and certificate dates hang on it, so tests move it by hand.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn now_ms(&self) -> u64;

    /// Milliseconds since some moment of this process, by a clock that nobody can set: a lockout that began
    /// in this process is measured with it. By default the wall clock, for clocks that are moved by hand.
    fn elapsed_ms(&self) -> u64 {
        self.now_ms()
    }
}

/// The operating system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        // A machine whose clock stands before 1970 is at 0: lockouts then last, they do not vanish.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn elapsed_ms(&self) -> u64 {
        static FIRST_ASKED: OnceLock<Instant> = OnceLock::new();
        let since = FIRST_ASKED.get_or_init(Instant::now).elapsed();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
