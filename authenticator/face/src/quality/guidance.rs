//! What a user is told: codes about the picture, never about the match.

use std::fmt;

/// Why a frame was passed over, and so what the user can do. In the order in which the rules are tried.
///
/// The codes stop at quality: none of them says how similar a face is to an enrolled one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Guidance {
    /// No face was found.
    NoFace,
    /// A second face is large enough to be meant.
    MultipleFaces,
    /// Part of the face lies outside the frame.
    FaceCutOff,
    /// The face has too few pixels.
    FaceTooFar,
    /// The face fills the frame.
    FaceTooClose,
    /// The head is turned, raised, lowered or tilted too far.
    LookStraight,
    /// Too little light on the face.
    TooDark,
    /// The face is washed out.
    TooBright,
    /// The face is flat grey: haze, a smeared lens, light from behind.
    LowContrast,
    /// Out of focus or moved.
    Blurred,
    /// Enrolment only: the face is not that of the frames taken a moment before. Nobody is enrolled yet, so this
    /// compares the applicant with the applicant.
    FaceChanged,
}

impl Guidance {
    /// The stable code, for programs and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::MultipleFaces => "multiple_faces",
            Self::FaceCutOff => "face_cut_off",
            Self::FaceTooFar => "face_too_far",
            Self::FaceTooClose => "face_too_close",
            Self::LookStraight => "look_straight",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::LowContrast => "low_contrast",
            Self::Blurred => "blurred",
            Self::FaceChanged => "face_changed",
        }
    }

    /// What to do about it, in English, for a screen or a screen reader.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::NoFace => "Show your face to the camera",
            Self::MultipleFaces => "Only one face, please",
            Self::FaceCutOff => "Move your whole face into the picture",
            Self::FaceTooFar => "Come closer",
            Self::FaceTooClose => "Move back a little",
            Self::LookStraight => "Look straight at the camera",
            Self::TooDark => "Find more light",
            Self::TooBright => "Find softer light",
            Self::LowContrast => "Wipe the lens, or turn away from the light behind you",
            Self::Blurred => "Hold still",
            Self::FaceChanged => "One person only, from start to end",
        }
    }
}

impl fmt::Display for Guidance {
    /// The code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
