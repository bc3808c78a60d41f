//! The numbers behind the quality rules. They stay in this module: callers get codes.

use smile_models::{ALIGNED_SIDE_PX, AlignedFace};
use std::ops::Range;
use zeroize::Zeroizing;

/// Rows and columns of the 112×112 crop that hold face rather than hair and background: from the brows to the chin
/// and from cheek to cheek of the alignment template.
const ROWS: Range<usize> = 20..108;
const COLUMNS: Range<usize> = 16..96;

/// Light and sharpness of an aligned face.
pub(super) struct CropMeasures {
    /// Mean luma, 0–255.
    pub(super) brightness: f32,
    /// Standard deviation of luma, 0–128.
    pub(super) contrast: f32,
    /// Variance of the 4-neighbour Laplacian divided by the variance of luma: 0 is flat, sharp pictures of faces lie
    /// about 0.05–0.7. Dividing makes it the same for a dim and a bright picture of one sharpness.
    pub(super) sharpness: f32,
}

impl CropMeasures {
    pub(super) fn of(crop: &AlignedFace) -> Self {
        let luma = luma(crop);
        let at = |row: usize, column: usize| f64::from(luma[row * ALIGNED_SIDE_PX + column]);
        let (brightness, variance) = mean_and_variance(at);
        let (_, edges) = mean_and_variance(|r, c| {
            at(r - 1, c) + at(r + 1, c) + at(r, c - 1) + at(r, c + 1) - 4.0 * at(r, c)
        });
        Self {
            brightness: brightness as f32,
            contrast: variance.sqrt() as f32,
            // A flat crop has no edges either: 0, not 0/0.
            sharpness: if variance > 0.0 {
                (edges / variance) as f32
            } else {
                0.0
            },
        }
    }
}

/// Luma by ITU-R BT.601, one byte per pixel; as secret as the picture, so zeroed as well.
fn luma(crop: &AlignedFace) -> Zeroizing<Vec<u8>> {
    let weigh =
        |p: &[u8; 3]| ((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2])) >> 8) as u8;
    Zeroizing::new(crop.rgb().as_chunks::<3>().0.iter().map(weigh).collect())
}

/// Mean and variance of `value(row, column)` over the face's part of the crop.
fn mean_and_variance(value: impl Fn(usize, usize) -> f64) -> (f64, f64) {
    let count = (ROWS.len() * COLUMNS.len()) as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    for row in ROWS {
        for column in COLUMNS {
            let v = value(row, column);
            sum += v;
            squares += v * v;
        }
    }
    let mean = sum / count;
    (mean, (squares / count - mean * mean).max(0.0))
}

/// Which way a face looks, read off its five points.
pub(super) struct Pose {
    /// How far the nose tip lies from the middle of the eyes along the eye line, in eye distances; positive towards
    /// the person's left eye. 0 is frontal.
    pub(super) nose_sideways: f32,
    /// Where the nose tip lies between the eye line (0) and the mouth line (1).
    pub(super) nose_height: f32,
    /// Slope of the eye line in degrees, positive clockwise on the picture.
    pub(super) roll_deg: f32,
}

impl Pose {
    /// `landmarks` in the order of `Detection::landmarks`: right eye, left eye, nose, right and left mouth corner.
    /// Coinciding points give NaN, which no limit contains.
    pub(super) fn of(landmarks: &[[f32; 2]; 5]) -> Self {
        let [right_eye, left_eye, nose, right_mouth, left_mouth] = *landmarks;
        let middle = |a: [f32; 2], b: [f32; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let (eyes, mouth) = (middle(right_eye, left_eye), middle(right_mouth, left_mouth));
        let (dx, dy) = (left_eye[0] - right_eye[0], left_eye[1] - right_eye[1]);
        let span = dx.hypot(dy);
        let (along, down) = ([dx / span, dy / span], [-dy / span, dx / span]);
        let project = |p: [f32; 2], axis: [f32; 2]| (p[0] - eyes[0]) * axis[0] + (p[1] - eyes[1]) * axis[1];
        Self {
            nose_sideways: project(nose, along) / span,
            nose_height: project(nose, down) / project(mouth, down),
            roll_deg: dy.atan2(dx).to_degrees(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CropMeasures, Pose};
    use smile_models::{ALIGNED_SIDE_PX, AlignedFace};

    fn crop(value: impl Fn(usize, usize) -> u8) -> AlignedFace {
        let side = ALIGNED_SIDE_PX;
        let rgb = (0..side * side)
            .flat_map(|i| [value(i / side, i % side); 3])
            .collect();
        AlignedFace::from_rgb8(rgb).expect("the size is right")
    }

    #[test]
    fn a_flat_crop_has_its_value_as_brightness_and_no_contrast_or_sharpness() {
        let m = CropMeasures::of(&crop(|_, _| 77));
        assert_eq!((m.brightness, m.contrast, m.sharpness), (77.0, 0.0, 0.0));
    }

    #[test]
    fn a_checkerboard_of_pixels_is_as_sharp_as_can_be() {
        // Values 100 ± 10, so the variance is 100; the Laplacian is ∓80, so its variance is 6400.
        let m = CropMeasures::of(&crop(|r, c| if (r + c) % 2 == 0 { 110 } else { 90 }));
        assert!((m.brightness - 100.0).abs() < 1e-3 && (m.contrast - 10.0).abs() < 1e-3);
        assert!((m.sharpness - 64.0).abs() < 1e-3);
    }

    #[test]
    fn sharpness_does_not_depend_on_how_bright_the_picture_is() {
        let ramp = |gain: usize| {
            CropMeasures::of(&crop(move |r, c| (gain * ((r * 5 + c * 3) % 40)) as u8)).sharpness
        };
        assert!((ramp(2) / ramp(4) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_frontal_face_has_its_nose_in_the_middle_and_turning_the_picture_only_changes_roll() {
        let frontal = [
            [40.0, 50.0],
            [80.0, 50.0],
            [60.0, 75.0],
            [45.0, 100.0],
            [75.0, 100.0],
        ];
        let pose = Pose::of(&frontal);
        assert!(
            pose.nose_sideways.abs() < 1e-6
                && (pose.nose_height - 0.5).abs() < 1e-6
                && pose.roll_deg.abs() < 1e-6
        );

        let (sin, cos) = 20_f32.to_radians().sin_cos();
        let tilted = Pose::of(&frontal.map(|[x, y]| [x * cos - y * sin, x * sin + y * cos]));
        assert!(tilted.nose_sideways.abs() < 1e-5 && (tilted.nose_height - 0.5).abs() < 1e-5);
        assert!((tilted.roll_deg - 20.0).abs() < 1e-4);
    }

    #[test]
    fn points_that_coincide_have_no_pose() {
        assert!(Pose::of(&[[1.0, 1.0]; 5]).nose_sideways.is_nan());
    }
}
