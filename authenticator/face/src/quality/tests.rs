//! One face that passes everything, then the same face with one flaw per rule.

use super::{Guidance, QualityLimits, judge_crop, judge_frame};
use smile_models::{ALIGNED_SIDE_PX, AlignedFace, Detection};

const FRAME: (u32, u32) = (640, 480);

/// An upright frontal face, 200 px high, in the middle of a 640×480 frame.
fn good() -> Detection {
    face_at(220.0, 140.0, 200.0)
}

fn face_at(x: f32, y: f32, h: f32) -> Detection {
    let unit = [
        [0.25, 0.40],
        [0.60, 0.40],
        [0.425, 0.60],
        [0.30, 0.78],
        [0.55, 0.78],
    ];
    Detection {
        x,
        y,
        w: 0.85 * h,
        h,
        landmarks: unit.map(|[u, v]| [x + u * h, y + v * h]),
        score: 0.93,
    }
}

#[track_caller]
fn refused(detections: &[Detection], reason: Guidance) {
    let limits = QualityLimits::verification();
    assert!(
        judge_frame(&[good()], FRAME, &limits).is_ok(),
        "the same face without the flaw is accepted"
    );
    assert_eq!(judge_frame(detections, FRAME, &limits).err(), Some(reason));
}

#[test]
fn a_frame_without_a_face_or_with_an_unsure_one_is_refused() {
    refused(&[], Guidance::NoFace);
    refused(
        &[Detection {
            score: 0.69,
            ..good()
        }],
        Guidance::NoFace,
    );
}

#[test]
fn a_second_face_of_a_third_of_the_size_is_refused_and_a_smaller_one_ignored() {
    refused(&[good(), face_at(10.0, 10.0, 67.0)], Guidance::MultipleFaces);
    let limits = QualityLimits::verification();
    let passer_by = [face_at(10.0, 10.0, 65.0), good()];
    let chosen = judge_frame(&passer_by, FRAME, &limits).expect("somebody far behind does not matter");
    assert!(
        (chosen.h - 200.0).abs() < f32::EPSILON,
        "the tallest face is the one meant"
    );
}

#[test]
fn a_face_over_any_edge_is_refused() {
    for (x, y) in [(-11.0, 140.0), (220.0, -11.0), (481.0, 140.0), (220.0, 291.0)] {
        refused(&[face_at(x, y, 200.0)], Guidance::FaceCutOff);
    }
    // A box that the detector shrank to the visible part, with an eye at the very edge.
    let mut cut_through_the_temple = good();
    cut_through_the_temple.x = 0.0;
    cut_through_the_temple.landmarks = cut_through_the_temple.landmarks.map(|[x, y]| [x - 255.0, y]);
    refused(&[cut_through_the_temple], Guidance::FaceCutOff);
    let mut point_outside = good();
    point_outside.landmarks[2][1] = 480.0;
    refused(&[point_outside], Guidance::FaceCutOff);
}

#[test]
fn a_face_with_too_few_pixels_is_refused() {
    refused(&[face_at(300.0, 200.0, 79.0)], Guidance::FaceTooFar);
    assert!(
        judge_frame(
            &[face_at(300.0, 200.0, 80.0)],
            FRAME,
            &QualityLimits::verification()
        )
        .is_ok()
    );
}

#[test]
fn a_face_that_fills_the_frame_is_refused() {
    refused(&[face_at(100.0, 10.0, 440.0)], Guidance::FaceTooClose);
}

