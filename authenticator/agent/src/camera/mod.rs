//! Where pictures come from: a page of the agent's own, or a folder.

pub mod held;
pub mod images;
pub mod page;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Which camera a command uses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CameraKind {
    /// The browser's, on the agent's own page.
    Page,
    /// A folder of JPEG and PNG pictures, shown over and over in the order of their names.
    Images(PathBuf),
    /// One that the program around the agent holds. No command names it.
    Held(held::HeldCamera),
}

impl CameraKind {
    /// What a page may say of where the camera is, before it opens: `page` or `agent`.
    #[must_use]
    pub const fn place(&self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Images(_) | Self::Held(_) => "agent",
        }
    }
}

impl FromStr for CameraKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "page" => Ok(Self::Page),
            Some(("images", folder)) if !folder.is_empty() => Ok(Self::Images(folder.into())),
            _ => Err("must be `page` or `images:FOLDER`".to_owned()),
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
