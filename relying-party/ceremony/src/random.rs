//! Randomness as an argument: the rules draw it, the caller says where from.

/// A source of unpredictable bytes. The server passes the operating system's; a simulation passes a seeded one.
pub trait RandomSource {
    /// Overwrites all of `bytes` with random ones. A source that cannot deliver must stop the program
    /// rather than return: a guessable challenge is worse than none.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> RandomSource for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// Draws `N` bytes.
pub(crate) fn draw<const N: usize>(rng: &mut dyn RandomSource) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}
