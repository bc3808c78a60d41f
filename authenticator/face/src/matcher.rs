//! Is the face before the camera the enrolled one? The only place that compares, and the only one that says yes.

#[cfg(test)]
mod tests;

use crate::engine::{Observation, Observe};
use crate::template::Mark;
use crate::{Camera, CameraError, EngineError, FaceEngine, Guidance, QualityLimits, RefusalCounts, Template};

/// Least cosine between a frame and the nearest enrolled frame at which that frame speaks for a payment.
///
/// What it rests on, one picture against one, all against all, 95 % bounds by bootstrap over people (command and
/// method in `docs/evaluation.md`):
///
/// | model | data | n | threshold | FAR | FRR |
/// |---|---|---|---|---|---|
/// | SFace 2021dec, f32, behind YuNet 2023mar | LFW, 7,356 pictures of 3,374 people | 26,982,974 impostor, 68,716 genuine | 0.45 | 2.0e-5 [1.5e-5, 2.6e-5] | 1.9 % [1.3, 3.9] |
/// | | | | **0.50** | **2.0e-6 [1.0e-6, 3.4e-6]**, 54 accepts | **4.0 % [2.4, 8.0]** |
/// | | | | 0.55 | 8.9e-7 [2.9e-7, 1.8e-6] | 7.7 % [4.4, 15.1] |
///
/// One picture against the nearest of five enrolled ones: FAR 1.5e-5. The vote of [`MatchPolicy::payment`] (three of
/// five pictures, each against the nearest of five) played with photographs, without its quality rules and spacing
/// and without the consistency that enrolment asks for: 92 of 92 owners accepted, and nobody in 54,056 tries of 232
/// others at each of 233 people. Counted by people, with 95 % confidence: at least 96.1 % of owners, and at most 1.6 %
/// of people with anybody among the others who is taken for them.
///
/// LFW is press photographs of well-known adults, some of them wrongly named (such a pair counts as a false accept),
/// and thresholds do not transfer: on other pictures the same one has another FAR. Above 0.50 the FRR doubles for
/// little; below it the FAR grows tenfold in a step.
pub const PAYMENT_THRESHOLD: f32 = 0.50;

/// What a verification asks for. Only this crate makes one: a threshold belongs to the model that earned it, so
/// there is no way to configure it.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchPolicy {
    threshold: f32,
    needed_matches: u32,
    judged_frames: u32,
    spacing_ms: u64,
    max_frames: u32,
    limits: QualityLimits,
}

impl MatchPolicy {
    /// Three of the first five usable frames, 100 ms or more apart, must each have a cosine of at least
    /// [`PAYMENT_THRESHOLD`] to one of the enrolled frames. At most 450 frames are looked at: 15 s at 30 frames a
    /// second.
    ///
    /// A majority, so that one lucky frame of a stranger does not open and one bad frame of the owner (a blink, a
    /// word) does not close; five frames and no more, so that patience buys a stranger nothing.
    #[must_use]
    pub fn payment() -> Self {
        Self {
            threshold: PAYMENT_THRESHOLD,
            needed_matches: 3,
            judged_frames: 5,
            spacing_ms: 100,
            max_frames: 450,
            limits: QualityLimits::verification(),
        }
    }

    /// The same with another bound on the frames looked at, usable or not.
    #[must_use]
    pub fn with_max_frames(self, max_frames: u32) -> Self {
        Self { max_frames, ..self }
    }

    /// Least cosine of a frame that counts as a match.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Matching frames needed.
    #[must_use]
    pub fn needed_matches(&self) -> u32 {
        self.needed_matches
    }

    /// Usable frames judged at most.
    #[must_use]
    pub fn judged_frames(&self) -> u32 {
        self.judged_frames
    }

    /// What a failure of the device means after `judged` frames. As soon as they could have been enough it is a
    /// "no": who pulls the plug when it goes badly has had an attempt like everybody else.
    fn cut_short(&self, judged: u32, error: MatchError) -> MatchError {
        if judged >= self.needed_matches {
            MatchError::NotConfirmed
        } else {
            error
        }
    }
}

/// The face of one [`Template`] was before the camera, by the rules of one [`MatchPolicy`].
///
/// A witness: only [`verify`] makes one, it is passed by value, and it cannot be copied. It can be kept, so it names
/// the very `Template` value that it was made with: whoever opens the sealed template anew for each attempt and asks
/// [`FaceMatched::is_for`] accepts neither a witness of an earlier attempt nor one of another face.
///
/// ```compile_fail,E0451
/// # let mark = panic!();
/// let forged = smile_face::FaceMatched { mark };
/// ```
#[derive(Debug)]
#[must_use = "a match that nothing consumes unlocks nothing"]
pub struct FaceMatched {
    mark: Mark,
}

