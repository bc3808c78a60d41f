//! The only way this crate learns the time: an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// A clock whose wall clock is watched: at each look it is noted whether it stands before where it stood at the look
/// before. One installation has one, so that whatever looks at the time watches for all that expires.
pub(crate) struct WatchedClock {
    clock: Arc<dyn Clock>,
    last_wall_ms: AtomicU64,
    put_back: AtomicU64,
}

impl WatchedClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            last_wall_ms: AtomicU64::new(clock.now_ms()),
            put_back: AtomicU64::new(0),
            clock,
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment {
            wall_ms: self.now_ms(),
            elapsed_ms: self.elapsed_ms(),
            put_back: self.put_back.load(Ordering::SeqCst),
        }
    }
}

impl Clock for WatchedClock {
    fn now_ms(&self) -> u64 {
        let now_ms = self.clock.now_ms();
        if now_ms < self.last_wall_ms.swap(now_ms, Ordering::SeqCst) {
            self.put_back.fetch_add(1, Ordering::SeqCst);
        }
        now_ms
    }

    fn elapsed_ms(&self) -> u64 {
        // Whoever asks for the one looks at the other.
        self.now_ms();
        self.clock.elapsed_ms()
    }
}

/// A moment by both clocks of one [`WatchedClock`], from which what expires is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    wall_ms: u64,
    elapsed_ms: u64,
    /// How often the wall clock was seen to go back.
    put_back: u64,
}

impl Moment {
    /// How many milliseconds passed from here to `later`: what the clock says by which it is more. A wall clock
    /// that was seen to go back no longer tells how long the device slept, so then everything has passed.
    ///
    /// A wall clock that goes forward and back between two looks is not seen: then a sleep counts only by the clock
    /// that nobody can set, which counts it on every system named at [`SystemClock`].
    pub(crate) fn until(self, later: Self) -> u64 {
        if later.put_back != self.put_back {
            return u64::MAX;
        }
        let by_wall = later.wall_ms.saturating_sub(self.wall_ms);
        by_wall.max(later.elapsed_ms.saturating_sub(self.elapsed_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ManualClock, NEW_YEAR_MS};

    /// What passed by a clock that `moves` from the new year on.
    fn passed(moves: fn(&ManualClock, &WatchedClock)) -> u64 {
        let clock = ManualClock::new();
        let watched = WatchedClock::new(clock.clone());
        let from = watched.moment();
        moves(&clock, &watched);
        from.until(watched.moment())
    }

    #[test]
    fn the_clock_that_says_more_counts() {
        assert_eq!(passed(|_, _| ()), 0);
        assert_eq!(passed(|clock, _| clock.advance(7)), 7);
        let asleep = passed(|clock, _| clock.sleep(900));
        assert_eq!(asleep, 900, "by the wall clock alone");
        let held = passed(|clock, _| {
            clock.advance(900);
            clock.set(NEW_YEAR_MS);
        });
        assert_eq!(held, 900, "by the other alone");
    }

    #[test]
    fn a_wall_clock_that_was_seen_to_go_back_lets_all_pass() {
        const HOUR_MS: u64 = 3_600_000;
        assert_eq!(passed(|clock, _| clock.set(NEW_YEAR_MS - 1)), u64::MAX);
        // An hour asleep, the time is looked at, and the wall clock is set to half a minute after the beginning.
        let seen = passed(|clock, watched| {
            clock.sleep(HOUR_MS);
            watched.now_ms();
            clock.set(NEW_YEAR_MS + 30_000);
        });
        assert_eq!(seen, u64::MAX);
        // Seen once, it stays so, wherever the wall clock goes.
        let forward_again = passed(|clock, watched| {
            clock.set(NEW_YEAR_MS - 1);
            watched.now_ms();
            clock.set(NEW_YEAR_MS + 5);
        });
        assert_eq!(forward_again, u64::MAX);
        // Where nobody looks, only a clock that counts the sleep tells of it.
        let unseen = passed(|clock, _| {
            clock.sleep(HOUR_MS);
            clock.set(NEW_YEAR_MS + 30_000);
        });
        assert_eq!(unseen, 30_000);
        let counted = passed(|clock, _| {
            clock.advance(HOUR_MS);
            clock.set(NEW_YEAR_MS + 30_000);
        });
        assert_eq!(counted, HOUR_MS);
    }

    #[test]
    fn what_began_after_a_clock_was_put_back_is_measured_again() {
        let clock = ManualClock::new();
        let watched = WatchedClock::new(clock.clone());
        clock.set(NEW_YEAR_MS - 1);
        let from = watched.moment();
        clock.advance(7);
        assert_eq!(from.until(watched.moment()), 7);
    }

    #[test]
    fn the_systems_clocks_go_forward_and_agree_on_how_fast() {
        let watched = WatchedClock::new(Arc::new(SystemClock));
        let from = watched.moment();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let later = watched.moment();
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
