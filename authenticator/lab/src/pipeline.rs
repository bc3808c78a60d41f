//! Pictures to embeddings: every picture of a set through the networks that ship.

use crate::{FaceSet, LabError};
use rayon::prelude::*;
use smile_models::{
    AlignedFace, DetectOptions, Detection, Embedding, Image, ModelError, SFace, YuNet, align_five_points,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// Detector and recogniser.
pub struct Networks {
    /// The detector.
    pub yunet: YuNet,
    /// The recogniser.
    pub sface: SFace,
}

impl Networks {
    /// Loads both from safetensors files.
    ///
    /// # Errors
    /// [`LabError::Model`].
    pub fn load(yunet: &Path, sface: &Path) -> Result<Self, LabError> {
        Ok(Self {
            yunet: YuNet::load(yunet)?,
            sface: SFace::load(sface)?,
        })
    }
}

/// Why a picture has no embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The file is no picture that can be read.
    Unreadable,
    /// No face was found on it.
    NoFace,
    /// The five points of the face allow no alignment.
    NotAligned,
}

/// What became of one picture.
pub(crate) struct Processed {
    pub(crate) embedding: Result<Embedding, Failure>,
    /// Faces found.
    pub(crate) faces: usize,
}

/// Of several faces the one whose box is centred nearest the picture's centre: LFW's pictures are cut so that the
/// person named is in the middle, and the largest face is now and then somebody else's.
fn nearest_centre<'a>(faces: &'a [Detection], image: &Image) -> Option<&'a Detection> {
    let distance = |d: &Detection| {
        let (x, y) = (
            d.x + d.w / 2.0 - image.width() as f32 / 2.0,
            d.y + d.h / 2.0 - image.height() as f32 / 2.0,
        );
        x.hypot(y)
    };
    faces.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Runs all pictures of the set, one thread per picture, on the current thread pool. Results are in the order of
/// [`FaceSet::pictures`]; `done` is called once after each, from any thread.
pub(crate) fn process_all(
    networks: &Networks,
    set: &FaceSet,
    done: &(impl Fn() + Sync),
) -> Result<Vec<Processed>, LabError> {
    set.pictures
        .par_iter()
        .map(|picture| {
            let path = set.folder.join(&picture.path);
            let bytes = std::fs::read(&path).map_err(|cause| LabError::Read { path, cause })?;
            let processed = process(networks, &bytes);
            done();
            processed
        })
        .collect()
}

fn process(networks: &Networks, bytes: &[u8]) -> Result<Processed, LabError> {
    let Ok(image) = Image::decode(bytes) else {
        return Ok(Processed {
            embedding: Err(Failure::Unreadable),
            faces: 0,
        });
    };
    let found = networks.yunet.detect(&image, &DetectOptions::default())?;
    let embedding = match nearest_centre(&found, &image) {
        Some(face) => match aligned(&image, face)? {
            Ok(crop) => Ok(networks.sface.embed(&crop)?),
            Err(failure) => Err(failure),
        },
        None => Err(Failure::NoFace),
    };
    Ok(Processed {
        embedding,
        faces: found.len(),
    })
}

/// The face cut out. Points that cannot be aligned are that picture's failure and end nothing else.
fn aligned(image: &Image, face: &Detection) -> Result<Result<AlignedFace, Failure>, ModelError> {
    match align_five_points(image, &face.landmarks) {
        Ok(crop) => Ok(Ok(crop)),
        Err(ModelError::FacePoints(_)) => Ok(Err(Failure::NotAligned)),
        Err(other) => Err(other),
    }
}

/// Median milliseconds per picture on one thread, over pictures with a face.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Milliseconds {
    /// Pictures timed.
    pub images: usize,
    /// Threads at work while they were timed.
    pub threads: usize,
    /// Reading the file's format.
    pub decode: f64,
    /// Finding the face.
    pub detect: f64,
    /// Cutting it out and embedding it.
    pub embed: f64,
    /// All three.
    pub total: f64,
}

