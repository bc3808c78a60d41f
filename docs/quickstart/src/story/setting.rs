//! Setting the scene: weights, pictures, the authenticator, the server.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use smile_authenticator::Authenticator;
use smile_authenticator::room::InProcess;
use smile_face::FaceEngine;
use smile_models::Image;
use smile_weights::{Home, SampleMedia, WeightSet, WeightsError};

use crate::QuickstartError;
use crate::arguments::Arguments;
use crate::camera::LoopCamera;
use crate::pictures::Pictures;
use crate::serve::{Before, Ports, Standing};
use crate::stage::{self, RunFolder, Stage};
use crate::steps::Steps;

/// The server's port under `--serve`.
const SERVER_PORT: u16 = 8080;

/// The device before there is a server.
pub struct Setting {
    folder: RunFolder,
    authenticator: Authenticator,
}

/// Device, provider and server together.
pub struct Scene {
    /// The folder of the run.
    pub folder: RunFolder,
    /// The buyer's authenticator.
    pub authenticator: Authenticator,
    /// The server and the lines to it.
    pub stage: Stage,
}

/// Fetches what is missing, loads the networks and opens a new authenticator.
pub fn prepare(arguments: &Arguments, steps: &mut Steps) -> Result<(Setting, SampleMedia), QuickstartError> {
    steps.chapter("Set up");
    let home = Home::resolve()?;
    let progress = smile_weights::progress::to_stderr();
    let began = Instant::now();
    let (weights, media) = match &arguments.weights {
        Some(folder) => (
            WeightSet::from_dir(folder, &home, &*progress)?,
            SampleMedia::from_dir(folder, &home, &*progress).or_else(|error| match error {
                // A folder with networks alone is fine; one with a wrong file is not.
                WeightsError::NotInDir { .. } => smile_weights::fetch_sample_media(&home, &*progress),
                other => Err(other),
            })?,
        ),
        None => (
            smile_weights::fetch_weights(&home, &*progress)?,
            smile_weights::fetch_sample_media(&home, &*progress)?,
        ),
    };
    steps.record(
        "face networks and sample pictures, checked",
        began,
        0,
        home.path().display().to_string(),
    );

    let began = Instant::now();
    let engine = FaceEngine::load(&weights.yunet, &weights.sface)?;
    steps.record(
        "face networks loaded",
        began,
        0,
        "YuNet finds faces, SFace tells them apart",
    );

    let folder = RunFolder::create(home.path())?;
    log_to(&folder.join("server.log"))?;
    let began = Instant::now();
    let authenticator = stage::authenticator(&folder, Box::new(InProcess::new(engine)))?;
    steps.record(
        "authenticator opened, sealed by a key file",
        began,
        0,
        format!("AAID {} (a test one)", authenticator.aaid()),
    );
    Ok((
        Setting {
            folder,
            authenticator,
        },
        media,
    ))
}

impl Setting {
    /// Enrols the face in `pictures`.
    pub fn enrol(&mut self, pictures: &[Image], steps: &mut Steps) -> Result<(), QuickstartError> {
        let began = Instant::now();
        let mut passed_over = BTreeMap::new();
        let enrolled = self
            .authenticator
            .enrol(&mut LoopCamera::new(pictures), &mut |guidance| {
                passed_over
                    .entry(guidance.code())
                    .or_insert((0u32, guidance.advice()))
                    .0 += 1;
            });
        for (code, (frames, advice)) in &passed_over {
            println!("    passed over: {frames} frames, {code}: {advice}");
        }
        if let Err(error) = enrolled {
            println!("    nothing was kept; pictures that do: one face, near, lit from the front, sharp");
            return Err(error.into());
        }
        steps.record("face enrolled, template sealed", began, 0, "nothing was sent");
        Ok(())
    }

    /// Starts the server.
    pub fn raise(self, port: u16, steps: &mut Steps) -> Result<Scene, QuickstartError> {
        let Self {
            folder,
            authenticator,
        } = self;
        let began = Instant::now();
        let stage = Stage::set(&folder, &authenticator, port)?;
        steps.record(
            "server up",
            began,
            0,
            format!(
                "http://{}, store in {}",
                stage.server.addr,
                folder.join("store").display()
            ),
        );
        Ok(Scene {
            folder,
            authenticator,
            stage,
        })
    }
}

impl Scene {
    /// Erases template and keys: nothing of the face stays behind in the run's folder.
    pub fn forget(&mut self, steps: &mut Steps) -> Result<(), QuickstartError> {
        let began = Instant::now();
        self.authenticator.erase()?;
        if self.authenticator.status()?.enrolled {
            return Err(QuickstartError::Unexpected {
                step: "the device forgets the face",
                expected: "no template left".into(),
                found: "one is".into(),
            });
        }
        steps.record(
            "the device forgets the face",
            began,
            0,
            "template and keys erased",
        );
        Ok(())
    }

    /// Ends the story and says where things lie.
    pub fn close(self, report: &Path) -> Result<RunFolder, QuickstartError> {
        let Self { folder, stage, .. } = self;
        println!(
            "report {}, data and logs in {}",
            report.display(),
            folder.path.display()
        );
        stage.server.stop()?;
        Ok(folder)
    }
}

/// Opens server, agent and shop, and keeps them open until somebody ends the program.
pub fn serve(
    arguments: &Arguments,
    folder: &RunFolder,
    faces: Pictures,
    stranger: Image,
) -> Result<(), QuickstartError> {
    let home = Home::resolve()?;
    let engine = smile_agent::device::face_networks(&home, arguments.weights.as_deref())?;
    let before = Before::new(arguments.camera, faces, stranger);
    let ports = Ports {
        server: arguments.port.unwrap_or(SERVER_PORT),
        agent: arguments.agent_port,
        shop: arguments.shop_port,
    };
    let standing = Standing::open(folder, Box::new(InProcess::new(engine)), before, &ports)?;
    standing.announce(arguments.camera);
    wait_for_interrupt()?;
    println!("stopping");
    standing.close()
}

fn wait_for_interrupt() -> Result<(), QuickstartError> {
    let failed =
        |e: std::io::Error| QuickstartError::Reply(format!("to a stop signal cannot be awaited: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime
        .block_on(async {
            let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted,
                _ = terminate.recv() => Ok(()),
            }
        })
        .map_err(failed)
}

/// The server's log goes to a file of the run. A program that has a log already (a test) keeps its own.
fn log_to(path: &Path) -> Result<(), QuickstartError> {
    let file = std::fs::File::create(path).map_err(stage::at(path))?;
    let log = tracing_subscriber::fmt()
        .with_writer(std::sync::Mutex::new(file))
        .with_ansi(false)
        .json();
    drop(log.try_init());
    Ok(())
}
