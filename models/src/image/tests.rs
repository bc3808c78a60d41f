use super::*;

const GRADIENT_JPEG: &[u8] = include_bytes!("../../tests/reference/gradient.jpg");

fn refusal(result: Result<Image, ModelError>) -> ModelError {
    result.err().expect("refused")
}

fn png(width: u32, height: u32, color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(&[10, 20, 30, 200, 100, 50][..]);
    }
    let mut writer = encoder.write_header().expect("header");
    writer.write_image_data(data).expect("pixels");
    writer.finish().expect("end");
    bytes
}

/// The JPEG with its frame header (marker FF C0, then length, precision, height, width) claiming another size.
fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = GRADIENT_JPEG.to_vec();
    let frame = bytes
        .windows(2)
        .position(|w| w == [0xFF, 0xC0])
        .expect("a frame header");
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// The JPEG with an EXIF block in front whose one entry is this orientation.
fn jpeg_oriented(orientation: u8, little: bool) -> Vec<u8> {
    let short = |v: u16| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let long = |v: u32| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let mut tiff = if little {
        b"II*\0".to_vec()
    } else {
        b"MM\0*".to_vec()
    };
    tiff.extend(long(8));
    tiff.extend(short(1));
    tiff.extend([short(0x0112), short(3)].concat());
    tiff.extend(long(1));
    tiff.extend([short(u16::from(orientation)), [0; 2]].concat());
    tiff.extend(long(0));
    let payload = [b"Exif\0\0".as_slice(), &tiff].concat();
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
    bytes.extend((payload.len() as u16 + 2).to_be_bytes());
    bytes.extend(payload);
    bytes.extend(&GRADIENT_JPEG[2..]);
    bytes
}

fn pixel(image: &Image, x: u32, y: u32) -> [u8; 3] {
    let at = (y * image.width() + x) as usize * 3;
    image.rgb()[at..at + 3].try_into().expect("three bytes")
}

#[test]
fn pixel_data_must_be_three_bytes_a_pixel() {
    assert!(Image::from_rgb8(2, 3, vec![0; 18]).is_ok());
    for length in [0, 17, 19, 24] {
        let error = refusal(Image::from_rgb8(2, 3, vec![0; length]));
        assert!(matches!(error, ModelError::PixelCount { expected: 18, found } if found == length));
    }
}

#[test]
fn picture_sizes_are_limited() {
    assert!(Image::from_rgb8(MAX_SIDE_PX, 1, vec![0; MAX_SIDE_PX as usize * 3]).is_ok());
    assert_eq!(check_size(8192, 2048).ok(), Some(8192 * 2048 * 3));
    for (width, height) in [
        (0, 1),
        (1, 0),
        (8193, 1),
        (1, 8193),
        (8192, 2049),
        (u64::MAX, u64::MAX),
    ] {
        assert!(
            matches!(check_size(width, height), Err(ModelError::PictureSize { .. })),
            "{width}×{height}"
        );
    }
}

#[test]
fn formats_are_told_by_their_first_bytes() {
    let good = png(1, 1, png::ColorType::Rgb, png::BitDepth::Eight, &[1, 2, 3]);
    assert_eq!(Image::decode(&good).expect("PNG").rgb(), [1, 2, 3]);
    assert_eq!(Image::decode(GRADIENT_JPEG).expect("JPEG").width(), 24);
    for bytes in [&b""[..], b"GIF89a", &good[1..], &GRADIENT_JPEG[1..]] {
        assert!(matches!(refusal(Image::decode(bytes)), ModelError::UnknownFormat));
    }
}

