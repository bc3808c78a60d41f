use super::{EngineError, FaceEngine};
use std::path::Path;

#[test]
fn a_weights_file_that_cannot_be_read_is_named() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR"));
    let missing = room.join("no-such-file.safetensors");
    let error = FaceEngine::load(&missing, &missing).err().expect("no file");
    assert!(
        matches!(&error, EngineError::Weights { path, cause } if *path == missing
            && cause.kind() == std::io::ErrorKind::NotFound),
        "{error}"
    );
    assert!(error.to_string().starts_with("weights file "), "{error}");
    // A file that can be read is past this rule, and refused for what is in it.
    let readable = room.join("Cargo.toml");
    let error = FaceEngine::load(&readable, &readable).err().expect("no network");
    assert!(matches!(error, EngineError::Model(_)), "{error}");
}
