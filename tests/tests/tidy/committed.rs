//! What a repository of code must not hold: large files, faces, networks.

use std::collections::BTreeSet;
use std::path::Path;

use sha2::{Digest, Sha256};
use smile_tests::test_data::{shared_dir, workspace_root};

use crate::sources::{SourceFile, sources};
use crate::{assert_caught, assert_none};

/// 1 MiB: everything larger is fetched, checked against its hash, and kept in a cache.
const FILE_BYTES: u64 = 1 << 20;

/// 4 KiB: a test pattern for a decoder fits, a face that could be recognised does not.
const PICTURE_BYTES: u64 = 4 << 10;

/// Photographs.
const PICTURES: &[&str] = &["jpg", "jpeg", "webp", "heic"];

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
        let picture = PICTURES.contains(&ending.as_str()) && file.size > PICTURE_BYTES;
        if picture || FETCHED.contains(&ending.as_str()) {
            wrong.push(format!("{} is to be fetched, not committed", file.path));
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
            "key.txt is",
            "root.pem is",
        ],
    );
}
