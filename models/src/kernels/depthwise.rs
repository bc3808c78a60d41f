//! Depthwise 3×3 convolution: every channel by itself, sums kept in registers.

use super::{
    Extent,
    activation::{Activation, Epilogue, negative_part},
    simd::{LANES, Lanes, load, madd, vectorised},
};
use std::ops::Range;

const TAPS: usize = 9;
/// Vectors a channel group: nine taps, the bias, the bend of the activation.
const GROUP: usize = TAPS + 2;
const BIAS: usize = TAPS;
const BEND: usize = TAPS + 1;

/// A depthwise 3×3 convolution with one cell of zero padding, bias and activation.
pub(crate) struct Depthwise {
    stride: usize,
    /// What the inner loop reads for 16 channels, side by side, so that one pointer walks over it.
    groups: Vec<[Lanes; GROUP]>,
}

impl Depthwise {
    /// `weight` is channels × 1 × 3 × 3 as ONNX stores it.
    pub fn new(weight: &[f32], stride: usize, bias: Vec<f32>, activation: Activation) -> Self {
        let channels = bias.len();
        assert_eq!(weight.len(), channels * TAPS, "weight is channels × 3 × 3");
        let Epilogue { bias, bend } = Epilogue::new(bias, activation);
        let group = |at: usize| {
            std::array::from_fn(|row| match row {
                BIAS => *load(&bias, at),
                BEND => *load(&bend, at),
                tap => std::array::from_fn(|c| weight[(at + c) * TAPS + tap]),
            })
        };
        Self {
            stride,
            groups: (0..channels).step_by(LANES).map(group).collect(),
        }
    }

    /// Channels in and out.
    pub fn channels(&self) -> usize {
        self.groups.len() * LANES
    }

    /// The map that comes out of a map of `extent`.
    pub fn extent(&self, extent: Extent) -> Extent {
        extent.strided(self.stride)
    }

    /// Convolves the whole map.
    pub fn run(&self, input: &[f32], extent: Extent, out: &mut [f32]) {
        self.run_rows(input, extent, 0..self.extent(extent).h, out);
    }

    /// Computes only `rows` of the resulting map; `out` holds just these rows.
    pub fn run_rows(&self, input: &[f32], extent: Extent, rows: Range<usize>, out: &mut [f32]) {
        let (to, channels) = (self.extent(extent), self.channels());
        assert_eq!(input.len(), extent.area() * channels, "input fits its extent");
        assert!(rows.end <= to.h, "rows lie in the map");
        assert_eq!(out.len(), rows.len() * to.w * channels, "out holds the rows");
        for (y, out) in rows.zip(out.chunks_exact_mut(to.w * channels)) {
            row(input, extent, y * self.stride, self.stride, &self.groups, out);
        }
    }
}

vectorised! {
    /// One row of the resulting map; `top` is its window's first row in the map padded by one cell.
    fn row(
        input: &[f32], extent: Extent, top: usize, stride: usize, groups: &[[Lanes; GROUP]], out: &mut [f32],
    ) = row_body
}

#[inline(always)]
fn row_body<const FMA: bool>(
    input: &[f32],
    extent: Extent,
    top: usize,
    stride: usize,
    groups: &[[Lanes; GROUP]],
    out: &mut [f32],
) {
    let channels = groups.len() * LANES;
    // Taps that fall on the map; the padding above, below and beside it is zero and adds nothing.
    let inside = |at: usize, len: usize| usize::from(at == 0)..3.min(len + 1 - at);
    let down = inside(top, extent.h);
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        let left = x * stride;
        let across = inside(left, extent.w);
        if down == (0..3) && across == (0..3) {
            let row = |ky: usize| &input[((top + ky - 1) * extent.w + left - 1) * channels..][..3 * channels];
            inner::<FMA>([row(0), row(1), row(2)], groups, out);
        } else {
            border::<FMA>(input, extent, (top, down.clone()), (left, across), groups, out);
        }
    }
}

/// One output cell whose window lies inside the map; `rows` are the window's three rows of three cells.
#[inline(always)]
fn inner<const FMA: bool>(rows: [&[f32]; 3], groups: &[[Lanes; GROUP]], out: &mut [f32]) {
    let channels = groups.len() * LANES;
    assert!(
        rows.iter().all(|row| row.len() == 3 * channels) && out.len() == channels,
        "three cells a row"
    );
    for (g, (group, out)) in groups.iter().zip(out.as_chunks_mut::<LANES>().0).enumerate() {
        let mut sum = group[BIAS];
        // Constant bounds: unrolled into nine multiply-adds on registers.
        for (ky, row) in rows.iter().enumerate() {
            for kx in 0..3 {
                // SAFETY: g < groups.len() and kx < 3, so the LANES numbers from kx·channels + g·LANES end within
                // 3·channels, the length of every row by the assert above. (Checked indexing costs a third of the
                // time of this loop.)
                let cell = unsafe { &*row.as_ptr().add(kx * channels + g * LANES).cast::<Lanes>() };
                let tap = &group[ky * 3 + kx];
                for i in 0..LANES {
                    sum[i] = madd::<FMA>(cell[i], tap[i], sum[i]);
                }
            }
        }
        *out = bent::<FMA>(sum, &group[BEND]);
    }
}

/// One output cell at the edge of the map: only the taps inside are added.
#[inline(always)]
fn border<const FMA: bool>(
    input: &[f32],
    extent: Extent,
    (top, down): (usize, Range<usize>),
    (left, across): (usize, Range<usize>),
    groups: &[[Lanes; GROUP]],
    out: &mut [f32],
) {
    let channels = groups.len() * LANES;
    for (g, (group, out)) in groups.iter().zip(out.as_chunks_mut::<LANES>().0).enumerate() {
        let mut sum = group[BIAS];
        for ky in down.clone() {
            for kx in across.clone() {
                let at = ((top + ky - 1) * extent.w + left + kx - 1) * channels + g * LANES;
                let (cell, tap) = (load(input, at), &group[ky * 3 + kx]);
                for i in 0..LANES {
                    sum[i] = madd::<FMA>(cell[i], tap[i], sum[i]);
                }
            }
        }
        *out = bent::<FMA>(sum, &group[BEND]);
    }
}

/// The activation. Two loops: in one, the compiler falls back to single numbers.
#[inline(always)]
fn bent<const FMA: bool>(sum: Lanes, bend: &Lanes) -> Lanes {
    let negative = sum.map(negative_part);
    std::array::from_fn(|i| madd::<FMA>(negative[i], bend[i], sum[i]))
}
