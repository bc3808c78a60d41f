//! A camera that the program around the agent holds, for demonstrations and tests: the agent's page shows and asks as
//! always, and the pictures come from elsewhere on this device.

use std::fmt;
use std::sync::Arc;

use serde_json::json;
use smile_face::{Camera, CameraError, Frame};

use super::page::PageCamera;
use super::{CameraKind, Looked};
use crate::line::Line;

/// What a look is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookFor {
    /// A new face.
    Enrolment,
    /// The face that was enrolled.
    Verification,
}

/// Who holds the camera.
pub trait CameraHolder: Send + Sync {
    /// Opens it for one look.
    fn open(&self, look: LookFor) -> Box<dyn Camera>;
}

/// A camera in somebody's hands.
#[derive(Clone)]
pub struct HeldCamera(Arc<dyn CameraHolder>);

impl HeldCamera {
    /// The camera of `holder`.
    pub fn of(holder: impl CameraHolder + 'static) -> Self {
        Self(Arc::new(holder))
    }
}

impl fmt::Debug for HeldCamera {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HeldCamera")
    }
}

impl PartialEq for HeldCamera {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for HeldCamera {}

/// The camera of an operation that a page serves: the page's own, or the one that is held.
pub enum Eye<'a> {
    /// The page's.
    Page(PageCamera<'a>),
    /// Somebody's.
    Held {
        /// It.
        camera: Box<dyn Camera>,
        /// To the page.
        line: &'a Line,
        /// How the look goes.
        looked: Arc<Looked>,
        /// Whether the page knows that it has begun.
        has_begun: bool,
        /// Whether the user closed it, or the page.
        cancelled: bool,
    },
}

impl<'a> Eye<'a> {
    /// The eye of `kind` for one look.
    #[must_use]
    pub fn open(kind: &CameraKind, line: &'a Line, looked: Arc<Looked>, look: LookFor) -> Self {
        match kind {
            CameraKind::Held(HeldCamera(holder)) => Self::Held {
                camera: holder.open(look),
                line,
                looked,
                has_begun: false,
                cancelled: false,
            },
            CameraKind::Page | CameraKind::Images(_) | CameraKind::File(_) => {
                Self::Page(PageCamera::new(line, looked))
            }
        }
    }

    /// As [`PageCamera::was_cancelled`].
    #[must_use]
    pub fn was_cancelled(&self) -> bool {
        match self {
            Self::Page(camera) => camera.was_cancelled(),
            Self::Held { cancelled, .. } => *cancelled,
        }
    }
}

impl Camera for Eye<'_> {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        match self {
            Self::Page(camera) => camera.next_frame(),
            Self::Held {
                camera,
                line,
                looked,
                has_begun,
                cancelled,
            } => {
                // The pictures come from elsewhere, but whether there is to be another one is said on the page.
                if line.was_hung_up() {
                    *cancelled = true;
                    return Err(CameraError::Device("closed by the user".to_owned()));
                }
                if !std::mem::replace(has_begun, true) {
                    line.tell(&json!({"type": "watching"}));
                }
                let frame = camera.next_frame()?;
                if frame.is_some() {
                    line.tell(&json!({"type": "progress", "good": looked.taken()}));
                }
                Ok(frame)
            }
        }
    }
}
