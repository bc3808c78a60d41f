//! What a repository of code must not hold: large files, faces, networks.

use std::collections::BTreeSet;
use std::path::Path;

use sha2::{Digest, Sha256};
use smile_tests::test_data::{shared_dir, workspace_root};

use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// 1 MiB: everything larger is fetched, checked against its hash, and kept in a cache.
const FILE_BYTES: u64 = 1 << 20;

/// 4 KiB: a test pattern for a decoder fits, a photograph hardly does.
const PICTURE_BYTES: u64 = 4 << 10;

/// Pictures made of pixels, whatever is on them.
const PICTURES: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "jp2", "jxl", "png", "apng", "gif", "bmp", "tif", "tiff", "avif", "heic",
    "heif", "webp", "ppm", "pgm", "pbm", "pnm", "pam", "tga", "ico", "qoi",
];

/// The pictures that are committed, each with what is on it: somebody has looked, and it is nobody.
const SEEN: &[(&str, &str)] = &[
    ("models/tests/reference/cmyk.jpg", "a gradient in four inks"),
    ("models/tests/reference/gradient.jpg", "a gradient in colour"),
    ("models/tests/reference/grey.jpg", "a gradient in grey"),
    (
        "models/tests/reference/progressive.jpg",
        "a gradient in colour, coded progressively",
    ),
    (
        "models/tests/reference/rgb.jpg",
        "a gradient stored as red, green and blue",
    ),
];

/// Videos, networks and packages: never committed, whatever their size.
const FETCHED: &[&str] = &[
    "mp4",
    "mjpeg",
    "avi",
    "webm",
    "y4m",
    "onnx",
    "safetensors",
    "pth",
    "npy",
    "npz",
    "whl",
    "bin",
];

/// Private keys and certificates are generated where they are used.
const GENERATED: &[&str] = &["pem", "key", "p12", "der"];

fn check(files: &[SourceFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        if file.size > FILE_BYTES {
            wrong.push(format!("{} has {} bytes", file.path, file.size));
        }
        let ending = file.path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let picture = PICTURES.contains(&ending.as_str());
        if (picture && file.size > PICTURE_BYTES) || FETCHED.contains(&ending.as_str()) {
            wrong.push(format!("{} is to be fetched, not committed", file.path));
        } else if picture && !SEEN.iter().any(|(path, _)| *path == file.path) {
            wrong.push(format!(
                "{} is a picture that nobody has vouched for: if no person is on it, say in SEEN what is",
                file.path
            ));
        }
        if GENERATED.contains(&ending.as_str()) || file.text().contains(concat!("PRIVATE", " KEY-----")) {
            wrong.push(format!("{} is to be generated, not committed", file.path));
        }
    }
    wrong
}

/// Paths of all files below `folder`.
fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("the folder can be listed")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found)
        } else {
            found.push(path)
        }
    }
}

#[test]
fn no_large_file_no_face_no_network_is_committed() {
    assert_none(&check(sources()));
    let gone = SEEN
        .iter()
        .filter(|(path, _)| !sources().iter().any(|file| file.path == *path));
    assert_none(
        &gone
            .map(|(path, _)| format!("{path} is in SEEN, but not there"))
            .collect::<Vec<_>>(),
    );
}

/// The shared faces and clips have licences that do not allow it, whatever the copy is called.
#[test]
fn no_shared_face_or_clip_is_committed() {
    let Some(shared) = shared_dir() else { return };
    let mut media = Vec::new();
    for folder in ["faces", "videos"] {
        files_below(&shared.join(folder), &mut media);
    }
    assert!(
        media.len() > 1000,
        "the shared folder holds thousands of pictures"
    );
    let sizes: BTreeSet<u64> = sources()
        .iter()
        .map(|file| file.size)
        .filter(|size| *size > 512)
        .collect();
    let digest = |path: &Path| Sha256::digest(std::fs::read(path).expect("a listed file can be read"));
    let alike = media
        .iter()
        .filter(|path| path.metadata().is_ok_and(|data| sizes.contains(&data.len())));
    let hashes: BTreeSet<_> = alike.map(|path| digest(path)).collect();
    let copies = sources()
        .iter()
        .filter(|file| hashes.contains(&digest(&workspace_root().join(&file.path))));
    assert_none(
        &copies
            .map(|file| format!("{} is a copy of shared test data", file.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn a_committed_face_and_a_committed_key_are_caught() {
    let mut large = SourceFile::example("docs/large.txt", "");
    large.size = FILE_BYTES + 1;
    let mut face = SourceFile::example("docs/face.JPG", "");
    face.size = PICTURE_BYTES + 1;
    let files = [
        large,
        face,
        SourceFile::example("docs/clip.mp4", ""),
        SourceFile::example("docs/pattern.jpg", ""),
        SourceFile::example(SEEN[0].0, ""),
        SourceFile::example("tests/key.txt", concat!("-----BEGIN EC PRIVATE", " KEY-----")),
        SourceFile::example("tests/root.pem", ""),
        SourceFile::example("docs/picture.svg", ""),
    ];
    assert_caught(
        &check(&files),
        &[
            "large.txt has",
            "face.JPG is to be fetched",
            "clip.mp4 is",
            "pattern.jpg is a picture that nobody",
            "key.txt is",
            "root.pem is",
        ],
    );
    for ending in PICTURES {
        assert_caught(
            &check(&[SourceFile::example(&format!("docs/small.{ending}"), "")]),
            &["nobody has vouched"],
        );
    }
    let mut grown = SourceFile::example(SEEN[0].0, "");
    grown.size = PICTURE_BYTES + 1;
    assert_caught(&check(&[grown]), &["is to be fetched"]);
}
