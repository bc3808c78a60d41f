//! Where the faces of the run come from: the sample clip, your own folder or video, a portrait.

use std::path::{Path, PathBuf};

use smile_models::Image;

use crate::{QuickstartError, video};

/// Frames narrower than this are enlarged before anything looks at them.
const SMALL_FRAME_WIDTH: u32 = 320;
/// How much small frames are enlarged. On the sample clip (176×144, faces 60–69 px high) three-fold bicubic
/// enlargement lifts the least cosine between two frames of the person from 0.37 to 0.54.
const ENLARGEMENT: f32 = 3.0;
/// Enrolment asks for several good pictures and so does each look into the camera.
const MIN_PICTURES: usize = 8;

/// The two parts of a person's pictures, in order of time.
pub struct Pictures {
    /// For enrolment.
    pub enrol: Vec<Image>,
    /// For every later look into the camera.
    pub pay: Vec<Image>,
}

/// Reads the sample clip: frames 0–24 enrol, frames 60 to the end pay (the person talks and turns in between).
pub fn sample_clip(path: &Path) -> Result<Pictures, QuickstartError> {
    let mut frames = enlarged(video::read_frames(path)?)?;
    if frames.len() < 100 {
        let rule = format!("holds {} frames; the sample clip has 120", frames.len());
        return Err(QuickstartError::Video {
            path: path.to_owned(),
            rule,
        });
    }
    let pay = frames.split_off(60);
    frames.truncate(25);
    Ok(Pictures { enrol: frames, pay })
}

/// Reads a folder of pictures or a video of one person: the first half enrols, the second half pays.
pub fn own(path: &Path) -> Result<Pictures, QuickstartError> {
    if !path.exists() {
        let rule = "--face names no folder or video that exists".to_owned();
        return Err(QuickstartError::Picture {
            path: path.to_owned(),
            rule,
        });
    }
    let frames = if path.is_dir() {
        folder(path)?
    } else if is_picture(path) {
        let rule = format!(
            "one picture is not enough: name a folder of {MIN_PICTURES} or more, or an MP4 video (H.264)"
        );
        return Err(QuickstartError::Picture {
            path: path.to_owned(),
            rule,
        });
    } else {
        video::read_frames(path)?
    };
    if frames.len() < MIN_PICTURES {
        return Err(QuickstartError::TooFewPictures {
            path: path.to_owned(),
            found: frames.len(),
            needed: MIN_PICTURES,
        });
    }
    let mut enrol = enlarged(frames)?;
    let pay = enrol.split_off(enrol.len() / 2);
    Ok(Pictures { enrol, pay })
}

/// Reads one portrait in JPEG.
pub fn portrait(path: &Path) -> Result<Image, QuickstartError> {
    picture(path)
}

fn folder(path: &Path) -> Result<Vec<Image>, QuickstartError> {
    let unreadable = |e: std::io::Error| QuickstartError::Picture {
        path: path.to_owned(),
        rule: e.to_string(),
    };
    let mut names: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    names.retain(|name| name.is_file() && is_picture(name));
    names.sort();
    names.iter().map(|name| picture(name)).collect()
}

fn picture(path: &Path) -> Result<Image, QuickstartError> {
    let bad = |rule: String| QuickstartError::Picture {
        path: path.to_owned(),
        rule,
    };
    let bytes = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
    Image::decode(&bytes).map_err(|e| bad(e.to_string()))
}

/// By the name: JPEG or PNG.
fn is_picture(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png"))
}

fn enlarged(frames: Vec<Image>) -> Result<Vec<Image>, QuickstartError> {
    if frames
        .first()
        .is_none_or(|frame| frame.width() >= SMALL_FRAME_WIDTH)
    {
        return Ok(frames);
    }
    frames
        .iter()
        .map(|frame| frame.resize_bicubic(ENLARGEMENT).map_err(QuickstartError::Model))
        .collect()
}
