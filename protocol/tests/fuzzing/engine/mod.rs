//! A small fuzzer for the ordinary test run: it starts from a committed corpus, changes inputs with an eye on their
//! structure, and keeps those that reach a refusal, or an acceptance, that no other reached before. It has no
//! coverage to go by; `tests/fuzz` runs the same bodies under libFuzzer.

mod bytes;
mod corpus;
mod elements;
mod json;
mod random;
mod smoke;

pub use corpus::Seed;
pub use elements::Syntax;
pub use smoke::Smoke;

use crate::target::{Shape, Target};
use random::Random;

/// One to four changes to `input`, mostly few.
fn mutate(random: &mut Random, shape: Shape, input: &mut Vec<u8>, donor: &[u8]) {
    let most = 1 + random.below(4);
    for _ in 0..1 + random.below(most) {
        match shape {
            _ if random.one_in(6) => bytes::change(random, input, donor),
            Shape::Json => json::change(random, input, donor),
            Shape::Base64urlJson => encoded(random, input, donor),
            Shape::Tlv => elements::change(random, Syntax::Uaf, input, donor),
            Shape::Der => elements::change(random, Syntax::Der, input, donor),
            Shape::Bytes => bytes::change(random, input, donor),
            Shape::JsonOrTlv if input.starts_with(b"{") || input.starts_with(b"[") => {
                json::change(random, input, donor);
            }
            Shape::JsonOrTlv => elements::change(random, Syntax::Uaf, input, donor),
        }
    }
}

/// Changes the JSON behind base64url.
fn encoded(random: &mut Random, input: &mut Vec<u8>, donor: &[u8]) {
    use smile_protocol::base64url::{decode, encode};
    let inside = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| decode(text).ok());
    match inside(input) {
        Some(mut text) => {
            json::change(random, &mut text, &inside(donor).unwrap_or_default());
            *input = encode(&text).into_bytes();
        }
        None => bytes::change(random, input, donor),
    }
}

/// Runs the smoke of `target`, whose corpus lies in `corpus/NAME`, and fails with what a body found.
pub fn run(target: &Target, corpus: &str) {
    let seeds = corpus::load(&format!("{corpus}/{}", target.name));
    for seed in &seeds {
        let verdict = (target.body)(&seed.bytes);
        assert_eq!(
            verdict.is_ok(),
            !seed.refused,
            "{}/{}: {verdict:?}",
            target.name,
            seed.name
        );
    }
    assert!(
        seeds.iter().any(|seed| !seed.refused),
        "{}: nothing sound to begin with",
        target.name
    );
    let smoke = Smoke::from_environment();
    match smoke.run(target, seeds) {
        Ok(done) => println!("{}: {done}", target.name),
        Err(finding) => panic!("{finding}"),
    }
}

/// The first input of the corpus that the body accepts.
pub fn sound_input(target: &Target, corpus: &str) -> Vec<u8> {
    let seeds = corpus::load(&format!("{corpus}/{}", target.name));
    let sound = seeds.into_iter().find(|seed| !seed.refused);
    sound
        .unwrap_or_else(|| panic!("{}: nothing sound", target.name))
        .bytes
}
