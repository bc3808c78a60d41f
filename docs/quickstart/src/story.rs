//! The story, in order: set the stage, enrol, register, buy, and then everything that must fail.

mod cheats;
pub mod device;
pub mod provider;
mod purchase;

pub use purchase::Bought;
mod setting;

use std::time::Instant;

use smile_models::Image;

use crate::arguments::Arguments;
use crate::report::Report;
use crate::steps::{Steps, millis};
use crate::{QuickstartError, pictures};

/// Runs the whole story. Errors: the first step that did not come out as it should.
pub fn run(arguments: &Arguments) -> Result<(), QuickstartError> {
    let began = Instant::now();
    let mut steps = Steps::default();
    println!(
        "Smile: buy a stamp with a smile. There is no liveness check yet: a photo of the buyer would pass."
    );
    println!("Each line: the step, its time, the bytes of request bodies that left the device, the outcome.");

    let own = arguments.face.as_deref().map(pictures::own).transpose()?;
    let (mut setting, media) = setting::prepare(arguments, &mut steps)?;
    let faces = match own {
        Some(pictures) => pictures,
        None => pictures::sample_clip(&media.carphone_mp4)?,
    };
    let mut stranger = vec![pictures::portrait(&media.grace_hopper_jpg)?];

    setting.enrol(&faces.enrol, &mut steps)?;
    let story_port = arguments.port.filter(|_| !arguments.serve).unwrap_or(0);
    let mut stage = setting.raise(story_port, &mut steps)?;
    let played = play(&mut stage, &faces.pay, &stranger, &mut steps);
    // Whatever came of it, nobody's face stays behind.
    stage.forget(&mut steps)?;
    let bought = played?;
    let report = Report::new(&steps, &bought).write(&stage.folder)?;
    println!(
        "\nDone in {:.1} s. Every step came out as it should.",
        millis(began.elapsed()) / 1e3
    );
    let folder = stage.close(&report)?;
    if !arguments.serve {
        println!("open a stamp shop:    cargo run --release -- --serve");
        println!("try next:             cargo run --release -- --face DIR|VIDEO   (your own face)");
        return Ok(());
    }
    let stranger = stranger.pop().expect("it was put there above");
    setting::serve(arguments, &folder, faces, stranger)
}

fn play(
    stage: &mut setting::Scene,
    face: &[Image],
    stranger: &[Image],
    steps: &mut Steps,
) -> Result<Bought, QuickstartError> {
    stage.register(face, steps)?;
    let bought = stage.buy(face, steps)?;
    steps.chapter("What must fail");
    stage.another_face(stranger, steps)?;
    stage.changed_amount(face, steps)?;
    stage.replayed_response(&bought, steps)?;
    stage.expired_challenge(face, steps)?;
    stage.deregistered_key(face, steps)?;
    Ok(bought)
}
