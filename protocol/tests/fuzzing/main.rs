//! A short fuzzing of every decoder, with properties and not only for panics; each body for `SMILE_FUZZ_SECONDS`
//! (4 by itself), from a seed that a failure prints and `SMILE_FUZZ_SEED` repeats.

mod bodies;
mod engine;
mod target;

use bodies::TARGETS;
use engine::{Seed, Smoke};
use target::{Shape, Target, Verdict};

/// The committed inputs.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus");

/// One test for each body, so that they run beside each other, and none is forgotten.
macro_rules! smoke {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                let named = TARGETS.iter().find(|target| target.name == stringify!($name));
                engine::run(named.expect("a body has this name"), CORPUS);
            }
        )+

        #[test]
        fn every_body_has_a_test() {
            let tested = [$(stringify!($name)),+];
            let listed: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(listed, tested);
        }
    };
}

smoke!(
    registration_assertion,
    authentication_assertion,
    request,
    registration_response,
    authentication_response,
    fc_params,
    get_uaf_request,
    return_uaf_request,
    send_uaf_response,
    server_response,
    asm_request,
    asm_response,
    trusted_facets,
    metadata_statement,
    public_key,
    webauthn_authenticator_data,
    webauthn_attestation_object,
    webauthn_assertion,
    trace,
    metadata_entry,
    picture,
    command,
    command_response,
);

#[test]
fn an_input_beyond_its_limit_is_too_large_and_one_at_the_limit_is_not() {
    for target in TARGETS {
        let Some(limit) = target.limit else { continue };
        let filling = match target.shape {
            Shape::Json => b' ',
            _ => 0,
        };
        let sound = engine::sound_input(target, CORPUS);
        let padded = |length: usize| {
            let mut input = sound.clone();
            input.resize(length, filling);
            (target.body)(&input)
        };
        let beyond = padded(limit + 1).expect_err("too large");
        assert!(
            beyond.contains(&format!("the limit is {limit}")),
            "{}: {beyond}",
            target.name
        );
        let at = padded(limit).err().unwrap_or_default();
        assert!(!at.contains("the limit is"), "{}: {at}", target.name);
        assert_eq!(
            at.is_empty(),
            target.shape == Shape::Json,
            "{}: white space is no flaw, bytes are: {at}",
            target.name
        );
    }
}

/// A body with a planted failure: what it forbids is a few changes away from what it begins with.
fn planted(data: &[u8]) -> Verdict {
    let read = smile_protocol::uaf::transport::GetUafRequest::decode(&String::from_utf8_lossy(data));
    let read = read.map_err(|error| error.to_string())?;
    assert_ne!(read.context.as_deref(), Some("A"), "planted");
    Ok(())
}

#[test]
fn a_body_that_fails_is_found_and_its_input_shown() {
    let target = Target {
        name: "planted",
        shape: Shape::Json,
        limit: None,
        body: planted,
    };
    let seed = || Seed {
        name: "seed".to_owned(),
        bytes: br#"{"op":"Reg","context":"x"}"#.to_vec(),
        refused: false,
    };
    let finding = Smoke::of(60.0, 7)
        .run(&target, vec![seed()])
        .expect_err("found long before");
    assert!(finding.said.contains("planted"), "{finding}");
    assert!(
        planted_again(&finding.input),
        "the input shown is the one that fails"
    );
    assert!(finding.to_string().contains("SMILE_FUZZ_SEED=7"), "{finding}");
    let again = Smoke::of(60.0, 7)
        .run(&target, vec![seed()])
        .expect_err("found again");
    assert_eq!(again.input, finding.input, "the same seed finds the same input");
}

fn planted_again(input: &[u8]) -> bool {
    std::panic::catch_unwind(|| planted(input)).is_err()
}
