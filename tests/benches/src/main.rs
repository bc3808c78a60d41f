//! What the server's side of a UAF authentication costs, JSON in to verdict, as a multiple of the one thing in it that
//! cannot be left out: the raw signature verification, by the same crate, over the same bytes, in the same run.
//!
//! Both are timed in turns, round by round, so that whatever else the machine does falls on both alike. Printed are the
//! medians over the rounds, the median of the ratios of the rounds, and the span of those ratios. The last line is one
//! JSON object. The exit status is 1 where the ratio is above the limit.
//!
//! `cargo run --release --manifest-path tests/benches/Cargo.toml` (`--rounds N`, `--batch N`)

// The forged device and the store in memory are those of the ceremony's own tests.
#[path = "../../../relying-party/ceremony/tests/rules/authenticator.rs"]
#[allow(dead_code, reason = "the tests need more of it than this")]
mod authenticator;
#[path = "../../../relying-party/ceremony/tests/rules/certificates.rs"]
#[allow(dead_code, reason = "the tests need more of it than this")]
mod certificates;
#[path = "../../../relying-party/ceremony/tests/rules/world.rs"]
#[allow(dead_code, reason = "the tests need more of it than this")]
mod world;

mod authentication;
mod rounds;

use std::process::ExitCode;

/// The largest accepted ratio.
const LIMIT: f64 = 1.25;

fn main() -> ExitCode {
    let (rounds, batch) = match arguments(std::env::args().skip(1)) {
        Ok(sizes) => sizes,
        Err(reason) => {
            eprintln!("smile-benches: {reason}");
            return ExitCode::from(2);
        }
    };
    let mut login = authentication::Bench::login(batch);
    let mut payment = authentication::Bench::payment(batch);
    let mut worst = 0.0_f64;
    for (name, bench) in [("login", &mut login), ("payment", &mut payment)] {
        let result = rounds::interleave(rounds, bench);
        println!(
            "{name:8} raw verification {:7.2} µs   JSON to verdict {:7.2} µs   ratio {:.3} ({:.3} to {:.3})",
            result.raw_us, result.verdict_us, result.ratio, result.lowest, result.highest
        );
        println!(
            "{}",
            serde_json::json!({
                "ceremony": name, "rounds": rounds, "batch": batch, "raw_us": result.raw_us,
                "verdict_us": result.verdict_us, "ratio": result.ratio, "ratio_lowest": result.lowest,
                "ratio_highest": result.highest, "limit": LIMIT,
            })
        );
        worst = worst.max(result.ratio);
    }
    ExitCode::from(u8::from(worst > LIMIT))
}

/// `--rounds N` and `--batch N`.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<(usize, usize), String> {
    let (mut rounds, mut batch) = (41, 100);
    while let Some(name) = given.next() {
        let value = given
            .next()
            .and_then(|value| value.parse().ok())
            .filter(|value| *value > 0);
        let value = value.ok_or_else(|| format!("{name} needs a number above 0"))?;
        match name.as_str() {
            "--rounds" => rounds = value,
            "--batch" => batch = value,
            _ => return Err(format!("unknown argument {name}; known are --rounds and --batch")),
        }
    }
    Ok((rounds, batch))
}
