//! Where frames come from.

#[cfg(test)]
mod tests;

use smile_models::Image;
use std::sync::Arc;

/// One picture from a camera and the time at which it was taken.
///
/// A secret: no `Debug`, `Clone` or `Serialize`; the pixels are zeroed when the last holder drops them.
pub struct Frame {
    image: Arc<Image>,
    at_ms: u64,
}

impl Frame {
    /// A frame of `image`, taken `at_ms` milliseconds after any fixed moment of the camera's choice.
    #[must_use]
    pub fn new(image: Image, at_ms: u64) -> Self {
        Self {
            image: Arc::new(image),
            at_ms,
        }
    }

    /// The picture.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// When it was taken: milliseconds since a moment that is the same for all frames of one camera.
    #[must_use]
    pub fn at_ms(&self) -> u64 {
        self.at_ms
    }
}

/// A source of frames: a device, a file, or a list of pictures in tests.
///
/// Frames come in the order in which they were taken and their times never go back. Only the spacing of frames rests
/// on it: after a frame was used, those with a time below its own plus the spacing are passed over, also where their
/// times went back. Before the first used frame nobody looks at the times.
pub trait Camera {
    /// The next frame, or `None` when there are no more (the user closed the camera, the file ended).
    ///
    /// # Errors
    /// [`CameraError`] when the device cannot deliver; the caller gives up.
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError>;
}

/// Why a camera cannot deliver frames.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// The user or the system did not allow the camera.
    #[error("camera: permission denied")]
    PermissionDenied,
    /// Another program holds the device.
    #[error("camera: in use by another program")]
    InUse,
    /// The device went away.
    #[error("camera: unplugged")]
    Unplugged,
    /// No frame came in time.
    #[error("camera: no frame for {waited_ms} ms")]
    Stalled {
        /// How long was waited, in milliseconds.
        waited_ms: u64,
    },
    /// The device or file delivers pictures that cannot be read.
    #[error("camera: unsupported format: {0}")]
    UnsupportedFormat(String),
    /// Any other failure, in the words of the device's driver.
    #[error("camera: {0}")]
    Device(String),
}

/// Plays a list of decoded pictures as if a camera had taken them one every `interval_ms`.
pub struct SequenceCamera {
    pictures: std::vec::IntoIter<Image>,
    interval_ms: u64,
    next_at_ms: u64,
}

impl SequenceCamera {
    /// Plays `pictures` once, the first at 0 ms, the others `interval_ms` apart (33 for video at 30 frames a second).
    #[must_use]
    pub fn new(pictures: Vec<Image>, interval_ms: u64) -> Self {
        Self {
            pictures: pictures.into_iter(),
            interval_ms,
            next_at_ms: 0,
        }
    }
}

impl Camera for SequenceCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let Some(image) = self.pictures.next() else {
            return Ok(None);
        };
        let frame = Frame::new(image, self.next_at_ms);
        self.next_at_ms = self.next_at_ms.saturating_add(self.interval_ms);
        Ok(Some(frame))
    }
}

/// Shows one picture over and over, as a photograph held before a camera does.
///
/// It passes wherever its face would: there is no liveness check yet.
pub struct StillCamera {
    image: Arc<Image>,
    frames_left: u32,
    interval_ms: u64,
    next_at_ms: u64,
}

impl StillCamera {
    /// Shows `image` in `frames` frames, `interval_ms` apart.
    #[must_use]
    pub fn new(image: Image, frames: u32, interval_ms: u64) -> Self {
        Self {
            image: Arc::new(image),
            frames_left: frames,
            interval_ms,
            next_at_ms: 0,
        }
    }
}

impl Camera for StillCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let Some(left) = self.frames_left.checked_sub(1) else {
            return Ok(None);
        };
        self.frames_left = left;
        let frame = Frame {
            image: Arc::clone(&self.image),
            at_ms: self.next_at_ms,
        };
        self.next_at_ms = self.next_at_ms.saturating_add(self.interval_ms);
        Ok(Some(frame))
    }
}