/// Times `count` pictures spread evenly over the set, on the calling thread alone.
pub(crate) fn time_pictures(
    networks: &Networks,
    set: &FaceSet,
    count: usize,
) -> Result<Milliseconds, LabError> {
    let mut stages: [Vec<Duration>; 4] = Default::default();
    let step = (set.pictures.len() / count).max(1);
    // The first round warms caches and the processor's clock, and is not counted.
    let warm_up = set.pictures.iter().take(3).map(|p| (p, false));
    for (picture, counted) in warm_up.chain(set.pictures.iter().step_by(step).take(count).map(|p| (p, true)))
    {
        let path = set.folder.join(&picture.path);
        let bytes = std::fs::read(&path).map_err(|cause| LabError::Read { path, cause })?;
        let begin = Instant::now();
        let Ok(image) = Image::decode(&bytes) else {
            continue;
        };
        let decoded = Instant::now();
        let found = networks.yunet.detect(&image, &DetectOptions::default())?;
        let Some(face) = nearest_centre(&found, &image) else {
            continue;
        };
        let detected = Instant::now();
        let Ok(crop) = aligned(&image, face)? else {
            continue;
        };
        networks.sface.embed(&crop)?;
        let embedded = Instant::now();
        if counted {
            let spans = [
                decoded - begin,
                detected - decoded,
                embedded - detected,
                embedded - begin,
            ];
            stages
                .iter_mut()
                .zip(spans)
                .for_each(|(stage, span)| stage.push(span));
        }
    }
    let images = stages[0].len();
    let [decode, detect, embed, total] = stages.map(median_ms);
    Ok(Milliseconds {
        images,
        threads: 1,
        decode,
        detect,
        embed,
        total,
    })
}

/// The middle value (of an even number the upper one) in milliseconds; 0 of none.
fn median_ms(mut spans: Vec<Duration>) -> f64 {
    spans.sort_unstable();
    spans.get(spans.len() / 2).map_or(0.0, |s| s.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::{Failure, aligned, median_ms, nearest_centre};
    use smile_models::{Detection, Image};
    use std::time::Duration;

    #[test]
    fn of_several_faces_the_central_one_is_taken_even_if_another_is_larger() {
        let face = |x: f32, side: f32| Detection {
            x,
            y: 20.0,
            w: side,
            h: side,
            landmarks: [[0.0; 2]; 5],
            score: 0.9,
        };
        let image = Image::from_rgb8(100, 60, vec![0; 18_000]).expect("the size is right");
        let faces = [face(0.0, 50.0), face(42.0, 20.0), face(80.0, 20.0)];
        assert_eq!(nearest_centre(&faces, &image), Some(&faces[1]));
        assert_eq!(nearest_centre(&[], &image), None);
    }

    #[test]
    fn a_face_that_cannot_be_aligned_is_a_failure_of_its_picture_alone() {
        let image = Image::from_rgb8(100, 100, vec![0; 30_000]).expect("the size is right");
        let face = |landmarks| Detection {
            x: 20.0,
            y: 20.0,
            w: 60.0,
            h: 60.0,
            landmarks,
            score: 0.9,
        };
        let seen = [
            [35.0, 40.0],
            [65.0, 40.0],
            [50.0, 55.0],
            [40.0, 70.0],
            [60.0, 70.0],
        ];
        assert!(aligned(&image, &face(seen)).expect("points are no error").is_ok());
        let mut outside = seen;
        outside[2] = [50.0, 1000.0];
        for landmarks in [[[50.0, 50.0]; 5], outside, [[f32::NAN; 2]; 5]] {
            let failure = aligned(&image, &face(landmarks))
                .expect("points are no error")
                .err();
            assert_eq!(failure, Some(Failure::NotAligned));
        }
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median_ms([9, 1, 5].map(Duration::from_millis).to_vec()), 5.0);
        assert_eq!(median_ms(Vec::new()), 0.0);
    }
}
