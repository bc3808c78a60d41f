//! Moving pictures: an MP4 file with one H.264 track becomes frames in display order.
//!
//! Only this program decodes video; the authenticator takes frames from a camera and knows no container.

use std::path::Path;

use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use re_mp4::{Mp4, StsdBoxContent, TkhdBox, Track, TrackKind};
use smile_models::Image;

use crate::QuickstartError;

/// How much of a clip is read, in frames: ten seconds at 30 per second, more than enrolling and paying need.
const MAX_FRAMES: usize = 300;
/// Longer sides are reduced to this many pixels while decoding, or a few seconds of a telephone's video would fill
/// the memory. Faces are sought at this size anyway.
const LONG_SIDE_PX: u32 = 640;

/// The first bytes of a network abstraction layer unit in a byte stream (ITU-T H.264 Annex B).
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Reads the first 300 frames of the first video track of the MP4 file at `path`, in display order, upright, with the
/// long side reduced to 640 pixels where it is longer.
///
/// Errors: the file cannot be read, is damaged or not MP4, has no H.264 track, or does not decode.
pub fn read_frames(path: &Path) -> Result<Vec<Image>, QuickstartError> {
    let bad = |rule: String| QuickstartError::Video {
        path: path.to_owned(),
        rule,
    };
    let bytes = std::fs::read(path).map_err(|e| bad(format!("cannot be read: {e}")))?;
    // The reader checks less than it might and panics on some damaged tables.
    let mp4 = std::panic::catch_unwind(|| Mp4::read_bytes(&bytes))
        .map_err(|_| bad("is damaged".into()))?
        .map_err(|e| bad(format!("is not an MP4 file: {e}")))?;
    let track = mp4
        .tracks()
        .values()
        .find(|track| track.kind == Some(TrackKind::Video))
        .ok_or_else(|| bad("holds no video track".into()))?;
    decode(&mp4, track, &bytes).map_err(bad)
}

fn decode(mp4: &Mp4, track: &Track, bytes: &[u8]) -> Result<Vec<Image>, String> {
    let StsdBoxContent::Avc1(avc1) = &track.trak(mp4).mdia.minf.stbl.stsd.contents else {
        return Err("is not H.264; convert it first".into());
    };
    let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
    let mut decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
        .map_err(|e| format!("cannot be decoded: {e}"))?;
    // ISO/IEC 14496-15 §5.3.3: the low two bits are the size of a length field, less one.
    let length_size = usize::from(avc1.avcc.length_size_minus_one & 3) + 1;
    let mut stream = Vec::new();
    for set in avc1
        .avcc
        .sequence_parameter_sets
        .iter()
        .chain(&avc1.avcc.picture_parameter_sets)
    {
        stream.extend_from_slice(&START_CODE);
        stream.extend_from_slice(&set.bytes);
    }
    let turn = Turn::of(&track.trak(mp4).tkhd);
    let mut frames = Vec::new();
    for (number, sample) in track.samples.iter().enumerate().take(MAX_FRAMES) {
        let payload = sample_bytes(bytes, sample.offset, sample.size)
            .ok_or_else(|| format!("frame {number} lies outside the file"))?;
        append_units(&mut stream, payload, length_size)
            .ok_or_else(|| format!("frame {number} has a unit longer than the frame"))?;
        match decoder.decode(&stream) {
            Ok(Some(picture)) => frames.push(upright(&picture, turn)?),
            Ok(None) => {}
            Err(e) => return Err(format!("frame {number} does not decode: {e}")),
        }
        stream.clear();
    }
    for picture in decoder
        .flush_remaining()
        .map_err(|e| format!("does not decode to its end: {e}"))?
    {
        frames.push(upright(&picture, turn)?);
    }
    if frames.is_empty() {
        return Err("holds no frame".into());
    }
    Ok(frames)
}

fn sample_bytes(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    bytes.get(start..end)
}

/// Rewrites length-prefixed units (ISO/IEC 14496-15) as a byte stream with start codes, which the decoder reads.
fn append_units(stream: &mut Vec<u8>, mut payload: &[u8], length_size: usize) -> Option<()> {
    while !payload.is_empty() {
        let (length, rest) = payload.split_at_checked(length_size)?;
        let length = length
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        stream.extend_from_slice(&START_CODE);
        stream.extend_from_slice(unit);
        payload = rest;
    }
    Some(())
}

