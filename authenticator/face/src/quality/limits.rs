//! The quality thresholds, each beside its reason.
//!
//! Where a number is "measured", it was read off the public eval material: 600 LFW pictures drawn at random; nine
//! clips of seven people; and 250 genuine LFW pairs whose second picture was degraded step by step while the share
//! of pairs with SFace cosine ≥ 0.50 was watched (88 % undegraded).

use std::ops::RangeInclusive;

/// What a frame must satisfy. Only this crate makes one: thresholds belong to the models, not to a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityLimits {
    pub(super) min_detection_score: f32,
    pub(super) rival_face_share: f32,
    pub(super) max_cut_share: f32,
    pub(super) point_margin_share: f32,
    pub(super) min_face_height_px: f32,
    pub(super) max_frame_share: f32,
    pub(super) max_nose_sideways: f32,
    pub(super) nose_height: RangeInclusive<f32>,
    pub(super) max_roll_deg: f32,
    pub(super) brightness: RangeInclusive<f32>,
    pub(super) min_contrast: f32,
    pub(super) min_sharpness: f32,
}

impl QualityLimits {
    /// For frames that are compared with a template: as loose as recognition bears, since a frame refused here costs
    /// the user time and one let through costs only a missed match.
    #[must_use]
    pub fn verification() -> Self {
        Self {
            // YuNet's score. Measured: the lowest on any clip was 0.86, 99 % of LFW lie above 0.84.
            min_detection_score: 0.7,
            // Height relative to the main face. The clip with three faces in view has its second at 0.48–0.54.
            rival_face_share: 0.33,
            // How far the box may reach over the edge, as a share of its height: boxes often end beyond the hairline
            // or the chin.
            max_cut_share: 0.05,
            // How far the five points must stay from the edge, as a share of the box's height. The outer eye of a
            // frontal face lies 0.15 from its box's side; a picture cut through the temple leaves 0.06.
            point_margin_share: 0.08,
            // Pixels. The crop is 112 high for about 0.9 of the box; below 80 it is enlarged by more than a third.
            // The carphone clip (face 60–69 px) has to be enlarged first, which gives it 179–212.
            min_face_height_px: 80.0,
            // Share of the frame's height. Measured on the clips: 0.39–0.56.
            max_frame_share: 0.9,
            // Nose tip beside the eyes' midpoint, in eye distances: about 0.17 at 12° of yaw, 0.25 near 18°. Past
            // 45° a face's cosine to its own frontal view falls to −0.09; identity is bound to small yaw only.
            max_nose_sideways: 0.25,
            // Nose tip between the eye line (0) and the mouth line (1). Measured on LFW, 1st to 99th percentile:
            // 0.46–0.65; on a clip of nodding 0.48–0.67.
            nose_height: 0.42..=0.70,
            // Alignment undoes roll; the detector was trained upright. The carphone clip reaches 21°.
            max_roll_deg: 30.0,
            // Mean luma of the face, 0–255. Measured: at a mean of 31 the pairs still match in 82 %, at 19 in 71 %;
            // washed out at 182 in 84 %, at 214 in 61 %. Undegraded LFW: 55–186.
            brightness: 30.0..=205.0,
            // Standard deviation of luma. Measured: at 13 pairs match in 79 %, at 8.5 in 57 %.
            min_contrast: 9.0,
            // Variance of the Laplacian over the variance of luma. Measured, Gaussian blur of LFW: 0.010 matches in
            // 79 %, 0.006 in 74 %, 0.005 in 60 %, 0.003 in 26 %. Sharp LFW: 99 % above 0.021; carphone 0.083–0.174.
            min_sharpness: 0.006,
        }
    }

    /// For frames that become part of a template: stricter, since every later match is only as good as these.
    #[must_use]
    pub fn enrolment() -> Self {
        Self {
            // Of the carphone clip's frontal start 0.06 is the most, its late turn reaches 0.17.
            max_nose_sideways: 0.20,
            nose_height: 0.45..=0.67,
            max_roll_deg: 20.0,
            // Halfway between what still matches as if undegraded (63 dark, 165 bright) and the limits above.
            brightness: 45.0..=190.0,
            min_contrast: 12.0,
            // Blur of 1.5 px on LFW's 250 px, the last step before matches are lost, has its median at 0.016.
            min_sharpness: 0.014,
            ..Self::verification()
        }
    }
}