#[test]
fn a_jpeg_decodes_to_its_gradient() {
    // Written by OpenCV at quality 90: red = 10·x, green = 15·y, blue = 128; the loss is at most 10.
    let image = Image::decode_jpeg(GRADIENT_JPEG).expect("JPEG");
    assert_eq!((image.width(), image.height()), (24, 16));
    for (x, y) in (0..24).flat_map(|x| (0..16).map(move |y| (x, y))) {
        for (found, expected) in pixel(&image, x, y).iter().zip([10 * x as u8, 15 * y as u8, 128]) {
            assert!(
                found.abs_diff(expected) <= 12,
                "({x}, {y}): {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn jpegs_of_every_promised_kind_become_rgb() {
    // Written by Pillow 12 at quality 90 (`progressive=True`, mode L, mode CMYK, `keep_rgb=True`), 24×16 pixels with
    // 10·x and 15·y in the first two channels; grey has only the first, CMYK has 100 and 40 in the others.
    let rgb = |x: u32, y: u32| [10 * x as u8, 15 * y as u8, 128];
    let grey = |x: u32, _: u32| [10 * x as u8; 3];
    let cmyk = |x: u32, y: u32| [10 * x, 15 * y, 100].map(|ink| ((255 - ink) * (255 - 40) / 255) as u8);
    type Pixel<'a> = &'a dyn Fn(u32, u32) -> [u8; 3];
    let kinds: [(&str, &[u8], Pixel<'_>); 4] = [
        (
            "progressive",
            include_bytes!("../../tests/reference/progressive.jpg"),
            &rgb,
        ),
        ("RGB", include_bytes!("../../tests/reference/rgb.jpg"), &rgb),
        ("grey", include_bytes!("../../tests/reference/grey.jpg"), &grey),
        ("CMYK", include_bytes!("../../tests/reference/cmyk.jpg"), &cmyk),
    ];
    for (kind, bytes, expected) in kinds {
        let image = Image::decode(bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!((image.width(), image.height()), (24, 16), "{kind}");
        for (x, y) in (0..24).flat_map(|x| (0..16).map(move |y| (x, y))) {
            for (found, expected) in pixel(&image, x, y).iter().zip(expected(x, y)) {
                assert!(
                    found.abs_diff(expected) <= 12,
                    "{kind} ({x}, {y}): {found}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn exif_orientation_turns_a_jpeg_upright() {
    // Where the stored picture's top left corner (no red, no green) must come to lie, EXIF 2.32 §4.6.4.
    let corners = [
        (1, 0, 0),
        (2, 23, 0),
        (3, 23, 15),
        (4, 0, 15),
        (5, 0, 0),
        (6, 15, 0),
        (7, 15, 23),
        (8, 0, 23),
    ];
    for ((orientation, x, y), little) in corners.into_iter().flat_map(|c| [(c, true), (c, false)]) {
        let image = Image::decode(&jpeg_oriented(orientation, little)).expect("JPEG");
        let size = if orientation >= 5 { (16, 24) } else { (24, 16) };
        assert_eq!((image.width(), image.height()), size, "orientation {orientation}");
        let [red, green, _] = pixel(&image, x, y);
        assert!(
            red < 25 && green < 25,
            "orientation {orientation}: {red}, {green} at ({x}, {y})"
        );
        // The opposite corner is the stored bottom right one: full red and green.
        let [red, green, _] = pixel(&image, size.0 - 1 - x, size.1 - 1 - y);
        assert!(
            red > 200 && green > 200,
            "orientation {orientation}: {red}, {green} opposite"
        );
    }
    for orientation in [0, 9, 255] {
        assert_eq!(
            Image::decode(&jpeg_oriented(orientation, true))
                .expect("JPEG")
                .width(),
            24
        );
    }
}

#[test]
fn damaged_exif_counts_as_upright() {
    let whole = [
        b"II*\0".as_slice(),
        &8_u32.to_le_bytes(),
        &[1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0],
    ]
    .concat();
    assert_eq!(orientation::read(&whole), 6);
    for end in 0..19 {
        assert_eq!(orientation::read(&whole[..end]), 1, "cut at {end}");
    }
    let mut lying = whole.clone();
    lying[4..8].fill(0xFF);
    assert_eq!(orientation::read(&lying), 1);
    lying = whole;
    lying[8..10].fill(0xFF);
    assert_eq!(orientation::read(&lying), 6);
}

#[test]
fn a_jpeg_header_over_the_limits_is_refused() {
    assert!(Image::decode(&jpeg_claiming(24, 16)).is_ok());
    for (width, height) in [(8193, 16), (24, 8193), (8192, 8192)] {
        let error = refusal(Image::decode(&jpeg_claiming(width, height)));
        assert!(matches!(error, ModelError::PictureSize { .. }), "{error}");
    }
    assert!(matches!(
        refusal(Image::decode(&jpeg_claiming(0xFFFF, 16))),
        ModelError::Jpeg(_)
    ));
}

#[test]
fn broken_jpegs_are_refused_or_decode_but_never_panic() {
    for end in 0..GRADIENT_JPEG.len() {
        if let Ok(image) = Image::decode_jpeg(&GRADIENT_JPEG[..end]) {
            assert_eq!(image.rgb().len(), 24 * 16 * 3);
        }
    }
    assert!(matches!(
        refusal(Image::decode_jpeg(&GRADIENT_JPEG[..20])),
        ModelError::Jpeg(_)
    ));
}

#[test]
fn every_png_colour_type_becomes_rgb() {
    use png::{BitDepth, ColorType};
    let cases: [(ColorType, BitDepth, &[u8], [u8; 6]); 7] = [
        (
            ColorType::Rgb,
            BitDepth::Eight,
            &[1, 2, 3, 4, 5, 6],
            [1, 2, 3, 4, 5, 6],
        ),
        (
            ColorType::Rgb,
            BitDepth::Sixteen,
            &[1, 99, 2, 99, 3, 99, 4, 99, 5, 99, 6, 99],
            [1, 2, 3, 4, 5, 6],
        ),
        (ColorType::Grayscale, BitDepth::Eight, &[7, 9], [7, 7, 7, 9, 9, 9]),
        (
            ColorType::Grayscale,
            BitDepth::One,
            &[0b0100_0000],
            [0, 0, 0, 255, 255, 255],
        ),
        (
            ColorType::Indexed,
            BitDepth::One,
            &[0b0100_0000],
            [10, 20, 30, 200, 100, 50],
        ),
        // Opaque stays, transparent becomes white, half-transparent lies in between.
        (
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &[7, 255, 7, 0],
            [7, 7, 7, 255, 255, 255],
        ),
        (
            ColorType::Rgba,
            BitDepth::Eight,
            &[1, 2, 3, 255, 0, 100, 255, 128],
            [1, 2, 3, 127, 177, 255],
        ),
    ];
    for (color, depth, data, expected) in cases {
        let image = Image::decode(&png(2, 1, color, depth, data)).expect("PNG");
        assert_eq!(image.rgb(), expected, "{color:?} {depth:?}");
    }
}

#[test]
fn a_png_header_over_the_limits_is_refused() {
    let wide = |width: u32| {
        png(
            width,
            1,
            png::ColorType::Grayscale,
            png::BitDepth::Eight,
            &vec![0; width as usize],
        )
    };
    assert!(Image::decode(&wide(8192)).is_ok());
    assert!(matches!(
        refusal(Image::decode(&wide(8193))),
        ModelError::PictureSize { width: 8193, .. }
    ));
}

#[test]
fn broken_pngs_are_refused() {
    let good = png(
        2,
        1,
        png::ColorType::Rgb,
        png::BitDepth::Eight,
        &[1, 2, 3, 4, 5, 6],
    );
    assert!(Image::decode_png(&good).is_ok());
    assert!(matches!(
        refusal(Image::decode_png(&good[..40])),
        ModelError::Png(_)
    ));
    let mut flipped = good;
    flipped[20] ^= 1;
    assert!(matches!(refusal(Image::decode_png(&flipped)), ModelError::Png(_)));
}

#[test]
fn encoded_pictures_are_limited_in_length() {
    let mut long = GRADIENT_JPEG.to_vec();
    long.resize(MAX_ENCODED_BYTES, 0);
    assert!(Image::decode(&long).is_ok());
    long.push(0);
    assert!(matches!(
        refusal(Image::decode(&long)),
        ModelError::EncodedTooLong { .. }
    ));
    long[..4].copy_from_slice(b"\x89PNG");
    assert!(matches!(
        refusal(Image::decode(&long)),
        ModelError::EncodedTooLong { .. }
    ));
}

#[test]
fn enlarging_agrees_with_opencv() {
    // bytes by state = state·1664525 + 1013904223 mod 2³² from state 1, byte = state >> 24, as 4×3 pixels;
    // cv2.resize(picture, (12, 9), interpolation=cv2.INTER_CUBIC), rows 0 and 4.
    let mut state = 1_u32;
    let bytes = (0..36).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let small = Image::from_rgb8(4, 3, bytes.collect()).expect("36 bytes");
    let large = small.resize_bicubic(3.0).expect("enlarged");
    assert_eq!((large.width(), large.height()), (12, 9));
    let first = [
        36, 91, 141, 50, 81, 137, 87, 43, 129, 130, 1, 119, 172, 0, 95, 196, 31, 54, 201, 97, 14, 201, 143,
        0, 197, 137, 23, 187, 101, 70, 178, 69, 111, 176, 61, 124,
    ];
    let fifth = [
        140, 213, 57, 151, 214, 60, 187, 221, 69, 228, 227, 79, 251, 220, 83, 246, 201, 75, 220, 176, 62,
        174, 136, 55, 119, 89, 60, 68, 50, 71, 26, 18, 81, 10, 5, 84,
    ];
    for (row, expected) in [(0, first), (4, fifth)] {
        for (found, expected) in large.rgb()[row * 36..].iter().zip(expected) {
            // OpenCV computes with 11-bit weights.
            assert!(
                found.abs_diff(expected) <= 1,
                "row {row}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn shrinking_counts_every_pixel() {
    // Stripes one pixel wide: a filter that skipped pixels would give black or white instead of grey.
    let stripes = (0..64 * 8)
        .flat_map(|i| [if i % 2 == 0 { 0 } else { 255 }; 3])
        .collect();
    let image = Image::from_rgb8(64, 8, stripes).expect("stripes");
    let small = image.resized(16, 2).expect("reduced");
    for x in 2..14 {
        let [grey, ..] = pixel(&small, x, 0);
        assert!(grey.abs_diff(127) <= 4, "{grey} at {x}");
    }
}

#[test]
fn resize_factors_are_checked() {
    let image = Image::from_rgb8(2, 2, vec![77; 12]).expect("2×2");
    assert!(
        image
            .resize_bicubic(1.5)
            .expect("3×3")
            .rgb()
            .iter()
            .all(|&v| v == 77)
    );
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(
            matches!(refusal(image.resize_bicubic(scale)), ModelError::Scale(_)),
            "{scale}"
        );
    }
    assert!(matches!(
        refusal(image.resize_bicubic(1e30)),
        ModelError::PictureSize { .. }
    ));
    assert!(matches!(
        refusal(image.resized(0, 5)),
        ModelError::PictureSize { .. }
    ));
    assert_eq!(image.resize_bicubic(1e-9).expect("1×1").rgb(), [77; 3]);
}
