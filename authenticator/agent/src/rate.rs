//! How often somebody may ask.

use std::collections::HashMap;
use std::hash::Hash;

/// At most so many in so long, counted in windows.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// How many.
    pub count: u32,
    /// In how many milliseconds.
    pub window_ms: u64,
}

/// Counts for each caller. Callers are origins of the allow-list, so there are few.
#[derive(Debug)]
pub struct RateCap<K> {
    allowance: Allowance,
    windows: HashMap<K, (u64, u32)>,
}

impl<K: Hash + Eq> RateCap<K> {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            windows: HashMap::new(),
        }
    }

    /// Counts one request at `now_ms` (a clock that never goes back); false where it is one too many.
    pub fn admit(&mut self, caller: K, now_ms: u64) -> bool {
        let (began, count) = self.windows.entry(caller).or_insert((now_ms, 0));
        if now_ms.saturating_sub(*began) >= self.allowance.window_ms {
            (*began, *count) = (now_ms, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.allowance.count
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, RateCap};

    #[test]
    fn one_too_many_is_refused_until_the_next_window_and_others_are_not() {
        let mut cap = RateCap::new(Allowance {
            count: 2,
            window_ms: 100,
        });
        assert!(cap.admit("a", 0) && cap.admit("a", 50));
        assert!(!cap.admit("a", 99));
        assert!(cap.admit("b", 99));
        assert!(cap.admit("a", 100));
    }
}
