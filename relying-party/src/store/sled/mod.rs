//! Records in sled, made durable.
//!
//! sled 0.34 answers `flush` after `sync_file_range`, which leaves the disk's own cache and the file's metadata
//! behind: after a power cut the write may be gone. So one thread owns the database; it applies a group of
//! transitions as one atomic batch, flushes, syncs the data file with `fdatasync`, and only then answers any of
//! them. Grouping also pays: one sync serves every caller that waited meanwhile.
//!
//! Readers go through the same thread, behind the group that they arrived with, so nobody sees a state that a
//! crash could take back. No HTTP thread ever touches the database.
//!
//! A store that was damaged while no server ran is refused where that shows: `mark.rs` says what shows and what does
//! not.

mod disk;
mod keys;
mod mark;
mod overlay;
mod payments;
mod people;
mod upgrade;
mod writer;

use super::{Answer, PaymentFilter, Place, Row, Store, StoreError};
use crate::durable_file;
use disk::SledDisk;
use keys::Layout;
use mark::Mark;
use overlay::Overlay;
use smile_ceremony::identifier::{
    AuthenticationSessionId, CeremonyId, ConsentId, CredentialId, EnrolmentSessionId, IdempotencyId,
    PaymentId, RefundId, TenantId, UserId,
};
use smile_ceremony::payment::{AttemptSubject, PaymentIntent, PendingCall, Refund};
use smile_ceremony::record::{
    ApiKey, AuthenticationSession, Consent, Credential, EnrolmentSession, PendingCeremony, Person,
    SessionName,
};
use smile_ceremony::transition::{Outcome, Rows, Transition};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use writer::{Job, Writer};

/// Page cache of the engine: the working set of tens of thousands of records, small beside the HTTP server.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Segment size of the engine. sled 0.34 writes a page that is larger than a quarter of a segment to a file of its own
/// under `blobs/`, which nobody syncs. A leaf is split as soon as it has more than 16 records, each of at most
/// [`super::ROW_BYTES_MAX`] bytes, so a page stays below 1.2 MiB; a quarter of this is 2 MiB.
/// The price: an empty store takes 8 MiB on disk from its second start on, and opens in 20 to 40 ms where segments of
/// 512 KiB took 5; a commit takes as long with either. sled refuses a store whose segments have another size.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// sled's one data file, in its folder.
const DATA_FILE: &str = "db";

/// What to do about a store that sled itself finds damaged.
const RESTORE: &str = "Restore the data folder from a copy";

/// How long to wait for a database that another process, or this one a moment ago, still holds locked.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// A store on disk.
pub struct SledStore {
    jobs: mpsc::Sender<Job>,
    /// None once the store is closed.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SledStore {
    /// Opens the store in `folder`, or makes it, and starts its thread. Beside the folder, under its name and
    /// `.mark`, lies how many commits it held at least.
    ///
    /// # Errors
    /// The folder cannot be used, another process holds it, what it holds is not a store of this version, sled gives
    /// up over it, or it lacks commits that its mark speaks of. Commits of the last quarter of a second before a
    /// process was killed are not marked yet: their loss is not noticed.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let failed = |reason: String| StoreError::Open {
            path: folder.to_owned(),
            reason,
        };
        let (disk, commits) = unless_it_panics(|| recover(folder)).map_err(failed)?;
        let writer = Writer::new(disk, commits);
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("smile-store".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            jobs,
            thread: Mutex::new(Some(thread)),
        })
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).map_err(|_| ended())
    }

    fn read<T: Send + 'static>(
        &self,
        reader: impl FnOnce(&Overlay) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Read(Box::new(move |rows| {
            // A reader that went away needs no answer.
            drop(reply.send(rows.and_then(reader)));
        }));
        let sent = self.send(job);
        Box::pin(async move {
            sent?;
            answer.await.map_err(|_| ended())?
        })
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for SledStore {
    fn commit(&self, transition: Transition) -> Answer<'_, Outcome> {
        let (reply, answer) = oneshot::channel();
        let sent = self.send(Job::Commit {
            transition: Box::new(transition),
            reply,
        });
        Box::pin(async move {
            sent?;
            answer.await.map_err(|_| ended())?
        })
    }

    fn enrolment_session(&self, id: EnrolmentSessionId) -> Answer<'_, Option<EnrolmentSession>> {
        self.read(move |rows| rows.enrolment_session(&id))
    }

    fn authentication_session(
        &self,
        id: AuthenticationSessionId,
    ) -> Answer<'_, Option<AuthenticationSession>> {
        self.read(move |rows| rows.authentication_session(&id))
    }

    fn payment(&self, id: PaymentId) -> Answer<'_, Option<PaymentIntent>> {
        self.read(move |rows| rows.payment(&id))
    }

    fn ceremony(&self, id: CeremonyId) -> Answer<'_, Option<PendingCeremony>> {
        self.read(move |rows| rows.ceremony(&id))
    }

    fn credential(&self, id: CredentialId) -> Answer<'_, Option<Credential>> {
        self.read(move |rows| rows.credential(&id))
    }

    fn credentials_of(&self, tenant: TenantId, user: UserId) -> Answer<'_, Vec<Credential>> {
        self.read(move |rows| rows.credentials_of(&tenant, &user))
    }

    fn consent(&self, id: ConsentId) -> Answer<'_, Option<Consent>> {
        self.read(move |rows| rows.consent(&id))
    }

    fn person(&self, tenant: TenantId, user: UserId) -> Answer<'_, Person> {
        self.read(move |rows| rows.person(&tenant, &user, usize::MAX))
    }

    fn forgettable_ceremonies(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<CeremonyId>> {
        self.read(move |rows| rows.forgettable_ceremonies(now_ms, at_most))
    }

    fn forgettable_sessions(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<SessionName>> {
        self.read(move |rows| rows.forgettable_sessions(now_ms, at_most))
    }

    fn refund(&self, id: RefundId) -> Answer<'_, Option<Refund>> {
        self.read(move |rows| rows.refund(&id))
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<PaymentIntent>> {
        self.read(move |rows| rows.payments(&filter, after.as_ref(), at_most))
    }

    fn refunds_of(
        &self,
        payment: PaymentId,
        after: Option<Place>,
        at_most: usize,
    ) -> Answer<'_, Vec<Refund>> {
        self.read(move |rows| rows.refunds_of(&payment, after.as_ref(), at_most))
    }

    fn late_payments(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<PaymentIntent>> {
        self.read(move |rows| rows.late_payments(now_ms, at_most))
    }

    fn pending_calls(
        &self,
        tenant: TenantId,
        after: Option<AttemptSubject>,
        at_most: usize,
    ) -> Answer<'_, Vec<PendingCall>> {
        self.read(move |rows| rows.pending_calls(&tenant, after.as_ref(), at_most))
    }

    fn forgettable_keys(&self, now_ms: u64, at_most: usize) -> Answer<'_, Vec<IdempotencyId>> {
        self.read(move |rows| rows.forgettable_keys(now_ms, at_most))
    }

    fn api_keys(&self) -> Answer<'_, Vec<ApiKey>> {
        self.read(|rows| rows.api_keys())
    }

    fn dump(&self) -> Answer<'_, Vec<Row>> {
        self.read(|rows| rows.dump())
    }

    /// Lets the thread finish what it was given, then waits for it: the mark is complete, and the folder can be opened
    /// again at once.
    fn close(&self) {
        // Whoever comes second waits here until the first is done.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // A thread that ended by itself takes no order, and is joined all the same.
            drop(self.send(Job::Close));
            drop(thread.join());
        }
    }
}

