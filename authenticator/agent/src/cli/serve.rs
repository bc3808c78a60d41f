//! `smile-agent serve`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use smile_authenticator::room::InProcess;
use tokio::signal::unix::{SignalKind, signal};

use super::Sight;
use super::output::Output;
use crate::agent::Agent;
use crate::camera::CameraKind;
use crate::config::Settings;
use crate::control::Door;
use crate::device::{Device, face_networks};
use crate::error::AgentError;
use crate::http::RunningAgent;
use crate::origin::{AllowedOrigins, Origin};
use crate::terminal::Terminal;

/// How often the program looks whether its server has ended by itself.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// Serve web pages of allowed origins, on 127.0.0.1 and ::1
///
/// Pairing codes are printed here and stand on the page /pairings.
#[derive(clap::Args)]
pub struct Arguments {
    /// The port; 0 lets the system choose [default: the configuration's, else 8788]
    #[arg(long)]
    port: Option<u16>,
    /// A web page that may call, as its exact origin (https://shop.example); beside those of the configuration
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,
    /// For development: a server on loopback that stands for an AppID whose list of facets lies elsewhere
    #[arg(long, value_name = "APPID=http://127.0.0.1:PORT")]
    app_id_server: Vec<String>,
    #[command(flatten)]
    sight: Sight,
}

/// Serves until SIGINT or SIGTERM.
pub fn run(mut settings: Settings, arguments: Arguments, output: &Output) -> Result<(), AgentError> {
    let mut allowed = settings.allowed.all().to_vec();
    allowed.extend(arguments.allow_origin);
    settings.allowed = AllowedOrigins::new(allowed);
    for mapping in &arguments.app_id_server {
        let added = settings.facets.add(mapping);
        added.map_err(|error| AgentError::Usage(format!("--app-id-server {mapping}: {error}")))?;
    }
    let engine = face_networks(&settings.home, arguments.sight.weights.as_deref())?;
    let device = Device::open(&settings, Box::new(InProcess::new(engine)))?;
    let printed = *output;
    let announce = move |line: &str| printed.line(line, &json!({"event": "announced", "text": line}));
    let camera = arguments.sight.camera.unwrap_or(CameraKind::Page);
    let looks = looks_through(&camera);
    let agent = Arc::new(Agent::new(&settings, device, camera, Box::new(announce))?);
    let running = RunningAgent::start(Arc::clone(&agent), arguments.port.unwrap_or(settings.port))?;
    let url = running.url();
    // Who reads that it listens may send a command at once: the door is open by then.
    let door = Door::open(agent, &settings.folder(), url.clone());
    output.line(
        &format!("listening on {url}"),
        &json!({"event": "listening", "url": url}),
    );
    say_what_it_does(&settings, &url, looks, door.as_ref().err(), output);
    wait_for_the_end(&running)
}

fn looks_through(camera: &CameraKind) -> &'static str {
    match camera {
        CameraKind::Page => "the browser's camera, on its own page",
        CameraKind::Images(_) => "the pictures of a folder; it asks on this terminal",
        CameraKind::File(_) => "a clip; it asks on this terminal",
        CameraKind::Held(_) => "the camera of another program",
    }
}

/// In words, for whoever has just started it. Programs read `listening`, and what happens later.
fn say_what_it_does(
    settings: &Settings,
    url: &str,
    looks: &str,
    closed: Option<&AgentError>,
    output: &Output,
) {
    output.say(&format!("the face and the pages that are paired: {url}/"));
    output.say(&format!("it looks through {looks}"));
    let allowed = settings.allowed.all();
    if allowed.is_empty() {
        output.line(
            "no web page may call yet: name one with --allow-origin or in the configuration",
            &json!({"event": "nobody_allowed"}),
        );
    } else {
        let origins: Vec<&str> = allowed.iter().map(Origin::as_str).collect();
        output.say(&format!("may call: {}", origins.join(", ")));
    }
    match closed {
        None => output.say("other commands of this home speak to it: try `smile-agent list`"),
        Some(error) => output.line(
            &format!("other commands cannot speak to it: {error}"),
            &json!({"event": "no_door", "message": error.to_string()}),
        ),
    }
    output.say("stop it with Ctrl-C");
}

fn wait_for_the_end(running: &RunningAgent) -> Result<(), AgentError> {
    let port = running.addr.port();
    let failed = |source| AgentError::Listen { port, source };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        loop {
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                () = tokio::time::sleep(WATCH_EVERY) => if running.has_ended() {
                    return Err(failed(std::io::Error::other("the server ended by itself")));
                },
            }
        }
    })
}
