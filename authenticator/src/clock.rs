//! The only way this crate learns the time: an argument.

use std::time::{SystemTime, UNIX_EPOCH};

/// A wall clock, and one that nobody can set. Lockouts, certificate dates and whatever expires hang on them, so
/// tests move both by hand.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn now_ms(&self) -> u64;

    /// Milliseconds since some moment in the past, by a clock that nobody can set and that goes on while the device
    /// sleeps: a lockout that began in this process is measured with it. By default the wall clock, for clocks that
    /// are moved by hand.
    fn elapsed_ms(&self) -> u64 {
        self.now_ms()
    }
}

/// The operating system's clocks.
///
/// [`Clock::elapsed_ms`] is `CLOCK_BOOTTIME` on Linux and Android and `CLOCK_MONOTONIC` on Apple's systems, which
/// both count the time asleep. Elsewhere it is the standard library's clock, which counts it on Windows; where a
/// system has no such clock, what expires is also held to the wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        // A machine whose clock stands before 1970 is at 0: lockouts then last, they do not vanish.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn elapsed_ms(&self) -> u64 {
        use rustix::time::{ClockId, clock_gettime};
        #[cfg(target_vendor = "apple")]
        const COUNTS_SLEEP: ClockId = ClockId::Monotonic;
        #[cfg(not(target_vendor = "apple"))]
        const COUNTS_SLEEP: ClockId = ClockId::Boottime;
        let since_boot = clock_gettime(COUNTS_SLEEP);
        let seconds = u64::try_from(since_boot.tv_sec).unwrap_or(0);
        let millis = u64::try_from(since_boot.tv_nsec / 1_000_000).unwrap_or(0);
        seconds.saturating_mul(1000).saturating_add(millis)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn elapsed_ms(&self) -> u64 {
        static FIRST_ASKED: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        let since = FIRST_ASKED.get_or_init(std::time::Instant::now).elapsed();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A moment by both clocks, from which what expires is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    wall_ms: u64,
    elapsed_ms: u64,
}

impl Moment {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self {
            wall_ms: clock.now_ms(),
            elapsed_ms: clock.elapsed_ms(),
        }
    }

    /// How many milliseconds passed from here to `later`: what the clock says by which it is more. A wall clock
    /// that was put back no longer tells how long the device slept, so then everything has passed.
    pub(crate) fn until(self, later: Self) -> u64 {
        let by_wall = later.wall_ms.checked_sub(self.wall_ms).unwrap_or(u64::MAX);
        by_wall.max(later.elapsed_ms.saturating_sub(self.elapsed_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_ms: u64, elapsed_ms: u64) -> Moment {
        Moment { wall_ms, elapsed_ms }
    }

    #[test]
    fn the_clock_that_says_more_counts_and_one_put_back_lets_all_pass() {
        let from = at(1_000, 50);
        assert_eq!(from.until(at(1_007, 57)), 7);
        assert_eq!(
            from.until(at(1_900, 57)),
            900,
            "asleep, by a clock that stood still"
        );
        assert_eq!(from.until(at(1_000, 950)), 900, "the wall clock was held");
        assert_eq!(from.until(at(999, 57)), u64::MAX, "the wall clock was put back");
        assert_eq!(from.until(from), 0);
    }

    #[test]
    fn the_systems_clocks_go_forward_and_agree_on_how_fast() {
        let from = Moment::now(&SystemClock);
        std::thread::sleep(std::time::Duration::from_millis(20));
        let later = Moment::now(&SystemClock);
        assert!(later.elapsed_ms - from.elapsed_ms >= 19, "{from:?} {later:?}");
        assert!(later.wall_ms > from.wall_ms, "{from:?} {later:?}");
    }

    /// The kernel's own word for how long ago the machine started, with the time asleep.
    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_elapsed_time_is_that_since_the_machine_started() {
        let text = std::fs::read_to_string("/proc/uptime").expect("Linux tells its uptime");
        let seconds: f64 = text
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .expect("a number");
        let elapsed = std::time::Duration::from_millis(SystemClock.elapsed_ms()).as_secs_f64();
        assert!((elapsed - seconds).abs() < 5.0, "{elapsed} {seconds}");
    }
}
