//! From the network's cells to faces.

use super::{DetectOptions, Detection, network::CELL_LEN};

/// Cells per side of the three maps: one for 8, 16 and 32 pixels.
pub(super) const STRIDES: [usize; 3] = [8, 16, 32];
/// Candidates that enter the suppression of overlaps, the best of all; OpenCV's `FaceDetectorYN` uses the same
/// number. It bounds the quadratic work on a picture full of faces.
const MAX_CANDIDATES: usize = 5000;

/// A side padded to the multiple of 32 that the coarsest map needs.
pub(super) fn padded(side: usize) -> usize {
    side.next_multiple_of(32)
}

/// Decodes the cells of a `width × height` picture, drops what scores too low or overlaps something better.
pub(super) fn decode(cells: &[f32], width: u32, height: u32, options: &DetectOptions) -> Vec<Detection> {
    let (width, height) = (padded(width as usize), padded(height as usize));
    let mut candidates = Vec::new();
    let mut cells = cells.as_chunks::<CELL_LEN>().0.iter();
    for stride in STRIDES {
        let (rows, columns) = (height / stride, width / stride);
        for (i, cell) in cells.by_ref().take(rows * columns).enumerate() {
            let detection = decode_cell(cell, (i % columns) as f32, (i / columns) as f32, stride as f32);
            // Written so that a score that is not a number is dropped too.
            if detection.score >= options.min_score && detection.is_finite() {
                candidates.push(detection);
            }
        }
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(MAX_CANDIDATES);
    let mut kept: Vec<Detection> = Vec::new();
    for candidate in candidates {
        if kept.len() == options.max_faces {
            break;
        }
        if kept
            .iter()
            .all(|better| overlap(better, &candidate) <= f64::from(options.nms_iou))
        {
            kept.push(candidate);
        }
    }
    kept
}

/// One cell: probabilities of face and objectness, centre offset and log size of the box, offsets of the points.
fn decode_cell(cell: &[f32; CELL_LEN], column: f32, row: f32, stride: f32) -> Detection {
    let score = (cell[0].clamp(0.0, 1.0) * cell[1].clamp(0.0, 1.0)).sqrt();
    let (w, h) = (cell[4].exp() * stride, cell[5].exp() * stride);
    let (x, y) = (
        (column + cell[2]) * stride - w / 2.0,
        (row + cell[3]) * stride - h / 2.0,
    );
    let point = |i: usize| {
        [
            (column + cell[6 + 2 * i]) * stride,
            (row + cell[7 + 2 * i]) * stride,
        ]
    };
    Detection {
        x,
        y,
        w,
        h,
        landmarks: std::array::from_fn(point),
        score,
    }
}

impl Detection {
    fn is_finite(&self) -> bool {
        [self.x, self.y, self.w, self.h]
            .iter()
            .chain(self.landmarks.iter().flatten())
            .all(|v| v.is_finite())
    }
}

/// Intersection over union of two boxes, 0..=1. In `f64`, where no sum or product of finite `f32` overflows: an
/// infinite area would make the quotient no number at all, and hide one box from the other.
fn overlap(a: &Detection, b: &Detection) -> f64 {
    let [a, b] = [a, b].map(|d| [d.x, d.y, d.w, d.h].map(f64::from));
    let shared = |at: usize| ((a[at] + a[at + 2]).min(b[at] + b[at + 2]) - a[at].max(b[at])).max(0.0);
    let both = shared(0) * shared(1);
    let union = a[2] * a[3] + b[2] * b[3] - both;
    if union > 0.0 { both / union } else { 0.0 }
}
