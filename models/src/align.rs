//! From five points on a face to the upright 112×112 crop that the recognition network was trained on.

#[cfg(test)]
mod tests;

use crate::{Image, ModelError};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Side of an aligned face in pixels.
pub const ALIGNED_SIDE_PX: usize = 112;

/// Where the five points come to lie in the crop, in pixels: right eye, left eye, tip of the nose, right and left
/// corner of the mouth (right and left are the person's own). The ArcFace template (Deng et al. 2019), as in
/// InsightFace and in OpenCV's `FaceRecognizerSF`.
const TEMPLATE: [[f32; 2]; 5] = [
    [38.2946, 51.6963],
    [73.5318, 51.5014],
    [56.0252, 71.7366],
    [41.5493, 92.3655],
    [70.7299, 92.2041],
];

/// A face turned upright and scaled to 112×112: interleaved RGB, 8 bits a channel.
///
/// A secret: no `Debug`, `Clone` or `Serialize`, and zeroed when dropped.
pub struct AlignedFace {
    rgb: Zeroizing<Vec<u8>>,
}

/// The `Zeroizing` inside does it.
impl ZeroizeOnDrop for AlignedFace {}

impl AlignedFace {
    /// Takes over 112 × 112 × 3 bytes of interleaved RGB that are aligned already.
    ///
    /// # Errors
    /// [`ModelError::PixelCount`] for any other length.
    pub fn from_rgb8(rgb: Vec<u8>) -> Result<Self, ModelError> {
        let rgb = Zeroizing::new(rgb);
        let expected = ALIGNED_SIDE_PX * ALIGNED_SIDE_PX * 3;
        if rgb.len() != expected {
            return Err(ModelError::PixelCount {
                expected,
                found: rgb.len(),
            });
        }
        Ok(Self { rgb })
    }

    /// The pixels: 112 rows of 112 RGB triples.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

/// Cuts the face out of `image` by the similarity transform (turn, uniform scale, shift) that brings `landmarks`
/// closest to the template, sampled bilinearly; what lies outside the picture is black. A face more than twice as
/// large as the crop is averaged over the area of each pixel: single samples would skip what lies between them.
///
/// `landmarks` are in pixels of `image`, in the order of [`Detection::landmarks`](crate::Detection::landmarks).
///
/// # Errors
/// [`ModelError::FacePoints`] when a point is not finite, lies more than a picture's side outside the picture, or
/// the points coincide.
pub fn align_five_points(image: &Image, landmarks: &[[f32; 2]; 5]) -> Result<AlignedFace, ModelError> {
    let map = Similarity::to_template(image, landmarks)?.inverse();
    let grid = sampling_grid(map.a.0.hypot(map.a.1));
    let mut rgb = Zeroizing::new(vec![0_u8; ALIGNED_SIDE_PX * ALIGNED_SIDE_PX * 3]);
    for (i, pixel) in rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (x, y) = ((i % ALIGNED_SIDE_PX) as f64, (i / ALIGNED_SIDE_PX) as f64);
        *pixel = average(image, &map, (x, y), grid);
    }
    Ok(AlignedFace { rgb })
}

/// Most samples along one side of a pixel. With it a face is averaged without gaps up to 7,000 pixels, and the work
/// is bounded whatever the five points say.
const MAX_GRID: u32 = 32;

/// Samples along one side of a pixel of the crop that is `step` picture pixels wide. A bilinear sample sees two
/// pixels, so up to a step of two one is enough (and is what the reference pipelines take).
fn sampling_grid(step: f64) -> u32 {
    if step <= 2.0 {
        return 1;
    }
    // A float-to-integer cast saturates.
    (step.ceil() as u32).min(MAX_GRID)
}

