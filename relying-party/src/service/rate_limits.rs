//! How many requests are answered: by key, by person, by address. Buckets in memory, refilled by the server's clock; a
//! restart fills them all.

use super::{Refusal, RefusalCode};
use crate::clock::Clock;
use crate::config::LimitsConfig;
use governor::clock::Clock as Ticking;
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use smile_ceremony::identifier::{ApiKeyId, TenantId, UserId};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Buckets for people, and as many for addresses: whoever comes with ever new ones fills no memory. With ten thousand at
/// work at once, one in thirty shares a bucket with somebody, and nobody can choose with whom.
const SLOTS: u64 = 1 << 18;

/// One bucket of people or addresses.
type Slot = u64;

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, StateInformationMiddleware>;

/// The limits of one server.
pub(super) struct RateLimits {
    keys: Limit<ApiKeyId>,
    users: Limit<Slot>,
    addresses: Limit<Slot>,
    /// Drawn at the start, so that nobody can aim at another's slot.
    slots: RandomState,
    pub address_header: Option<String>,
}

/// Where a request stands with one of its limits, after it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many requests a full bucket holds.
    pub limit: u32,
    /// How many are left.
    pub remaining: u32,
    /// In how many seconds the bucket is full again.
    pub reset_s: u64,
}

/// What was counted of one request: the tightest of its limits. The default is that of a caller inside of this process,
/// who is not counted at all.
#[derive(Debug, Clone, Default)]
pub struct Tally(Option<Arc<Mutex<Option<Standing>>>>);

impl Tally {
    /// The tally of a request that is counted.
    #[must_use]
    pub fn begin() -> Self {
        Self(Some(Arc::default()))
    }

    /// The limit of which least is left; `None` where nothing was counted.
    #[must_use]
    pub fn tightest(&self) -> Option<Standing> {
        let tightest = self.0.as_ref()?.lock();
        *tightest.unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, standing: Standing) {
        let Some(tightest) = &self.0 else { return };
        let mut tightest = tightest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_tighter =
            |known: Standing| (standing.remaining, standing.limit) < (known.remaining, known.limit);
        if tightest.is_none_or(is_tighter) {
            *tightest = Some(standing);
        }
    }
}

impl RateLimits {
    /// Full buckets.
    pub fn of(config: &LimitsConfig, clock: &Arc<dyn Clock>) -> Self {
        Self {
            keys: Limit::new("key", config.per_key_per_s, config.per_key_burst, clock),
            users: Limit::new("user", config.per_user_per_s, config.per_user_burst, clock),
            addresses: Limit::new(
                "address",
                config.per_address_per_s,
                config.per_address_burst,
                clock,
            ),
            slots: RandomState::new(),
            address_header: config.address_header.clone(),
        }
    }

    /// Counts a request under a key.
    pub fn count_key(&self, key: &ApiKeyId, tally: &Tally) -> Result<(), Refusal> {
        self.keys.count(key, tally)
    }

    /// Counts a request about a person.
    pub fn count_user(&self, tenant: &TenantId, user: &UserId, tally: &Tally) -> Result<(), Refusal> {
        self.users
            .count(&self.slot((tenant.as_str(), user.as_str())), tally)
    }

    /// Counts a request from an address; of an IPv6 address the network, of which a client has all others too.
    pub fn count_address(&self, address: IpAddr, tally: &Tally) -> Result<(), Refusal> {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address) >> 64 << 64,
        };
        self.addresses.count(&self.slot(network), tally)
    }

    /// Forgets the buckets that are full again.
    pub fn forget_idle(&self) {
        self.keys.buckets.retain_recent();
        self.users.buckets.retain_recent();
        self.addresses.buckets.retain_recent();
    }

    fn slot(&self, of: impl Hash) -> Slot {
        self.slots.hash_one(of) % SLOTS
    }
}

/// One of the three.
struct Limit<K: Clone + Eq + Hash> {
    name: &'static str,
    per_s: u32,
    burst: u32,
    buckets: Buckets<K>,
}

impl<K: Clone + Eq + Hash> Limit<K> {
    fn new(name: &'static str, per_s: u32, burst: u32, clock: &Arc<dyn Clock>) -> Self {
        let linted = "the configuration's lint wants at least one";
        let quota = Quota::per_second(NonZeroU32::new(per_s).expect(linted));
        let quota = quota.allow_burst(NonZeroU32::new(burst).expect(linted));
        let buckets = Buckets::new(quota, HashMapStateStore::default(), Ticks::of(clock.clone()));
        Self {
            name,
            per_s,
            burst,
            buckets,
        }
    }

    fn count(&self, key: &K, tally: &Tally) -> Result<(), Refusal> {
        if tally.0.is_none() {
            return Ok(());
        }
        match self.buckets.check_key(key) {
            Ok(left) => {
                tally.add(self.standing(&left));
                Ok(())
            }
            Err(until) => Err(self.refusal(&until, tally)),
        }
    }

