use super::{boxes, *};

const SIDE: u32 = 64;
/// Cells of a 64×64 picture: 8×8 of 8 pixels, 4×4 of 16, 2×2 of 32.
const CELLS: usize = 64 + 16 + 4;

/// A network output with nothing on it but the cells given: index and 16 numbers.
fn output(set: &[(usize, [f32; 16])]) -> Vec<f32> {
    let mut cells = vec![0.0; CELLS * 16];
    for (at, cell) in set {
        cells[at * 16..(at + 1) * 16].copy_from_slice(cell);
    }
    cells
}

fn cell(score: f32, centre: [f32; 2], size: f32) -> [f32; 16] {
    let mut cell = [0.0; 16];
    cell[0] = score;
    cell[1] = score;
    cell[2..4].copy_from_slice(&centre);
    cell[4..6].fill(size.ln());
    cell
}

fn decode(set: &[(usize, [f32; 16])], options: &DetectOptions) -> Vec<Detection> {
    boxes::decode(&output(set), SIDE, SIDE, options)
}

#[test]
fn a_cell_decodes_to_its_box_points_and_score() {
    // Cell 64 + 6 is column 2, row 1 of the map of 16 pixels.
    let mut face = cell(0.81, [0.5, 0.25], 2.0);
    face[1] = 1.0;
    for (i, value) in face[6..].iter_mut().enumerate() {
        *value = i as f32 / 4.0;
    }
    let found = decode(&[(70, face)], &DetectOptions::default());
    let [one] = &found[..] else {
        panic!("one face, found {}", found.len())
    };
    assert!((one.score - 0.9).abs() < 1e-6);
    // Centre (2.5, 1.25) cells = (40, 20) pixels, 32 pixels wide and high.
    for (found, expected) in [one.x, one.y, one.w, one.h].iter().zip([24.0, 4.0, 32.0, 32.0]) {
        assert!((found - expected).abs() < 1e-4, "{found}, expected {expected}");
    }
    assert_eq!(one.landmarks[0], [32.0, 20.0]);
    assert_eq!(one.landmarks[4], [(2.0 + 2.0) * 16.0, (1.0 + 2.25) * 16.0]);
}

#[test]
fn every_map_is_decoded_at_its_own_stride() {
    for (at, centre) in [
        (63, (7, 7, 8)),
        (64, (0, 0, 16)),
        (79, (3, 3, 16)),
        (80, (0, 0, 32)),
        (83, (1, 1, 32)),
    ] {
        let found = decode(&[(at, cell(0.9, [0.0, 0.0], 1.0))], &DetectOptions::default());
        let (column, row, stride) = centre;
        let expected = [(column * stride) as f32, (row * stride) as f32];
        assert_eq!(
            [found[0].x + found[0].w / 2.0, found[0].y + found[0].h / 2.0],
            expected,
            "cell {at}"
        );
    }
}

#[test]
fn low_scores_are_dropped() {
    let set = [(0, cell(0.59, [0.0; 2], 1.0)), (40, cell(0.61, [0.0; 2], 1.0))];
    assert_eq!(decode(&set, &DetectOptions::default()).len(), 1);
    let all = DetectOptions {
        min_score: 0.5,
        ..DetectOptions::default()
    };
    assert_eq!(decode(&set, &all).len(), 2);
}

#[test]
fn of_overlapping_boxes_the_best_stays() {
    // Two boxes of 32 pixels, 8 apart: they share 24 of 40 columns, an overlap of 0.6.
    let set = [(0, cell(0.7, [2.0, 2.0], 4.0)), (1, cell(0.8, [2.0, 2.0], 4.0))];
    let kept = decode(&set, &DetectOptions::default());
    assert_eq!(kept.iter().map(|d| d.score).collect::<Vec<_>>(), [0.8]);
    let tolerant = DetectOptions {
        nms_iou: 0.61,
        ..DetectOptions::default()
    };
    assert_eq!(
        decode(&set, &tolerant)
            .iter()
            .map(|d| d.score)
            .collect::<Vec<_>>(),
        [0.8, 0.7]
    );
}

#[test]
fn at_most_max_faces_come_back_the_best_first() {
    let set = [
        (0, cell(0.7, [0.0; 2], 1.0)),
        (20, cell(0.9, [0.0; 2], 1.0)),
        (40, cell(0.8, [0.0; 2], 1.0)),
    ];
    let two = DetectOptions {
        max_faces: 2,
        ..DetectOptions::default()
    };
    assert_eq!(
        decode(&set, &two).iter().map(|d| d.score).collect::<Vec<_>>(),
        [0.9, 0.8]
    );
}

#[test]
fn numbers_that_are_not_finite_give_no_face() {
    let good = cell(0.9, [0.0; 2], 1.0);
    assert_eq!(decode(&[(0, good)], &DetectOptions::default()).len(), 1);
    for (at, bad) in [(0, f32::NAN), (2, f32::NAN), (4, 1e9), (15, f32::INFINITY)] {
        let mut broken = good;
        broken[at] = bad;
        assert!(
            decode(&[(0, broken)], &DetectOptions::default()).is_empty(),
            "number {at} = {bad}"
        );
    }
}

#[test]
fn boxes_too_large_for_a_product_of_f32_still_hide_each_other() {
    let huge = |score| cell(score, [0.0; 2], 1e25);
    let kept = decode(&[(0, huge(0.9)), (1, huge(0.8))], &DetectOptions::default());
    assert_eq!(kept.iter().map(|d| d.score).collect::<Vec<_>>(), [0.9]);
}

#[test]
fn options_out_of_range_are_refused() {
    let good = DetectOptions::default();
    assert!(good.check().is_ok());
    let cases = [
        (
            "min_score",
            DetectOptions {
                min_score: 1.01,
                ..good.clone()
            },
        ),
        (
            "min_score",
            DetectOptions {
                min_score: f32::NAN,
                ..good.clone()
            },
        ),
        (
            "nms_iou",
            DetectOptions {
                nms_iou: -0.1,
                ..good.clone()
            },
        ),
        (
            "max_side_px",
            DetectOptions {
                max_side_px: 31,
                ..good.clone()
            },
        ),
        (
            "max_side_px",
            DetectOptions {
                max_side_px: 2049,
                ..good.clone()
            },
        ),
        ("max_faces", DetectOptions { max_faces: 0, ..good }),
    ];
    for (name, options) in cases {
        let error = options.check();
        assert!(
            matches!(error, Err(ModelError::DetectOptions { field, .. }) if field == name),
            "{options:?}"
        );
    }
}

#[test]
fn sides_are_padded_to_multiples_of_32() {
    assert_eq!([1, 32, 33, 250].map(boxes::padded), [32, 32, 64, 256]);
}
