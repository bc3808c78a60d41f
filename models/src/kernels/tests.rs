//! Every kernel, at every vector width that this CPU has, against the plainest loops that say the same, on random
//! shapes and numbers.

use super::{
    simd::{LANES, at_every_width},
    *,
};
use crate::scratch::Scratch;
use proptest::prelude::*;

/// Numbers in −1..1 from a seed: proptest shrinks the shape, not a thousand floats.
fn numbers(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(step).collect()
}

fn activation(kind: u8, seed: u32, channels: usize) -> Activation {
    match kind {
        0 => Activation::Identity,
        1 => Activation::Relu,
        _ => Activation::Prelu(numbers(seed, channels)),
    }
}

fn activate(activation: &Activation, channel: usize, v: f32) -> f32 {
    match activation {
        Activation::Identity => v,
        Activation::Relu => v.max(0.0),
        Activation::Prelu(slope) if v < 0.0 => slope[channel] * v,
        Activation::Prelu(_) => v,
    }
}

fn close(found: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        prop_assert!(
            (found - expected).abs() <= 1e-4,
            "at {}: {}, expected {}",
            i,
            found,
            expected
        );
    }
    Ok(())
}

/// A 3×3 convolution with zero padding straight from its definition; `groups` is 1 or the number of channels.
fn naive_3x3(
    (input, extent, inputs): (&[f32], Extent, usize),
    (weight, bias, stride, depthwise): (&[f32], &[f32], usize, bool),
    activation: &Activation,
) -> Vec<f32> {
    let (to, outputs) = (extent.strided(stride), bias.len());
    let mut out = vec![0.0; to.area() * outputs];
    for (at, value) in out.iter_mut().enumerate() {
        let (y, x, o) = (at / outputs / to.w, at / outputs % to.w, at % outputs);
        let mut sum = f64::from(bias[o]);
        for tap in 0..9 {
            let (iy, ix) = (
                (y * stride + tap / 3) as i64 - 1,
                (x * stride + tap % 3) as i64 - 1,
            );
            if !(0..extent.h as i64).contains(&iy) || !(0..extent.w as i64).contains(&ix) {
                continue;
            }
            let cell = &input[(iy as usize * extent.w + ix as usize) * inputs..][..inputs];
            for (i, v) in cell.iter().enumerate() {
                if depthwise && i != o {
                    continue;
                }
                let w = if depthwise {
                    weight[o * 9 + tap]
                } else {
                    weight[(o * inputs + i) * 9 + tap]
                };
                sum += f64::from(w) * f64::from(*v);
            }
        }
        *value = activate(activation, o, sum as f32);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pointwise_is_a_sum_over_channels(
        cells in 1_usize..700, inputs in 1_usize..70, groups in 1_usize..5, kind in 0_u8..3, seed: u32,
    ) {
        let outputs = groups * LANES;
        let (input, weight) = (numbers(seed, cells * inputs), numbers(seed ^ 1, outputs * inputs));
        let (bias, activation) = (numbers(seed ^ 2, outputs), activation(kind, seed ^ 3, outputs));
        let mut expected = vec![0.0; cells * outputs];
        for (at, value) in expected.iter_mut().enumerate() {
            let (cell, o) = (at / outputs, at % outputs);
            let sum: f64 = (0..inputs)
                .map(|i| f64::from(weight[o * inputs + i]) * f64::from(input[cell * inputs + i]))
                .sum();
            *value = activate(&activation, o, (sum + f64::from(bias[o])) as f32);
        }
        let kernel = Pointwise::new(&weight, inputs, bias, activation);
        at_every_width(|| {
            let mut out = vec![f32::NAN; cells * outputs];
            kernel.run(&input, &mut out);
            close(&out, &expected)
        })?;
    }

    #[test]
    fn spatial_is_the_definition(
        h in 1_usize..12, w in 1_usize..100, inputs in 1_usize..5, groups in 1_usize..3, stride in 1_usize..3,
        kind in 0_u8..3, seed: u32,
    ) {
        let (extent, outputs) = (Extent { h, w }, groups * LANES);
        let (input, weight) = (numbers(seed, extent.area() * inputs), numbers(seed ^ 1, outputs * inputs * 9));
        let (bias, activation) = (numbers(seed ^ 2, outputs), activation(kind, seed ^ 3, outputs));
        let expected = naive_3x3((&input, extent, inputs), (&weight, &bias, stride, false), &activation);
        let kernel = Spatial::new(&weight, inputs, stride, bias, activation);
        // Scratch memory holds the numbers of whatever ran before: none of them may come through.
        let mut scratch = Scratch::default();
        let mut dirty = scratch.take(512 * inputs * 9);
        dirty.fill(f32::NAN);
        scratch.give(dirty);
        at_every_width(|| {
            let mut out = vec![f32::NAN; expected.len()];
            kernel.run(&input, extent, &mut out, &mut scratch);
            close(&out, &expected)
        })?;
    }

    #[test]
    fn depthwise_is_the_definition(
        h in 1_usize..12, w in 1_usize..12, groups in 1_usize..5, stride in 1_usize..3, kind in 0_u8..3,
        band in 1_usize..5, seed: u32,
    ) {
        let (extent, channels) = (Extent { h, w }, groups * LANES);
        let (input, weight) = (numbers(seed, extent.area() * channels), numbers(seed ^ 1, channels * 9));
        let (bias, activation) = (numbers(seed ^ 2, channels), activation(kind, seed ^ 3, channels));
        let expected = naive_3x3((&input, extent, channels), (&weight, &bias, stride, true), &activation);
        let kernel = Depthwise::new(&weight, stride, bias, activation);
        at_every_width(|| {
            let mut out = vec![f32::NAN; expected.len()];
            kernel.run(&input, extent, &mut out);
            close(&out, &expected)?;
            // The same again, a few rows at a time.
            let (to, mut banded) = (kernel.extent(extent), vec![f32::NAN; expected.len()]);
            for (i, rows) in banded.chunks_mut(band * to.w * channels).enumerate() {
                kernel.run_rows(&input, extent, i * band..(i * band + band).min(to.h), rows);
            }
            prop_assert_eq!(out, banded);
            Ok(())
        })?;
    }

    #[test]
    fn dense_is_a_row_of_dot_products(outputs in 1_usize..20, blocks in 1_usize..6, seed: u32) {
        let inputs = blocks * 4 * LANES;
        let (input, weight) = (numbers(seed, inputs), numbers(seed ^ 1, outputs * inputs));
        let bias = numbers(seed ^ 2, outputs);
        let row = |o: usize| -> f64 {
            weight[o * inputs..][..inputs].iter().zip(&input).map(|(w, v)| f64::from(*w) * f64::from(*v)).sum()
        };
        let expected: Vec<f32> = (0..outputs).map(|o| (row(o) + f64::from(bias[o])) as f32).collect();
        let kernel = Dense::new(weight, bias);
        at_every_width(|| {
            let mut out = vec![f32::NAN; outputs];
            kernel.run(&input, &mut out);
            close(&out, &expected)
        })?;
    }

    #[test]
    fn max_pool_takes_the_largest_of_four(h in 1_usize..6, w in 1_usize..6, groups in 1_usize..4, seed: u32) {
        let (extent, channels) = (Extent { h: 2 * h, w: 2 * w }, groups * LANES);
        let input = numbers(seed, extent.area() * channels);
        let at = |y: usize, x: usize, c: usize| input[(y * extent.w + x) * channels + c];
        at_every_width(|| {
            let mut out = vec![f32::NAN; h * w * channels];
            max_pool(&input, extent, channels, &mut out);
            for (i, found) in out.iter().enumerate() {
                let (y, x, c) = (i / channels / w * 2, i / channels % w * 2, i % channels);
                let four = [at(y, x, c), at(y, x + 1, c), at(y + 1, x, c), at(y + 1, x + 1, c)];
                prop_assert_eq!(*found, four.into_iter().fold(f32::MIN, f32::max));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_coarse_map_is_added_to_the_four_cells_it_covers(h in 1_usize..6, w in 1_usize..6, seed: u32) {
        let (extent, channels) = (Extent { h: 2 * h, w: 2 * w }, LANES);
        let (fine, coarse) = (numbers(seed, extent.area() * channels), numbers(seed ^ 1, h * w * channels));
        let mut map = fine.clone();
        add_upsampled(&mut map, extent, &coarse, channels);
        for (i, found) in map.iter().enumerate() {
            let (y, x, c) = (i / channels / extent.w, i / channels % extent.w, i % channels);
            prop_assert_eq!(*found, fine[i] + coarse[(y / 2 * w + x / 2) * channels + c]);
        }
    }
}
