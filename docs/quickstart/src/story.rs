//! The story, in order: set the stage, enrol, register, buy, and then everything that must fail.

mod cheats;
pub mod device;
pub mod provider;
mod purchase;

pub use purchase::Bought;
mod setting;

use std::path::{Path, PathBuf};
use std::time::Instant;

use smile_authenticator::room::InProcess;
use smile_models::Image;
use smile_weights::Home;

use crate::arguments::Arguments;
use crate::report::Report;
use crate::stage::{self, RunFolder};
use crate::steps::{Steps, millis};
use crate::{QuickstartError, pictures, time_to_pay};

/// The chapter of the cheats.
pub(crate) const MUST_FAIL: &str = "What must fail";

/// Runs the whole story. Errors: the first step that did not come out as it should.
pub fn run(arguments: &Arguments) -> Result<(), QuickstartError> {
    let began = Instant::now();
    let mut steps = Steps::default();
    println!(
        "Smile: buy a stamp with a smile. There is no liveness check yet: a photo of the buyer would pass."
    );
    println!("Each line: the step, its time, the bytes of request bodies that left the device, the outcome.");

    let own = arguments.face.as_deref().map(pictures::own).transpose()?;
    let home = Home::resolve()?;
    let fetched = setting::fetch(arguments, &home, &mut steps)?;
    let folder = RunFolder::create(home.path())?;
    let (path, log) = (folder.path.clone(), folder.join(stage::LOG_FILE));
    let told = tell(arguments, folder, fetched, own, &mut steps);
    let told = told.map_err(|error| stopped(error, &path, log, &steps))?;
    println!(
        "\nDone in {:.1} s. Every step came out as it should.",
        millis(began.elapsed()) / 1e3
    );
    let folder = told.scene.close(&told.report)?;
    if !arguments.serve {
        println!("open a stamp shop:    cargo run --release -- --serve");
        println!("try next:             cargo run --release -- --face DIR|VIDEO   (your own face)");
        return Ok(());
    }
    setting::serve(arguments, &folder, told.faces, told.stranger)
}

/// What is left when the story was told.
struct Told {
    scene: setting::Scene,
    report: PathBuf,
    faces: pictures::Pictures,
    stranger: Image,
}

/// The story itself, in the run's folder.
fn tell(
    arguments: &Arguments,
    folder: RunFolder,
    fetched: setting::Fetched,
    own: Option<pictures::Pictures>,
    steps: &mut Steps,
) -> Result<Told, QuickstartError> {
    let media = fetched.media.clone();
    let mut setting = setting::prepare(folder, &fetched, steps)?;
    let faces = match own {
        Some(pictures) => pictures,
        None => pictures::sample_clip(&media.carphone_mp4)?,
    };
    let stranger = [pictures::portrait(&media.grace_hopper_jpg)?];

    setting.enrol(&faces.enrol, steps)?;
    let story_port = arguments.port.filter(|_| !arguments.serve).unwrap_or(0);
    let mut scene = setting.raise(story_port, steps)?;
    let played = play(&mut scene, &faces.pay, &stranger, steps);
    steps.chapter("Clean up");
    let erased = match &played {
        Ok((_, messages)) => scene.erase_keys(messages, steps),
        Err(_) => Ok(()),
    };
    // Whatever came of it, nobody's face stays behind.
    scene.forget(steps)?;
    let (bought, _) = played?;
    erased?;
    let room = Box::new(InProcess::new(fetched.networks()?));
    let time_to_pay = time_to_pay::measure(&scene.folder, room, &faces, steps)?;
    let report = Report::new(steps, &bought, &time_to_pay).write(&scene.folder.path)?;
    let [stranger] = stranger;
    Ok(Told {
        scene,
        report,
        faces,
        stranger,
    })
}

/// The purchase, what must fail, and the messages that tell the device to erase its keys.
fn play(
    scene: &mut setting::Scene,
    face: &[Image],
    stranger: &[Image],
    steps: &mut Steps,
) -> Result<(Bought, Vec<String>), QuickstartError> {
    let registered = scene.register(face, steps)?;
    let bought = scene.buy(face, steps)?;
    scene.leave_messages(&registered, &bought)?;
    steps.chapter(MUST_FAIL);
    scene.another_face(stranger, steps)?;
    scene.changed_amount(face, steps)?;
    scene.replayed_response(&bought, steps)?;
    scene.expired_challenge(face, steps)?;
    let messages = scene.deregistered_key(face, steps)?;
    Ok((bought, messages))
}

/// Says with the error how far the run came, and where its log is.
fn stopped(error: QuickstartError, folder: &Path, log: PathBuf, steps: &Steps) -> QuickstartError {
    match Report::of_stopped(steps, &error).write(folder) {
        Ok(report) => QuickstartError::Stopped {
            error: Box::new(error),
            report,
            log,
        },
        // The first error is the one to tell; that there is no report either follows from most of them.
        Err(_unwritable) => error,
    }
}