/// The mean of `grid` × `grid` samples, evenly spread over the pixel at (x, y) of the crop.
fn average(image: &Image, map: &Similarity, (x, y): (f64, f64), grid: u32) -> [u8; 3] {
    let offset = |i: u32| (f64::from(i) + 0.5) / f64::from(grid) - 0.5;
    let mut sum = [0_f32; 3];
    for (i, j) in (0..grid).flat_map(|j| (0..grid).map(move |i| (i, j))) {
        let seen = sample(image, map.apply(x + offset(i), y + offset(j)));
        for (sum, value) in sum.iter_mut().zip(seen) {
            *sum += value;
        }
    }
    let count = (grid * grid) as f32;
    sum.map(|value| (value / count).round() as u8)
}

/// The plane map z ↦ a·z + b in complex numbers: |a| is the scale, arg a the turn, b the shift.
struct Similarity {
    a: (f64, f64),
    b: (f64, f64),
}

impl Similarity {
    /// The least-squares fit of the landmarks to the template. In the plane Umeyama's solution (1991, eq. 40–42) is
    /// a complex regression: a = Σ conj(z)·w / Σ |z|² over the centred points, and reflections are excluded by form.
    fn to_template(image: &Image, landmarks: &[[f32; 2]; 5]) -> Result<Self, ModelError> {
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        let z = landmarks.map(|[x, y]| (f64::from(x), f64::from(y)));
        // NaN and infinity are in no range. A picture's side of room lets a face that is cut off by the edge pass.
        if !z
            .iter()
            .all(|(x, y)| (-w..=2.0 * w).contains(x) && (-h..=2.0 * h).contains(y))
        {
            return Err(ModelError::FacePoints(
                "a point is not finite or far outside the picture",
            ));
        }
        let t = TEMPLATE.map(|[x, y]| (f64::from(x), f64::from(y)));
        let mean = |p: &[(f64, f64); 5]| {
            let (x, y) = p.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
            (x / 5.0, y / 5.0)
        };
        let (mz, mt) = (mean(&z), mean(&t));
        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in z.iter().zip(&t) {
            let (px, py, qx, qy) = (p.0 - mz.0, p.1 - mz.1, q.0 - mt.0, q.1 - mt.1);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            spread += px * px + py * py;
        }
        // Below one pixel of spread there is no face; a vanishing a (points that cancel out) has no inverse.
        if spread < 1.0 || dot.hypot(cross) < 1e-6 * spread {
            return Err(ModelError::FacePoints("the points coincide or have no direction"));
        }
        let a = (dot / spread, cross / spread);
        let b = (mt.0 - (a.0 * mz.0 - a.1 * mz.1), mt.1 - (a.0 * mz.1 + a.1 * mz.0));
        Ok(Self { a, b })
    }

    fn inverse(&self) -> Self {
        let norm = self.a.0 * self.a.0 + self.a.1 * self.a.1;
        let a = (self.a.0 / norm, -self.a.1 / norm);
        let b = (
            -(a.0 * self.b.0 - a.1 * self.b.1),
            -(a.0 * self.b.1 + a.1 * self.b.0),
        );
        Self { a, b }
    }

    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.a.0 * x - self.a.1 * y + self.b.0,
            self.a.0 * y + self.a.1 * x + self.b.1,
        )
    }
}

/// One bilinear sample; neighbours outside the picture count as black.
fn sample(image: &Image, (x, y): (f64, f64)) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = ((x - left) as f32, (y - top) as f32);
    let (w, h) = (i64::from(image.width()), i64::from(image.height()));
    let mut sum = [0_f32; 3];
    for (dx, dy, weight) in [
        (0, 0, (1.0 - fx) * (1.0 - fy)),
        (1, 0, fx * (1.0 - fy)),
        (0, 1, (1.0 - fx) * fy),
        (1, 1, fx * fy),
    ] {
        let (px, py) = (left as i64 + dx, top as i64 + dy);
        if (0..w).contains(&px) && (0..h).contains(&py) {
            let at = (py * w + px) as usize * 3;
            for (sum, &value) in sum.iter_mut().zip(&image.rgb()[at..at + 3]) {
                *sum += weight * f32::from(value);
            }
        }
    }
    sum
}
