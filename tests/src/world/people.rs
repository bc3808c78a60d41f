//! Real faces: the sample clip's person, the portrait of somebody else, and people from press photographs.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use smile_models::Image;
use smile_quickstart::pictures;

use crate::test_data::{media_dir, shared_dir};

/// Somebody who can stand before a camera.
pub struct Person {
    /// Pictures for enrolment, in order of time.
    pub enrol: Vec<Image>,
    /// Pictures for every later look, none of which is one of enrolment where the person is a clip.
    pub pay: Vec<Image>,
}

impl Person {
    /// A photograph, held still before the camera for as long as it looks.
    ///
    /// # Panics
    /// Never: the pixels are those of a picture.
    pub fn photo(picture: &Image) -> Self {
        Self {
            enrol: vec![copy(picture)],
            pay: vec![copy(picture)],
        }
    }
}

/// The person of the sample clip, enlarged as the quickstart does it. `None`, said aloud, without the clip.
///
/// # Panics
/// If the clip is there and does not decode.
pub fn clip() -> Option<&'static Person> {
    static CLIP: OnceLock<Person> = OnceLock::new();
    let path = media_dir()?.join("carphone_pristine.mp4");
    Some(CLIP.get_or_init(|| {
        let pictures = pictures::sample_clip(&path).expect("the sample clip decodes");
        Person {
            enrol: pictures.enrol,
            pay: pictures.pay,
        }
    }))
}

/// Rear Admiral Grace Hopper, as a photograph. `None`, said aloud, without it.
///
/// # Panics
/// If the portrait is there and does not decode.
pub fn portrait() -> Option<&'static Person> {
    static PORTRAIT: OnceLock<Person> = OnceLock::new();
    let path = media_dir()?.join("grace_hopper.jpg");
    Some(PORTRAIT.get_or_init(|| {
        let picture = pictures::portrait(&path).expect("the portrait decodes");
        Person::photo(&picture)
    }))
}

/// The person of a clip of `$SMILE_SHARED/videos`: its first half enrols, its second half pays. `None`, said aloud,
/// without the folder.
///
/// # Panics
/// If the folder is there and the clip is not, or does not decode.
pub fn shared_clip(name: &str) -> Option<Person> {
    let path = shared_dir()?.join("videos").join(name);
    let pictures = pictures::own(&path).expect("the clip decodes");
    Some(Person {
        enrol: pictures.enrol,
        pay: pictures.pay,
    })
}

/// One photograph each of the first `count` people of Labeled Faces in the Wild, by name, enlarged twice. `None`,
/// said aloud, without `$SMILE_SHARED`.
///
/// # Panics
/// If the folder is there and its pictures are not.
pub fn press_photographs(count: usize) -> Option<Vec<Person>> {
    let folder = shared_dir()?.join("faces/lfw");
    let people = sorted(&folder).into_iter().take(count);
    let photographs = people.map(|person| {
        let first = sorted(&person)
            .into_iter()
            .next()
            .expect("everybody has a photograph");
        let picture = pictures::portrait(&first).expect("a photograph decodes");
        Person::photo(&picture.resize_bicubic(2.0).expect("twice 250 pixels are few"))
    });
    Some(photographs.collect())
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of faces can be listed");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    paths.sort();
    paths
}

/// Pictures cannot be cloned by accident; tests copy them on purpose.
fn copy(picture: &Image) -> Image {
    Image::from_rgb8(picture.width(), picture.height(), picture.rgb().to_vec())
        .expect("it was a picture before")
}
