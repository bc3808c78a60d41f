//! Fully connected layer for one input: a row of dot products, bound by how fast the weights stream in.

use super::simd::{LANES, load, madd, vectorised};

/// Partial sums kept apart, so that one addition need not wait for the one before.
const CHAINS: usize = 4;

/// A fully connected layer: out = weight × input + bias.
pub(crate) struct Dense {
    /// outputs × inputs, row by row.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// `weight` is outputs × inputs; the number of inputs is a multiple of four vectors.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>) -> Self {
        assert_eq!(
            weight.len() % (bias.len() * LANES * CHAINS),
            0,
            "inputs come in multiples of LANES × CHAINS"
        );
        Self { weight, bias }
    }

    /// Numbers out.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Multiplies one input.
    pub fn run(&self, input: &[f32], out: &mut [f32]) {
        assert_eq!(
            input.len() * self.bias.len(),
            self.weight.len(),
            "input fits the weight"
        );
        assert_eq!(out.len(), self.bias.len(), "one number out a row");
        dense(&self.weight, &self.bias, input, out);
    }
}

vectorised! { fn dense(weight: &[f32], bias: &[f32], input: &[f32], out: &mut [f32]) = dense_body }

#[inline(always)]
fn dense_body<const FMA: bool>(weight: &[f32], bias: &[f32], input: &[f32], out: &mut [f32]) {
    for ((row, bias), out) in weight.chunks_exact(input.len()).zip(bias).zip(out) {
        let mut sums = [[0_f32; LANES]; CHAINS];
        for at in (0..input.len()).step_by(LANES * CHAINS) {
            for (chain, sum) in sums.iter_mut().enumerate() {
                let (a, b) = (load(row, at + chain * LANES), load(input, at + chain * LANES));
                for i in 0..LANES {
                    sum[i] = madd::<FMA>(a[i], b[i], sum[i]);
                }
            }
        }
        *out = *bias + sums.iter().flatten().sum::<f32>();
    }
}
