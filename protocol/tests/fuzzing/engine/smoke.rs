//! The loop: change an input, run the body, keep what is new, stop at the first panic or at work without bound.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::corpus::Seed;
use super::mutate;
use super::random::Random;
use crate::target::Target;

/// The longest that one input may take. The largest ones, a metadata statement of 1 MiB, take a tenth of it without
/// optimisation.
const PATIENCE: Duration = Duration::from_secs(2);

/// Inputs that are kept to go on from.
const KEPT_MAX: usize = 2000;

/// How long an input may be that is kept: with each change that repeats something they would become slower.
const KEPT_BYTES: usize = 8 * 1024;

/// How long, and with which numbers.
pub struct Smoke {
    seconds: f64,
    seed: u64,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Done {
    executions: u64,
    accepted: u64,
    refusals: usize,
}

impl fmt::Display for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            executions,
            accepted,
            refusals,
        } = self;
        write!(
            out,
            "{executions} inputs, {accepted} accepted, {refusals} different refusals"
        )
    }
}

/// An input that made the body panic, or take too long.
#[derive(Debug)]
pub struct Finding {
    target: &'static str,
    seed: u64,
    execution: u64,
    /// The input.
    pub input: Vec<u8>,
    /// What the body said.
    pub said: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            seed,
            execution,
            said,
            ..
        } = self;
        let hex: String = self.input.iter().map(|byte| format!("{byte:02x}")).collect();
        write!(
            out,
            "{target}: {said}\nat input {execution} of SMILE_FUZZ_SEED={seed}; to see it again at once, put these bytes \
             into tests/fuzz/corpus/{target}/NAME.hex:\n{hex}\nas text: {}",
            String::from_utf8_lossy(&self.input)
        )
    }
}

impl Smoke {
    /// `SMILE_FUZZ_SECONDS`, else 4, and `SMILE_FUZZ_SEED`, else another one in each run.
    pub fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok();
        let seconds =
            number("SMILE_FUZZ_SECONDS").map_or(4.0, |text| text.parse().expect("a number of seconds"));
        let seed = number("SMILE_FUZZ_SEED").map_or_else(
            || RandomState::new().hash_one(0),
            |text| text.parse().expect("a whole number"),
        );
        Self { seconds, seed }
    }

    /// A run of this length with these numbers.
    pub const fn of(seconds: f64, seed: u64) -> Self {
        Self { seconds, seed }
    }

    /// Runs the body until the time is up.
    pub fn run(&self, target: &Target, seeds: Vec<Seed>) -> Result<Done, Finding> {
        let mut random = Random::seeded(self.seed);
        let (flawed, sound): (Vec<Seed>, Vec<Seed>) = seeds.into_iter().partition(|seed| seed.refused);
        let bytes = |seeds: Vec<Seed>| seeds.into_iter().map(|seed| seed.bytes).collect();
        let (mut sound, mut flawed): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (bytes(sound), bytes(flawed));
        let mut seen = HashSet::new();
        let mut done = Done::default();
        let until = Instant::now() + Duration::from_secs_f64(self.seconds);
        while Instant::now() < until {
            // What is one change away from sound reaches the last rules; what is flawed already, the first ones.
            let from = if flawed.is_empty() || !random.one_in(4) {
                &sound
            } else {
                &flawed
            };
            let mut input = random.pick(from).clone();
            let donor = random.pick(&sound).clone();
            mutate(&mut random, target.shape, &mut input, &donor);
            done.executions += 1;
            let verdict = judge(target, &input).map_err(|said| Finding {
                target: target.name,
                seed: self.seed,
                execution: done.executions,
                said,
                input: input.clone(),
            })?;
            let small = input.len() <= KEPT_BYTES;
            match verdict {
                Ok(()) => {
                    done.accepted += 1;
                    // Sound inputs of many kinds, so that changes add up.
                    if small && sound.len() < KEPT_MAX && random.one_in(20) {
                        sound.push(input);
                    }
                }
                Err(rule) => {
                    let new = seen.insert(without_numbers(&rule));
                    if new && small && flawed.len() < KEPT_MAX {
                        flawed.push(input);
                    }
                }
            }
        }
        done.refusals = seen.len();
        Ok(done)
    }
}

/// A rule whatever the lengths, offsets and tags that it was broken with, decimal or hexadecimal.
fn without_numbers(rule: &str) -> String {
    let is_digit = |character: char| character.is_numeric() || matches!(character, 'A'..='F');
    rule.chars().filter(|character| !is_digit(*character)).collect()
}

/// The body's verdict, or what is wrong with the body.
fn judge(target: &Target, input: &[u8]) -> Result<Result<(), String>, String> {
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.body)(input)));
    let verdict = outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic")
            .to_owned()
    })?;
    // The machine may have had other things to do: only an input that is slow each time is one that takes long.
    if began.elapsed() > PATIENCE && (0..3).all(|_| time(target, input) > PATIENCE) {
        return Err(format!("{} bytes take more than {PATIENCE:?}", input.len()));
    }
    Ok(verdict)
}

fn time(target: &Target, input: &[u8]) -> Duration {
    let began = Instant::now();
    // It was judged before; only the time counts.
    drop((target.body)(input));
    began.elapsed()
}
