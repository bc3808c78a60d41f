//! The fuzz bodies of the tests, under libFuzzer: one program, which runs the body that `SMILE_FUZZ_TARGET` names.
//! `tests/fuzz/run` builds and starts it.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use smile_protocol::uaf::transport::GetUafRequest;

#[path = "../../../relying-party/ceremony/tests/fuzzing/attestation.rs"]
mod attestation;
#[path = "../../../protocol/tests/fuzzing/bodies/mod.rs"]
mod bodies;
#[path = "../../../protocol/tests/fuzzing/target.rs"]
#[allow(
    dead_code,
    reason = "shapes and limits are for the tests' own changes to inputs"
)]
mod target;

use target::{Shape, Target, Verdict};

/// A body with a planted failure, which a run of `--self-check` has to find.
const SELF_CHECK: Target = target::target("self_check", Shape::Json, None, planted);

fn planted(data: &[u8]) -> Verdict {
    let text = std::str::from_utf8(data).map_err(|_| "not UTF-8".to_owned())?;
    let read = GetUafRequest::decode(text).map_err(|error| error.to_string())?;
    // Eight characters more than the seed has, which is sound.
    assert!(read.context.is_none_or(|context| context.len() < 9), "planted");
    Ok(())
}

fn chosen() -> &'static Target {
    static CHOSEN: OnceLock<Target> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = std::env::var("SMILE_FUZZ_TARGET").unwrap_or_default();
        let all = bodies::TARGETS.iter().chain([&attestation::TARGET, &SELF_CHECK]);
        let found = all.copied().find(|target| target.name == name);
        found.unwrap_or_else(|| {
            eprintln!("SMILE_FUZZ_TARGET names no body: {name:?}");
            std::process::exit(2)
        })
    })
}

fuzz_target!(|data: &[u8]| {
    // A refusal is as good as an acceptance; a body says by a panic what is wrong.
    drop((chosen().body)(data));
});
