//! Randomness as an argument, so that a simulation can replay a run.

use zeroize::Zeroizing;

/// Fills buffers with random bytes.
pub trait Entropy: Send + Sync {
    /// Overwrites `buffer` with bytes that nobody can predict.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("a server cannot run on a machine without a random source");
    }
}

/// `N` fresh random bytes.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0u8; N];
    entropy.fill(&mut bytes);
    bytes
}

/// `N` fresh random bytes that are to be a key: wiped when dropped.
pub fn secret<const N: usize>(entropy: &dyn Entropy) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0u8; N]);
    entropy.fill(&mut *bytes);
    bytes
}
