//! Memory for activations, used again from frame to frame and zeroed between frames.

#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};
use zeroize::{Zeroize, Zeroizing};

/// A stretch of working memory. Its contents are whatever the frame left there, so every kernel writes all of it.
/// Zeroed when dropped, also while a panic unwinds.
pub(crate) struct Buffer {
    memory: Zeroizing<Vec<f32>>,
    len: usize,
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.memory[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[..self.len]
    }
}

/// The working memory of one frame: buffers handed out, taken back, handed out again.
#[derive(Default)]
pub(crate) struct Scratch {
    free: Vec<Buffer>,
}

impl Scratch {
    /// A buffer of `len` numbers: the smallest free one that is large enough, else a new one.
    pub fn take(&mut self, len: usize) -> Buffer {
        let fits = self
            .free
            .iter()
            .enumerate()
            .filter(|(_, b)| b.memory.len() >= len);
        match fits.min_by_key(|(_, b)| b.memory.len()).map(|(i, _)| i) {
            Some(i) => {
                let mut buffer = self.free.swap_remove(i);
                buffer.len = len;
                buffer
            }
            // A buffer never grows: growing would leave the old numbers behind in freed memory.
            None => Buffer {
                memory: Zeroizing::new(vec![0.0; len]),
                len,
            },
        }
    }

    /// Takes a buffer back for the next `take`.
    pub fn give(&mut self, buffer: Buffer) {
        self.free.push(buffer);
    }

    fn wipe(&mut self) {
        for buffer in &mut self.free {
            buffer.memory.as_mut_slice().zeroize();
        }
    }
}

/// Scratch memory for every thread that runs the same network at the same time.
#[derive(Default)]
pub(crate) struct ScratchPool {
    idle: Mutex<Vec<Scratch>>,
}

/// Memory kept between frames, in numbers (128 MiB). A larger frame gives its memory back when it is done.
const MAX_KEPT: usize = 32 << 20;

impl ScratchPool {
    /// Runs `work` with scratch memory of its own, and zeroes that memory afterwards.
    pub fn with<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        // A Vec of idle memory is whole whatever panicked while holding it.
        let mut scratch = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default();
        let result = work(&mut scratch);
        if scratch.free.iter().map(|b| b.memory.len()).sum::<usize>() <= MAX_KEPT {
            scratch.wipe();
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(scratch);
        }
        result
    }
}
