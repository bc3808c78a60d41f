//! Where pictures come from: a page of the agent's own, a folder, or a clip.

pub mod clip;
pub mod held;
pub mod images;
pub mod page;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use smile_face::Camera;

use clip::ClipCamera;
use images::ImagesCamera;

/// Which camera a command uses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CameraKind {
    /// The browser's, on the agent's own page.
    Page,
    /// A folder of JPEG and PNG pictures, shown over and over in the order of their names.
    Images(PathBuf),
    /// A clip without sound, shown over and over: YUV4MPEG2, or JPEGs one behind the other.
    File(PathBuf),
    /// One that the program around the agent holds. No command names it.
    Held(held::HeldCamera),
}

impl CameraKind {
    /// What a page may say of where the camera is, before it opens: `page` or `agent`.
    #[must_use]
    pub const fn place(&self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Images(_) | Self::File(_) | Self::Held(_) => "agent",
        }
    }

    /// The camera that needs no page at all, opened for one look: then questions are asked on a terminal.
    #[must_use]
    pub fn without_page(&self) -> Option<Box<dyn Camera>> {
        match self {
            Self::Page | Self::Held(_) => None,
            Self::Images(folder) => Some(Box::new(ImagesCamera::of(folder))),
            Self::File(clip) => Some(Box::new(ClipCamera::of(clip))),
        }
    }
}

impl FromStr for CameraKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "page" => Ok(Self::Page),
            Some(("images", folder)) if !folder.is_empty() => Ok(Self::Images(folder.into())),
            Some(("file", clip)) if !clip.is_empty() => Ok(Self::File(clip.into())),
            _ => Err("must be `page`, `images:FOLDER` or `file:CLIP`".to_owned()),
        }
    }
}

/// How a look goes: how many pictures were taken, and how many of them were of no use.
#[derive(Default)]
pub struct Looked {
    taken: AtomicU32,
    passed_over: AtomicU32,
}

impl Looked {
    /// One more was taken. Returns how many before it were of use, as far as anybody said.
    pub fn taken(&self) -> u32 {
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        before.saturating_sub(self.passed_over.load(Ordering::Relaxed))
    }

    /// The last one was of no use.
    pub fn passed_over(&self) {
        self.passed_over.fetch_add(1, Ordering::Relaxed);
    }
}
