//! Halving and doubling feature maps.

use super::{
    Extent,
    simd::{LANES, load, vectorised},
};

/// The largest of every 2×2 cells, channel by channel; both sides of `extent` are even.
pub(crate) fn max_pool(input: &[f32], extent: Extent, channels: usize, out: &mut [f32]) {
    assert!(
        extent.h.is_multiple_of(2) && extent.w.is_multiple_of(2),
        "the map halves evenly"
    );
    assert_eq!(input.len(), extent.area() * channels, "input fits its extent");
    assert_eq!(out.len() * 4, input.len(), "out is the halved map");
    assert_eq!(channels % LANES, 0, "channels come in multiples of LANES");
    let row = extent.w * channels;
    for (rows, out) in input.chunks_exact(2 * row).zip(out.chunks_exact_mut(row / 2)) {
        pool_row(&rows[..row], &rows[row..], channels, out);
    }
}

vectorised! { fn pool_row(above: &[f32], below: &[f32], channels: usize, out: &mut [f32]) = pool_row_body }

#[inline(always)]
fn pool_row_body<const FMA: bool>(above: &[f32], below: &[f32], channels: usize, out: &mut [f32]) {
    for (x, cell) in out.chunks_exact_mut(channels).enumerate() {
        for (c, lanes) in cell.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let at = 2 * x * channels + c * LANES;
            let four = [
                load(above, at),
                load(above, at + channels),
                load(below, at),
                load(below, at + channels),
            ];
            for i in 0..LANES {
                let (a, b) = (four[0][i], four[1][i]);
                let (c, d) = (four[2][i], four[3][i]);
                let (ab, cd) = (if a > b { a } else { b }, if c > d { c } else { d });
                lanes[i] = if ab > cd { ab } else { cd };
            }
        }
    }
}

/// Adds to every cell of `map` the cell of the half-sized map `coarse` that covers it (nearest neighbour, as ONNX
/// Resize with asymmetric coordinates and floor).
pub(crate) fn add_upsampled(map: &mut [f32], extent: Extent, coarse: &[f32], channels: usize) {
    assert!(
        extent.h.is_multiple_of(2) && extent.w.is_multiple_of(2),
        "the map halves evenly"
    );
    assert_eq!(map.len(), extent.area() * channels, "map fits its extent");
    assert_eq!(coarse.len() * 4, map.len(), "coarse is the halved map");
    let row = extent.w * channels;
    for (y, fine) in map.chunks_exact_mut(row).enumerate() {
        let coarse = &coarse[(y / 2) * (row / 2)..][..row / 2];
        for (pair, add) in fine
            .chunks_exact_mut(2 * channels)
            .zip(coarse.chunks_exact(channels))
        {
            for cell in pair.chunks_exact_mut(channels) {
                for (value, add) in cell.iter_mut().zip(add) {
                    *value += add;
                }
            }
        }
    }
}
