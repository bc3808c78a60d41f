//! The mark beside a store: how many commits it held at least, so that a store which lost some is not taken for whole.
//!
//! sled replays its log up to the first record that is not sound and drops what lies behind without a word, and where
//! it finds no file it makes an empty one. Lost with it would be payments that were authorised and challenges that
//! were used, which could then be used again. So each batch carries the number of its last commit, a file beside
//! sled's folder carries a number that is on disk, and [`super::SledStore::open`] refuses a store whose own number is
//! lower, or that is missing or empty.
//!
//! The mark follows behind the commits. It is written by rename, only after the sync of the commits it speaks of,
//! at most once in [`MARK_EVERY`], and when the store is closed: no acknowledgement waits for its own mark, and a kill
//! at any moment leaves the mark before or the one after, neither ahead of the store.
//!
//! What it cannot tell: commits of the last [`MARK_EVERY`], and of the time the mark took to write, before a process
//! ended without closing its store are missed by nobody if they are lost; nor is a data folder that was set back as a
//! whole, the mark with the store; nor damage that leaves the last number readable, which shows when a record is read.

use crate::durable_file;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a commit may be on disk before the mark speaks of it. Each mark costs one sync of a small file, during
/// which the next group waits: at four a second a few per cent of the time of a slow disk.
pub const MARK_EVERY: Duration = Duration::from_millis(250);

/// What a mark begins with: what it is, and the version of its format.
const HEAD: &str = "smile-store-mark 1";

/// The mark of an open store.
pub struct Mark {
    path: PathBuf,
    /// What the file says.
    marked: u64,
    /// The number of the last commit that is on disk.
    durable: u64,
    /// Since when the file is behind, or since when it was last tried.
    behind_since: Option<Instant>,
    failing: bool,
}

impl Mark {
    /// The mark at `path`, made or brought up to the store's own number.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(path: PathBuf, marked: Option<u64>, durable: u64) -> io::Result<Self> {
        if marked.is_none_or(|marked| marked < durable) {
            durable_file::replace(&path, text(durable).as_bytes())?;
        }
        if marked.is_none() {
            // Later marks need not wait for their names: an older one still stands behind them.
            durable_file::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        }
        Ok(Self {
            path,
            marked: durable,
            durable,
            behind_since: None,
            failing: false,
        })
    }

    /// That the commits up to this number are on disk.
    pub fn note(&mut self, durable: u64) {
        if durable > self.durable {
            self.durable = durable;
            self.behind_since.get_or_insert_with(Instant::now);
        }
    }

    /// In how long it is to be written; `None` where it says all there is to say.
    pub fn due_in(&self) -> Option<Duration> {
        self.behind_since
            .map(|since| MARK_EVERY.saturating_sub(since.elapsed()))
    }

    /// Writes it if it is behind. Where that fails it is tried again after [`MARK_EVERY`]: the commits are on disk,
    /// only fewer of them would be missed.
    pub fn write(&mut self) {
        if self.marked == self.durable {
            return;
        }
        match durable_file::replace(&self.path, text(self.durable).as_bytes()) {
            Ok(()) => {
                self.marked = self.durable;
                self.behind_since = None;
                self.failing = false;
            }
            Err(error) => {
                if !self.failing {
                    let path = self.path.display().to_string();
                    tracing::warn!(path, %error, "the mark of the store cannot be written; it is tried again");
                }
                self.failing = true;
                self.behind_since = Some(Instant::now());
            }
        }
    }
}

/// Where the mark of the store in `folder` lies: beside the folder, so that neither is lost with the other.
///
/// # Errors
/// The folder has no name.
pub fn path_of(folder: &Path) -> Result<PathBuf, String> {
    let mut name = folder.file_name().ok_or("the folder has no name")?.to_owned();
    name.push(".mark");
    Ok(folder.with_file_name(name))
}

/// The number in the mark at `path`; `None` where there is no mark.
///
/// # Errors
/// It cannot be read, or is damaged.
pub fn read(path: &Path) -> Result<Option<u64>, String> {
    let said = match std::fs::read_to_string(path) {
        Ok(said) => said,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("its mark {}: {error}", path.display())),
    };
    let number = said.split(' ').nth(2).and_then(|number| number.parse().ok());
    // Written again it must be the same: that checks all of it, the checksum too.
    match number.filter(|number| text(*number) == said) {
        Some(number) => Ok(Some(number)),
        None => Err(format!(
            "its mark {0} is damaged: restore the data folder from a copy; or, where you know that the store is \
             whole, move {0} away",
            path.display()
        )),
    }
}

/// Why a store is refused that is missing or empty, `how`, though its mark says `marked`.
pub fn nothing_left(path: &Path, marked: u64, how: &str) -> String {
    format!(
        "it is {how}, but its mark {0} says that it held {marked} commits: restore the data folder from a copy; or, \
         to begin with an empty store, move {0} away",
        path.display()
    )
}

/// That a store whose last commit is `own` has all that its mark speaks of.
///
/// # Errors
/// It lacks some.
pub fn must_reach(path: &Path, marked: u64, own: u64) -> Result<(), String> {
    if own >= marked {
        return Ok(());
    }
    Err(format!(
        "commits are missing, {missing} of {marked}: its last is number {own}, but its mark {mark} says that {marked} were on \
         disk. Authorised payments and used challenges may be among them: restore the data folder from a copy; or, \
         to go on without them, move {mark} away",
        missing = marked - own,
        mark = path.display()
    ))
}

fn text(number: u64) -> String {
    let digest = Sha256::digest(format!("{HEAD} {number}"));
    let mut text = format!("{HEAD} {number} ");
    for byte in &digest[..8] {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text.push('\n');
    text
}
