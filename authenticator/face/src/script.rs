//! A scripted engine and camera, so that the decisions are tested without networks: each frame's one pixel says what
//! the engine sees on it.

use crate::engine::{Observation, Observe};
use crate::{EngineError, Frame, Guidance, ModelIdentity, QualityLimits, SequenceCamera, Template};
use smile_models::{EMBEDDING_LEN, Embedding, Image};

/// What is on a frame.
#[derive(Clone, Copy)]
pub(crate) enum Shot {
    /// Nobody.
    Nobody,
    /// A blurred picture.
    Blurred,
    /// Person number `.0` (0–9), at a cosine of `.1` hundredths to that person's enrolled direction.
    Person(u8, u8),
    /// The same person at the same cosine, but away to another side.
    Drifted(u8, u8),
    /// A frame on which the networks fail.
    Broken,
}

/// Plays `shots`, `interval_ms` apart.
pub(crate) fn camera(shots: &[Shot], interval_ms: u64) -> SequenceCamera {
    let picture = |shot: &Shot| {
        let pixel = match *shot {
            Shot::Nobody => vec![0, 0, 0],
            Shot::Blurred => vec![1, 0, 0],
            Shot::Person(who, hundredths) => vec![2, who, hundredths],
            Shot::Drifted(who, hundredths) => vec![3, who, hundredths],
            Shot::Broken => vec![4, 0, 0],
        };
        Image::from_rgb8(1, 1, pixel).expect("one pixel is a picture")
    };
    SequenceCamera::new(shots.iter().map(picture).collect(), interval_ms)
}

/// The face of person `who` at a cosine of `hundredths` / 100 to the enrolled one.
pub(crate) fn direction(who: u8, hundredths: u8) -> Embedding {
    drifted(who, hundredths, 64)
}

fn drifted(who: u8, hundredths: u8, side: usize) -> Embedding {
    let cosine = f32::from(hundredths) / 100.0;
    let mut values = [0.0; EMBEDDING_LEN];
    values[usize::from(who)] = cosine;
    // The rest of the length goes where nobody's direction is.
    values[usize::from(who) + side] = (1.0 - cosine * cosine).sqrt();
    Embedding::from_values(&values).expect("it has a direction")
}

/// A template of one frame per person named.
pub(crate) fn template_of(people: &[u8]) -> Template {
    Template::new(
        Script.model().clone(),
        people.iter().map(|who| direction(*who, 100)).collect(),
    )
}

pub(crate) struct Script;

impl Observe for Script {
    fn observe(&self, frame: &Frame, _: &QualityLimits) -> Result<Observation, EngineError> {
        Ok(match *frame.image().rgb() {
            [0, ..] => Observation::Refused(Guidance::NoFace),
            [1, ..] => Observation::Refused(Guidance::Blurred),
            [2, who, hundredths] => Observation::Face(direction(who, hundredths)),
            [3, who, hundredths] => Observation::Face(drifted(who, hundredths, 96)),
            _ => return Err(smile_models::ModelError::UnknownFormat.into()),
        })
    }

    fn model(&self) -> &ModelIdentity {
        static MODEL: std::sync::LazyLock<ModelIdentity> = std::sync::LazyLock::new(|| ModelIdentity {
            name: "script".to_owned(),
            sha256: [1; 32],
        });
        &MODEL
    }
}
