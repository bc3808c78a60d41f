//! The test's dice: seeded, so that a failure can be looked for again.

use std::time::{SystemTime, UNIX_EPOCH};

/// A generator of numbers (SplitMix64: Steele, Lea and Flood, OOPSLA 2014). Not for keys.
pub struct Chance(u64);

impl Chance {
    /// The dice of a seed.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0. The bias of the remainder does not matter here.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Dice of their own for a thread.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }
}

/// `$SMILE_SEED`, or another number each time. The moments of the kills and the choices of the clients follow from
/// it; how the system schedules the threads does not, so a run is looked for again rather than repeated.
pub fn seed() -> u64 {
    match std::env::var("SMILE_SEED") {
        Ok(text) => text.parse().expect("SMILE_SEED is a number"),
        Err(_) => {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .expect("a clock after 1970");
            since.as_secs() ^ u64::from(since.subsec_nanos()) << 20
        }
    }
}
