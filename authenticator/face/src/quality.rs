//! Is this picture good enough to judge the face on it? And if not, what can the user do about it?
//!
//! Measured on the five points and on the aligned 112×112 crop, so that every measure has one scale whatever the
//! camera's resolution. The names follow ISO/IEC 29794-5 (SingleFace, InterEyeDistance, HeadPose, Sharpness,
//! UnderExposure, OverExposure, DynamicRange) where it has them; the measures are plain ones of our own.

mod guidance;
mod limits;
mod measure;
#[cfg(test)]
mod tests;

pub use guidance::Guidance;
pub use limits::QualityLimits;

use measure::{CropMeasures, Pose};
use smile_models::{AlignedFace, Detection};

/// Picks the one face that the frame is about: the tallest.
///
/// `size` is the frame's (width, height) in pixels; detections are in the same pixels.
///
/// # Errors
/// The reason why the frame cannot be used, judged before the face is cut out.
pub(crate) fn judge_frame<'a>(
    detections: &'a [Detection],
    size: (u32, u32),
    limits: &QualityLimits,
) -> Result<&'a Detection, Guidance> {
    let faces = || {
        detections
            .iter()
            .filter(|d| d.score >= limits.min_detection_score)
    };
    let Some(face) = faces().max_by(|a, b| a.h.total_cmp(&b.h)) else {
        return Err(Guidance::NoFace);
    };
    // Who stands far behind the buyer does not matter; who could be meant instead does.
    let rivals = faces()
        .filter(|d| d.h >= limits.rival_face_share * face.h)
        .count()
        - 1;
    if rivals > 0 {
        return Err(Guidance::MultipleFaces);
    }
    let (width, height) = (size.0 as f32, size.1 as f32);
    let outside = [
        -face.x,
        -face.y,
        face.x + face.w - width,
        face.y + face.h - height,
    ];
    // The detector shrinks its box to what it sees of a face; the points it still puts where they belong.
    let margin = limits.point_margin_share * face.h;
    let inside =
        |[x, y]: &[f32; 2]| (margin..=width - margin).contains(x) && (margin..=height - margin).contains(y);
    if outside.iter().any(|px| *px > limits.max_cut_share * face.h) || !face.landmarks.iter().all(inside) {
        return Err(Guidance::FaceCutOff);
    }
    if face.h < limits.min_face_height_px {
        return Err(Guidance::FaceTooFar);
    }
    if face.h > limits.max_frame_share * height {
        return Err(Guidance::FaceTooClose);
    }
    let pose = Pose::of(&face.landmarks);
    let straight = pose.nose_sideways.abs() <= limits.max_nose_sideways
        && limits.nose_height.contains(&pose.nose_height)
        && pose.roll_deg.abs() <= limits.max_roll_deg;
    if straight {
        Ok(face)
    } else {
        Err(Guidance::LookStraight)
    }
}

/// Judges light and sharpness of the face itself; a bright window behind it does not count.
///
/// # Errors
/// The reason why the crop cannot be used. Light comes before blur: a dark picture is blurred by its noise filter.
pub(crate) fn judge_crop(crop: &AlignedFace, limits: &QualityLimits) -> Result<(), Guidance> {
    let measures = CropMeasures::of(crop);
    if measures.brightness < *limits.brightness.start() {
        return Err(Guidance::TooDark);
    }
    if measures.brightness > *limits.brightness.end() {
        return Err(Guidance::TooBright);
    }
    if measures.contrast < limits.min_contrast {
        return Err(Guidance::LowContrast);
    }
    if measures.sharpness < limits.min_sharpness {
        return Err(Guidance::Blurred);
    }
    Ok(())
}
