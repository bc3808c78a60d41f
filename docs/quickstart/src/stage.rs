//! What must stand before the story begins: a folder for the run, an authenticator, a server that knows its model.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use smile_authenticator::room::FaceRoom;
use smile_authenticator::{Authenticator, AuthenticatorConfig, Sealing};
use smile_protocol::metadata::MetadataStatement;
use smile_relying_party::api_key::{ApiKeyHash, new_api_key};
use smile_relying_party::clock::ShiftedClock;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::{Config, RunningServer, Server};

use crate::QuickstartError;
use crate::wire::Wire;

/// The AppID of the run. Keys are bound to it; the device fetches its facet list from the server.
pub const APP_ID: &str = "https://pay.smile.example/uaf/facets";
/// The app that asks on the device, as the platform would name it.
pub const FACET_ID: &str = "ios:bundle-id:example.smile.stampshop";
/// The server's log, in the run's folder.
pub const LOG_FILE: &str = "server.log";
/// The configuration of the story's server, and beside what it lies.
const STORY: Setup = Setup {
    file: "smile-rp.toml",
    app_id: APP_ID,
    facets: &[FACET_ID],
    hosted: None,
    metadata: "metadata",
    store: "store",
};
/// Locked by the run that the folder belongs to.
const LOCK_FILE: &str = "run.lock";
/// How many runs are kept; older ones are removed when a new one begins.
const RUNS_KEPT: usize = 5;

/// The folder of one run.
pub struct RunFolder {
    /// Where everything of this run lies.
    pub path: PathBuf,
    /// Held while the run lasts, so that a later run does not remove what this one still serves.
    _lock: File,
}

impl RunFolder {
    /// Makes a new folder for a run under `home`/quickstart and removes all but the newest few.
    pub fn create(home: &Path) -> Result<Self, QuickstartError> {
        let runs = home.join("quickstart");
        std::fs::create_dir_all(&runs).map_err(at(&runs))?;
        let mut old: Vec<PathBuf> = std::fs::read_dir(&runs)
            .map_err(at(&runs))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("run-"))
            })
            .collect();
        old.sort();
        for path in old
            .iter()
            .rev()
            .skip(RUNS_KEPT - 1)
            .filter(|path| has_ended(path))
        {
            std::fs::remove_dir_all(path).map_err(at(path))?;
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        let path = runs.join(format!("run-{now}-{}", std::process::id()));
        std::fs::create_dir(&path).map_err(at(&path))?;
        let lock = File::create(path.join(LOCK_FILE)).map_err(at(&path))?;
        lock.lock().map_err(at(&path))?;
        Ok(Self { path, _lock: lock })
    }

    /// A file or folder of this run.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file of this run.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, QuickstartError> {
        let path = self.join(name);
        std::fs::write(&path, bytes).map_err(at(&path))?;
        Ok(path)
    }
}

