//! What the writer does to the disk, step by step.

use super::mark::Mark;
use std::fs::File;
use std::time::Duration;

/// The steps by which a group becomes durable, each by a name of its own, so that a test can hold their order.
pub trait Disk {
    /// The database, for who reads it.
    fn database(&self) -> &::sled::Db;

    /// Applies a batch: readers see all of it or nothing.
    fn apply(&mut self, batch: ::sled::Batch) -> Result<(), String>;

    /// Has the database write what was applied to its file.
    fn flush(&mut self) -> Result<(), String>;

    /// Waits until what was written to the file is on disk.
    fn sync(&mut self) -> Result<(), String>;

    /// Notes that the commits up to this number are on disk; [`Disk::write_mark`] writes it down.
    fn note(&mut self, last: u64);

    /// In how long the mark is to be written; `None` where it says all there is to say.
    fn mark_due_in(&self) -> Option<Duration>;

    /// Writes the mark if it is behind.
    fn write_mark(&mut self);
}

/// A sled database and the descriptor by which its one data file is synced.
pub struct SledDisk {
    /// The database.
    pub database: ::sled::Db,
    /// The file that sled writes, by a descriptor of our own.
    pub data_file: File,
    /// How many commits are on disk at least.
    pub mark: Mark,
}

impl Disk for SledDisk {
    fn database(&self) -> &::sled::Db {
        &self.database
    }

    fn apply(&mut self, batch: ::sled::Batch) -> Result<(), String> {
        self.database
            .apply_batch(batch)
            .map_err(|error| error.to_string())
    }

    fn flush(&mut self) -> Result<(), String> {
        let flushed = self.database.flush();
        flushed.map(drop).map_err(|error| error.to_string())
    }

    fn sync(&mut self) -> Result<(), String> {
        self.data_file.sync_data().map_err(|error| error.to_string())
    }

    fn note(&mut self, last: u64) {
        self.mark.note(last);
    }

    fn mark_due_in(&self) -> Option<Duration> {
        self.mark.due_in()
    }

    fn write_mark(&mut self) {
        self.mark.write();
    }
}
