//! A short fuzzing of attestation paths. The engine is that of the protocol's own fuzzing.

mod attestation;
#[path = "../../../../protocol/tests/fuzzing/engine/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the protocol's tests look into it more closely"
)]
mod engine;
#[path = "../../../../protocol/tests/fuzzing/target.rs"]
#[allow(dead_code, reason = "paths have one shape")]
mod target;

/// The committed inputs.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus");

#[test]
fn attestation_path() {
    engine::run(&attestation::TARGET, CORPUS);
}
