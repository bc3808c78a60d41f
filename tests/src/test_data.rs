//! Where the data is that tests read but the repository must not hold: faces, clips, vectors, weights.

use std::path::{Path, PathBuf};

use crate::skips::skip;

/// The root of this checkout: the folder with the workspace's `Cargo.toml`.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies one folder below the root")
}

/// The folder with shared test data (`faces`, `vectors`, `videos`, `tools`): `$SMILE_SHARED`, else `shared`
/// beside the checkout. `None`, said aloud, where neither is a folder.
pub fn shared_dir() -> Option<PathBuf> {
    let named = std::env::var_os("SMILE_SHARED").map(PathBuf::from);
    let beside = workspace_root().parent().map(|parent| parent.join("shared"));
    let found = named.or(beside).filter(|dir| dir.is_dir());
    if found.is_none() {
        skip("no $SMILE_SHARED");
    }
    found
}

/// The folder with the converted weights, `$SMILE_WEIGHTS_DIR`, which `tests/run` fetches and exports.
/// `None`, said aloud, where it is not set or is not a folder.
pub fn weights_dir() -> Option<PathBuf> {
    let found = std::env::var_os("SMILE_WEIGHTS_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_dir());
    if found.is_none() {
        skip("no $SMILE_WEIGHTS_DIR (tests/run fetches the weights and sets it)");
    }
    found
}

/// The detector's and the recogniser's weights in [`weights_dir`]. `None`, said aloud, where they are not.
pub fn network_weights() -> Option<(PathBuf, PathBuf)> {
    let folder = weights_dir()?;
    let weights = ["yunet_2023mar.safetensors", "sface_2021dec.safetensors"].map(|name| folder.join(name));
    if !weights.iter().all(|path| path.is_file()) {
        skip("$SMILE_WEIGHTS_DIR lacks a network's weights");
        return None;
    }
    let [yunet, sface] = weights;
    Some((yunet, sface))
}

/// The folder with the sample clip and the portrait, `$SMILE_MEDIA_DIR`, which `tests/run` fetches.
/// `None`, said aloud, where it is not set or is not a folder.
pub fn media_dir() -> Option<PathBuf> {
    let found = std::env::var_os("SMILE_MEDIA_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_dir());
    if found.is_none() {
        skip("no $SMILE_MEDIA_DIR (tests/run fetches the sample media and sets it)");
    }
    found
}
