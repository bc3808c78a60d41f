//! The sample clip as the quickstart reads it, and what is refused of it once it is damaged.

use std::path::PathBuf;

use smile_models::Image;
use smile_quickstart::QuickstartError;
use smile_quickstart::video::read_frames;
use smile_tests::test_data::media_dir;

/// Mean red, green and blue of each frame as OpenCV 5.0.0 (PyPI `opencv-python-headless`) decodes the clip, in display
/// order. `python3 means.py carphone_pristine.mp4`:
///
/// ```python
/// import cv2, sys
/// clip = cv2.VideoCapture(sys.argv[1])
/// while (frame := clip.read())[0]:
///     print("%.2f %.2f %.2f" % tuple(frame[1][:, :, ::-1].reshape(-1, 3).mean(0)))
/// ```
const REFERENCE: &str = include_str!("carphone_means.txt");

/// Both decoders turn the same luma and chroma into RGB with roundings of their own: the same for every frame.
const ROUNDING: f64 = 2.0;

/// What is left of the difference once its mean over all frames is taken off.
const REST: f64 = 0.06;

fn sample_clip() -> Option<PathBuf> {
    Some(media_dir()?.join("carphone_pristine.mp4"))
}

type Means = [f64; 3];

fn means(frame: &Image) -> Means {
    let (pixels, _) = frame.rgb().as_chunks::<3>();
    let sum = |channel: usize| pixels.iter().map(|pixel| f64::from(pixel[channel])).sum::<f64>();
    [0, 1, 2].map(|channel| sum(channel) / pixels.len() as f64)
}

/// The largest difference of a channel, and the frames less their mean over the whole clip.
fn distance(a: &Means, b: &Means) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn centred(frames: &[Means]) -> (Means, Vec<Means>) {
    let mean = [0, 1, 2].map(|c| frames.iter().map(|frame| frame[c]).sum::<f64>() / frames.len() as f64);
    let rest = frames
        .iter()
        .map(|frame| [0, 1, 2].map(|c| frame[c] - mean[c]))
        .collect();
    (mean, rest)
}

#[test]
fn the_sample_clip_has_its_120_frames_in_display_order() {
    let Some(path) = sample_clip() else { return };
    let frames = read_frames(&path).expect("the sample clip decodes");
    assert_eq!(frames.len(), 120);
    assert!(
        frames
            .iter()
            .all(|frame| (frame.width(), frame.height()) == (176, 144))
    );

    let reference: Vec<Means> = REFERENCE
        .lines()
        .map(|line| {
            let numbers: Vec<f64> = line.split(' ').map(|n| n.parse().expect("a number")).collect();
            numbers.try_into().expect("three numbers a line")
        })
        .collect();
    assert_eq!(reference.len(), frames.len());
    let (mean, found) = centred(&frames.iter().map(means).collect::<Vec<_>>());
    let (expected_mean, expected) = centred(&reference);
    assert!(
        distance(&mean, &expected_mean) < ROUNDING,
        "{mean:?}, expected {expected_mean:?}"
    );
    for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!(
            distance(found, expected) < REST,
            "frame {number}: {found:?}, expected {expected:?}"
        );
    }
    // The reference can tell neighbours apart, so frames in coding order would have failed.
    assert!(expected.windows(2).all(|two| distance(&two[0], &two[1]) > REST));
}

/// The clip's bytes with `new` written at `at`.
fn changed(clip: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = clip.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// Where a box's name stands. The tables lie behind the pictures, so the last place is meant.
fn box_named(clip: &[u8], name: &[u8; 4]) -> usize {
    let place = clip.windows(4).rposition(|bytes| bytes == name);
    place.expect("the sample clip has this box")
}

/// What the reader says of these bytes as a file.
fn rule(bytes: &[u8]) -> Result<usize, String> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("clip.mp4");
    std::fs::write(&file, bytes).expect("a temporary file can be written");
    match read_frames(&file) {
        Ok(frames) => Ok(frames.len()),
        Err(QuickstartError::Video { path, rule }) => {
            assert_eq!(path, file);
            Err(rule)
        }
        Err(other) => panic!("{other}"),
    }
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let found = rule(bytes).expect_err(expected);
    assert!(found.contains(expected), "{found}, expected {expected}");
}

#[test]
fn what_is_no_mp4_file_is_refused() {
    refused(b"", "is not an MP4 file");
    refused(b"no film, but a few words", "is not an MP4 file");
    let missing = PathBuf::from("no-such-folder/clip.mp4");
    let error = read_frames(&missing).err().expect("no file");
    assert!(error.to_string().contains("the video cannot be read"), "{error}");
}

#[test]
fn each_damage_to_the_sample_clip_is_refused_by_its_rule() {
    let Some(path) = sample_clip() else { return };
    let clip = std::fs::read(path).expect("the sample clip can be read");
    assert_eq!(rule(&clip), Ok(120), "without damage");
    refused(&clip[..clip.len() / 2], "is not an MP4 file");

    // A box begins with four bytes of version and flags behind its name; then the number of its entries.
    let chunks = box_named(&clip, b"stsc");
    refused(&changed(&clip, chunks + 8, &[0; 4]), "is damaged");

    let sample_entry = box_named(&clip, b"avc1");
    refused(&changed(&clip, sample_entry, b"none"), "holds no video track");
    let vp9 = changed(&clip, sample_entry, b"vp09");
    let configuration = box_named(&clip, b"avcC");
    refused(&changed(&vp9, configuration, b"vpcC"), "is not H.264");

    // The first chunk's place is the first entry.
    let offsets = box_named(&clip, b"stco");
    refused(
        &changed(&clip, offsets + 12, &[0xff; 4]),
        "frame 0 lies outside the file",
    );

    // The first frame: a unit with notes of the encoder, then the picture, each behind its length in four bytes.
    let place = |at: usize| u32::from_be_bytes(clip[at..at + 4].try_into().expect("four bytes")) as usize;
    let notes = place(offsets + 12);
    refused(
        &changed(&clip, notes, &[0xff; 4]),
        "frame 0 has a unit longer than the frame",
    );
    let picture = notes + 4 + place(notes);
    let length = place(picture);
    assert_eq!(
        clip[picture + 4] & 0x1f,
        5,
        "ITU-T H.264 table 7-1: a slice of an IDR picture"
    );
    refused(
        &changed(&clip, picture + 5, &vec![0; length - 1]),
        "frame 0 does not decode",
    );
}