impl FaceMatched {
    fn with(template: &Template) -> Self {
        Self {
            mark: template.mark().clone(),
        }
    }

    /// Whether it was made with this very value of [`Template`]. One decoded from the same bytes is another.
    #[must_use]
    pub fn is_for(&self, template: &Template) -> bool {
        self.mark == *template.mark()
    }

    /// A match without a face, for unit tests of what stands behind the gate.
    #[cfg(feature = "danger-forged-match")]
    pub fn forged_for_tests(template: &Template) -> Self {
        Self::with(template)
    }
}

/// Looks at frames until the policy is satisfied or can no longer be.
///
/// # Errors
/// [`MatchError`]. No variant says how close it was.
pub fn verify(
    engine: &FaceEngine,
    camera: &mut dyn Camera,
    template: &Template,
    policy: &MatchPolicy,
) -> Result<FaceMatched, MatchError> {
    verify_with(engine, camera, template, policy, &mut |_| ())
}

/// [`verify`], telling `guidance` frame by frame what is wrong with the picture. Usable frames are passed in silence,
/// whether they match or not.
///
/// # Errors
/// As [`verify`].
pub fn verify_guided(
    engine: &FaceEngine,
    camera: &mut dyn Camera,
    template: &Template,
    policy: &MatchPolicy,
    guidance: &mut dyn FnMut(Guidance),
) -> Result<FaceMatched, MatchError> {
    verify_with(engine, camera, template, policy, guidance)
}

fn verify_with(
    engine: &impl Observe,
    camera: &mut dyn Camera,
    template: &Template,
    policy: &MatchPolicy,
    guidance: &mut dyn FnMut(Guidance),
) -> Result<FaceMatched, MatchError> {
    if template.model() != engine.model() {
        return Err(MatchError::StaleTemplate);
    }
    let mut refused = RefusalCounts::default();
    let (mut matches, mut judged, mut due_at_ms) = (0, 0, 0);
    for _ in 0..policy.max_frames {
        let frame = camera.next_frame();
        let Some(frame) = frame.map_err(|error| policy.cut_short(judged, error.into()))? else {
            break;
        };
        if frame.at_ms() < due_at_ms {
            continue;
        }
        let seen = engine.observe(&frame, &policy.limits);
        match seen.map_err(|error| policy.cut_short(judged, error.into()))? {
            Observation::Refused(reason) => {
                refused.add(reason);
                guidance(reason);
                continue;
            }
            Observation::Face(face) => {
                judged += 1;
                due_at_ms = frame.at_ms().saturating_add(policy.spacing_ms);
                matches += u32::from(template.similarity(&face) >= policy.threshold);
            }
        }
        if matches == policy.needed_matches {
            return Ok(FaceMatched::with(template));
        }
        if matches + (policy.judged_frames - judged) < policy.needed_matches {
            return Err(MatchError::NotConfirmed);
        }
    }
    // Judged frames that could still have become enough are no match; too few of them are no answer.
    if judged < policy.needed_matches {
        return Err(MatchError::TooFewFrames {
            usable: judged,
            needed: policy.needed_matches,
            refused,
        });
    }
    Err(MatchError::NotConfirmed)
}

/// Why a face was not confirmed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// It could not be confirmed that the enrolled person is there: another face, or (once there is such a check) no
    /// living one. One code for all of it, or an attacker could learn which part of a forgery works.
    #[error("face: couldn't confirm it's you")]
    NotConfirmed,
    /// The camera ended, or the bound on frames was reached, before enough frames could be judged.
    #[error("face: {usable} of {needed} usable frames; refused: {refused}")]
    TooFewFrames {
        /// Frames good enough to judge. It does not say whether they matched.
        usable: u32,
        /// The least that can decide.
        needed: u32,
        /// The others, by reason.
        refused: RefusalCounts,
    },
    /// The template was made by another network: the user has to enrol again.
    #[error("face: the template belongs to another model version; enrol again")]
    StaleTemplate,
    /// The camera failed before enough frames were judged.
    #[error("face: {0}")]
    Camera(#[from] CameraError),
    /// The networks failed before enough frames were judged.
    #[error("face: {0}")]
    Engine(#[from] EngineError),
}