/// Whether a run's folder is one and nobody holds it any more.
fn has_ended(path: &Path) -> bool {
    path.is_dir() && File::open(path.join(LOCK_FILE)).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// A new authenticator in the run's folder, its files sealed under a key file beside them.
pub fn authenticator(folder: &RunFolder, room: Box<dyn FaceRoom>) -> Result<Authenticator, QuickstartError> {
    let sealing = Sealing::KeyFile(folder.join("device.key"));
    Ok(Authenticator::open(
        AuthenticatorConfig::new(folder.join("device"), sealing),
        room,
    )?)
}

/// The server of the run and the two parties' lines to it.
pub struct Stage {
    /// The server, on loopback.
    pub server: RunningServer,
    /// The server's clock, which the story moves once.
    pub clock: ShiftedClock,
    /// The provider's secret key.
    pub secret_key: String,
    /// The provider's line, with the secret key.
    pub provider: Wire,
    /// The device's line, without one. Its bytes are what leaves the device.
    pub device: Wire,
}

impl Stage {
    /// Starts the server on `port` (0 lets the system choose), with its store under the run's folder.
    pub fn set(
        folder: &RunFolder,
        authenticator: &Authenticator,
        port: u16,
    ) -> Result<Self, QuickstartError> {
        let secret_key = new_api_key(&SystemEntropy);
        let config_path = configure(folder, &secret_key, port, &[authenticator.metadata_statement()])?;
        let clock = ShiftedClock::default();
        let server = Server::start(Config::load(&config_path)?, clock.clone())?;
        let provider = Wire::new(server.addr, Some(secret_key.clone()));
        let device = Wire::new(server.addr, None);
        Ok(Self {
            server,
            clock,
            secret_key,
            provider,
            device,
        })
    }
}

/// What one server of a run is set up with. Several may lie in one folder.
pub struct Setup<'a> {
    /// The configuration's file name.
    pub file: &'a str,
    /// The AppID of its relying party.
    pub app_id: &'a str,
    /// The facets that it trusts.
    pub facets: &'a [&'a str],
    /// Its hosted pages, if it has any.
    pub hosted: Option<Hosted<'a>>,
    /// The folder of its metadata.
    pub metadata: &'a str,
    /// The folder of its data.
    pub store: &'a str,
}

/// Where a server of a demonstration, and the payer's agent, are for browsers.
pub struct Hosted<'a> {
    /// The server's origin, on loopback.
    pub public_url: &'a str,
    /// The agent's.
    pub agent_url: &'a str,
}

/// Writes the configuration of the story's server. As [`Setup::configure`].
pub fn configure(
    folder: &RunFolder,
    secret_key: &str,
    port: u16,
    statements: &[MetadataStatement],
) -> Result<PathBuf, QuickstartError> {
    STORY.configure(folder, secret_key, port, statements)
}

impl Setup<'_> {
    /// Writes the server's configuration into the run's folder and returns its path. The server knows the models of
    /// `statements`; a root in them was made by one installation for itself, which proves the format of an attestation,
    /// not who made the device.
    pub fn configure(
        &self,
        folder: &RunFolder,
        secret_key: &str,
        port: u16,
        statements: &[MetadataStatement],
    ) -> Result<PathBuf, QuickstartError> {
        let metadata = folder.join(self.metadata);
        std::fs::create_dir_all(&metadata).map_err(at(&metadata))?;
        for (number, statement) in statements.iter().enumerate() {
            let statement = serde_json::to_vec_pretty(statement)
                .map_err(|e| QuickstartError::Reply(format!("is no metadata statement: {e}")))?;
            folder.write(&format!("{}/device-{number}.json", self.metadata), &statement)?;
        }
        folder.write(self.file, self.config_text(secret_key, port).as_bytes())
    }

    fn config_text(&self, secret_key: &str, port: u16) -> String {
        let Self {
            app_id,
            facets,
            hosted,
            metadata,
            store,
            ..
        } = self;
        let pages = hosted.as_ref().map_or(String::new(), |hosted| {
            let Hosted {
                public_url,
                agent_url,
            } = hosted;
            // Without TLS there are pages on loopback only, and those in development only.
            format!("profile = \"development\"\npublic_url = \"{public_url}\"\nagent_url = \"{agent_url}\"\n")
        });
        format!(
            r#"[server]
listen = "127.0.0.1:{port}"
{pages}
[relying_party]
tenant = "stampshop"
app_id = "{app_id}"
facets = {facets:?}

[[api_keys]]
name = "quickstart"
sha256 = "{}"

[data]
engine = "sled"
folder = "{store}"

[uaf]
metadata_folder = "{metadata}"
"#,
            ApiKeyHash::of(secret_key).to_hex()
        )
    }
}

/// Names the file or folder in an error.
pub fn at(path: &Path) -> impl FnOnce(std::io::Error) -> QuickstartError + use<> {
    let path = path.to_owned();
    move |source| QuickstartError::Folder { path, source }
}