/// How the track says that its pictures are to be turned for display, clockwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Turn {
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Turn {
    /// ISO/IEC 14496-12 §8.3.2: the matrix of the track header, of which cameras use rotations by quarters.
    fn of(header: &TkhdBox) -> Self {
        let matrix = &header.matrix;
        match (
            matrix.a.signum(),
            matrix.b.signum(),
            matrix.c.signum(),
            matrix.d.signum(),
        ) {
            (0, 1, -1, 0) => Self::Quarter,
            (-1, 0, 0, -1) => Self::Half,
            (0, -1, 1, 0) => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    /// Where the pixel of the displayed picture at (x, y) lies in the stored one of `width`×`height`.
    fn source(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::None => (x, y),
            Self::Quarter => (y, height - 1 - x),
            Self::Half => (width - 1 - x, height - 1 - y),
            Self::ThreeQuarters => (width - 1 - y, x),
        }
    }
}

fn upright(picture: &DecodedYUV<'_>, turn: Turn) -> Result<Image, String> {
    let (width, height) = picture.dimensions();
    let mut stored = vec![0; width * height * 3];
    picture.write_rgb8(&mut stored);
    let (pixels, width, height) = turned(stored, width, height, turn);
    let side = |length: usize| u32::try_from(length).map_err(|_| "is too large".to_string());
    let image = Image::from_rgb8(side(width)?, side(height)?, pixels).map_err(|e| e.to_string())?;
    let long = image.width().max(image.height());
    if long <= LONG_SIDE_PX {
        return Ok(image);
    }
    let reduced = |side: u32| (side * LONG_SIDE_PX / long).max(1);
    image
        .resized(reduced(image.width()), reduced(image.height()))
        .map_err(|e| e.to_string())
}

fn turned(stored: Vec<u8>, width: usize, height: usize, turn: Turn) -> (Vec<u8>, usize, usize) {
    let (shown_width, shown_height) = match turn {
        Turn::None => return (stored, width, height),
        Turn::Half => (width, height),
        Turn::Quarter | Turn::ThreeQuarters => (height, width),
    };
    let mut pixels = Vec::with_capacity(stored.len());
    for y in 0..shown_height {
        for x in 0..shown_width {
            let (from_x, from_y) = turn.source(x, y, width, height);
            let at = (from_y * width + from_x) * 3;
            pixels.extend_from_slice(&stored[at..at + 3]);
        }
    }
    (pixels, shown_width, shown_height)
}

#[cfg(test)]
mod tests {
    use super::{Turn, append_units, turned};
    use re_mp4::TkhdBox;

    #[test]
    fn lengths_become_start_codes() {
        let mut stream = Vec::new();
        append_units(&mut stream, &[0, 2, 7, 8, 0, 1, 9], 2).expect("two whole units");
        assert_eq!(stream, [0, 0, 0, 1, 7, 8, 0, 0, 0, 1, 9]);
    }

    #[test]
    fn a_unit_longer_than_its_frame_is_refused() {
        assert!(append_units(&mut Vec::new(), &[0, 3, 7, 8], 2).is_none());
        assert!(append_units(&mut Vec::new(), &[0], 2).is_none());
    }

    /// ISO/IEC 14496-12 §8.3.2 writes a rotation as a, b, c, d with 16 bits behind the point.
    #[test]
    fn the_header_of_the_track_says_how_its_pictures_are_turned() {
        const ONE: i32 = 1 << 16;
        for ([a, b, c, d], expected) in [
            ([ONE, 0, 0, ONE], Turn::None),
            ([0, ONE, -ONE, 0], Turn::Quarter),
            ([-ONE, 0, 0, -ONE], Turn::Half),
            ([0, -ONE, ONE, 0], Turn::ThreeQuarters),
            // Mirrored, slanted and empty: no camera does it, and the picture stays as it is.
            ([-ONE, 0, 0, ONE], Turn::None),
            ([ONE, ONE, -ONE, ONE], Turn::None),
            ([0; 4], Turn::None),
        ] {
            let mut header = TkhdBox::default();
            let matrix = &mut header.matrix;
            (matrix.a, matrix.b, matrix.c, matrix.d) = (a, b, c, d);
            assert_eq!(Turn::of(&header), expected, "{a} {b} {c} {d}");
        }
        assert_eq!(Turn::of(&TkhdBox::default()), Turn::None);
    }

    #[test]
    fn a_telephone_held_upright_gives_upright_pictures() {
        // Stored: a row of two pixels, 1 and 2. A quarter clockwise puts the first on top.
        let stored = vec![1, 1, 1, 2, 2, 2];
        assert_eq!(
            turned(stored.clone(), 2, 1, Turn::Quarter),
            (stored.clone(), 1, 2)
        );
        let swapped = vec![2, 2, 2, 1, 1, 1];
        assert_eq!(turned(stored.clone(), 2, 1, Turn::Half), (swapped.clone(), 2, 1));
        assert_eq!(turned(stored.clone(), 2, 1, Turn::ThreeQuarters), (swapped, 1, 2));
        assert_eq!(turned(stored.clone(), 2, 1, Turn::None), (stored, 2, 1));
    }
}
