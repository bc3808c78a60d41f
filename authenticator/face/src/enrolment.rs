//! From a person before the camera to a template.

#[cfg(test)]
mod tests;

use crate::engine::{Observation, Observe};
use crate::{Camera, CameraError, EngineError, FaceEngine, Guidance, QualityLimits, RefusalCounts, Template};
use smile_models::Embedding;

/// Smallest cosine between any two frames of one enrolment.
///
/// Measured with SFace on the clip of one person facing the camera (25 frames, 3× enlarged): the least of all 300
/// pairs is 0.90. Of 26,982,974 pairs of strangers in LFW 15 reach 0.60 (`docs/evaluation.md`). It is set above the
/// match threshold, so that no frame enters that the others would hardly confirm.
const MIN_CONSISTENCY: f32 = 0.60;

/// How an enrolment is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolmentPolicy {
    wanted_frames: usize,
    needed_frames: usize,
    spacing_ms: u64,
    max_frames: u32,
    limits: QualityLimits,
}

impl Default for EnrolmentPolicy {
    /// Five frames, 150 ms or more apart, so that they span at least 0.6 s of a living face's small movements; three
    /// are enough when the camera ends earlier. At most 900 frames are looked at: 30 s at 30 frames a second.
    fn default() -> Self {
        Self {
            wanted_frames: 5,
            needed_frames: 3,
            spacing_ms: 150,
            max_frames: 900,
            limits: QualityLimits::enrolment(),
        }
    }
}

impl EnrolmentPolicy {
    /// The same with another bound on the frames looked at, the good ones included.
    #[must_use]
    pub fn with_max_frames(self, max_frames: u32) -> Self {
        Self { max_frames, ..self }
    }
}

/// Takes several good frames of one face and makes a template of them.
///
/// Every frame that is passed over is told to `guidance` at once, frame by frame; a screen should hold an
/// instruction for about 0.6 s before it shows another. A good frame that comes too soon after the one before is
/// passed over in silence.
///
/// # Errors
/// [`EnrolmentError`]; nothing is kept of the frames seen.
pub fn enrol(
    engine: &FaceEngine,
    camera: &mut dyn Camera,
    policy: &EnrolmentPolicy,
    guidance: &mut dyn FnMut(Guidance),
) -> Result<Template, EnrolmentError> {
    enrol_with(engine, camera, policy, guidance)
}

fn enrol_with(
    engine: &impl Observe,
    camera: &mut dyn Camera,
    policy: &EnrolmentPolicy,
    guidance: &mut dyn FnMut(Guidance),
) -> Result<Template, EnrolmentError> {
    let mut taken: Vec<Embedding> = Vec::with_capacity(policy.wanted_frames);
    let mut refused = RefusalCounts::default();
    let mut due_at_ms = 0;
    for _ in 0..policy.max_frames {
        if taken.len() == policy.wanted_frames {
            break;
        }
        let Some(frame) = camera.next_frame()? else { break };
        if frame.at_ms() < due_at_ms {
            continue;
        }
        let reason = match engine.observe(&frame, &policy.limits)? {
            Observation::Refused(reason) => reason,
            Observation::Face(face) if taken.iter().all(|t| t.cosine(&face) >= MIN_CONSISTENCY) => {
                taken.push(face);
                due_at_ms = frame.at_ms().saturating_add(policy.spacing_ms);
                continue;
            }
            Observation::Face(_) => Guidance::FaceChanged,
        };
        refused.add(reason);
        guidance(reason);
    }
    if taken.len() < policy.needed_frames {
        return Err(EnrolmentError::TooFewFrames {
            taken: taken.len(),
            needed: policy.needed_frames,
            refused,
        });
    }
    Ok(Template::new(engine.model().clone(), taken))
}

/// Why nobody was enrolled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The camera ended, or the bound on frames was reached, before enough good frames were taken.
    #[error("enrolment: {taken} of {needed} good frames; refused: {refused}")]
    TooFewFrames {
        /// Good frames taken.
        taken: usize,
        /// The least that make a template.
        needed: usize,
        /// The others, by reason.
        refused: RefusalCounts,
    },
    /// The camera failed.
    #[error("enrolment: {0}")]
    Camera(#[from] CameraError),
    /// The networks failed.
    #[error("enrolment: {0}")]
    Engine(#[from] EngineError),
}