/// Opens the database, checks that it is whole as far as its mark can tell, and syncs what sled wrote meanwhile. With it
/// the number of its last commit.
fn recover(folder: &Path) -> Result<(SledDisk, u64), String> {
    let mark_path = mark::path_of(folder)?;
    if let Some(marked) = mark::read(&mark_path)?
        && !folder.join(DATA_FILE).exists()
    {
        // Before sled makes an empty one.
        return Err(mark::nothing_left(&mark_path, marked, "missing"));
    }
    let io = |error: std::io::Error| error.to_string();
    durable_file::create_private_folder(folder).map_err(io)?;
    let database = open_patiently(folder).map_err(|error| match error {
        ::sled::Error::Corruption { .. } => format!("it is damaged: {error}. {RESTORE}"),
        error if is_locked(&error) => {
            format!("another process has it open; one server runs on one store ({error})")
        }
        other => other.to_string(),
    })?;
    // An own descriptor of sled's one data file (same inode): syncing it syncs what sled wrote.
    let data_file = File::open(folder.join(DATA_FILE)).map_err(io)?;
    // Once more: until sled had its lock, another process could write the mark.
    let marked = mark::read(&mark_path)?;
    let layout = keys::check_format(&database, || match marked {
        Some(marked) => Err(mark::nothing_left(&mark_path, marked, "empty")),
        None => Ok(()),
    })?;
    mark::must_reach(&mark_path, marked.unwrap_or(0), keys::commits(&database)?)?;
    if layout != Layout::Current {
        upgrade::upgrade(&database, layout)?;
    }
    let commits = keys::commits(&database)?;
    database.flush().map_err(|error| error.to_string())?;
    data_file.sync_all().map_err(io)?;
    durable_file::sync_folder(folder).map_err(io)?;
    let mark = Mark::begin(mark_path, marked, commits).map_err(io)?;
    let disk = SledDisk {
        database,
        data_file,
        mark,
    };
    Ok((disk, commits))
}

/// What `opening` says, or that it panicked: sled does over some damaged files, and whoever started the server must
/// read which folder it is about.
fn unless_it_panics<T>(opening: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // Nothing of what it held is used after a panic.
    catch_unwind(AssertUnwindSafe(opening)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it did not say why");
        Err(format!(
            "it is damaged, and sled gave up over it: {said}. {RESTORE}"
        ))
    })
}

/// sled has no error of its own for a lock that somebody else holds.
fn is_locked(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// sled lets go of its lock a moment after the last handle is dropped.
fn open_patiently(folder: &Path) -> Result<::sled::Db, ::sled::Error> {
    let started = Instant::now();
    loop {
        let opened = ::sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .segment_size(SEGMENT_BYTES)
            // The writer flushes each group itself; a second flusher would only compete with it.
            .flush_every_ms(None)
            .open();
        match opened {
            Err(error) if is_locked(&error) && started.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
}

fn ended() -> StoreError {
    StoreError::Unavailable("its thread ended".to_owned())
}

#[cfg(test)]
mod tests;
