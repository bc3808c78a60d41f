//! The program `smile-rp` on a folder of its own, started and killed.

use smile_relying_party::api_key::ApiKeyHash;
use smile_tests::programs::program;
use smile_tests::signer::{FACET, METADATA};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The provider's secret key.
pub const KEY: &str = "sk_test_of_kill_nine";

/// How long a start may take: recovery of a store of some megabytes takes a fraction of a second.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A configuration and the data that outlives the process.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// A site without data, on the engine `sled` or `memory`.
    pub fn new(engine: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("metadata")).expect("a folder can be made");
        fs::write(folder.path().join("metadata/signer.json"), METADATA).expect("a file can be written");
        let configuration = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n\
             [relying_party]\ntenant = \"stamps\"\napp_id = \"https://shop.example/uaf/facets\"\nfacets = [\"{FACET}\"]\n\
             [[api_keys]]\nname = \"tests\"\nsha256 = \"{}\"\n\
             [data]\nengine = \"{engine}\"\nfolder = \"data\"\n\
             [uaf]\nmetadata_folder = \"metadata\"\n[log]\nlevel = \"warn\"\n",
            ApiKeyHash::of(KEY).to_hex()
        );
        fs::write(folder.path().join("smile-rp.toml"), configuration).expect("a file can be written");
        Self { folder }
    }

    /// The folder of the store.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("data/store")
    }

    /// The mark of the store, which says how many commits it held at least.
    pub fn mark(&self) -> PathBuf {
        self.folder.path().join("data/store.mark")
    }

    /// A place beside the data, for copies of it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything that the program ever said on standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn spawn(&self) -> Child {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("a log can be written");
        Command::new(program("smile-rp"))
            .arg("--config")
            .arg(self.folder.path().join("smile-rp.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts")
    }

    /// Starts the program and waits until it listens.
    ///
    /// # Panics
    /// If it ends instead.
    pub fn start(&self) -> Server {
        self.try_start()
            .unwrap_or_else(|(status, said)| panic!("the program ended, {status}, and said {said}"))
    }

    /// Starts the program and kills it after so long, most likely while it recovers its store.
    pub fn start_and_kill(&self, after: Duration) {
        let mut child = self.spawn();
        std::thread::sleep(after);
        kill_nine(&mut child);
    }

    /// Starts the program and waits until it either listens, `Ok`, or ends, with what it said before, `Err`.
    pub fn try_start(&self) -> Result<Server, (ExitStatus, String)> {
        let said_before = self.log().len();
        let mut child = self.spawn();
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line can be read");
        if let Some(address) = line.trim().strip_prefix("listening on http://") {
            let address = address.parse().expect("an address");
            return Ok(Server { child, address });
        }
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                return Err((status, self.log()[said_before..].to_owned()));
            }
            if started.elapsed() > START_PATIENCE {
                kill_nine(&mut child);
                panic!("the program neither listens nor ends");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A running program; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// `kill -9`.
    ///
    /// # Panics
    /// If the program had ended before.
    pub fn kill(mut self) {
        kill_nine(&mut self.child);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn kill_nine(child: &mut Child) {
    child.kill().expect("a child can be killed");
    let status = child.wait().expect("a child can be waited for");
    assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
}

/// Copies a folder with all that is in it.
pub fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            copy_files(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
        }
    }
}
