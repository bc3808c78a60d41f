//! Channels-last arithmetic for small convolutional networks, one thread.
//!
//! Activations are `f32` in height × width × channels order (NHWC without the N). Channel counts that a kernel
//! vectorises over are multiples of `LANES` (16); both networks keep to that. Every kernel applies its bias and its
//! activation while the results are still in cache.
//!
//! This is the one module of the crate where `unsafe` is allowed, for two things only: calling `gemm` through its
//! pointers, and calling a function compiled for a CPU feature after the feature was detected.
#![allow(unsafe_code)]

mod activation;
mod dense;
mod depthwise;
mod matmul;
mod pointwise;
mod pool;
mod simd;
mod spatial;
#[cfg(test)]
mod tests;

pub(crate) use activation::Activation;
pub(crate) use dense::Dense;
pub(crate) use depthwise::Depthwise;
pub(crate) use pointwise::Pointwise;
pub(crate) use pool::{add_upsampled, max_pool};
pub(crate) use spatial::Spatial;

/// Height and width of a feature map, in cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
}

impl Extent {
    /// Cells of the map.
    pub fn area(self) -> usize {
        self.h * self.w
    }

    /// The map after a 3×3 window with one cell of zero padding moved by `stride`, or after a 2×2 window moved by 2
    /// over an even map.
    pub fn strided(self, stride: usize) -> Self {
        Self {
            h: self.h.div_ceil(stride),
            w: self.w.div_ceil(stride),
        }
    }
}
