//! Dense 3×3 convolution: windows gathered into rows, then one matrix product a band.

use super::{
    Extent,
    activation::{Activation, Epilogue},
    matmul::matmul,
};
use crate::scratch::Scratch;

/// Cells out handled together; their windows (27 to a few hundred numbers each) stay in the level-2 cache.
const BAND_CELLS: usize = 512;

/// A dense 3×3 convolution with one cell of zero padding, bias and activation.
pub(crate) struct Spatial {
    inputs: usize,
    stride: usize,
    /// (3 × 3 × inputs) × outputs, row by row.
    weight: Vec<f32>,
    epilogue: Epilogue,
}

impl Spatial {
    /// `weight` is outputs × inputs × 3 × 3 as ONNX stores it.
    pub fn new(weight: &[f32], inputs: usize, stride: usize, bias: Vec<f32>, activation: Activation) -> Self {
        let outputs = bias.len();
        assert_eq!(
            weight.len(),
            outputs * inputs * 9,
            "weight is outputs × inputs × 3 × 3"
        );
        let mut packed = vec![0.0; weight.len()];
        for (o, filter) in weight.chunks_exact(inputs * 9).enumerate() {
            for (i, plane) in filter.chunks_exact(9).enumerate() {
                for (tap, value) in plane.iter().enumerate() {
                    packed[(tap * inputs + i) * outputs + o] = *value;
                }
            }
        }
        Self {
            inputs,
            stride,
            weight: packed,
            epilogue: Epilogue::new(bias, activation),
        }
    }

    /// Channels out.
    pub fn outputs(&self) -> usize {
        self.epilogue.len()
    }

    /// Convolves the map `input` of `extent`; `out` is the map of `extent.strided(stride)`.
    pub fn run(&self, input: &[f32], extent: Extent, out: &mut [f32], scratch: &mut Scratch) {
        let (k, n, to) = (self.inputs * 9, self.outputs(), extent.strided(self.stride));
        assert_eq!(input.len(), extent.area() * self.inputs, "input fits its extent");
        assert_eq!(out.len(), to.area() * n, "out fits the strided extent");
        let mut windows = scratch.take(BAND_CELLS * k);
        for (band, out) in out.chunks_mut(BAND_CELLS * n).enumerate() {
            let cells = out.len() / n;
            for (i, window) in windows.chunks_exact_mut(k).take(cells).enumerate() {
                let cell = band * BAND_CELLS + i;
                self.gather(input, extent, cell / to.w, cell % to.w, window);
            }
            matmul(&windows[..cells * k], &self.weight, out, k, n);
            self.epilogue.apply(out);
        }
        scratch.give(windows);
    }

    /// Copies the 3×3 window around one output cell: three runs of up to three input cells, zeros outside the map.
    fn gather(&self, input: &[f32], extent: Extent, y: usize, x: usize, window: &mut [f32]) {
        let c = self.inputs;
        // The window's corner in coordinates of the padded map, one cell up and left of the map itself.
        let (top, left) = (y * self.stride, x * self.stride);
        let first = usize::from(left == 0);
        let last = 3.min(extent.w + 1 - left);
        if top == 0 || top + 2 > extent.h || first > 0 || last < 3 {
            window.fill(0.0);
        }
        for (ky, row) in window.chunks_exact_mut(3 * c).enumerate() {
            if (1..=extent.h).contains(&(top + ky)) {
                let at = ((top + ky - 1) * extent.w + left + first - 1) * c;
                row[first * c..last * c].copy_from_slice(&input[at..at + (last - first) * c]);
            }
        }
    }
}
