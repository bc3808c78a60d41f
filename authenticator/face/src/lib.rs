//! All that touches a face: frames in, one yes or no out.
//!
//! ```text
//! Camera ─ Frame ─ FaceEngine (find, align, embed) ─ quality ─┬─ enrol  ─ Template (sealed by the authenticator)
//!                                                              └─ verify ─ FaceMatched (a witness, by value)
//! ```
//!
//! The rules of this room:
//! - [`FaceMatched`] can only be made by [`verify`], and [`verify`] is the only thing that compares a face with a
//!   template. No function returns a score or takes an embedding by itself; a template's sealed bytes, which hold
//!   embeddings, go out by [`Template::encode`] and come in by [`Template::decode`], for the authenticator to keep.
//!   (The networks' own crate, `smile-models`, does hand embeddings and cosines to whoever links it.)
//! - A [`FaceMatched`] names the very [`Template`] value that it was made with, so that one attempt's cannot be spent
//!   on another.
//! - Frames and templates are secrets: no `Debug`, `Clone` or `Serialize`; their memory is zeroed when dropped.
//! - A user hears what to do about the picture ([`Guidance`]), never how close the match was. A failed match says
//!   [`MatchError::NotConfirmed`] and nothing else; a liveness check, once there is one, will say the same.
//! - Time comes with the frames ([`Frame::at_ms`]); there is no clock, thread, file or network in here but the
//!   reading of the weights by [`FaceEngine::load`].
//!
//! **There is no liveness check yet.** A photograph or a screen held before the camera passes wherever the face on
//! it would. What this crate says is "this picture shows the enrolled face", not "the person is here".

mod capture;
mod engine;
mod enrolment;
mod matcher;
mod quality;
mod refusals;
mod template;

pub use capture::{Camera, CameraError, Frame, SequenceCamera, StillCamera};
pub use engine::{EngineError, FaceEngine, ModelIdentity};
pub use enrolment::{EnrolmentError, EnrolmentPolicy, enrol};
pub use matcher::{FaceMatched, MatchError, MatchPolicy, PAYMENT_THRESHOLD, verify, verify_guided};
pub use quality::{Guidance, QualityLimits};
pub use refusals::RefusalCounts;
pub use template::{MAX_ENCODED_TEMPLATE_BYTES, MAX_TEMPLATE_EMBEDDINGS, Template, TemplateError};

#[cfg(test)]
mod script;
#[cfg(test)]
mod secrets;
