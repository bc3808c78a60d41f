//! The browser's camera, on the agent's own page: JPEGs that come over a line, decoded on the thread that looks at them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use smile_face::{Camera, CameraError, Frame};
use smile_models::Image;
use zeroize::Zeroizing;

use super::Looked;
use crate::line::{CameraFailure, Heard, Line, Word};

/// A person may have to find the browser's question and answer it.
const FIRST_FRAME: Duration = Duration::from_secs(60);
/// After that a camera that says nothing for so long has stopped.
const NEXT_FRAME: Duration = Duration::from_secs(5);
/// Largest side of a picture from a page, in pixels: pages send 640 × 480.
const SIDE_MAX_PX: u32 = 1280;

/// The camera of the page at the other end of a line.
pub struct PageCamera<'a> {
    line: &'a Line,
    looked: Arc<Looked>,
    began: Option<Instant>,
    cancelled: bool,
}

impl<'a> PageCamera<'a> {
    /// A camera that the page opens when the first picture is asked for.
    #[must_use]
    pub fn new(line: &'a Line, looked: Arc<Looked>) -> Self {
        Self {
            line,
            looked,
            began: None,
            cancelled: false,
        }
    }

    /// Whether the user closed it. To the face room that is a failure and not an end: what an enrolment has seen until
    /// then must not become one that was cancelled.
    #[must_use]
    pub fn was_cancelled(&self) -> bool {
        self.cancelled
    }

    fn next_jpeg(&mut self) -> Result<(Zeroizing<Vec<u8>>, Instant), CameraError> {
        let patience = if self.began.is_some() {
            NEXT_FRAME
        } else {
            self.line.forget_frame();
            self.line.tell(&json!({"type": "camera"}));
            FIRST_FRAME
        };
        loop {
            match self.line.word_or_frame(patience) {
                Heard::Frame(jpeg, at) => return Ok((jpeg, at)),
                Heard::Word(Word::Cancel) | Heard::Closed => {
                    self.cancelled = true;
                    return Err(CameraError::Device("closed by the user".to_owned()));
                }
                Heard::Word(Word::CameraFailed(failure)) => {
                    return Err(match failure {
                        CameraFailure::PermissionDenied => CameraError::PermissionDenied,
                        CameraFailure::InUse => CameraError::InUse,
                        CameraFailure::Unplugged => CameraError::Unplugged,
                    });
                }
                // Said twice, or too late.
                Heard::Word(Word::Confirm | Word::Again | Word::Choose(_) | Word::CannotDisplay) => {}
                Heard::Silence => {
                    return Err(CameraError::Stalled {
                        waited_ms: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX),
                    });
                }
            }
        }
    }
}

impl Camera for PageCamera<'_> {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let (jpeg, at) = self.next_jpeg()?;
        let image =
            Image::decode_jpeg(&jpeg).map_err(|error| CameraError::UnsupportedFormat(error.to_string()))?;
        if image.width().max(image.height()) > SIDE_MAX_PX {
            let rule = format!("a side is longer than {SIDE_MAX_PX} pixels");
            return Err(CameraError::UnsupportedFormat(rule));
        }
        let began = *self.began.get_or_insert(at);
        let at_ms = u64::try_from(at.duration_since(began).as_millis()).unwrap_or(u64::MAX);
        let good = self.looked.taken();
        self.line.tell(&json!({"type": "progress", "good": good}));
        Ok(Some(Frame::new(image, at_ms)))
    }
}
