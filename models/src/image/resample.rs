//! Bicubic resampling in two passes, rows first.

use super::Image;
use zeroize::Zeroizing;

/// Keys' cubic convolution kernel (1981) with a = −0.75, the choice of OpenCV's INTER_CUBIC, so that enlarged clips
/// look to the networks as they did when the thresholds were measured.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.75;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((x - 5.0) * x + 8.0) * x * A - 4.0 * A
    } else {
        0.0
    }
}

/// For one output coordinate: the first source index (may lie outside) and the weights from there on.
struct Taps {
    first: i64,
    weights: Vec<f32>,
}

/// The taps of every output coordinate of one axis.
fn taps(from: u32, to: u32) -> Vec<Taps> {
    let ratio = f64::from(from) / f64::from(to);
    // Shrinking: the kernel is stretched over all source pixels that fall on one output pixel.
    let stretch = ratio.max(1.0);
    (0..to)
        .map(|o| {
            let centre = (f64::from(o) + 0.5) * ratio - 0.5;
            let first = (centre - 2.0 * stretch).floor() as i64 + 1;
            let last = (centre + 2.0 * stretch).ceil() as i64 - 1;
            let raw: Vec<f64> = (first..=last)
                .map(|i| cubic((i as f64 - centre) / stretch))
                .collect();
            let sum: f64 = raw.iter().sum();
            Taps {
                first,
                weights: raw.iter().map(|w| (w / sum) as f32).collect(),
            }
        })
        .collect()
}

fn clamp(index: i64, len: usize) -> usize {
    index.clamp(0, len as i64 - 1) as usize
}

pub(super) fn bicubic(image: &Image, width: u32, height: u32) -> Image {
    let (w, h, out_w) = (image.width as usize, image.height as usize, width as usize);
    let across = taps(image.width, width);
    let mut middle = Zeroizing::new(vec![0_f32; h * out_w * 3]);
    for (row, out) in image
        .rgb
        .chunks_exact(w * 3)
        .zip(middle.chunks_exact_mut(out_w * 3))
    {
        for (tap, pixel) in across.iter().zip(out.as_chunks_mut::<3>().0) {
            for (i, weight) in (tap.first..).zip(&tap.weights) {
                let at = clamp(i, w) * 3;
                for (sum, &value) in pixel.iter_mut().zip(&row[at..at + 3]) {
                    *sum += weight * f32::from(value);
                }
            }
        }
    }
    let mut rgb = Zeroizing::new(vec![0_u8; out_w * height as usize * 3]);
    let mut sums = Zeroizing::new(vec![0_f32; out_w * 3]);
    for (tap, out) in taps(image.height, height)
        .iter()
        .zip(rgb.chunks_exact_mut(out_w * 3))
    {
        sums.fill(0.0);
        for (i, weight) in (tap.first..).zip(&tap.weights) {
            let at = clamp(i, h) * out_w * 3;
            for (sum, value) in sums.iter_mut().zip(&middle[at..at + out_w * 3]) {
                *sum += weight * value;
            }
        }
        for (byte, sum) in out.iter_mut().zip(sums.iter()) {
            // A float-to-u8 cast saturates: the cubic's overshoot is clipped to 0..=255.
            *byte = sum.round() as u8;
        }
    }
    Image { width, height, rgb }
}