    fn standing(&self, left: &StateSnapshot) -> Standing {
        let remaining = left.remaining_burst_capacity().min(self.burst);
        Standing {
            limit: self.burst,
            remaining,
            reset_s: u64::from(self.burst - remaining).div_ceil(self.per_s.into()),
        }
    }

    fn refusal(&self, until: &NotUntil<Nanos>, tally: &Tally) -> Refusal {
        tally.add(Standing {
            limit: self.burst,
            remaining: 0,
            reset_s: u64::from(self.burst).div_ceil(self.per_s.into()),
        });
        let Self {
            name, per_s, burst, ..
        } = self;
        let rule = format!("at most {burst} requests at once by {name}, and {per_s} a second after that");
        let wait = until.wait_time_from(self.buckets.clock().now());
        Refusal::new(RefusalCode::RateLimited, rule)
            .at(*name)
            .after(whole_seconds(wait))
    }
}

/// Rounded up, and at least one: whoever waits so long is answered.
fn whole_seconds(wait: Duration) -> u64 {
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    whole.max(1)
}

/// The server's clock in nanoseconds, for buckets that must not wait for a clock which was set back: such a step is left
/// out.
#[derive(Clone)]
struct Ticks {
    clock: Arc<dyn Clock>,
    /// What the clock showed last, and what was made of it; milliseconds.
    last: Arc<Mutex<(u64, u64)>>,
}

impl Ticks {
    fn of(clock: Arc<dyn Clock>) -> Self {
        let shown = clock.now_ms();
        let last = Arc::new(Mutex::new((shown, 0)));
        Self { clock, last }
    }
}

impl Ticking for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = self.clock.now_ms();
        let passed = last.1.saturating_add(shown.saturating_sub(last.0));
        *last = (shown, passed);
        Nanos::from(passed.saturating_mul(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::{RateLimits, SLOTS, Tally, whole_seconds};
    use crate::clock::Clock;
    use crate::config::LimitsConfig;
    use smile_ceremony::identifier::{TenantId, UserId};
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now_ms(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn limits() -> (RateLimits, Arc<Hand>) {
        let hand = Arc::new(Hand(AtomicU64::new(1_800_000_000_000)));
        let config = LimitsConfig {
            per_address_per_s: 2,
            per_address_burst: 4,
            ..LimitsConfig::default()
        };
        let clock: Arc<dyn Clock> = hand.clone();
        (RateLimits::of(&config, &clock), hand)
    }

    fn answered(limits: &RateLimits, address: &str) -> usize {
        let address: IpAddr = address.parse().expect("an address");
        let counted = std::iter::repeat_with(|| limits.count_address(address, &Tally::begin()));
        counted.take(20).take_while(Result::is_ok).count()
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody_and_gives_nothing_away() {
        let (limits, hand) = limits();
        assert_eq!(answered(&limits, "192.0.2.1"), 4);
        hand.0.fetch_sub(3_600_000, Ordering::SeqCst);
        assert_eq!(answered(&limits, "192.0.2.1"), 0);
        hand.0.fetch_add(1_000, Ordering::SeqCst);
        assert_eq!(answered(&limits, "192.0.2.1"), 2, "a second has passed");
    }

    #[test]
    fn of_an_ipv6_address_the_network_counts_and_a_mapped_one_is_the_ipv4_one() {
        let (limits, _) = limits();
        assert_eq!(answered(&limits, "2001:db8:1:2::1"), 4);
        assert_eq!(answered(&limits, "2001:db8:1:2:ffff::9"), 0);
        assert_eq!(answered(&limits, "2001:db8:1:3::1"), 4);
        assert_eq!(answered(&limits, "192.0.2.7"), 4);
        assert_eq!(answered(&limits, "::ffff:192.0.2.7"), 0);
    }

    #[test]
    fn strangers_fill_no_memory_and_what_is_idle_is_forgotten() {
        let (limits, hand) = limits();
        let tenant = TenantId::parse("stamps").expect("a tenant");
        for number in 0..2 * SLOTS {
            let user = UserId::parse(&number.to_string()).expect("a user");
            // Whether it is answered does not matter here.
            drop(limits.count_user(&tenant, &user, &Tally::begin()));
        }
        let held = limits.users.buckets.len() as u64;
        assert!(held <= SLOTS && held > SLOTS / 2, "{held}");
        limits.forget_idle();
        assert!(!limits.users.buckets.is_empty(), "they are at work");
        hand.0.fetch_add(60_000, Ordering::SeqCst);
        limits.forget_idle();
        assert!(limits.users.buckets.is_empty());
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_is_long_enough() {
        for (ms, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (2_500, 3)] {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds);
        }
    }
}
