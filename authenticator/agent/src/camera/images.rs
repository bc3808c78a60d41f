//! A folder of pictures as a camera, for the command line and for tests. Each picture is read when it is due, so that no
//! more than one lies in memory.

use std::path::{Path, PathBuf};

use smile_face::{Camera, CameraError, Frame};
use smile_models::Image;

/// Thirty pictures a second of its own time.
const INTERVAL_MS: u64 = 33;
/// One look ends after ten seconds of its own time.
const LONGEST_LOOK_FRAMES: usize = 300;

/// Shows the pictures of a folder in a loop.
pub struct ImagesCamera {
    folder: PathBuf,
    pictures: Option<Vec<PathBuf>>,
    shown: usize,
}

impl ImagesCamera {
    /// A camera before which the pictures of `folder` are shown. Whether there are any shows when it is opened.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            pictures: None,
            shown: 0,
        }
    }

    fn pictures(&mut self) -> Result<&[PathBuf], CameraError> {
        if self.pictures.is_none() {
            let failed =
                |error: std::io::Error| CameraError::Device(format!("{}: {error}", self.folder.display()));
            let mut found = Vec::new();
            for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if is_picture(&path) {
                    found.push(path);
                }
            }
            found.sort();
            self.pictures = Some(found);
        }
        Ok(self.pictures.as_deref().unwrap_or_default())
    }
}

impl Camera for ImagesCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let shown = self.shown;
        let pictures = self.pictures()?;
        if pictures.is_empty() {
            return Err(CameraError::Device(
                "the folder holds no JPEG or PNG picture".to_owned(),
            ));
        }
        if shown == LONGEST_LOOK_FRAMES {
            return Ok(None);
        }
        let path = &pictures[shown % pictures.len()];
        let failed = |error: String| CameraError::UnsupportedFormat(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let image = Image::decode(&bytes).map_err(|error| failed(error.to_string()))?;
        self.shown += 1;
        Ok(Some(Frame::new(image, shown as u64 * INTERVAL_MS)))
    }
}

/// By the name: JPEG or PNG.
fn is_picture(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png"))
}
