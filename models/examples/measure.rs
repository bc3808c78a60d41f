//! Times the face path on one thread: `measure WEIGHTS_DIR IMAGE…` prints milliseconds per step, as the median and
//! the smallest over all pictures.
//!
//! WEIGHTS_DIR holds `yunet_2023mar.safetensors` and `sface_2021dec.safetensors`. It prints times, never a face.

use smile_models::{DetectOptions, Image, SFace, YuNet, align_five_points};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

const STEPS: [&str; 4] = ["decode", "detect", "align", "embed"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let weights = arguments.next().ok_or("usage: measure WEIGHTS_DIR IMAGE…")?;
    let yunet = YuNet::load(&weights.join("yunet_2023mar.safetensors"))?;
    let sface = SFace::load(&weights.join("sface_2021dec.safetensors"))?;
    let mut times: [Vec<f64>; 4] = Default::default();
    let mut without_face = 0;
    for path in arguments {
        let bytes = std::fs::read(path)?;
        let mut mark = Instant::now();
        let mut lap = |step: usize| {
            times[step].push(mark.elapsed().as_secs_f64() * 1e3);
            mark = Instant::now();
        };
        let image = Image::decode(&bytes)?;
        lap(0);
        let found = yunet.detect(&image, &DetectOptions::default())?;
        lap(1);
        let Some(face) = found.first() else {
            without_face += 1;
            continue;
        };
        let aligned = align_five_points(&image, &face.landmarks)?;
        lap(2);
        sface.embed(&aligned)?;
        lap(3);
    }
    for (step, times) in STEPS.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        if let (Some(median), Some(least)) = (times.get(times.len() / 2), times.first()) {
            println!(
                "{step:>7}: median {median:6.2} ms, least {least:6.2} ms, {} pictures",
                times.len()
            );
        }
    }
    println!("no face on {without_face}");
    Ok(())
}
