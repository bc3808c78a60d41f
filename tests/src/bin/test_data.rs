//! Fetches the network weights and the sample media for `tests/run`, into `$SMILE_HOME`.
//!
//! The tests themselves never fetch: they take `$SMILE_WEIGHTS_DIR` and `$SMILE_MEDIA_DIR` or say that they skip.

use std::process::ExitCode;

use smile_weights::{Home, WeightsError, fetch_sample_media, fetch_weights, progress};

fn main() -> ExitCode {
    match fetch() {
        Ok(home) => {
            println!("tests/run: in {}", home.path().display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fetch() -> Result<Home, WeightsError> {
    let home = Home::resolve()?;
    let progress = progress::to_stderr();
    fetch_weights(&home, &*progress)?;
    fetch_sample_media(&home, &*progress)?;
    Ok(home)
}