#[test]
fn a_face_turned_nodding_or_tilted_is_refused() {
    let eye_distance = 70.0;
    let nose_moved = |dx: f32, dy: f32| {
        let mut face = good();
        face.landmarks[2][0] += dx;
        face.landmarks[2][1] += dy;
        face
    };
    refused(&[nose_moved(0.26 * eye_distance, 0.0)], Guidance::LookStraight);
    refused(&[nose_moved(-0.26 * eye_distance, 0.0)], Guidance::LookStraight);
    let eyes_to_mouth = 76.0;
    refused(&[nose_moved(0.0, 0.2 * eyes_to_mouth)], Guidance::LookStraight);
    refused(&[nose_moved(0.0, -0.2 * eyes_to_mouth)], Guidance::LookStraight);

    let (sin, cos) = 31_f32.to_radians().sin_cos();
    let mut tilted = good();
    tilted.landmarks = tilted.landmarks.map(|[x, y]| {
        let (dx, dy) = (x - 320.0, y - 240.0);
        [320.0 + dx * cos - dy * sin, 240.0 + dx * sin + dy * cos]
    });
    refused(&[tilted], Guidance::LookStraight);

    let mut collapsed = good();
    collapsed.landmarks = [[300.0, 200.0]; 5];
    refused(&[collapsed], Guidance::LookStraight);
}

#[test]
fn enrolment_is_stricter_than_verification_about_pose() {
    let mut turned = good();
    turned.landmarks[2][0] += 0.22 * 70.0;
    assert!(judge_frame(&[good()], FRAME, &QualityLimits::enrolment()).is_ok());
    assert_eq!(
        judge_frame(&[turned], FRAME, &QualityLimits::enrolment()).err(),
        Some(Guidance::LookStraight)
    );
}

/// A crop of coarse texture: squares of `cell` pixels alternating `mean ± swing`.
fn crop(mean: i32, swing: i32, cell: usize) -> AlignedFace {
    let side = ALIGNED_SIDE_PX;
    let value = |i: usize| {
        let dark = (i / side / cell + i % side / cell).is_multiple_of(2);
        (mean + if dark { -swing } else { swing }).clamp(0, 255) as u8
    };
    AlignedFace::from_rgb8((0..side * side).flat_map(|i| [value(i); 3]).collect()).expect("the size is right")
}

#[test]
fn each_flaw_of_light_and_focus_has_its_own_code() {
    let limits = QualityLimits::verification();
    assert_eq!(
        judge_crop(&crop(120, 30, 8), &limits),
        Ok(()),
        "the same texture in good light"
    );
    assert_eq!(judge_crop(&crop(29, 20, 8), &limits), Err(Guidance::TooDark));
    assert_eq!(judge_crop(&crop(206, 30, 8), &limits), Err(Guidance::TooBright));
    assert_eq!(judge_crop(&crop(120, 8, 8), &limits), Err(Guidance::LowContrast));
    assert_eq!(judge_crop(&ramp(), &limits), Err(Guidance::Blurred));
}

/// Light from one side and no edge anywhere.
fn ramp() -> AlignedFace {
    let side = ALIGNED_SIDE_PX;
    let value = |i: usize| (60 + i % side) as u8;
    AlignedFace::from_rgb8((0..side * side).flat_map(|i| [value(i); 3]).collect()).expect("the size is right")
}

#[test]
fn codes_are_stable_and_every_one_has_its_advice() {
    let all = [
        (Guidance::NoFace, "no_face"),
        (Guidance::MultipleFaces, "multiple_faces"),
        (Guidance::FaceCutOff, "face_cut_off"),
        (Guidance::FaceTooFar, "face_too_far"),
        (Guidance::FaceTooClose, "face_too_close"),
        (Guidance::LookStraight, "look_straight"),
        (Guidance::TooDark, "too_dark"),
        (Guidance::TooBright, "too_bright"),
        (Guidance::LowContrast, "low_contrast"),
        (Guidance::Blurred, "blurred"),
        (Guidance::FaceChanged, "face_changed"),
    ];
    let advice: std::collections::BTreeSet<_> = all.iter().map(|(g, _)| g.advice()).collect();
    assert_eq!(advice.len(), all.len(), "no two codes say the same");
    for (guidance, code) in all {
        assert_eq!(guidance.code(), code);
    }
}
