//! `smile-agent doctor`: is everything as it must be, and if not, what helps.

use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;
use smile_authenticator::clock::{Clock, SystemClock};
use smile_weights::WeightSet;

use super::output::Output;
use crate::config::Settings;
use crate::control::{Order, RunningHome};
use crate::device::Device;
use crate::error::AgentError;
use crate::files;
use crate::terminal::Terminal;

/// Check home, keys, weights, clock and port
#[derive(clap::Args)]
pub struct Arguments {}

/// 2026-01-01: a clock before this was never set, and lockouts and certificates hang on it.
const CLOCK_WAS_SET_MS: u64 = 1_767_225_600_000;

struct Checks<'a> {
    output: &'a Output,
    failed: usize,
}

impl Checks<'_> {
    fn say(&mut self, check: &str, result: Result<String, String>) {
        let (ok, words) = match &result {
            Ok(words) => (true, words),
            Err(words) => (false, words),
        };
        self.failed += usize::from(!ok);
        let mark = if ok { "ok  " } else { "FAIL" };
        let value = json!({"check": check, "ok": ok, "detail": words});
        self.output.line(&format!("{mark} {check}: {words}"), &value);
    }
}

/// `doctor`.
pub fn run(settings: &Settings, output: &Output) -> Result<(), AgentError> {
    let mut checks = Checks { output, failed: 0 };
    checks.say("home", writable(settings));
    let authenticator = match RunningHome::find(settings) {
        Some(running) => running
            .order(Order::Status, output)
            .map(Option::unwrap_or_default),
        None => Device::open_without_face(settings).and_then(|device| {
            let status = device.status()?;
            let face = if status.enrolled { "a face" } else { "no face" };
            Ok(format!("model {}, {face}, {} keys", status.aaid, status.keys))
        }),
    };
    checks.say("authenticator", authenticator.map_err(|error| error.to_string()));
    let weights = WeightSet::from_dir(
        &settings.home.weights(),
        &settings.home,
        &smile_weights::progress::Silent,
    );
    checks.say(
        "weights",
        match weights {
            Ok(_) => Ok("there, with the hashes that they should have".to_owned()),
            Err(error) => Err(format!("{error}; `smile-agent weights fetch` helps")),
        },
    );
    let clock = SystemClock.now_ms() >= CLOCK_WAS_SET_MS;
    checks.say(
        "clock",
        if clock {
            Ok("set".to_owned())
        } else {
            Err("stands before 2026: set it".to_owned())
        },
    );
    let port = settings.port;
    checks.say(
        "port",
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => Ok(format!("{port} is free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                Ok(format!("{port} is taken: by a running agent, one hopes"))
            }
            Err(error) => Err(format!("{port}: {error}")),
        },
    );
    let origins: Vec<&str> = settings
        .allowed
        .all()
        .iter()
        .map(crate::origin::Origin::as_str)
        .collect();
    checks.say(
        "allowed origins",
        Ok(if origins.is_empty() {
            "none in the configuration".to_owned()
        } else {
            origins.join(", ")
        }),
    );
    match checks.failed {
        0 => Ok(()),
        failed => Err(AgentError::Doctor(failed)),
    }
}

fn writable(settings: &Settings) -> Result<String, String> {
    let folder = settings.folder();
    let probe = folder.join("doctor.probe");
    let written = files::private_folder(&folder)
        .and_then(|()| files::replace(&probe, b"a line"))
        .and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(folder.display().to_string()),
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}
