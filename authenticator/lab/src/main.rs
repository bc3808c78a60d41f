//! The command line of `smile-lab`.

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use smile_lab::{FaceSet, LabError, Networks, VerificationOptions, evaluate_verification};
use smile_weights::{Home, WeightSet, fetch_weights, progress};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the face pipeline that ships.
#[derive(Parser)]
#[command(name = "smile-lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure on a set of pictures.
    #[command(subcommand)]
    Eval(Evaluation),
}

#[derive(Subcommand)]
enum Evaluation {
    /// One-to-one comparison: EER, TAR at FAR, with 95 % bounds, and milliseconds per image.
    Verification(Verification),
}

#[derive(Args)]
struct Verification {
    /// Folder that the paths of the pairs file are relative to.
    #[arg(long)]
    images: PathBuf,
    /// Lines of `pathA pathB same(1)/different(0) [fold]`.
    #[arg(long)]
    pairs: PathBuf,
    /// End the output with one JSON object on a line of its own.
    #[arg(long)]
    json: bool,
    /// Folder with the networks' files; without it they are fetched into the home folder.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Threads; one picture each. All processors by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Drawings of the bootstrap over people.
    #[arg(long, default_value_t = 1000)]
    replicates: u32,
    /// Seed of the drawings.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Command::Eval(Evaluation::Verification(arguments)) = Arguments::parse().command;
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-lab: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Verification) -> Result<(), LabError> {
    let set = FaceSet::read(&arguments.images, &arguments.pairs)?;
    let (home, fetching) = (Home::resolve()?, progress::to_stderr());
    let weights = match &arguments.weights {
        Some(folder) => WeightSet::from_dir(folder, &home, &*fetching)?,
        None => fetch_weights(&home, &*fetching)?,
    };
    let networks = Networks::load(&weights.yunet, &weights.sface)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let options = VerificationOptions {
        threads: arguments.threads.unwrap_or(processors),
        replicates: arguments.replicates,
        seed: arguments.seed,
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} images, {eta} left")
        .expect("a constant that every run shows");
    let bar = ProgressBar::new(set.pictures.len() as u64).with_style(style);
    let report = evaluate_verification(&networks, &weights.sface, &set, &options, &|| bar.inc(1))?;
    bar.finish();
    println!("{report}");
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string(&report).expect("numbers and texts are always JSON")
        );
    }
    Ok(())
}
