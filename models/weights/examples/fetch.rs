//! Makes weights and sample media present and prints where they lie:
//! `cargo run --release -p smile-weights --example fetch [DIR]`. With DIR: from files brought by hand, without network.

use std::path::PathBuf;
use std::process::ExitCode;

use smile_weights::{
    Home, SampleMedia, WeightSet, WeightsError, fetch_sample_media, fetch_weights, progress,
};

fn sets() -> Result<(WeightSet, SampleMedia), WeightsError> {
    let (home, progress) = (Home::resolve()?, progress::to_stderr());
    match std::env::args_os().nth(1).map(PathBuf::from) {
        Some(dir) => Ok((
            WeightSet::from_dir(&dir, &home, &*progress)?,
            SampleMedia::from_dir(&dir, &home, &*progress)?,
        )),
        None => Ok((
            fetch_weights(&home, &*progress)?,
            fetch_sample_media(&home, &*progress)?,
        )),
    }
}

fn main() -> ExitCode {
    match sets() {
        Ok((weights, media)) => {
            for path in [
                weights.yunet,
                weights.sface,
                media.carphone_mp4,
                media.grace_hopper_jpg,
            ] {
                println!("{}", path.display());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
