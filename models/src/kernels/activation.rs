//! Bias and activation, applied to results that are still in cache.

use super::simd::{LANES, madd, vectorised};

/// What follows a convolution, channel by channel.
#[derive(Clone)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// max(v, 0).
    Relu,
    /// v where v > 0, else slope·v with one slope a channel (He et al. 2015).
    Prelu(Vec<f32>),
}

/// Bias and bend per channel: y = v + bend·min(v, 0) with v = x + bias and bend = slope − 1 covers all three
/// activations (slope 1, 0 or learned) by one loop without a branch.
pub(super) struct Epilogue {
    pub bias: Vec<f32>,
    pub bend: Vec<f32>,
}

impl Epilogue {
    pub fn new(bias: Vec<f32>, activation: Activation) -> Self {
        let n = bias.len();
        let slope = match activation {
            Activation::Identity => vec![1.0; n],
            Activation::Relu => vec![0.0; n],
            Activation::Prelu(slope) => slope,
        };
        let bend: Vec<f32> = slope.into_iter().map(|s| s - 1.0).collect();
        assert_eq!(bend.len(), n, "one slope a channel");
        assert_eq!(n % LANES, 0, "channels come in multiples of LANES");
        Self { bias, bend }
    }

    /// Channels.
    pub fn len(&self) -> usize {
        self.bias.len()
    }

    /// Applies bias and activation to cells of `len()` channels each, in place.
    pub fn apply(&self, cells: &mut [f32]) {
        apply(cells, &self.bias, &self.bend);
    }
}

/// min(v, 0), in the form that compiles to the one instruction.
#[inline(always)]
pub(super) fn negative_part(v: f32) -> f32 {
    if v < 0.0 { v } else { 0.0 }
}

vectorised! { fn apply(cells: &mut [f32], bias: &[f32], bend: &[f32]) = apply_body }

#[inline(always)]
fn apply_body<const FMA: bool>(cells: &mut [f32], bias: &[f32], bend: &[f32]) {
    // Plain slices of one length: with arrays of lanes the compiler vectorises across them, by slow gathers.
    for cell in cells.chunks_exact_mut(bias.len()) {
        for ((value, bias), bend) in cell.iter_mut().zip(bias).zip(bend) {
            let v = *value + bias;
            *value = madd::<FMA>(negative_part(v), *bend, v);
        }
    }
}
