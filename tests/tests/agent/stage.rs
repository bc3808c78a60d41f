//! A server that knows the agent's model, the agent's home, and pictures of people in folders.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use smile_models::Image;
use smile_protocol::metadata::MetadataStatement;
use smile_quickstart::stage::{APP_ID, FACET_ID, RunFolder, configure};
use smile_quickstart::story::provider;
use smile_quickstart::wire::Wire;
use smile_relying_party::api_key::new_api_key;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::{Config, RunningServer, Server, SystemClock};
use smile_tests::programs::program;
use smile_tests::test_data::network_weights;
use smile_tests::world::ANNA;
use smile_tests::world::people::{self, Person};
use smile_tests::world::tap::Tap;
use tempfile::TempDir;

/// What a command came to.
pub struct Ended {
    pub code: i32,
    /// The JSON objects on standard output, a line each.
    pub lines: Vec<Value>,
    pub errors: String,
}

impl Ended {
    #[track_caller]
    pub fn must_be(self, code: i32, error: Option<&str>) -> Self {
        assert_eq!(self.code, code, "{:?} {}", self.lines, self.errors);
        let said = self.lines.last().and_then(|line| line["error"]["code"].as_str());
        assert_eq!(said, error, "{:?} {}", self.lines, self.errors);
        self
    }
}

/// One home of the agent.
pub struct AgentHome {
    pub folder: TempDir,
    pub weights: PathBuf,
}

impl AgentHome {
    /// `None`, said aloud, where there are no weights.
    pub fn new() -> Option<Self> {
        let (yunet, _) = network_weights()?;
        let weights = yunet.parent().expect("weights lie in a folder").to_owned();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Some(Self { folder, weights })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("smile-agent"));
        command
            .args(["--json", "--home"])
            .arg(self.folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command with `answers` on its standard input.
    pub fn run(&self, arguments: &[&str], answers: &str) -> Ended {
        let mut child = self.command(arguments).spawn().expect("the agent starts");
        let mut input = child.stdin.take().expect("its input is a pipe");
        // A command that asks nothing may have ended already.
        drop(input.write_all(answers.as_bytes()));
        drop(input);
        ended(child.wait_with_output().expect("the agent ends"))
    }

    /// The same for a command that looks, before the pictures in `folder`.
    pub fn look(&self, folder: &Path, arguments: &[&str], answers: &str) -> Ended {
        let camera = format!("images:{}", folder.display());
        let weights = self.weights.display().to_string();
        let sight = ["--camera", &camera, "--weights", &weights];
        self.run(&[arguments, &sight].concat(), answers)
    }
}

fn ended(output: Output) -> Ended {
    let text = String::from_utf8(output.stdout).expect("the agent prints UTF-8");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    Ended {
        code: output.status.code().expect("the agent is not killed"),
        lines: lines.collect(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Writes pictures into a new folder, as PNG, which loses nothing.
pub fn folder_of(pictures: &[Image], folder: PathBuf) -> PathBuf {
    std::fs::create_dir(&folder).expect("a folder can be made");
    for (number, picture) in pictures.iter().enumerate() {
        let path = folder.join(format!("{number:03}.png"));
        let file = BufWriter::new(std::fs::File::create(path).expect("a file can be made"));
        let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("a header can be written");
        writer
            .write_image_data(picture.rgb())
            .expect("pixels can be written");
    }
    folder
}

/// A home, a server behind a tap, and the sample clip's person in two folders.
pub struct Stage {
    pub agent: AgentHome,
    pub owner: &'static Person,
    pub enrol: PathBuf,
    pub pay: PathBuf,
    pub tap: Tap,
    pub provider: Wire,
    _server: RunningServer,
}

impl Stage {
    /// A provider whose list of facets lies at an https address, for which the server on loopback stands. `None`, said
    /// aloud, where weights or media are missing.
    pub fn new() -> Option<Self> {
        Self::with_config(|config| config)
    }

    /// A shop on loopback, whose AppID is its own origin.
    pub fn with_shop(origin: &str) -> Option<Self> {
        Self::with_config(|config| config.replace(APP_ID, origin).replace(FACET_ID, origin))
    }

    fn with_config(change: impl Fn(String) -> String) -> Option<Self> {
        let owner = people::clip()?;
        let agent = AgentHome::new()?;
        let folder = agent.folder.path();
        let enrol = folder_of(&owner.enrol, folder.join("enrol"));
        let pay = folder_of(&owner.pay, folder.join("pay"));
        let statement = agent.run(&["metadata"], "").must_be(0, None);
        let statement = MetadataStatement::decode(&statement.lines[0].to_string()).expect("a statement");
        let run = RunFolder::create(folder).expect("a folder for the server can be made");
        let secret_key = new_api_key(&SystemEntropy);
        let config = configure(&run, &secret_key, 0, &[statement]).expect("a configuration can be written");
        let text = std::fs::read_to_string(&config).expect("it was written");
        std::fs::write(&config, change(text)).expect("it can be written again");
        let config = Config::load(&config).expect("the quickstart's configuration is right");
        let server = Server::start(config, SystemClock).expect("the server starts");
        let tap = Tap::before(server.addr);
        let provider = Wire::new(server.addr, Some(secret_key));
        Some(Self {
            agent,
            owner,
            enrol,
            pay,
            tap,
            provider,
            _server: server,
        })
    }

    /// How a command names the server, the facet, and where the list of facets comes from.
    pub fn server_arguments(&self) -> [String; 6] {
        let server = format!("http://{}", self.tap.address());
        let mapping = format!("{APP_ID}={server}");
        [
            "--server",
            &server,
            "--facet",
            FACET_ID,
            "--app-id-server",
            &mapping,
        ]
        .map(str::to_owned)
    }

    /// Enrols the owner and registers a key for Anna.
    pub fn enrol(&mut self) -> Ended {
        let server = self.server_arguments();
        self.enrol_with(&server.each_ref().map(String::as_str))
    }

    /// The same with these arguments about the server.
    pub fn enrol_with(&mut self, server: &[&str]) -> Ended {
        let session = provider::enrolment_token(&mut self.provider, ANNA).expect("a session");
        let arguments = [&["enrol", "--session", &session], server].concat();
        self.agent.look(&self.enrol, &arguments, "y\n")
    }

    /// Lets whoever is in `folder` pay.
    pub fn pay(&self, client_secret: &str, folder: &Path, answers: &str) -> Ended {
        let server = self.server_arguments();
        let server = server.each_ref().map(String::as_str);
        let arguments = [&["pay", "--client-secret", client_secret][..], &server].concat();
        self.agent.look(folder, &arguments, answers)
    }
}
