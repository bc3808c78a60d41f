//! 1×1 convolution: one matrix product, no copies.

use super::{
    activation::{Activation, Epilogue},
    matmul::matmul,
};

/// Results handled between two epilogues, in numbers: 128 KiB, a quarter of a small level-2 cache, so that bias and
/// activation find them there.
const BLOCK_LEN: usize = 32 << 10;
/// Fewer cells than this a block would re-read the weights too often.
const MIN_BLOCK_CELLS: usize = 128;

/// A 1×1 convolution with bias and activation.
pub(crate) struct Pointwise {
    inputs: usize,
    /// inputs × outputs, row by row.
    weight: Vec<f32>,
    epilogue: Epilogue,
}

impl Pointwise {
    /// `weight` is outputs × inputs as ONNX stores it (trailing 1×1 dropped); it is turned over once, here.
    pub fn new(weight: &[f32], inputs: usize, bias: Vec<f32>, activation: Activation) -> Self {
        let outputs = bias.len();
        assert_eq!(weight.len(), outputs * inputs, "weight is outputs × inputs");
        let mut packed = vec![0.0; weight.len()];
        for (o, row) in weight.chunks_exact(inputs).enumerate() {
            for (i, value) in row.iter().enumerate() {
                packed[i * outputs + o] = *value;
            }
        }
        Self {
            inputs,
            weight: packed,
            epilogue: Epilogue::new(bias, activation),
        }
    }

    /// Channels out.
    pub fn outputs(&self) -> usize {
        self.epilogue.len()
    }

    /// `input` holds cells of `inputs` channels, `out` as many cells of `outputs()` channels.
    pub fn run(&self, input: &[f32], out: &mut [f32]) {
        let (k, n) = (self.inputs, self.outputs());
        assert_eq!(input.len() / k, out.len() / n, "as many cells out as in");
        let cells = (BLOCK_LEN / n).max(MIN_BLOCK_CELLS);
        for (input, out) in input.chunks(cells * k).zip(out.chunks_mut(cells * n)) {
            matmul(input, &self.weight, out, k, n);
            self.epilogue.apply(out);
        }
    }
}
