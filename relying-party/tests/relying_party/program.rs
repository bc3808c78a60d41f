//! The program `smile-rp` as a child process.

use crate::signer::{FACET, METADATA};
use crate::world::{APP_ID, KEY};
use smile_relying_party::api_key::ApiKeyHash;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running `smile-rp`; killed when dropped.
pub struct Program {
    child: Child,
    /// What it writes to standard error; a pipe would fill up and stop it.
    log: PathBuf,
    pub address: SocketAddr,
}

/// The command, without arguments.
pub fn smile_rp() -> Command {
    Command::new(env!("CARGO_BIN_EXE_smile-rp"))
}

/// Writes a configuration for `folder`, made from the example, on a port that the system chooses, with the tests'
/// signer, key and facet.
pub fn configured(folder: &Path, engine: &str) -> PathBuf {
    let example = include_str!("../../smile-rp.example.toml");
    let text: Vec<String> = example
        .lines()
        .map(|line| match line.split('=').next().map(str::trim) {
            Some("listen") => "listen = \"127.0.0.1:0\"".to_owned(),
            Some("engine") => format!("engine = \"{engine}\""),
            Some("app_id") => format!("app_id = \"{APP_ID}\""),
            Some("facets") => format!("facets = [\"{FACET}\"]"),
            Some("sha256") => format!("sha256 = \"{}\"", ApiKeyHash::of(KEY).to_hex()),
            _ => line.to_owned(),
        })
        .collect();
    std::fs::create_dir_all(folder.join("metadata")).expect("made");
    std::fs::write(folder.join("metadata/signer.json"), METADATA).expect("written");
    let path = folder.join("smile-rp.toml");
    std::fs::write(&path, text.join("\n")).expect("written");
    path
}

impl Program {
    /// Starts the program and reads its address.
    pub fn start(configuration: &Path) -> Self {
        let log = configuration.with_extension("log");
        let mut child = smile_rp()
            .arg("--config")
            .arg(configuration)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log can be written"))
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("no address but {line:?} and {:?}", std::fs::read_to_string(&log)));
        let address = address.parse().expect("an address");
        Self { child, log, address }
    }

    /// Sends a signal by its name, and returns the exit status and the log.
    pub fn end_by(mut self, signal: &str) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", signal, &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return (status, std::fs::read_to_string(&self.log).expect("a log"));
            }
            assert!(
                started.elapsed() < Duration::from_secs(15),
                "the program does not end"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
