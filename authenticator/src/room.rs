//! The room where faces are handled. Frames go in; a template to seal, or one yes or no, comes out.

use smile_face::{
    Camera, EnrolmentError, EnrolmentPolicy, FaceEngine, FaceMatched, Guidance, MatchError, MatchPolicy,
    Template,
};

/// Enrols and verifies faces. Today in this process; later in a sandboxed helper behind the same trait.
///
/// Nobody can implement it so that it says yes without a face: a [`FaceMatched`] is made by smile-face's
/// matcher only, and it is accepted only if it was made with the template handed over for this attempt, so
/// one kept from an earlier attempt, or made with another template, is a "no". What an implementation still
/// decides is which pictures the matcher sees: the camera is no part of the proof.
pub trait FaceRoom: Send {
    /// Takes several good frames of one face. `guidance` hears why a frame was passed over.
    ///
    /// # Errors
    /// [`EnrolmentError`]; nothing is kept then.
    fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError>;

    /// Compares the face before the camera with the template. There is no liveness check yet: a photo of
    /// the enrolled person passes.
    ///
    /// # Errors
    /// [`MatchError`]; it never says how close it was.
    fn verify(
        &mut self,
        camera: &mut dyn Camera,
        template: &Template,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError>;
}

/// The face networks in this process.
pub struct InProcess {
    engine: FaceEngine,
    enrolment: EnrolmentPolicy,
    matching: MatchPolicy,
}

impl InProcess {
    /// With smile-face's own policies for enrolment and for payments.
    pub fn new(engine: FaceEngine) -> Self {
        Self {
            engine,
            enrolment: EnrolmentPolicy::default(),
            matching: MatchPolicy::payment(),
        }
    }
}

impl FaceRoom for InProcess {
    fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        smile_face::enrol(&self.engine, camera, &self.enrolment, guidance)
    }

    fn verify(
        &mut self,
        camera: &mut dyn Camera,
        template: &Template,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        smile_face::verify_guided(&self.engine, camera, template, &self.matching, guidance)
    }
}
