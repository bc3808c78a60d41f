use super::*;

/// Red grows by 2 a pixel to the right, green by 2 a pixel down: a sample tells where it was taken.
fn gradient(side: u32) -> Image {
    let pixels = (0..side * side).flat_map(|i| [(2 * (i % side)) as u8, (2 * (i / side)) as u8, 50]);
    Image::from_rgb8(side, side, pixels.collect()).expect("a square")
}

/// The template's points as they lie on a face turned by `angle`, `scale` times as large, shifted to (x, y).
fn landmarks(scale: f32, angle: f32, (x, y): (f32, f32)) -> [[f32; 2]; 5] {
    let (sin, cos) = angle.sin_cos();
    TEMPLATE.map(|[u, v]| [scale * (cos * u - sin * v) + x, scale * (sin * u + cos * v) + y])
}

#[test]
fn an_aligned_face_is_cut_out_as_it_is() {
    let image = gradient(112);
    let face = align_five_points(&image, &TEMPLATE).expect("aligned");
    assert!(face.rgb() == image.rgb());
}

#[test]
fn turn_scale_and_shift_are_undone() {
    let image = gradient(128);
    for (scale, angle, shift) in [
        (0.5, 0.0, (30.25, 20.5)),
        (0.6, 0.4, (50.0, 12.0)),
        (0.7, -0.3, (10.0, 40.0)),
    ] {
        let face = align_five_points(&image, &landmarks(scale, angle, shift)).expect("aligned");
        let (sin, cos) = f32::sin_cos(angle);
        for (u, v) in [(0, 0), (111, 0), (0, 111), (56, 56), (20, 90)] {
            let (fu, fv) = (u as f32, v as f32);
            let source = [
                scale * (cos * fu - sin * fv) + shift.0,
                scale * (sin * fu + cos * fv) + shift.1,
            ];
            assert!(
                source.iter().all(|c| (0.0..127.0).contains(c)),
                "the case lies in the picture: {source:?}"
            );
            let at = (v * ALIGNED_SIDE_PX + u) * 3;
            for (found, expected) in face.rgb()[at..at + 2].iter().zip(source.map(|c| 2.0 * c)) {
                assert!(
                    (f32::from(*found) - expected).abs() <= 0.6,
                    "({u}, {v}): {found}, expected {expected}"
                );
            }
            assert_eq!(face.rgb()[at + 2], 50);
        }
    }
}

#[test]
fn points_that_do_not_fit_exactly_are_fitted_by_least_squares() {
    // Any small change of the fitted map must make the sum of squared distances larger.
    let image = gradient(128);
    let mut points = landmarks(0.6, 0.2, (30.0, 20.0));
    points[0][0] += 5.0;
    points[3][1] -= 4.0;
    let map = Similarity::to_template(&image, &points).expect("a fit");
    let cost = |a: (f64, f64), b: (f64, f64)| -> f64 {
        let map = Similarity { a, b };
        points
            .iter()
            .zip(TEMPLATE)
            .map(|(p, t)| {
                let (x, y) = map.apply(f64::from(p[0]), f64::from(p[1]));
                (x - f64::from(t[0])).powi(2) + (y - f64::from(t[1])).powi(2)
            })
            .sum()
    };
    let (a, b, best) = (map.a, map.b, cost(map.a, map.b));
    assert!(best > 1.0);
    for d in [1e-3, -1e-3] {
        assert!(cost((a.0 + d, a.1), b) > best && cost((a.0, a.1 + d), b) > best);
        assert!(cost(a, (b.0 + d, b.1)) > best && cost(a, (b.0, b.1 + d)) > best);
    }
}

#[test]
fn a_large_face_is_averaged_and_not_picked_apart() {
    // Stripes one pixel wide, as a fabric or a screen has them: single samples give stripes or one flat colour.
    let side = 1200;
    let stripes = (0..side * side).flat_map(|i| [if i % side % 2 == 0 { 0 } else { 255 }; 3]);
    let image = Image::from_rgb8(side, side, stripes.collect()).expect("stripes");
    for scale in [2.5_f32, 4.0, 7.3, 10.0] {
        for angle in [0.0, 0.2] {
            let face = align_five_points(&image, &landmarks(scale, angle, (150.0, 20.0))).expect("aligned");
            for at in [(20, 30), (56, 56), (80, 60)].map(|(x, y)| (y * ALIGNED_SIDE_PX + x) * 3) {
                let grey = face.rgb()[at];
                assert!(grey.abs_diff(127) <= 40, "{grey} at scale {scale}, angle {angle}");
            }
        }
    }
}

#[test]
fn a_face_up_to_twice_the_crop_is_sampled_once_as_the_reference_does() {
    assert_eq!([0.3, 1.0, 1.5, 2.0].map(sampling_grid), [1; 4]);
    assert_eq!(
        [2.01, 9.5, 32.0, 1e9, f64::INFINITY].map(sampling_grid),
        [3, 10, 32, 32, 32]
    );
    // A gradient has the same mean as its middle, so averaging moves nothing.
    let image = gradient(128);
    let enlarged = image.resized(1024, 1024).expect("eight times");
    let face = align_five_points(&enlarged, &landmarks(8.0, 0.0, (64.0, 32.0))).expect("aligned");
    for (x, y) in [(10, 10), (56, 56), (100, 40)] {
        let at = (y * ALIGNED_SIDE_PX + x) * 3;
        let expected = [2.0 * (x as f32 + 8.0), 2.0 * (y as f32 + 4.0)];
        for (found, expected) in face.rgb()[at..at + 2].iter().zip(expected) {
            // Enlarging moves pixel centres by 7/16 of a pixel.
            assert!(
                (f32::from(*found) - expected + 0.875).abs() <= 1.0,
                "({x}, {y}): {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn outside_the_picture_is_black() {
    let image = Image::from_rgb8(112, 112, vec![200; 112 * 112 * 3]).expect("grey");
    let face = align_five_points(&image, &landmarks(1.0, 0.0, (-56.0, 0.0))).expect("aligned");
    let row = &face.rgb()[60 * 112 * 3..][..112 * 3];
    assert_eq!((row[10 * 3], row[100 * 3]), (0, 200));
}

#[test]
fn points_without_a_face_are_refused() {
    let image = gradient(100);
    let good = landmarks(0.5, 0.1, (20.0, 20.0));
    assert!(align_five_points(&image, &good).is_ok());
    let changed = |at: usize, value: [f32; 2]| {
        let mut points = good;
        points[at] = value;
        points
    };
    let cases = [
        changed(2, [f32::NAN, 5.0]),
        changed(2, [5.0, f32::INFINITY]),
        changed(0, [-101.0, 5.0]),
        changed(0, [5.0, 201.0]),
        [[50.0, 50.0]; 5],
        [
            [50.0, 50.0],
            [50.1, 50.0],
            [50.0, 50.1],
            [50.1, 50.1],
            [50.0, 50.0],
        ],
    ];
    for points in cases {
        assert!(
            matches!(align_five_points(&image, &points), Err(ModelError::FacePoints(_))),
            "{points:?}"
        );
    }
}

#[test]
fn an_aligned_face_is_112_by_112() {
    assert!(AlignedFace::from_rgb8(vec![0; 112 * 112 * 3]).is_ok());
    for length in [0, 112 * 112 * 3 - 1, 112 * 112 * 4] {
        assert!(matches!(
            AlignedFace::from_rgb8(vec![0; length]),
            Err(ModelError::PixelCount { .. })
        ));
    }
}
