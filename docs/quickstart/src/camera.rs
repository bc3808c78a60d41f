//! A camera that shows given pictures over and over, as a person who stays before it would.

use smile_face::{Camera, CameraError, Frame};
use smile_models::Image;

use crate::QuickstartError;

/// Thirty frames a second, the rate of the sample clip.
const FRAME_INTERVAL_MS: u64 = 33;
/// One look into the camera ends after ten seconds, as a person would give up.
const LONGEST_LOOK_FRAMES: usize = 300;

/// Shows pictures in a loop, at 30 frames a second of its own time, for at most ten seconds.
pub struct LoopCamera<P> {
    pictures: P,
    shown: usize,
}

impl<'a> LoopCamera<&'a [Image]> {
    /// A camera before which `pictures` are shown, in order.
    pub fn new(pictures: &'a [Image]) -> Self {
        Self::showing(pictures)
    }
}

impl<P: AsRef<[Image]>> LoopCamera<P> {
    /// The same for pictures that are held in another way.
    pub fn showing(pictures: P) -> Self {
        Self { pictures, shown: 0 }
    }
}

impl<P: AsRef<[Image]>> Camera for LoopCamera<P> {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let pictures = self.pictures.as_ref();
        if pictures.is_empty() || self.shown == LONGEST_LOOK_FRAMES {
            return Ok(None);
        }
        let picture = &pictures[self.shown % pictures.len()];
        let at_ms = self.shown as u64 * FRAME_INTERVAL_MS;
        self.shown += 1;
        let copy = copy_of(picture).map_err(|e| CameraError::Device(e.to_string()))?;
        Ok(Some(Frame::new(copy, at_ms)))
    }
}

/// Pictures cannot be cloned by accident; a camera that shows the same one again copies it on purpose.
pub(crate) fn copy_of(picture: &Image) -> Result<Image, QuickstartError> {
    Image::from_rgb8(picture.width(), picture.height(), picture.rgb().to_vec())
        .map_err(QuickstartError::Model)
}
